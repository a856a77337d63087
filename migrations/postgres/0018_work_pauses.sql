-- What administrators stopped, and how stuck work is found among a million pieces.

-- Work that nobody begins until somebody says otherwise. What is on its way ends.
CREATE TABLE work_pauses (
    id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- NULL: in all portals.
    member_id text        REFERENCES portals ON DELETE CASCADE,
    -- events, items, the kind of a portal's job; '*': everything.
    kind      text        NOT NULL CHECK (kind <> ''),
    reason    text        NOT NULL CHECK (reason <> ''),
    paused_by text        NOT NULL,
    paused_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX work_pauses_each_once ON work_pauses (coalesce(member_id, ''), kind);

-- Whether work of this kind stands still in this portal. Pauses are few.
CREATE FUNCTION is_work_paused(portal text, work_kind text)
RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT EXISTS (
        SELECT FROM work_pauses AS pause
        WHERE pause.kind IN (work_kind, '*') AND (pause.member_id IS NULL OR pause.member_id = portal))
$$;

-- Stuck work of all portals, newest first.
CREATE INDEX notification_items_stuck ON notification_items (state, created_at DESC)
    WHERE state IN ('dead', 'unassignable') OR (state = 'waiting' AND attempts > 0);
CREATE INDEX portal_events_stuck ON portal_events (state, received_at DESC)
    WHERE state = 'failed' OR (state = 'pending' AND attempts > 0);

-- Refusals and sent items of the last days, over all portals.
CREATE INDEX assignment_refusals_by_time ON assignment_refusals (at);
-- Subscriptions of all portals by state, newest first.
CREATE INDEX subscriptions_by_state ON subscriptions (state, id);
