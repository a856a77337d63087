//! Saved answers of the Kazakh register: the public list (eokno.gov.kz) as JSF answers or as pages, and JSON.
//!
//! The public list has no applicant and no product. Rows go without a registry's own id, as the Union's register
//! publishes the same documents under other ids (see [`crate::eaeu`]); the card's address stays in `url`.

mod columns;
mod flat_json;
mod labels;

use super::canonical::{canonical, folded};
use super::days;
use super::eaeu::{Channel, UnionRows};
use super::markup::{self, Page, Pages, Table, TableRow};
use super::text::TextReader;
use super::{FormatError, FormatProblem, RejectedRow, Row, RowReader};
use certlens_domain::document::{Document, Party};
use certlens_domain::document_number::NumberFamily;
use certlens_domain::registry::{DocumentKind, Registry};
use columns::{Column, Columns};
pub(crate) use flat_json::document as flat_document;
use quick_xml::events::Event;
use scraper::Html;
use std::collections::VecDeque;

/// Recognises markup or JSON, and reads one document from each row.
pub(super) fn open(text: TextReader) -> Box<dyn RowReader + Send> {
    let first = text.peek().iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'<') {
        Box::new(ListAnswers::open(text))
    } else {
        Box::new(UnionRows::open(Channel::Kazakhstan, text))
    }
}

/// Reads the tables of the public list.
struct ListAnswers {
    pages: Pages,
    /// Columns of the last table with headings: answers to paging carry rows only.
    columns: Option<Columns>,
    waiting: VecDeque<(u64, Row)>,
}

impl ListAnswers {
    fn open(text: TextReader) -> Self {
        Self {
            pages: Pages::open(text),
            columns: None,
            waiting: VecDeque::new(),
        }
    }

    fn read(&mut self, page: &Page) -> Result<(), FormatError> {
        if page.breaks_off() {
            return Err(FormatError::at_line(page.line, FormatProblem::Truncated));
        }
        if !page.source.contains("<partial-response") {
            let html = Html::parse_document(&page.source);
            if self.read_tables(page, &html)? || is_list_page(&html) {
                return Ok(());
            }
            return Err(page.foreign(
                "the page is no list of the Kazakh register; save the page with the list, or the answers to its paging"
                    .to_owned(),
            ));
        }
        for fragment in updates(page)? {
            // Rows alone are no HTML that a parser would keep.
            let whole = if fragment.contains("<table") {
                fragment
            } else {
                format!("<table><tbody>{fragment}</tbody></table>")
            };
            self.read_tables(page, &Html::parse_document(&whole))?;
        }
        Ok(())
    }

    /// Whether there was a table of the list.
    fn read_tables(&mut self, page: &Page, html: &Html) -> Result<bool, FormatError> {
        let mut read_any = false;
        for table in markup::tables(html) {
            if columns::is_list(&table.headings) {
                let columns = Columns::find(&table.headings)
                    .map_err(|problem| FormatError::at_line(page.line, problem))?;
                self.columns = Some(columns);
            } else if !table.rows.iter().any(|row| row.key.is_some()) {
                continue;
            }
            read_any = true;
            self.read_table(page, &table);
        }
        Ok(read_any)
    }

    fn read_table(&mut self, page: &Page, table: &Table) {
        let rows: Vec<&TableRow> = table.rows.iter().filter(|row| !row.is_a_remark()).collect();
        let columns: Vec<Columns> = rows.iter().map(|row| self.columns_of(row)).collect();
        let numbers =
            (rows.iter().zip(&columns)).map(|(row, columns)| columns.text(row, Column::Number).trim());
        let lines = page.lines_of(numbers);
        for ((line, row), columns) in lines.into_iter().zip(rows).zip(&columns) {
            let row = match document(columns, row) {
                Ok(document) => Row::Document(Box::new(document)),
                Err(reason) => {
                    let cells: Vec<String> = row.cells.iter().map(|cell| folded(&cell.text)).collect();
                    let raw = cells.join(" | ");
                    Row::Rejected(RejectedRow::new(reason, &raw))
                }
            };
            self.waiting.push_back((line, row));
        }
    }

    /// Columns by the titles that the row's cells repeat, by the last headings, or as the public list has them.
    fn columns_of(&self, row: &TableRow) -> Columns {
        let titles: Vec<String> = row.cells.iter().filter_map(|cell| cell.title.clone()).collect();
        if titles.len() == row.cells.len()
            && let Ok(columns) = Columns::find(&titles)
        {
            return columns;
        }
        self.columns.clone().unwrap_or_else(Columns::of_public_list)
    }
}

