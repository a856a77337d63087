-- What was there when an identifier joined a subscription is no news: an identifier that is added later has a baseline
-- of its own. Those of the first day leave it to the subscription's (the columns' defaults lie before everything).
ALTER TABLE subscription_identifiers
    ADD COLUMN since_version bigint NOT NULL DEFAULT 0,
    ADD COLUMN since_day     date   NOT NULL DEFAULT '0001-01-01';

-- A portal's subscriptions of all states, page by page.
CREATE INDEX subscriptions_by_member ON subscriptions (member_id, id);
-- How many subscriptions a portal and each of its users have.
CREATE INDEX subscriptions_active ON subscriptions (member_id, user_id) WHERE state = 'active';
