-- Work that waits: what portals reported, and what is to be done for each of them.

-- Events as they came. No foreign key: the event of an installation arrives before its portal is known. Erasing a
-- portal deletes its events explicitly.
CREATE TABLE portal_events (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_id    text        NOT NULL CHECK (member_id ~ '^[0-9a-f]{32}$'),
    event        text        NOT NULL,
    -- What the event is about, where it says so: events of one subject are worked off together.
    subject_kind text,
    subject_id   bigint,
    -- The whole request body, encrypted: it carries tokens.
    body         bytea       NOT NULL,
    -- Whether the application token matched. Others are capped in number and believed only after a proof.
    proved       boolean     NOT NULL,
    state        text        NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'failed')),
    attempts     integer     NOT NULL DEFAULT 0,
    received_at  timestamptz NOT NULL DEFAULT now(),
    due_at       timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz,
    last_error   text,
    CHECK (num_nonnulls(subject_kind, subject_id) IN (0, 2)),
    CHECK ((state = 'pending') = (finished_at IS NULL)),
    CHECK (state <> 'failed' OR last_error IS NOT NULL)
);
CREATE INDEX portal_events_pending ON portal_events (member_id, due_at, id) WHERE state = 'pending';
CREATE INDEX portal_events_finished ON portal_events (finished_at) WHERE state <> 'pending';
CREATE INDEX portal_events_unproved ON portal_events (member_id) WHERE NOT proved;
CREATE INDEX portal_events_by_portal ON portal_events (member_id);

-- Who works on a portal's events: one worker per portal. Every result is written under the lease's id, so that a
-- worker that lost its lease can't write. No foreign key, for the same reason.
CREATE TABLE event_leases (
    member_id   text        PRIMARY KEY,
    lease_id    uuid        NOT NULL,
    lease_until timestamptz NOT NULL
);

-- One row per portal and kind of work. The row stays; due_at says when it is next due, NULL = not scheduled.
CREATE TABLE portal_jobs (
    member_id       text        NOT NULL REFERENCES portals ON DELETE CASCADE,
    kind            text        NOT NULL CHECK (kind <> ''),
    due_at          timestamptz,
    -- Fences: only who holds this id may write progress or the end.
    lease_id        uuid,
    lease_until     timestamptz,
    -- Claims since the last success. A claim counts, so that a job that kills its worker backs off too.
    attempts        integer     NOT NULL DEFAULT 0,
    progress        jsonb,
    last_error      text,
    last_started_at timestamptz,
    last_success_at timestamptz,
    PRIMARY KEY (member_id, kind),
    CHECK (num_nonnulls(lease_id, lease_until) IN (0, 2))
);
CREATE INDEX portal_jobs_due ON portal_jobs (due_at) WHERE lease_id IS NULL;
CREATE INDEX portal_jobs_leased ON portal_jobs (lease_until) WHERE lease_id IS NOT NULL;

-- How long a job waits after so many attempts: half a minute, doubled each time up to six hours, and up to a fifth
-- more by chance, so that portals that failed together don't come back together.
CREATE FUNCTION job_backoff(attempts integer)
RETURNS interval
LANGUAGE sql VOLATILE
AS $$
    SELECT CASE
        WHEN attempts <= 0 THEN interval '0'
        ELSE least(interval '30 seconds' * power(2, least(attempts, 20) - 1), interval '6 hours')
            * (1 + random() / 5)
    END
$$;