fn document(columns: &Columns, row: &TableRow) -> Result<Document, String> {
    if row.cells.len() != columns.count() {
        return Err(format!(
            "the row has {} cells, the header {}",
            row.cells.len(),
            columns.count()
        ));
    }
    let text = |column| columns.text(row, column);
    let in_column = |column, error: days::NotADay| format!("column \"{}\": {error}", columns.heading(column));
    let registered_on = days::day(text(Column::From))
        .map_err(|error| in_column(Column::From, error))?
        .ok_or_else(|| format!("column \"{}\" is empty", columns.heading(Column::From)))?;
    let number = folded(text(Column::Number));
    let status_label = folded(text(Column::Status));
    let bin: String = text(Column::Bin).chars().filter(char::is_ascii_digit).collect();
    let document = Document {
        registry: Registry::Kz,
        source_id: None,
        kind: kind(text(Column::Type), &number)?,
        number,
        status: labels::status(&status_label),
        status_label,
        registered_on,
        valid_until: days::end_of_validity(text(Column::Until))
            .map_err(|error| in_column(Column::Until, error))?,
        applicant: Party {
            name: text(Column::Applicant).to_owned(),
            country: (!bin.is_empty()).then(|| "KZ".to_owned()),
            bin: Some(bin),
            ..Party::default()
        },
        manufacturer: Party::default(),
        technical_regulations: Vec::new(),
        product: text(Column::Product).to_owned(),
        tn_ved: Vec::new(),
        scheme: None,
        certification_body: None,
        url: row.key.as_deref().and_then(card),
    };
    canonical(document).map_err(|implausible| implausible.to_string())
}

/// Certificate or declaration: by the type in words, else by the number.
fn kind(type_in_words: &str, number: &str) -> Result<DocumentKind, String> {
    let words = type_in_words.to_lowercase();
    if words.contains("деклара") {
        return Ok(DocumentKind::Declaration);
    }
    if words.contains("сертификат") {
        return Ok(DocumentKind::Certificate);
    }
    if number.contains(".13.12.") {
        return Ok(DocumentKind::Declaration);
    }
    NumberFamily::of(number).kind().ok_or_else(|| {
        format!(
            "neither the type `{}` nor the number `{number}` tells a certificate from a declaration",
            folded(type_in_words)
        )
    })
}

/// The page of a document's card, by the key of its row.
fn card(key: &str) -> Option<String> {
    let plausible = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
    plausible.then(|| format!("https://eokno.gov.kz/ktrm/ktrm1OpenedApp.xhtml?id={key}"))
}

/// Fragments of markup with rows, which an answer carries as CDATA.
fn updates(page: &Page) -> Result<Vec<String>, FormatError> {
    let mut reader = quick_xml::Reader::from_str(&page.source);
    let mut fragments = Vec::new();
    let mut inside_error = false;
    loop {
        let event = reader.read_event().map_err(|error| {
            page.foreign(format!(
                "the answer is no sound XML ({error}); fetch it again and repeat"
            ))
        })?;
        match event {
            Event::CData(text) => {
                let text = text.into_inner();
                if inside_error {
                    return Err(refused(page, &text));
                }
                if text.contains("<tr") {
                    fragments.push(text.into_owned());
                }
            }
            Event::Text(text) if inside_error && !text.trim().is_empty() => return Err(refused(page, &text)),
            Event::Start(tag) if tag.name().as_ref() == "error" => inside_error = true,
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == "redirect" => {
                return Err(page.foreign(
                    "the answer sends to another page instead of giving the list: the session had ended; open the \
                     register anew and save its answers again"
                        .to_owned(),
                ));
            }
            Event::Eof => return Ok(fragments),
            _ => {}
        }
    }
}

fn refused(page: &Page, message: &str) -> FormatError {
    let shown: String = folded(message).chars().take(200).collect();
    page.foreign(format!(
        "the register answered with an error instead of the list (`{shown}`); fetch the answer again and repeat"
    ))
}

/// A page of the register whose list is empty or still to be fetched.
fn is_list_page(html: &Html) -> bool {
    markup::elements(html.root_element())
        .filter_map(|element| element.attr("id"))
        .any(|id| id.contains("ktrmList"))
}

impl RowReader for ListAnswers {
    fn next_row(&mut self) -> Result<Option<(u64, Row)>, FormatError> {
        loop {
            if let Some(row) = self.waiting.pop_front() {
                return Ok(Some(row));
            }
            let Some(page) = self.pages.next_page()? else {
                return Ok(None);
            };
            self.read(&page)?;
        }
    }

    fn bytes_read(&self) -> u64 {
        self.pages.bytes_read()
    }
}

#[cfg(test)]
mod tests;
