-- The monitor counts the events that are not done with, beside any number of those that are.
CREATE INDEX portal_events_unfinished ON portal_events (state, received_at) WHERE state <> 'done';
