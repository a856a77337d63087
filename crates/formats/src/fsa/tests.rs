use super::*;
use crate::{FormatProblem, Input, RowReader, open};
use certlens_domain::status::Status;
use encoding_rs::WINDOWS_1251;
use std::io::Cursor;

mod first_generation;
mod personal_data;
mod traps;

const DECLARATIONS: &str = include_str!("../../tests/data/declarations-generation2.csv");
const CERTIFICATES: &str = include_str!("../../tests/data/certificates-generation2.csv");

fn reader(source: ImportSource, bytes: impl Into<Vec<u8>>) -> Result<Box<dyn RowReader + Send>, FormatError> {
    open(source, Input::Stream(Box::new(Cursor::new(bytes.into()))))
}

fn rows(source: ImportSource, bytes: impl Into<Vec<u8>>) -> Result<Vec<(u64, Row)>, FormatError> {
    let mut reader = reader(source, bytes)?;
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row()? {
        rows.push(row);
    }
    Ok(rows)
}

fn documents(source: ImportSource, bytes: impl Into<Vec<u8>>) -> Vec<Document> {
    rows(source, bytes)
        .unwrap()
        .into_iter()
        .map(|(line, row)| match row {
            Row::Document(document) => *document,
            Row::Rejected(rejected) => panic!("line {line}: {}", rejected.reason),
            Row::RfTerritory(entry) => panic!("line {line}: {entry:?}"),
        })
        .collect()
}

/// The dump with one cell's text replaced.
fn with(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

#[test]
fn sample_declarations_become_these_documents() {
    insta::assert_json_snapshot!(documents(ImportSource::FsaDeclarations, DECLARATIONS));
}

#[test]
fn sample_certificates_become_these_documents() {
    insta::assert_json_snapshot!(documents(ImportSource::FsaCertificates, CERTIFICATES));
}

#[test]
fn dump_in_code_page_1251_or_with_a_byte_order_mark_gives_the_same_documents() {
    let expected = documents(ImportSource::FsaDeclarations, DECLARATIONS);
    let (converted, _, unmappable) = WINDOWS_1251.encode(DECLARATIONS);
    if !unmappable {
        assert_eq!(
            documents(ImportSource::FsaDeclarations, converted.into_owned()),
            expected
        );
    }
    assert_eq!(
        documents(ImportSource::FsaDeclarations, format!("\u{feff}{DECLARATIONS}")),
        expected
    );
}

#[test]
fn dump_with_another_delimiter_gives_the_same_documents() {
    let mut reader = csv::Reader::from_reader(DECLARATIONS.as_bytes());
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
    writer.write_record(reader.headers().unwrap()).unwrap();
    for record in reader.records() {
        writer.write_record(&record.unwrap()).unwrap();
    }
    let expected = documents(ImportSource::FsaDeclarations, DECLARATIONS);
    assert_eq!(
        documents(ImportSource::FsaDeclarations, writer.into_inner().unwrap()),
        expected
    );
}

#[test]
fn unknown_status_is_kept_as_written() {
    let dump = with(DECLARATIONS, "\"Архивный\"", "\"На рассмотрении\"");
    let document = documents(ImportSource::FsaDeclarations, dump).remove(0);
    assert_eq!(
        (document.status, document.status_label.as_str()),
        (Status::Unknown, "На рассмотрении")
    );
}

#[test]
fn end_of_validity_in_words_or_in_a_far_year_is_no_limit() {
    for unlimited in ["бессрочно", "-", "", "31.12.2999"] {
        let dump = with(DECLARATIONS, "\"20.01.2026\"", &format!("\"{unlimited}\""));
        let documents = documents(ImportSource::FsaDeclarations, dump);
        assert_eq!(documents[0].valid_until, None, "{unlimited}");
    }
}

#[test]
fn row_with_a_wrong_date_is_rejected_with_column_and_raw_text_and_the_rest_goes_on() {
    let dump = with(DECLARATIONS, "\"22.01.2025\"", "\"позавчера\"");
    let rows = rows(ImportSource::FsaDeclarations, dump).unwrap();
    let (2, Row::Rejected(rejected)) = &rows[0] else {
        panic!("{rows:?}")
    };
    assert!(
        rejected.reason.contains("Дата рег") && rejected.reason.contains("позавчера"),
        "{}",
        rejected.reason
    );
    assert!(rejected.raw.starts_with("19811380,"), "{}", rejected.raw);
    assert_eq!(rows.len(), 5);
    assert!(rows[1..].iter().all(|(_, row)| matches!(row, Row::Document(_))));
}

#[test]
fn row_with_a_missing_cell_is_rejected() {
    let dump = with(DECLARATIONS, "\"Архивный\",", "");
    let rows = rows(ImportSource::FsaDeclarations, dump).unwrap();
    assert!(matches!(&rows[0].1, Row::Rejected(rejected) if rejected.reason.contains("55 cells")));
}

#[test]
fn dump_of_the_other_registry_is_refused_with_the_right_source() {
    let error = rows(ImportSource::FsaDeclarations, CERTIFICATES).unwrap_err();
    assert_eq!(error.line, Some(1));
    assert!(error.to_string().contains("fsa-certificates"), "{error}");
}

#[test]
fn file_cut_off_at_any_byte_of_its_last_row_never_passes_for_a_whole_one() {
    let text = DECLARATIONS.trim_end();
    let last_row = text.rfind("\n20328345").unwrap() + 1;
    let mut cuts: Vec<usize> = (last_row + 1..text.len())
        .filter(|cut| text.is_char_boundary(*cut))
        .collect();
    // Cut behind the closing quotation mark the row is whole; only the line end is missing.
    cuts.retain(|cut| *cut < text.len());
    for cut in cuts.into_iter().step_by(7) {
        let error = rows(ImportSource::FsaDeclarations, &text.as_bytes()[..cut]).unwrap_err();
        assert!(
            matches!(error.problem, FormatProblem::Truncated),
            "{cut}: {error}"
        );
        assert_eq!(error.line, Some(6), "{cut}");
    }
    assert_eq!(rows(ImportSource::FsaDeclarations, text).unwrap().len(), 5);
}

#[test]
fn last_row_without_a_line_end_is_a_whole_row() {
    assert_eq!(
        documents(ImportSource::FsaDeclarations, DECLARATIONS.trim_end()).len(),
        5
    );
}
