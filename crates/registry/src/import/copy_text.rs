//! Documents as rows of Postgres's COPY text format.
//!
//! The reading thread writes what the file says of a document; what only the writer knows (its status on Russia's
//! territory, of which import it is, when it was first seen) follows when the row is sent. Must not know: connections.

use certlens_domain::document::{Document, Party};
use sha2::{Digest, Sha256};
use std::io::Write;
use uuid::Uuid;

/// The columns of [`CopyText::document`], and those that the writer adds to every row.
const COLUMNS: &str = "registry, document_key, source_id, number, kind, status, status_label, registered_on, valid_until, \
    applicant_name, applicant_country, applicant_inn, applicant_ogrn, applicant_bin, applicant_unp, manufacturer_name, \
    manufacturer_country, manufacturer_inn, manufacturer_ogrn, manufacturer_bin, manufacturer_unp, \
    technical_regulations, product, tn_ved, scheme, certification_body, url, content_hash, number_key, applicant_party, \
    manufacturer_party, applicant_in_text, manufacturer_in_text, rf_status, import_id, data_version, first_version, \
    term_version";

/// Takes rows of documents that are seen for the first time.
pub(super) fn new_rows() -> String {
    format!("COPY documents ({COLUMNS}) FROM STDIN")
}

/// Takes rows of documents that were there before; the last field is the time when they were first seen.
pub(super) fn replaced_rows() -> String {
    format!("COPY documents ({COLUMNS}, first_seen) FROM STDIN")
}

/// Rows in the making.
pub(super) struct CopyText {
    bytes: Vec<u8>,
}

/// What is not in the document itself, but known when it is read.
pub(super) struct Derived<'row> {
    pub(super) key: &'row str,
    pub(super) number_key: &'row str,
    pub(super) applicant: i64,
    pub(super) manufacturer: i64,
}

impl CopyText {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Appends a document, every field with a tab behind it; gives the hash of its content. The hash covers what the
    /// source says, so that a rule for parties that changes later makes no document a changed one.
    pub(super) fn document(&mut self, document: &Document, derived: &Derived<'_>) -> Uuid {
        let content = self.bytes.len();
        self.field(document.registry.key());
        self.field(derived.key);
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
        let in_text = [document.applicant.in_text, document.manufacturer.in_text];
        let hash = content_hash(&self.bytes[content..], in_text);
        self.display(hash);
        self.field(derived.number_key);
        self.display(derived.applicant);
        self.display(derived.manufacturer);
        for flag in in_text {
            self.field(if flag { "t" } else { "f" });
        }
        hash
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
        self.escaped(text.as_bytes());
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
            for part in value
                .as_bytes()
                .split_inclusive(|byte| matches!(byte, b'"' | b'\\'))
            {
                match part.split_last() {
                    Some((quoted @ (b'"' | b'\\'), before)) => {
                        self.escaped(before);
                        self.escaped(b"\\");
                        self.escaped(&[*quoted]);
                    }
                    _ => self.escaped(part),
                }
            }
            self.bytes.push(b'"');
        }
        self.bytes.extend_from_slice(b"}\t");
    }

    /// Nearly every text needs no escape and is taken as a whole.
    fn escaped(&mut self, text: &[u8]) {
        let mut rest = text;
        while let Some(place) = rest
            .iter()
            .position(|byte| matches!(byte, b'\\' | b'\t' | b'\n' | b'\r'))
        {
            self.bytes.extend_from_slice(&rest[..place]);
            self.bytes.extend_from_slice(match rest[place] {
                b'\t' => b"\\t",
                b'\n' => b"\\n",
                b'\r' => b"\\r",
                _ => b"\\\\",
            });
            rest = &rest[place + 1..];
        }
        self.bytes.extend_from_slice(rest);
    }
}

/// The first 128 bits are plenty to tell one version of a document from another.
fn content_hash(row: &[u8], in_text: [bool; 2]) -> Uuid {
    let mut digest = Sha256::new_with_prefix(row);
    if in_text.contains(&true) {
        digest.update(in_text.map(u8::from));
    }
    let mut half = [0; 16];
    half.copy_from_slice(&digest.finalize()[..16]);
    Uuid::from_bytes(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: &str) -> (Uuid, String) {
        let document: Document = serde_json::from_str(line).unwrap();
        let derived = Derived {
            key: "КЛЮЧ",
            number_key: "ЕАЭСКZ1",
            applicant: 7,
            manufacturer: 0,
        };
        let mut text = CopyText::with_capacity(100);
        let hash = text.document(&document, &derived);
        (hash, String::from_utf8(text.into_bytes()).unwrap())
    }

    const LINE: &str = r#"{"registry":"kz","number":"ЕАЭС KZ 1","kind":"certificate","status":"active",
        "registered_on":"2025-01-02","applicant":{"name":"ТОО"},"product":"a\tb\\c\nd","technical_regulations":["q\"\\","x"]}"#;

    #[test]
    fn row_has_a_field_for_each_column_but_the_ending_and_no_line_end() {
        let ending = [
            "rf_status",
            "import_id",
            "data_version",
            "first_version",
            "term_version",
        ];
        let (hash, row) = row(LINE);
        assert_eq!(
            row.matches('\t').count(),
            COLUMNS.matches(',').count() + 1 - ending.len()
        );
        assert_eq!(row.matches('\n').count(), 0);
        assert!(row.starts_with("kz\tКЛЮЧ\t\\N\tЕАЭС KZ 1\t"), "{row}");
        assert!(
            row.ends_with(&format!("\t{hash}\tЕАЭСКZ1\t7\t0\tf\tf\t")),
            "{row}"
        );
    }

    #[test]
    fn tabs_line_ends_quotes_and_backslashes_are_escaped() {
        let (_, row) = row(LINE);
        assert!(row.contains("\ta\\tb\\\\c\\nd\t"), "{row}");
        assert!(row.contains(r#"{"q\\"\\\\","x"}"#), "{row}");
    }

    #[test]
    fn hash_tells_contents_apart_and_where_identifiers_were_found() {
        let in_text = LINE.replace(r#"{"name":"ТОО"}"#, r#"{"name":"ТОО","in_text":true}"#);
        assert_eq!(row(LINE).0, row(LINE).0);
        assert_ne!(row(LINE).0, row(&LINE.replace("active", "suspended")).0);
        assert_ne!(row(LINE).0, row(&in_text).0);
    }
}
