//! The check-digit algorithms, on texts whose length and alphabet the caller has settled.
//!
//! Each algorithm was recomputed on real numbers (facts on registries, "Algorithms"); the worked examples are tests.

use super::Flaw;
use chrono::NaiveDate;

/// The decimal value of the digit at the 0-based place `index`; 0 for a letter or beyond the end, so that no input
/// can panic.
fn digit(value: &str, index: usize) -> u32 {
    value
        .as_bytes()
        .get(index)
        .map_or(0, |byte| u32::from(byte.wrapping_sub(b'0')) % 10)
}

fn weighted_sum(value: &str, weights: &[u32]) -> u32 {
    weights
        .iter()
        .enumerate()
        .map(|(index, weight)| weight * digit(value, index))
        .sum()
}

/// Compares the digit at the 0-based place `index` with what the rule expects.
fn expect_digit(value: &str, index: usize, expected: u32) -> Result<(), Flaw> {
    let found = digit(value, index);
    if found == expected {
        Ok(())
    } else {
        Err(Flaw::check_digit(index + 1, expected, found))
    }
}

fn all_digits(value: &str, lengths: &[usize]) -> Result<(), Flaw> {
    if lengths.contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(())
    } else {
        Err(Flaw::Shape)
    }
}

/// Russian tax number of 10 or 12 digits.
pub(super) fn inn(value: &str) -> Result<(), Flaw> {
    const ORGANISATION: [u32; 9] = [2, 4, 10, 3, 5, 9, 4, 6, 8];
    const PERSON_FIRST: [u32; 10] = [7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
    const PERSON_SECOND: [u32; 11] = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
    all_digits(value, &[10, 12])?;
    if value.bytes().all(|byte| byte == b'0') {
        return Err(Flaw::NeverIssued);
    }
    if value.len() == 10 {
        expect_digit(value, 9, weighted_sum(value, &ORGANISATION) % 11 % 10)
    } else {
        expect_digit(value, 10, weighted_sum(value, &PERSON_FIRST) % 11 % 10)?;
        expect_digit(value, 11, weighted_sum(value, &PERSON_SECOND) % 11 % 10)
    }
}

fn remainder(digits: &str, divisor: u64) -> u32 {
    let remainder = digits.bytes().fold(0, |rest, byte| {
        (rest * 10 + u64::from(byte.wrapping_sub(b'0'))) % divisor
    });
    u32::try_from(remainder % 10).unwrap_or_default()
}

/// Russian registration number of an organisation, 13 digits.
pub(super) fn ogrn(value: &str) -> Result<(), Flaw> {
    all_digits(value, &[13])?;
    expect_digit(value, 12, remainder(&value[..12], 11))?;
    match digit(value, 0) {
        1 | 5 => Ok(()),
        found => Err(Flaw::FirstDigit { found }),
    }
}

/// Russian registration number of a sole trader, 15 digits. The last `mod 10` matters: remainders of 10, 11 and 12
/// occur in life.
pub(super) fn ogrnip(value: &str) -> Result<(), Flaw> {
    all_digits(value, &[15])?;
    expect_digit(value, 14, remainder(&value[..14], 13))?;
    match digit(value, 0) {
        3 | 4 => Ok(()),
        found => Err(Flaw::FirstDigit { found }),
    }
}

fn kazakh_check_digit(value: &str) -> Result<(), Flaw> {
    const FIRST: [u32; 11] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
    const SECOND: [u32; 11] = [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2];
    all_digits(value, &[12])?;
    let expected = match weighted_sum(value, &FIRST) % 11 {
        10 => weighted_sum(value, &SECOND) % 11,
        expected => expected,
    };
    if expected == 10 {
        return Err(Flaw::NeverIssued);
    }
    expect_digit(value, 11, expected)
}

/// Kazakh business number: YYMM of registration, then a type digit 4 to 6.
pub(super) fn bin(value: &str) -> Result<(), Flaw> {
    all_digits(value, &[12])?;
    let month = digit(value, 2) * 10 + digit(value, 3);
    if !(1..=12).contains(&month) {
        return Err(Flaw::Date);
    }
    match digit(value, 4) {
        4..=6 => kazakh_check_digit(value),
        found => Err(Flaw::TypeDigit { position: 5, found }),
    }
}

/// Kazakh individual number: YYMMDD of birth, then a digit 0 to 6 for century and sex.
pub(super) fn iin(value: &str) -> Result<(), Flaw> {
    all_digits(value, &[12])?;
    let two = |index| digit(value, index) * 10 + digit(value, index + 1);
    // The century is in the seventh digit; leap days are checked in a leap year so that none is refused wrongly.
    let century = match digit(value, 6) {
        1 | 2 => 1800,
        3 | 4 => 1900,
        _ => 2000,
    };
    let year = i32::try_from(century + two(0)).unwrap_or_default();
    let plausible = NaiveDate::from_ymd_opt(year, two(2), two(4)).is_some()
        || (digit(value, 6) == 0 && NaiveDate::from_ymd_opt(2000, two(2), two(4)).is_some());
    if !plausible {
        return Err(Flaw::Date);
    }
    match digit(value, 6) {
        0..=6 => kazakh_check_digit(value),
        found => Err(Flaw::TypeDigit { position: 7, found }),
    }
}

/// Belarusian taxpayer number: 9 digits, or two letters and 7 digits.
pub(super) fn unp(value: &str) -> Result<(), Flaw> {
    const WEIGHTS: [u32; 8] = [29, 23, 19, 17, 13, 7, 5, 3];
    const SECOND_LETTERS: &str = "ABCEHKMOPT";
    let mut places = value.chars();
    let (Some(first), Some(second), 9) = (places.next(), places.next(), value.len()) else {
        return Err(Flaw::Shape);
    };
    if !places.all(|place| place.is_ascii_digit()) || !"1234567ABCEHKM".contains(first) {
        return Err(Flaw::Shape);
    }
    let first_value = first.to_digit(36).ok_or(Flaw::Shape)?;
    let second_value = if first.is_ascii_digit() {
        second.to_digit(10).ok_or(Flaw::Shape)?
    } else {
        let index = SECOND_LETTERS.find(second).ok_or(Flaw::Shape)?;
        u32::try_from(index).unwrap_or_default()
    };
    let rest: u32 = (2..8).map(|index| WEIGHTS[index] * digit(value, index)).sum();
    let expected = (WEIGHTS[0] * first_value + WEIGHTS[1] * second_value + rest) % 11;
    if expected == 10 {
        return Err(Flaw::NeverIssued);
    }
    expect_digit(value, 8, expected)
}

/// Kyrgyz taxpayer number: no check digit is published, so its kind digit and its date decide.
pub(super) fn kg_inn(value: &str) -> Result<(), Flaw> {
    all_digits(value, &[14])?;
    if digit(value, 0) > 2 {
        return Err(Flaw::FirstDigit {
            found: digit(value, 0),
        });
    }
    let number = |range: std::ops::Range<usize>| range.fold(0, |sum, index| sum * 10 + digit(value, index));
    let year = i32::try_from(number(5..9)).unwrap_or_default();
    let date = NaiveDate::from_ymd_opt(year, number(3..5), number(1..3));
    if date.is_some() && (1850..=2100).contains(&year) {
        Ok(())
    } else {
        Err(Flaw::Date)
    }
}
