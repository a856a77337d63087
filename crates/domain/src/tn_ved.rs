//! Names of the groups (two digits) and positions (four digits) of TN VED, the customs nomenclature: edition of 2022.
//!
//! The official list is Russian and written in capitals; it is kept as it was published in `data/tn-ved-2022.csv`, and
//! read when a name is first asked for. Only the server asks: the list is larger than all the rest of the page.

mod groups;
mod positions;

use crate::language::Language;
use crate::text::shortened;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The most characters of a short name.
pub const SHORT_NAME_CHARACTERS: usize = 60;

const LIST: &str = include_str!("../data/tn-ved-2022.csv");

/// Names by code of two or four digits, in sentence case: official ones, and ours for positions that the list lacks.
static NAMES: LazyLock<HashMap<&'static str, String>> = LazyLock::new(|| {
    let mut names = HashMap::with_capacity(1_100);
    for line in LIST.lines() {
        // level,code,name,valid_from; only the name may hold commas or quotation marks.
        let mut fields = line.splitn(3, ',');
        let (Some(level), Some(code), Some(rest)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let (true, Some((name, _))) = (matches!(level, "group" | "position"), rest.rsplit_once(',')) else {
            continue;
        };
        names.insert(code, sentence_case(&unquoted(name)));
    }
    for (code, name) in positions::UNDIVIDED {
        names.entry(code).or_insert_with(|| (*name).to_owned());
    }
    names
});

/// The official name of a group such as `85`; in English our own short one. `None` for an unknown code.
pub fn group_name(code: &str, language: Language) -> Option<&'static str> {
    match language {
        Language::Ru => known(code, 2),
        Language::En => group_short_name(code, language),
    }
}

/// The group's name as people say it, in at most [`SHORT_NAME_CHARACTERS`]: for labels of charts.
///
/// ```
/// use certlens_domain::{language::Language, tn_ved};
///
/// assert_eq!(tn_ved::group_short_name("85", Language::Ru), Some("Электрические машины и оборудование"));
/// assert_eq!(tn_ved::group_short_name("64", Language::En), Some("Footwear"));
/// ```
pub fn group_short_name(code: &str, language: Language) -> Option<&'static str> {
    let (_, ru, en) = groups::GROUPS.iter().find(|(known, _, _)| *known == code)?;
    Some(match language {
        Language::Ru => ru,
        Language::En => en,
    })
}

/// The official name of a position such as `8516`. In English, in which there is no official list, the code and the
/// name of its group: `8516 · Electrical machinery and equipment`. `None` for an unknown code.
pub fn position_name(code: &str, language: Language) -> Option<Cow<'static, str>> {
    let name = known(code, 4)?;
    match language {
        Language::Ru => Some(Cow::Borrowed(name)),
        Language::En => {
            let group = group_short_name(code.get(..2)?, language)?;
            Some(Cow::Owned(format!("{code} · {group}")))
        }
    }
}

/// The position's name in at most [`SHORT_NAME_CHARACTERS`], cut after a word with `…`.
pub fn position_short_name(code: &str, language: Language) -> Option<Cow<'static, str>> {
    position_name(code, language).map(|name| match name {
        Cow::Borrowed(name) => shortened(name, SHORT_NAME_CHARACTERS),
        Cow::Owned(name) => Cow::Owned(shortened(&name, SHORT_NAME_CHARACTERS).into_owned()),
    })
}

fn known(code: &str, digits: usize) -> Option<&'static str> {
    let of_this_length = code.len() == digits;
    NAMES.get(code).filter(|_| of_this_length).map(String::as_str)
}

/// A field of the list without the quotation marks around it.
fn unquoted(field: &str) -> String {
    let inner = field.strip_prefix('"').and_then(|field| field.strip_suffix('"'));
    inner.map_or_else(|| field.to_owned(), |inner| inner.replace("\"\"", "\""))
}

/// Small letters but for the first one, abbreviations and Latin names of species; the list's slips put right.
fn sentence_case(name: &str) -> String {
    // One group repeats its number, the sign of a square became a question mark; a lone V reads as "in".
    let name = name
        .replace('\u{a0}', " ")
        .replace("ГРУППА 54 ", "")
        .replace("Г/М?", "Г/М²")
        .replace("1000 В", "1000 ВОЛЬТ");
    let mut text = String::with_capacity(name.len());
    for word in name.split_whitespace() {
        if !text.is_empty() {
            text.push(' ');
        }
        push_word(&mut text, word);
    }
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + letters.as_str()
}

