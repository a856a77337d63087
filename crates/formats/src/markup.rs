//! Saved pages and answers in markup: where one ends and the next begins, and the tables in them.
//!
//! Knows nothing of any register; what a heading means is for the register's module to say.

use super::archive::not_text;
use super::text::TextReader;
use super::{FormatError, FormatProblem};
use scraper::{ElementRef, Html, Node};
use std::io::{BufRead, BufReader};

/// The closing tag of a page, and the tags of a JSF answer, which may carry a whole page inside.
const PAGE_ENDS: &str = "</html>";
const ANSWER_BEGINS: &str = "<partial-response";
const ANSWER_ENDS: &str = "</partial-response>";

/// What the first bytes of a file give away when pages are expected; `None` when they look like markup or text.
pub(crate) fn not_markup(beginning: &[u8]) -> Option<FormatProblem> {
    let first = beginning.iter().find(|byte| !byte.is_ascii_whitespace());
    // A page in UTF-16 has a NUL for every second byte; a stray one is no reason to refuse the page.
    let nuls = memchr::memchr_iter(0, beginning).count();
    if first == Some(&b'<') && nuls * 1000 <= beginning.len() {
        return None;
    }
    not_text(beginning)
}

/// Reads one page or answer after another from a file that may hold many of them.
pub(crate) struct Pages {
    text: BufReader<TextReader>,
    /// Line on which the next page begins.
    line: u64,
    /// A page was read before.
    read_any: bool,
}

/// A page or an answer, from its first to its last tag.
pub(crate) struct Page {
    /// The markup.
    pub(crate) source: String,
    /// Line of the file on which it begins.
    pub(crate) line: u64,
    /// The closing tag was there.
    closed: bool,
}

impl Pages {
    pub(crate) fn open(text: TextReader) -> Self {
        Self {
            text: BufReader::new(text),
            line: 1,
            read_any: false,
        }
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.text.get_ref().bytes_read()
    }

    /// The next page that is not blank.
    pub(crate) fn next_page(&mut self) -> Result<Option<Page>, FormatError> {
        let mut bytes = Vec::new();
        let mut closed = false;
        let mut last_tag = PAGE_ENDS;
        self.text.get_mut().row_ended();
        while !closed {
            let begins = bytes.len();
            let read = self.text.read_until(b'>', &mut bytes);
            if read.map_err(FormatError::from_reading)? == 0 {
                break;
            }
            let tag = memchr::memrchr(b'<', &bytes[begins..]).map_or(&[][..], |at| &bytes[begins + at..]);
            if tag.starts_with(ANSWER_BEGINS.as_bytes()) {
                last_tag = ANSWER_ENDS;
            }
            closed = tag.eq_ignore_ascii_case(last_tag.as_bytes());
        }
        let line = self.line;
        let truncated = || FormatError::at_line(line, FormatProblem::Truncated);
        let source = String::from_utf8(bytes).map_err(|_| truncated())?;
        self.line += source.matches('\n').count() as u64;
        // Servers put scripts behind the page's last tag.
        let behind = self.read_any
            && !closed
            && !["<html", "<partial-response", "<table", "<tr"]
                .iter()
                .any(|tag| source.contains(tag));
        if source.trim().is_empty() || behind {
            return if self.read_any {
                Ok(None)
            } else {
                Err(FormatError::whole_file(FormatProblem::Empty))
            };
        }
        self.read_any = true;
        let blank = source.len() - source.trim_start().len();
        let line = line + source[..blank].matches('\n').count() as u64;
        Ok(Some(Page {
            source: source[blank..].to_owned(),
            line,
            closed,
        }))
    }
}

impl Page {
    /// Whether the page breaks off: it was begun as a whole page or with a table, and the closing tag is missing.
    pub(crate) fn breaks_off(&self) -> bool {
        if self.closed {
            return false;
        }
        let source = self.source.to_ascii_lowercase();
        let opened = |tag: &str| source.matches(tag).count();
        source.contains("<html")
            || source.contains(ANSWER_BEGINS)
            || opened("<table") > opened("</table")
            || opened("<tr") > opened("</tr")
    }

