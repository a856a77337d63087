-- Recovery: on which server this database lies, which backups were made of it, and what a restoration leaves open.

-- The server, the database and its history (timeline) in which the identity was given. A database that is found
-- elsewhere was restored or has failed over: versions may then mean other documents than ClickHouse was given under
-- them, so that it takes another identity.
ALTER TABLE store_identity ADD COLUMN home text;

-- Every backup that was tried, so that all processes and the operator know how old the last one is.
CREATE TABLE backups (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    occasion       text        NOT NULL CHECK (occasion IN ('schedule', 'command')),
    node           text        NOT NULL,
    started_at     timestamptz NOT NULL DEFAULT now(),
    finished_at    timestamptz,
    state          text        NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed')),
    file           text,
    bytes          bigint,
    with_documents boolean     NOT NULL,
    error          text,
    CHECK ((state = 'running') = (finished_at IS NULL)),
    CHECK (state <> 'done' OR (file IS NOT NULL AND bytes IS NOT NULL)),
    CHECK (state <> 'failed' OR error IS NOT NULL)
);

-- Documents of tracked identifiers as they were when a backup was made that left documents out. They come again by imports,
-- which is no news; that their status differs then, is. Empty unless such a backup was restored.
CREATE TABLE known_documents (
    registry     registry        NOT NULL,
    document_key text COLLATE "C" NOT NULL,
    status       document_status NOT NULL,
    rf_status    document_status,
    PRIMARY KEY (registry, document_key)
);

CREATE OR REPLACE VIEW tracked_documents AS
SELECT document.registry, document.document_key, document.ctid AS place, document.status, document.valid_until,
       document.data_version,
       CASE WHEN returned.is_known THEN 0 ELSE document.first_version END AS first_version,
       CASE WHEN returned.is_known AND document.term_version = document.first_version THEN 0
            ELSE document.term_version END AS term_version,
       tracked.identifier,
       subscription.id AS subscription_id, subscription.member_id, subscription.news, subscription.expiring_days,
       greatest(subscription.since_version, tracked.since_version) AS since_version,
       greatest(subscription.since_day, tracked.since_day) AS since_day,
       document.first_version AS stored_version
FROM documents AS document
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM known_documents AS known
                   WHERE known.registry = document.registry AND known.document_key = document.document_key) AS is_known
) AS returned
CROSS JOIN LATERAL (
    SELECT identifier FROM (VALUES
        (document.applicant_inn), (document.applicant_ogrn), (document.applicant_bin), (document.applicant_unp)
    ) AS applicant (identifier)
    WHERE identifier IS NOT NULL
    UNION ALL
    -- Most manufacturers are the applicant.
    SELECT identifier FROM (VALUES
        (document.manufacturer_inn), (document.manufacturer_ogrn), (document.manufacturer_bin),
        (document.manufacturer_unp)
    ) AS manufacturer (identifier)
    WHERE identifier IS NOT NULL AND document.manufacturer_party <> document.applicant_party
) AS stated
JOIN subscription_identifiers AS tracked ON tracked.identifier = stated.identifier COLLATE "C"
JOIN subscriptions AS subscription ON subscription.id = tracked.subscription_id
-- As an expression: statistics of a moment before thousands were enrolled would say that none is, and mislead the plan.
WHERE coalesce(tracked.is_enrolled, false) AND subscription.state = 'active'
      AND (subscription.registries IS NULL OR document.registry = ANY (subscription.registries));

-- After a restoration, items that are planned anew may be in the portal already: until then each is looked for first.
ALTER TABLE notification_senders ADD COLUMN doubt_until timestamptz;
