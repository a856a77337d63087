//! Dumps of Rosaccreditation, second generation: CSV with Russian titles, one row a document.
//!
//! Columns are found by title, not by place; delimiter and encoding are recognised. The traps of the cells are
//! handled in [`cells`]; columns with personal data (addresses, phones, experts) are not taken over.

pub(crate) mod cells;
mod columns;
mod countries;
mod headings;

use super::canonical::{canonical, folded};
use super::text::TextReader;
use super::{FormatError, FormatProblem, RejectedRow, Row, RowReader};
use crate::ImportSource;
use certlens_domain::document::Document;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use columns::{Column, Columns};
use csv::StringRecord;

/// Reads one document from each record.
pub(super) struct FsaDump {
    csv: csv::Reader<TextReader>,
    columns: Columns,
    delimiter: u8,
    registry: Registry,
    record: StringRecord,
    /// Line and number of cells of the last record.
    last_line: u64,
    last_cells: usize,
}

impl FsaDump {
    /// Recognises the delimiter and finds the columns.
    pub(super) fn open(source: ImportSource, text: TextReader) -> Result<Self, FormatError> {
        let registry = match source {
            ImportSource::FsaCertificates => Registry::RfCertificates,
            _ => Registry::RfDeclarations,
        };
        let delimiter = columns::delimiter(text.peek());
        let mut csv = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .from_reader(text);
        let header = csv.headers().map_err(|error| csv_error(error, 1))?.clone();
        let columns = Columns::find(source, &header)?;
        csv.get_mut().row_ended();
        Ok(Self {
            csv,
            last_line: 1,
            last_cells: columns.count(),
            columns,
            delimiter,
            registry,
            record: StringRecord::new(),
        })
    }

    /// The record as it could stand in the file.
    fn raw(&self) -> String {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.delimiter)
            .from_writer(Vec::new());
        let written = writer.write_record(&self.record).is_ok();
        let bytes = writer.into_inner().unwrap_or_default();
        let text = String::from_utf8(bytes).unwrap_or_default();
        if written {
            text.trim_end().to_owned()
        } else {
            String::new()
        }
    }

    fn row(&self) -> Row {
        let document = if self.record.len() == self.columns.count() {
            self.document()
        } else {
            Err(format!(
                "the row has {} cells, the header {}",
                self.record.len(),
                self.columns.count()
            ))
        };
        match document {
            Ok(document) => Row::Document(Box::new(document)),
            Err(reason) => Row::Rejected(RejectedRow {
                reason,
                raw: self.raw(),
            }),
        }
    }

    fn document(&self) -> Result<Document, String> {
        let cell = |column| self.columns.cell(&self.record, column);
        let title = |column| self.columns.title(column);
        let date = |column| {
            cells::date(cell(column)).map_err(|error| format!("column \"{}\": {error}", title(column)))
        };
        let registered_on = date(Column::RegisteredOn)?
            .ok_or_else(|| format!("column \"{}\" is empty", title(Column::RegisteredOn)))?;
        let valid_until = if cells::says_no_limit(cell(Column::ValidUntil)) {
            None
        } else {
            date(Column::ValidUntil)?.filter(|end| cells::is_a_limit(*end))
        };
        let id = folded(cell(Column::Id));
        let (kind, url) = match self.registry {
            Registry::RfCertificates => (
                DocumentKind::Certificate,
                format!("https://pub.fsa.gov.ru/rss/certificate/view/{id}/baseInfo"),
            ),
            _ => (
                DocumentKind::Declaration,
                format!("https://pub.fsa.gov.ru/rds/declaration/view/{id}/common"),
            ),
        };
        let manufacturer_countries = [cell(Column::ManufacturerAddress), cell(Column::Origin)];
        let document = Document {
            registry: self.registry,
            url: (!id.is_empty() && id.bytes().all(|digit| digit.is_ascii_digit())).then_some(url),
            source_id: Some(id),
            number: cell(Column::Number).to_owned(),
            kind,
            status: Status::of_label(cell(Column::Status)),
            status_label: cell(Column::Status).to_owned(),
            registered_on,
            valid_until,
            applicant: cells::party(
                cell(Column::Applicant),
                cell(Column::ApplicantType),
                cell(Column::ApplicantInn),
                cell(Column::ApplicantOgrn),
                &[cell(Column::ApplicantAddress)],
            ),
            manufacturer: cells::party(
                cell(Column::Manufacturer),
                cell(Column::ManufacturerType),
                cell(Column::ManufacturerInn),
                cell(Column::ManufacturerOgrn),
                &manufacturer_countries,
            ),
            technical_regulations: cells::list(cell(Column::TechnicalRegulations))
                .map(str::to_owned)
                .collect(),
            product: cells::first_filled(&[
                cell(Column::Product),
                cell(Column::Designation),
                cell(Column::Group),
            ])
            .to_owned(),
            tn_ved: cells::tn_ved(cell(Column::Codes)),
            scheme: cells::scheme(cell(Column::Scheme)),
            certification_body: cells::certification_body(cell(Column::Body), cell(Column::SelfRegistered)),
        };
        canonical(document).map_err(|implausible| implausible.to_string())
    }

    /// After the last record: the error when the file was cut off inside it. Records that merely have a wrong number
    /// of cells are rejected one by one, but an open quotation mark or a missing line end beside it is a cut.
    fn expect_whole_file(&self) -> Result<(), FormatError> {
        let text = self.csv.get_ref();
        let wrong = self.last_cells != self.columns.count();
        let open = text.has_open_quote();
        let ended = text.ended_with_a_line();
        if !((wrong && (open || !ended)) || (open && !ended)) {
            return Ok(());
        }
        let column = self.columns.title_at(self.last_cells.saturating_sub(1));
        Err(FormatError {
            line: Some(self.last_line),
            column: column.map(|title| format!("\"{title}\"")),
            problem: FormatProblem::Truncated,
        })
    }
}

impl RowReader for FsaDump {
    fn next_row(&mut self) -> Result<Option<(u64, Row)>, FormatError> {
        let line = self.csv.position().line();
        let read = self.csv.read_record(&mut self.record);
        if !read.map_err(|error| csv_error(error, line))? {
            self.expect_whole_file()?;
            return Ok(None);
        }
        self.csv.get_mut().row_ended();
        self.last_line = self.record.position().map_or(line, csv::Position::line);
        self.last_cells = self.record.len();
        Ok(Some((self.last_line, self.row())))
    }

    fn bytes_read(&self) -> u64 {
        self.csv.get_ref().bytes_read()
    }
}

fn csv_error(error: csv::Error, line: u64) -> FormatError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => {
            let error = FormatError::from_reading(error);
            FormatError {
                line: error.line.or(Some(line)),
                ..error
            }
        }
        // The reader takes rows of any length and sees valid UTF-8 only, so nothing else can happen.
        other => FormatError::at_line(
            line,
            FormatProblem::Reading(std::io::Error::other(format!("{other:?}"))),
        ),
    }
}

#[cfg(test)]
mod tests;
