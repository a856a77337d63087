-- What a search reads: one row for each identifier of each document. A later version of a row replaces an earlier
-- one; a row with is_deleted = 1 takes it away. Read it with FINAL.
CREATE TABLE IF NOT EXISTS document_identifiers
(
    identifier String,
    registered_on Date32,
    registry Enum8('rf_certificates' = 1, 'rf_declarations' = 2, 'kg_certificates' = 3, 'kg_declarations' = 4, 'kz' = 5, 'by' = 6),
    document_key String,
    as_applicant Bool,
    as_manufacturer Bool,
    kind Enum8('certificate' = 1, 'declaration' = 2),
    status Enum8('active' = 1, 'renewed' = 2, 'extended' = 3, 'warned' = 4, 'suspended' = 5, 'terminated' = 6, 'invalid' = 7, 'expired' = 8, 'not_public' = 9, 'unknown' = 10),
    valid_until Nullable(Date32),
    technical_regulations Array(LowCardinality(String)),
    version UInt64,
    is_deleted UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (identifier, registry, document_key)
SETTINGS index_granularity = 1024;

-- Rows of a publication that is under way. They become visible at once, by ATTACH PARTITION.
CREATE TABLE IF NOT EXISTS incoming_document_identifiers AS document_identifiers;

-- Which versions of which Postgres are complete here. Whoever searches compares the greatest with that of Postgres.
CREATE TABLE IF NOT EXISTS publications
(
    store UUID,
    version UInt64,
    published_at DateTime DEFAULT now()
)
ENGINE = MergeTree
ORDER BY (store, version);
