//! The columns of a file: their titles in both languages, and what stands in them.
//!
//! The same for CSV and XLSX. Identifiers and codes are texts: as numbers, spreadsheets would round them and eat their
//! leading zeros.

use certlens_app::catalogue::Texts;
use certlens_domain::document::Party;
use certlens_domain::documents_page::{FoundDocument, MatchBasis};
use certlens_domain::language::Language;
use chrono::NaiveDate;
use std::borrow::Cow;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Registry,
    Kind,
    Number,
    Status,
    RegistryStatus,
    RfStatus,
    RegisteredOn,
    ValidUntil,
    Applicant(Of),
    Manufacturer(Of),
    Product,
    TnVed,
    TechnicalRegulations,
    Scheme,
    CertificationBody,
    Role,
    MatchBasis,
    Url,
}

/// What of a party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Name,
    Country,
    Inn,
    Ogrn,
    Bin,
    Unp,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    Text(Cow<'a, str>),
    Day(NaiveDate),
    Empty,
}

impl Column {
    /// All columns in their order: what a reader looks for first comes first.
    pub(super) const ALL: [Self; 28] = [
        Self::Number,
        Self::Kind,
        Self::Status,
        Self::RegisteredOn,
        Self::ValidUntil,
        Self::Registry,
        Self::RegistryStatus,
        Self::RfStatus,
        Self::Role,
        Self::Applicant(Of::Name),
        Self::Applicant(Of::Inn),
        Self::Applicant(Of::Ogrn),
        Self::Applicant(Of::Bin),
        Self::Applicant(Of::Unp),
        Self::Applicant(Of::Country),
        Self::Manufacturer(Of::Name),
        Self::Manufacturer(Of::Inn),
        Self::Manufacturer(Of::Ogrn),
        Self::Manufacturer(Of::Bin),
        Self::Manufacturer(Of::Unp),
        Self::Manufacturer(Of::Country),
        Self::Product,
        Self::TnVed,
        Self::TechnicalRegulations,
        Self::Scheme,
        Self::CertificationBody,
        Self::MatchBasis,
        Self::Url,
    ];

    /// The title.
    pub(super) const fn title(self, language: Language) -> &'static str {
        let (ru, en) = self.titles();
        match language {
            Language::Ru => ru,
            Language::En => en,
        }
    }

    const fn titles(self) -> (&'static str, &'static str) {
        match self {
            Self::Registry => ("Реестр", "Registry"),
            Self::Kind => ("Вид", "Kind"),
            Self::Number => ("Номер", "Number"),
            Self::Status => ("Статус на дату выгрузки", "Status on the day of export"),
            Self::RegistryStatus => ("Статус в реестре", "Status in the registry"),
            Self::RfStatus => ("Статус на территории РФ", "Status on Russia's territory"),
            Self::RegisteredOn => ("Дата регистрации", "Registered on"),
            Self::ValidUntil => ("Действует до", "Valid until"),
            Self::Applicant(Of::Name) => ("Заявитель", "Applicant"),
            Self::Applicant(Of::Country) => ("Страна заявителя", "Applicant's country"),
            Self::Applicant(Of::Inn) => ("ИНН заявителя", "Applicant's INN"),
            Self::Applicant(Of::Ogrn) => ("ОГРН заявителя", "Applicant's OGRN"),
            Self::Applicant(Of::Bin) => ("БИН/ИИН заявителя", "Applicant's BIN/IIN"),
            Self::Applicant(Of::Unp) => ("УНП заявителя", "Applicant's UNP"),
            Self::Manufacturer(Of::Name) => ("Изготовитель", "Manufacturer"),
            Self::Manufacturer(Of::Country) => ("Страна изготовителя", "Manufacturer's country"),
            Self::Manufacturer(Of::Inn) => ("ИНН изготовителя", "Manufacturer's INN"),
            Self::Manufacturer(Of::Ogrn) => ("ОГРН изготовителя", "Manufacturer's OGRN"),
            Self::Manufacturer(Of::Bin) => ("БИН/ИИН изготовителя", "Manufacturer's BIN/IIN"),
            Self::Manufacturer(Of::Unp) => ("УНП изготовителя", "Manufacturer's UNP"),
            Self::Product => ("Продукция", "Product"),
            Self::TnVed => ("Коды ТН ВЭД ЕАЭС", "TN VED codes"),
            Self::TechnicalRegulations => ("Технические регламенты", "Technical regulations"),
            Self::Scheme => ("Схема", "Scheme"),
            Self::CertificationBody => ("Орган по сертификации", "Certification body"),
            Self::Role => ("Роль контрагента", "Counterparty's role"),
            Self::MatchBasis => ("Как найден", "Found by"),
            Self::Url => ("Запись в реестре", "Official record"),
        }
    }

    /// The width in a workbook, in characters.
    pub(super) const fn width(self) -> u8 {
        match self {
            Self::Number => 34,
            Self::Kind | Self::RegisteredOn | Self::ValidUntil => 13,
            Self::Registry | Self::Status | Self::RegistryStatus | Self::RfStatus => 18,
            Self::Applicant(Of::Name) | Self::Manufacturer(Of::Name) => 40,
            Self::Applicant(Of::Country) | Self::Manufacturer(Of::Country) => 9,
            Self::Applicant(_) | Self::Manufacturer(_) | Self::Role => 16,
            Self::Product => 60,
            Self::TnVed | Self::TechnicalRegulations | Self::MatchBasis => 24,
            Self::Scheme => 9,
            Self::CertificationBody | Self::Url => 40,
        }
    }

    /// What a document has in this column.
    pub(super) fn cell(self, found: &FoundDocument, texts: Texts) -> Cell<'_> {
        let document = &found.document;
        match self {
            Self::Registry => word(texts.registry(document.registry)),
            Self::Kind => word(texts.kind(document.kind)),
            Self::Number => word(&document.number),
            Self::Status => word(texts.status_name(document.status)),
            Self::RegistryStatus => word(&document.status_label),
            Self::RfStatus => found
                .rf_status
                .map_or(Cell::Empty, |status| word(texts.status_name(status))),
            Self::RegisteredOn => Cell::Day(document.registered_on),
            Self::ValidUntil => document.valid_until.map_or(Cell::Empty, Cell::Day),
            Self::Applicant(of) => of.cell(&document.applicant),
            Self::Manufacturer(of) => of.cell(&document.manufacturer),
            Self::Product => word(&document.product),
            Self::TnVed => several(&document.tn_ved),
            Self::TechnicalRegulations => several(&document.technical_regulations),
            Self::Scheme => optional(document.scheme.as_ref()),
            Self::CertificationBody => optional(document.certification_body.as_ref()),
            Self::Role => word(texts.role_name(found.role)),
            Self::MatchBasis => word(match found.match_basis {
                MatchBasis::Id => by_number(texts.0),
                MatchBasis::IdInText => texts.matched_in_text(),
                MatchBasis::Bridge => texts.matched_by_pair(),
            }),
            Self::Url => optional(document.url.as_ref()),
        }
    }
}

