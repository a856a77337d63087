//! What the cells of the dump mean. Every rule here answers a trap that was seen in real rows.

use super::{countries, headings};
use crate::canonical::{distinct, folded};
use certlens_domain::document::Party;
use certlens_domain::identifier::{Identifier, IdentifierKind, with_leading_zeros};
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

/// A day as `dd.mm.yyyy` or `yyyy-mm-dd`, with or without a time; `None` for an empty cell.
pub(super) fn date(cell: &str) -> Result<Option<NaiveDate>, String> {
    let text = cell.trim();
    let day: String = text.chars().take(10).collect();
    let rest = text.chars().nth(10);
    if text.is_empty() {
        return Ok(None);
    }
    ["%d.%m.%Y", "%Y-%m-%d"]
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(&day, format).ok())
        .filter(|_| rest.is_none_or(|letter| matches!(letter, ' ' | 'T')))
        .map(Some)
        .ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            format!("`{shown}` is no date like 31.12.2025")
        })
}

/// A cell without any digit: empty, a dash, or "бессрочно".
pub(super) fn says_no_limit(cell: &str) -> bool {
    !cell.contains(|letter: char| letter.is_ascii_digit())
}

/// Years such as 2999 and 9999 are written for "no limit".
pub(super) fn is_a_limit(end: NaiveDate) -> bool {
    end.year() < 2200
}

/// An applicant or a manufacturer. The countries are read from the beginnings of addresses, in this order.
pub(super) fn party(name: &str, subject: &str, inn: &str, ogrn: &str, addresses: &[&str]) -> Party {
    let mut party = Party {
        name: folded(name.trim_start_matches([';', ' '])),
        ..Party::default()
    };
    let foreign = subject.trim().to_lowercase().starts_with("иностран");
    let (inn, ogrn) = (first_number(inn), first_number(ogrn));
    if foreign {
        party.country = addresses
            .iter()
            .find_map(|address| countries::at_beginning(address));
        place_foreign(&mut party, inn);
        party.ogrn = ogrn;
    } else {
        party.inn = inn.map(|inn| with_leading_zeros(&inn));
        party.ogrn = ogrn;
        let known = party.inn.is_some() || party.ogrn.is_some();
        party.country = if known {
            Some("RU".to_owned())
        } else {
            addresses
                .iter()
                .find_map(|address| countries::at_beginning(address))
        };
    }
    party
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

/// The TN VED codes of a cell that mixes them with OKPD2 codes, which have dots.
pub(super) fn tn_ved(cell: &str) -> Vec<String> {
    let codes: Vec<&str> = list(cell).collect();
    // A cell with a single code was written as a number and may have lost the zero of chapters 01 to 09.
    let alone = codes.len() == 1;
    distinct(
        codes
            .into_iter()
            .filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()))
            .map(|code| {
                if alone {
                    headings::with_lost_zero(code)
                } else {
                    code.to_owned()
                }
            })
            .filter(|code| (4..=10).contains(&code.len())),
    )
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

    #[rstest]
    #[case("22.01.2025", Some((2025, 1, 22)))]
    #[case("2025-01-22", Some((2025, 1, 22)))]
    #[case(" 22.01.2025 00:00:00", Some((2025, 1, 22)))]
    #[case("", None)]
    fn date_in_either_spelling_is_read(#[case] cell: &str, #[case] day: Option<(i32, u32, u32)>) {
        let expected = day.and_then(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day));
        assert_eq!(date(cell), Ok(expected));
    }

    #[rstest]
    #[case("31.02.2025")]
    #[case("45678")]
    #[case("22.01.20255")]
    #[case("бессрочно")]
    fn text_that_is_no_date_is_refused(#[case] cell: &str) {
        assert!(date(cell).unwrap_err().contains(cell));
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
