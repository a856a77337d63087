-- What opens the portals' REST interface, and how often it may be used.

-- Local applications: client id and secret per portal, changeable while the servers run.
CREATE TABLE applications (
    client_id     text        PRIMARY KEY CHECK (client_id <> ''),
    -- Encrypted.
    client_secret bytea       NOT NULL,
    -- The only portal that may use it. No foreign key: an operator registers an application before its portal is
    -- known. Erasing a portal empties this column; the registration is the operator's, not the portal's.
    member_id     text        CHECK (member_id ~ '^[0-9a-f]{32}$'),
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX applications_by_portal ON applications (member_id);

-- Chains of (access, refresh) tokens. Each renewal replaces the pair and counts the version up.
CREATE TABLE chains (
    member_id        text        NOT NULL REFERENCES portals ON DELETE CASCADE,
    id               bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
    version          bigint      NOT NULL DEFAULT 1,
    client_id        text        NOT NULL CHECK (client_id <> ''),
    user_id          bigint      NOT NULL,
    -- Where the chain began. A user has at most one chain of each source, so that the number of rows is bounded.
    source           text        NOT NULL CHECK (source IN ('installation', 'event', 'page', 'login')),
    is_administrator boolean     NOT NULL,
    -- Both encrypted; gone when the chain has ended.
    access_token     bytea,
    refresh_token    bytea,
    expires_at       timestamptz NOT NULL,
    renewed_at       timestamptz NOT NULL DEFAULT now(),
    ended_at         timestamptz,
    end_reason       text        CHECK (end_reason IN ('spent', 'user_deactivated', 'revoked', 'superseded')),
    PRIMARY KEY (member_id, id),
    UNIQUE (member_id, client_id, user_id, source),
    CHECK (num_nonnulls(ended_at, end_reason) IN (0, 2)),
    CHECK (num_nonnulls(access_token, refresh_token) = CASE WHEN ended_at IS NULL THEN 2 ELSE 0 END)
);

-- The portal's request budget, shared by all processes. Unlogged: after a crash a portal starts with a full burst,
-- which its own limit survives, and a commit costs no write to the disk.
CREATE UNLOGGED TABLE portal_budgets (
    member_id    text             PRIMARY KEY REFERENCES portals ON DELETE CASCADE,
    -- The theoretical arrival time of the generic cell rate algorithm: until when the granted calls fill the bucket.
    booked_until timestamptz      NOT NULL,
    -- Seconds that the latest refused caller has to wait; 0 = granted.
    wait_seconds double precision NOT NULL DEFAULT 0,
    -- How many times slower than usual, while slowed_until lies ahead.
    slowness     double precision NOT NULL DEFAULT 1 CHECK (slowness >= 1),
    slowed_at    timestamptz,
    slowed_until timestamptz
) WITH (fillfactor = 50);

-- Methods that used up their time on a portal.
CREATE UNLOGGED TABLE parked_methods (
    member_id text        NOT NULL REFERENCES portals ON DELETE CASCADE,
    method    text        NOT NULL,
    until     timestamptz NOT NULL,
    PRIMARY KEY (member_id, method)
);
