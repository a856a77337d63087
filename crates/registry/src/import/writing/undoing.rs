//! Takes back what an import wrote: documents that it added go, documents that it replaced get their former body, and
//! parties, counts, history and registries follow, as they follow an import.
//!
//! All of it is written in a new version of the store, so that ClickHouse gets it as it gets an import. May know:
//! Postgres's tables. Must not know: whether the import may be undone (module `undo`).

use super::super::batch::Standing;
use super::counts::Facts;
use super::held::parsed;
use super::traces::places;
use super::{BATCHES_A_FLUSH, Writer, keeping, territory};
use crate::import::ImportError;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use chrono::NaiveDate;
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::HashMap;

/// Documents that are taken back at once.
const AT_ONCE: usize = 10_000;
/// Numbers of the list of Russia's territory that are applied at once.
const NUMBERS_AT_ONCE: usize = 10_000;

/// The import that is undone.
#[derive(Debug, Clone)]
pub(in super::super) struct Undone {
    /// The version of the store that it made; `None` when no document differed.
    pub(in super::super) version: Option<i64>,
    /// The versions in which documents of it may stand: its own, and later ones that wrote documents anew without
    /// changing what they say.
    pub(in super::super) versions: Vec<i64>,
}

/// What an undoing did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in super::super) struct TakenBack {
    /// Documents that went.
    pub(in super::super) removed: u64,
    /// Documents that have their former body again.
    pub(in super::super) restored: u64,
    /// Entries of the list of Russia's territory that are as they were.
    pub(in super::super) entries: u64,
    /// The version of the store that the undoing made; `None` when no document differs.
    pub(in super::super) version: Option<i64>,
}

/// A document that was taken out or put back.
struct Row {
    registry: Registry,
    key: String,
    kind: DocumentKind,
    status: Status,
    registered_on: NaiveDate,
    valid_until: Option<NaiveDate>,
    regulations: Vec<String>,
    rf_status: Option<Status>,
    applicant: Standing,
    manufacturer: Standing,
}

impl Row {
    const fn facts(&self) -> Facts<'_> {
        Facts {
            registry: self.registry,
            kind: self.kind,
            status: self.status,
            registered_on: self.registered_on,
            valid_until: self.valid_until,
            regulations: self.regulations.as_slice(),
            rf_status: self.rf_status,
            applicant: self.applicant.party,
            manufacturer: self.manufacturer.party,
        }
    }

    fn places(&self) -> impl Iterator<Item = (i64, NaiveDate)> + use<> {
        places(self.applicant.party, self.manufacturer.party, self.registered_on)
    }
}

/// A row as Postgres gives it.
struct StoredRow {
    registry: String,
    document_key: String,
    kind: String,
    status: String,
    registered_on: NaiveDate,
    valid_until: Option<NaiveDate>,
    technical_regulations: Vec<String>,
    rf_status: Option<String>,
    applicant_party: i64,
    applicant: Vec<Option<String>>,
    manufacturer_party: i64,
    manufacturer: Vec<Option<String>>,
}

impl TryFrom<StoredRow> for Row {
    type Error = sqlx::Error;

    fn try_from(row: StoredRow) -> Result<Self, sqlx::Error> {
        let standing = |party, stated: Vec<Option<String>>| {
            let identifiers = <[Option<String>; 4]>::try_from(stated)
                .map_err(|_| sqlx::Error::Protocol("a party has four identifiers".to_owned()))?;
            Ok::<_, sqlx::Error>(Standing { party, identifiers })
        };
        Ok(Self {
            registry: parsed(&row.registry)?,
            key: row.document_key,
            kind: parsed(&row.kind)?,
            status: parsed(&row.status)?,
            registered_on: row.registered_on,
            valid_until: row.valid_until,
            regulations: row.technical_regulations,
            rf_status: row.rf_status.as_deref().map(parsed).transpose()?,
            applicant: standing(row.applicant_party, row.applicant)?,
            manufacturer: standing(row.manufacturer_party, row.manufacturer)?,
        })
    }
}

/// A document by its key, and where its former body is kept.
#[derive(sqlx::FromRow)]
struct Place {
    registry: String,
    document_key: String,
    kept_at: String,
}

