//! Personal data of the dumps: what is dropped at the door, and what a rejected row may still show.
//!
//! Source: facts on registries, "Personal data to drop on import": experts and their insurance numbers, directors,
//! phones, e-mail, addresses of sole traders. The document takes none of these columns; this module keeps them out of
//! the text of rejected rows and removes contacts that were typed into names.

use super::columns::{Column, Columns, normal};
use csv::StringRecord;
use std::borrow::Cow;

/// What stands in the place of a hidden cell.
const HIDDEN: &str = "…";

/// Parts of normalised titles of columns that hold personal data. All addresses are hidden: a sole trader's is his
/// home.
const PERSONAL: &[&str] = &[
    "address",
    "адрес",
    "phone",
    "телефон",
    "fax",
    "факс",
    "mail",
    "почт",
    "website",
    "director",
    "директор",
    "руковод",
    "headname",
    "fio",
    "фио",
    "expert",
    "эксперт",
    "signatory",
    "подпис",
    "snils",
    "снилс",
];

/// Which cells of a rejected row are hidden.
#[derive(Debug)]
pub(super) struct Masks {
    hidden: Vec<bool>,
    /// Cells before this one are neither personal nor names.
    safe: usize,
}

impl Masks {
    pub(super) fn of(titles: &[String], columns: &Columns) -> Self {
        let hidden: Vec<bool> = titles.iter().map(|title| is_personal(title)).collect();
        let names = [Column::Applicant, Column::Manufacturer].map(|column| columns.place(column));
        let safe = (0..titles.len())
            .find(|place| hidden[*place] || names.contains(&Some(*place)))
            .unwrap_or(titles.len());
        Self { hidden, safe }
    }

    /// The cells of a rejected row that may be shown. When the row has a wrong number of cells nobody knows which of
    /// them is which, so only its beginning is shown.
    pub(super) fn shown<'row>(
        &'row self,
        record: &'row StringRecord,
        columns: &'row Columns,
    ) -> Box<dyn Iterator<Item = Cow<'row, str>> + 'row> {
        if record.len() != columns.count() {
            let lost = columns.count().saturating_sub(record.len());
            let beginning = record
                .iter()
                .take(self.safe.saturating_sub(lost))
                .map(|cell| without_contacts(cell.lines().next().unwrap_or_default()));
            return Box::new(beginning.chain([Cow::Borrowed(HIDDEN)]));
        }
        let cell = |column| columns.cell(record, column);
        let persons = [
            (
                Column::Applicant,
                is_person(
                    [
                        cell(Column::ApplicantType),
                        cell(Column::ApplicantKind),
                        cell(Column::Applicant),
                    ],
                    cell(Column::ApplicantInn),
                    cell(Column::ApplicantOgrn),
                ),
            ),
            (
                Column::Manufacturer,
                is_person(
                    [cell(Column::ManufacturerType), "", cell(Column::Manufacturer)],
                    cell(Column::ManufacturerInn),
                    cell(Column::ManufacturerOgrn),
                ),
            ),
        ]
        .map(|(column, person)| columns.place(column).filter(|_| person));
        Box::new(record.iter().enumerate().map(move |(place, cell)| {
            let hidden = self.hidden[place] || persons.contains(&Some(place));
            if hidden && !cell.trim().is_empty() {
                Cow::Borrowed(HIDDEN)
            } else {
                without_contacts(cell)
            }
        }))
    }
}

fn is_personal(title: &str) -> bool {
    let title = normal(title);
    PERSONAL.iter().any(|part| title.contains(part))
}

/// Whether a party is a person, whose name is shown to nobody but the counterparty's readers.
fn is_person(texts: [&str; 3], inn: &str, ogrn: &str) -> bool {
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    let named = texts.iter().any(|text| {
        let text = text.to_lowercase();
        text.contains("предпринимател") || text.contains("физическ") || text.starts_with("ип ")
    });
    named || matches!(digits(inn), 11 | 12) || digits(ogrn) == 15
}

/// The text without e-mail addresses.
pub(super) fn without_mail(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'@', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let is_edge =
        |letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | '(' | ')' | '<' | '>' | ':');
    let kept = text
        .split_inclusive(is_edge)
        .map(|word| match word.trim_end_matches(is_edge) {
            address if is_mail(address) => &word[address.len()..],
            _ => word,
        });
    Cow::Owned(kept.collect())
}

fn is_mail(word: &str) -> bool {
    let address = word.split_once('@');
    address.is_some_and(|(user, server)| !user.is_empty() && server.contains('.'))
}

/// The text without e-mail addresses and phone numbers.
pub(super) fn without_contacts(text: &str) -> Cow<'_, str> {
    let text = without_mail(text);
    let is_marked = text.bytes().any(|byte| matches!(byte, b'+' | b'(' | b'-'));
    if !is_marked || text.bytes().filter(u8::is_ascii_digit).count() < PHONE_DIGITS {
        return text;
    }
    let is_phone_part =
        |letter: char| letter.is_ascii_digit() || matches!(letter, '+' | '(' | ')' | '-' | ' ');
    let mut kept = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while let Some(start) = rest.find(is_phone_part) {
        let end = rest[start..]
            .find(|letter| !is_phone_part(letter))
            .map_or(rest.len(), |length| start + length);
        let run = &rest[start..end];
        kept.push_str(&rest[..start]);
        kept.push_str(if is_phone(run) { " " } else { run });
        rest = &rest[end..];
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

/// A Russian phone number has ten digits after the 7 or 8.
const PHONE_DIGITS: usize = 10;

/// Eleven digits or ten, grouped by brackets, hyphens or a plus, unlike any number of a registry.
fn is_phone(run: &str) -> bool {
    let run = run.trim();
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    (PHONE_DIGITS..=PHONE_DIGITS + 3).contains(&digits)
        && (run.starts_with(['+', '(']) || (run.starts_with(['7', '8']) && run.contains(['(', '-'])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("ООО \"Ромашка\"  info@romashka.example", "ООО \"Ромашка\"  ")]
    #[case("ООО \"Ромашка\", тел: +7 (495) 123-45-67", "ООО \"Ромашка\", тел: ")]
    #[case(
        "ООО \"Ромашка\" 8-495-123-45-67; a@b.ru; Москва",
        "ООО \"Ромашка\" ; ; Москва"
    )]
    #[case("ОГРН 1197847051467", "ОГРН 1197847051467")]
    #[case("ГОСТ 31565-2012 (раздел 5)", "ГОСТ 31565-2012 (раздел 5)")]
    #[case("цена @ склад", "цена @ склад")]
    fn contacts_typed_into_a_text_are_removed_and_nothing_else(#[case] text: &str, #[case] kept: &str) {
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(squeezed(&without_contacts(text)), squeezed(kept));
    }

    #[rstest]
    #[case("applicant_phone", true)]
    #[case("manufacturer_address_filial", true)]
    #[case("organ_to_certification_head_name", true)]
    #[case("fio_expert", true)]
    #[case("Адрес Заявителя", true)]
    #[case("СНИЛС эксперта", true)]
    #[case("applicant_name", false)]
    #[case("Статус", false)]
    fn column_is_personal_by_its_title(#[case] title: &str, #[case] personal: bool) {
        assert_eq!(is_personal(title), personal);
    }
}
