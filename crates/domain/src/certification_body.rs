//! Names of certification bodies: as registries write them, and short enough for a label.
//!
//! A registry names a body by its accreditation number (`RA.RU.11АБ58`), by its name, or by both, with the legal form
//! written out. Two spellings of one name are the same body.

use crate::text::{letters_and_digits, shortened};

/// The most characters of a short name.
const SHORT_NAME_CHARACTERS: usize = 60;

/// Legal forms and kinds of bodies, longer ones before those that they end with.
const ABBREVIATIONS: &[(&[&str], &str)] = &[
    (&["общество", "с", "ограниченной", "ответственностью"], "ООО"),
    (&["общества", "с", "ограниченной", "ответственностью"], "ООО"),
    (&["товарищество", "с", "ограниченной", "ответственностью"], "ТОО"),
    (&["закрытое", "акционерное", "общество"], "ЗАО"),
    (&["открытое", "акционерное", "общество"], "ОАО"),
    (&["публичное", "акционерное", "общество"], "ПАО"),
    (&["акционерное", "общество"], "АО"),
    (&["автономная", "некоммерческая", "организация"], "АНО"),
    (
        &["федеральное", "государственное", "бюджетное", "учреждение"],
        "ФГБУ",
    ),
    (&["федеральное", "бюджетное", "учреждение"], "ФБУ"),
    (
        &["федеральное", "государственное", "унитарное", "предприятие"],
        "ФГУП",
    ),
    (&["республиканское", "унитарное", "предприятие"], "РУП"),
    (&["республиканское", "государственное", "предприятие"], "РГП"),
    (&["индивидуальный", "предприниматель"], "ИП"),
    (&["орган", "по", "сертификации"], "ОС"),
    (&["испытательная", "лаборатория"], "ИЛ"),
];

/// The name without long legal forms, in at most 60 characters, cut after a word with `…`.
///
/// ```
/// use certlens_domain::certification_body::short_name;
///
/// let name = "Орган по сертификации  Общество с ограниченной ответственностью \"Ромашка\"";
/// assert_eq!(short_name(name), "ОС ООО \"Ромашка\"");
/// ```
pub fn short_name(name: &str) -> String {
    shortened(&abbreviated(name), SHORT_NAME_CHARACTERS).into_owned()
}

/// The whole name with legal forms abbreviated, words apart by single spaces.
fn abbreviated(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let small: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let mut short: Vec<&str> = Vec::with_capacity(words.len());
    let mut next = 0;
    while let Some(word) = words.get(next) {
        let rest = small.get(next..).unwrap_or_default();
        let form = ABBREVIATIONS.iter().find(|(form, _)| {
            rest.len() >= form.len() && rest.iter().zip(*form).all(|(word, part)| word == part)
        });
        if let Some((form, abbreviation)) = form {
            short.push(abbreviation);
            next += form.len();
        } else {
            short.push(word);
            next += 1;
        }
    }
    short.join(" ")
}

/// Whether two names are two spellings of one body: other letters' case, quotation marks, legal form written out.
pub(crate) fn same(one: &str, other: &str) -> bool {
    let bare = |name: &str| letters_and_digits(&abbreviated(name));
    one == other || bare(one) == bare(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("RA.RU.11АБ58", "RA.RU.11АБ58")]
    #[case("", "")]
    #[case(
        "ОРГАН ПО СЕРТИФИКАЦИИ ООО «ЦЕНТР», RA.RU.10АЯ46",
        "ОС ООО «ЦЕНТР», RA.RU.10АЯ46"
    )]
    #[case("Закрытое акционерное общество \"Тест\"", "ЗАО \"Тест\"")]
    #[case("Акционерное  общество \"Тест\"", "АО \"Тест\"")]
    #[case("Общество", "Общество")]
    #[case(
        "Орган по сертификации продукции Федеральное бюджетное учреждение \"Государственный региональный центр стандартизации\"",
        "ОС продукции ФБУ \"Государственный региональный центр…"
    )]
    fn long_legal_forms_become_abbreviations(#[case] name: &str, #[case] short: &str) {
        assert_eq!(short_name(name), short);
    }

    #[rstest]
    #[case("Общество с ограниченной ответственностью \"Тест\"", "ООО «ТЕСТ»", true)]
    #[case("ООО «Тест»", "ООО «Тест-2»", false)]
    #[case("RA.RU.11АБ58", "RA.RU.10АЯ46", false)]
    fn spellings_of_one_body_are_the_same(#[case] one: &str, #[case] other: &str, #[case] expected: bool) {
        assert_eq!(same(one, other), expected);
    }
}
