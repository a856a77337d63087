//! What stands inside texts of Kyrgyz pages: identifiers of the parties, and technical regulations of the product.
//!
//! `ОБЩЕСТВО … "СМД", ОГРН 1197847051467` is the only place where the register names a foreign company's number.

use crate::canonical::{distinct, folded};
use certlens_domain::document::Party;
use regex::{Captures, Regex};
use std::ops::Range;
use std::sync::LazyLock;

/// What a label announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    /// Tax number: Russian with 10 or 12 digits, Kyrgyz with 14.
    Inn,
    /// Russian registration number, 13 digits, or 15 of a sole trader.
    Ogrn,
    /// Kazakh number, 12 digits.
    Bin,
    /// Belarusian number, 9 digits.
    Unp,
    /// Russian code of the reason for registration, 9 digits: it belongs to the INN before it and is dropped.
    Kpp,
}

impl Label {
    const fn has_length(self, digits: usize) -> bool {
        match self {
            Self::Inn => matches!(digits, 10 | 12 | 14),
            Self::Ogrn => matches!(digits, 13 | 15),
            Self::Bin => digits == 12,
            Self::Unp | Self::Kpp => digits == 9,
        }
    }
}

/// The labels, letters that look alike in Latin included, each in a group of its own.
const OGRN: &str = r"[ОO]Г[РP][НH](?:И[ПP])?|OGRN(?:IP)?|регистрационный\s+номер";
const INN: &str = r"И[НH][НH]|INN|идентификационный\s+номер\s+налогоплательщика";
const BIN: &str = r"БИ[НH]|ИИ[НH]|БС[НH]|ЖС[НH]|(?:бизнес|индивидуальный)[\s-]+идентификационный\s+номер";
const UNP: &str = r"[УY][НH]П";

/// One label or several (`ИНН/ОГРН`), signs between, and the digits behind.
static PHRASE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let label = format!("(?:{OGRN}|{INN}|{BIN}|{UNP}|КПП)");
    let between = r"(?:[\s№#:.,=()–—-]|\bN[oо]?\b|\bКР\b|\bРФ\b)*";
    pattern(&format!(
        r"(?i)\b(?<labels>{label}(?:\s*(?:/|,|\bи\b|\()\s*{label})*){between}(?<numbers>\d[\d\s/,;]*)"
    ))
});

static LABELS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(&format!(
        "(?i)(?<ogrn>{OGRN})|(?<inn>{INN})|(?<bin>{BIN})|(?<unp>{UNP})|(?<kpp>КПП)"
    ))
});

static REGULATION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\b[ТT][РP]\s*(?:(?<customs>[ТT][СC])|[ЕE][АA][ЭE][СC])\s*(?:№|N)?\s*(?<serial>\d{1,3})\s*/\s*(?<year>\d{4})\b",
    )
});

/// The patterns are constants; the tests below compile each of them.
fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

/// A party that is known by a text only: its name, the identifiers in the text, the country that these give away.
pub(super) fn party(text: &str) -> Party {
    let text = folded(text);
    let mut party = Party::default();
    let mut phrases: Vec<Range<usize>> = Vec::new();
    for captures in PHRASE.iter().flat_map(|phrase| phrase.captures_iter(&text)) {
        phrases.extend(take_phrase(&mut party, &captures));
    }
    let any = party.identifiers().next().is_some();
    party.in_text = any;
    party.country = country(&party).map(str::to_owned);
    party.name = without(&text, &phrases);
    party
}

