//! A file comes back as it was written, or is refused with a sentence.

use super::*;
use certlens_store::SecretKey;
use records::{End, TableHead};
use rstest::rstest;
use secrecy::SecretString;
use std::sync::Arc;
use tempfile::TempDir;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER: &str = "HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn keys(secret_key: Option<&str>, passphrase: Option<&str>) -> Keys {
    Keys {
        secret_key: secret_key.map(|text| Arc::new(SecretKey::parse(text).unwrap())),
        other_key: None,
        passphrase: passphrase.map(SecretString::from),
    }
}

/// A row of random letters, which do not get smaller.
fn rows(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut rows: Vec<u8> = (1..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            b'a' + (state % 26) as u8
        })
        .collect();
    rows.push(b'\n');
    rows
}

fn written(directory: &TempDir, keys: &Keys, content: &[u8]) -> PathBuf {
    let path = directory.path().join("one.backup");
    let mut writer = BackupWriter::create(&path, Contents::Own, 27, keys).unwrap();
    let table = TableHead {
        name: "portals".to_owned(),
        columns: vec!["member_id".to_owned()],
    };
    writer.write(&Record::Table(table)).unwrap();
    writer.write(&Record::Rows(content.to_vec())).unwrap();
    writer.write(&Record::End(End { tables: 1, rows: 1 })).unwrap();
    writer.complete().unwrap();
    path
}

fn read(path: &Path, keys: &Keys) -> Result<Vec<u8>, BackupError> {
    let mut reader = BackupReader::open(path, keys)?;
    let mut content = Vec::new();
    while let Some(record) = reader.next()? {
        if let Record::Rows(rows) = record {
            content = rows;
        }
    }
    Ok(content)
}

#[rstest]
#[case::small(10)]
#[case::about_a_chunk(64 * 1024)]
#[case::many_chunks(400_000)]
fn what_was_written_comes_back_and_is_not_readable_in_the_file(#[case] length: usize) {
    let directory = TempDir::new().unwrap();
    let content = rows(length);

    let path = written(&directory, &keys(Some(KEY), None), &content);

    assert_eq!(read(&path, &keys(Some(KEY), None)).unwrap(), content);
    let bytes = std::fs::read(&path).unwrap();
    assert!(!bytes.windows(9).any(|window| window == b"member_id"));
    assert_eq!(
        directory.path().read_dir().unwrap().count(),
        1,
        "no draft is left"
    );
}

#[test]
fn file_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = TempDir::new().unwrap();
    let path = written(&directory, &keys(Some(KEY), None), b"a\n");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn either_key_opens_a_file_that_was_made_for_both() {
    let directory = TempDir::new().unwrap();
    let path = written(&directory, &keys(Some(KEY), Some("correct horse")), b"a\n");

    assert!(read(&path, &keys(Some(KEY), None)).is_ok());
    assert!(read(&path, &keys(None, Some("correct horse"))).is_ok());
    assert!(read(&path, &keys(Some(OTHER), Some("correct horse"))).is_ok());
    let wrong = read(&path, &keys(Some(KEY), Some("battery staple"))).unwrap_err();
    assert!(matches!(wrong, BackupError::WrongPassphrase), "{wrong}");
}

#[test]
fn wrong_key_is_refused_and_the_sentence_says_what_would_open_it() {
    let directory = TempDir::new().unwrap();
    let path = written(&directory, &keys(Some(KEY), None), b"a\n");

    let other = read(&path, &keys(Some(OTHER), None)).unwrap_err().to_string();
    let passphrase = read(&path, &keys(None, Some("x"))).unwrap_err();

    assert!(
        other.contains("CERTLENS_SECRET_KEY") && !other.contains("passphrase"),
        "{other}"
    );
    assert!(matches!(passphrase, BackupError::NoPassphrase));
}

#[test]
fn file_that_is_cut_short_anywhere_is_refused() {
    let directory = TempDir::new().unwrap();
    let path = written(&directory, &keys(Some(KEY), None), &rows(400_000));
    let bytes = std::fs::read(&path).unwrap();
    let head = bytes.windows(2).position(|window| window == b"}]").unwrap() + 3;
    let chunk = 64 * 1024 + 16;

    for length in [
        0,
        5,
        18,
        60,
        head,
        head + 1,
        head + chunk,
        head + 2 * chunk,
        bytes.len() - 1,
    ] {
        std::fs::write(&path, &bytes[..length]).unwrap();
        let error = read(&path, &keys(Some(KEY), None)).unwrap_err();
        assert!(
            matches!(
                error,
                BackupError::Truncated | BackupError::Damaged | BackupError::NoBackup(_)
            ),
            "{length}: {error}"
        );
    }
    std::fs::write(&path, &bytes[..head + chunk]).unwrap();
    let error = read(&path, &keys(Some(KEY), None)).unwrap_err();
    assert!(error.to_string().contains("cut short"), "{error}");
}

#[test]
fn file_in_which_any_byte_was_changed_is_refused() {
    let directory = TempDir::new().unwrap();
    let path = written(&directory, &keys(Some(KEY), None), &rows(300));
    let bytes = std::fs::read(&path).unwrap();

    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        std::fs::write(&path, &changed).unwrap();
        assert!(read(&path, &keys(Some(KEY), None)).is_err(), "byte {place}");
    }
    let mut longer = bytes;
    longer.push(0);
    std::fs::write(&path, &longer).unwrap();
    assert!(read(&path, &keys(Some(KEY), None)).is_err(), "a byte more");
}

#[test]
fn file_of_a_newer_format_names_the_program_that_wrote_it() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("new.backup");
    let head = br#"{"format":9,"program":"4.2.0","something":"else"}"#;
    let length = u32::try_from(head.len()).unwrap().to_be_bytes();
    std::fs::write(&path, [&MARK[..], &length, head].concat()).unwrap();

    let error = head_of(&path).unwrap_err().to_string();

    assert!(error.contains("4.2.0") && error.contains('9'), "{error}");
}

#[test]
fn writing_that_does_not_come_to_its_end_leaves_the_former_file() {
    let directory = TempDir::new().unwrap();
    let keys = keys(Some(KEY), None);
    let path = written(&directory, &keys, b"former\n");

    let mut writer = BackupWriter::create(&path, Contents::Own, 27, &keys).unwrap();
    writer.write(&Record::Rows(rows(100_000))).unwrap();
    drop(writer);

    assert_eq!(read(&path, &keys).unwrap(), b"former\n");
    assert_eq!(directory.path().read_dir().unwrap().count(), 1);
}
