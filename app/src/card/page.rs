//! The whole page of a card: who it is, what is searched by, the board.
//!
//! Rendered on the server. Islands ([`super::panel`], [`super::lead`]) are taken over by the browser; the board is HTML
//! that `browser::board` swaps.

use super::board::coming::ComingBoard;
use super::board::skeleton::BoardSkeleton;
use super::board::view::{Board, SearchFailed};
use super::model::{Card, Failure, Notice};
use super::panel::IdentifierPanel;
use super::tracking::view::TrackingPlace;
use crate::browser::{BOARD_ELEMENT, BOARD_STATUS};
use crate::catalogue::Texts;
use leptos::prelude::*;

/// The page of a card with its board.
#[component]
pub(crate) fn CardPage(card: Card, board: ComingBoard) -> impl IntoView {
    let texts = Texts(card.language);
    let searched: Vec<String> = card
        .selection
        .chosen()
        .map(|chosen| chosen.value.clone())
        .collect();
    view! {
        <header class="card-header">
            <div class="card-title">
                <h1>{card.title}</h1>
                {card
                    .tracking
                    .map(|tracking| view! { <TrackingPlace texts today=card.today tracking /> })}
            </div>
            <IdentifierPanel language=card.language selection=card.selection lead_entry=card.lead_entry />
        </header>
        {card.notice.map(|notice| view! { <NoticeLine texts notice /> })}
        {card
            .unreadable
            .into_iter()
            .map(|field| view! { <p class="notice notice--warning">{field.explain(texts.0)}</p> })
            .collect_view()}
        // Before the board: they serve when the board does not come.
        <FailureTemplates texts />
        <p class="visually-hidden" id=BOARD_STATUS role="status" data-busy=texts.board_changing()></p>
        <div class="board" id=BOARD_ELEMENT aria-busy="false" data-identifiers=searched.join(",")>
            {board_or_outline(texts, board)}
        </div>
    }
}

/// The board; while it is on its way its outline, and then the board. No script is needed: the outline goes when something follows it.
fn board_or_outline(texts: Texts, board: ComingBoard) -> AnyView {
    match board {
        ComingBoard::Here(board) => view! { <Board board=*board /> }.into_any(),
        ComingBoard::Underway(board) => view! {
            <BoardSkeleton texts />
            {Suspend::new(async move { view! { <Board board=board.await /> } })}
        }
        .into_any(),
    }
}

/// What the browser's half says when it gets no answer, rendered beforehand: it knows no texts.
#[component]
fn FailureTemplates(texts: Texts) -> impl IntoView {
    [
        ("failure-session-ended", Failure::SessionEnded),
        ("failure-unreachable", Failure::Unreachable),
        ("failure-unavailable", Failure::Unavailable { request_id: None }),
    ]
    .into_iter()
    .map(|(id, failure)| view! { <template id=id><SearchFailed texts failure /></template> })
    .collect_view()
}

#[component]
fn NoticeLine(texts: Texts, notice: Notice) -> impl IntoView {
    let text = match notice {
        Notice::CompanyMissing => texts.company_missing(),
        Notice::CompanyUnreadable => texts.company_unreadable(),
        Notice::PortalSilent => texts.portal_silent(),
        Notice::PortalSilentKnown => texts.portal_silent_known(),
        Notice::PortalBusy => texts.portal_busy(),
        Notice::PaymentRequired => texts.portal_unpaid(),
        Notice::Restricted => texts.portal_restricted(),
        Notice::Deactivated => texts.viewer_deactivated(),
        Notice::NeedsAccess => texts.portal_needs_access(),
        Notice::NotOperational => texts.portal_not_operational(),
        Notice::Moved => texts.portal_moved(),
    };
    view! { <p class="notice">{text}</p> }
}

#[cfg(test)]
mod tests;
