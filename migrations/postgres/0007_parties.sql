-- A counterparty is found through its parties. A party is the set of identifiers that stands together in one role of a
-- document; every document has exactly one applicant party and one manufacturer party (0: none stated). So a search
-- goes from identifiers to a handful of parties, and from each party along one index to its documents, newest first.
-- Numbers of parties with very many documents are kept counted (party_counts). See docs/registries.md.

-- The same number that the program computes: 63 bits of the SHA-256 of the distinct identifiers, sorted by bytes and
-- joined by line ends; 0 for a party without identifiers.
CREATE FUNCTION party_of(identifiers text[]) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN count(*) = 0 THEN 0
           ELSE ('x' || substr(encode(sha256(convert_to(string_agg(value, E'\n' ORDER BY value COLLATE "C"), 'UTF8')),
                                      'hex'), 1, 16))::bit(64)::bigint & 9223372036854775807
           END
    FROM (SELECT DISTINCT value COLLATE "C" AS value FROM unnest(identifiers) AS value WHERE value <> '') AS stated
$$;

ALTER TABLE documents
    ADD COLUMN number_key           text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN applicant_party      bigint  NOT NULL DEFAULT 0,
    ADD COLUMN manufacturer_party   bigint  NOT NULL DEFAULT 0,
    -- The party's identifiers were found inside a text of the registry, not in a field of their own.
    ADD COLUMN applicant_in_text    boolean NOT NULL DEFAULT false,
    ADD COLUMN manufacturer_in_text boolean NOT NULL DEFAULT false,
    -- What the list says of the document's status on Russia's territory; only foreign documents have it.
    ADD COLUMN rf_status            document_status,
    -- The version of the store in which this row was last written: what ClickHouse has not got yet.
    ADD COLUMN data_version         bigint  NOT NULL DEFAULT 0;

UPDATE documents AS stored SET
    -- The identity key of the number; outside Russia's registries without the Union's prefix.
    number_key = CASE
        WHEN stored.registry IN ('rf_certificates', 'rf_declarations') THEN key.whole
        ELSE regexp_replace(key.whole, '^(ЕВРАЗЭС|ЕАЭС|ЕАЕС|ЕАС|ТС|СU)N?', '')
    END,
    applicant_party = party_of(ARRAY[applicant_inn, applicant_ogrn, applicant_bin, applicant_unp]),
    manufacturer_party = party_of(ARRAY[manufacturer_inn, manufacturer_ogrn, manufacturer_bin, manufacturer_unp]),
    applicant_in_text = stored.registry IN ('kg_certificates', 'kg_declarations'),
    data_version = (SELECT max(data_version) FROM registry_state)
FROM (
    SELECT known.registry, known.document_key,
           regexp_replace(
               translate(upper(replace(known.number, '№', 'N')), 'ABCEHKMOPTXY', 'АВСЕНКМОРТХУ'), '[^[:alnum:]]', '', 'g'
           ) AS whole
    FROM documents AS known
) AS key
WHERE key.registry = stored.registry AND key.document_key = stored.document_key;
-- Keys that were made of the number follow it.
UPDATE documents SET document_key = number_key || '@' || registered_on
WHERE source_id IS NULL AND registry IN ('kg_certificates', 'kg_declarations', 'kz', 'by');

CREATE INDEX documents_by_applicant
    ON documents (applicant_party, registered_on DESC, registry, document_key) WHERE applicant_party <> 0;
CREATE INDEX documents_by_manufacturer
    ON documents (manufacturer_party, registered_on DESC, registry, document_key)
    WHERE manufacturer_party <> 0 AND manufacturer_party <> applicant_party;
-- Documents are written in the order of versions, so their blocks are.
CREATE INDEX documents_by_version ON documents USING brin (data_version) WITH (pages_per_range = 32);
-- Only foreign documents can have another status on Russia's territory.
CREATE INDEX documents_foreign_by_number
    ON documents (number_key) WHERE registry IN ('kg_certificates', 'kg_declarations', 'kz', 'by');

CREATE TABLE parties (
    party            bigint PRIMARY KEY,
    inn              text COLLATE "C",
    ogrn             text COLLATE "C",
    bin              text COLLATE "C",
    unp              text COLLATE "C",
    -- Documents in which the party stands, in either role, each once. A party with an INN and an OGRN teaches that the
    -- two belong together; so this counts what the pair rests on, and the days say when it was stated.
    documents        bigint  NOT NULL,
    first_registered date    NOT NULL,
    last_registered  date    NOT NULL,
    -- The party has rows in party_counts.
    counted          boolean NOT NULL DEFAULT false
);
CREATE INDEX parties_by_inn ON parties (inn) WHERE inn IS NOT NULL AND ogrn IS NOT NULL;
CREATE INDEX parties_by_ogrn ON parties (ogrn) WHERE inn IS NOT NULL AND ogrn IS NOT NULL;

CREATE TABLE party_identifiers (
    identifier text COLLATE "C" NOT NULL,
    party      bigint NOT NULL,
    PRIMARY KEY (identifier, party)
);

