//! What a comparison is made of, before it becomes rows and HTML. Plain data.

use super::chosen::Counterparty;
use crate::card::board::model::Answered;
use crate::catalogue::Texts;
use certlens_domain::board::Board;
use certlens_domain::certification_body::short_name;
use certlens_domain::document_detail::NumberMatch;
use certlens_domain::identifier::{Identifier, NotAnIdentifier};
use certlens_domain::related::Related;

/// What came back for a comparison; the card's own board is the one of its answer.
#[derive(Debug, Clone)]
pub(crate) struct Comparison {
    /// The name of the card's counterparty in its newest documents; `None` when they have none.
    pub(crate) own_name: Option<String>,
    /// The others, in the order of the address.
    pub(crate) others: Vec<Other>,
    /// Chosen ones that are the card's own counterparty: they have no column.
    pub(crate) already: Vec<Counterparty>,
    /// What was found for a text that is no identifier.
    pub(crate) sought: Option<Sought>,
    /// Related companies that have no column yet; `None` when they could not be read.
    pub(crate) proposals: Option<Vec<Related>>,
}

/// Another counterparty of a comparison.
#[derive(Debug, Clone)]
pub(crate) struct Other {
    /// Its numbers.
    pub(crate) counterparty: Counterparty,
    /// What it holds; `None` when the search failed.
    pub(crate) found: Option<Found>,
}

/// What another counterparty holds.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// Its name in its newest documents.
    pub(crate) name: Option<String>,
    /// Everything that it holds, in the role of the card's board.
    pub(crate) board: Board,
}

/// What became of a text that is no identifier.
#[derive(Debug, Clone)]
pub(crate) enum Sought {
    /// It can't be a document's number either.
    Unreadable(NotAnIdentifier),
    /// Documents with this number, perhaps none.
    Documents(Vec<NumberMatch>),
    /// The look-up failed.
    Failed,
}

/// One column: who it is, and what it holds.
#[derive(Debug, Clone)]
pub(super) struct Side<'answer> {
    /// Short, unlike all others; never empty.
    pub(super) name: String,
    /// The whole name, where the short one is another.
    pub(super) whole_name: Option<String>,
    /// Its numbers.
    pub(super) identifiers: Vec<Identifier>,
    /// What it holds; `None` when the search failed.
    pub(super) board: Option<&'answer Board>,
    /// The column that can be taken away; `None`: the card's own.
    pub(super) counterparty: Option<&'answer Counterparty>,
}

/// All columns, the card's own first.
pub(super) fn sides<'answer>(
    comparison: &'answer Comparison,
    answered: &'answer Answered,
    texts: Texts,
) -> Vec<Side<'answer>> {
    let own = answered
        .analytics
        .identifiers
        .iter()
        .filter_map(|identifier| Identifier::parse(&identifier.value).ok())
        .collect();
    let mut sides = vec![side(comparison.own_name.as_deref(), own, texts)];
    sides[0].board = Some(&answered.whole);
    for other in &comparison.others {
        let name = other.found.as_ref().and_then(|found| found.name.as_deref());
        sides.push(Side {
            board: other.found.as_ref().map(|found| &found.board),
            counterparty: Some(&other.counterparty),
            ..side(name, other.counterparty.identifiers(), texts)
        });
    }
    told_apart(&mut sides);
    sides
}

fn side<'answer>(name: Option<&str>, identifiers: Vec<Identifier>, texts: Texts) -> Side<'answer> {
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    let short = name.map_or_else(|| numbered(&identifiers, texts), short_name);
    Side {
        whole_name: name.filter(|name| *name != short).map(str::to_owned),
        name: short,
        identifiers,
        board: None,
        counterparty: None,
    }
}

/// Stands for a name that no document has.
fn numbered(identifiers: &[Identifier], texts: Texts) -> String {
    identifiers
        .first()
        .map(|identifier| with_kind(identifier, texts))
        .unwrap_or_default()
}

/// A number after the word for its kind; after all of them where it can be several.
pub(super) fn with_kind(identifier: &Identifier, texts: Texts) -> String {
    let kinds: Vec<&str> = identifier.kinds().map(|kind| kind.name(texts.0)).collect();
    format!("{} {}", kinds.join("/"), identifier.value())
}

/// Adds a number to names that several columns have: a company may stand beside itself under another number.
fn told_apart(sides: &mut [Side<'_>]) {
    let names: Vec<String> = sides.iter().map(|side| side.name.clone()).collect();
    for side in sides {
        let is_shared = names.iter().filter(|name| **name == side.name).count() > 1;
        if let Some(identifier) = side.identifiers.first().filter(|_| is_shared) {
            side.name = format!("{} ({})", side.name, identifier.value());
        }
    }
}
