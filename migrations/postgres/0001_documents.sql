-- Documents of the six registries: the full copy, what a search reads, and what an import needs.
-- Postgres is the truth; ClickHouse holds a copy of document_identifiers that follows it (see docs/registries.md).

-- In the order of pages: ORDER BY on these types is the order of the program's enums.
CREATE TYPE registry AS ENUM ('rf_certificates', 'rf_declarations', 'kg_certificates', 'kg_declarations', 'kz', 'by');
CREATE TYPE document_kind AS ENUM ('certificate', 'declaration');
CREATE TYPE document_status AS ENUM (
    'active', 'renewed', 'extended', 'warned', 'suspended', 'terminated', 'invalid', 'expired', 'not_public', 'unknown'
);

CREATE TABLE imports (
    id          uuid PRIMARY KEY,
    source      text NOT NULL,
    input       text NOT NULL,
    state       text NOT NULL CHECK (state IN ('running', 'done', 'failed')),
    started_at  timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    read        bigint,
    new         bigint,
    changed     bigint,
    unchanged   bigint,
    rejected    bigint,
    error       text
);

-- Who this database is: a ClickHouse that holds the data of another one is found out by it.
CREATE TABLE store_identity (
    id     uuid NOT NULL DEFAULT gen_random_uuid(),
    single boolean PRIMARY KEY DEFAULT true CHECK (single)
);
INSERT INTO store_identity DEFAULT VALUES;

-- One row for each registry of which anything was ever loaded. The greatest data_version is the version of the whole
-- store; ClickHouse is asked only while it holds that version.
CREATE TABLE registry_state (
    registry     registry PRIMARY KEY,
    loaded       boolean NOT NULL,
    data_date    date,
    data_version bigint NOT NULL
);

CREATE TABLE documents (
    registry              registry NOT NULL,
    -- The source's own id, or the number's identity key and the registration day where it has none.
    document_key          text COLLATE "C" NOT NULL,
    source_id             text,
    number                text NOT NULL,
    kind                  document_kind NOT NULL,
    status                document_status NOT NULL,
    status_label          text NOT NULL,
    registered_on         date NOT NULL,
    valid_until           date,
    applicant_name        text NOT NULL,
    applicant_country     text,
    applicant_inn         text,
    applicant_ogrn        text,
    applicant_bin         text,
    applicant_unp         text,
    manufacturer_name     text NOT NULL,
    manufacturer_country  text,
    manufacturer_inn      text,
    manufacturer_ogrn     text,
    manufacturer_bin      text,
    manufacturer_unp      text,
    technical_regulations text[] NOT NULL,
    product               text NOT NULL,
    tn_ved                text[] NOT NULL,
    scheme                text,
    certification_body    text,
    url                   text,
    -- Tells changed from unchanged without comparing every column.
    content_hash          uuid NOT NULL,
    first_seen            timestamptz NOT NULL DEFAULT now(),
    updated_at            timestamptz NOT NULL DEFAULT now(),
    import_id             uuid NOT NULL,
    PRIMARY KEY (registry, document_key)
);

-- One row for each identifier of each document, with what the counts need, so that a search reads this table only.
-- No foreign key: both tables are written by one set-based merge, and a check per row would halve its speed.
CREATE TABLE document_identifiers (
    identifier            text COLLATE "C" NOT NULL,
    registered_on         date NOT NULL,
    registry              registry NOT NULL,
    document_key          text COLLATE "C" NOT NULL,
    as_applicant          boolean NOT NULL,
    as_manufacturer       boolean NOT NULL,
    kind                  document_kind NOT NULL,
    status                document_status NOT NULL,
    valid_until           date,
    technical_regulations text[] NOT NULL,
    data_version          bigint NOT NULL
);
-- In the order of pages: the newest documents of an identifier are the first entries of its range.
CREATE UNIQUE INDEX document_identifiers_by_identifier
    ON document_identifiers (identifier, registered_on DESC, registry, document_key);
-- What ClickHouse has not got yet.
CREATE INDEX document_identifiers_by_version ON document_identifiers (data_version);

-- Identifiers that an update took away from a document: ClickHouse must forget those rows.
CREATE TABLE removed_identifiers (
    identifier   text COLLATE "C" NOT NULL,
    registry     registry NOT NULL,
    document_key text COLLATE "C" NOT NULL,
    data_version bigint NOT NULL,
    PRIMARY KEY (data_version, identifier, registry, document_key)
);

-- INN and OGRN that stood in one party of one document: the bridge from one to the other.
CREATE TABLE identifier_pairs (
    inn  text COLLATE "C" NOT NULL,
    ogrn text COLLATE "C" NOT NULL,
    PRIMARY KEY (inn, ogrn)
);
CREATE INDEX identifier_pairs_by_ogrn ON identifier_pairs (ogrn, inn);

-- Rows of the running import. Unlogged: an import that a crash interrupts starts again from its file.
CREATE UNLOGGED TABLE incoming_documents (
    line                  bigint NOT NULL,
    registry              registry NOT NULL,
    document_key          text COLLATE "C" NOT NULL,
    source_id             text,
    number                text NOT NULL,
    kind                  document_kind NOT NULL,
    status                document_status NOT NULL,
    status_label          text NOT NULL,
    registered_on         date NOT NULL,
    valid_until           date,
    applicant_name        text NOT NULL,
    applicant_country     text,
    applicant_inn         text,
    applicant_ogrn        text,
    applicant_bin         text,
    applicant_unp         text,
    manufacturer_name     text NOT NULL,
    manufacturer_country  text,
    manufacturer_inn      text,
    manufacturer_ogrn     text,
    manufacturer_bin      text,
    manufacturer_unp      text,
    technical_regulations text[] NOT NULL,
    product               text NOT NULL,
    tn_ved                text[] NOT NULL,
    scheme                text,
    certification_body    text,
    url                   text,
    content_hash          uuid NOT NULL
);

-- The lines of the running import that make a difference: the last line of each document that is new or changed.
CREATE UNLOGGED TABLE incoming_differences (
    line   bigint PRIMARY KEY,
    is_new boolean NOT NULL
);

-- The identifiers of a document's two parties, each once, with the roles in which it stands.
CREATE FUNCTION identifiers_of(applicant text[], manufacturer text[])
RETURNS TABLE (identifier text, as_applicant boolean, as_manufacturer boolean)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT value COLLATE "C", bool_or(is_applicant), bool_or(NOT is_applicant)
    FROM (
        SELECT unnest(applicant) AS value, true AS is_applicant
        UNION ALL
        SELECT unnest(manufacturer), false
    ) AS stated
    WHERE value <> ''
    GROUP BY value COLLATE "C"
$$;
