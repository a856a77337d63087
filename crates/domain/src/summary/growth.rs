//! Whether a counterparty certifies more or less than a year ago.
//!
//! Compares the 365 days that end today with the 365 before them: whole years, so that a season cannot pass for growth.

use crate::board::Board;
use crate::format::Plural;
use crate::language::Language;

/// The larger of two years has at least so many documents before they are compared: below, one document more or less
/// is already a change by a third.
pub const ENOUGH_TO_COMPARE: u64 = 6;

/// How the last year compares with the year before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    /// So many times more than the year before, 1.5 or above.
    Grew(Times),
    /// So many times less than the year before, 1.5 or above.
    Fell(Times),
    /// Neither.
    Steady,
    /// All documents are of the last year.
    New,
    /// Documents in the last year, none in the year before, some earlier.
    Resumed,
    /// None in the last year, some earlier.
    Stopped,
    /// No documents, or too few to compare.
    Unknown,
}

/// How the last year of a board compares with the year before.
pub fn growth(board: &Board) -> Growth {
    let (last, before) = (board.facts.last_year, board.facts.year_before);
    if board.totals.documents == 0 {
        Growth::Unknown
    } else if last == 0 {
        Growth::Stopped
    } else if before == 0 && board.totals.documents <= last {
        Growth::New
    } else if before == 0 {
        Growth::Resumed
    } else if last.max(before) < ENOUGH_TO_COMPARE {
        Growth::Unknown
    } else if last.saturating_mul(2) >= before.saturating_mul(3) {
        Growth::Grew(Times::of(last, before))
    } else if before.saturating_mul(2) >= last.saturating_mul(3) {
        Growth::Fell(Times::of(before, last))
    } else {
        Growth::Steady
    }
}

impl Growth {
    /// The key in classes and attributes.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Grew(_) => "grew",
            Self::Fell(_) => "fell",
            Self::Steady => "steady",
            Self::New => "new",
            Self::Resumed => "resumed",
            Self::Stopped => "stopped",
            Self::Unknown => "unknown",
        }
    }

    /// A few words, "активность за год выросла вдвое"; `None` when there is nothing to say.
    pub fn words(self, language: Language) -> Option<String> {
        let words = match (self, language) {
            (Self::Unknown, _) => return None,
            (Self::Grew(times), Language::Ru) => format!("активность за год выросла {}", times.ru()),
            (Self::Fell(times), Language::Ru) => format!("активность за год упала {}", times.ru()),
            (Self::Grew(times), Language::En) => format!("activity {} in a year", times.en_grew()),
            (Self::Fell(times), Language::En) => format!("activity {} in a year", times.en_fell()),
            (Self::Steady, Language::Ru) => "активность ровная".to_owned(),
            (Self::Steady, Language::En) => "activity is steady".to_owned(),
            (Self::New, Language::Ru) => "все документы за последний год".to_owned(),
            (Self::New, Language::En) => "all documents are of the last year".to_owned(),
            (Self::Resumed, Language::Ru) => "снова регистрирует после перерыва".to_owned(),
            (Self::Resumed, Language::En) => "registers again after a break".to_owned(),
            (Self::Stopped, Language::Ru) => "за год ничего нового".to_owned(),
            (Self::Stopped, Language::En) => "nothing new for a year".to_owned(),
        };
        Some(words)
    }
}

/// How many times one count is of another, to a tenth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    tenths: u64,
}

impl Times {
    /// Of a larger count and a smaller one.
    pub fn of(larger: u64, smaller: u64) -> Self {
        let smaller = smaller.max(1);
        Self {
            tenths: (larger.saturating_mul(10).saturating_add(smaller / 2)) / smaller,
        }
    }

    /// After "выросла", "упала": "вдвое", "в 2,5 раза".
    fn ru(self) -> String {
        match self.tenths {
            15 => "в полтора раза".to_owned(),
            19..=21 => "вдвое".to_owned(),
            29..=31 => "втрое".to_owned(),
            39..=41 => "вчетверо".to_owned(),
            tenths if tenths >= 100 || tenths.is_multiple_of(10) => {
                let whole = (tenths + 5) / 10;
                let word = Plural::of(whole, Language::Ru).choose("раз", "раза", "раз");
                format!("в\u{a0}{whole}\u{a0}{word}")
            }
            tenths => format!("в\u{a0}{},{}\u{a0}раза", tenths / 10, tenths % 10),
        }
    }

    /// How many times more one has than another: "втрое больше, чем", "three times as many as".
    pub fn more_than(self, language: Language) -> String {
        match (language, self.tenths) {
            (Language::Ru, _) => format!("{} больше, чем", self.ru()),
            (Language::En, 15) => "one and a half times as many as".to_owned(),
            (Language::En, 19..=21) => "twice as many as".to_owned(),
            (Language::En, 29..=31) => "three times as many as".to_owned(),
            (Language::En, 39..=41) => "four times as many as".to_owned(),
            (Language::En, tenths) if tenths >= 100 || tenths.is_multiple_of(10) => {
                format!("{}\u{a0}times as many as", (tenths + 5) / 10)
            }
            (Language::En, tenths) => format!("{}.{}\u{a0}times as many as", tenths / 10, tenths % 10),
        }
    }

