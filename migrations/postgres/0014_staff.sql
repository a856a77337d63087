-- People of portals: what was read of them as a whole, and who of them matters to subscriptions.

-- The latest complete readings of a portal's lists. Without one of users it means nothing that somebody is not listed.
CREATE TABLE portal_staff (
    member_id           text        PRIMARY KEY REFERENCES portals ON DELETE CASCADE,
    users_read_at       timestamptz,
    departments_read_at timestamptz,
    -- Why the portal does not show its departments, in its own words; NULL: it does, or was not asked.
    departments_refused text
);

-- Those who left: few, and looked for often.
CREATE INDEX portal_users_dismissed ON portal_users (member_id, user_id) WHERE is_active = false;
-- Subscriptions that wait for their user's return, or for somebody to take them over.
CREATE INDEX subscriptions_of_dismissed ON subscriptions (member_id, user_id) WHERE reason = 'user_dismissed';
-- The subscription that one of somebody who left, or that was moved, became. Both leave with their portal.
ALTER TABLE subscriptions ADD COLUMN handed_to bigint;
