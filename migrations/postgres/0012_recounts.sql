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

-- Whether recounts know of it: until then its news begin with its own baseline, not with the mark.
ALTER TABLE subscription_identifiers ADD COLUMN is_enrolled boolean NOT NULL DEFAULT false;
CREATE INDEX subscription_identifiers_to_enrol ON subscription_identifiers (subscription_id, identifier)
    WHERE NOT is_enrolled;

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
