//! Nouns of the trade beside their counts: "1 декларация, 2 декларации, 5 деклараций".

use crate::format::{Plural, count};
use crate::language::Language;

/// No line break between a count and its noun.
const JOINT: char = '\u{a0}';

/// A noun, perhaps with its adjective, in the forms that counts ask for.
#[derive(Debug, Clone, Copy)]
pub struct Noun {
    /// After 1, 2 and 5.
    ru: [&'static str; 3],
    /// After "из 1", "из 5".
    ru_genitive: [&'static str; 2],
    /// After 1 and 2.
    en: [&'static str; 2],
}

impl Noun {
    /// A document of either kind.
    pub const DOCUMENT: Self = Self {
        ru: ["документ", "документа", "документов"],
        ru_genitive: ["документа", "документов"],
        en: ["document", "documents"],
    };
    /// A document in force.
    pub const VALID_DOCUMENT: Self = Self {
        ru: [
            "действующий документ",
            "действующих документа",
            "действующих документов",
        ],
        ru_genitive: ["действующего документа", "действующих документов"],
        en: ["valid document", "valid documents"],
    };
    /// A certificate.
    pub const CERTIFICATE: Self = Self {
        ru: ["сертификат", "сертификата", "сертификатов"],
        ru_genitive: ["сертификата", "сертификатов"],
        en: ["certificate", "certificates"],
    };
    /// A certificate in force.
    pub const VALID_CERTIFICATE: Self = Self {
        ru: [
            "действующий сертификат",
            "действующих сертификата",
            "действующих сертификатов",
        ],
        ru_genitive: ["действующего сертификата", "действующих сертификатов"],
        en: ["valid certificate", "valid certificates"],
    };
    /// A declaration.
    pub const DECLARATION: Self = Self {
        ru: ["декларация", "декларации", "деклараций"],
        ru_genitive: ["декларации", "деклараций"],
        en: ["declaration", "declarations"],
    };
    /// A declaration in force.
    pub const VALID_DECLARATION: Self = Self {
        ru: [
            "действующая декларация",
            "действующие декларации",
            "действующих деклараций",
        ],
        ru_genitive: ["действующей декларации", "действующих деклараций"],
        en: ["valid declaration", "valid declarations"],
    };
    /// A day.
    pub const DAY: Self = Self {
        ru: ["день", "дня", "дней"],
        ru_genitive: ["дня", "дней"],
        en: ["day", "days"],
    };

    /// The count with the noun: "12 документов", "12 documents".
    ///
    /// ```
    /// use certlens_domain::{language::Language, noun::Noun};
    ///
    /// assert_eq!(Noun::DECLARATION.counted(2, Language::Ru), "2\u{a0}декларации");
    /// ```
    pub fn counted(self, number: u64, language: Language) -> String {
        let form = Plural::of(number, language);
        let word = match language {
            Language::Ru => form.choose(self.ru[0], self.ru[1], self.ru[2]),
            Language::En => form.choose(self.en[0], self.en[1], self.en[1]),
        };
        format!("{}{JOINT}{word}", count(number, language))
    }

    /// The count with the noun as it stands after "из" and "срок": "12 документов", "1 документа". In English as
    /// [`Self::counted`].
    pub fn counted_genitive(self, number: u64, language: Language) -> String {
        match language {
            Language::Ru => {
                let form = Plural::of(number, language);
                let word = form.choose(self.ru_genitive[0], self.ru_genitive[1], self.ru_genitive[1]);
                format!("{}{JOINT}{word}", count(number, language))
            }
            Language::En => self.counted(number, language),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, "0 деклараций", "0 declarations")]
    #[case(1, "1 декларация", "1 declaration")]
    #[case(3, "3 декларации", "3 declarations")]
    #[case(11, "11 деклараций", "11 declarations")]
    #[case(21, "21 декларация", "21 declarations")]
    #[case(1_002, "1 002 декларации", "1,002 declarations")]
    fn noun_agrees_with_its_count(#[case] number: u64, #[case] ru: &str, #[case] en: &str) {
        let spaced = |language| Noun::DECLARATION.counted(number, language).replace(JOINT, " ");
        assert_eq!(spaced(Language::Ru), ru);
        assert_eq!(spaced(Language::En), en);
    }

    #[rstest]
    #[case(1, "1 действующего документа")]
    #[case(2, "2 действующих документов")]
    #[case(21, "21 действующего документа")]
    #[case(25, "25 действующих документов")]
    fn genitive_agrees_with_its_count(#[case] number: u64, #[case] ru: &str) {
        let counted = Noun::VALID_DOCUMENT.counted_genitive(number, Language::Ru);
        assert_eq!(counted.replace(JOINT, " "), ru);
    }
}
