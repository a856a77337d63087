//! Cuts a file of JSON into the objects that matter, one at a time, without holding more than one of them.
//!
//! Takes arrays, the answers of services that wrap an array (`value` of OData, `items` of Belarus, `result` of the
//! portal's own search), single objects, and any number of these after one another, such as JSON lines. It knows
//! brackets and quotation marks only; whether an element is sound JSON is for its reader to say.

use super::text::TextReader;
use super::{FormatError, FormatProblem};
use std::io::{BufRead, BufReader};

/// Names under which services wrap the array of their answer.
const WRAPPED_UNDER: [&str; 3] = ["value", "items", "result"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing was read yet.
    Beginning,
    /// Between two values of the file.
    Between,
    /// Among the elements of an array, which stands inside an answer's object or by itself.
    Array { wrapped: bool },
}

/// Reads one element after another.
pub(crate) struct JsonElements {
    text: BufReader<TextReader>,
    line: u64,
    place: Place,
}

/// How a value that was begun went on.
enum Scanned {
    /// The whole value is in the buffer.
    Whole,
    /// It is an answer that wraps an array, which begins here.
    ArrayBegan,
}

impl JsonElements {
    pub(crate) fn open(text: TextReader) -> Self {
        Self {
            text: BufReader::new(text),
            line: 1,
            place: Place::Beginning,
        }
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.text.get_ref().bytes_read()
    }

    /// The text of the next element with the line on which it begins.
    pub(crate) fn next_element(&mut self) -> Result<Option<(u64, String)>, FormatError> {
        loop {
            self.text.get_mut().row_ended();
            let Some(byte) = self.peek_sign()? else {
                return match self.place {
                    Place::Array { .. } => Err(self.truncated()),
                    Place::Beginning | Place::Between => Ok(None),
                };
            };
            match (self.place, byte) {
                (Place::Array { wrapped }, b']') => {
                    self.consume(1);
                    if wrapped {
                        self.skip_answer()?;
                    }
                    self.place = Place::Between;
                }
                // A bracket that closes nothing: the reader of the element says so, and the next line goes on.
                (Place::Array { .. }, b'}' | b':') => return self.element(true),
                (Place::Array { .. }, _) => return self.element(false),
                (_, b'[') => {
                    self.consume(1);
                    self.place = Place::Array { wrapped: false };
                }
                (_, b'{') => {
                    let line = self.line;
                    let mut element = Vec::new();
                    let scanned = self.scan(&mut element, true)?;
                    self.place = match scanned {
                        Scanned::ArrayBegan => Place::Array { wrapped: true },
                        Scanned::Whole => Place::Between,
                    };
                    if matches!(scanned, Scanned::Whole) {
                        return self.handed_out(line, element);
                    }
                }
                (Place::Beginning, _) => {
                    return Err(FormatError::at_line(
                        self.line,
                        FormatProblem::NotJson("it begins neither with `{` nor with `[`"),
                    ));
                }
                (Place::Between, _) => return self.element(true),
            }
        }
    }

    /// An element of an array, or with `to_line_end` a line that is no JSON value at all.
    fn element(&mut self, to_line_end: bool) -> Result<Option<(u64, String)>, FormatError> {
        let line = self.line;
        let mut element = Vec::new();
        if to_line_end {
            let read = self.text.read_until(b'\n', &mut element);
            read.map_err(FormatError::from_reading)?;
            self.line += 1;
        } else {
            self.scan(&mut element, false)?;
        }
        self.handed_out(line, element)
    }

    fn handed_out(&self, line: u64, element: Vec<u8>) -> Result<Option<(u64, String)>, FormatError> {
        // The reader below hands out checked UTF-8, and brackets are no part of longer characters.
        let text = String::from_utf8(element).map_err(|_| self.truncated())?;
        Ok(Some((line, text.trim().to_owned())))
    }

    /// The next byte that is neither white space nor a comma; it stays unread.
    fn peek_sign(&mut self) -> Result<Option<u8>, FormatError> {
        loop {
            let bytes = self.text.fill_buf().map_err(FormatError::from_reading)?;
            if bytes.is_empty() {
                return Ok(None);
            }
            let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == b',';
            let blanks = bytes.iter().take_while(|byte| blank(byte)).count();
            let sign = bytes.get(blanks).copied();
            self.consume(blanks);
            if sign.is_some() {
                return Ok(sign);
            }
            self.text.get_mut().row_ended();
        }
    }