impl Of {
    fn cell(self, party: &Party) -> Cell<'_> {
        match self {
            Self::Name => word(&party.name),
            Self::Country => optional(party.country.as_ref()),
            Self::Inn => optional(party.inn.as_ref()),
            Self::Ogrn => optional(party.ogrn.as_ref()),
            Self::Bin => optional(party.bin.as_ref()),
            Self::Unp => optional(party.unp.as_ref()),
        }
    }
}

const fn by_number(language: Language) -> &'static str {
    match language {
        Language::Ru => "по номеру",
        Language::En => "the number",
    }
}

fn word(text: &str) -> Cell<'_> {
    if text.is_empty() {
        Cell::Empty
    } else {
        Cell::Text(Cow::Borrowed(text))
    }
}

fn optional(text: Option<&String>) -> Cell<'_> {
    text.map_or(Cell::Empty, |text| word(text))
}

fn several(texts: &[String]) -> Cell<'_> {
    match texts {
        [] => Cell::Empty,
        [only] => word(only),
        several => Cell::Text(Cow::Owned(several.join(", "))),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use certlens_domain::document::Role;

    /// A found document with this id and product.
    pub(in crate::http::handover) fn found(id: &str, product: &str) -> FoundDocument {
        let document = serde_json::json!({
            "registry": "rf_declarations", "source_id": id, "number": format!("ЕАЭС N RU Д-CN.РА01.В.{id}/25"),
            "kind": "declaration", "status": "active", "status_label": "Действует", "registered_on": "2025-08-28",
            "valid_until": "2030-08-27", "applicant": {"name": "ООО «Пример»", "inn": "0100000001"},
            "technical_regulations": ["ТР ТС 004/2011", "ТР ТС 020/2011"], "product": product,
            "tn_ved": ["8516108000"]
        });
        FoundDocument {
            document: serde_json::from_value(document).unwrap(),
            key: id.to_owned(),
            role: Role::Applicant,
            match_basis: MatchBasis::Id,
            rf_status: None,
        }
    }

    #[test]
    fn every_column_has_a_title_of_its_own_in_both_languages() {
        for language in [Language::Ru, Language::En] {
            let mut titles: Vec<&str> = Column::ALL.iter().map(|column| column.title(language)).collect();
            titles.sort_unstable();
            titles.dedup();
            assert_eq!(titles.len(), Column::ALL.len());
        }
    }

    #[test]
    fn cells_hold_identifiers_as_texts_and_days_as_days() {
        let found = found("1", "Чайник");
        let cell = |column: Column| column.cell(&found, Texts(Language::Ru));

        assert_eq!(cell(Column::Applicant(Of::Inn)), Cell::Text("0100000001".into()));
        assert_eq!(
            cell(Column::RegisteredOn),
            Cell::Day(NaiveDate::from_ymd_opt(2025, 8, 28).unwrap())
        );
        assert_eq!(
            cell(Column::TechnicalRegulations),
            Cell::Text("ТР ТС 004/2011, ТР ТС 020/2011".into())
        );
        assert_eq!(cell(Column::RfStatus), Cell::Empty);
        assert_eq!(cell(Column::Status), Cell::Text("Действует".into()));
    }
}
