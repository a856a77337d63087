//! Saved result pages of the Kyrgyz registers of certificates and of declarations (swis.trade.kg).
//!
//! Columns are found by their headings. The pages have no column for identifiers and none for technical regulations:
//! both are read from texts ([`texts`]) and marked so. Rows go without a registry's own id, as the Union's register
//! publishes the same documents under other ids (see [`crate::eaeu`]); the official record stays in `url`.

mod columns;
mod texts;

use super::canonical::{canonical, folded};
use super::days;
use super::markup::{self, Page, Pages, Table, TableRow};
use super::text::TextReader;
use super::{FormatError, FormatProblem, RejectedRow, Row, RowReader};
use certlens_domain::document::Document;
use certlens_domain::document_number::NumberFamily;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use columns::{Column, Columns};
use scraper::Html;
use std::collections::VecDeque;

/// Reads one document from each row of each page's result table.
pub(super) struct ResultPages {
    pages: Pages,
    kind: DocumentKind,
    waiting: VecDeque<(u64, Row)>,
}

impl ResultPages {
    pub(super) fn open(kind: DocumentKind, text: TextReader) -> Self {
        Self {
            pages: Pages::open(text),
            kind,
            waiting: VecDeque::new(),
        }
    }

    fn read(&mut self, page: &Page) -> Result<(), FormatError> {
        if page.breaks_off() {
            return Err(FormatError::at_line(page.line, FormatProblem::Truncated));
        }
        let html = Html::parse_document(&page.source);
        let register = Register::of(&html);
        self.expect_own(page, &html, register)?;
        let mut read_any = false;
        for table in markup::tables(&html) {
            if columns::is_result_table(&table.headings) {
                read_any = true;
                self.expect_own(page, &html, Register::of_headings(&table.headings))?;
                let columns = Columns::find(&table.headings)
                    .map_err(|problem| FormatError::at_line(page.line, problem))?;
                self.read_table(page, &columns, &table);
            }
        }
        if read_any || register.is_some() {
            return Ok(());
        }
        Err(page.foreign(format!(
            "the page{} is no result page of the Kyrgyz register; open the register, search, and save the page with \
             the results",
            title(&html).map(|title| format!(" \"{title}\"")).unwrap_or_default()
        )))
    }

    /// Refuses a page of another register than the source's.
    fn expect_own(&self, page: &Page, html: &Html, register: Option<Register>) -> Result<(), FormatError> {
        let source = match register {
            None => return Ok(()),
            Some(Register { national: true, .. }) => {
                return Err(page.foreign(format!(
                    "the page{} is of the register of national documents, which are no documents of the Union; save \
                     the pages of the Union's register instead",
                    title(html).map(|title| format!(" \"{title}\"")).unwrap_or_default()
                )));
            }
            Some(register) if register.kind == self.kind => return Ok(()),
            Some(register) => match register.kind {
                DocumentKind::Certificate => "certificates; use the source kg-certificates",
                DocumentKind::Declaration => "declarations; use the source kg-declarations",
            },
        };
        Err(page.foreign(format!("the page is of the Kyrgyz register of {source}")))
    }

    fn read_table(&mut self, page: &Page, columns: &Columns, table: &Table) {
        let rows: Vec<&TableRow> = table.rows.iter().filter(|row| !row.is_a_remark()).collect();
        let numbers = rows.iter().map(|row| columns.text(row, Column::Number).trim());
        let lines = page.lines_of(numbers);
        for (line, row) in lines.into_iter().zip(rows) {
            let row = match self.document(columns, row) {
                Ok(document) => Row::Document(Box::new(document)),
                Err(reason) => Row::Rejected(RejectedRow::new(reason, &raw(row))),
            };
            self.waiting.push_back((line, row));
        }
    }

