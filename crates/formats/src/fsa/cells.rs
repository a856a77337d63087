//! What the cells of the dump mean. Every rule here answers a trap that was seen in real rows.

use super::personal::without_contacts;
use super::{countries, headings};
use crate::canonical::{distinct, folded};
use certlens_domain::document::Party;
use certlens_domain::identifier::{Identifier, IdentifierKind, with_leading_zeros};
use certlens_domain::status::Status;
use certlens_domain::technical_regulation::TechnicalRegulation;
use chrono::{Datelike, NaiveDate};

/// The parts of a list cell, joined with `; ` in the dump and sometimes beginning with it.
pub(super) fn list(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(';').map(str::trim).filter(|part| !part.is_empty())
}

/// The first text that says something.
pub(super) fn first_filled<'cell>(cells: &[&'cell str]) -> &'cell str {
    cells
        .iter()
        .map(|cell| cell.trim())
        .find(|cell| !cell.is_empty())
        .unwrap_or_default()
}

/// The text of a dictionary cell; nothing when the dump wrote the dictionary's id instead of its words.
pub(super) fn words(cell: &str) -> &str {
    let is_id = cell.trim().bytes().all(|byte| byte.is_ascii_digit());
    if is_id { "" } else { cell }
}

/// The status by its label, or by its code in the accreditation service's dictionary.
pub(super) fn status(cell: &str) -> Status {
    match cell.trim().parse() {
        Ok(code) => Status::of_fsa_code(code),
        Err(_) => Status::of_label(cell),
    }
}

/// Whether a number is a temporary one, such as `врЕАЭС(ТР).РА01.28686/25`: it is never shown as a document's.
pub(super) fn is_temporary(number: &str) -> bool {
    begins_with(number.trim(), "вр") && number.contains(['(', '/'])
}

/// Whether a text begins so, whatever the case of its letters; the beginning is given in lower case.
fn begins_with(text: &str, beginning: &str) -> bool {
    let mut letters = text.chars().flat_map(char::to_lowercase);
    beginning.chars().all(|letter| letters.next() == Some(letter))
}

/// A cell without any digit: empty, a dash, or "бессрочно".
pub(super) fn says_no_limit(cell: &str) -> bool {
    !cell.contains(|letter: char| letter.is_ascii_digit())
}

/// Years such as 2999 and 9999 are written for "no limit".
pub(super) fn is_a_limit(end: NaiveDate) -> bool {
    end.year() < 2200
}

/// An applicant or a manufacturer as the dump has it.
pub(super) struct Named<'cell> {
    pub(super) name: &'cell str,
    /// The columns that may say that he is a foreigner.
    pub(super) types: [&'cell str; 2],
    pub(super) inn: &'cell str,
    pub(super) ogrn: &'cell str,
    /// The country's name or code, where the dump has a column for it.
    pub(super) country: &'cell str,
    /// Addresses and origins, at whose beginning a country may stand; the first that has one counts.
    pub(super) places: [&'cell str; 2],
}

impl Named<'_> {
    pub(super) fn party(&self) -> Party {
        let mut party = Party {
            name: folded(without_contacts(self.name).trim_start_matches([';', ' '])),
            ..Party::default()
        };
        let (inn, ogrn) = (first_number(self.inn), first_number(self.ogrn));
        let country = country_of_column(self.country);
        let abroad = country.as_deref().is_some_and(|country| country != "RU");
        let foreign = abroad || self.types.iter().any(|kind| begins_with(kind.trim(), "иностран"));
        party.ogrn = ogrn;
        if foreign {
            place_foreign(&mut party, inn);
        } else {
            party.inn = inn.map(|inn| with_leading_zeros(&inn));
        }
        let russian = !foreign && (party.inn.is_some() || party.ogrn.is_some());
        party.country = if russian {
            Some("RU".to_owned())
        } else {
            country.or_else(|| {
                self.places
                    .iter()
                    .find_map(|place| countries::at_beginning(place))
            })
        };
        party
    }
}

/// A country by its ISO alpha-2 code or its name.
fn country_of_column(cell: &str) -> Option<String> {
    let cell = cell.trim();
    if cell.len() == 2 && cell.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        Some(cell.to_uppercase())
    } else {
        countries::at_beginning(cell)
    }
}

/// A foreigner's tax number stands in the INN column as well: nine digits are a Belarusian UNP, not an INN without
/// its zero.
fn place_foreign(party: &mut Party, number: Option<String>) {
    let kind = number
        .as_deref()
        .and_then(|number| Identifier::parse(number).ok())
        .filter(Identifier::is_valid)
        .and_then(|identifier| identifier.kinds().next());
    match kind {
        Some(IdentifierKind::Unp) => party.unp = number,
        Some(IdentifierKind::Bin | IdentifierKind::Iin) => party.bin = number,
        _ => party.inn = number,
    }
}

