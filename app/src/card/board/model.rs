//! What a board is made of, before it becomes HTML. Plain data.

use crate::card::compare::model::Comparison;
use crate::card::model::Failure;
use crate::card::state::BoardState;
use crate::catalogue::Texts;
use certlens_domain::analytics::Analytics;
use certlens_domain::board::Board;
use certlens_domain::document_detail::DocumentDetail;
use certlens_domain::documents_page::DocumentsPage;
use certlens_domain::related::Related;
use chrono::NaiveDate;
use std::sync::Arc;

/// A board to be rendered.
#[derive(Debug, Clone)]
pub struct LoadedBoard {
    /// For whom and in which state.
    pub(crate) model: BoardModel,
    /// What became of the question.
    pub(crate) outcome: Outcome,
}

/// What every part of a board needs to make its links and texts. Each mark has one of its own, so it is small.
#[derive(Debug, Clone)]
pub(crate) struct BoardModel {
    /// The viewer's language.
    pub(crate) texts: Texts,
    /// The day of which statuses speak, UTC.
    pub(crate) today: NaiveDate,
    /// What is shown.
    pub(crate) state: BoardState,
}

/// What became of the question.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// There is nothing to search by.
    NoIdentifiers {
        /// There are some, all switched off.
        all_off: bool,
    },
    /// The search answered.
    Answered(Arc<Answered>),
    /// There is no answer.
    Failed(Failure),
}

/// Answers of the search: shared by the parts, not copied for them.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    /// Everything that the counterparty holds, whatever the filter: registries, identifiers, pairs.
    pub(crate) analytics: Analytics,
    /// The board without any filter: what the sentence and the signals speak of.
    pub(crate) whole: Board,
    /// The facets under the filter.
    pub(crate) board: Board,
    /// A page of the documents that fit the filter.
    pub(crate) documents: DocumentsPage,
    /// The document that the state opens.
    pub(crate) detail: Option<Detail>,
    /// Related companies, when the state asks for them.
    pub(crate) related: Option<Vec<Related>>,
    /// Others beside the counterparty, when the state asks for them.
    pub(crate) comparison: Option<Comparison>,
    /// The page's next place, opaque, for a link.
    pub(crate) next: Option<String>,
}

/// The document that the state opens.
#[derive(Debug, Clone)]
pub(crate) enum Detail {
    /// It was found.
    Found(Box<DocumentDetail>),
    /// It is not there: the link is old, or the registry took it back.
    Missing,
}