/// Takes the identifiers of one phrase over; `None` when its numbers have no identifier's length.
fn take_phrase(party: &mut Party, captures: &Captures<'_>) -> Option<Range<usize>> {
    let (labels, numbers) = (captures.name("labels")?, captures.name("numbers")?);
    let mut announced = announced(labels.as_str());
    let mut end = None;
    for (digits, number_end) in candidates(numbers.as_str(), &announced) {
        let label = announced.iter().position(|label| label.has_length(digits.len()));
        let Some(index) = label else { continue };
        let label = announced.remove(index);
        let field = match label {
            Label::Inn => &mut party.inn,
            Label::Ogrn => &mut party.ogrn,
            Label::Bin => &mut party.bin,
            Label::Unp => &mut party.unp,
            Label::Kpp => &mut None,
        };
        field.get_or_insert(digits);
        end = Some(numbers.start() + number_end);
        if announced.is_empty() {
            break;
        }
    }
    end.map(|end| labels.start()..end)
}

fn announced(labels: &str) -> Vec<Label> {
    let found = LABELS.iter().flat_map(|pattern| pattern.captures_iter(labels));
    let mut announced = Vec::new();
    for captures in found {
        let label = [
            ("ogrn", Label::Ogrn),
            ("inn", Label::Inn),
            ("bin", Label::Bin),
            ("unp", Label::Unp),
            ("kpp", Label::Kpp),
        ]
        .into_iter()
        .find(|(name, _)| captures.name(name).is_some());
        if let Some((_, label)) = label
            && !announced.contains(&label)
        {
            announced.push(label);
        }
    }
    announced
}

/// Numbers of an announced length with the place where each ends: written in one, or in groups with spaces between.
fn candidates(numbers: &str, announced: &[Label]) -> Vec<(String, usize)> {
    let has_length = |digits: &str| announced.iter().any(|label| label.has_length(digits.len()));
    let mut found = Vec::new();
    let mut start = 0;
    for part in numbers.split_inclusive(['/', ',', ';']) {
        let groups: Vec<(&str, usize)> = groups(part).map(|(group, end)| (group, start + end)).collect();
        let mut rest = groups.as_slice();
        while let Some(((first, end), behind)) = rest.split_first() {
            rest = behind;
            if has_length(first) {
                found.push(((*first).to_owned(), *end));
                continue;
            }
            let mut joined = (*first).to_owned();
            for (index, (group, end)) in behind.iter().enumerate() {
                joined.push_str(group);
                if has_length(&joined) {
                    found.push((joined, *end));
                    rest = &behind[index + 1..];
                    break;
                }
            }
        }
        start += part.len();
    }
    found
}

/// Runs of digits, each with the place where it ends.
fn groups(part: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut start = 0;
    part.split(|letter: char| !letter.is_ascii_digit())
        .map(move |group| {
            let end = start + group.len();
            let separator = part[end..].chars().next().map_or(0, char::len_utf8);
            start = end + separator;
            (group, end)
        })
        .filter(|(group, _)| !group.is_empty())
}

fn country(party: &Party) -> Option<&'static str> {
    match &party.inn {
        Some(inn) if inn.len() == 14 => Some("KG"),
        Some(_) => Some("RU"),
        None if party.ogrn.is_some() => Some("RU"),
        None if party.bin.is_some() => Some("KZ"),
        None if party.unp.is_some() => Some("BY"),
        None => None,
    }
}

/// The text without the phrases and without the signs that joined them to it.
fn without(text: &str, phrases: &[Range<usize>]) -> String {
    let mut name = String::with_capacity(text.len());
    let mut from = 0;
    for phrase in phrases {
        name.push_str(&text[from..phrase.start]);
        from = phrase.end;
    }
    name.push_str(&text[from..]);
    if phrases.is_empty() {
        return name;
    }
    let mut name = folded(&name);
    for (joint, instead) in [
        ("( )", ""),
        ("()", ""),
        (" ,", ","),
        (",,", ","),
        ("; ;", ";"),
        (" ;", ";"),
        (",;", ";"),
    ] {
        name = name.replace(joint, instead);
    }
    folded(name.trim_matches(|letter: char| {
        letter.is_whitespace() || matches!(letter, ',' | ';' | ':' | '-' | '–' | '(')
    }))
}

