use super::*;
use crate::{ImportSource, Input, Row, RowReader, open};
use proptest::prelude::*;
use rstest::rstest;
use sevenz_rust2::encoder_options::Lzma2Options;
use sevenz_rust2::{ArchiveEntry, ArchiveWriter, EncoderMethod, SourceReader};
use std::io::{self, Write};

const DUMP: &str = include_str!("../../tests/data/declarations-generation2.csv");

type Archived = (&'static str, Vec<u8>);

fn writer(method: EncoderMethod) -> ArchiveWriter<Cursor<Vec<u8>>> {
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new())).unwrap();
    writer.set_content_methods(vec![method.into()]);
    writer
}

/// An archive in which every member is packed by itself.
fn archive(method: EncoderMethod, members: &[Archived]) -> Vec<u8> {
    let mut writer = writer(method);
    for (name, bytes) in members {
        let entry = if name.ends_with('/') {
            ArchiveEntry::new_directory(name.trim_end_matches('/'))
        } else {
            ArchiveEntry::new_file(name)
        };
        let bytes = (!entry.is_directory).then_some(bytes.as_slice());
        writer.push_archive_entry(entry, bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An archive in which all members are packed as one.
fn solid(members: &[Archived]) -> Vec<u8> {
    let mut writer = writer(EncoderMethod::LZMA2);
    let entries = members.iter().map(|(name, _)| ArchiveEntry::new_file(name));
    let contents = members
        .iter()
        .map(|(_, bytes)| SourceReader::new(bytes.as_slice()));
    writer
        .push_archive_entries(entries.collect(), contents.collect())
        .unwrap();
    writer.finish().unwrap().into_inner()
}

fn on_disk(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}

fn opened(bytes: &[u8]) -> Result<Box<dyn RowReader + Send>, FormatError> {
    open(ImportSource::FsaDeclarations, Input::File(on_disk(bytes)))
}

/// Member, line and document number of every row; the rows' reader at its end.
#[derive(Debug, Default, PartialEq, Eq)]
struct Everything {
    rows: Vec<(String, u64, String)>,
    ignored: Vec<String>,
}

fn read(bytes: &[u8]) -> Result<Everything, FormatError> {
    let mut reader = opened(bytes)?;
    let mut read = Everything::default();
    while let Some((line, row)) = reader.next_row()? {
        let member = reader.part().unwrap_or_default().to_owned();
        let number = match row {
            Row::Document(document) => document.number,
            other => panic!("{member}, line {line}: {other:?}"),
        };
        read.rows.push((member, line, number));
    }
    read.ignored = reader.ignored_parts().to_vec();
    Ok(read)
}

fn refusal(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

fn numbers(read: &Everything) -> Vec<&str> {
    read.rows.iter().map(|(_, _, number)| number.as_str()).collect()
}

fn plain_numbers() -> Vec<String> {
    read(DUMP.as_bytes())
        .unwrap()
        .rows
        .into_iter()
        .map(|(_, _, number)| number)
        .collect()
}

#[rstest]
#[case::lzma(EncoderMethod::LZMA)]
#[case::lzma2(EncoderMethod::LZMA2)]
#[case::stored(EncoderMethod::COPY)]
fn dump_in_an_archive_gives_the_same_documents(#[case] method: EncoderMethod) {
    let packed = archive(method, &[("data-20260131-structure-20260212.csv", DUMP.into())]);
    let read = read(&packed).unwrap();
    assert_eq!(numbers(&read), plain_numbers());
    let (member, line, _) = &read.rows[0];
    assert_eq!(
        (member.as_str(), *line),
        ("data-20260131-structure-20260212.csv", 2)
    );
}

#[rstest]
#[case::each_by_itself(false)]
#[case::solid(true)]
fn members_are_read_one_after_another_each_with_its_own_lines(#[case] as_one: bool) {
    let members = [
        ("2026/data-1.csv", DUMP.into()),
        (
            "2026/readme.txt",
            b"\x91\xAC. \xE1\xA0\xA9\xE2 in code page 866".to_vec(),
        ),
        ("2026/passport.xml", b"<a/>".to_vec()),
        ("2026/data-2.csv", DUMP.into()),
    ];
    let packed = if as_one {
        solid(&members)
    } else {
        archive(EncoderMethod::LZMA2, &members)
    };
    let read = read(&packed).unwrap();
    let places: Vec<(&str, u64)> = read
        .rows
        .iter()
        .map(|(member, line, _)| (member.as_str(), *line))
        .collect();
    let expected: Vec<(&str, u64)> = ["2026/data-1.csv", "2026/data-2.csv"]
        .iter()
        .flat_map(|member| (2..=6).map(|line| (*member, line)))
        .collect();
    assert_eq!(places, expected);
    assert_eq!(read.ignored.len(), 2, "{:?}", read.ignored);
    assert!(
        read.ignored[0].starts_with("2026/readme.txt: "),
        "{:?}",
        read.ignored
    );
}

#[test]
fn directories_and_empty_files_are_no_obstacle() {
    let members = [
        ("2026/", Vec::new()),
        ("2026/empty.csv", Vec::new()),
        ("2026/data.csv", DUMP.into()),
    ];
    let read = read(&archive(EncoderMethod::LZMA2, &members)).unwrap();
    assert_eq!(numbers(&read), plain_numbers());
}

#[test]
fn part_without_a_header_goes_on_with_the_header_of_the_part_before() {
    let (header, rows) = DUMP.split_once('\n').unwrap();
    let (first, second) = rows.split_at(rows.find("\n20317626").unwrap() + 1);
    let members = [
        ("part1.csv", format!("\u{feff}{header}\n{first}").into_bytes()),
        ("part2.csv", second.as_bytes().to_vec()),
    ];
    let read = read(&solid(&members)).unwrap();
    assert_eq!(numbers(&read), plain_numbers());
    assert_eq!((read.rows[1].0.as_str(), read.rows[1].1), ("part2.csv", 1));
}

#[test]
fn broken_row_of_a_member_is_named_by_member_and_line() {
    let cut = DUMP.trim_end();
    let members = [
        ("one.csv", DUMP.into()),
        ("two.csv", cut.as_bytes()[..cut.len() - 30].to_vec()),
    ];
    let error = read(&solid(&members)).unwrap_err();
    assert_eq!(error.line, Some(6));
    let error = error.to_string();
    assert!(
        error.contains("two.csv") && error.contains("middle of a row"),
        "{error}"
    );
}

#[test]
fn csv_with_other_columns_is_an_error_and_not_left_out() {
    let error = refusal(&solid(&[("data.csv", b"a,b\n1,2\n".to_vec())]));
    assert!(
        error.contains("member data.csv") && error.contains("no column"),
        "{error}"
    );
}

#[test]
fn archive_without_anything_to_read_says_what_it_holds() {
    let members = [
        ("readme.txt", b"See the site".to_vec()),
        ("scan.pdf", b"%PDF".to_vec()),
    ];
    let error = refusal(&solid(&members));
    assert!(
        error.contains("no file that this source could read") && error.contains("scan.pdf"),
        "{error}"
    );
}

#[test]
fn archive_cut_off_anywhere_is_damaged() {
    let packed = solid(&[("data.csv", DUMP.into())]);
    for cut in (6..packed.len()).step_by(97) {
        let error = refusal(&packed[..cut]);
        assert!(error.contains("damaged or was cut off"), "{cut}: {error}");
    }
}

#[test]
fn changed_byte_of_an_archive_never_passes_for_a_whole_one() {
    let packed = solid(&[("data.csv", DUMP.into())]);
    let whole = plain_numbers();
    // The bytes of the version, and those that the listing has for the dates, are nobody's business.
    for place in (12..packed.len()).step_by(41) {
        let mut changed = packed.clone();
        changed[place] ^= 0x5A;
        match read(&changed) {
            Ok(read) => assert_eq!(numbers(&read), whole, "{place}"),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

#[rstest]
#[case(include_bytes!("../../tests/data/encrypted-content.7z"))]
#[case(include_bytes!("../../tests/data/encrypted-header.7z"))]
fn encrypted_archive_is_refused_as_such(#[case] packed: &[u8]) {
    assert!(refusal(packed).contains("encrypted"), "{}", refusal(packed));
}

#[test]
fn bomb_is_refused_before_anything_of_it_is_unpacked() {
    let mut writer = writer(EncoderMethod::LZMA2);
    writer.set_content_methods(vec![Lzma2Options::from_level(0).into()]);
    let blanks = io::repeat(b' ').take(70_000_000);
    let entry = ArchiveEntry::new_file("data.csv");
    writer.push_archive_entry(entry, Some(blanks)).unwrap();
    let packed = writer.finish().unwrap().into_inner();
    assert!(packed.len() < 70_000);
    let error = refusal(&packed);
    assert!(
        error.contains("to 70 MB") && error.contains("made to fill disks"),
        "{error}"
    );
}

#[test]
fn member_that_would_leave_its_directory_is_refused() {
    let error = refusal(&solid(&[("../../data.csv", DUMP.into())]));
    assert!(error.contains("`../../data.csv`"), "{error}");
}

#[test]
fn archive_in_a_stream_or_in_an_archive_is_refused_with_a_remedy() {
    let packed = solid(&[("data.csv", DUMP.into())]);
    let stream = Input::Stream(Box::new(Cursor::new(packed.clone())));
    let error = open(ImportSource::FsaDeclarations, stream)
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("give the file itself"), "{error}");
    let error = refusal(&solid(&[("inner.csv", packed)]));
    assert!(
        error.contains("member inner.csv") && error.contains("another archive"),
        "{error}"
    );
}

#[test]
fn any_source_may_come_in_an_archive() {
    let line = r#"{"registry":"kz","number":"ЕАЭС KZ 1","kind":"certificate","status":"active","registered_on":"2025-01-02","applicant":{"name":"ТОО","bin":"971240001315"}}"#;
    let packed = solid(&[("documents.jsonl", format!("{line}\n").into_bytes())]);
    let mut reader = open(ImportSource::Jsonl, Input::File(on_disk(&packed))).unwrap();
    assert!(matches!(reader.next_row(), Ok(Some((1, Row::Document(_))))));
    assert!(matches!(reader.next_row(), Ok(None)));
    assert!(reader.bytes_read() > 0 && reader.bytes_read() <= packed.len() as u64);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn arbitrary_bytes_after_the_signature_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let error = refusal(&[SEVEN_ZIP, &bytes].concat());
        prop_assert!(!error.is_empty());
    }
}

#[test]
fn archive_may_be_left_at_any_row() {
    let many = DUMP.repeat(400);
    let members = [("data.csv", many.into_bytes()), ("more.csv", DUMP.into())];
    let packed = archive(EncoderMethod::COPY, &members);
    let mut reader = opened(&packed).unwrap();
    assert!(matches!(reader.next_row(), Ok(Some(_))));
    drop(reader);
}

#[rstest]
#[case(b"7z\xBC\xAF\x27\x1C\x00\x04", "7z archive")]
#[case(b"\x1F\x8B\x08\x00", "gzip")]
#[case(b"PK\x03\x04", "ZIP")]
#[case(b"\n <!DOCTYPE html>", "web page")]
#[case(b"id\x00x", "binary")]
#[case(b"\xFF\xFEi\x00", "UTF-16")]
#[case(b"i\x00d\x00;\x00", "UTF-16")]
fn archive_or_page_is_named_with_a_remedy(#[case] beginning: &[u8], #[case] named: &str) {
    let problem = not_text(beginning).expect("no text").to_string();
    assert!(problem.contains(named), "{problem}");
}

#[test]
fn text_is_text() {
    assert!(not_text("\"id\",\"Статус\"".as_bytes()).is_none());
    let mut stray = vec![b'x'; 2000];
    stray[1000] = 0;
    assert!(not_text(&stray).is_none(), "a stray NUL is its row's matter");
}
