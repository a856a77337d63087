//! Identifiers of counterparties: which kinds a text can be, and whether its check digits hold.
//!
//! A document is found by its identifiers as written, so an identifier with a wrong check digit is searched all the
//! same; this module only says what is wrong with it. A 12-digit number may be two kinds at once (a Russian person's
//! INN and a Kazakh BIN or IIN); then both readings are kept. Source: facts on registries, "Identifiers".

mod checks;
mod flaw;
mod newtypes;

pub use flaw::Flaw;
pub use newtypes::{Bin, Iin, Inn, KgInn, Ogrn, Ogrnip, Unp};

use crate::language::Language;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A kind of identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    /// Russian tax number: 10 digits of an organisation, 12 of a person.
    Inn,
    /// Russian registration number of an organisation, 13 digits.
    Ogrn,
    /// Russian registration number of a sole trader, 15 digits.
    Ogrnip,
    /// Kazakh business number, 12 digits.
    Bin,
    /// Kazakh individual number, 12 digits.
    Iin,
    /// Belarusian taxpayer number, 9 digits or two letters and 7 digits.
    Unp,
    /// Kyrgyz taxpayer number, 14 digits.
    KgInn,
}

impl IdentifierKind {
    /// The key used in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Inn => "inn",
            Self::Ogrn => "ogrn",
            Self::Ogrnip => "ogrnip",
            Self::Bin => "bin",
            Self::Iin => "iin",
            Self::Unp => "unp",
            Self::KgInn => "kg_inn",
        }
    }

    /// What people call it.
    pub const fn name(self, language: Language) -> &'static str {
        match (language, self) {
            (Language::Ru, Self::Inn) => "ИНН",
            (Language::Ru, Self::Ogrn) => "ОГРН",
            (Language::Ru, Self::Ogrnip) => "ОГРНИП",
            (Language::Ru, Self::Bin) => "БИН",
            (Language::Ru, Self::Iin) => "ИИН",
            (Language::Ru, Self::Unp) => "УНП",
            (Language::Ru, Self::KgInn) => "ИНН КР",
            (Language::En, Self::Inn) => "INN",
            (Language::En, Self::Ogrn) => "OGRN",
            (Language::En, Self::Ogrnip) => "OGRNIP",
            (Language::En, Self::Bin) => "BIN",
            (Language::En, Self::Iin) => "IIN",
            (Language::En, Self::Unp) => "UNP",
            (Language::En, Self::KgInn) => "KG INN",
        }
    }

    /// Checks `value` (already of this kind's length) by the rules of this kind.
    fn check(self, value: &str) -> Result<(), Flaw> {
        match self {
            Self::Inn => checks::inn(value),
            Self::Ogrn => checks::ogrn(value),
            Self::Ogrnip => checks::ogrnip(value),
            Self::Bin => checks::bin(value),
            Self::Iin => checks::iin(value),
            Self::Unp => checks::unp(value),
            Self::KgInn => checks::kg_inn(value),
        }
    }
}

/// One way to read an identifier: a kind, and what is wrong with it if it is read so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The kind in this reading.
    pub kind: IdentifierKind,
    /// `None` when every rule of the kind holds.
    pub flaw: Option<Flaw>,
}

/// A text that has the shape of an identifier, with its possible readings.
///
/// If any reading is without flaw, only such readings are kept; otherwise all of them are, each with its flaw.
///
/// ```
/// use certlens_domain::identifier::{Identifier, IdentifierKind};
///
/// let identifier = Identifier::parse(" 7707 083893 ").unwrap();
/// assert_eq!(identifier.value(), "7707083893");
/// assert_eq!(identifier.kinds().collect::<Vec<_>>(), [IdentifierKind::Inn]);
/// assert!(identifier.is_valid());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifier {
    value: String,
    readings: Vec<Reading>,
}

