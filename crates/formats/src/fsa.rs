//! Dumps of Rosaccreditation, both generations: delimited text, one row a document.
//!
//! Columns are found by title, not by place; delimiter, quoting and encoding are recognised. The traps of the cells
//! are handled in [`cells`]; columns with personal data (addresses, phones, experts) are not taken over, and
//! [`personal`] keeps them out of rejected rows.

pub(crate) mod cells;
mod columns;
mod countries;
mod headings;
mod memory;
mod personal;

use super::canonical::{canonical, folded, regulation};
use super::text::TextReader;
use super::text::day::day;
use super::text::delimited::Delimited;
use super::{FormatError, RejectedRow, Row, RowReader};
use crate::ImportSource;
use cells::Named;
use certlens_domain::document::Document;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use columns::{Column, Columns};
use memory::Memory;
use personal::{Masks, without_contacts, without_mail};

/// Reads one document from each record.
pub(super) struct FsaDump {
    rows: Delimited,
    columns: Columns,
    masks: Masks,
    registry: Registry,
    statuses: Memory<Status>,
    regulations: Memory<Vec<String>>,
}

impl FsaDump {
    /// Recognises how the file is written and finds the columns.
    pub(super) fn open(source: ImportSource, text: TextReader) -> Result<Self, FormatError> {
        let rows = Delimited::open(text)?;
        let columns = Columns::find(source, rows.titles())?;
        Ok(Self {
            masks: Masks::of(rows.titles(), &columns),
            columns,
            rows,
            registry: match source {
                ImportSource::FsaCertificates => Registry::RfCertificates,
                _ => Registry::RfDeclarations,
            },
            statuses: Memory::new(),
            regulations: Memory::new(),
        })
    }

    fn row(&mut self) -> Row {
        let cells = self.rows.record().len();
        let document = if cells == self.columns.count() {
            self.document()
        } else {
            let titles = self.columns.count();
            Err(format!("the row has {cells} cells, the header {titles}"))
        };
        match document {
            Ok(document) => Row::Document(Box::new(document)),
            Err(reason) => {
                let shown = self.masks.shown(self.rows.record(), &self.columns);
                Row::Rejected(RejectedRow::new(reason, &self.rows.written(shown)))
            }
        }
    }

    fn document(&mut self) -> Result<Document, String> {
        let cell = |column| self.columns.cell(self.rows.record(), column);
        let title = |column| self.columns.title(column);
        let date =
            |column| day(cell(column)).map_err(|error| format!("column \"{}\": {error}", title(column)));
        let number = cell(Column::Number);
        let temporary = match number.trim() {
            "" => cell(Column::TemporaryNumber).trim(),
            number if cells::is_temporary(number) => number,
            _ => "",
        };
        if !temporary.is_empty() {
            return Err(format!(
                "the document has no number yet, only the temporary one {temporary:.60}, which is no document's number"
            ));
        }
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
        let applicant = Named {
            name: cell(Column::Applicant),
            types: [cell(Column::ApplicantType), cell(Column::ApplicantKind)],
            inn: cell(Column::ApplicantInn),
            ogrn: cell(Column::ApplicantOgrn),
            country: "",
            places: [cell(Column::ApplicantAddress), ""],
        };
        let manufacturer = Named {
            name: cell(Column::Manufacturer),
            types: [cell(Column::ManufacturerType), ""],
            inn: cell(Column::ManufacturerInn),
            ogrn: cell(Column::ManufacturerOgrn),
            country: cell(Column::ManufacturerCountry),
            places: [cell(Column::ManufacturerAddress), cell(Column::Origin)],
        };
        let body = cells::first_filled(&[cell(Column::Body), cell(Column::BodyName)]);
        let product = cells::first_filled(&[
            cell(Column::Product),
            cell(Column::Designation),
            cells::words(cell(Column::Group)),
        ]);
        let document = Document {
            registry: self.registry,
            url: (!id.is_empty() && id.bytes().all(|digit| digit.is_ascii_digit())).then_some(url),
            source_id: Some(id),
            number: number.to_owned(),
            kind,
            status: self.statuses.meaning(cell(Column::Status), cells::status),
            status_label: cell(Column::Status).to_owned(),
            registered_on,
            valid_until,
            applicant: applicant.party(),
            manufacturer: manufacturer.party(),
            technical_regulations: self
                .regulations
                .meaning(cell(Column::TechnicalRegulations), |cell| {
                    let named = cells::regulations(cell);
                    named.iter().filter_map(|text| regulation(text)).collect()
                }),
            product: without_mail(product).into_owned(),
            tn_ved: cells::tn_ved(cell(Column::Codes)),
            scheme: cells::scheme(cell(Column::Scheme)),
            certification_body: cells::certification_body(
                &without_contacts(body),
                cell(Column::SelfRegistered),
            ),
        };
        canonical(document).map_err(|implausible| implausible.to_string())
    }
}

impl RowReader for FsaDump {
    fn next_row(&mut self) -> Result<Option<(u64, Row)>, FormatError> {
        let line = self.rows.read_next()?;
        Ok(line.map(|line| (line, self.row())))
    }

    fn bytes_read(&self) -> u64 {
        self.rows.bytes_read()
    }
}

#[cfg(test)]
mod tests;
