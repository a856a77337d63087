//! Documents as rows of Postgres's COPY text format, for the staging table.

use crate::stored::document_key;
use certlens_domain::document::{Document, Party};
use sha2::{Digest, Sha256};
use std::io::Write;
use uuid::Uuid;

/// Takes the rows that [`CopyText`] writes.
pub(super) const STATEMENT: &str = "COPY incoming_documents (line, registry, document_key, source_id, number, kind, status, \
    status_label, registered_on, valid_until, applicant_name, applicant_country, applicant_inn, applicant_ogrn, \
    applicant_bin, applicant_unp, manufacturer_name, manufacturer_country, manufacturer_inn, manufacturer_ogrn, \
    manufacturer_bin, manufacturer_unp, technical_regulations, product, tn_ved, scheme, certification_body, url, \
    content_hash) FROM STDIN";

/// Rows in the making.
pub(super) struct CopyText {
    bytes: Vec<u8>,
}

impl CopyText {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The rows so far; goes on with none.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let capacity = self.bytes.capacity();
        std::mem::replace(&mut self.bytes, Vec::with_capacity(capacity))
    }

    /// Appends a document. Its content hash is that of the row's own text without the line number.
    pub(super) fn push(&mut self, line: u64, document: &Document) {
        self.display(line);
        let content = self.bytes.len();
        self.field(document.registry.key());
        self.field(&document_key(document));
        self.optional(document.source_id.as_deref());
        self.field(&document.number);
        self.field(document.kind.key());
        self.field(document.status.key());
        self.field(&document.status_label);
        self.display(document.registered_on);
        match document.valid_until {
            Some(day) => self.display(day),
            None => self.optional(None),
        }
        self.party(&document.applicant);
        self.party(&document.manufacturer);
        self.list(&document.technical_regulations);
        self.field(&document.product);
        self.list(&document.tn_ved);
        self.optional(document.scheme.as_deref());
        self.optional(document.certification_body.as_deref());
        self.optional(document.url.as_deref());
        let hash = content_hash(&self.bytes[content..]);
        self.display(hash);
        // The last field's tab becomes the row's end.
        if let Some(last) = self.bytes.last_mut() {
            *last = b'\n';
        }
    }

    fn party(&mut self, party: &Party) {
        self.field(&party.name);
        for value in [&party.country, &party.inn, &party.ogrn, &party.bin, &party.unp] {
            self.optional(value.as_deref());
        }
    }

    fn display(&mut self, value: impl std::fmt::Display) {
        // Writing to a vector cannot fail; numbers, days and hashes need no escape.
        let _ = write!(self.bytes, "{value}\t");
    }

    fn optional(&mut self, value: Option<&str>) {
        match value {
            Some(value) => self.field(value),
            None => self.bytes.extend_from_slice(b"\\N\t"),
        }
    }

    fn field(&mut self, text: &str) {
        for byte in text.bytes() {
            self.escaped(byte);
        }
        self.bytes.push(b'\t');
    }

    /// An array literal; its own escapes are escaped once more.
    fn list(&mut self, values: &[String]) {
        self.bytes.push(b'{');
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.bytes.push(b',');
            }
            self.bytes.push(b'"');
            for byte in value.bytes() {
                if matches!(byte, b'"' | b'\\') {
                    self.escaped(b'\\');
                }
                self.escaped(byte);
            }
            self.bytes.push(b'"');
        }
        self.bytes.extend_from_slice(b"}\t");
    }

    fn escaped(&mut self, byte: u8) {
        match byte {
            b'\\' => self.bytes.extend_from_slice(b"\\\\"),
            b'\t' => self.bytes.extend_from_slice(b"\\t"),
            b'\n' => self.bytes.extend_from_slice(b"\\n"),
            b'\r' => self.bytes.extend_from_slice(b"\\r"),
            other => self.bytes.push(other),
        }
    }
}

/// The first 128 bits are plenty to tell one version of a document from another.
fn content_hash(row: &[u8]) -> Uuid {
    let digest = Sha256::digest(row);
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    Uuid::from_bytes(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: &str) -> String {
        let document: Document = serde_json::from_str(line).unwrap();
        let mut text = CopyText::with_capacity(100);
        text.push(7, &document);
        String::from_utf8(text.take()).unwrap()
    }

    const LINE: &str = r#"{"registry":"kz","number":"ЕАЭС KZ 1","kind":"certificate","status":"active",
        "registered_on":"2025-01-02","applicant":{"name":"ТОО"},"product":"a\tb\\c\nd","technical_regulations":["q\"\\","x"]}"#;

    #[test]
    fn row_has_a_field_for_each_column_and_one_line() {
        let row = row(LINE);
        assert_eq!(row.matches('\t').count() + 1, STATEMENT.matches(',').count() + 1);
        assert_eq!(row.matches('\n').count(), 1);
        assert!(
            row.starts_with("7\tkz\tЕАЭСКZ1@2025-01-02\t\\N\tЕАЭС KZ 1\t"),
            "{row}"
        );
    }

    #[test]
    fn tabs_line_ends_quotes_and_backslashes_are_escaped() {
        let row = row(LINE);
        assert!(row.contains("\ta\\tb\\\\c\\nd\t"), "{row}");
        assert!(row.contains(r#"{"q\\"\\\\","x"}"#), "{row}");
    }

    #[test]
    fn hash_tells_contents_apart_and_forgets_the_line() {
        let hash = |row: &str| row.trim_end().rsplit('\t').next().unwrap().to_owned();
        assert_eq!(hash(&row(LINE)), hash(&row(LINE)));
        assert_ne!(hash(&row(LINE)), hash(&row(&LINE.replace("active", "suspended"))));
    }
}
