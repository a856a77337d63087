//! The set-based merge: from the staging table into the documents, in the caller's transaction.

use super::ImportError;
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

/// So many differences that the planner's statistics are worth a refresh at once.
const MANY: u64 = 10_000;

/// What a merge did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Merged {
    pub(super) new: u64,
    pub(super) changed: u64,
}

/// Empties the staging tables.
pub(super) async fn prepare(transaction: &mut Transaction<'_, Postgres>) -> Result<(), ImportError> {
    sqlx::query!("TRUNCATE incoming_documents, incoming_differences")
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Merges the staged rows. All of it is seen when the caller commits.
pub(super) async fn merge(
    transaction: &mut Transaction<'_, Postgres>,
    import: Uuid,
) -> Result<Merged, ImportError> {
    let connection: &mut PgConnection = &mut *transaction;
    // For this transaction only: sorting and hashing a month's file in memory, and no just-in-time compilation, which
    // takes longer than these statements themselves.
    sqlx::query!(
        "SELECT set_config('work_mem', '128MB', true) AS memory, set_config('jit', 'off', true) AS jit"
    )
    .fetch_one(&mut *connection)
    .await?;
    sqlx::query!("ANALYZE incoming_documents")
        .execute(&mut *connection)
        .await?;
    let merged = find_differences(connection).await?;
    let version = next_version(connection, merged).await?;
    if merged.changed > 0 {
        take_old_identifiers_away(connection, version).await?;
    }
    if merged.new + merged.changed > 0 {
        insert_new_documents(connection, import).await?;
        update_changed_documents(connection, import).await?;
        store_identifiers(connection, version).await?;
        learn_pairs(connection).await?;
    }
    move_registry_state(connection, version).await?;
    prepare(transaction).await?;
    Ok(merged)
}

/// Lists the last line of each document that is new or differs from what is stored.
async fn find_differences(connection: &mut PgConnection) -> Result<Merged, ImportError> {
    sqlx::query!(
        "INSERT INTO incoming_differences (line, is_new)
         SELECT latest.line, stored.content_hash IS NULL
         FROM (
             SELECT DISTINCT ON (registry, document_key) line, registry, document_key, content_hash
             FROM incoming_documents
             ORDER BY registry, document_key, line DESC
         ) AS latest
         LEFT JOIN documents AS stored USING (registry, document_key)
         WHERE stored.content_hash IS DISTINCT FROM latest.content_hash"
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("ANALYZE incoming_differences")
        .execute(&mut *connection)
        .await?;
    let counts = sqlx::query!(
        r#"SELECT count(*) FILTER (WHERE is_new) AS "new!", count(*) FILTER (WHERE NOT is_new) AS "changed!"
           FROM incoming_differences"#
    )
    .fetch_one(connection)
    .await?;
    Ok(Merged {
        new: counts.new.unsigned_abs(),
        changed: counts.changed.unsigned_abs(),
    })
}

/// The version of the store after this merge: the present one when nothing differs.
async fn next_version(connection: &mut PgConnection, merged: Merged) -> Result<i64, ImportError> {
    let version =
        sqlx::query_scalar!(r#"SELECT coalesce(max(data_version), 0) AS "version!" FROM registry_state"#)
            .fetch_one(connection)
            .await?;
    Ok(version + i64::from(merged.new + merged.changed > 0))
}

/// Removes the search rows of changed documents, and notes for ClickHouse the identifiers that they lost.
async fn take_old_identifiers_away(connection: &mut PgConnection, version: i64) -> Result<(), ImportError> {
    sqlx::query!(
        "INSERT INTO removed_identifiers (identifier, registry, document_key, data_version)
         SELECT held.identifier, stored.registry, stored.document_key, $1
         FROM incoming_differences AS difference
         JOIN incoming_documents AS incoming USING (line)
         JOIN documents AS stored USING (registry, document_key)
         CROSS JOIN LATERAL identifiers_of(
             ARRAY[stored.applicant_inn, stored.applicant_ogrn, stored.applicant_bin, stored.applicant_unp],
             ARRAY[stored.manufacturer_inn, stored.manufacturer_ogrn, stored.manufacturer_bin, stored.manufacturer_unp]
         ) AS held
         WHERE NOT difference.is_new
           AND (held.identifier = ANY(ARRAY[
                   incoming.applicant_inn, incoming.applicant_ogrn, incoming.applicant_bin, incoming.applicant_unp,
                   incoming.manufacturer_inn, incoming.manufacturer_ogrn, incoming.manufacturer_bin,
                   incoming.manufacturer_unp
               ])) IS NOT TRUE",
        version
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "DELETE FROM document_identifiers AS row
         USING incoming_differences AS difference, incoming_documents AS incoming, documents AS stored,
               LATERAL identifiers_of(
                   ARRAY[stored.applicant_inn, stored.applicant_ogrn, stored.applicant_bin, stored.applicant_unp],
                   ARRAY[stored.manufacturer_inn, stored.manufacturer_ogrn, stored.manufacturer_bin,
                         stored.manufacturer_unp]
               ) AS held
         WHERE NOT difference.is_new
           AND incoming.line = difference.line
           AND stored.registry = incoming.registry AND stored.document_key = incoming.document_key
           AND row.identifier = held.identifier AND row.registered_on = stored.registered_on
           AND row.registry = stored.registry AND row.document_key = stored.document_key"
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn insert_new_documents(connection: &mut PgConnection, import: Uuid) -> Result<(), ImportError> {
    sqlx::query!(
        "INSERT INTO documents (
             registry, document_key, source_id, number, kind, status, status_label, registered_on, valid_until,
             applicant_name, applicant_country, applicant_inn, applicant_ogrn, applicant_bin, applicant_unp,
             manufacturer_name, manufacturer_country, manufacturer_inn, manufacturer_ogrn, manufacturer_bin,
             manufacturer_unp, technical_regulations, product, tn_ved, scheme, certification_body, url, content_hash,
             import_id
         )
         SELECT registry, document_key, source_id, number, kind, status, status_label, registered_on, valid_until,
                applicant_name, applicant_country, applicant_inn, applicant_ogrn, applicant_bin, applicant_unp,
                manufacturer_name, manufacturer_country, manufacturer_inn, manufacturer_ogrn, manufacturer_bin,
                manufacturer_unp, technical_regulations, product, tn_ved, scheme, certification_body, url,
                content_hash, $1
         FROM incoming_differences JOIN incoming_documents USING (line)
         WHERE is_new",
        import
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn update_changed_documents(connection: &mut PgConnection, import: Uuid) -> Result<(), ImportError> {
    sqlx::query!(
        "UPDATE documents AS stored SET
             source_id = incoming.source_id, number = incoming.number, kind = incoming.kind,
             status = incoming.status, status_label = incoming.status_label,
             registered_on = incoming.registered_on, valid_until = incoming.valid_until,
             applicant_name = incoming.applicant_name, applicant_country = incoming.applicant_country,
             applicant_inn = incoming.applicant_inn, applicant_ogrn = incoming.applicant_ogrn,
             applicant_bin = incoming.applicant_bin, applicant_unp = incoming.applicant_unp,
             manufacturer_name = incoming.manufacturer_name, manufacturer_country = incoming.manufacturer_country,
             manufacturer_inn = incoming.manufacturer_inn, manufacturer_ogrn = incoming.manufacturer_ogrn,
             manufacturer_bin = incoming.manufacturer_bin, manufacturer_unp = incoming.manufacturer_unp,
             technical_regulations = incoming.technical_regulations, product = incoming.product,
             tn_ved = incoming.tn_ved, scheme = incoming.scheme,
             certification_body = incoming.certification_body, url = incoming.url,
             content_hash = incoming.content_hash, updated_at = now(), import_id = $1
         FROM incoming_differences JOIN incoming_documents AS incoming USING (line)
         WHERE NOT is_new AND stored.registry = incoming.registry AND stored.document_key = incoming.document_key",
        import
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// In the order of the index, which then grows page by page instead of everywhere at once.
async fn store_identifiers(connection: &mut PgConnection, version: i64) -> Result<(), ImportError> {
    sqlx::query!(
        "INSERT INTO document_identifiers (
             identifier, registered_on, registry, document_key, as_applicant, as_manufacturer, kind, status,
             valid_until, technical_regulations, data_version
         )
         SELECT held.identifier, registered_on, registry, document_key, held.as_applicant, held.as_manufacturer, kind,
                status, valid_until, technical_regulations, $1
         FROM incoming_differences
         JOIN incoming_documents USING (line)
         CROSS JOIN LATERAL identifiers_of(
             ARRAY[applicant_inn, applicant_ogrn, applicant_bin, applicant_unp],
             ARRAY[manufacturer_inn, manufacturer_ogrn, manufacturer_bin, manufacturer_unp]
         ) AS held
         ORDER BY held.identifier, registered_on DESC, registry, document_key",
        version
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// INN and OGRN of one party of one document belong together.
async fn learn_pairs(connection: &mut PgConnection) -> Result<(), ImportError> {
    sqlx::query!(
        "INSERT INTO identifier_pairs (inn, ogrn)
         SELECT applicant_inn, applicant_ogrn
         FROM incoming_differences JOIN incoming_documents USING (line)
         WHERE applicant_inn IS NOT NULL AND applicant_ogrn IS NOT NULL
         UNION
         SELECT manufacturer_inn, manufacturer_ogrn
         FROM incoming_differences JOIN incoming_documents USING (line)
         WHERE manufacturer_inn IS NOT NULL AND manufacturer_ogrn IS NOT NULL
         ON CONFLICT DO NOTHING"
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A registry of which rows were read is loaded; its data reach to the latest registration among them.
async fn move_registry_state(connection: &mut PgConnection, version: i64) -> Result<(), ImportError> {
    sqlx::query!(
        "INSERT INTO registry_state AS known (registry, loaded, data_date, data_version)
         SELECT registry, true, max(registered_on), $1 FROM incoming_documents GROUP BY registry
         ON CONFLICT (registry) DO UPDATE SET
             loaded = true,
             data_date = greatest(known.data_date, EXCLUDED.data_date),
             data_version = CASE
                 WHEN EXISTS (
                     SELECT FROM incoming_differences JOIN incoming_documents USING (line)
                     WHERE incoming_documents.registry = known.registry
                 ) THEN EXCLUDED.data_version
                 ELSE known.data_version
             END",
        version
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Without statistics the first searches after a big import would be planned badly. The documents are stored already:
/// failing here is no failure of the import.
pub(super) async fn refresh_statistics(connection: &mut PgConnection, merged: Merged) {
    if merged.new + merged.changed < MANY {
        return;
    }
    let refreshed = sqlx::query!("ANALYZE documents, document_identifiers, identifier_pairs")
        .execute(connection)
        .await;
    if let Err(error) = refreshed {
        tracing::warn!(%error, "the statistics of the documents were not refreshed");
    }
}
