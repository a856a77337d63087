//! Conformity schemes, and whether they stand for a series, a batch or a single product.
//!
//! An open vocabulary: declarations `1д`–`6д`, certificates `1с`–`9с`, vehicle texts, dictionary ids. Latin and
//! Cyrillic letters are mixed in real rows. Base: EEC Decision 44 of 18.04.2018.

use serde::{Deserialize, Serialize};

/// The scheme in one spelling: small letters, Cyrillic `с` and `д` for Latin ones, single spaces.
///
/// ```
/// assert_eq!(certlens_domain::scheme::normalised(" 3C "), "3с");
/// ```
pub fn normalised(scheme: &str) -> String {
    let words: Vec<String> = scheme
        .split_whitespace()
        .map(|word| {
            word.chars()
                .flat_map(char::to_lowercase)
                .map(|letter| match letter {
                    'c' => 'с',
                    'd' => 'д',
                    other => other,
                })
                .collect()
        })
        .collect();
    words.join(" ")
}

/// What is certified: all that is made, a batch, or one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Production {
    /// Made in series.
    Series,
    /// A batch; documents of batches have no last day as a rule.
    Batch,
    /// A single product.
    Single,
    /// The scheme is not named or not known.
    Unknown,
}

impl Production {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Series, Self::Batch, Self::Single, Self::Unknown];

    /// Normalised schemes that stand for this; none for the unknown.
    pub const fn schemes(self) -> &'static [&'static str] {
        match self {
            Self::Series => &["1д", "3д", "5д", "6д", "1с", "2с", "5с", "6с", "7с", "8с"],
            Self::Batch => &["2д", "4д", "3с", "9с"],
            Self::Single => &["4с"],
            Self::Unknown => &[],
        }
    }

    /// What a scheme as a registry writes it stands for.
    pub fn of(scheme: &str) -> Self {
        let scheme = normalised(scheme);
        Self::ALL
            .into_iter()
            .find(|production| production.schemes().contains(&scheme.as_str()))
            .unwrap_or(Self::Unknown)
    }

    /// The key in addresses and JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Series => "series",
            Self::Batch => "batch",
            Self::Single => "single",
            Self::Unknown => "unknown",
        }
    }

    /// The production with this key.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|production| production.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::latin("3c", "3с")]
    #[case::capitals("1Д", "1д")]
    #[case::inner_spaces(" р.V  пр.1  ТР ТС 018", "р.v пр.1 тр тс 018")]
    fn scheme_has_one_spelling(#[case] written: &str, #[case] expected: &str) {
        assert_eq!(normalised(written), expected);
    }

    #[rstest]
    #[case("1д", Production::Series)]
    #[case("2D", Production::Batch)]
    #[case("3C", Production::Batch)]
    #[case("4с", Production::Single)]
    #[case("10с", Production::Unknown)]
    #[case("", Production::Unknown)]
    fn scheme_tells_what_is_certified(#[case] written: &str, #[case] expected: Production) {
        assert_eq!(Production::of(written), expected);
    }

    #[test]
    fn every_production_has_a_key_of_its_own() {
        for production in Production::ALL {
            assert_eq!(Production::of_key(production.key()), Some(production));
        }
    }
}
