-- The whole life of a portal: suspended and wanting new tokens are states of their own; by which application it was
-- installed; what authenticates its events; which of its sessions still count.
CREATE SEQUENCE portal_generations;

ALTER TABLE portals
    DROP CONSTRAINT portals_state_check,
    ADD CONSTRAINT portals_state_check
        CHECK (state IN ('installing', 'installed', 'suspended', 'needs_reauth', 'uninstalled')),
    -- Why it is suspended or needs new tokens, in the portal's terms.
    ADD COLUMN state_reason text,
    ADD COLUMN state_changed_at timestamptz NOT NULL DEFAULT now(),
    -- The application that was installed; unknown for portals of the first version.
    ADD COLUMN client_id text CHECK (client_id <> ''),
    ADD COLUMN scope text[] NOT NULL DEFAULT '{}',
    -- The licence of the application as the authorization server states it: F, D, T, P, L, S.
    ADD COLUMN status text,
    -- Who opened the installer last.
    ADD COLUMN installed_by bigint,
    ADD COLUMN install_began_at timestamptz NOT NULL DEFAULT now(),
    -- Keyed hash of the token that authenticates events. The token itself is nowhere.
    ADD COLUMN application_token_hash bytea CHECK (octet_length(application_token_hash) = 32),
    -- Sessions carry this number. It comes from a sequence, so that a portal that was erased and comes back never
    -- gets a number of its former life.
    ADD COLUMN generation bigint NOT NULL DEFAULT nextval('portal_generations'),
    ADD CONSTRAINT portals_reason_check CHECK (
        CASE state
            WHEN 'suspended' THEN state_reason IS NOT NULL
            WHEN 'needs_reauth' THEN true
            ELSE state_reason IS NULL
        END
    ),
    -- Only what was installed can be suspended or lose its tokens.
    ADD CONSTRAINT portals_installed_check
        CHECK (state NOT IN ('suspended', 'needs_reauth') OR installed_at IS NOT NULL),
    ADD CONSTRAINT portals_forgotten_check CHECK (state <> 'uninstalled' OR application_token_hash IS NULL);

-- People name their portal by its host when they sign on.
CREATE INDEX portals_domain ON portals (domain);
