//! Days as registries write them in figures.

use chrono::NaiveDate;

/// A day as `dd.mm.yyyy` or `yyyy-mm-dd`, with or without a time; `None` for an empty cell.
pub(crate) fn day(cell: &str) -> Result<Option<NaiveDate>, String> {
    let text = cell.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let end = text.find([' ', 'T']).unwrap_or(text.len());
    plain_day(&text[..end]).map(Some).ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        format!("`{shown}` is no date like 31.12.2025")
    })
}

fn plain_day(text: &str) -> Option<NaiveDate> {
    let separator = if text.contains('.') { '.' } else { '-' };
    let mut parts = text.split(separator);
    let (one, month, three) = (parts.next()?, parts.next()?, parts.next()?);
    let (year, day) = if separator == '.' {
        (three, one)
    } else {
        (one, three)
    };
    let fits = parts.next().is_none()
        && year.len() == 4
        && [day, month].iter().all(|part| matches!(part.len(), 1 | 2))
        && [day, month, year]
            .iter()
            .all(|part| part.bytes().all(|digit| digit.is_ascii_digit()));
    if !fits {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
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
    fn date_in_either_spelling_is_read(#[case] cell: &str, #[case] expected: Option<(i32, u32, u32)>) {
        let expected =
            expected.and_then(|(year, month, of_month)| NaiveDate::from_ymd_opt(year, month, of_month));
        assert_eq!(day(cell), Ok(expected));
    }

    #[rstest]
    #[case("31.02.2025")]
    #[case("45678")]
    #[case("22.01.20255")]
    #[case("бессрочно")]
    fn text_that_is_no_date_is_refused(#[case] cell: &str) {
        assert!(day(cell).unwrap_err().contains(cell));
    }
}
