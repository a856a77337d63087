-- The operator's list of portals: each of its orders, and what it counts for each of them.
CREATE INDEX portals_by_domain ON portals (domain, member_id);
CREATE INDEX portals_by_change ON portals (state_changed_at, member_id);
CREATE INDEX portals_by_sight ON portals (seen_at, member_id);
-- The new one does all that the old one did.
DROP INDEX portals_domain;
CREATE INDEX portal_events_failed ON portal_events (member_id, id) WHERE state = 'failed';
