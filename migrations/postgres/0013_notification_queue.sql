-- How notification items are planned and sent: one sender for each portal, schedules, buttons that people press.

ALTER TABLE notification_items
    -- Nobody has taken it yet, so nothing of it can be in the portal: news of a later portion or run join it.
    ADD COLUMN is_open      boolean     NOT NULL DEFAULT true,
    -- Until then the portal may still be at work on the request whose answer is not known.
    ADD COLUMN look_at      timestamptz,
    -- Refusals before this time don't count any more: everybody gets a new chance.
    ADD COLUMN chance_since timestamptz NOT NULL DEFAULT now(),
    ADD CHECK (is_uncertain = (look_at IS NOT NULL));
CREATE UNIQUE INDEX notification_items_open ON notification_items (member_id, entity_type, entity_id, kind)
    WHERE is_open;
CREATE INDEX notification_items_finished ON notification_items (finished_at) WHERE finished_at IS NOT NULL;

-- Who sends a portal's items now: one process at a time, so that one portal never keeps another waiting and no two
-- processes send the same. An item that is being sent carries this lease's number; the time that counts is here.
CREATE TABLE notification_senders (
    member_id    text        PRIMARY KEY REFERENCES portals ON DELETE CASCADE,
    lease_id     uuid,
    lease_until  timestamptz,
    -- The beginning of the latest turn: who had none for longest comes first.
    served_at    timestamptz,
    -- Nothing is sent before: the portal refuses everything, or ('infinity') somebody stopped it.
    paused_until timestamptz,
    pause_reason text,
    -- Pauses in a row; a success ends them.
    failures     integer     NOT NULL DEFAULT 0,
    CHECK (num_nonnulls(lease_id, lease_until) IN (0, 2)),
    CHECK (paused_until IS NULL OR pause_reason IS NOT NULL)
);
CREATE INDEX notification_senders_leased ON notification_senders (lease_until) WHERE lease_id IS NOT NULL;

-- When a portal's news were last made into items. The next run sets it from the value that it saw.
CREATE TABLE notification_schedules (
    member_id   text        PRIMARY KEY REFERENCES portals ON DELETE CASCADE,
    last_run_at timestamptz NOT NULL
);

-- Buttons of our activities that people pressed, as the portal reported it; proved by the application token.
CREATE TABLE timeline_actions (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_id   text        NOT NULL REFERENCES portals ON DELETE CASCADE,
    action      text        NOT NULL,
    user_id     bigint      NOT NULL,
    entity_type text        NOT NULL CHECK (entity_type IN ('lead', 'deal', 'company')),
    entity_id   bigint      NOT NULL,
    activity_id bigint,
    received_at timestamptz NOT NULL DEFAULT now(),
    handled_at  timestamptz
);
CREATE INDEX timeline_actions_waiting ON timeline_actions (id) WHERE handled_at IS NULL;

-- The language in which the portal's administrators see it; NULL: nobody knows yet.
ALTER TABLE portals ADD COLUMN language text;