    /// Lines of the file on which the texts stand one after another; a text that is not found stands on the line of
    /// the one before it.
    pub(crate) fn lines_of<'text>(&self, texts: impl Iterator<Item = &'text str>) -> Vec<u64> {
        let (mut line, mut from) = (self.line, 0);
        let mut place = |text: &str| {
            if let Some(at) = self.source[from..].find(text).filter(|_| !text.is_empty()) {
                line += self.source[from..from + at].matches('\n').count() as u64;
                from += at;
            }
            line
        };
        texts.map(&mut place).collect()
    }

    /// The error for a page as a whole.
    pub(crate) fn foreign(&self, sentence: String) -> FormatError {
        FormatError::at_line(self.line, FormatProblem::Foreign(sentence))
    }
}

/// A table with rows of its own; tables inside its cells are tables by themselves.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// Texts of the heading cells, empty when there is none.
    pub(crate) headings: Vec<String>,
    /// Rows with cells that are no headings.
    pub(crate) rows: Vec<TableRow>,
}

/// A row of a table.
#[derive(Debug)]
pub(crate) struct TableRow {
    /// The cells in their order.
    pub(crate) cells: Vec<Cell>,
    /// The row's key, `data-rk`.
    pub(crate) key: Option<String>,
}

/// A cell of a row.
#[derive(Debug, Default)]
pub(crate) struct Cell {
    /// The text, white space as in the source.
    pub(crate) text: String,
    /// Address of the first link.
    pub(crate) link: Option<String>,
    /// The column's title where the cell repeats it for narrow screens.
    pub(crate) title: Option<String>,
    /// It stands for several columns: a remark such as "nothing found".
    spans: bool,
}

impl TableRow {
    /// Whether the row is a remark over all columns and no data.
    pub(crate) fn is_a_remark(&self) -> bool {
        self.cells.len() == 1 && (self.cells[0].spans || self.cells[0].text.trim().is_empty())
    }
}

/// All tables of the markup, in their order.
pub(crate) fn tables(html: &Html) -> Vec<Table> {
    elements(html.root_element())
        .filter(|element| element.value().name() == "table")
        .map(|element| {
            let mut table = Table::default();
            collect_rows(element, &mut table);
            table
        })
        .collect()
}

/// Elements inside an element, at every depth.
pub(crate) fn elements(root: ElementRef<'_>) -> impl Iterator<Item = ElementRef<'_>> {
    root.descendants().filter_map(ElementRef::wrap)
}

fn collect_rows(parent: ElementRef<'_>, table: &mut Table) {
    for child in parent.child_elements() {
        match child.value().name() {
            "thead" | "tbody" | "tfoot" => collect_rows(child, table),
            "tr" => {
                let cells = |name: &'static str| {
                    child
                        .child_elements()
                        .filter(move |cell| cell.value().name() == name)
                        .map(cell)
                };
                let row = TableRow {
                    cells: cells("td").collect(),
                    key: child.attr("data-rk").map(str::to_owned),
                };
                if !row.cells.is_empty() {
                    table.rows.push(row);
                } else if table.headings.is_empty() {
                    table.headings = cells("th").map(|cell| cell.title.unwrap_or(cell.text)).collect();
                }
            }
            _ => {}
        }
    }
}

fn cell(element: ElementRef<'_>) -> Cell {
    let mut cell = Cell {
        spans: element
            .attr("colspan")
            .is_some_and(|columns| columns.trim() != "1"),
        link: elements(element).find_map(|inner| inner.attr("href").map(str::to_owned)),
        ..Cell::default()
    };
    collect_text(element, &mut cell);
    cell
}

fn collect_text(element: ElementRef<'_>, cell: &mut Cell) {
    for child in element.children() {
        match child.value() {
            Node::Text(text) => cell.text.push_str(text),
            Node::Element(inner) if matches!(inner.name(), "script" | "style") => {}
            Node::Element(inner) if inner.classes().any(|class| class == "ui-column-title") => {
                cell.title = ElementRef::wrap(child).map(|title| title.text().collect());
            }
            Node::Element(inner) => {
                if matches!(inner.name(), "br" | "p" | "div" | "li" | "table") {
                    cell.text.push(' ');
                }
                if let Some(inner) = ElementRef::wrap(child) {
                    collect_text(inner, cell);
                }
            }
            _ => {}
        }
    }
}

/// A heading in the form in which it is recognised: lower case, letters only.
pub(crate) fn heading(text: &str) -> String {
    text.chars()
        .filter(|letter| letter.is_alphabetic())
        .flat_map(char::to_lowercase)
        .collect()
}