-- In which roles a party stands in a document.
CREATE TYPE party_role AS ENUM ('applicant', 'manufacturer', 'both');
-- What a cell of party_counts counts by.
CREATE TYPE count_facet AS ENUM ('kind', 'status', 'regulation', 'month', 'rf_territory');

-- The numbers of parties with very many documents. A document adds one to one cell of each facet that applies to it
-- (to several cells of `regulation`). Cells, in text:
--   kind          <registry>/<kind>
--   status        <stored status>/<valid_until as YYYY-MM-DD, where the status is active, renewed or extended and there is
--                 a limit>
--   regulation    <code>
--   month         <YYYY-MM>/<kind>
--   rf_territory  <status on Russia's territory>
CREATE TABLE party_counts (
    party        bigint      NOT NULL,
    in_role      party_role  NOT NULL,
    facet        count_facet NOT NULL,
    cell         text COLLATE "C" NOT NULL,
    documents    bigint      NOT NULL,
    data_version bigint      NOT NULL,
    PRIMARY KEY (party, in_role, facet, cell)
);
CREATE INDEX party_counts_by_version ON party_counts (data_version);

-- Documents in which one counted party is the applicant and another one the manufacturer. Both parties' numbers contain
-- them, so a search for both has to take them off once; where there are none, nothing has to be looked up.
CREATE TABLE counted_pairs (
    applicant_party    bigint NOT NULL,
    manufacturer_party bigint NOT NULL,
    documents          bigint NOT NULL,
    PRIMARY KEY (applicant_party, manufacturer_party)
);
CREATE INDEX counted_pairs_by_manufacturer ON counted_pairs (manufacturer_party);

-- A party that a change took away from a document, or another day of registration: ClickHouse must forget those rows.
CREATE TABLE removed_places (
    party         bigint   NOT NULL,
    registered_on date     NOT NULL,
    registry      registry NOT NULL,
    document_key  text COLLATE "C" NOT NULL,
    data_version  bigint   NOT NULL,
    PRIMARY KEY (data_version, registry, document_key, party, registered_on)
);

-- Status history: one row for each load that brought another status or label. What a document began with is the `from`
-- of its first row, or its present status.
CREATE TABLE document_status_changes (
    registry     registry NOT NULL,
    document_key text COLLATE "C" NOT NULL,
    seen_at      timestamptz NOT NULL DEFAULT now(),
    import_id    uuid NOT NULL,
    from_status  document_status NOT NULL,
    from_label   text NOT NULL,
    to_status    document_status NOT NULL,
    to_label     text NOT NULL,
    PRIMARY KEY (registry, document_key, seen_at)
);

-- The list of foreign documents that are not valid on Russia's territory.
CREATE TABLE rf_territory_statuses (
    number_key    text COLLATE "C" NOT NULL,
    -- 0001-01-01 where the list names no day: then the number alone decides.
    registered_on date NOT NULL DEFAULT '0001-01-01',
    number        text NOT NULL,
    status        document_status NOT NULL,
    status_label  text NOT NULL,
    import_id     uuid NOT NULL,
    updated_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (number_key, registered_on)
);

-- Freshness.
ALTER TABLE registry_state
    ADD COLUMN documents   bigint NOT NULL DEFAULT 0,
    -- The last import that read rows of this registry.
    ADD COLUMN import_id   uuid,
    ADD COLUMN imported_at timestamptz;
ALTER TABLE imports
    ADD COLUMN rejects_file text,
    -- Size and modification time of the file: a file that was imported is known again by them.
    ADD COLUMN bytes        bigint,
    ADD COLUMN modified_at  timestamptz;
UPDATE registry_state SET documents = (SELECT count(*) FROM documents WHERE documents.registry = registry_state.registry);

INSERT INTO parties (party, inn, ogrn, bin, unp, documents, first_registered, last_registered)
SELECT party, min(inn), min(ogrn), min(bin), min(unp), count(DISTINCT (registry, document_key)), min(registered_on),
       max(registered_on)
FROM (
    SELECT applicant_party AS party, applicant_inn AS inn, applicant_ogrn AS ogrn, applicant_bin AS bin,
           applicant_unp AS unp, registry, document_key, registered_on
    FROM documents WHERE applicant_party <> 0
    UNION ALL
    SELECT manufacturer_party, manufacturer_inn, manufacturer_ogrn, manufacturer_bin, manufacturer_unp, registry,
           document_key, registered_on
    FROM documents WHERE manufacturer_party <> 0
) AS standing
GROUP BY party;
INSERT INTO party_identifiers (identifier, party)
SELECT DISTINCT value, party FROM parties, unnest(ARRAY[inn, ogrn, bin, unp]) AS value WHERE value <> '';

-- What the parties replace.
DROP TABLE document_identifiers, removed_identifiers, identifier_pairs, incoming_documents, incoming_differences;
DROP FUNCTION identifiers_of;
