-- What people do to the service and to portals: every action of the monitor, begun before it is done and ended with what
-- came of it, so that an action under which the process died stands in the log as well.
CREATE TABLE audit_log (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The portal that it concerns; NULL: the service as a whole. Goes with its portal: the data are the portal's.
    member_id   text        REFERENCES portals ON DELETE CASCADE,
    -- Who: the operator, or a user of the portal.
    user_id     bigint,
    actor_name  text        NOT NULL CHECK (actor_name <> ''),
    -- What was done, a stable name for programs: queue.retry, settings.change …
    action      text        NOT NULL CHECK (action <> ''),
    -- To what, in words of the interface.
    subject     text        NOT NULL,
    reason      text,
    -- What was before and after, as far as the action knows; never a secret.
    before      jsonb,
    after       jsonb,
    outcome     text        NOT NULL DEFAULT 'begun' CHECK (outcome IN ('begun', 'done', 'refused', 'failed')),
    -- What the person was told.
    message     text,
    request_id  text
);
CREATE INDEX audit_log_by_portal ON audit_log (member_id, id DESC);
CREATE INDEX audit_log_by_action ON audit_log (action, id DESC);
CREATE INDEX audit_log_by_actor ON audit_log (actor_name, id DESC);
CREATE INDEX audit_log_by_time ON audit_log (at);
