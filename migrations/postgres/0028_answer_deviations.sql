-- Where portals answered otherwise than we know them to: counted by method and field, with one sample that shows the shape only.
CREATE TABLE answer_deviations (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_id     text        NOT NULL REFERENCES portals ON DELETE CASCADE,
    method        text        NOT NULL,
    field         text        NOT NULL,
    -- Stable words: number, text, list, …
    expected      text        NOT NULL,
    found         text        NOT NULL,
    sample        text        NOT NULL CHECK (octet_length(sample) <= 500),
    times         bigint      NOT NULL CHECK (times > 0),
    first_seen_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at  timestamptz NOT NULL DEFAULT now(),
    -- Somebody saw it: no problem any more, until something else comes in its place.
    hidden_by     text,
    hidden_at     timestamptz,
    CHECK ((hidden_by IS NULL) = (hidden_at IS NULL)),
    UNIQUE (member_id, method, field, expected, found)
);
CREATE INDEX answer_deviations_by_age ON answer_deviations (member_id, last_seen_at);
CREATE INDEX answer_deviations_shown ON answer_deviations (last_seen_at) WHERE hidden_at IS NULL;
