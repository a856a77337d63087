//! The board as HTML: parts in their order, each replaced by itself when the state changes.
//!
//! Rendered on the server only. Links hold whole states (`super::super::state`); nothing here needs a script.

use super::documents::DocumentsTable;
use super::drawer::Drawer;
use super::facets::{Facets, RegistriesPanel};
use super::filters::Filters;
use super::help::Help;
use super::lead::Lead;
use super::model::{Answered, BoardModel, LoadedBoard, Outcome};
use super::related::RelatedCompanies;
use super::signals::Signals;
use super::sources::Sources;
use super::trend::Trend;
use crate::card::compare::view::Compare;
use crate::card::model::Failure;
use crate::card::state::BoardState;
use crate::catalogue::Texts;
use certlens_domain::analytics::RoleFilter;
use leptos::prelude::*;
use std::sync::Arc;

/// The board, whatever became of it.
#[component]
pub(crate) fn Board(board: LoadedBoard) -> impl IntoView {
    let LoadedBoard { model, outcome } = board;
    let texts = model.texts;
    match outcome {
        Outcome::NoIdentifiers { all_off } => view! { <NothingChosen texts all_off /> }.into_any(),
        Outcome::Failed(failure) => view! { <SearchFailed texts failure /> }.into_any(),
        Outcome::Answered(answered) => view! { <Found model answered /> }.into_any(),
    }
}

#[component]
fn Found(model: BoardModel, answered: Arc<Answered>) -> impl IntoView {
    let texts = model.texts;
    if answered.analytics.totals.documents == 0 {
        // The switches of role and pairs stand in parts that are not there now.
        let narrowed = model.state.role != RoleFilter::Any || model.state.without_pairs;
        let widest = BoardState::default().link();
        return view! {
            <section class="empty" data-part="empty">
                <h2>{texts.nothing_found()}</h2>
                <p>{texts.nothing_found_hint()}</p>
                {narrowed.then(|| view! { <p><a href=widest data-key="widest">{texts.search_widest()}</a></p> })}
            </section>
            // Nothing in six registries is an answer; nothing in those that are loaded is half of one.
            <RegistriesPanel model=model.clone() answered=answered.clone() />
            <Sources model=model.clone() answered=answered.clone() />
        }
        .into_any();
    }
    view! {
        <Lead model=model.clone() answered=answered.clone() />
        <RelatedCompanies model=model.clone() answered=answered.clone() />
        <Compare model=model.clone() answered=answered.clone() />
        <Filters model=model.clone() answered=answered.clone() />
        <div class="board__row">
            <Trend model=model.clone() answered=answered.clone() />
            <Signals model=model.clone() answered=answered.clone() />
        </div>
        <Facets model=model.clone() answered=answered.clone() />
        <DocumentsTable model=model.clone() answered=answered.clone() />
        <Drawer model=model.clone() detail=answered.detail.clone() />
        <Help texts />
        <Sources model=model.clone() answered=answered.clone() />
    }
    .into_any()
}

#[component]
fn NothingChosen(texts: Texts, all_off: bool) -> impl IntoView {
    let (title, hint) = if all_off {
        (texts.none_chosen(), "")
    } else {
        (texts.no_identifiers(), texts.no_identifiers_hint())
    };
    view! {
        <section class="empty" data-part="empty">
            <h2>{title}</h2>
            <p>{hint}</p>
        </section>
    }
}

/// The search failed: why, what to do, and the id by which support finds the reason.
#[component]
pub(crate) fn SearchFailed(texts: Texts, failure: Failure) -> impl IntoView {
    let (title, hint, may_retry) = match &failure {
        Failure::Unavailable { .. } => (texts.search_failed(), texts.search_failed_hint(), true),
        Failure::SessionEnded => (texts.session_ended(), texts.session_ended_hint(), false),
        Failure::Unreachable => (texts.unreachable(), texts.unreachable_hint(), true),
    };
    let request_id = match failure {
        Failure::Unavailable { request_id } => request_id,
        Failure::SessionEnded | Failure::Unreachable => None,
    };
    view! {
        <section class="empty" role="alert" data-part="failure">
            <h2>{title}</h2>
            <p>{hint}</p>
            {may_retry
                .then(|| {
                    view! {
                        <button type="button" class="button needs-script" data-action="retry">
                            {texts.retry()}
                        </button>
                    }
                })}
            {request_id.map(|id| view! { <p class="fine">{texts.request_id()} ": " <code>{id}</code></p> })}
        </section>
    }
}
