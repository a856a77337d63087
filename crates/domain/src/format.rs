//! Numbers, dates and plural forms as people read them in each language. Pure, and the same on server and in the browser.

use crate::language::Language;
use chrono::{Datelike, NaiveDate};

/// A count with its thousands set apart: `12 345` in Russian (no-break space), `12,345` in English.
pub fn count(number: u64, language: Language) -> String {
    let separator = match language {
        Language::Ru => '\u{a0}',
        Language::En => ',',
    };
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

/// A count for a small place: `950`, `12,3 тыс.`, `1.2m`.
pub fn compact(number: u64, language: Language) -> String {
    let (divisor, suffix) = match (number, language) {
        (0..10_000, _) => return count(number, language),
        (10_000..1_000_000, Language::Ru) => (1_000, "\u{a0}тыс."),
        (10_000..1_000_000, Language::En) => (1_000, "k"),
        (_, Language::Ru) => (1_000_000, "\u{a0}млн"),
        (_, Language::En) => (1_000_000, "m"),
    };
    let (whole, tenth) = (number / divisor, number % divisor * 10 / divisor);
    let point = match language {
        Language::Ru => ',',
        Language::En => '.',
    };
    if tenth == 0 {
        format!("{whole}{suffix}")
    } else {
        format!("{whole}{point}{tenth}{suffix}")
    }
}

/// A share in whole per cent; 1 for anything above nothing, 99 for anything below all, so that a rounded figure
/// never says "none" or "all" of a part.
pub const fn percent(part: u64, whole: u64) -> u64 {
    if whole == 0 || part == 0 {
        return 0;
    }
    if part >= whole {
        return 100;
    }
    let rounded = (part * 200 / whole).div_ceil(2);
    if rounded < 1 {
        1
    } else if rounded > 99 {
        99
    } else {
        rounded
    }
}

/// A day: `28.08.2025` in Russian, `28 Aug 2025` in English.
pub fn day(date: NaiveDate, language: Language) -> String {
    match language {
        Language::Ru => format!("{:02}.{:02}.{}", date.day(), date.month(), date.year()),
        Language::En => format!(
            "{} {} {}",
            date.day(),
            month_abbreviation(date.month(), language),
            date.year()
        ),
    }
}

/// The short name of a month, 1 to 12; empty for any other number.
pub fn month_abbreviation(month: u32, language: Language) -> &'static str {
    const RU: [&str; 12] = [
        "янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек",
    ];
    const EN: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let names = match language {
        Language::Ru => RU,
        Language::En => EN,
    };
    let index = usize::try_from(month).unwrap_or(0).wrapping_sub(1);
    names.get(index).copied().unwrap_or_default()
}

/// The grammatical form that a count asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plural {
    /// 1 document; 1, 21, 101 документ.
    One,
    /// 2, 3, 4, 22 документа; English has no such form.
    Few,
    /// 0, 2 documents; 5, 11, 100 документов.
    Many,
}

impl Plural {
    /// The form for `number`.
    pub const fn of(number: u64, language: Language) -> Self {
        match language {
            Language::En => {
                if number == 1 {
                    Self::One
                } else {
                    Self::Many
                }
            }
            Language::Ru => match (number % 10, number % 100) {
                (1, tail) if tail != 11 => Self::One,
                (2..=4, tail) if tail < 12 || tail > 14 => Self::Few,
                _ => Self::Many,
            },
        }
    }

    /// The word in this form.
    pub const fn choose<'a>(self, one: &'a str, few: &'a str, many: &'a str) -> &'a str {
        match self {
            Self::One => one,
            Self::Few => few,
            Self::Many => many,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, "0", "0")]
    #[case(999, "999", "999")]
    #[case(1_000, "1\u{a0}000", "1,000")]
    #[case(1_234_567, "1\u{a0}234\u{a0}567", "1,234,567")]
    fn count_sets_thousands_apart(#[case] number: u64, #[case] ru: &str, #[case] en: &str) {
        assert_eq!(count(number, Language::Ru), ru);
        assert_eq!(count(number, Language::En), en);
    }

    #[rstest]
    #[case(9_999, "9\u{a0}999", "9,999")]
    #[case(12_345, "12,3\u{a0}тыс.", "12.3k")]
    #[case(20_000, "20\u{a0}тыс.", "20k")]
    #[case(1_250_000, "1,2\u{a0}млн", "1.2m")]
    fn compact_shortens_from_ten_thousand_on(#[case] number: u64, #[case] ru: &str, #[case] en: &str) {
        assert_eq!(compact(number, Language::Ru), ru);
        assert_eq!(compact(number, Language::En), en);
    }

    #[rstest]
    #[case(0, 10, 0)]
    #[case(1, 1_000, 1)]
    #[case(1, 3, 33)]
    #[case(2, 3, 67)]
    #[case(999, 1_000, 99)]
    #[case(10, 10, 100)]
    #[case(0, 0, 0)]
    fn percent_never_rounds_a_part_to_none_or_all(#[case] part: u64, #[case] whole: u64, #[case] share: u64) {
        assert_eq!(percent(part, whole), share);
    }

    #[rstest]
    #[case(1, Plural::One)]
    #[case(2, Plural::Few)]
    #[case(5, Plural::Many)]
    #[case(11, Plural::Many)]
    #[case(12, Plural::Many)]
    #[case(21, Plural::One)]
    #[case(22, Plural::Few)]
    #[case(111, Plural::Many)]
    #[case(0, Plural::Many)]
    fn russian_counts_choose_their_form(#[case] number: u64, #[case] form: Plural) {
        assert_eq!(Plural::of(number, Language::Ru), form);
    }

    #[test]
    fn day_is_written_in_the_language_of_the_page() {
        let date = NaiveDate::from_ymd_opt(2025, 8, 5).unwrap();
        assert_eq!(day(date, Language::Ru), "05.08.2025");
        assert_eq!(day(date, Language::En), "5 Aug 2025");
    }

    #[test]
    fn month_outside_the_year_has_no_name() {
        assert_eq!(month_abbreviation(0, Language::En), "");
        assert_eq!(month_abbreviation(13, Language::En), "");
    }
}
