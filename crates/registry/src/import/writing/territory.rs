//! The list of foreign documents that are not valid on Russia's territory: its entries, and what they say of documents.

use super::super::batch::Incoming;
use super::held::parsed;
use certlens_domain::document_number::search_key;
use certlens_domain::registry::Registry;
use certlens_domain::status::Status;
use certlens_formats::RfTerritoryStatus;
use chrono::NaiveDate;
use sqlx::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How the table says that an entry names no day: `0001-01-01`.
fn no_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or(NaiveDate::MIN)
}

/// Entries compared with what is stored.
#[derive(Default)]
pub(in super::super) struct TerritoryComparison<'list> {
    pub(in super::super) new: u64,
    pub(in super::super) changed: u64,
    /// Keys of the numbers of which the list says something else now.
    pub(super) number_keys: Vec<String>,
    entered: Vec<(&'list RfTerritoryStatus, String, NaiveDate)>,
    taken_back: Vec<(String, NaiveDate)>,
}

/// Compares entries with what is stored: the last one of each number and day counts. An entry that says "in force"
/// takes an earlier one back.
pub(in super::super) async fn compare<'list>(
    connection: &mut PgConnection,
    entries: &'list [RfTerritoryStatus],
    import: Uuid,
) -> Result<TerritoryComparison<'list>, sqlx::Error> {
    let mut last = BTreeMap::new();
    for entry in entries {
        let key = search_key(&entry.number);
        last.insert((key, entry.registered_on.unwrap_or_else(no_day)), entry);
    }
    let keys: Vec<&str> = last.keys().map(|(key, _)| key.as_str()).collect();
    let stored = sqlx::query!(
        r#"SELECT number_key, registered_on, number, status::text AS "status!", status_label,
                  import_id = $2 AS "by_this_import!"
           FROM rf_territory_statuses WHERE number_key = ANY($1::text[])"#,
        &keys as _,
        import,
    )
    .fetch_all(connection)
    .await?;
    let stored: BTreeMap<_, _> = stored
        .into_iter()
        .map(|row| ((row.number_key.clone(), row.registered_on), row))
        .collect();
    let mut comparison = TerritoryComparison::default();
    for ((key, day), entry) in last {
        let stored = stored.get(&(key.clone(), day));
        let by_this_import = stored.is_some_and(|stored| stored.by_this_import);
        let takes_back = entry.status.is_active();
        match stored {
            None if takes_back => continue,
            None => comparison.new += 1,
            Some(stored)
                if !takes_back
                    && stored.number == entry.number
                    && stored.status == entry.status.key()
                    && stored.status_label == entry.status_label =>
            {
                continue;
            }
            Some(_) => comparison.changed += u64::from(!by_this_import),
        }
        comparison.number_keys.push(key.clone());
        if takes_back {
            comparison.taken_back.push((key, day));
        } else {
            comparison.entered.push((entry, key, day));
        }
    }
    Ok(comparison)
}