/// TN VED codes of a cell: one or several, with or without spaces and dots inside (`8516 10 800 0`).
pub(crate) fn tn_ved(cell: &str) -> Vec<String> {
    let parts = cell.split([',', ';', '/', '\n']);
    let codes = parts.flat_map(|part| {
        let groups: Vec<String> = part
            .split_whitespace()
            .map(|group| group.chars().filter(char::is_ascii_digit).collect())
            .filter(|group: &String| !group.is_empty())
            .collect();
        if groups.iter().all(|group| group.len() >= 4) {
            groups
        } else {
            vec![groups.concat()]
        }
    });
    codes.filter(|code| (4..=10).contains(&code.len())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::io::Cursor;

    fn pages(text: &str) -> Vec<Page> {
        let input = Box::new(Cursor::new(text.as_bytes().to_vec()));
        let mut pages = Pages::open(TextReader::open_markup(input).unwrap());
        std::iter::from_fn(|| pages.next_page().unwrap()).collect()
    }

    #[test]
    fn pages_one_after_another_are_cut_at_their_last_tag_and_keep_their_lines() {
        let found = pages("<html>\n<p>1</p></HTML>\n\n<html>2</html>\n");
        let lines: Vec<u64> = found.iter().map(|page| page.line).collect();
        assert_eq!(lines, [1, 4]);
        assert!(found.iter().all(|page| !page.breaks_off()));
        assert_eq!(found[1].source, "<html>2</html>");
    }

    #[test]
    fn page_is_told_from_what_is_no_markup() {
        let refused = |beginning: &[u8]| not_markup(beginning).map(|problem| problem.to_string());
        assert_eq!(refused(b" <!DOCTYPE html>"), None);
        assert_eq!(refused(b"{\"number\":1}"), None);
        assert!(refused(b"<\0h\0t\0m\0l\0>\0").is_some());
        assert!(refused(b"PK\x03\x04").is_some_and(|said| said.contains("ZIP")));
    }

    #[test]
    fn scripts_behind_the_last_tag_are_no_page() {
        assert_eq!(pages("<html>1</html>\n<script>go()</script>\n").len(), 1);
        assert_eq!(
            pages("<html>1</html>\n<script></script><html>2</html>\n<script>").len(),
            2
        );
    }

    #[rstest]
    #[case("<html><table><tr><td>1</td></tr>", true)]
    #[case("<table><tr><td>1</td></tr>", true)]
    #[case("<table><tr><td>1</td></tr></table>", false)]
    #[case("<partial-response><changes>", true)]
    fn page_without_its_last_tag_breaks_off_unless_it_is_a_whole_table(
        #[case] text: &str,
        #[case] breaks_off: bool,
    ) {
        assert_eq!(pages(text)[0].breaks_off(), breaks_off);
    }

    #[test]
    fn tables_keep_their_own_rows_headings_links_and_keys() {
        let html = Html::parse_document(
            "<table><tr><td>layout <table><tr><th><span class='ui-column-title'>A</span><input></th><th>B</th></tr>\
             <tr data-rk=7><td><span class='ui-column-title'>A</span>x<br>y</td><td><a href='/z'>s</a></td></tr>\
             <tr><td colspan=2>nothing</td></tr></table></td></tr></table>",
        );
        let tables = tables(&html);
        assert_eq!(tables.len(), 2);
        let (outer, inner) = (&tables[0], &tables[1]);
        assert_eq!((outer.headings.len(), outer.rows.len()), (0, 1));
        assert_eq!(inner.headings, ["A", "B"]);
        let row = &inner.rows[0];
        assert_eq!(
            (row.key.as_deref(), row.cells[0].text.as_str()),
            (Some("7"), "x y")
        );
        assert_eq!(row.cells[0].title.as_deref(), Some("A"));
        assert_eq!(row.cells[1].link.as_deref(), Some("/z"));
        assert!(inner.rows[1].is_a_remark() && !row.is_a_remark());
    }

    #[rstest]
    #[case("8516108000", &["8516108000"])]
    #[case("8516 10 800 0", &["8516108000"])]
    #[case("8516.10.800.0; 8481", &["8516108000", "8481"])]
    #[case("8516108000 8481807900", &["8516108000", "8481807900"])]
    #[case("из 8481 80", &["848180"])]
    #[case("-", &[])]
    #[case("12", &[])]
    fn codes_of_a_cell_are_digits_only(#[case] cell: &str, #[case] expected: &[&str]) {
        assert_eq!(tn_ved(cell), expected);
    }
}
