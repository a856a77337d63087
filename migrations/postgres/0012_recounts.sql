-- What a recount reads: which version of the store brought what, and how far a recount has come.

ALTER TABLE documents
    -- The version of the store that brought the document.
    ADD COLUMN first_version bigint NOT NULL DEFAULT 0,
    -- The version that brought its present term: the end, and whether the status lets it run.
    ADD COLUMN term_version  bigint NOT NULL DEFAULT 0;
-- A recount reads what the last loads wrote, in milliseconds. Replaced rows fill gaps that older ones left all over the
-- table, so that no range of blocks keeps to itself: a B-tree, which takes ascending versions almost for nothing.
DROP INDEX documents_by_version;
CREATE INDEX documents_by_version ON documents (data_version);
-- Whose term ends on which day: each day another day's documents come near.
CREATE INDEX documents_by_end ON documents (valid_until) WHERE status IN ('active', 'renewed', 'extended');

ALTER TABLE document_status_changes ADD COLUMN data_version bigint NOT NULL DEFAULT 0;
CREATE INDEX document_status_changes_by_version ON document_status_changes (data_version);

-- One row for each load that brought another status on Russia's territory. NULL: not listed.
CREATE TABLE document_territory_changes (
    data_version bigint          NOT NULL,
    registry     registry        NOT NULL,
    document_key text COLLATE "C" NOT NULL,
    from_status  document_status,
    to_status    document_status,
    PRIMARY KEY (data_version, registry, document_key)
);

-- Whether recounts know of it: until then its news begin with its own version and day, not with those of the mark.
ALTER TABLE subscriptions ADD COLUMN is_enrolled boolean NOT NULL DEFAULT false;
CREATE INDEX subscriptions_to_enrol ON subscriptions (id) WHERE NOT is_enrolled;

-- A pass that is under way: after which version and day, up to which; from which block of `documents` on it has still to
-- look (NULL: it has not begun to look), and in which file those blocks are.
ALTER TABLE recount_mark
    ADD COLUMN pass_from     bigint,
    ADD COLUMN pass_to       bigint,
    ADD COLUMN pass_from_day date,
    ADD COLUMN pass_day      date,
    ADD COLUMN pass_block    bigint,
    ADD COLUMN pass_file     oid,
    ADD CHECK (num_nonnulls(pass_from, pass_to, pass_from_day, pass_day) IN (0, 4)),
    ADD CHECK (num_nonnulls(pass_block, pass_file) IN (0, 2));

-- When the next recount begins by itself.
CREATE TABLE recount_schedule (
    single boolean     PRIMARY KEY DEFAULT true CHECK (single),
    due_at timestamptz NOT NULL
);
INSERT INTO recount_schedule (due_at) VALUES (now());

-- Who tracks which document by which identifier: one row for each.
CREATE VIEW tracked_documents AS
SELECT document.registry, document.document_key, document.ctid AS place, document.status, document.valid_until,
       document.data_version, document.first_version, document.term_version, tracked.identifier,
       subscription.id AS subscription_id, subscription.member_id, subscription.news, subscription.expiring_days,
       subscription.since_version, subscription.since_day
FROM documents AS document
CROSS JOIN LATERAL (VALUES
    (document.applicant_inn), (document.applicant_ogrn), (document.applicant_bin), (document.applicant_unp),
    (document.manufacturer_inn), (document.manufacturer_ogrn), (document.manufacturer_bin), (document.manufacturer_unp)
) AS stated (identifier)
JOIN subscription_identifiers AS tracked ON tracked.identifier = stated.identifier COLLATE "C"
JOIN subscriptions AS subscription ON subscription.id = tracked.subscription_id
WHERE subscription.state = 'active' AND subscription.is_enrolled
      AND (subscription.registries IS NULL OR document.registry = ANY (subscription.registries));
