use super::*;
use proptest::prelude::*;

/// Hands out a few bytes at a time, so that characters are cut.
struct Dripping(Vec<u8>, usize);

impl Read for Dripping {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(self.0.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0.drain(..count);
        Ok(count)
    }
}

fn read(bytes: impl Into<Vec<u8>>) -> Result<String, FormatError> {
    let mut reader = TextReader::open(Box::new(io::Cursor::new(bytes.into())))?;
    let mut text = String::new();
    reader
        .read_to_string(&mut text)
        .map_err(FormatError::from_reading)?;
    Ok(text)
}

#[test]
fn utf8_with_and_without_a_byte_order_mark_is_read_without_it() {
    assert_eq!(read("Статус").unwrap(), "Статус");
    assert_eq!(read("\u{feff}Статус").unwrap(), "Статус");
}

#[test]
fn code_page_1251_is_recognised_and_converted() {
    let (bytes, _, _) = WINDOWS_1251.encode("\"id\",\"Статус\"\n1,\"Действует № 5 «ёж»\"\n");
    assert_eq!(
        read(bytes).unwrap(),
        "\"id\",\"Статус\"\n1,\"Действует № 5 «ёж»\"\n"
    );
}

#[test]
fn wrong_byte_in_utf8_is_named_by_line_column_and_offset() {
    let mut bytes = "id,Статус\n1,Дейст".as_bytes().to_vec();
    let offset = bytes.len() as u64;
    bytes.push(0xFF);
    bytes.extend_from_slice("вует, Архивный\n".as_bytes());
    let error = read(bytes).unwrap_err();
    assert_eq!((error.line, error.column.as_deref()), (Some(2), Some("8")));
    assert!(
        matches!(error.problem, FormatProblem::Encoding { byte } if byte == offset),
        "{error}"
    );
}

#[test]
fn file_that_ends_inside_a_character_was_cut_off_at_its_place() {
    let mut bytes = "Статус\nДейству".as_bytes().to_vec();
    bytes.pop();
    let error = read(bytes).unwrap_err();
    assert_eq!((error.line, error.column.as_deref()), (Some(2), Some("7")));
    assert!(matches!(error.problem, FormatProblem::Truncated), "{error}");
}

#[test]
fn empty_file_is_said_to_be_empty() {
    assert!(matches!(read("").unwrap_err().problem, FormatProblem::Empty));
}

#[test]
fn endless_row_is_stopped_at_the_limit() {
    let mut reader = TextReader::open(Box::new(io::repeat(b'x'))).unwrap();
    let error = io::copy(&mut reader, &mut io::sink()).unwrap_err();
    let error = FormatError::from_reading(error);
    assert!(matches!(error.problem, FormatProblem::RowTooLong), "{error}");
}

proptest! {
    #[test]
    fn text_read_in_drips_is_the_same_text(text in "\\PC{1,200}", drip in 1_usize..7) {
        prop_assume!(!text.starts_with('\u{feff}') && not_text(text.as_bytes()).is_none());
        let mut reader = TextReader::open(Box::new(Dripping(text.clone().into_bytes(), drip))).unwrap();
        let mut read = String::new();
        reader.read_to_string(&mut read).unwrap();
        prop_assert_eq!(read, text);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(bytes);
    }
}