fn push_word(text: &mut String, word: &str) {
    let bare = word.trim_matches(|letter: char| !letter.is_alphanumeric());
    let kept = match bare {
        "OSB" | "LED" | "L" => Some(bare.to_owned()),
        // Written with a Cyrillic Е.
        "FЕ2O3" => Some("Fe2O3".to_owned()),
        // A genus has a capital.
        "GALLUS" | "BRASSICA" | "LACTUCA" | "CICHORIUM" | "PIPER" | "CAPSICUM" | "PIMENTA" | "CANNABIS" => {
            let (first, rest) = bare.split_at(1);
            Some(first.to_owned() + &rest.to_lowercase())
        }
        _ => None,
    };
    match kept {
        Some(kept) => text.push_str(&word.replacen(bare, &kept, 1)),
        None => text.push_str(&word.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn list_holds_all_groups_and_positions_of_the_edition() {
        let of_length = |digits| NAMES.keys().filter(|code| code.len() == digits).count();
        assert_eq!(
            (of_length(2), of_length(4)),
            (96, 957 + positions::UNDIVIDED.len()),
            "no name of ours hides an official one"
        );
    }

    #[test]
    fn every_group_has_an_official_and_a_short_name_in_both_languages() {
        for code in NAMES.keys().filter(|code| code.len() == 2) {
            for language in [Language::Ru, Language::En] {
                assert!(group_name(code, language).is_some(), "{code}");
                let short = group_short_name(code, language).unwrap();
                assert!(short.chars().count() <= SHORT_NAME_CHARACTERS, "{code}: {short}");
            }
        }
        assert_eq!(groups::GROUPS.len(), 96);
    }

    #[test]
    fn names_are_sentences_without_shouting() {
        for (code, name) in NAMES.iter() {
            let small = name.chars().filter(|letter| letter.is_lowercase()).count();
            let capitals = name.chars().filter(|letter| letter.is_uppercase()).count();
            assert!(capitals <= 7 && small > capitals, "{code}: {name}");
            assert!(name.chars().next().unwrap().is_uppercase(), "{code}: {name}");
            assert!(!name.contains("  ") && !name.contains('?'), "{code}: {name}");
        }
    }

    #[rstest]
    #[case("09", "Кофе, чай, мате, или парагвайский чай, и пряности")]
    #[case(
        "54",
        "Химические нити; плоские и аналогичные нити из химических текстильных материалов"
    )]
    fn group_has_its_official_name(#[case] code: &str, #[case] name: &str) {
        assert_eq!(group_name(code, Language::Ru), Some(name));
    }

    #[rstest]
    #[case("0101", "Лошади, ослы, мулы и лошаки живые")]
    #[case(
        "0705",
        "Салат-латук (Lactuca sativa) и цикорий (Cichorium spp.), свежие или охлажденные"
    )]
    #[case(
        "0904",
        "Перец рода Piper; плоды рода Capsicum или рода Pimenta, сушеные или дробленые, или молотые"
    )]
    fn position_has_its_official_name(#[case] code: &str, #[case] name: &str) {
        assert_eq!(position_name(code, Language::Ru).unwrap(), name);
    }

    #[test]
    fn position_that_the_official_list_lacks_has_a_name_of_ours() {
        assert!(
            position_name("9503", Language::Ru)
                .unwrap()
                .starts_with("Игрушки")
        );
        let groups: Vec<_> = positions::UNDIVIDED.iter().map(|(code, _)| &code[..2]).collect();
        assert!(
            groups
                .iter()
                .all(|group| group_name(group, Language::Ru).is_some())
        );
    }

    #[test]
    fn abbreviations_and_signs_inside_names_stay_readable() {
        let ends = |code: &str, end: &str| {
            let name = position_name(code, Language::Ru).unwrap();
            assert!(name.contains(end), "{name}");
        };
        ends("8539", "источники света светодиодные (LED)");
        ends("2821", "в пересчете на Fe2O3");
        ends("5209", "более 200 г/м²");
        ends("8536", "на напряжение не более 1000 вольт");
        ends("5302", "Пенька (Cannabis sativa L.)");
    }

    #[test]
    fn position_in_english_is_its_code_and_its_group() {
        assert_eq!(
            position_name("8516", Language::En).unwrap(),
            "8516 · Electrical machinery and equipment"
        );
    }

    #[test]
    fn short_name_of_a_position_ends_after_a_word() {
        let short = position_short_name("8539", Language::Ru).unwrap();
        assert_eq!(short, "Лампы накаливания или газоразрядные, электрические…");
        for code in NAMES.keys().filter(|code| code.len() == 4) {
            for language in [Language::Ru, Language::En] {
                let short = position_short_name(code, language).unwrap();
                assert!(short.chars().count() <= SHORT_NAME_CHARACTERS, "{code}: {short}");
            }
        }
    }

    #[rstest]
    #[case("")]
    #[case("77")]
    #[case("99")]
    #[case("8")]
    #[case("8599")]
    #[case("851")]
    #[case("code")]
    #[case("яя")]
    fn unknown_code_has_no_name(#[case] code: &str) {
        for language in [Language::Ru, Language::En] {
            assert_eq!(group_name(code, language), None);
            assert_eq!(position_name(code, language), None);
        }
    }

    #[test]
    fn group_is_no_position_and_position_is_no_group() {
        assert_eq!(group_name("8516", Language::Ru), None);
        assert_eq!(position_name("85", Language::Ru), None);
    }
}
