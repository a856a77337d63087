//! What a viewer typed or pasted where identifiers are asked for, read while it is typed. Pure, the same on both sides.

use crate::catalogue::Texts;
use certlens_domain::document_detail::SHORTEST_NUMBER_BEGINNING;
use certlens_domain::identifier::{Identifier, NotAnIdentifier};

/// What stands in a field: identifiers and what is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typed {
    identifiers: Vec<Identifier>,
    unreadable: Vec<(String, NotAnIdentifier)>,
}

/// A line below the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CheckLine {
    /// How it looks.
    pub(crate) class: &'static str,
    /// What it says.
    pub(crate) words: String,
}

/// The most identifiers that are read at once, and lines that are shown of them.
const MOST_READ: usize = 100;
const MOST_LINES: usize = 6;

impl Typed {
    /// Reads a field.
    pub(crate) fn of(typed: &str) -> Self {
        let mut read = Self {
            identifiers: Vec::new(),
            unreadable: Vec::new(),
        };
        for text in separate(typed).into_iter().take(MOST_READ) {
            match Identifier::parse(&text) {
                Ok(identifier) => {
                    let known = read
                        .identifiers
                        .iter()
                        .any(|known| known.value() == identifier.value());
                    if !known {
                        read.identifiers.push(identifier);
                    }
                }
                Err(error) => read.unreadable.push((text, error)),
            }
        }
        read
    }

    /// What may be a document's number, when nothing is an identifier.
    pub(crate) fn number(&self) -> Option<String> {
        let signs = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).count();
        let (text, _) = self.unreadable.first().filter(|_| self.identifiers.is_empty())?;
        let is_number =
            signs(text) >= SHORTEST_NUMBER_BEGINNING && text.contains(|letter: char| letter.is_ascii_digit());
        is_number.then(|| text.clone())
    }

    /// The identifiers, each once.
    pub(crate) fn identifiers(&self) -> &[Identifier] {
        &self.identifiers
    }

    /// What is wrong with the first text that is no identifier.
    #[cfg(feature = "ssr")]
    pub(crate) fn problem(&self) -> Option<&NotAnIdentifier> {
        self.unreadable.first().map(|(_, error)| error)
    }

    /// What is said below the field; `looks_up_number` of a text that may be a document's number.
    pub(crate) fn lines(&self, texts: Texts, looks_up_number: &str) -> Vec<CheckLine> {
        let good = self.identifiers.iter().map(|identifier| {
            let kinds: Vec<&str> = identifier.kinds().map(|kind| kind.name(texts.0)).collect();
            let kinds = kinds.join(texts.or());
            match identifier.reason(texts.0) {
                None => CheckLine {
                    class: "check check--good",
                    words: format!("{} — {kinds}", identifier.value()),
                },
                Some(reason) => CheckLine {
                    class: "check check--doubtful",
                    words: format!("{} — {kinds}. {reason}", identifier.value()),
                },
            }
        });
        let number = self.number();
        let bad = self.unreadable.iter().map(move |(text, error)| {
            if number.as_ref() == Some(text) {
                CheckLine {
                    class: "check check--doubtful",
                    words: looks_up_number.to_owned(),
                }
            } else {
                CheckLine {
                    class: "check check--bad",
                    words: error.explain(texts.0),
                }
            }
        });
        good.chain(bad).take(MOST_LINES).collect()
    }
}

/// Numbers of a pasted list: separated by line ends, commas, semicolons and tabs; by spaces only when every word is long
/// enough to be an identifier by itself, because people also group the digits of one.
pub(crate) fn separate(typed: &str) -> Vec<String> {
    let pieces = typed
        .split(['\n', '\r', ',', ';', '\t'])
        .map(str::trim)
        .filter(|piece| !piece.is_empty());
    pieces
        .flat_map(|piece| {
            let words: Vec<&str> = piece.split_whitespace().collect();
            if words.len() > 1 && words.iter().all(|word| word.chars().count() >= SHORTEST) {
                words.into_iter().map(str::to_owned).collect()
            } else {
                vec![piece.to_owned()]
            }
        })
        .collect()
}

/// The shortest identifier has 9 characters: a UNP.
const SHORTEST: usize = 9;

#[cfg(test)]
mod tests {
    use super::*;
    use certlens_domain::language::Language;
    use rstest::rstest;

    #[rstest]
    #[case::one("7707083893", &["7707083893"])]
    #[case::grouped_digits("7707 083 893", &["7707 083 893"])]
    #[case::spaces("7707083893 1027700132195", &["7707083893", "1027700132195"])]
    #[case::lines("7707083893\r\n1027700132195;\n", &["7707083893", "1027700132195"])]
    #[case::table("ООО Ромашка\t7707083893", &["ООО Ромашка", "7707083893"])]
    #[case::nothing(" ;, ", &[])]
    fn pasted_lists_fall_into_numbers(#[case] typed: &str, #[case] expected: &[&str]) {
        assert_eq!(separate(typed), expected);
    }

    #[rstest]
    #[case::of_a_document("ЕАЭС N RU Д-CN.РА01.В.12345/25", true)]
    #[case::short("RU 12", false)]
    #[case::word("ромашковое поле", false)]
    #[case::identifier("7707083893", false)]
    fn text_that_may_be_a_documents_number_is_looked_up(#[case] typed: &str, #[case] expected: bool) {
        assert_eq!(Typed::of(typed).number().is_some(), expected);
    }

    #[test]
    fn number_is_read_once_and_what_is_none_is_explained() {
        let typed = Typed::of("7707083893, 7707 083 893, ромашка");
        assert_eq!(typed.identifiers().len(), 1);
        assert_eq!(typed.lines(Texts(Language::Ru), "").len(), 2);
    }
}