    /// Reads a value up to its end, which is its closing bracket, or for one without brackets what follows it in an
    /// array. With `may_wrap` it ends early where an answer's array begins.
    fn scan(&mut self, element: &mut Vec<u8>, may_wrap: bool) -> Result<Scanned, FormatError> {
        let mut state = Scan::default();
        loop {
            let bytes = self.text.fill_buf().map_err(FormatError::from_reading)?;
            if bytes.is_empty() {
                return Err(self.truncated());
            }
            let mut end = None;
            let mut count = 0;
            for byte in bytes {
                let step = state.step(*byte, element, may_wrap);
                if step == Step::EndsBefore {
                    end = Some(Scanned::Whole);
                    break;
                }
                count += 1;
                element.push(*byte);
                match step {
                    Step::Ends => end = Some(Scanned::Whole),
                    Step::ArrayBegins => end = Some(Scanned::ArrayBegan),
                    Step::GoesOn | Step::EndsBefore => continue,
                }
                break;
            }
            self.consume(count);
            if let Some(end) = end {
                return Ok(end);
            }
        }
    }

    /// Reads the rest of an answer behind its array.
    fn skip_answer(&mut self) -> Result<(), FormatError> {
        let mut state = Scan {
            depth: 1,
            ..Scan::default()
        };
        loop {
            let bytes = self.text.fill_buf().map_err(FormatError::from_reading)?;
            if bytes.is_empty() {
                return Err(self.truncated());
            }
            let end = bytes
                .iter()
                .position(|byte| state.step(*byte, &[], false) == Step::Ends);
            let count = end.map_or(bytes.len(), |index| index + 1);
            self.consume(count);
            self.text.get_mut().row_ended();
            if end.is_some() {
                return Ok(());
            }
        }
    }

    fn consume(&mut self, count: usize) {
        let lines = memchr::memchr_iter(b'\n', &self.text.buffer()[..count]).count();
        self.line += lines as u64;
        self.text.consume(count);
    }

    fn truncated(&self) -> FormatError {
        FormatError::at_line(self.line, FormatProblem::Truncated)
    }
}

/// What a byte does to the value being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    GoesOn,
    /// The value ends with this byte.
    Ends,
    /// The value ended before this byte.
    EndsBefore,
    /// This bracket opens the array that an answer wraps.
    ArrayBegins,
}

/// Where in a value the reading stands.
#[derive(Debug, Default)]
struct Scan {
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// Where the last text directly inside the outermost object begins in the buffer, and where it ends.
    text: Option<(usize, usize)>,
    /// That text is a name under which answers wrap their array, and only its colon was read since.
    wraps: bool,
}

