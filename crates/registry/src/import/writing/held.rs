//! What is stored of a batch's documents: whether it differs, and what it was before it is replaced.

use super::super::batch::Incoming;
use super::counts::Facts;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use std::borrow::Borrow;
use std::str::FromStr;
use uuid::Uuid;

/// A document compared with what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Comparison {
    /// Not stored.
    New,
    /// Stored as it is.
    Same,
    /// Stored, and it differs.
    Differs {
        /// What is stored was written by this import: an earlier line of the same file.
        by_this_import: bool,
    },
}

impl Comparison {
    pub(super) const fn differs(self) -> bool {
        !matches!(self, Self::Same)
    }
}

/// Compares documents of one registry, in the order of their keys, with what is stored.
pub(in super::super) async fn find(
    connection: &mut PgConnection,
    registry: Registry,
    documents: &[Incoming],
    import: Uuid,
) -> Result<Vec<Comparison>, sqlx::Error> {
    let keys: Vec<&str> = documents.iter().map(|incoming| incoming.key.as_str()).collect();
    // One look-up in the key's index for each document. The planner is not shown the list: it would weigh every entry.
    let stored = sqlx::query!(
        r#"SELECT document_key, content_hash, import_id = $3 AS "by_this_import!" FROM documents
           WHERE registry = $1::text::registry AND document_key = ANY(ARRAY(SELECT unnest($2::text[]) COLLATE "C"))"#,
        registry.key(),
        &keys as _,
        import,
    )
    .fetch_all(connection)
    .await?;
    let mut comparisons = vec![Comparison::New; documents.len()];
    for row in stored {
        let place = place(documents, &row.document_key)?;
        comparisons[place] = if row.content_hash == documents[place].content_hash {
            Comparison::Same
        } else {
            Comparison::Differs {
                by_this_import: row.by_this_import,
            }
        };
    }
    Ok(comparisons)
}

/// Where the document with this key is among documents in the order of their keys.
fn place<T: Borrow<Incoming>>(documents: &[T], key: &str) -> Result<usize, sqlx::Error> {
    documents
        .binary_search_by(|incoming| incoming.borrow().key.as_str().cmp(key))
        .map_err(|_| sqlx::Error::Protocol(format!("the document `{key}` was not asked for")))
}

/// What a stored document was.
pub(super) struct Held {
    pub(super) by_this_import: bool,
    /// The import that had written it.
    pub(super) import: Uuid,
    pub(super) first_seen: DateTime<Utc>,
    /// The version that brought the document.
    pub(super) first_version: i64,
    pub(super) status: Status,
    pub(super) status_label: String,
    pub(super) registered_on: NaiveDate,
    pub(super) applicant: i64,
    pub(super) manufacturer: i64,
    kind: DocumentKind,
    valid_until: Option<NaiveDate>,
    regulations: Vec<String>,
    pub(super) rf_status: Option<Status>,
    /// The version that brought the term that was stored.
    term_version: i64,
}

impl Held {
    pub(super) const fn facts(&self, registry: Registry) -> Facts<'_> {
        Facts {
            registry,
            kind: self.kind,
            status: self.status,
            registered_on: self.registered_on,
            valid_until: self.valid_until,
            regulations: self.regulations.as_slice(),
            rf_status: self.rf_status,
            applicant: self.applicant,
            manufacturer: self.manufacturer,
        }
    }

    /// The version that brought the term which the document has when `incoming` replaces it in `version`: its end, and
    /// whether its status lets it run.
    pub(super) fn term_version(&self, incoming: &Incoming, version: i64) -> i64 {
        let is_same = self.valid_until == incoming.valid_until
            && self.status.is_active() == incoming.status.is_active();
        if is_same { self.term_version } else { version }
    }
}

/// Takes stored documents out of the table, to be copied in anew; gives what they were. The documents
/// are asked for, and what they were is given, in the order of keys; all of them must be stored. With `is_kept` they stay
/// in `replaced_documents`, so that the import can be undone; what this very import had written is nothing to go back to.
pub(super) async fn take(
    connection: &mut PgConnection,
    registry: Registry,
    documents: &[&Incoming],
    import: Uuid,
    is_kept: bool,
) -> Result<Vec<Held>, sqlx::Error> {
    if documents.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<&str> = documents.iter().map(|incoming| incoming.key.as_str()).collect();
    let mut taken = sqlx::query!(
        r#"WITH taken AS (
               DELETE FROM documents
               WHERE registry = $1::text::registry AND document_key = ANY(ARRAY(SELECT unnest($2::text[]) COLLATE "C"))
               RETURNING *
           ), kept AS (
               INSERT INTO replaced_documents SELECT $3, taken.* FROM taken WHERE $4 AND taken.import_id <> $3
           )
           SELECT document_key, import_id, first_seen, status::text AS "status!", status_label, registered_on,
                  applicant_party, manufacturer_party, kind::text AS "kind!", valid_until, technical_regulations,
                  rf_status::text, first_version, term_version
           FROM taken"#,
        registry.key(),
        &keys as _,
        import,
        is_kept,
    )
    .fetch_all(connection)
    .await?;
    if taken.len() != documents.len() {
        return Err(sqlx::Error::Protocol(format!(
            "{} of {} stored documents were taken; is somebody else writing into the table `documents`?",
            taken.len(),
            documents.len()
        )));
    }
    // Bytes decide, here as in the order of the documents.
    taken.sort_unstable_by(|one, other| one.document_key.cmp(&other.document_key));
    taken
        .into_iter()
        .map(|row| {
            Ok(Held {
                by_this_import: row.import_id == import,
                import: row.import_id,
                first_seen: row.first_seen,
                status: parsed(&row.status)?,
                status_label: row.status_label,
                registered_on: row.registered_on,
                applicant: row.applicant_party,
                manufacturer: row.manufacturer_party,
                kind: parsed(&row.kind)?,
                valid_until: row.valid_until,
                regulations: row.technical_regulations,
                rf_status: row.rf_status.as_deref().map(parsed).transpose()?,
                first_version: row.first_version,
                term_version: row.term_version,
            })
        })
        .collect()
}

/// A stored key, which a newer program may have written.
pub(super) fn parsed<T>(key: &str) -> Result<T, sqlx::Error>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    key.parse::<T>()
        .map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