impl Identifier {
    /// Reads what a person typed or a CRM field holds: spaces and hyphens are dropped, letters of a Belarusian
    /// personal number may be Cyrillic, and leading zeros that a spreadsheet ate are restored when the result
    /// passes its check.
    pub fn parse(text: &str) -> Result<Self, NotAnIdentifier> {
        let value = clean(text)?;
        let kinds: &[IdentifierKind] = match (
            value.len(),
            value.starts_with(|first: char| first.is_alphabetic()),
        ) {
            (9, _) => &[IdentifierKind::Unp],
            (_, true) => return Err(NotAnIdentifier::new(text, NotAnIdentifierReason::Letters)),
            (10, _) => &[IdentifierKind::Inn],
            (12, _) => &[IdentifierKind::Inn, IdentifierKind::Bin, IdentifierKind::Iin],
            (13, _) => &[IdentifierKind::Ogrn],
            (14, _) => &[IdentifierKind::KgInn],
            (15, _) => &[IdentifierKind::Ogrnip],
            (11, _) => &[],
            (length, _) => return Err(NotAnIdentifier::new(text, NotAnIdentifierReason::Length(length))),
        };
        let readings: Vec<Reading> = kinds
            .iter()
            .map(|&kind| Reading {
                kind,
                flaw: kind.check(&value).err(),
            })
            .collect();
        if let Some(repaired) = restored_inn(&value)
            && readings.iter().all(|reading| reading.flaw.is_some())
        {
            return Ok(Self {
                value: repaired,
                readings: vec![Reading {
                    kind: IdentifierKind::Inn,
                    flaw: None,
                }],
            });
        }
        if readings.is_empty() {
            return Err(NotAnIdentifier::new(
                text,
                NotAnIdentifierReason::Length(value.len()),
            ));
        }
        Ok(Self {
            readings: likely(readings),
            value,
        })
    }

    /// The identifier as it is stored and searched: digits, or two Latin letters and digits.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The readings, in the order of [`IdentifierKind`].
    pub fn readings(&self) -> &[Reading] {
        &self.readings
    }

    /// The kinds that the identifier can be.
    pub fn kinds(&self) -> impl Iterator<Item = IdentifierKind> {
        self.readings.iter().map(|reading| reading.kind)
    }

    /// Whether some reading is without flaw.
    pub fn is_valid(&self) -> bool {
        self.readings.iter().any(|reading| reading.flaw.is_none())
    }

    /// Why the identifier is not valid, a sentence for every reading; `None` when it is valid.
    pub fn reason(&self, language: Language) -> Option<String> {
        if self.is_valid() {
            return None;
        }
        let sentences = self
            .readings
            .iter()
            .filter_map(|reading| Some(reading.flaw?.explain(reading.kind, language)))
            .collect::<Vec<_>>();
        Some(sentences.join(" "))
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.value)
    }
}

/// Readings without flaw if there are any. Of flawed ones, the Kazakh readings whose date cannot be a date are left
/// out when another reading only fails its check digit: they explain nothing.
fn likely(readings: Vec<Reading>) -> Vec<Reading> {
    let passing: Vec<Reading> = readings
        .iter()
        .filter(|reading| reading.flaw.is_none())
        .cloned()
        .collect();
    if !passing.is_empty() {
        return passing;
    }
    let plausible: Vec<Reading> = readings
        .iter()
        .filter(|reading| !matches!(reading.flaw, Some(Flaw::Date | Flaw::TypeDigit { .. })))
        .cloned()
        .collect();
    if plausible.is_empty() { readings } else { plausible }
}

fn clean(text: &str) -> Result<String, NotAnIdentifier> {
    let mut value = String::with_capacity(15);
    for letter in text
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-')
    {
        let letter = letter.to_uppercase().next().map_or(letter, latin_look_alike);
        if !letter.is_ascii_alphanumeric() {
            return Err(NotAnIdentifier::new(
                text,
                NotAnIdentifierReason::Character(letter),
            ));
        }
        if value.len() == 40 {
            return Err(NotAnIdentifier::new(text, NotAnIdentifierReason::Length(41)));
        }
        value.push(letter);
    }
    let letters = value.chars().filter(char::is_ascii_alphabetic).count();
    let personal_unp = value.len() == 9 && value.chars().take(2).any(|letter| letter.is_ascii_alphabetic());
    if letters > 0 && !(personal_unp && value.chars().skip(2).all(|digit| digit.is_ascii_digit())) {
        return Err(NotAnIdentifier::new(text, NotAnIdentifierReason::Letters));
    }
    Ok(value)
}

