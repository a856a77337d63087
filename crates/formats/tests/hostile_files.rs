//! Files that nobody means to import: huge lines, marks that are never closed, cuts, strange bytes. Each ends in a
//! sentence or in rejected rows, and what stands around a bad row is kept.

use certlens_formats::{FormatError, FormatProblem, ImportSource, Input, Row, open};
use rstest::rstest;
use std::io::Cursor;

const DUMP: &str = include_str!("data/declarations-generation2.csv");
const LINE: &str = r#"{"registry":"kz","number":"ЕАЭС KZ 1","kind":"certificate","status":"active","registered_on":"2025-01-02","applicant":{"name":"ТОО","bin":"971240001315"}}"#;
const TEN_MEGABYTES: usize = 10_000_000;
/// A rejected row's text, with its note.
const LONGEST_RAW: usize = 64_000 + 100;

fn rows(source: ImportSource, bytes: impl Into<Vec<u8>>) -> Result<Vec<(u64, Row)>, FormatError> {
    let mut reader = open(source, Input::Stream(Box::new(Cursor::new(bytes.into()))))?;
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row()? {
        rows.push(row);
    }
    Ok(rows)
}

fn dump(bytes: impl Into<Vec<u8>>) -> Result<Vec<(u64, Row)>, FormatError> {
    rows(ImportSource::FsaDeclarations, bytes)
}

/// The dump with one text replaced in its first row.
fn changed(from: &str, to: &str) -> String {
    assert!(DUMP.contains(from), "{from}");
    DUMP.replacen(from, to, 1)
}

fn count_of_documents(rows: &[(u64, Row)]) -> usize {
    rows.iter()
        .filter(|(_, row)| matches!(row, Row::Document(_)))
        .count()
}

#[test]
fn line_of_ten_megabytes_that_makes_sense_is_a_row() {
    let product = "ж".repeat(TEN_MEGABYTES / 2);
    let rows = dump(changed("Воды  включая минеральные", &product)).unwrap();
    assert_eq!(count_of_documents(&rows), 5);
    let line = LINE.replace("\"ТОО\"", &format!("\"{product}\""));
    let rows = self::rows(ImportSource::Jsonl, format!("{LINE}\n{line}\n{LINE}\n")).unwrap();
    assert_eq!(count_of_documents(&rows), 3);
}

#[test]
fn line_of_ten_megabytes_of_nonsense_is_rejected_with_the_beginning_of_its_text() {
    let nonsense = "ж".repeat(TEN_MEGABYTES / 2);
    for (source, text, expected) in [
        (ImportSource::Jsonl, format!("{LINE}\n{nonsense}\n{LINE}\n"), 2),
        (
            ImportSource::FsaDeclarations,
            changed("\n20317626,", &format!("\n{nonsense}\n20317626,")),
            5,
        ),
        (
            ImportSource::RfTerritory,
            format!("number,status\nKG 1,14\n{nonsense},20\nKG 2,14\n"),
            0,
        ),
    ] {
        let rows = rows(source, text).unwrap();
        let rejected: Vec<_> = rows
            .iter()
            .filter_map(|(line, row)| match row {
                Row::Rejected(rejected) => Some((*line, rejected)),
                _ => None,
            })
            .collect();
        assert_eq!(count_of_documents(&rows), expected, "{source}");
        let [(line, rejected)] = rejected.as_slice() else {
            panic!("{source}: {} rejected", rejected.len())
        };
        assert!((2..=3).contains(line), "{source}: {line}");
        assert!(rejected.raw.len() < LONGEST_RAW, "{source}");
        assert!(
            rejected.raw.ends_with("bytes]") || rejected.raw.contains('…'),
            "{source}"
        );
    }
}

#[test]
fn line_longer_than_any_real_one_stops_the_import_with_a_sentence() {
    let endless = "x".repeat(17_000_000);
    for (source, text) in [
        (ImportSource::Jsonl, format!("{LINE}\n{endless}\n{LINE}\n")),
        (ImportSource::FsaDeclarations, format!("{DUMP}{endless}\n")),
    ] {
        let error = rows(source, text).unwrap_err();
        assert!(
            matches!(error.problem, FormatProblem::RowTooLong),
            "{source}: {error}"
        );
        assert!(error.line.is_some(), "{source}");
    }
}

#[test]
fn mark_that_is_never_closed_is_named_by_its_line() {
    let list = "number,reg_date,id_status_in_rf\nKG 1,,14\n\"KG 2,,14\nKG 3,,14\n";
    let error = rows(ImportSource::RfTerritory, list).unwrap_err();
    assert_eq!(error.line, Some(3));
    assert!(error.to_string().contains("quotation mark"), "{error}");
}

#[test]
fn mark_that_is_missing_at_the_end_of_a_cell_costs_that_row_only() {
    let rows = dump(changed("\"Серийный выпуск\",", "\"Серийный выпуск,")).unwrap();
    assert!(matches!(&rows[0], (2, Row::Rejected(rejected)) if rejected.reason.contains("55 cells")));
    assert_eq!(count_of_documents(&rows), 4);
}

#[test]
fn mark_too_many_in_one_row_costs_that_row_only() {
    let rows = dump(changed("\"Серийный выпуск\"", "\"Серийный\" выпуск\"")).unwrap();
    assert_eq!(count_of_documents(&rows), 5, "a mark inside a cell is a letter");
}

#[rstest]
#[case::utf16_with_its_mark(b"\xFF\xFEi\0d\0".to_vec(), "UTF-16")]
#[case::utf16_without(b"i\0d\0,\0a\0\n\0".to_vec(), "UTF-16")]
#[case::zip(b"PK\x03\x04....".to_vec(), "ZIP archive or an Excel workbook")]
#[case::gzip(b"\x1F\x8B\x08\0....".to_vec(), "gzip archive")]
#[case::page(b"<!DOCTYPE html><title>403</title>".to_vec(), "web page")]
#[case::empty(Vec::new(), "empty")]
fn what_is_no_text_is_named(#[case] bytes: Vec<u8>, #[case] named: &str) {
    for source in [
        ImportSource::Jsonl,
        ImportSource::FsaCertificates,
        ImportSource::RfTerritory,
    ] {
        let error = rows(source, bytes.clone()).unwrap_err().to_string();
        assert!(error.contains(named), "{source}: {error}");
    }
}

#[test]
fn nul_deep_in_a_file_costs_its_row_only() {
    let name = LINE.replace("ТОО", "Т\0О");
    let text = format!("{}{name}\n{LINE}\n", format!("{LINE}\n").repeat(2000));
    let rows = rows(ImportSource::Jsonl, text).unwrap();
    assert_eq!(count_of_documents(&rows), 2001);
    assert!(matches!(&rows[2000], (2001, Row::Rejected(_))));
}

#[test]
fn wrong_byte_in_the_middle_is_named_by_line_and_column() {
    let mut bytes = DUMP.as_bytes().to_vec();
    let place = DUMP.find("\n20317626").unwrap() + 1;
    bytes.insert(place, 0xFF);
    let error = dump(bytes).unwrap_err();
    assert_eq!((error.line, error.column.as_deref()), (Some(3), Some("1")));
    assert!(error.to_string().contains("not valid UTF-8"), "{error}");
}
