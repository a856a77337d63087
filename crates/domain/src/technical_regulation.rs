//! Technical regulations of the Eurasian Economic Union: the table, and how a registry's text finds its row.
//!
//! Russian dumps name regulations by title, with commas replaced by spaces; Belarusian numbers carry a code. Titles
//! are compared by letters and digits only, exactly; a cut-off title is matched only when a single regulation begins
//! so and enough of it is left: 007 and 050 share their first forty letters.

mod table;

use crate::language::Language;
use crate::text::letters_and_digits;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A technical regulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TechnicalRegulation {
    /// `ТР ТС 004/2011` or `ТР ЕАЭС 037/2016`, in Cyrillic.
    pub code: &'static str,
    /// Official title.
    pub title_ru: &'static str,
    /// Short English title.
    pub title_en: &'static str,
}

/// The shortest cut-off title that is still matched, in letters and digits: above every shared beginning.
const SHORTEST_PREFIX: usize = 45;

static BY_TITLE: LazyLock<HashMap<String, &'static TechnicalRegulation>> = LazyLock::new(|| {
    table::TABLE
        .iter()
        .map(|regulation| (letters_and_digits(regulation.title_ru), regulation))
        .collect()
});

impl TechnicalRegulation {
    /// All known regulations, by code.
    pub const fn all() -> &'static [Self] {
        table::TABLE
    }

    /// The regulation with this title, as a registry writes it.
    ///
    /// ```
    /// use certlens_domain::technical_regulation::TechnicalRegulation;
    ///
    /// // The dump replaced the comma of the title by a second space.
    /// let title = "О безопасности продукции  предназначенной для детей и подростков";
    /// assert_eq!(TechnicalRegulation::of_title(title).unwrap().code, "ТР ТС 007/2011");
    /// ```
    pub fn of_title(title: &str) -> Option<&'static Self> {
        let title = letters_and_digits(title);
        if let Some(regulation) = BY_TITLE.get(&title) {
            return Some(regulation);
        }
        if title.chars().count() < SHORTEST_PREFIX {
            return None;
        }
        let mut candidates = BY_TITLE
            .iter()
            .filter(|(full, _)| full.starts_with(&title) || title.starts_with(full.as_str()))
            .map(|(_, regulation)| *regulation);
        let only = candidates.next()?;
        candidates.next().is_none().then_some(only)
    }

    /// The regulation with this code in any spelling: Latin look-alikes, lost spaces, lower case, no `ТР` at all.
    pub fn of_code(code: &str) -> Option<&'static Self> {
        let number: String = code
            .chars()
            .filter(|letter| letter.is_ascii_digit() || *letter == '/')
            .collect();
        let (serial, year) = number.split_once('/')?;
        if serial.is_empty() || serial.len() > 3 || year.len() != 4 {
            return None;
        }
        let wanted = format!(" {serial:0>3}/{year}");
        table::TABLE
            .iter()
            .find(|regulation| regulation.code.ends_with(&wanted))
    }

    /// The title for a page.
    pub const fn title(&self, language: Language) -> &'static str {
        match language {
            Language::Ru => self.title_ru,
            Language::En => self.title_en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn every_title_finds_its_own_row_and_no_title_begins_another() {
        for regulation in TechnicalRegulation::all() {
            assert_eq!(
                TechnicalRegulation::of_title(regulation.title_ru),
                Some(regulation)
            );
            assert_eq!(TechnicalRegulation::of_code(regulation.code), Some(regulation));
        }
        assert_eq!(
            BY_TITLE.len(),
            TechnicalRegulation::all().len(),
            "all normalised titles differ"
        );
    }

    #[test]
    fn titles_of_007_and_050_are_told_apart_though_they_share_forty_letters() {
        let shared = "О безопасности продукции, предназначенной для";
        let code = |title: &str| TechnicalRegulation::of_title(title).map(|found| found.code);
        assert_eq!(code(shared), None, "a shared beginning matches nothing");
        assert_eq!(
            code(&format!("{shared} детей и подростков")),
            Some("ТР ТС 007/2011")
        );
        assert_eq!(
            code(&format!("{shared} детей и подро")),
            Some("ТР ТС 007/2011"),
            "cut off"
        );
        assert_eq!(
            code(&format!("{shared} гражданской обороны и защиты")),
            Some("ТР ЕАЭС 050/2021")
        );
    }

    #[rstest]
    #[case("ТР ТС 004/2011", Some("ТР ТС 004/2011"))]
    #[case("TP TC 004/2011", Some("ТР ТС 004/2011"))]
    #[case("тр еаэс 37/2016", Some("ТР ЕАЭС 037/2016"))]
    #[case("021/2011", Some("ТР ТС 021/2011"))]
    #[case("ТР ТС 004/2012", None)]
    #[case("ТР ТС 099/2011", None)]
    #[case("ТР ТС 004", None)]
    #[case("", None)]
    fn code_in_any_spelling_finds_its_regulation(#[case] text: &str, #[case] code: Option<&str>) {
        assert_eq!(TechnicalRegulation::of_code(text).map(|found| found.code), code);
    }

    #[test]
    fn unknown_or_short_title_matches_nothing() {
        assert_eq!(TechnicalRegulation::of_title("О безопасности"), None);
        assert_eq!(TechnicalRegulation::of_title(""), None);
    }
}