impl Scan {
    fn step(&mut self, byte: u8, before: &[u8], may_wrap: bool) -> Step {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => {
                    self.in_string = false;
                    self.text = self.text.map(|(start, _)| (start, before.len()));
                    if self.depth == 0 {
                        return Step::Ends;
                    }
                }
                _ => {}
            }
            return Step::GoesOn;
        }
        let wraps = std::mem::take(&mut self.wraps);
        match byte {
            b'"' => {
                self.in_string = true;
                self.text = (self.depth == 1).then_some((before.len() + 1, before.len() + 1));
            }
            b'[' if wraps => return Step::ArrayBegins,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' | b',' if self.depth == 0 => return Step::EndsBefore,
            b'}' | b']' => {
                self.depth -= 1;
                if self.depth == 0 {
                    return Step::Ends;
                }
            }
            b':' if may_wrap && self.depth == 1 => {
                let name = self.text.take().and_then(|(start, end)| before.get(start..end));
                self.wraps = name.is_some_and(|name| {
                    WRAPPED_UNDER
                        .iter()
                        .any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
                });
            }
            _ if byte.is_ascii_whitespace() => self.wraps = wraps,
            _ => {}
        }
        Step::GoesOn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use std::io::Cursor;

    fn elements(text: &str) -> Result<Vec<(u64, String)>, FormatError> {
        let input = Box::new(Cursor::new(text.as_bytes().to_vec()));
        let mut elements = JsonElements::open(TextReader::open(input)?);
        let mut found = Vec::new();
        while let Some(element) = elements.next_element()? {
            found.push(element);
        }
        Ok(found)
    }

    #[rstest]
    #[case::array("[1]", &["1"])]
    #[case::objects(r#"[{"a":1}, {"a":[2,3]}]"#, &[r#"{"a":1}"#, r#"{"a":[2,3]}"#])]
    #[case::odata(r#"{"@odata.context":"x","value":[{"a":1}],"n":{"value":[5]}}"#, &[r#"{"a":1}"#])]
    #[case::belarus(r#"{"items" : [{"a":1},{"b":2}],"_meta":{"page":1}}"#, &[r#"{"a":1}"#, r#"{"b":2}"#])]
    #[case::single(r#"{"a":{"value":[1]},"value":"text"}"#, &[r#"{"a":{"value":[1]},"value":"text"}"#])]
    #[case::lines("{\"a\":1}\n{\"b\":\"]}\"}\n", &[r#"{"a":1}"#, r#"{"b":"]}"}"#])]
    #[case::pages(r#"{"items":[1]}{"items":[]} {"items":[2]}"#, &["1", "2"])]
    #[case::quotation_marks(r#"[{"a":"\"}]"}]"#, &[r#"{"a":"\"}]"}"#])]
    #[case::plain_values(r#"["x", null, 5]"#, &[r#""x""#, "null", "5"])]
    #[case::brackets_too_many("[{}}\n,{\"a\":1}]\n]", &["{}", "}", r#"{"a":1}"#, "]"])]
    #[case::nothing(r#"{"value":[]}"#, &[])]
    fn each_form_of_a_file_is_cut_into_its_elements(#[case] text: &str, #[case] expected: &[&str]) {
        let found: Vec<String> = elements(text)
            .unwrap()
            .into_iter()
            .map(|(_, text)| text)
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn element_carries_the_line_on_which_it_begins() {
        let lines: Vec<u64> = elements("{\n\"value\":\n[\n{\n\"a\":1},\n{}\n]\n}\n{}")
            .unwrap()
            .into_iter()
            .map(|(line, _)| line)
            .collect();
        assert_eq!(lines, [4, 6, 9]);
    }

    #[rstest]
    #[case("{\"value\":[{\"a\":1},")]
    #[case("{\"value\":[{\"a\":1}]")]
    #[case("[{\"a\":1}\n,{\"a\"")]
    #[case("{\"a\":\"}")]
    fn file_that_breaks_off_is_truncated(#[case] text: &str) {
        let error = elements(text).unwrap_err();
        assert!(matches!(error.problem, FormatProblem::Truncated), "{error}");
    }

    #[test]
    fn text_that_is_no_json_is_named_so() {
        let error = elements("id;number\n1;2").unwrap_err();
        assert!(error.to_string().contains("no JSON"), "{error}");
    }

    #[test]
    fn element_without_an_end_is_refused_at_the_limit() {
        let endless = format!("[{{\"a\":\"{}", "x".repeat(17_000_000));
        assert!(matches!(
            elements(&endless).unwrap_err().problem,
            FormatProblem::RowTooLong
        ));
    }

    proptest! {
        #[test]
        fn any_text_is_cut_without_panic_and_whole_arrays_into_their_values(
            noise in "[\\[\\]{}\",:\\\\ \na1]{0,60}",
            values in proptest::collection::vec("[a-z\\]\\[{}\"\\\\,:]{0,8}", 0..8),
        ) {
            let _ = elements(&noise);
            let objects: Vec<String> = values
                .iter()
                .map(|value| serde_json::json!({"v": value}).to_string())
                .collect();
            let found = elements(&format!("{{\"value\":[{}]}}", objects.join(",\n"))).unwrap();
            let found: Vec<String> = found.into_iter().map(|(_, text)| text).collect();
            prop_assert_eq!(found, objects);
        }
    }
}
