use super::*;
use crate::canonical::canonical;
use crate::{FormatError, FormatProblem, ImportSource, Input, Row, open};
use ::parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use certlens_domain::document::{Document, Party};
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use chrono::NaiveDate;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::io::Write;
use std::sync::Arc;

fn written(documents: &[Document]) -> Vec<u8> {
    let mut writer = ParquetWriter::new(Vec::new()).unwrap();
    for document in documents {
        writer.write(document.clone()).unwrap();
    }
    writer.finish().unwrap()
}

fn rows(bytes: &[u8]) -> Result<Vec<(u64, Row)>, FormatError> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    let mut reader = open(ImportSource::Parquet, Input::File(file))?;
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row()? {
        rows.push(row);
    }
    Ok(rows)
}

fn documents(bytes: &[u8]) -> Vec<Document> {
    let document = |(row, found)| match found {
        Row::Document(document) => *document,
        other => panic!("row {row}: {other:?}"),
    };
    rows(bytes).unwrap().into_iter().map(document).collect()
}

fn example() -> Document {
    serde_json::from_str(
        r#"{"registry":"rf_declarations","source_id":"20536296","number":"ЕАЭС N RU Д-CN.РА01.В.12345/25",
        "kind":"declaration","status":"active","status_label":"Действует","registered_on":"2025-08-28",
        "valid_until":"2030-08-27","applicant":{"name":"ООО","country":"RU","inn":"7707083893","ogrn":"1027700132195"},
        "manufacturer":{"name":"Works","country":"CN","in_text":true},"technical_regulations":["ТР ТС 004/2011","ТР ТС 020/2011"],
        "product":"Чайник","tn_ved":["8516108000"],"scheme":"3д","certification_body":"ОС","url":"https://example.org/1"}"#,
    )
    .unwrap()
}

/// A file with the given schema and, for each column of texts or numbers, one value.
fn file_of(schema: &str, values: &[&str]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut file =
        SerializedFileWriter::new(Vec::new(), schema, Arc::new(WriterProperties::builder().build())).unwrap();
    let mut group = file.next_row_group().unwrap();
    for value in values {
        let mut column = group.next_column().unwrap().unwrap();
        if let Ok(number) = value.parse() {
            column
                .typed::<Int64Type>()
                .write_batch(&[number], None, None)
                .unwrap();
        } else {
            let text = [ByteArray::from(value.as_bytes().to_vec())];
            column
                .typed::<ByteArrayType>()
                .write_batch(&text, None, None)
                .unwrap();
        }
        column.close().unwrap();
    }
    group.close().unwrap();
    file.into_inner().unwrap()
}

const FOREIGN: &str = "message duckdb_schema {
    required binary status (string); required binary extra (string); required binary registered_on (string);
    required binary Number (string);
    required group applicant { required binary name (string); required int64 inn; }
    required binary kind (string); required binary registry (string); }";

#[test]
fn example_survives_and_an_empty_file_has_no_rows() {
    assert_eq!(
        documents(&written(&[example(), example()])),
        [example(), example()]
    );
    assert!(rows(&written(&[])).unwrap().is_empty());
}

#[test]
fn file_of_another_tool_is_read_by_names_with_texts_as_dates_and_a_structure_as_party() {
    let values = [
        "active",
        "x",
        "28.08.2025",
        "ЕАЭС KZ 7500533.01.01.06080",
        "ТОО",
        "814162716",
        "certificate",
        "kz",
    ];
    let document = documents(&file_of(FOREIGN, &values)).remove(0);
    assert_eq!(
        document.registered_on,
        NaiveDate::from_ymd_opt(2025, 8, 28).unwrap()
    );
    assert_eq!(document.applicant.name, "ТОО");
    assert_eq!(document.applicant.inn.as_deref(), Some("0814162716"));
    assert_eq!((document.valid_until, document.tn_ved.len()), (None, 0));
}

#[test]
fn row_with_an_unknown_status_is_rejected_with_its_column_and_the_file_goes_on() {
    let values = [
        "valid",
        "x",
        "28.08.2025",
        "1",
        "ТОО",
        "814162716",
        "certificate",
        "kz",
    ];
    let schema = FOREIGN.replace("binary Number (string)", "int64 Number");
    let rows = rows(&file_of(&schema, &values)).unwrap();
    let (1, Row::Rejected(rejected)) = &rows[0] else {
        panic!("{rows:?}")
    };
    assert!(
        rejected.reason.starts_with("column \"status\": `valid`"),
        "{}",
        rejected.reason
    );
    assert!(rejected.raw.contains("814162716"), "{}", rejected.raw);
}

