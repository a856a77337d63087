//! Which cell of a record holds what: columns found by their titles, in both generations of both dumps.

use crate::ImportSource;
use crate::{FormatError, FormatProblem};
use csv::StringRecord;

/// A column that is taken over. Addresses and the like are read for what they tell besides, and are not stored.
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
    /// Legal entity, sole trader, foreigner.
    ApplicantType,
    /// Manufacturer, seller, authorised person; the first generation may have the type here.
    ApplicantKind,
    /// Only for the country at its beginning.
    ApplicantAddress,
    ManufacturerType,
    ManufacturerCountry,
    /// Only for the country at its beginning.
    ManufacturerAddress,
    Scheme,
    Group,
    /// The body's number in the register of accredited persons.
    Body,
    BodyName,
    Origin,
    Product,
    Designation,
    Codes,
    SelfRegistered,
    /// Only to tell why a row has no number.
    TemporaryNumber,
}

/// Column; its titles in the second generation among declarations and certificates, in the first among declarations
/// and certificates, empty where there is none. The first twelve must be there.
#[rustfmt::skip]
const TITLES: [(Column, [&str; 4]); 28] = [
    (Column::Id, ["id", "id", "id_decl", "id_cert"]),
    (Column::Status, ["Статус", "Статус", "decl_status", "cert_status"]),
    (Column::Number, ["Номер ДС", "Номер СС", "reg_number", "reg_number"]),
    (Column::RegisteredOn, ["Дата рег", "Дата рег", "date_beginning", "date_begining"]),
    (Column::ValidUntil, ["Срок действия", "Срок действия", "date_finish", "date_finish"]),
    (Column::TechnicalRegulations, ["Тех регламенты", "Тех регламенты", "product_tech_reg", "product_tech_reg"]),
    (Column::Applicant, ["Заявитель", "Заявитель", "applicant_name", "applicant_name"]),
    (Column::ApplicantInn, ["ИНН Заявителя", "ИНН заявителя", "applicant_inn", "applicant_inn"]),
    (Column::ApplicantOgrn, ["ОГРН Заявителя", "ОГРН заявителя", "applicant_ogrn", "applicant_ogrn"]),
    (Column::Manufacturer, ["Изготовитель", "Изготовитель", "manufacturer_name", "manufacturer_name"]),
    (Column::ManufacturerInn, ["ИНН производителя", "ИНН изготовителя", "manufacturer_inn", "manufacturer_inn"]),
    (Column::ManufacturerOgrn, ["ОГРН изготовителя", "ОГРН изготовителя", "manufacturer_ogrn", "manufacturer_ogrn"]),
    (Column::ApplicantType, ["Тип заявителя", "Тип заявителя", "applicant_type", "applicant_type"]),
    (Column::ApplicantKind, ["Тип декларанта", "Вид заявителя", "person_applicant_type", "person_applicant_type"]),
    (Column::ApplicantAddress, ["Адрес Заявителя", "Адрес заявителя", "applicant_address", "applicant_address"]),
    (Column::ManufacturerType, ["Тип изготовителя", "Тип изготовителя", "manufacturer_type", "manufacturer_type"]),
    (Column::ManufacturerCountry, ["", "", "manufacturer_country", "manufacturer_country"]),
    (Column::ManufacturerAddress, ["Адрес изготовителя", "Адрес изготовителя", "manufacturer_address", "manufacturer_address"]),
    (Column::Scheme, ["Схема", "Схема", "declaration_scheme", "product_scheme"]),
    (Column::Group, ["Группа продукции", "Группа продукции", "product_group", "product_group"]),
    (Column::Body, ["ОС", "ОС", "organ_to_certification_reg_number", "organ_to_certification_reg_number"]),
    (Column::BodyName, ["", "", "organ_to_certification_name", "organ_to_certification_name"]),
    (Column::Origin, ["Происхождение продукции", "Происх продукции", "", ""]),
    (Column::Product, ["Полное наименование", "Полное наименование продукции", "product_name", "product_name"]),
    (Column::Designation, ["Обозначение", "Обозначение продукции", "asproduct_info", "product_info"]),
    (Column::Codes, ["Коды ОКПД2 / ТНВЭД", "Коды ОКПД2/ТНВЭД", "product_tn_ved", "product_tn_ved"]),
    (Column::SelfRegistered, ["Зарег Заявителем (СРД)", "Зарег Заявителем (СРД)", "", ""]),
    (Column::TemporaryNumber, ["Временный номер декл", "Временный номер СС", "", ""]),
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
    pub(super) fn find(source: ImportSource, titles: &[String]) -> Result<Self, FormatError> {
        let normalised: Vec<String> = titles.iter().map(|title| normal(title)).collect();
        let own = own_titles(source, &normalised);
        // The dumps mix both vocabularies ("ИНН производителя" and "изготовителя", `date_begining`), so the title of
        // the other dump will do as well, but for what tells the dumps apart.
        let other = own ^ 1;
        let place = |column: Column, titles: &[&str; 4]| {
            let telling = matches!(column, Column::Id | Column::Status | Column::Number);
            let wanted = [titles[own], if telling { titles[own] } else { titles[other] }];
            wanted
                .iter()
                .filter(|wanted| !wanted.is_empty())
                .find_map(|wanted| normalised.iter().position(|title| *title == normal(wanted)))
        };
        let places: Vec<Option<usize>> = TITLES
            .iter()
            .map(|(column, titles)| place(*column, titles))
            .collect();
        let missing: Vec<&'static str> = TITLES
            .iter()
            .zip(&places)
            .take(REQUIRED)
            .filter(|(_, place)| place.is_none())
            .map(|((_, titles), _)| titles[own])
            .collect();
        if missing.is_empty() {
            return Ok(Self {
                places,
                titles: titles.to_vec(),
            });
        }
        let hint = hint(source, &normalised);
        Err(FormatError::at_line(1, FormatProblem::Columns { missing, hint }))
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
            .and_then(|place| self.titles.get(place))
            .map(String::as_str)
            .unwrap_or_default()
    }

    /// The place of a column in this file.
    pub(super) fn place(&self, column: Column) -> Option<usize> {
        // The order of the enum is that of the table; a test holds them together.
        self.places.get(column as usize).copied().flatten()
    }
}