impl Writer<'_> {
    /// Takes back what the import of this writer wrote. `progress` hears how many documents are done. Then the caller
    /// may commit.
    pub(in super::super) async fn undo(
        mut self,
        undone: &Undone,
        progress: impl Fn(u64),
    ) -> Result<TakenBack, ImportError> {
        let mut taken = TakenBack::default();
        let documents = |taken: &TakenBack| taken.removed + taken.restored;
        // What was replaced first: then all that is left of the import was added by it.
        self.declare_replaced().await?;
        while let Some(places) = self.fetch("replaced").await? {
            self.restore(&places).await?;
            taken.restored += places.len() as u64;
            progress(documents(&taken));
            self.flush_at_times().await?;
        }
        if let Some(version) = undone.version {
            self.declare_added(version, &undone.versions).await?;
            while let Some(places) = self.fetch("added").await? {
                self.remove(&places).await?;
                taken.removed += places.len() as u64;
                progress(documents(&taken));
                self.flush_at_times().await?;
            }
            forget_history(self.connection, version).await?;
        }
        taken.entries = self.put_list_back().await?;
        keeping::forget(self.connection, &[self.import]).await?;
        self.flush().await?;
        self.registries
            .undo(self.connection, self.import, self.version)
            .await?;
        taken.version = self.registries.moves().then_some(self.version);
        Ok(taken)
    }

    async fn declare_replaced(&mut self) -> Result<(), sqlx::Error> {
        let import = self.import;
        sqlx::query(AssertSqlSafe(format!(
            "DECLARE replaced NO SCROLL CURSOR FOR
             SELECT registry::text, document_key, ctid::text AS kept_at FROM replaced_documents
             WHERE replaced_by = '{import}'"
        )))
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }

    async fn declare_added(&mut self, version: i64, versions: &[i64]) -> Result<(), sqlx::Error> {
        let import = self.import;
        let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
        let versions = versions.join(", ");
        sqlx::query(AssertSqlSafe(format!(
            "DECLARE added NO SCROLL CURSOR FOR
             SELECT registry::text, document_key, '' AS kept_at FROM documents
             WHERE data_version IN ({versions}) AND import_id = '{import}' AND first_version = {version}"
        )))
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }

    /// The next documents; `None` after the last.
    async fn fetch(&mut self, cursor: &str) -> Result<Option<Vec<Place>>, sqlx::Error> {
        let places: Vec<Place> = sqlx::query_as(AssertSqlSafe(format!("FETCH {AT_ONCE} FROM {cursor}")))
            .fetch_all(&mut *self.connection)
            .await?;
        Ok((!places.is_empty()).then_some(places))
    }

    async fn flush_at_times(&mut self) -> Result<(), ImportError> {
        self.batches += 1;
        if self.batches.is_multiple_of(BATCHES_A_FLUSH) || self.parties.is_large() || self.counts.is_large() {
            self.flush().await?;
        }
        Ok(())
    }

    async fn remove(&mut self, documents: &[Place]) -> Result<(), ImportError> {
        let mut left = Vec::new();
        for row in self.take_out(documents).await? {
            self.note_taken(&row);
            self.registries.removed(row.registry);
            left.extend(row.places().map(|place| (row.registry, row.key.clone(), place)));
        }
        leave(self.connection, self.version, &left).await?;
        Ok(())
    }

    async fn restore(&mut self, documents: &[Place]) -> Result<(), ImportError> {
        let taken = self.take_out(documents).await?;
        let places: Vec<&str> = documents
            .iter()
            .map(|document| document.kept_at.as_str())
            .collect();
        let restored = put_back(self.connection, &places, self.version).await?;
        if restored.len() != documents.len() {
            return Err(unexpected(restored.len(), documents.len()).into());
        }
        let mut now: HashMap<(Registry, &str), Vec<(i64, NaiveDate)>> =
            HashMap::with_capacity(restored.len());
        for row in &restored {
            self.registries.differs(row.registry);
            let facts = row.facts();
            self.parties.add(&facts, &row.applicant, &row.manufacturer);
            self.counts.add(&facts);
            now.insert((row.registry, &row.key), row.places().collect());
        }
        let mut left = Vec::new();
        for row in &taken {
            self.note_taken(row);
            let now = now.get(&(row.registry, row.key.as_str()));
            let gone = row
                .places()
                .filter(|place| now.is_none_or(|now| !now.contains(place)));
            left.extend(gone.map(|place| (row.registry, row.key.clone(), place)));
        }
        leave(self.connection, self.version, &left).await?;
        Ok(())
    }

    /// What a document that is taken out meant for its parties.
    fn note_taken(&mut self, row: &Row) {
        let facts = row.facts();
        self.parties.remove(&facts);
        self.counts.remove(&facts);
    }

    /// Takes documents of this import out of the table.
    async fn take_out(&mut self, documents: &[Place]) -> Result<Vec<Row>, ImportError> {
        let registries: Vec<&str> = documents
            .iter()
            .map(|document| document.registry.as_str())
            .collect();
        let keys: Vec<&str> = documents
            .iter()
            .map(|document| document.document_key.as_str())
            .collect();
        let taken = sqlx::query_as!(
            StoredRow,
            r#"DELETE FROM documents AS stored
               USING unnest($1::text[]::registry[], $2::text[]) AS asked (registry, document_key)
               WHERE stored.registry = asked.registry AND stored.document_key = asked.document_key COLLATE "C"
                     AND stored.import_id = $3
               RETURNING stored.registry::text AS "registry!", stored.document_key, kind::text AS "kind!",
                         status::text AS "status!", registered_on, valid_until, technical_regulations,
                         rf_status::text, applicant_party,
                         ARRAY[applicant_inn, applicant_ogrn, applicant_bin, applicant_unp]
                             AS "applicant!: Vec<Option<String>>",
                         manufacturer_party,
                         ARRAY[manufacturer_inn, manufacturer_ogrn, manufacturer_bin, manufacturer_unp]
                             AS "manufacturer!: Vec<Option<String>>""#,
            &registries as _,
            &keys as _,
            self.import,
        )
        .fetch_all(&mut *self.connection)
        .await?;
        if taken.len() != documents.len() {
            return Err(unexpected(taken.len(), documents.len()).into());
        }
        Ok(taken.into_iter().map(Row::try_from).collect::<Result<_, _>>()?)
    }

    /// The list of Russia's territory as it was, and documents as it has them.
    async fn put_list_back(&mut self) -> Result<u64, ImportError> {
        let numbers = territory::put_back(self.connection, self.import).await?;
        for numbers in numbers.chunks(NUMBERS_AT_ONCE) {
            for document in territory::apply(self.connection, numbers, self.version).await? {
                self.registries.differs(document.registry);
                self.counts.change_rf_status(&document);
            }
        }
        Ok(numbers.len() as u64)
    }
}

