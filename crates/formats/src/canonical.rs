//! The last step of every format: canonical spelling, and the checks that types cannot make.

use certlens_domain::document::{Document, Party};
use certlens_domain::identifier::with_leading_zeros;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::technical_regulation::TechnicalRegulation;
use chrono::{Datelike, NaiveDate};

/// The longest values that are believed: real numbers have up to 60 characters, real identifiers up to 20. They also
/// keep every key below what an index of Postgres takes.
const LONGEST_NUMBER: usize = 200;
const LONGEST_IDENTIFIER: usize = 40;

/// The registries were opened in the 1990s at the earliest; later than 2100 is a slip of the keyboard.
const REGISTRATION_YEARS: std::ops::RangeInclusive<i32> = 1990..=2100;
/// The last year that ClickHouse can store as a date.
const LAST_YEAR: i32 = 2299;

/// Why a document cannot be stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Implausible {
    /// No number.
    #[error("the document number is empty")]
    NoNumber,
    /// A value that is longer than any real one.
    #[error("{what} is longer than {limit} characters")]
    TooLong {
        /// Which value.
        what: &'static str,
        /// The longest that is believed, in characters.
        limit: usize,
    },
    /// A day of registration that cannot be.
    #[error("the registration date {0} is implausible; documents are registered from 1990 on")]
    RegistrationDate(NaiveDate),
    /// An end of validity that cannot be.
    #[error("the end of validity {0} is implausible")]
    EndOfValidity(NaiveDate),
    /// A kind that the registry does not hold.
    #[error("the registry `{registry}` holds no document of the kind `{}`", kind.key())]
    Kind {
        /// The registry.
        registry: Registry,
        /// The kind that it does not hold.
        kind: DocumentKind,
    },
    /// A character that the database does not take.
    #[error("a text contains the character NUL")]
    Nul,
}

/// Brings a document into canonical spelling, or says why it cannot be one.
pub fn canonical(mut document: Document) -> Result<Document, Implausible> {
    document.number = folded_text(document.number);
    document.source_id = filled(document.source_id);
    document.status_label = folded_text(document.status_label);
    document.product = folded_text(document.product);
    document.scheme = filled(document.scheme);
    document.certification_body = filled(document.certification_body);
    document.url = filled(document.url);
    document.applicant = canonical_party(document.applicant);
    document.manufacturer = canonical_party(document.manufacturer);
    document.technical_regulations = distinct(
        document
            .technical_regulations
            .iter()
            .filter_map(|text| regulation(text)),
    );
    document.tn_ved = distinct(document.tn_ved.into_iter().map(folded_text));
    check(&document)?;
    Ok(document)
}

fn check(document: &Document) -> Result<(), Implausible> {
    if document.number.is_empty() {
        return Err(Implausible::NoNumber);
    }
    let too_long = |what, limit| Err(Implausible::TooLong { what, limit });
    if document.number.chars().count() > LONGEST_NUMBER {
        return too_long("the document number", LONGEST_NUMBER);
    }
    if (document.source_id.iter()).any(|id| id.chars().count() > LONGEST_NUMBER) {
        return too_long("the registry's id of the row", LONGEST_NUMBER);
    }
    if document
        .identifiers()
        .any(|(_, value)| value.chars().count() > LONGEST_IDENTIFIER)
    {
        return too_long("an identifier", LONGEST_IDENTIFIER);
    }
    if !REGISTRATION_YEARS.contains(&document.registered_on.year()) {
        return Err(Implausible::RegistrationDate(document.registered_on));
    }
    if let Some(end) = document.valid_until
        && !(*REGISTRATION_YEARS.start()..=LAST_YEAR).contains(&end.year())
    {
        return Err(Implausible::EndOfValidity(end));
    }
    let only_kind = document.registry.only_kind();
    if only_kind.is_some_and(|kind| kind != document.kind) {
        return Err(Implausible::Kind {
            registry: document.registry,
            kind: document.kind,
        });
    }
    if texts(document).any(|text| text.contains('\0')) {
        return Err(Implausible::Nul);
    }
    Ok(())
}

/// Every text of a document.
fn texts(document: &Document) -> impl Iterator<Item = &str> {
    let own = [&document.number, &document.status_label, &document.product];
    let optional = [
        &document.source_id,
        &document.scheme,
        &document.certification_body,
        &document.url,
        &document.applicant.country,
        &document.manufacturer.country,
    ];
    let lists = document.technical_regulations.iter().chain(&document.tn_ved);
    own.into_iter()
        .chain([&document.applicant.name, &document.manufacturer.name])
        .chain(optional.into_iter().flatten())
        .chain(lists)
        .map(String::as_str)
        .chain(document.identifiers().map(|(_, value)| value))
}

fn canonical_party(party: Party) -> Party {
    Party {
        name: folded_text(party.name),
        country: filled(party.country).map(upper_case),
        inn: identifier(party.inn).map(|inn| {
            if inn.len() == 10 {
                inn
            } else {
                with_leading_zeros(&inn)
            }
        }),
        ogrn: identifier(party.ogrn),
        bin: identifier(party.bin),
        unp: identifier(party.unp),
        in_text: party.in_text,
    }
}

/// White space and hyphens inside an identifier mean nothing; one without a letter or digit is none.
fn identifier(text: Option<String>) -> Option<String> {
    let text = text?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text);
    }
    let value: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-')
        .flat_map(char::to_uppercase)
        .collect();
    value.contains(char::is_alphanumeric).then_some(value)
}

fn upper_case(text: String) -> String {
    if text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        text
    } else {
        text.to_uppercase()
    }
}

