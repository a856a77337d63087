//! Which cell of a record holds what: columns found by their titles.

use crate::ImportSource;
use crate::{FormatError, FormatProblem};
use csv::StringRecord;

/// A column that is taken over. The two dumps title some of them differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Id,
    Status,
    Number,
    RegisteredOn,
    ValidUntil,
    TechnicalRegulations,
    Applicant,
    ApplicantInn,
    ApplicantOgrn,
    Manufacturer,
    ManufacturerInn,
    ManufacturerOgrn,
    ApplicantType,
    /// Only for the country at its beginning; addresses are not stored.
    ApplicantAddress,
    ManufacturerType,
    /// Only for the country at its beginning.
    ManufacturerAddress,
    Scheme,
    Group,
    Body,
    Origin,
    Product,
    Designation,
    Codes,
    SelfRegistered,
}

/// Column, title among the declarations, title among the certificates; the first twelve must be there.
const TITLES: [(Column, &str, &str); 24] = [
    (Column::Id, "id", "id"),
    (Column::Status, "Статус", "Статус"),
    (Column::Number, "Номер ДС", "Номер СС"),
    (Column::RegisteredOn, "Дата рег", "Дата рег"),
    (Column::ValidUntil, "Срок действия", "Срок действия"),
    (Column::TechnicalRegulations, "Тех регламенты", "Тех регламенты"),
    (Column::Applicant, "Заявитель", "Заявитель"),
    (Column::ApplicantInn, "ИНН Заявителя", "ИНН заявителя"),
    (Column::ApplicantOgrn, "ОГРН Заявителя", "ОГРН заявителя"),
    (Column::Manufacturer, "Изготовитель", "Изготовитель"),
    (Column::ManufacturerInn, "ИНН производителя", "ИНН изготовителя"),
    (Column::ManufacturerOgrn, "ОГРН изготовителя", "ОГРН изготовителя"),
    (Column::ApplicantType, "Тип заявителя", "Тип заявителя"),
    (Column::ApplicantAddress, "Адрес Заявителя", "Адрес заявителя"),
    (Column::ManufacturerType, "Тип изготовителя", "Тип изготовителя"),
    (
        Column::ManufacturerAddress,
        "Адрес изготовителя",
        "Адрес изготовителя",
    ),
    (Column::Scheme, "Схема", "Схема"),
    (Column::Group, "Группа продукции", "Группа продукции"),
    (Column::Body, "ОС", "ОС"),
    (Column::Origin, "Происхождение продукции", "Происх продукции"),
    (
        Column::Product,
        "Полное наименование",
        "Полное наименование продукции",
    ),
    (Column::Designation, "Обозначение", "Обозначение продукции"),
    (Column::Codes, "Коды ОКПД2 / ТНВЭД", "Коды ОКПД2/ТНВЭД"),
    (
        Column::SelfRegistered,
        "Зарег Заявителем (СРД)",
        "Зарег Заявителем (СРД)",
    ),
];
const REQUIRED: usize = 12;

/// The places of the columns in this file.
#[derive(Debug)]
pub(super) struct Columns {
    /// In the order of [`TITLES`].
    places: Vec<Option<usize>>,
    titles: Vec<String>,
}

impl Columns {
    /// Finds the columns of the source, or says which are missing and what the file seems to be.
    pub(super) fn find(source: ImportSource, header: &StringRecord) -> Result<Self, FormatError> {
        let titles: Vec<String> = header
            .iter()
            .map(|title| title.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        let normalised: Vec<String> = titles.iter().map(|title| normal(title)).collect();
        let place = |declaration: &str, certificate: &str| {
            // The dumps mix both vocabularies ("ИНН производителя"), so either title will do, but for the number.
            let own = if source == ImportSource::FsaCertificates {
                certificate
            } else {
                declaration
            };
            let other = if source == ImportSource::FsaCertificates {
                declaration
            } else {
                certificate
            };
            let wanted = if own.starts_with("Номер") {
                [own, own]
            } else {
                [own, other]
            };
            wanted
                .iter()
                .find_map(|wanted| normalised.iter().position(|title| *title == normal(wanted)))
        };
        let places: Vec<Option<usize>> = TITLES
            .iter()
            .map(|(_, declaration, certificate)| place(declaration, certificate))
            .collect();
        let missing: Vec<&'static str> = TITLES
            .iter()
            .zip(&places)
            .take(REQUIRED)
            .filter(|(_, place)| place.is_none())
            .map(|((_, declaration, certificate), _)| match source {
                ImportSource::FsaCertificates => *certificate,
                _ => *declaration,
            })
            .collect();
        if missing.is_empty() {
            Ok(Self { places, titles })
        } else {
            Err(FormatError::at_line(
                1,
                FormatProblem::Columns {
                    missing,
                    hint: hint(source, &normalised),
                },
            ))
        }
    }

    /// Number of columns of the header.
    pub(super) fn count(&self) -> usize {
        self.titles.len()
    }

    /// The cell of a column; empty when the file has no such column.
    pub(super) fn cell<'record>(&self, record: &'record StringRecord, column: Column) -> &'record str {
        self.place(column)
            .and_then(|place| record.get(place))
            .unwrap_or_default()
    }

    /// The title of a column in this file.
    pub(super) fn title(&self, column: Column) -> &str {
        self.place(column)
            .and_then(|place| self.title_at(place))
            .unwrap_or_default()
    }

    /// The title of the column at a place.
    pub(super) fn title_at(&self, place: usize) -> Option<&str> {
        self.titles.get(place).map(String::as_str)
    }

    fn place(&self, column: Column) -> Option<usize> {
        // The order of the enum is that of the table; a test holds them together.
        self.places.get(column as usize).copied().flatten()
    }
}