/// The first number of a cell, without spaces.
fn first_number(cell: &str) -> Option<String> {
    let number: String = list(cell)
        .next()?
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    number
        .contains(|letter: char| letter.is_ascii_digit())
        .then_some(number)
}

/// The technical regulations of a cell, each by title or code. Titles are joined with `; `; a title's own commas may
/// have become double spaces, and several codes may stand beside each other.
pub(super) fn regulations(cell: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in list(cell) {
        if part.contains('/') {
            codes_or_text(part, &mut found);
        } else if part.contains(',') || part.contains("  ") {
            titles_or_text(part, &mut found);
        } else {
            found.push(part.to_owned());
        }
    }
    found
}

/// The codes of known regulations in a text, or the text when it has none.
fn codes_or_text(text: &str, found: &mut Vec<String>) {
    let is_code_part = |letter: char| letter.is_ascii_digit() || letter == '/';
    let before = found.len();
    let codes = text
        .split(|letter| !is_code_part(letter))
        .filter_map(TechnicalRegulation::of_code)
        .map(|regulation| regulation.code.to_owned());
    found.extend(codes);
    if found.len() == before {
        found.push(text.to_owned());
    }
}

/// The complete titles of which a text consists, or the text when there is anything else in it: no title is the
/// beginning of another, so the shortest that fits is the right one.
fn titles_or_text(text: &str, found: &mut Vec<String>) {
    let pieces: Vec<&str> = text
        .split(',')
        .flat_map(|piece| piece.split("  "))
        .filter(|piece| !piece.trim().is_empty())
        .collect();
    let before = found.len();
    let mut start = 0;
    while start < pieces.len() {
        let title = (start + 1..=pieces.len()).find_map(|end| {
            let title = pieces[start..end].join(" ");
            let known = TechnicalRegulation::of_title(&title)?;
            is_same_text(known.title_ru, &title).then_some((end, known))
        });
        let Some((end, known)) = title else {
            found.truncate(before);
            found.push(text.to_owned());
            return;
        };
        found.push(known.code.to_owned());
        start = end;
    }
}

/// Whether two texts have the same letters and digits, whatever their case.
fn is_same_text(one: &str, other: &str) -> bool {
    fn letters(text: &str) -> impl Iterator<Item = char> {
        text.chars()
            .flat_map(char::to_lowercase)
            .map(|letter| if letter == 'ё' { 'е' } else { letter })
            .filter(|letter| letter.is_alphanumeric())
    }
    letters(one).eq(letters(other))
}

/// The TN VED codes of a cell that mixes them with OKPD2 codes, which have dots.
pub(super) fn tn_ved(cell: &str) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    let mut words = 0;
    for part in cell.split([';', ',']) {
        // A code may be written in groups, `8516 10 800 0`; groups after the first have three digits at most.
        let mut grouped = false;
        for word in part.split_whitespace() {
            let digits = word.bytes().all(|byte| byte.is_ascii_digit());
            match codes.last_mut() {
                Some(code) if digits && grouped && word.len() <= 3 && code.len() + word.len() <= 10 => {
                    code.push_str(word);
                    continue;
                }
                _ => words += 1,
            }
            if digits {
                codes.push(word.to_owned());
            }
            grouped = digits && word.len() >= 4;
        }
    }
    // A cell with a single code was written as a number and may have lost the zero of chapters 01 to 09.
    if words == 1
        && let [code] = codes.as_mut_slice()
    {
        *code = headings::with_lost_zero(code);
    }
    distinct(codes.into_iter().filter(|code| (4..=10).contains(&code.len())))
}

/// The scheme, its letter in Cyrillic: `1c` and `1с` are one.
pub(crate) fn scheme(cell: &str) -> Option<String> {
    let scheme = folded(cell);
    let number = scheme.trim_end_matches(['c', 'с', 'C', 'С', 'd', 'д', 'D', 'Д']);
    let short = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    match scheme[number.len()..].chars().next() {
        Some('c' | 'с' | 'C' | 'С') if short => Some(format!("{number}с")),
        Some(_) if short => Some(format!("{number}д")),
        _ => Some(scheme).filter(|scheme| !scheme.is_empty()),
    }
}

