//! A document number that somebody looks for, as he typed or pasted it.
//!
//! Registries and people write the family prefix, the `N` behind it, spaces and dots as they like; whoever pastes a
//! number from a paper adds words before it and a date behind it.

use super::{UNION_PREFIXES, identity_key, search_key};

/// How numbers begin, in key form: the Union's prefixes and the older Russian ones, then the issuing countries.
const BEGINNINGS: [&str; 7] = ["РОСС", "ВП", "RU", "КG", "КZ", "ВУ", "АМ"];

/// A number that is looked for, in any spelling.
///
/// ```
/// use certlens_domain::document_number::{WantedNumber, identity_key};
/// let wanted = WantedNumber::parse("декларация № RU Д-CN.РА01.В.12345/25 от 01.02.2025").unwrap();
/// assert!(wanted.identity_keys().contains(&identity_key("ЕАЭС N RU Д-CN.РА01.В.12345/25")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedNumber {
    written: String,
    tail: String,
}

impl WantedNumber {
    /// Reads what somebody wrote; `None` when it has no letter and no digit.
    pub fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let first = words.iter().position(|word| begins_a_number(word)).unwrap_or(0);
        let number: Vec<&str> = words[first..]
            .iter()
            .enumerate()
            .take_while(|(index, word)| *index == 0 || !announces_a_day(word))
            .map(|(_, word)| *word)
            .collect();
        let key = identity_key(&number.join(" "));
        let written = without_number_sign(&key).to_owned();
        let tail = search_key(&written);
        // What is left of a lone `№` is no number.
        (!tail.is_empty() && tail != "N").then_some(Self { written, tail })
    }

    /// The number without the Union's prefix, as the registries outside Russia are stored: its search key.
    pub fn tail(&self) -> &str {
        &self.tail
    }

    /// Identity keys of all numbers with this tail: as it is written, then with each of the Union's prefixes.
    pub fn identity_keys(&self) -> Vec<String> {
        let mut keys = vec![self.written.clone(), self.tail.clone()];
        for prefix in UNION_PREFIXES {
            keys.push(format!("{prefix}{}", self.tail));
            keys.push(format!("{prefix}N{}", self.tail));
        }
        let mut unique = Vec::with_capacity(keys.len());
        for key in keys {
            if !unique.contains(&key) {
                unique.push(key);
            }
        }
        unique
    }

    /// Whether this is the number of a document: equal but for the Union's prefix.
    pub fn is(&self, number: &str) -> bool {
        search_key(number) == self.tail
    }

    /// Whether even the family prefix, as far as it was written, is the document's.
    pub fn is_as_written(&self, number: &str) -> bool {
        let without_sign = |key: &str| {
            let prefix = UNION_PREFIXES.iter().find(|prefix| key.starts_with(*prefix));
            prefix.map_or_else(|| key.to_owned(), |prefix| format!("{prefix}{}", search_key(key)))
        };
        without_sign(&identity_key(number)) == without_sign(&self.written)
    }
}

/// `№` or `N` before the whole number, as in `№ ЕАЭС RU …`.
fn without_number_sign(key: &str) -> &str {
    key.strip_prefix('N')
        .filter(|rest| is_a_beginning(rest))
        .unwrap_or(key)
}

fn begins_a_number(word: &str) -> bool {
    // A word that only looks alike, such as `Росстандарт`, has no digit behind it; a number as one word has.
    let key = identity_key(word);
    let key = without_number_sign(&key);
    let known = UNION_PREFIXES.iter().chain(&BEGINNINGS);
    known.clone().any(|beginning| key == *beginning)
        || (is_a_beginning(key) && key.bytes().any(|byte| byte.is_ascii_digit()))
}

fn is_a_beginning(key: &str) -> bool {
    let mut known = UNION_PREFIXES.iter().chain(&BEGINNINGS);
    known.any(|beginning| key.starts_with(beginning))
}

fn announces_a_day(word: &str) -> bool {
    matches!(word.to_lowercase().as_str(), "от" | "from" | "dated")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("ЕАЭС N RU Д-CN.РА01.В.12345/25")]
    #[case("ЕАЭС RU Д-CN.РА01.В.12345/25")]
    #[case("  еаэс № ru д-cn.ра01.в.12345/25 ")]
    #[case("№ ЕАЭС N RU Д-CN.РА01.В.12345/25")]
    #[case("№ЕАЭС N RU Д-CN.РА01.В.12345/25")]
    #[case("N RU Д-CN.РА01.В.12345/25")]
    #[case("RU Д-CN.РА01.В.12345/25")]
    #[case("RUД-CN.PA01.B.12345/25")]
    #[case("Декларация о соответствии ЕАЭС N RU Д-CN.РА01.В.12345/25 от 28.08.2025")]
    #[case("EAEU declaration RU Д-CN.РА01.В.12345/25 from 2025-08-28")]
    fn any_spelling_leads_to_the_number_of_the_registry(#[case] text: &str) {
        let stored = "ЕАЭС N RU Д-CN.РА01.В.12345/25";
        let wanted = WantedNumber::parse(text).unwrap();

        assert!(wanted.is(stored), "{wanted:?}");
        assert!(wanted.identity_keys().contains(&identity_key(stored)));
    }

    #[rstest]
    #[case("ЕАЭС № BY/112 11.01. ТР021 018 05361", "ЕАЭС BY/112 11.01. ТР021 018 05361")]
    #[case("KG 417/016.RU.02.04561", "ЕАЭС KG417/016.RU.02.04561")]
    #[case("KZ.7100533.01.01.06080", "ЕАЭС.KZ.7100533.01.01.06080")]
    #[case("РОСС RU Д-RU.РА01.А.28754/25", "РОСС RU Д-RU.РА01.А.28754/25")]
    fn foreign_and_older_numbers_are_found_as_well(#[case] text: &str, #[case] stored: &str) {
        let wanted = WantedNumber::parse(text).unwrap();
        assert_eq!(wanted.tail(), search_key(stored));
    }

    #[test]
    fn family_that_was_written_is_told_from_another_one_with_the_same_tail() {
        let wanted = WantedNumber::parse("ТС RU Д-CN.РА01.В.12345/15").unwrap();

        assert!(wanted.is_as_written("ТС N RU Д-CN.РА01.В.12345/15"));
        assert!(!wanted.is_as_written("ЕАЭС N RU Д-CN.РА01.В.12345/15"));
        assert!(wanted.is("ЕАЭС N RU Д-CN.РА01.В.12345/15"));
    }

    #[test]
    fn text_without_letters_and_digits_is_no_number() {
        for text in ["", "  ", "№", "—/—"] {
            assert_eq!(WantedNumber::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_among_the_keys_and_nothing_panics(text in "\\PC{0,60}") {
            if let Some(wanted) = WantedNumber::parse(&text) {
                let keys = wanted.identity_keys();
                prop_assert!(keys.contains(&wanted.written));
                prop_assert!(keys.iter().any(|key| key == wanted.tail()));
            }
        }
    }
}