/// Keeps what the entries were that differ, so that the import can be undone. What is kept of an entry already is what
/// it was before this import.
pub(super) async fn keep(
    connection: &mut PgConnection,
    comparison: &TerritoryComparison<'_>,
    import: Uuid,
) -> Result<(), sqlx::Error> {
    let entered = comparison.entered.iter().map(|(_, key, day)| (key, day));
    let taken_back = comparison.taken_back.iter().map(|(key, day)| (key, day));
    let (keys, days): (Vec<&str>, Vec<NaiveDate>) = entered
        .chain(taken_back)
        .map(|(key, day)| (key.as_str(), *day))
        .unzip();
    sqlx::query!(
        r#"INSERT INTO replaced_territory_statuses (
               replaced_by, number_key, registered_on, number, status, status_label, import_id, updated_at
           )
           SELECT $1, entry.number_key, entry.registered_on, known.number, known.status, known.status_label,
                  known.import_id, known.updated_at
           FROM unnest($2::text[], $3::date[]) AS entry (number_key, registered_on)
           LEFT JOIN rf_territory_statuses AS known
                ON known.number_key = entry.number_key COLLATE "C" AND known.registered_on = entry.registered_on
           ON CONFLICT DO NOTHING"#,
        import,
        &keys as _,
        &days,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Puts the entries back that an import changed; gives the keys of their numbers. They are kept no longer.
pub(super) async fn put_back(
    connection: &mut PgConnection,
    import: Uuid,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query!(
        "DELETE FROM rf_territory_statuses AS known
         USING replaced_territory_statuses AS former
         WHERE former.replaced_by = $1 AND known.number_key = former.number_key
               AND known.registered_on = former.registered_on",
        import,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "INSERT INTO rf_territory_statuses (
             number_key, registered_on, number, status, status_label, import_id, updated_at
         )
         SELECT number_key, registered_on, number, status, status_label, import_id, updated_at
         FROM replaced_territory_statuses WHERE replaced_by = $1 AND number IS NOT NULL",
        import,
    )
    .execute(&mut *connection)
    .await?;
    let mut keys = sqlx::query_scalar!(
        "DELETE FROM replaced_territory_statuses WHERE replaced_by = $1 RETURNING number_key",
        import,
    )
    .fetch_all(connection)
    .await?;
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

/// Stores the entries that differ.
pub(super) async fn store(
    connection: &mut PgConnection,
    comparison: &TerritoryComparison<'_>,
    import: Uuid,
) -> Result<(), sqlx::Error> {
    let entered = &comparison.entered;
    let keys: Vec<&str> = entered.iter().map(|(_, key, _)| key.as_str()).collect();
    let days: Vec<NaiveDate> = entered.iter().map(|(_, _, day)| *day).collect();
    let numbers: Vec<&str> = entered.iter().map(|(entry, ..)| entry.number.as_str()).collect();
    let statuses: Vec<&str> = entered.iter().map(|(entry, ..)| entry.status.key()).collect();
    let labels: Vec<&str> = entered
        .iter()
        .map(|(entry, ..)| entry.status_label.as_str())
        .collect();
    sqlx::query!(
        "INSERT INTO rf_territory_statuses (number_key, registered_on, number, status, status_label, import_id)
         SELECT number_key, registered_on, number, status::document_status, status_label, $6
         FROM unnest($1::text[], $2::date[], $3::text[], $4::text[], $5::text[])
              AS entry (number_key, registered_on, number, status, status_label)
         ON CONFLICT (number_key, registered_on) DO UPDATE SET
             number = EXCLUDED.number, status = EXCLUDED.status, status_label = EXCLUDED.status_label,
             import_id = EXCLUDED.import_id, updated_at = now()",
        &keys as _,
        &days,
        &numbers as _,
        &statuses as _,
        &labels as _,
        import,
    )
    .execute(&mut *connection)
    .await?;
    let (keys, days): (Vec<&str>, Vec<NaiveDate>) = comparison
        .taken_back
        .iter()
        .map(|(key, day)| (key.as_str(), *day))
        .unzip();
    sqlx::query!(
        r#"DELETE FROM rf_territory_statuses AS known
           USING unnest($1::text[], $2::date[]) AS entry (number_key, registered_on)
           WHERE known.number_key = entry.number_key COLLATE "C" AND known.registered_on = entry.registered_on"#,
        &keys as _,
        &days,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What the list says of documents, in their order. An entry with the document's day goes before one without a day.
pub(super) async fn statuses_of(
    connection: &mut PgConnection,
    documents: &[&Incoming],
) -> Result<Vec<Option<Status>>, sqlx::Error> {
    let keys: Vec<&str> = documents
        .iter()
        .map(|incoming| incoming.number_key.as_str())
        .collect();
    let days: Vec<NaiveDate> = documents.iter().map(|incoming| incoming.registered_on).collect();
    let listed = sqlx::query!(
        r#"SELECT asked.position AS "position!", listed.status AS "status!"
           FROM unnest($1::text[], $2::date[]) WITH ORDINALITY AS asked (number_key, registered_on, position)
           CROSS JOIN LATERAL (
               SELECT status::text FROM rf_territory_statuses AS known
               WHERE known.number_key = asked.number_key COLLATE "C"
                     AND known.registered_on IN (asked.registered_on, '0001-01-01')
               ORDER BY known.registered_on DESC LIMIT 1
           ) AS listed"#,
        &keys as _,
        &days,
    )
    .fetch_all(connection)
    .await?;
    let mut statuses = vec![None; documents.len()];
    for row in listed {
        // An ordinality of Postgres, from 1.
        let place = usize::try_from(row.position - 1).unwrap_or(usize::MAX);
        if let Some(status) = statuses.get_mut(place) {
            *status = Some(parsed(&row.status)?);
        }
    }
    Ok(statuses)
}

/// A document of which the list says something else now.
pub(super) struct ChangedRfStatus {
    pub(super) registry: Registry,
    key: String,
    /// The version that brought the document.
    pub(super) first_version: i64,
    pub(super) applicant: i64,
    pub(super) manufacturer: i64,
    pub(super) before: Option<Status>,
    pub(super) after: Option<Status>,
}

impl ChangedRfStatus {
    pub(super) fn change(&self) -> TerritoryChange<'_> {
        TerritoryChange {
            registry: self.registry,
            key: &self.key,
            from: self.before,
            to: self.after,
        }
    }
}

/// A document's status on Russia's territory moved.
pub(super) struct TerritoryChange<'a> {
    pub(super) registry: Registry,
    pub(super) key: &'a str,
    pub(super) from: Option<Status>,
    pub(super) to: Option<Status>,
}

/// One row for each load that brought another status. What a load says twice counts as it says it in the end.
pub(super) async fn log(
    connection: &mut PgConnection,
    version: i64,
    changes: impl Iterator<Item = TerritoryChange<'_>>,
) -> Result<(), sqlx::Error> {
    let (mut registries, mut keys, mut from, mut to) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for change in changes {
        registries.push(change.registry.key());
        keys.push(change.key);
        from.push(change.from.map(Status::key));
        to.push(change.to.map(Status::key));
    }
    if keys.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO document_territory_changes (data_version, registry, document_key, from_status, to_status)
         SELECT $1, registry::registry, key, from_status::document_status, to_status::document_status
         FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS change (registry, key, from_status, to_status)
         ON CONFLICT (data_version, registry, document_key) DO UPDATE SET to_status = EXCLUDED.to_status",
        version,
        &registries as _,
        &keys as _,
        &from as _,
        &to as _,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        r#"DELETE FROM document_territory_changes
           WHERE data_version = $1 AND document_key = ANY($2::text[]) AND from_status IS NOT DISTINCT FROM to_status"#,
        version,
        &keys as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives the documents with these numbers the status that the list has for them; the documents that thereby change.
pub(super) async fn apply(
    connection: &mut PgConnection,
    number_keys: &[String],
    version: i64,
) -> Result<Vec<ChangedRfStatus>, sqlx::Error> {
    if number_keys.is_empty() {
        return Ok(Vec::new());
    }
    let changed = sqlx::query!(
        r#"UPDATE documents AS stored SET rf_status = listed.after, data_version = $2
           FROM (
               SELECT document.registry, document.document_key, document.rf_status AS before, entry.status AS after
               FROM (SELECT DISTINCT unnest($1::text[]) COLLATE "C") AS asked (number_key)
               JOIN documents AS document
                    ON document.number_key = asked.number_key
                       AND document.registry IN ('kg_certificates', 'kg_declarations', 'kz', 'by')
               LEFT JOIN LATERAL (
                   SELECT status FROM rf_territory_statuses AS known
                   WHERE known.number_key = document.number_key
                         AND known.registered_on IN (document.registered_on, '0001-01-01')
                   ORDER BY known.registered_on DESC LIMIT 1
               ) AS entry ON true
               WHERE document.rf_status IS DISTINCT FROM entry.status
           ) AS listed
           WHERE stored.registry = listed.registry AND stored.document_key = listed.document_key
           RETURNING stored.registry::text AS "registry!", stored.document_key, stored.first_version,
                     stored.applicant_party, stored.manufacturer_party,
                     listed.before::text AS "before?", listed.after::text AS "after?""#,
        number_keys,
        version,
    )
    .fetch_all(connection)
    .await?;
    changed
        .into_iter()
        .map(|row| {
            Ok(ChangedRfStatus {
                registry: parsed(&row.registry)?,
                key: row.document_key,
                first_version: row.first_version,
                applicant: row.applicant_party,
                manufacturer: row.manufacturer_party,
                before: row.before.as_deref().map(parsed).transpose()?,
                after: row.after.as_deref().map(parsed).transpose()?,
            })
        })
        .collect()
}