/// A Cyrillic capital that looks like a Latin one becomes it: Belarusian numbers are typed in both alphabets.
const fn latin_look_alike(letter: char) -> char {
    match letter {
        'А' => 'A',
        'В' => 'B',
        'Е' => 'E',
        'К' => 'K',
        'М' => 'M',
        'Н' => 'H',
        'О' => 'O',
        'Р' => 'P',
        'С' => 'C',
        'Т' => 'T',
        other => other,
    }
}

/// A 9- or 11-digit number whose lost leading zero makes it a valid INN; `None` for anything else.
fn restored_inn(value: &str) -> Option<String> {
    let padded = matches!(value.len(), 9 | 11).then(|| format!("0{value}"))?;
    checks::inn(&padded).is_ok().then_some(padded)
}

/// Restores the leading zero that bulk dumps lose from an INN (9 → 10 and 11 → 12 digits); other texts stay.
///
/// Unlike [`Identifier::parse`] this does not ask the check digit: in an INN column nothing else can be meant.
///
/// ```
/// use certlens_domain::identifier::with_leading_zeros;
/// assert_eq!(with_leading_zeros("814162716"), "0814162716");
/// assert_eq!(with_leading_zeros("7707083893"), "7707083893");
/// ```
pub fn with_leading_zeros(inn: &str) -> String {
    if matches!(inn.len(), 9 | 11) && inn.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("0{inn}")
    } else {
        inn.to_owned()
    }
}

/// The text has not the shape of any identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}", self.explain(Language::En))]
pub struct NotAnIdentifier {
    /// What was given, shortened to 40 characters.
    pub text: String,
    /// What is wrong with it.
    pub reason: NotAnIdentifierReason,
}

/// Why a text is no identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotAnIdentifierReason {
    /// This many digits, which no identifier has.
    Length(usize),
    /// A character that no identifier contains.
    Character(char),
    /// Letters where only a Belarusian personal number has them.
    Letters,
}

impl NotAnIdentifier {
    fn new(text: &str, reason: NotAnIdentifierReason) -> Self {
        Self {
            text: text.trim().chars().take(40).collect(),
            reason,
        }
    }

    /// One sentence: what is wrong, and what would be right.
    pub fn explain(&self, language: Language) -> String {
        let text = &self.text;
        match (language, self.reason) {
            (Language::Ru, NotAnIdentifierReason::Length(length)) => format!(
                "«{text}»: {length} знаков; в УНП их 9, в ИНН 10 или 12, в БИН и ИИН 12, в ОГРН 13, в ИНН КР 14, в ОГРНИП 15."
            ),
            (Language::Ru, NotAnIdentifierReason::Character(letter)) => {
                format!("«{text}»: знака «{letter}» в идентификаторе не бывает, нужны только цифры.")
            }
            (Language::Ru, NotAnIdentifierReason::Letters) => {
                format!("«{text}»: буквы бывают только в УНП физического лица (две буквы и семь цифр).")
            }
            (Language::En, NotAnIdentifierReason::Length(length)) => format!(
                "`{text}` has {length} characters; a UNP has 9, an INN 10 or 12, a BIN or IIN 12, an OGRN 13, a KG INN 14, an OGRNIP 15."
            ),
            (Language::En, NotAnIdentifierReason::Character(letter)) => {
                format!("`{text}` contains `{letter}`, which no identifier does: give digits only.")
            }
            (Language::En, NotAnIdentifierReason::Letters) => {
                format!("`{text}` contains letters; only a person's UNP does (two letters and seven digits).")
            }
        }
    }
}

#[cfg(test)]
mod tests;
