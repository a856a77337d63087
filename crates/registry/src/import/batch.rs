//! Rows on their way to the databases: each document once, with everything that follows from it alone.
//!
//! Pure; made on the reading thread, so that Postgres is not kept waiting for hashes and keys.

use super::copy_text::{CopyText, Derived};
use crate::party::PartyId;
use crate::stored::{document_key, number_key};
use certlens_domain::document::{Document, Party};
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use certlens_formats::RfTerritoryStatus;
use chrono::NaiveDate;
use std::ops::Range;
use uuid::Uuid;

/// A batch is sent when it has so many rows …
pub(super) const ROWS: usize = 10_000;
/// … or its rows so many bytes.
const BYTES: usize = 16 * 1024 * 1024;

/// What the writer must know of a document, and where its row is. The rest of the document stays on the reading thread.
pub(super) struct Incoming {
    pub(super) registry: Registry,
    pub(super) key: String,
    pub(super) number_key: String,
    pub(super) content_hash: Uuid,
    pub(super) kind: DocumentKind,
    pub(super) status: Status,
    pub(super) status_label: String,
    pub(super) registered_on: NaiveDate,
    pub(super) valid_until: Option<NaiveDate>,
    pub(super) regulations: Vec<String>,
    pub(super) applicant: Standing,
    pub(super) manufacturer: Standing,
    row: Range<usize>,
}

/// A party in a document.
pub(super) struct Standing {
    /// The party's number, 0 when it has no identifiers.
    pub(super) party: i64,
    /// INN, OGRN, BIN and UNP.
    pub(super) identifiers: [Option<String>; 4],
}

impl Standing {
    fn new(party: i64, stated: Party) -> Self {
        Self {
            party,
            identifiers: [stated.inn, stated.ogrn, stated.bin, stated.unp],
        }
    }
}

/// How far the file is read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reached {
    pub(super) bytes_read: u64,
    pub(super) read: u64,
    pub(super) rejected: u64,
}

/// Documents in the order of registry and key, and entries of the list of Russia's territory in the file's order.
pub(super) struct Batch {
    pub(super) documents: Vec<Incoming>,
    pub(super) territory: Vec<RfTerritoryStatus>,
    pub(super) reached: Reached,
    rows: Vec<u8>,
}

impl Batch {
    /// The fields of the document's row that are known without the database.
    pub(super) fn row(&self, incoming: &Incoming) -> &[u8] {
        &self.rows[incoming.row.clone()]
    }
}

/// A batch in the making.
pub(super) struct BatchBuilder {
    rows: usize,
    documents: Vec<Incoming>,
    territory: Vec<RfTerritoryStatus>,
    text: CopyText,
}

impl BatchBuilder {
    /// Batches of so many rows.
    pub(super) fn new(rows: usize) -> Self {
        Self {
            rows,
            documents: Vec::new(),
            territory: Vec::new(),
            text: CopyText::with_capacity(0),
        }
    }

    pub(super) fn document(&mut self, document: Document) {
        let key = document_key(&document);
        let number_key = number_key(document.registry, &document.number);
        let party = |party| PartyId::of(party).map_or(PartyId::NONE, PartyId::number);
        let (applicant, manufacturer) = (party(&document.applicant), party(&document.manufacturer));
        let start = self.text.len();
        let derived = Derived {
            key: &key,
            number_key: &number_key,
            applicant,
            manufacturer,
        };
        let content_hash = self.text.document(&document, &derived);
        self.documents.push(Incoming {
            registry: document.registry,
            key,
            number_key,
            content_hash,
            kind: document.kind,
            status: document.status,
            status_label: document.status_label,
            registered_on: document.registered_on,
            valid_until: document.valid_until,
            regulations: document.technical_regulations,
            applicant: Standing::new(applicant, document.applicant),
            manufacturer: Standing::new(manufacturer, document.manufacturer),
            row: start..self.text.len(),
        });
    }

    pub(super) fn territory(&mut self, entry: RfTerritoryStatus) {
        self.territory.push(entry);
    }

    pub(super) const fn is_full(&self) -> bool {
        self.documents.len() + self.territory.len() >= self.rows || self.text.len() >= BYTES
    }

    /// The last line of each document; goes on with none.
    pub(super) fn take(&mut self, reached: Reached) -> Batch {
        let next = Self {
            rows: self.rows,
            documents: Vec::with_capacity(self.documents.len()),
            territory: Vec::new(),
            text: CopyText::with_capacity(self.text.len() + self.text.len() / 8),
        };
        let builder = std::mem::replace(self, next);
        let mut documents = builder.documents;
        // Stable: lines of one document stay in the file's order.
        documents.sort_by(|one, other| (one.registry, &one.key).cmp(&(other.registry, &other.key)));
        documents.reverse();
        documents.dedup_by(|earlier, later| (earlier.registry, &earlier.key) == (later.registry, &later.key));
        documents.reverse();
        Batch {
            documents,
            territory: builder.territory,
            reached,
            rows: builder.text.into_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(id: &str, label: &str) -> Document {
        let line = format!(
            r#"{{"registry":"rf_declarations","source_id":"{id}","number":"1","kind":"declaration","status":"active",
            "status_label":"{label}","registered_on":"2025-01-02","applicant":{{"name":"","inn":"7707083893"}}}}"#
        );
        serde_json::from_str(&line).unwrap()
    }

    #[test]
    fn last_line_of_each_document_is_left_with_its_own_row() {
        let mut builder = BatchBuilder::new(ROWS);
        for (id, label) in [
            ("b", "one"),
            ("a", "two"),
            ("b", "three"),
            ("b", "four"),
            ("c", "five"),
        ] {
            builder.document(document(id, label));
        }

        let batch = builder.take(Reached::default());

        let left: Vec<_> = batch
            .documents
            .iter()
            .map(|incoming| (incoming.key.as_str(), incoming.status_label.as_str()))
            .collect();
        assert_eq!(left, [("a", "two"), ("b", "four"), ("c", "five")]);
        for incoming in &batch.documents {
            let row = String::from_utf8_lossy(batch.row(incoming));
            assert!(row.contains(&incoming.status_label), "{row}");
        }
    }
}
