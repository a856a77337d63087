//! Recognises by its first bytes what is no text at all, so that the message can say what to do.

use super::FormatProblem;

const SIGNATURES: [(&[u8], &str, &str); 9] = [
    (
        b"7z\xBC\xAF\x27\x1C",
        "a 7z archive",
        "unpack it and import the CSV inside",
    ),
    (
        b"PK\x03\x04",
        "a ZIP archive or an Excel workbook",
        "unpack it, or save the sheet as CSV",
    ),
    (
        b"\x1F\x8B",
        "a gzip archive",
        "unpack it and import the file inside",
    ),
    (b"BZh", "a bzip2 archive", "unpack it and import the file inside"),
    (
        b"\xFD7zXZ",
        "an xz archive",
        "unpack it and import the file inside",
    ),
    (b"Rar!", "a RAR archive", "unpack it and import the CSV inside"),
    (b"%PDF", "a PDF document", "import the published CSV instead"),
    (b"\xFF\xFE", "a file in UTF-16", "save it as UTF-8"),
    (b"\xFE\xFF", "a file in UTF-16", "save it as UTF-8"),
];

/// What the first bytes give away; `None` when they look like text.
pub(super) fn not_text(beginning: &[u8]) -> Option<FormatProblem> {
    let found = |what, remedy| Some(FormatProblem::NotText { what, remedy });
    for (signature, what, remedy) in SIGNATURES {
        if beginning.starts_with(signature) {
            return found(what, remedy);
        }
    }
    let start: Vec<u8> = beginning
        .iter()
        .skip_while(|byte| byte.is_ascii_whitespace())
        .take(9)
        .map(u8::to_ascii_lowercase)
        .collect();
    if start.starts_with(b"<!doctype") || start.starts_with(b"<html") {
        return found(
            "a web page",
            "the server may have answered with an error page: download the data again",
        );
    }
    if beginning.contains(&0) {
        return found("a binary file", "import the published CSV or JSON lines");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(b"7z\xBC\xAF\x27\x1C\x00\x04", "7z archive")]
    #[case(b"\x1F\x8B\x08\x00", "gzip")]
    #[case(b"PK\x03\x04", "ZIP")]
    #[case(b"\n <!DOCTYPE html>", "web page")]
    #[case(b"id\x00x", "binary")]
    #[case(b"\xFF\xFEi\x00", "UTF-16")]
    fn archive_or_page_is_named_with_a_remedy(#[case] beginning: &[u8], #[case] named: &str) {
        let problem = not_text(beginning).expect("no text").to_string();
        assert!(problem.contains(named), "{problem}");
    }

    #[test]
    fn text_is_text() {
        assert!(not_text("\"id\",\"Статус\"".as_bytes()).is_none());
    }
}