    fn en_grew(self) -> String {
        match self.tenths {
            19..=21 => "doubled".to_owned(),
            29..=31 => "tripled".to_owned(),
            39..=41 => "quadrupled".to_owned(),
            tenths if tenths < 20 => format!("grew by {}%", (tenths - 10) * 10),
            tenths if tenths >= 100 || tenths.is_multiple_of(10) => {
                format!("grew {}-fold", (tenths + 5) / 10)
            }
            tenths => format!("grew {}.{}-fold", tenths / 10, tenths % 10),
        }
    }

    fn en_fell(self) -> String {
        match self.tenths {
            19..=21 => "halved".to_owned(),
            29..=31 => "fell to a third".to_owned(),
            39..=41 => "fell to a quarter".to_owned(),
            tenths => format!("fell by {}%", 100 - (1_000 + tenths / 2) / tenths),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::{BoardFacts, BoardTotals};
    use crate::sample;
    use rstest::rstest;

    fn board(documents: u64, last_year: u64, year_before: u64) -> Board {
        Board {
            totals: BoardTotals {
                documents,
                ..BoardTotals::default()
            },
            facts: BoardFacts {
                last_year,
                year_before,
                ..BoardFacts::default()
            },
            ..sample::empty_board()
        }
    }

    #[rstest]
    #[case::no_documents(0, 0, 0, "unknown")]
    #[case::all_of_the_last_year(3, 3, 0, "new")]
    #[case::a_year_without(9, 3, 0, "resumed")]
    #[case::nothing_for_a_year(9, 0, 4, "stopped")]
    #[case::nothing_for_two_years(9, 0, 0, "stopped")]
    #[case::five_against_one_is_too_few(6, 5, 1, "unknown")]
    #[case::six_against_four(10, 6, 4, "grew")]
    #[case::six_against_five(11, 6, 5, "steady")]
    #[case::four_against_six(10, 4, 6, "fell")]
    #[case::five_against_seven(12, 5, 7, "steady")]
    fn two_years_are_compared_when_there_is_enough_of_them(
        #[case] documents: u64,
        #[case] last_year: u64,
        #[case] year_before: u64,
        #[case] key: &str,
    ) {
        assert_eq!(growth(&board(documents, last_year, year_before)).key(), key);
    }

    #[rstest]
    #[case(6, 4, "выросла в полтора раза", "grew by 50%")]
    #[case(16, 10, "выросла в 1,6 раза", "grew by 60%")]
    #[case(24, 12, "выросла вдвое", "doubled")]
    #[case(25, 10, "выросла в 2,5 раза", "grew 2.5-fold")]
    #[case(31, 10, "выросла втрое", "tripled")]
    #[case(40, 10, "выросла вчетверо", "quadrupled")]
    #[case(50, 10, "выросла в 5 раз", "grew 5-fold")]
    #[case(223, 10, "выросла в 22 раза", "grew 22-fold")]
    #[case(12, 24, "упала вдвое", "halved")]
    #[case(10, 15, "упала в полтора раза", "fell by 33%")]
    #[case(10, 31, "упала втрое", "fell to a third")]
    #[case(2, 40, "упала в 20 раз", "fell by 95%")]
    fn change_is_told_in_words(#[case] last: u64, #[case] before: u64, #[case] ru: &str, #[case] en: &str) {
        let growth = growth(&board(last + before, last, before));
        let words = |language| growth.words(language).unwrap().replace('\u{a0}', " ");
        assert_eq!(words(Language::Ru), format!("активность за год {ru}"));
        assert_eq!(words(Language::En), format!("activity {en} in a year"));
    }

    #[rstest]
    #[case(3, 2, "в полтора раза больше, чем", "one and a half times as many as")]
    #[case(16, 10, "в 1,6 раза больше, чем", "1.6 times as many as")]
    #[case(24, 12, "вдвое больше, чем", "twice as many as")]
    #[case(120, 40, "втрое больше, чем", "three times as many as")]
    #[case(40, 10, "вчетверо больше, чем", "four times as many as")]
    #[case(50, 10, "в 5 раз больше, чем", "5 times as many as")]
    #[case(223, 10, "в 22 раза больше, чем", "22 times as many as")]
    fn two_counts_are_compared_in_words(
        #[case] more: u64,
        #[case] fewer: u64,
        #[case] ru: &str,
        #[case] en: &str,
    ) {
        let words = |language| Times::of(more, fewer).more_than(language).replace('\u{a0}', " ");
        assert_eq!(
            (words(Language::Ru).as_str(), words(Language::En).as_str()),
            (ru, en)
        );
    }
}
