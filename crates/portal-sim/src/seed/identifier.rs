//! Invented registration numbers with valid check digits. Pure.

use rand::Rng;

fn digits(random: &mut impl Rng, first: &str, length: usize) -> Vec<u32> {
    let mut digits: Vec<u32> = first.bytes().map(|byte| u32::from(byte - b'0')).collect();
    while digits.len() < length {
        digits.push(random.random_range(0..10));
    }
    digits
}

fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits
        .iter()
        .zip(weights)
        .map(|(digit, weight)| digit * weight)
        .sum()
}

fn text(digits: &[u32]) -> String {
    digits
        .iter()
        .filter_map(|digit| char::from_digit(*digit, 10))
        .collect()
}

/// ИНН of a company: ten digits.
pub(super) fn inn(random: &mut impl Rng) -> String {
    let region = format!("{:02}", random.random_range(1..80));
    let mut digits = digits(random, &region, 9);
    digits.push(weighted(&digits, &[2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10);
    text(&digits)
}

/// ИНН of an entrepreneur: twelve digits.
pub(super) fn personal_inn(random: &mut impl Rng) -> String {
    let region = format!("{:02}", random.random_range(1..80));
    let mut digits = digits(random, &region, 10);
    digits.push(weighted(&digits, &[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10);
    digits.push(weighted(&digits, &[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10);
    text(&digits)
}

fn remainder(digits: &[u32], divisor: u64) -> u32 {
    let remainder = digits
        .iter()
        .fold(0, |rest, digit| (rest * 10 + u64::from(*digit)) % divisor);
    u32::try_from(remainder % 10).unwrap_or_default()
}

/// ОГРН: thirteen digits.
pub(super) fn ogrn(random: &mut impl Rng) -> String {
    let year = format!("1{:02}", random.random_range(3..25));
    let mut digits = digits(random, &year, 12);
    digits.push(remainder(&digits, 11));
    text(&digits)
}

/// ОГРНИП: fifteen digits.
pub(super) fn ogrnip(random: &mut impl Rng) -> String {
    let year = format!("3{:02}", random.random_range(4..25));
    let mut digits = digits(random, &year, 14);
    digits.push(remainder(&digits, 13));
    text(&digits)
}

/// БИН of Kazakhstan: twelve digits.
pub(super) fn bin(random: &mut impl Rng) -> String {
    loop {
        let month = format!(
            "{:02}{:02}40",
            random.random_range(5..25),
            random.random_range(1..13)
        );
        let mut digits = digits(random, &month, 11);
        let first = weighted(&digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) % 11;
        let second = weighted(&digits, &[3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) % 11;
        let check = if first == 10 { second } else { first };
        // Numbers whose both sums give ten are not issued.
        if check < 10 {
            digits.push(check);
            return text(&digits);
        }
    }
}

/// УНП of Belarus: nine digits.
pub(super) fn unp(random: &mut impl Rng) -> String {
    loop {
        let region = random.random_range(1..7).to_string();
        let mut digits = digits(random, &region, 8);
        let check = weighted(&digits, &[29, 23, 19, 17, 13, 7, 5, 3]) % 11;
        // As above.
        if check < 10 {
            digits.push(check);
            return text(&digits);
        }
    }
}

/// The number with its last digit changed.
pub(super) fn spoilt(number: &str) -> String {
    let mut digits: Vec<char> = number.chars().collect();
    if let Some(last) = digits.last_mut() {
        *last = if *last == '9' { '0' } else { '9' };
    }
    digits.into_iter().collect()
}
