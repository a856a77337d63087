-- Portals on which the application was installed. One row per portal, for ever: a portal that uninstalls and
-- comes back keeps its row. Secrets (token chains) are not kept here.
CREATE TABLE portals (
    -- The portal's stable name: 32 hexadecimal digits in lower case. It survives a change of domain.
    member_id        text        PRIMARY KEY CHECK (member_id ~ '^[0-9a-f]{32}$'),
    -- Host, with the port where it is not the scheme's own: what people call the portal.
    domain           text        NOT NULL CHECK (domain <> ''),
    -- Root of the REST interface, as proved by the authorization server; never what a browser sent.
    client_endpoint  text        NOT NULL CHECK (client_endpoint <> ''),
    -- Scheme, host and port of the portal's pages: for frame-ancestors and message origins.
    origin           text        NOT NULL CHECK (origin <> ''),
    -- The authorization server that proved the portal.
    authorization_server text    NOT NULL CHECK (authorization_server <> ''),
    state            text        NOT NULL CHECK (state IN ('installing', 'installed', 'uninstalled')),
    -- Version of the set of placements that the installer bound last; 0 = none yet.
    bindings_version integer     NOT NULL DEFAULT 0 CHECK (bindings_version >= 0),
    created_at       timestamptz NOT NULL DEFAULT now(),
    -- End of the latest installation.
    installed_at     timestamptz,
    uninstalled_at   timestamptz,
    -- Latest proved request from the portal.
    seen_at          timestamptz NOT NULL DEFAULT now(),
    CHECK (state <> 'installed' OR installed_at IS NOT NULL),
    CHECK (state <> 'uninstalled' OR uninstalled_at IS NOT NULL)
);
