-- Imports that tell how far they are, wait for their turn, and can be undone.

ALTER TABLE imports DROP CONSTRAINT imports_state_check;
ALTER TABLE imports
    ADD CHECK (state IN ('waiting', 'running', 'done', 'failed', 'undone')),
    -- What is being done at this moment. NULL: nothing.
    ADD COLUMN stage           text CHECK (stage IN ('reading', 'merging', 'publishing', 'undoing')),
    -- Whoever works at it says every second or so that it lives; without that, it died.
    ADD COLUMN heartbeat_at    timestamptz,
    ADD COLUMN node            text,
    -- How far the file is read.
    ADD COLUMN bytes_read      bigint,
    -- The version of the store that it made. NULL: no document differed, or it was made before this was noted.
    ADD COLUMN version         bigint,
    -- What it replaced is kept: it can be undone.
    ADD COLUMN is_kept         boolean NOT NULL DEFAULT false,
    -- Documents whose former body is kept for it.
    ADD COLUMN kept_documents  bigint  NOT NULL DEFAULT 0,
    -- How many documents are taken back so far, while it is being undone.
    ADD COLUMN taken_back      bigint,
    ADD COLUMN undone_at       timestamptz,
    ADD COLUMN undone_by       text,
    ADD COLUMN undo_version    bigint,
    -- The file of an import that a server does when its turn has come, and whether it goes when that is done.
    ADD COLUMN queued_path     text,
    ADD COLUMN queued_by       text,
    ADD COLUMN is_upload       boolean NOT NULL DEFAULT false,
    ADD COLUMN attempts        integer NOT NULL DEFAULT 0,
    ADD CHECK (state <> 'waiting' OR queued_path IS NOT NULL),
    ADD CHECK ((state = 'undone') = (undone_at IS NOT NULL));
CREATE INDEX imports_waiting ON imports (id) WHERE state IN ('waiting', 'running');
CREATE INDEX imports_kept ON imports (started_at DESC) WHERE is_kept;
CREATE UNIQUE INDEX imports_by_version ON imports (version) WHERE version IS NOT NULL;

-- What stood in `documents` before an import replaced it. The first column is the import; the others are those of
-- `documents`, in their order: a column more there is a column more here. One index, in the order in which rows come.
CREATE TABLE replaced_documents (
    replaced_by uuid NOT NULL,
    LIKE documents
);
CREATE INDEX replaced_documents_by_import ON replaced_documents (replaced_by);

-- What stood in the list of Russia's territory before; NULLs: the entry was not there.
CREATE TABLE replaced_territory_statuses (
    replaced_by   uuid NOT NULL REFERENCES imports ON DELETE CASCADE,
    number_key    text COLLATE "C" NOT NULL,
    registered_on date NOT NULL,
    number        text,
    status        document_status,
    status_label  text,
    import_id     uuid,
    updated_at    timestamptz,
    PRIMARY KEY (replaced_by, number_key, registered_on)
);

-- How many documents that an import had written a later one replaced: that one stands in the way of undoing the first.
CREATE TABLE import_overlaps (
    earlier   uuid   NOT NULL,
    later     uuid   NOT NULL REFERENCES imports ON DELETE CASCADE,
    documents bigint NOT NULL,
    PRIMARY KEY (earlier, later)
);

-- What an import was for each registry of which it brought rows, and what the registry was before it.
CREATE TABLE import_registries (
    import_id          uuid     NOT NULL REFERENCES imports ON DELETE CASCADE,
    registry           registry NOT NULL,
    -- The latest registration among its rows.
    latest             date     NOT NULL,
    new                bigint   NOT NULL,
    changed            bigint   NOT NULL,
    imported_at        timestamptz NOT NULL DEFAULT now(),
    former_loaded      boolean  NOT NULL,
    former_data_date   date,
    former_import_id   uuid,
    former_imported_at timestamptz,
    PRIMARY KEY (import_id, registry)
);
CREATE INDEX import_registries_by_registry ON import_registries (registry, import_id);
CREATE INDEX replaced_territory_by_entry ON replaced_territory_statuses (number_key, registered_on);

-- What must be undone before an import can be: later imports that replaced what it had written.
CREATE VIEW import_obstacles AS
SELECT overlap.earlier AS import_id, overlap.later, overlap.documents
FROM import_overlaps AS overlap
JOIN imports AS later ON later.id = overlap.later AND later.state = 'done'
UNION ALL
SELECT own.replaced_by, other.replaced_by, count(*)
FROM replaced_territory_statuses AS own
JOIN replaced_territory_statuses AS other
     ON other.number_key = own.number_key AND other.registered_on = own.registered_on
JOIN imports AS earlier ON earlier.id = own.replaced_by
JOIN imports AS later ON later.id = other.replaced_by AND later.state = 'done' AND later.started_at > earlier.started_at
GROUP BY own.replaced_by, other.replaced_by;
