-- Figures over time, for the monitor's charts: what all processes counted and measured, added up. They need nothing but
-- this database and survive every restart.

-- Two histograms' buckets, added place by place.
CREATE FUNCTION added_buckets(bigint[], bigint[])
RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT array_agg(coalesce(one, 0) + coalesce(other, 0) ORDER BY place)
    FROM unnest($1, $2) WITH ORDINALITY AS both_of (one, other, place)
$$;
CREATE AGGREGATE sum_of_buckets(bigint[]) (SFUNC = added_buckets, STYPE = bigint[]);

-- Minutes are kept for two days, hours for 35. Some sixty series: 90,000 rows a day, of which 170,000 minutes and
-- 50,000 hours are there at any time.
CREATE TABLE telemetry (
    step    text             NOT NULL CHECK (step IN ('minute', 'hour')),
    -- The metric's name, and the values of its labels with a stroke between them.
    series  text COLLATE "C" NOT NULL,
    label   text COLLATE "C" NOT NULL,
    -- The beginning of the minute or hour, by the database's clock.
    at      timestamptz      NOT NULL,
    -- Of a counter: how much was counted (total); of a gauge: looks, their sum, the highest; of a histogram: observations.
    samples bigint           NOT NULL,
    total   double precision NOT NULL,
    peak    double precision NOT NULL,
    -- Of a histogram: how many observations were within each bound, the last without one.
    buckets bigint[],
    PRIMARY KEY (step, series, label, at)
);
CREATE INDEX telemetry_by_age ON telemetry (step, at);

-- The same of single portals, by the hour, counters only: 24 rows a day and series for a portal that is used.
CREATE TABLE portal_telemetry (
    member_id text             NOT NULL REFERENCES portals ON DELETE CASCADE,
    series    text COLLATE "C" NOT NULL,
    at        timestamptz      NOT NULL,
    total     double precision NOT NULL,
    PRIMARY KEY (member_id, series, at)
);
CREATE INDEX portal_telemetry_by_age ON portal_telemetry (at);

-- The servers that run on this database, as they described themselves last.
CREATE TABLE processes (
    id               uuid             PRIMARY KEY,
    -- Its machine, where that has a name, and its number.
    name             text             NOT NULL,
    version          text             NOT NULL,
    started_at       timestamptz      NOT NULL DEFAULT now(),
    seen_at          timestamptz      NOT NULL DEFAULT now(),
    -- Its clock minus the database's, in seconds.
    clock_skew       double precision NOT NULL,
    -- Whether it asks ClickHouse, and since when: 'off', 'closed' (asked), 'half_open', 'open' (left alone).
    breaker          text             NOT NULL CHECK (breaker IN ('off', 'closed', 'half_open', 'open')),
    breaker_since    timestamptz      NOT NULL DEFAULT now(),
    -- NULL: it could not find out.
    memory_bytes     bigint,
    free_disk_bytes  bigint,
    total_disk_bytes bigint,
    -- Whether its secret key opens what is stored encrypted. NULL: nothing is.
    opens_secrets    boolean
);

-- How much waits and what was given up is counted every few seconds, beside any number of items that are done with.
CREATE INDEX notification_items_unfinished ON notification_items (state, created_at)
    WHERE state IN ('waiting', 'sending', 'unassignable', 'dead');
