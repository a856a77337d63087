-- What the latest look at each portal found: token, bindings, a reading of each kind of card, a page of ours.
CREATE TABLE portal_canaries (
    member_id     text        PRIMARY KEY REFERENCES portals ON DELETE CASCADE,
    ran_at        timestamptz NOT NULL DEFAULT now(),
    -- [{"step", "outcome", "words"}] in the order in which they were taken.
    steps         jsonb       NOT NULL,
    -- The first step that failed, and in whose words; NULL: everything is well.
    failed_step   text,
    words         text,
    -- Of failures in a row.
    failures      integer     NOT NULL DEFAULT 0 CHECK (failures >= 0),
    failing_since timestamptz,
    CHECK ((failed_step IS NULL) = (failing_since IS NULL)),
    CHECK ((failed_step IS NULL) = (failures = 0))
);
CREATE INDEX portal_canaries_failing ON portal_canaries (failing_since) WHERE failed_step IS NOT NULL;