/// Codes of the regulations that the text names as `ТР ТС 012/2011` or `ТР ЕАЭС 037/2016`.
pub(super) fn technical_regulations(text: &str) -> Vec<String> {
    let found = REGULATION.iter().flat_map(|pattern| pattern.captures_iter(text));
    distinct(found.map(|captures| {
        let family = if captures.name("customs").is_some() {
            "ТС"
        } else {
            "ЕАЭС"
        };
        format!("ТР {family} {:0>3}/{}", &captures["serial"], &captures["year"])
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[test]
    fn every_pattern_compiles() {
        assert!(PHRASE.is_some() && LABELS.is_some() && REGULATION.is_some());
    }

    type Found<'text> = (
        &'text str,
        Option<&'text str>,
        Option<&'text str>,
        Option<&'text str>,
    );

    #[rstest]
    #[case::real("ООО \"СМД\", ОГРН 1197847051467 ", ("ООО \"СМД\"", None, Some("1197847051467"), Some("RU")))]
    #[case::numero("ООО \"А\" ОГРН № 1197847051467", ("ООО \"А\"", None, Some("1197847051467"), Some("RU")))]
    #[case::colon("ООО \"А\", ОГРН:1197847051467", ("ООО \"А\"", None, Some("1197847051467"), Some("RU")))]
    #[case::nothing_between("ООО \"А\" огрн1197847051467", ("ООО \"А\"", None, Some("1197847051467"), Some("RU")))]
    #[case::latin_look_alikes("ООО \"А\", OГPH 1197847051467", ("ООО \"А\"", None, Some("1197847051467"), Some("RU")))]
    #[case::latin("\"A\" LLC, INN 7707083893", ("\"A\" LLC", Some("7707083893"), None, Some("RU")))]
    #[case::sole_trader("ИП Фамилия И. О., ОГРНИП: 304500116000157", ("ИП Фамилия И. О.", None, Some("304500116000157"), Some("RU")))]
    #[case::both("ООО \"А\", ИНН 7707083893, ОГРН 1027700132195", ("ООО \"А\"", Some("7707083893"), Some("1027700132195"), Some("RU")))]
    #[case::both_under_one("ООО \"А\" (ИНН/ОГРН 7707083893/1027700132195)", ("ООО \"А\"", Some("7707083893"), Some("1027700132195"), Some("RU")))]
    #[case::with_branch_code("ООО \"А\", ИНН/КПП 7707083893/770701001", ("ООО \"А\"", Some("7707083893"), None, Some("RU")))]
    #[case::groups("ООО \"А\", ОГРН 1 19 78 47 051467, 194223, Россия", ("ООО \"А\", 194223, Россия", None, Some("1197847051467"), Some("RU")))]
    #[case::index_behind("ООО \"А\", ИНН 7707083893 194223 Россия", ("ООО \"А\", 194223 Россия", Some("7707083893"), None, Some("RU")))]
    #[case::branch_code_apart("ООО \"А\", ИНН 7707083893, КПП 770701001, ОГРН 1027700132195", ("ООО \"А\"", Some("7707083893"), Some("1027700132195"), Some("RU")))]
    #[case::branch_code_alone("ООО \"А\", КПП 770701001", ("ООО \"А\"", None, None, None))]
    #[case::kyrgyz("ОсОО \"Б\" ИНН 01007200310037", ("ОсОО \"Б\"", Some("01007200310037"), None, Some("KG")))]
    #[case::kyrgyz_named("ОсОО \"Б\", ИНН КР: 01007200310037", ("ОсОО \"Б\"", Some("01007200310037"), None, Some("KG")))]
    #[case::in_brackets("ООО \"А\" (ОГРН 1197847051467), Россия", ("ООО \"А\", Россия", None, Some("1197847051467"), Some("RU")))]
    #[case::in_words("ООО \"А\", основной государственный регистрационный номер 1197847051467", ("ООО \"А\", основной государственный", None, Some("1197847051467"), Some("RU")))]
    #[case::none("ОсОО \"Сертификат Перспектива\"", ("ОсОО \"Сертификат Перспектива\"", None, None, None))]
    #[case::wrong_length("ООО \"А\", ОГРН 119784705146", ("ООО \"А\", ОГРН 119784705146", None, None, None))]
    #[case::fourteen_are_no_ogrn("ООО \"А\", ОГРН 11978470514671", ("ООО \"А\", ОГРН 11978470514671", None, None, None))]
    #[case::no_label("ООО \"А\", 1197847051467", ("ООО \"А\", 1197847051467", None, None, None))]
    #[case::label_inside_a_word("ОсОО \"ВИННЫЙ ИННОТЕХ 7707083893\"", ("ОсОО \"ВИННЫЙ ИННОТЕХ 7707083893\"", None, None, None))]
    fn identifiers_are_found_in_the_text_and_the_name_stays_readable(
        #[case] text: &str,
        #[case] expected: Found<'_>,
    ) {
        let party = party(text);
        let found = (
            party.name.as_str(),
            party.inn.as_deref(),
            party.ogrn.as_deref(),
            party.country.as_deref(),
        );
        assert_eq!(found, expected);
        assert_eq!(party.in_text, expected.1.is_some() || expected.2.is_some());
    }

    #[test]
    fn kazakh_and_belarusian_numbers_are_found_by_their_labels() {
        let kazakh = party("ТОО \"В\", БИН 971240001315");
        assert_eq!(
            (kazakh.bin.as_deref(), kazakh.country.as_deref()),
            (Some("971240001315"), Some("KZ"))
        );
        let in_words = party("ТОО \"В\", бизнес-идентификационный номер 971240001315");
        assert_eq!(
            (in_words.bin, in_words.inn),
            (Some("971240001315".to_owned()), None)
        );
        let belarusian = party("ООО \"Г\", УНП 200988541");
        assert_eq!(
            (belarusian.unp.as_deref(), belarusian.country.as_deref()),
            (Some("200988541"), Some("BY"))
        );
    }

    #[test]
    fn first_number_of_a_kind_is_the_partys() {
        let party = party("ООО \"А\", ОГРН 1197847051467, филиал, ОГРН 1027700132195");
        assert_eq!(party.ogrn.as_deref(), Some("1197847051467"));
    }

    #[rstest]
    #[case("согласно ТР ТС 012/2011, пункт 7 ТР ТС 012/2011", &["ТР ТС 012/2011"])]
    #[case("TP TC 004/2011; ТР ЕАЭС № 037/2016", &["ТР ТС 004/2011", "ТР ЕАЭС 037/2016"])]
    #[case("ТРТС004/2011", &["ТР ТС 004/2011"])]
    #[case("ГОСТ 31610.0-2019 012/2011", &[])]
    fn regulations_are_taken_from_their_codes_only(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(technical_regulations(text), expected);
    }

    proptest! {
        /// The two expressions of the facts, with any name around and any sign between.
        #[test]
        fn whatever_the_strict_expressions_find_is_found(
            name in "[А-Яа-я \"]{0,20}",
            label in prop::sample::select(vec![("ОГРН", 13), ("ОГРНИП", 15), ("ИНН", 10), ("ИНН", 12), ("ИНН", 14)]),
            sign in "[ ]{0,2}[№:]?[ ]{0,2}",
            digits in "[1-9][0-9]{14}",
            tail in "(|, [а-я]{1,10}|\\. )",
        ) {
            let (label, length) = label;
            let number = &digits[..length];
            let party = party(&format!("{name}, {label}{sign}{number}{tail}"));
            let found = [party.inn.as_deref(), party.ogrn.as_deref()];
            prop_assert!(found.contains(&Some(number)), "{party:?}");
            prop_assert!(party.in_text);
        }

        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,80}", digits in "[0-9 /,;]{0,40}") {
            let _ = party(&text);
            let _ = party(&format!("{text} ИНН/ОГРН {digits}"));
            let _ = technical_regulations(&text);
        }
    }
}