    fn document(&self, columns: &Columns, row: &TableRow) -> Result<Document, String> {
        if row.cells.len() != columns.count() {
            return Err(format!(
                "the row has {} cells, the header {}",
                row.cells.len(),
                columns.count()
            ));
        }
        let text = |column| columns.text(row, column);
        let in_column =
            |column, error: days::NotADay| format!("column \"{}\": {error}", columns.heading(column));
        let number = folded(text(Column::Number));
        if let NumberFamily::Kyrgyzstan { kind } = NumberFamily::of(&number)
            && kind != self.kind
        {
            return Err(format!("the number `{number}` is that of a {}", kind.key()));
        }
        let registered_on = days::day(text(Column::RegisteredOn))
            .map_err(|error| in_column(Column::RegisteredOn, error))?
            .ok_or_else(|| format!("column \"{}\" is empty", columns.heading(Column::RegisteredOn)))?;
        let status_label = folded(text(Column::Status));
        let product = folded(text(Column::Product));
        let document = Document {
            registry: match self.kind {
                DocumentKind::Certificate => Registry::KgCertificates,
                DocumentKind::Declaration => Registry::KgDeclarations,
            },
            source_id: None,
            number,
            kind: self.kind,
            status: Status::of_label(&status_label),
            status_label,
            registered_on,
            valid_until: days::end_of_validity(text(Column::ValidUntil))
                .map_err(|error| in_column(Column::ValidUntil, error))?,
            applicant: texts::party(text(Column::Applicant)),
            manufacturer: texts::party(text(Column::Manufacturer)),
            technical_regulations: texts::technical_regulations(&product),
            product,
            tn_ved: markup::tn_ved(text(Column::TnVed)),
            scheme: None,
            certification_body: None,
            url: row
                .cells
                .iter()
                .find_map(|cell| record_page(cell.link.as_deref()?)),
        };
        canonical(document).map_err(|implausible| implausible.to_string())
    }
}

impl RowReader for ResultPages {
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

/// Which register a page is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Register {
    kind: DocumentKind,
    /// Documents under Kyrgyzstan's own regulations.
    national: bool,
}

impl Register {
    /// By the search form, which every page of a register has, even one without results.
    fn of(html: &Html) -> Option<Self> {
        markup::elements(html.root_element())
            .filter(|element| element.value().name() == "form")
            .find_map(|form| {
                let action = form.attr("action")?.to_ascii_lowercase();
                let kind = if action.contains("/certificateofconformity") {
                    DocumentKind::Certificate
                } else if action.contains("/declarationofconformity") {
                    DocumentKind::Declaration
                } else {
                    return None;
                };
                Some(Self {
                    kind,
                    national: action.contains("-national"),
                })
            })
    }

    /// By the heading of the status, when only the table was saved.
    fn of_headings(headings: &[String]) -> Option<Self> {
        let headings: Vec<String> = headings.iter().map(|text| markup::heading(text)).collect();
        let kind = if headings.iter().any(|text| text == "статусдекларации") {
            DocumentKind::Declaration
        } else if headings.iter().any(|text| text == "статуссертификата") {
            DocumentKind::Certificate
        } else {
            return None;
        };
        Some(Self {
            kind,
            national: false,
        })
    }
}

fn title(html: &Html) -> Option<String> {
    let title = markup::elements(html.root_element()).find(|element| element.value().name() == "title")?;
    let text = folded(&title.text().collect::<String>());
    let shown: String = text.chars().take(100).collect();
    (!shown.is_empty()).then_some(shown)
}

/// The record's page; saved pages may carry the whole address or its path only.
fn record_page(link: &str) -> Option<String> {
    let (_, id) = link.split_once("/Doc/")?;
    let id = id.split(['?', '#']).next()?;
    let plausible = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    plausible.then(|| format!("https://swis.trade.kg/Doc/{id}"))
}

/// The row as it could stand in a text file.
fn raw(row: &TableRow) -> String {
    let cells: Vec<String> = row.cells.iter().map(|cell| folded(&cell.text)).collect();
    cells.join(" | ")
}

#[cfg(test)]
mod tests;