/// The code of a regulation named by code or by title in any spelling; an unknown one as written; `None` for nothing.
pub fn regulation(text: &str) -> Option<String> {
    if let Some(known) = TechnicalRegulation::all().iter().find(|known| known.code == text) {
        return Some(known.code.to_owned());
    }
    let text = folded(text);
    if text.is_empty() {
        return None;
    }
    let is_code = text.chars().count() <= 25 && text.contains('/');
    let known = if is_code {
        TechnicalRegulation::of_code(&text)
    } else {
        TechnicalRegulation::of_title(&text)
    };
    Some(known.map_or(text, |regulation| regulation.code.to_owned()))
}

/// Runs of white space as one space, none at the ends.
pub(crate) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

/// [`folded`] for a text that most often is so already: it is handed back as it is then.
fn folded_text(text: String) -> String {
    if is_folded(&text) { text } else { folded(&text) }
}

/// Whether a text has single spaces between its words and none at its ends. May say no of one that is, when it has a
/// character that resembles a space by its first bytes.
fn is_folded(text: &str) -> bool {
    let mut before = b' ';
    for byte in text.bytes() {
        let suspicious = match byte {
            b' ' => before == b' ',
            // U+0085 and U+00A0; the spaces of the blocks from U+2000; below, tabs and line ends, and the beginnings of
            // U+1680 and U+3000.
            0x85 | 0xA0 => before == 0xC2,
            0x80 | 0x81 => before == 0xE2,
            0x09..=0x0D | 0xE1 | 0xE3 => true,
            _ => false,
        };
        if suspicious {
            return false;
        }
        before = byte;
    }
    before != b' ' || text.is_empty()
}

fn filled(text: Option<String>) -> Option<String> {
    text.map(folded_text).filter(|text| !text.is_empty())
}

/// The values without empty ones and repetitions, in their order.
pub(crate) fn distinct(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for value in values {
        if !value.is_empty() && !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    proptest! {
        #[test]
        fn folding_in_place_is_folding(text in "[a-zА-я \\s\u{85}\u{a0}\u{1680}\u{2003}\u{2028}\u{202f}\u{205f}\u{3000}№«]{0,20}") {
            prop_assert_eq!(folded_text(text.clone()), folded(&text));
        }
    }

    fn document() -> Document {
        let line = r#"{"registry":"rf_declarations","source_id":"1","number":"ЕАЭС N RU Д-CN.РА01.В.12345/25",
            "kind":"declaration","status":"active","registered_on":"2025-08-28","valid_until":"2030-08-27",
            "applicant":{"name":"ООО","inn":"7707083893"}}"#;
        serde_json::from_str(line).unwrap()
    }

    fn refused(change: impl FnOnce(&mut Document)) -> String {
        let mut document = document();
        change(&mut document);
        canonical(document).unwrap_err().to_string()
    }

    #[test]
    fn sound_document_is_canonical_as_it_is() {
        assert_eq!(canonical(document()).unwrap(), document());
    }

    #[test]
    fn what_types_cannot_refuse_is_refused_with_its_reason() {
        let day = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        assert!(refused(|document| document.number = " \u{a0}".into()).contains("number is empty"));
        assert!(refused(|document| document.number = "9".repeat(201)).contains("longer than 200"));
        assert!(refused(|document| document.registered_on = day(25)).contains("registration date"));
        assert!(refused(|document| document.valid_until = Some(day(2300))).contains("end of validity"));
        assert!(refused(|document| document.kind = DocumentKind::Certificate).contains("`certificate`"));
        assert!(refused(|document| document.product = "a\0b".into()).contains("NUL"));
        assert!(refused(|document| document.applicant.ogrn = Some("1".repeat(41))).contains("identifier"));
    }

    #[test]
    fn identifiers_lose_spaces_and_regain_lost_zeros_and_empty_ones_vanish() {
        let mut document = document();
        document.applicant.inn = Some(" 814 162 716 ".into());
        document.applicant.ogrn = Some(" - ".into());
        let applicant = canonical(document).unwrap().applicant;
        assert_eq!(applicant.inn.as_deref(), Some("0814162716"));
        assert_eq!(applicant.ogrn, None);
    }

    #[rstest]
    #[case("")]
    #[case(" ")]
    #[case("a b")]
    #[case(" a")]
    #[case("a ")]
    #[case("a  b")]
    #[case("a\u{a0}b")]
    #[case("№ 5 «ёж» – Ааа")]
    fn text_is_folded_whether_or_not_it_was(#[case] text: &str) {
        assert_eq!(folded_text(text.to_owned()), folded(text));
        assert!(is_folded(&folded(text)) || folded(text).contains('–'));
    }

    #[rstest]
    #[case(
        "О безопасности продукции  предназначенной для детей и подростков",
        Some("ТР ТС 007/2011")
    )]
    #[case("TP TC 004/2011", Some("ТР ТС 004/2011"))]
    #[case("О неизвестном  предмете", Some("О неизвестном предмете"))]
    #[case("  ", None)]
    fn regulation_is_known_by_title_or_code_and_kept_as_written_otherwise(
        #[case] text: &str,
        #[case] code: Option<&str>,
    ) {
        assert_eq!(regulation(text).as_deref(), code);
    }

    #[test]
    fn regulation_named_twice_counts_once() {
        let mut document = document();
        document.technical_regulations =
            vec!["ТР ТС 004/2011".into(), "TP TC 004/2011".into(), String::new()];
        assert_eq!(
            canonical(document).unwrap().technical_regulations,
            ["ТР ТС 004/2011"]
        );
    }
}
