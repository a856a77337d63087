//! Who is compared with the card's counterparty, as the frame's address tells it: numbers of one counterparty joined by
//! spaces, counterparties by commas.
//!
//! An address is foreign input, and what a person typed is appended to it as it is (`browser::board`): what is no
//! identifier is kept as a text that is looked for among numbers of documents. Pure.

use crate::card::typed::separate;
use certlens_domain::analytics::MOST_IDENTIFIERS;
use certlens_domain::identifier::Identifier;

/// The most counterparties of a comparison, the card's own included: more columns than that nobody reads.
pub(crate) const MOST_COMPARED: usize = 5;
/// The most texts of an address that are read.
const MOST_READ: usize = 20;
/// The longest text that is looked for, in characters: numbers of documents are far shorter.
const LONGEST_SOUGHT: usize = 100;

/// Who is compared with the card's counterparty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Chosen {
    others: Vec<Counterparty>,
    sought: Option<String>,
}

/// One counterparty by its numbers, at least one; as they are stored and searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counterparty(Vec<String>);

impl Counterparty {
    /// Reads numbers of one counterparty; `None` when one of them is none.
    fn read(text: &str) -> Option<Self> {
        let identifiers: Result<Vec<Identifier>, _> = separate(text)
            .iter()
            .map(|text| Identifier::parse(text))
            .collect();
        let values = identifiers.ok()?;
        Self::of(values.iter().map(Identifier::value))
    }

    /// The counterparty with these numbers; `None` without any.
    pub(crate) fn of<'value>(values: impl IntoIterator<Item = &'value str>) -> Option<Self> {
        let mut unique: Vec<String> = Vec::new();
        for value in values {
            if unique.len() < MOST_IDENTIFIERS && !unique.iter().any(|known| known == value) {
                unique.push(value.to_owned());
            }
        }
        (!unique.is_empty()).then_some(Self(unique))
    }

    /// Its numbers.
    pub(crate) fn values(&self) -> &[String] {
        &self.0
    }

    /// Its numbers with their kinds.
    pub(crate) fn identifiers(&self) -> Vec<Identifier> {
        self.0
            .iter()
            .filter_map(|value| Identifier::parse(value).ok())
            .collect()
    }

    /// Whether both have a number in common, so that they are one.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.0.iter().any(|value| other.0.contains(value))
    }
}

impl Chosen {
    /// Adds what a value of the address says.
    pub(crate) fn read(&mut self, value: &str) {
        let pieces = value.split([',', ';', '\n', '\r', '\t']).map(str::trim);
        for piece in pieces.filter(|piece| !piece.is_empty()).take(MOST_READ) {
            match Counterparty::read(piece) {
                Some(counterparty) => self.add(counterparty),
                None if piece.chars().count() <= LONGEST_SOUGHT => self.sought = Some(piece.to_owned()),
                None => {}
            }
        }
    }

    fn add(&mut self, counterparty: Counterparty) {
        let is_known = self.others.iter().any(|known| known.meets(&counterparty));
        if !is_known && !self.is_full() {
            self.others.push(counterparty);
        }
    }

    /// The value that an address has for it.
    pub(crate) fn written(&self) -> String {
        let mut pieces: Vec<String> = self.others.iter().map(|other| other.0.join(" ")).collect();
        pieces.extend(self.sought.clone());
        pieces.join(",")
    }

    /// The others, in the order in which they were added.
    pub(crate) fn others(&self) -> &[Counterparty] {
        &self.others
    }

    /// A text that is no identifier: perhaps the number of a document.
    pub(crate) fn sought(&self) -> Option<&str> {
        self.sought.as_deref()
    }

    /// Whether nobody else fits in.
    pub(crate) fn is_full(&self) -> bool {
        self.others.len() + 1 >= MOST_COMPARED
    }

    /// Without the text that was looked for: what a form adds to.
    #[must_use]
    pub(crate) fn settled(&self) -> Self {
        Self {
            others: self.others.clone(),
            sought: None,
        }
    }

    /// With one more, found or proposed.
    #[must_use]
    pub(crate) fn with(&self, counterparty: Counterparty) -> Self {
        let mut chosen = self.settled();
        chosen.add(counterparty);
        chosen
    }

    /// Without the counterparty of a column.
    #[must_use]
    pub(crate) fn without(&self, counterparty: &Counterparty) -> Self {
        Self {
            others: self
                .others
                .iter()
                .filter(|other| *other != counterparty)
                .cloned()
                .collect(),
            sought: self.sought.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn read(value: &str) -> Chosen {
        let mut chosen = Chosen::default();
        chosen.read(value);
        chosen
    }

    #[rstest]
    #[case::one("7707083893", "7707083893", None)]
    #[case::two_numbers_of_one("7707083893 1027700132195", "7707083893 1027700132195", None)]
    #[case::two_counterparties("7707083893, 7736050003", "7707083893|7736050003", None)]
    #[case::grouped_digits("7707 083 893", "7707083893", None)]
    #[case::the_same_again("7707083893,1027700132195 7707083893", "7707083893", None)]
    #[case::document("ЕАЭС N RU Д-CN.РА01.В.12345/25", "", Some("ЕАЭС N RU Д-CN.РА01.В.12345/25"))]
    #[case::both("7736050003,чайник", "7736050003", Some("чайник"))]
    #[case::nothing(" , ;", "", None)]
    fn address_says_who_is_compared(#[case] value: &str, #[case] others: &str, #[case] sought: Option<&str>) {
        let chosen = read(value);
        let told: Vec<String> = chosen
            .others()
            .iter()
            .map(|other| other.values().join(" "))
            .collect();
        assert_eq!((told.join("|").as_str(), chosen.sought()), (others, sought));
    }

    #[test]
    fn fifth_of_the_others_finds_no_place() {
        let chosen = read("7707083893,7736050003,7728168971,7702070139,7744001497");
        assert_eq!(chosen.others().len(), MOST_COMPARED - 1);
        assert!(chosen.is_full());
    }

    #[test]
    fn column_is_added_and_taken_away() {
        let first = read("7707083893,no such text");
        let second = Counterparty::of(["7736050003"]).unwrap();
        let both = first.with(second.clone());
        assert_eq!(both.written(), "7707083893,7736050003");
        assert_eq!(both.without(&second), first.settled());
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_as_the_same(
            pieces in prop::collection::vec("[0-9]{9,15}( [0-9]{10})?|[ a-zА-Я0-9/.-]{0,30}", 0..9),
        ) {
            let chosen = read(&pieces.join(","));
            prop_assert_eq!(read(&chosen.written()), chosen);
        }
    }
}