/// Documents get the body that they had. What the list says of them may have changed since.
async fn put_back(
    connection: &mut PgConnection,
    places: &[&str],
    version: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    let rows = sqlx::query_as!(
        StoredRow,
        r#"INSERT INTO documents (
               registry, document_key, source_id, number, kind, status, status_label, registered_on, valid_until,
               applicant_name, applicant_country, applicant_inn, applicant_ogrn, applicant_bin, applicant_unp,
               manufacturer_name, manufacturer_country, manufacturer_inn, manufacturer_ogrn, manufacturer_bin,
               manufacturer_unp, technical_regulations, product, tn_ved, scheme, certification_body, url, content_hash,
               first_seen, updated_at, import_id, number_key, applicant_party, manufacturer_party, applicant_in_text,
               manufacturer_in_text, rf_status, data_version, first_version, term_version
           )
           SELECT former.registry, document_key, source_id, former.number, kind, former.status, former.status_label,
                  former.registered_on, valid_until, applicant_name, applicant_country, applicant_inn, applicant_ogrn,
                  applicant_bin, applicant_unp, manufacturer_name, manufacturer_country, manufacturer_inn,
                  manufacturer_ogrn, manufacturer_bin, manufacturer_unp, technical_regulations, product, tn_ved, scheme,
                  certification_body, url, content_hash, first_seen, former.updated_at, former.import_id,
                  former.number_key, applicant_party, manufacturer_party, applicant_in_text, manufacturer_in_text,
                  listed.status, $2, first_version, term_version
           FROM replaced_documents AS former
           LEFT JOIN LATERAL (
               SELECT known.status FROM rf_territory_statuses AS known
               WHERE former.registry IN ('kg_certificates', 'kg_declarations', 'kz', 'by')
                     AND known.number_key = former.number_key
                     AND known.registered_on IN (former.registered_on, '0001-01-01')
               ORDER BY known.registered_on DESC LIMIT 1
           ) AS listed ON true
           WHERE former.ctid = ANY ($1::text[]::tid[])
           RETURNING registry::text AS "registry!", document_key, kind::text AS "kind!", status::text AS "status!",
                     registered_on, valid_until, technical_regulations, rf_status::text, applicant_party,
                     ARRAY[applicant_inn, applicant_ogrn, applicant_bin, applicant_unp]
                         AS "applicant!: Vec<Option<String>>",
                     manufacturer_party,
                     ARRAY[manufacturer_inn, manufacturer_ogrn, manufacturer_bin, manufacturer_unp]
                         AS "manufacturer!: Vec<Option<String>>""#,
        places as _,
        version,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::try_from).collect()
}

/// Places in which documents stand no longer, for ClickHouse to forget.
async fn leave(
    connection: &mut PgConnection,
    version: i64,
    left: &[(Registry, String, (i64, NaiveDate))],
) -> Result<(), sqlx::Error> {
    if left.is_empty() {
        return Ok(());
    }
    let registries: Vec<&str> = left.iter().map(|(registry, ..)| registry.key()).collect();
    let keys: Vec<&str> = left.iter().map(|(_, key, _)| key.as_str()).collect();
    let (parties, days): (Vec<i64>, Vec<NaiveDate>) = left.iter().map(|(.., place)| *place).unzip();
    sqlx::query!(
        "INSERT INTO removed_places (party, registered_on, registry, document_key, data_version)
         SELECT party, registered_on, registry::registry, key, $1
         FROM unnest($2::bigint[], $3::date[], $4::text[], $5::text[]) AS place (party, registered_on, registry, key)
         ON CONFLICT DO NOTHING",
        version,
        &parties,
        &days,
        &registries as _,
        &keys as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What the import's version logged did not happen.
async fn forget_history(connection: &mut PgConnection, version: i64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "DELETE FROM document_status_changes WHERE data_version = $1",
        version
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "DELETE FROM document_territory_changes WHERE data_version = $1",
        version
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn unexpected(found: usize, wanted: usize) -> sqlx::Error {
    sqlx::Error::Protocol(format!(
        "{found} of {wanted} documents of the import were found; is somebody else writing into the table `documents`?"
    ))
}
