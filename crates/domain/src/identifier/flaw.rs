//! What can be wrong with an identifier, and the sentence that tells a person.

use super::IdentifierKind;
use crate::language::Language;
use serde::{Deserialize, Serialize};

/// A rule of the identifier's kind that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// A check digit differs from the one that the other digits demand.
    CheckDigit {
        /// Place of the check digit, counted from 1.
        position: u8,
        /// The digit that the rule demands.
        expected: u8,
        /// The digit that stands there.
        found: u8,
    },
    /// No check digit fits the other digits: such a number is never issued.
    NeverIssued,
    /// The digits that carry a date are no date.
    Date,
    /// The first digit does not occur in this kind.
    FirstDigit {
        /// The digit that stands there.
        found: u32,
    },
    /// The digit that tells the type of the holder does not occur in this kind.
    TypeDigit {
        /// Its place, counted from 1.
        position: u8,
        /// The digit that stands there.
        found: u32,
    },
    /// Length or alphabet do not fit.
    Shape,
}

impl Flaw {
    /// A wrong check digit; `position` counts from 1.
    pub(super) fn check_digit(position: usize, expected: u32, found: u32) -> Self {
        let small = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
        Self::CheckDigit {
            position: u8::try_from(position).unwrap_or(u8::MAX),
            expected: small(expected),
            found: small(found),
        }
    }

    /// One sentence that names the rule, for a number read as `kind`.
    pub fn explain(self, kind: IdentifierKind, language: Language) -> String {
        let name = kind.name(language);
        match (language, self) {
            (
                Language::Ru,
                Self::CheckDigit {
                    position,
                    expected,
                    found,
                },
            ) => format!(
                "{name}: контрольная цифра на {position}-м месте должна быть {expected}, а стоит {found}."
            ),
            (Language::Ru, Self::NeverIssued) => {
                format!("{name}: такой номер не выдаётся, контрольной цифры для него нет.")
            }
            (Language::Ru, Self::Date) => format!("{name}: цифры даты в номере не образуют дату."),
            (Language::Ru, Self::FirstDigit { found }) => {
                format!("{name}: номер этого вида не начинается с {found}.")
            }
            (Language::Ru, Self::TypeDigit { position, found }) => {
                format!("{name}: цифра типа на {position}-м месте не бывает {found}.")
            }
            (Language::Ru, Self::Shape) => format!("{name}: не подходит набор знаков."),
            (
                Language::En,
                Self::CheckDigit {
                    position,
                    expected,
                    found,
                },
            ) => {
                format!("{name}: the check digit at place {position} must be {expected}, but is {found}.")
            }
            (Language::En, Self::NeverIssued) => {
                format!("{name}: such a number is never issued, no check digit fits it.")
            }
            (Language::En, Self::Date) => format!("{name}: the digits of the date are no date."),
            (Language::En, Self::FirstDigit { found }) => {
                format!("{name}: a number of this kind does not begin with {found}.")
            }
            (Language::En, Self::TypeDigit { position, found }) => {
                format!("{name}: the type digit at place {position} is never {found}.")
            }
            (Language::En, Self::Shape) => format!("{name}: its characters do not fit."),
        }
    }
}
