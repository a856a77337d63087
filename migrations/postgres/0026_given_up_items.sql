-- The monitor names the portals whose items were given up, with the latest reason, beside any number of items that are done.
CREATE INDEX notification_items_given_up ON notification_items (member_id, state, created_at)
    WHERE state IN ('dead', 'unassignable');
