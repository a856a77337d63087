-- The monitor counts what is not done with, and what was given up, beside any number of pieces that are done.
CREATE INDEX portal_events_unfinished ON portal_events (state, received_at) WHERE state <> 'done';
CREATE INDEX notification_items_given_up ON notification_items (member_id, state, created_at)
    WHERE state IN ('dead', 'unassignable');
