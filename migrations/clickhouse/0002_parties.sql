-- What a search reads: one row for each party of each document (one row where applicant and manufacturer are the same
-- party), in the order of pages: newest first. A later version of a row replaces an earlier one; a row with is_deleted = 1
-- takes it away. Read it with FINAL.
CREATE TABLE IF NOT EXISTS party_documents
(
    party Int64,
    -- The order of pages, as a number that grows from the newest document to the oldest.
    days_back Int32,
    registry Enum8('rf_certificates' = 1, 'rf_declarations' = 2, 'kg_certificates' = 3, 'kg_declarations' = 4, 'kz' = 5, 'by' = 6),
    document_key String,
    registered_on Date32,
    -- The party in the document's other role; 0 where there is none, and where it is the same.
    other_party Int64,
    in_role Enum8('applicant' = 1, 'manufacturer' = 2, 'both' = 3),
    kind Enum8('certificate' = 1, 'declaration' = 2),
    status Enum8('active' = 1, 'renewed' = 2, 'extended' = 3, 'warned' = 4, 'suspended' = 5, 'terminated' = 6, 'invalid' = 7, 'expired' = 8, 'not_public' = 9, 'unknown' = 10),
    valid_until Nullable(Date32),
    technical_regulations Array(LowCardinality(String)),
    -- The status on Russia's territory; '' where it does not differ.
    rf_status LowCardinality(String),
    number String,
    number_key String,
    -- In lower case: it is searched in, not shown.
    product String,
    tn_ved Array(LowCardinality(String)),
    scheme LowCardinality(String),
    certification_body LowCardinality(String),
    -- Country of the manufacturer, ISO alpha-2; '' where unknown.
    origin LowCardinality(String),
    version UInt64,
    is_deleted UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (party, days_back, registry, document_key)
-- A table of one part is read with FINAL at no cost, one of twelve parts at three to ten times the cost: so all is merged
-- into one a minute after the last import.
SETTINGS index_granularity = 512, min_age_to_force_merge_seconds = 60, min_age_to_force_merge_on_partition_only = 1;

-- The numbers of parties with very many documents: absolute, the latest version counts. Read it with FINAL.
CREATE TABLE IF NOT EXISTS party_counts
(
    party Int64,
    in_role Enum8('applicant' = 1, 'manufacturer' = 2, 'both' = 3),
    facet Enum8('kind' = 1, 'status' = 2, 'regulation' = 3, 'month' = 4, 'rf_territory' = 5),
    cell String,
    documents Int64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (party, in_role, facet, cell)
SETTINGS index_granularity = 512, min_age_to_force_merge_seconds = 60, min_age_to_force_merge_on_partition_only = 1;

-- Rows of a publication that is under way. They become visible at once, by ATTACH PARTITION.
CREATE TABLE IF NOT EXISTS incoming_party_documents AS party_documents;
CREATE TABLE IF NOT EXISTS incoming_party_counts AS party_counts;

-- What the parties replace. Without its publications ClickHouse counts as empty and is filled anew.
TRUNCATE TABLE IF EXISTS publications;
DROP TABLE IF EXISTS document_identifiers;
DROP TABLE IF EXISTS incoming_document_identifiers;
