//! How a delimited text is written: which delimiter, and whether quotation marks mean anything.
//!
//! Knows the beginning of a text only. The dumps of the first generation are published with `|` and without any
//! quoting, so that a lone quotation mark inside a cell must not swallow the rest of the file; everybody else quotes.

/// How a delimited text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// What stands between two cells.
    pub(crate) delimiter: u8,
    /// Whether a cell may stand in quotation marks, and then hold delimiters and line ends.
    pub(crate) quoting: bool,
}

impl Dialect {
    /// Judges by the beginning of a text, header included.
    pub(crate) fn of(beginning: &[u8]) -> Self {
        let delimiter = delimiter(beginning);
        Self {
            delimiter,
            quoting: quoting(beginning, delimiter),
        }
    }
}

/// The delimiter: the one that stands most often in the first line, outside quotation marks.
fn delimiter(text: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'|', 0), (b'\t', 0)];
    for byte in text {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if !quoted => {
                if let Some((_, count)) = counts.iter_mut().find(|(delimiter, _)| delimiter == byte) {
                    *count += 1;
                }
            }
            _ => {}
        }
    }
    // Of equals the last is the maximum, and the comma must win when nothing was found.
    counts
        .iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .map_or(b',', |(delimiter, _)| *delimiter)
}

/// Whether quotation marks enclose cells. A quoted header settles it. Otherwise the cells testify: who quotes doubles
/// the marks inside, who does not quote leaves marks in the middle of a cell as they are.
fn quoting(text: &[u8], delimiter: u8) -> bool {
    if text.trim_ascii_start().starts_with(b"\"") {
        return true;
    }
    let (mut quoted, mut unquoted, mut enclosed, mut filled) = (0_u32, 0_u32, 0_u32, 0_u32);
    for line in text.split(|byte| *byte == b'\n').skip(1) {
        for cell in line.split(|byte| *byte == delimiter) {
            let cell = cell.trim_ascii();
            filled += u32::from(!cell.is_empty());
            if memchr::memchr(b'"', cell).is_none() {
                continue;
            }
            match cell {
                [b'"', inside @ .., b'"'] if !inside.is_empty() => {
                    enclosed += 1;
                    quoted += u32::from(inside.contains(&b'"') && !has_single_mark(inside));
                    unquoted += u32::from(has_single_mark(inside));
                }
                // The beginning of a quoted cell with a delimiter inside, or a lone mark: says nothing.
                [b'"', ..] => {}
                // The end of such a cell closes with a mark; before it, the marks would be doubled.
                _ => {
                    let end = cell
                        .iter()
                        .rposition(|byte| *byte != b'"')
                        .map_or(0, |last| last + 1);
                    unquoted += u32::from(has_single_mark(&cell[..end]));
                }
            }
        }
    }
    match quoted.cmp(&unquoted) {
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Less => false,
        // A name that stands in quotation marks as a whole is no quoting, but a third of all cells is.
        std::cmp::Ordering::Equal => delimiter != b'|' || enclosed * 3 > filled,
    }
}

/// Whether a quotation mark stands without a second one beside it.
fn has_single_mark(text: &[u8]) -> bool {
    text.chunk_by(|one, next| one == next)
        .any(|run| run[0] == b'"' && run.len() % 2 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn delimiter_is_recognised_outside_quotation_marks() {
        assert_eq!(delimiter(b"\"id;;;;\",\"b\"\n1;2;3;4"), b',');
        assert_eq!(delimiter(b"id;\"a,b,c\";c\n"), b';');
        assert_eq!(delimiter(b"id|b|c"), b'|');
        assert_eq!(delimiter(b"id\tb\tc"), b'\t');
        assert_eq!(delimiter(b"id"), b',');
    }

    #[rstest]
    #[case::header_in_marks("\"id\"|\"name\"\n1|\"a\"\n", true)]
    #[case::marks_inside_are_doubled("id|name\n1|\"ООО \"\"Ромашка\"\"\"\n", true)]
    #[case::texts_in_marks_numbers_not("id|a|b\n1|\"Действует\"|\"x\"\n2|\"Действует\"|\"y\"\n", true)]
    #[case::marks_inside_stand_alone("id|name\n1|ООО \"Ромашка\"\n", false)]
    #[case::name_within_a_name("id|name\n1|ООО \"Фирма \"Ромашка\"\"\n", false)]
    #[case::marks_around_and_inside("id|name\n1|\"ООО \"Ромашка\"\"\n", false)]
    #[case::bar_inside_a_quoted_cell("id|name\n1|\"a|ООО \"\"Ромашка\"\"\"\n2|\"ООО \"\"Б\"\"\"\n", true)]
    #[case::a_lone_mark_begins_a_cell("id|name\n1|\"Ромашка\n2|b\n", false)]
    #[case::a_name_in_marks_among_many_cells("id|a|b|c\n1|\"Ромашка\"|x|y\n2|b|x|y\n", false)]
    #[case::bars_without_any_mark("id|name\n1|a\n", false)]
    #[case::commas_without_any_mark("id,name\n1,a\n", true)]
    #[case::semicolons_with_marks_inside("id;name\n1;ООО \"Ромашка\"\n", false)]
    #[case::comma_inside_a_quoted_cell("id,name\n1,\"a, b\"\n", true)]
    fn quoting_is_what_the_file_shows(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(Dialect::of(text.as_bytes()).quoting, expected);
    }
}