#[test]
fn file_without_a_required_column_is_refused_by_its_name() {
    let error = rows(&file_of("message m { required binary number (string); }", &["x"])).unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("\"registry\", \"kind\", \"status\", \"registered_on\""),
        "{said}"
    );
}

#[test]
fn stream_text_and_cut_off_file_are_refused_with_a_sentence() {
    let stream = open(ImportSource::Parquet, Input::Stream(Box::new(std::io::empty())));
    assert!(stream.err().unwrap().to_string().contains("standard input"));
    assert!(matches!(rows(b"").unwrap_err().problem, FormatProblem::Empty));
    let text = rows(b"{\"registry\":\"kz\"}").unwrap_err().to_string();
    assert!(text.contains("no Parquet file"), "{text}");
    let whole = written(&[example()]);
    let cut = rows(&whole[..whole.len() - 5]).unwrap_err().to_string();
    assert!(cut.contains("cut off"), "{cut}");
}

#[test]
fn many_documents_are_written_in_groups_and_read_in_order() {
    let numbered = |index: usize| Document {
        number: index.to_string(),
        ..example()
    };
    let mut writer = ParquetWriter::new(Vec::new()).unwrap();
    for index in 0..50_003 {
        writer.write(numbered(index)).unwrap();
    }
    let found = documents(&writer.finish().unwrap());
    assert_eq!(found.len(), 50_003);
    assert!(
        found
            .iter()
            .enumerate()
            .all(|(index, document)| document.number == index.to_string())
    );
}

fn any_text() -> impl Strategy<Value = String> {
    "[а-яА-Яa-z0-9№\"«»/ .\u{a0}\u{1F600}]{0,12}"
}

fn any_party() -> impl Strategy<Value = Party> {
    (
        any_text(),
        option::of("[A-Z]{2}"),
        option::of("[0-9]{9,14}"),
        option::of("[0-9]{13,15}"),
        option::of("[0-9]{12}"),
        option::of("[A-Z0-9]{9}"),
        any::<bool>(),
    )
        .prop_map(|(name, country, inn, ogrn, bin, unp, in_text)| Party {
            name,
            country,
            inn,
            ogrn,
            bin,
            unp,
            in_text,
        })
}

fn any_day() -> impl Strategy<Value = NaiveDate> {
    (1990i32..2200, 1u32..366).prop_map(|(year, day)| NaiveDate::from_yo_opt(year, day).unwrap())
}

prop_compose! {
    fn any_document()(
        (registry, kind, status) in (
            prop::sample::select(Registry::ALL.to_vec()),
            prop::sample::select(vec![DocumentKind::Certificate, DocumentKind::Declaration]),
            prop::sample::select(Status::ALL.to_vec()),
        ),
        number in "[А-ЯA-Z0-9/. ]{1,20}",
        (status_label, product) in (any_text(), any_text()),
        (source_id, scheme, certification_body, url) in
            (option::of(any_text()), option::of(any_text()), option::of(any_text()), option::of(any_text())),
        (registered, valid_until) in (any_day(), option::of(any_day())),
        (applicant, manufacturer) in (any_party(), any_party()),
        technical_regulations in vec(any_text(), 0..4),
        tn_ved in vec("[0-9]{4,10}", 0..4),
    ) -> Document {
        Document {
            registry,
            source_id,
            number: format!("N{number}"),
            kind: registry.only_kind().unwrap_or(kind),
            status,
            status_label,
            registered_on: registered.min(NaiveDate::from_ymd_opt(2100, 12, 31).unwrap()),
            valid_until,
            applicant,
            manufacturer,
            technical_regulations,
            product,
            tn_ved,
            scheme,
            certification_body,
            url,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_documents_are_written_are_read_again(generated in vec(any_document(), 0..20)) {
        let expected: Vec<Document> = generated
            .into_iter()
            .map(|document| canonical(document).unwrap())
            .collect();
        prop_assert_eq!(documents(&written(&expected)), expected);
    }

    /// A damaged file gives rows or a sentence, never a panic and never more rows than it has.
    #[test]
    fn damaged_file_is_read_or_refused_without_panic(
        flips in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = written(&vec![example(); 20]);
        for (place, value) in flips {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if let Some(cut) = cut {
            let from = cut.index(bytes.len() - 8);
            bytes.drain(from..=from);
        }
        if let Ok(found) = rows(&bytes) {
            prop_assert!(found.len() <= 20, "{}", found.len());
        }
    }
}
