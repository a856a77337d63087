//! A table as a file: page after page, from the columns that the screen shows, in constant memory.

use crate::address::Address;
use crate::open::{Monitor, ScreenRefused};
use crate::table::{EXPORT_ROWS, Table};
use crate::viewer::Viewer;
use certlens_domain::language::Language;
use chrono::NaiveDate;
use futures::Stream;

/// What is exported, for whom.
#[derive(Debug, Clone)]
pub struct TableExport {
    /// Who wants it.
    pub viewer: Viewer,
    /// The screen with its filters and order.
    pub address: Address,
    /// The table within it.
    pub table: String,
    /// The language of headings and words.
    pub language: Language,
    /// The day of the answer, UTC.
    pub today: NaiveDate,
}

/// Why a file could not be made, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A page could not be read.
    #[error(transparent)]
    Screen(#[from] ScreenRefused),
    /// The screen has no such table, or it is none for a file.
    #[error("there is no table {0:?} that could be exported on this screen")]
    NoTable(String),
    /// A page that does not lead on would never end.
    #[error("the table's pages do not end")]
    Endless,
    /// Rows could not be written as CSV.
    #[error("rows could not be written")]
    Csv(#[from] csv::Error),
}

/// What is left to be written.
enum Rest {
    First,
    From(Address),
    Nothing,
}

impl Monitor {
    /// The whole table as pieces of CSV (UTF-8 with a mark, separated by semicolons: spreadsheets of both languages open it). The
    /// first piece comes only when the first page was read, so that a refusal can be explained.
    pub fn export(
        &self,
        export: TableExport,
    ) -> impl Stream<Item = Result<Vec<u8>, ExportError>> + Send + use<> {
        let monitor = self.clone();
        futures::stream::try_unfold(
            (monitor, export, Rest::First),
            |(monitor, export, rest)| async move {
                let (address, is_first) = match rest {
                    Rest::First => (export.address.clone(), true),
                    Rest::From(address) => (address, false),
                    Rest::Nothing => return Ok(None),
                };
                let table = monitor
                    .page(
                        &export.viewer,
                        &address,
                        &export.table,
                        export.language,
                        export.today,
                        EXPORT_ROWS,
                    )
                    .await?
                    .ok_or_else(|| ExportError::NoTable(export.table.clone()))?;
                let piece = csv(&table, is_first)?;
                let rest = match &table.next {
                    Some(next) if address.cursor() == Some(next) => return Err(ExportError::Endless),
                    Some(next) => Rest::From(address.at(next)),
                    None => Rest::Nothing,
                };
                Ok(Some((piece, (monitor, export, rest))))
            },
        )
    }
}

fn csv(table: &Table, with_heading: bool) -> Result<Vec<u8>, ExportError> {
    let mut bytes = Vec::new();
    if with_heading {
        bytes.extend_from_slice("\u{feff}".as_bytes());
    }
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(bytes);
    if with_heading {
        writer.write_record(table.columns.iter().map(|column| safe(&column.title)))?;
    }
    for row in &table.rows {
        writer.write_record(row.cells.iter().map(|cell| safe(&cell.plain())))?;
    }
    writer
        .into_inner()
        .map_err(|error| ExportError::Csv(csv::Error::from(error.into_error())))
}

/// A text that a spreadsheet does not take for a formula: what others wrote must not calculate.
fn safe(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err() {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Cell, Column, Row};

    #[test]
    fn file_has_the_columns_of_the_screen_and_no_formulas() {
        let mut table = Table::new(
            "people",
            "People",
            vec![Column::text("name", "Name"), Column::number("count", "Count")],
            "",
        );
        table.rows.push(Row::new(
            "1",
            vec![Cell::Text("=HYPERLINK(\"x\")".to_owned()), Cell::Number(-3)],
        ));

        let written = String::from_utf8(csv(&table, true).unwrap()).unwrap();

        assert_eq!(written, "\u{feff}Name;Count\n\"'=HYPERLINK(\"\"x\"\")\";-3\n");
    }
}
