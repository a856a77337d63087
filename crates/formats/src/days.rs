//! Days as registries write them: `17 июнь 2025`, `17.06.2025`, `2025-06-17`, instants with a zone.
//!
//! Knows nothing of documents. Source: facts on registries, Kyrgyzstan, Belarus, the Union's portal.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta};

/// A text that should be a day and is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no date like 17.06.2025, 2025-06-17 or 17 июнь 2025")]
pub(crate) struct NotADay(String);

/// Beginnings of the months' names, in any case of the noun and as abbreviations.
const MONTHS: [&str; 12] = [
    "янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек",
];

/// Years from this one on are written for "no limit" (2999, 9999).
const NO_LIMIT_FROM: i32 = 2200;

/// The day that the text names; `None` for an empty text.
pub(crate) fn day(text: &str) -> Result<Option<NaiveDate>, NotADay> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    (of_instant(text)
        .or_else(|| of_digits(text))
        .or_else(|| of_words(text)))
    .map(Some)
    .ok_or_else(|| NotADay(text.chars().take(40).collect()))
}

/// The last day of validity; `None` for "no limit": no digit at all ("бессрочно", a dash), or a far year.
pub(crate) fn end_of_validity(text: &str) -> Result<Option<NaiveDate>, NotADay> {
    if !text.contains(|letter: char| letter.is_ascii_digit()) {
        return Ok(None);
    }
    Ok(day(text)?.filter(|end| end.year() < NO_LIMIT_FROM))
}

/// The day of an instant in milliseconds since 1970.
pub(crate) fn of_milliseconds(milliseconds: i64) -> Option<NaiveDate> {
    DateTime::from_timestamp_millis(milliseconds).and_then(|instant| of_universal(instant.naive_utc()))
}

/// An instant with its zone: the day as written there. One in universal time is some member state's midnight, as a
/// rule; the states lie between +03:00 and +06:00, so that six hours more bring each of those midnights to its day.
fn of_instant(text: &str) -> Option<NaiveDate> {
    let instant = DateTime::parse_from_rfc3339(text).ok()?;
    if instant.offset().local_minus_utc() == 0 {
        of_universal(instant.naive_utc())
    } else {
        Some(instant.date_naive())
    }
}

fn of_universal(instant: chrono::NaiveDateTime) -> Option<NaiveDate> {
    Some(instant.checked_add_signed(TimeDelta::hours(6))?.date())
}

/// `17.06.2025` or `2025-06-17`, alone or before a time.
fn of_digits(text: &str) -> Option<NaiveDate> {
    let (day, rest) = text.split_at_checked(10)?;
    if !(rest.is_empty() || rest.starts_with([' ', 'T', '\u{a0}']) || rest.starts_with("г")) {
        return None;
    }
    ["%d.%m.%Y", "%Y-%m-%d"]
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(day, format).ok())
}

/// `17 июнь 2025`, also `17 июня 2025 г.` and with a time behind it.
fn of_words(text: &str) -> Option<NaiveDate> {
    let mut words = text.split_whitespace();
    let day: u32 = words.next()?.parse().ok()?;
    let month = month(words.next()?)?;
    let year = words.next()?.trim_end_matches(['г', '.', ',']);
    if year.len() != 4 {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month, day)
}

fn month(word: &str) -> Option<u32> {
    let word = word.to_lowercase();
    if !word.trim_end_matches('.').chars().all(char::is_alphabetic) {
        return None;
    }
    let stem: String = word.chars().take(3).collect();
    (1..)
        .zip(MONTHS)
        .find(|(_, month)| {
            *month == stem || (*month == "ма" && matches!(stem.as_str(), "май" | "мая" | "мае"))
        })
        .map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const NAMES: [(&str, &str); 12] = [
        ("январь", "января"),
        ("февраль", "февраля"),
        ("март", "марта"),
        ("апрель", "апреля"),
        ("май", "мая"),
        ("июнь", "июня"),
        ("июль", "июля"),
        ("август", "августа"),
        ("сентябрь", "сентября"),
        ("октябрь", "октября"),
        ("ноябрь", "ноября"),
        ("декабрь", "декабря"),
    ];

    #[test]
    fn each_month_is_read_in_the_nominative_and_in_the_genitive() {
        for (number, (nominative, genitive)) in (1..).zip(NAMES) {
            let expected = Ok(NaiveDate::from_ymd_opt(2025, number, 7));
            assert_eq!(day(&format!("7 {nominative} 2025")), expected);
            assert_eq!(day(&format!("07 {} 2025 г.", genitive.to_uppercase())), expected);
        }
    }

    #[rstest]
    #[case("17.06.2025")]
    #[case("2025-06-17")]
    #[case(" 17.06.2025 00:00:00 ")]
    #[case("17.06.2025 г.")]
    #[case("2025-06-17T00:00:00")]
    #[case("2025-06-17 13:30:00")]
    #[case("17\u{a0}июнь\u{a0}2025")]
    #[case("2025-06-17T00:00:00+03:00")] // Minsk, as the Union's register writes
    #[case("2025-06-17T03:00:00+03:00")]
    #[case("2025-06-16T21:00:00Z")] // midnight of Minsk in universal time
    #[case("2025-06-16T18:00:00.000Z")] // midnight of Bishkek
    #[case("2025-06-17T00:00:00Z")]
    fn day_is_read_in_every_spelling(#[case] text: &str) {
        assert_eq!(day(text), Ok(NaiveDate::from_ymd_opt(2025, 6, 17)), "{text}");
    }

    #[rstest]
    #[case("31.02.2025")]
    #[case("17 брюмер 2025")]
    #[case("17 июнь 25")]
    #[case("17.06.20255")]
    #[case("45678")]
    #[case("позавчера")]
    #[case("2025-06-1я")]
    fn text_that_is_no_day_is_refused_and_quoted(#[case] text: &str) {
        assert!(day(text).unwrap_err().to_string().contains(text));
    }

    #[rstest]
    #[case("бессрочно")]
    #[case("-")]
    #[case("")]
    #[case("31.12.2999")]
    #[case("9999-12-31T00:00:00+03:00")]
    fn words_and_far_years_are_no_limit(#[case] text: &str) {
        assert_eq!(end_of_validity(text), Ok(None));
    }
}