/// Lower case, `ё` as `е`, letters and digits only.
fn normal(title: &str) -> String {
    title
        .chars()
        .flat_map(char::to_lowercase)
        .map(|letter| if letter == 'ё' { 'е' } else { letter })
        .filter(|letter| letter.is_alphanumeric())
        .collect()
}

/// What a file without the right columns seems to be.
fn hint(source: ImportSource, titles: &[String]) -> String {
    let has = |title: &str| titles.iter().any(|known| known == title);
    if source != ImportSource::FsaCertificates && has("номерсс") {
        "these are the columns of certificates: use the source fsa-certificates".to_owned()
    } else if source != ImportSource::FsaDeclarations && has("номердс") {
        "these are the columns of declarations: use the source fsa-declarations".to_owned()
    } else if has("iddecl") || has("idcert") {
        "this is the first generation of the dump, which this version does not read; \
         take a file published since 2025"
            .to_owned()
    } else if titles.first().is_some_and(|title| title.starts_with("registry")) {
        "these look like JSON lines: use the source jsonl".to_owned()
    } else {
        "give the CSV of Rosaccreditation's open data as published, with its first line".to_owned()
    }
}

/// The delimiter: the one that stands most often in the first line, outside quotation marks.
pub(super) fn delimiter(text: &[u8]) -> u8 {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_the_table_is_that_of_the_enum() {
        for (place, (column, _, _)) in TITLES.iter().enumerate() {
            assert_eq!(*column as usize, place);
        }
    }

    #[test]
    fn delimiter_is_recognised_outside_quotation_marks() {
        assert_eq!(delimiter(b"\"id;;;;\",\"b\"\n1;2;3;4"), b',');
        assert_eq!(delimiter(b"id;\"a,b,c\";c\n"), b';');
        assert_eq!(delimiter(b"id|b|c"), b'|');
        assert_eq!(delimiter(b"id\tb\tc"), b'\t');
        assert_eq!(delimiter(b"id"), b',');
    }

    #[test]
    fn columns_are_found_by_title_in_any_order_and_spelling() {
        let titles = [
            "ОГРН изготовителя",
            "инн  производителя",
            "ИЗГОТОВИТЕЛЬ",
            "ОГРН Заявителя",
            "ИНН заявителя",
            "Заявитель",
            "Тех. регламенты",
            "Срок действия",
            "Дата рег.",
            "Номер ДС",
            "Статус",
            "ID",
            "Новый столбец",
        ];
        let columns = Columns::find(
            ImportSource::FsaDeclarations,
            &StringRecord::from(titles.to_vec()),
        )
        .unwrap();
        let record = StringRecord::from((0..13).map(|place| place.to_string()).collect::<Vec<_>>());
        assert_eq!(columns.cell(&record, Column::Id), "11");
        assert_eq!(columns.cell(&record, Column::ManufacturerInn), "1");
        assert_eq!(
            columns.cell(&record, Column::Product),
            "",
            "a column that is not there"
        );
    }

    #[test]
    fn missing_columns_are_named_and_the_other_source_is_recognised() {
        let header = StringRecord::from(vec!["id", "Статус", "Номер СС", "Дата рег"]);
        let error = Columns::find(ImportSource::FsaDeclarations, &header)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("\"Номер ДС\"") && error.contains("fsa-certificates"),
            "{error}"
        );
    }
}