/// Which titles of [`TITLES`] are the source's in a file with these columns.
fn own_titles(source: ImportSource, titles: &[String]) -> usize {
    let certificates = usize::from(source == ImportSource::FsaCertificates);
    let first_generation = titles
        .iter()
        .any(|title| matches!(title.as_str(), "iddecl" | "idcert" | "regnumber"));
    certificates + if first_generation { 2 } else { 0 }
}

/// Lower case, `ё` as `е`, letters and digits only.
pub(super) fn normal(title: &str) -> String {
    title
        .chars()
        .flat_map(char::to_lowercase)
        .map(|letter| if letter == 'ё' { 'е' } else { letter })
        .filter(|letter| letter.is_alphanumeric())
        .collect()
}

/// What a file without the right columns seems to be.
fn hint(source: ImportSource, titles: &[String]) -> String {
    let has = |wanted: [&str; 2]| titles.iter().any(|title| wanted.contains(&title.as_str()));
    if source != ImportSource::FsaCertificates && has(["номерсс", "idcert"]) {
        "these are the columns of certificates: use the source fsa-certificates".to_owned()
    } else if source != ImportSource::FsaDeclarations && has(["номердс", "iddecl"]) {
        "these are the columns of declarations: use the source fsa-declarations".to_owned()
    } else if titles.first().is_some_and(|title| title.starts_with("registry")) {
        "these look like JSON lines: use the source jsonl".to_owned()
    } else {
        "give the CSV of Rosaccreditation's open data as published, with its first line".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(titles: &[&str]) -> Vec<String> {
        titles.iter().map(|title| (*title).to_owned()).collect()
    }

    #[test]
    fn order_of_the_table_is_that_of_the_enum() {
        for (place, (column, _)) in TITLES.iter().enumerate() {
            assert_eq!(*column as usize, place);
        }
    }

    #[test]
    fn columns_are_found_by_title_in_any_order_and_spelling() {
        let titles = titles(&[
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
        ]);
        let columns = Columns::find(ImportSource::FsaDeclarations, &titles).unwrap();
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
        let header = titles(&["id", "Статус", "Номер СС", "Дата рег"]);
        let error = Columns::find(ImportSource::FsaDeclarations, &header)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("\"Номер ДС\"") && error.contains("fsa-certificates"),
            "{error}"
        );
    }

    #[test]
    fn missing_columns_of_the_first_generation_are_named_in_its_words() {
        let header = titles(&["id_cert", "cert_status", "reg_number"]);
        let find = |source| Columns::find(source, &header).unwrap_err().to_string();
        let error = find(ImportSource::FsaCertificates);
        assert!(
            error.contains("\"date_begining\"") && !error.contains("\"id_cert\""),
            "{error}"
        );
        assert!(find(ImportSource::FsaDeclarations).contains("use the source fsa-certificates"));
    }
}