/// The body; `None` when the applicant registered by himself, or the column holds the dump's boilerplate.
pub(super) fn certification_body(cell: &str, self_registered: &str) -> Option<String> {
    let by_himself = matches!(
        self_registered.trim().to_lowercase().as_str(),
        "true" | "да" | "1" | "истина"
    );
    let body = folded(cell.trim_start_matches([';', ' ']));
    let boilerplate = body.to_lowercase().starts_with("адрес") && body.contains("осуществления деятельности");
    (!by_himself && !boilerplate && !body.is_empty()).then_some(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn party(name: &str, kind: &str, inn: &str, ogrn: &str, places: &[&str]) -> Party {
        let place = |index: usize| places.get(index).copied().unwrap_or_default();
        Named {
            name,
            types: [kind, ""],
            inn,
            ogrn,
            country: "",
            places: [place(0), place(1)],
        }
        .party()
    }

    #[test]
    fn zeros_lost_from_numbers_are_restored() {
        let entity = party("ООО", "Юридическое лицо", "814162716", "1040866727109", &[]);
        assert_eq!(entity.inn.as_deref(), Some("0814162716"));
        assert_eq!(entity.country.as_deref(), Some("RU"));
        let trader = party("Иванов", "Индивидуальный предприниматель", "70000000156", "", &[]);
        assert_eq!(trader.inn.as_deref(), Some("070000000156"));
    }

    #[test]
    fn foreign_tax_number_is_placed_by_its_kind_and_gets_no_zero() {
        let foreign = |inn| party("Завод", "Иностранное лицо", inn, "", &["БЕЛАРУСЬ  г. Минск"]);
        let belarus = foreign("100325912");
        assert_eq!(
            (belarus.unp.as_deref(), belarus.inn.as_deref()),
            (Some("100325912"), None)
        );
        assert_eq!(belarus.country.as_deref(), Some("BY"));
        assert_eq!(foreign("971240001315").bin.as_deref(), Some("971240001315"));
    }

    #[test]
    fn manufacturer_without_numbers_has_the_country_of_its_address_or_origin() {
        let by_address = party(
            "« Capri Sun GmbH»",
            "Иностранное лицо",
            "",
            "",
            &["Германия  Rudolf-Wild-Str. 86-98"],
        );
        assert_eq!(by_address.country.as_deref(), Some("DE"));
        let by_origin = party(
            "Works",
            "Иностранное лицо",
            "",
            "",
            &["Somewhere 5", "Республика Корея"],
        );
        assert_eq!(by_origin.country.as_deref(), Some("KR"));
    }

    #[test]
    fn leading_separator_of_a_name_is_dropped() {
        assert_eq!(
            party("; ПРЕДСТАВИТЕЛЬСТВО", "", "", "", &[]).name,
            "ПРЕДСТАВИТЕЛЬСТВО"
        );
    }

    #[rstest]
    #[case("0805102000; 0805210000", &["0805102000", "0805210000"])]
    #[case("10.41.41.132; 1212918000; 870323", &["1212918000", "870323"])]
    #[case("70960100", &["070960100"])]
    #[case("602909100", &["0602909100"])]
    #[case("870323", &["870323"])]
    #[case("2202100000", &["2202100000"])]
    #[case("; 9504500001; 9504500001", &["9504500001"])]
    #[case("10.41.41.132", &[])]
    #[case("8516 10 800 0", &["8516108000"])]
    #[case("8516108000, 8517120000", &["8516108000", "8517120000"])]
    #[case("1605531000  1605539000", &["1605531000", "1605539000"])]
    #[case("8516 8517", &["8516", "8517"])]
    #[case("70960100; 10.41.41.132", &["70960100"])]
    #[case("", &[])]
    fn codes_are_told_apart_and_repaired(#[case] cell: &str, #[case] codes: &[&str]) {
        assert_eq!(tn_ved(cell), codes);
    }

    #[rstest]
    #[case("1c", Some("1с"))]
    #[case("3Д", Some("3д"))]
    #[case("р.V  пр.1 ТР ТС 018", Some("р.V пр.1 ТР ТС 018"))]
    #[case("3674", Some("3674"))]
    #[case(" ", None)]
    fn scheme_has_one_spelling(#[case] cell: &str, #[case] expected: Option<&str>) {
        assert_eq!(scheme(cell).as_deref(), expected);
    }

    #[test]
    fn body_is_none_for_a_self_registered_declaration_and_for_boilerplate() {
        assert_eq!(
            certification_body("RA.RU.10АЯ46", ""),
            Some("RA.RU.10АЯ46".to_owned())
        );
        assert_eq!(certification_body("RA.RU.10АЯ46", "true"), None);
        let boilerplate = "Адрес (адреса) места осуществления деятельности по изготовлению продукции:";
        assert_eq!(certification_body(boilerplate, "false"), None);
    }
}
