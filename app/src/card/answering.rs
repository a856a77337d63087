//! What server functions do for an open card: boards, identifiers, the timeline, the lead. The caller's session was proved by the
//! server's layer, and every answer is limited to its portal and its card.

use super::board::load::load;
use super::board::model::LoadedBoard;
use super::board::view::Board as BoardView;
use super::change_failure::ChangeFailure;
use super::fragment::SearchFailure;
use super::lead::KeepFailure;
use super::open::{Bearer, RequestId, identifiers, lead_field};
use super::panel::saving::CardRevision;
use super::state::BoardState;
use super::timeline::TimelineFailure;
use crate::catalogue::Texts;
use crate::services::Services;
use certlens_bitrix24::{EntityId, EntityType};
use certlens_domain::analytics::{AnalyticsQuery, MOST_IDENTIFIERS};
use certlens_domain::board::{Board, BoardQuery};
use certlens_domain::document_detail::NumberMatch;
use certlens_domain::documents_page::DocumentFilter;
use certlens_domain::identifier::Identifier;
use certlens_domain::language::Language;
use certlens_domain::selection::{CardChange, CardSelection};
use certlens_domain::summary::summary;
use certlens_portals::{
    PortalsError, SelectionRefused, TimelineOutcome, Viewer, WriteBack, WriteBackOutcome,
};
use chrono::NaiveDate;
use leptos::prelude::*;

/// The board for a page that is open: the caller's session was proved by the server's layer.
pub(super) async fn board_again(
    values: Vec<String>,
    fragment: String,
    language: Language,
) -> Result<String, SearchFailure> {
    let (Some(services), Some(Bearer(_))) = (use_context::<Services>(), use_context::<Bearer>()) else {
        return refused(SearchFailure::Unauthorized, SearchFailure::status);
    };
    if values.len() > MOST_IDENTIFIERS || values.iter().any(|value| Identifier::parse(value).is_err()) {
        return refused(SearchFailure::Invalid, SearchFailure::status);
    }
    let request_id = use_context::<RequestId>();
    let board = load(
        &services,
        Texts(language),
        identifiers(values.iter().map(String::as_str)),
        true,
        BoardState::parse(&fragment),
        services.calendar.today(),
        request_id.as_ref(),
    )
    .await;
    Ok(html(board))
}

/// The board alone, outside of a document.
fn html(board: LoadedBoard) -> String {
    Owner::new().with(|| view! { <BoardView board /> }.to_html())
}

/// A failure of a server function with its HTTP status.
pub(super) fn refused<Value, Failure>(
    failure: Failure,
    status: impl Fn(&Failure) -> http::StatusCode,
) -> Result<Value, Failure> {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(status(&failure));
    }
    Err(failure)
}

/// Who asks, and about which card.
pub(super) struct CardCaller {
    pub(super) services: Services,
    pub(super) viewer: Viewer,
    pub(super) entity: (EntityType, EntityId),
}

/// The caller of a server function; `None` without a session of a card.
pub(super) fn card_caller() -> Option<CardCaller> {
    let (services, Bearer(session)) = (use_context::<Services>()?, use_context::<Bearer>()?);
    Some(CardCaller {
        services,
        viewer: Viewer {
            member_id: session.member_id().clone(),
            user_id: session.user_id(),
        },
        entity: session.entity()?,
    })
}

/// What colleagues and the viewer decided about the card's identifiers, after these changes.
pub(super) async fn change_identifiers(changes: Vec<CardChange>) -> Result<CardSelection, ChangeFailure> {
    let Some(caller) = card_caller() else {
        return refused(ChangeFailure::Unauthorized, ChangeFailure::status);
    };
    let (portals, viewer, (entity_type, id)) = (&caller.services.portals, &caller.viewer, caller.entity);
    let answer = if changes.is_empty() {
        portals.selection(viewer, entity_type, id).await
    } else {
        portals.change_selection(viewer, entity_type, id, &changes).await
    };
    match answer {
        Ok(selection) => Ok(selection),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a card's identifiers were not changed"
            );
            refused(ChangeFailure::from(error), ChangeFailure::status)
        }
    }
}

impl From<SelectionRefused> for ChangeFailure {
    fn from(refused: SelectionRefused) -> Self {
        match refused {
            SelectionRefused::NotAnIdentifier(_)
            | SelectionRefused::LabelTooLong
            | SelectionRefused::TooManyChanges
            | SelectionRefused::Full(_) => Self::Invalid,
            SelectionRefused::Card(_) | SelectionRefused::Portal(_) | SelectionRefused::Portals(_) => {
                Self::Unavailable
            }
        }
    }
}

/// What colleagues may have changed about the card.
pub(super) async fn card_revision() -> Result<CardRevision, ChangeFailure> {
    let Some(caller) = card_caller() else {
        return refused(ChangeFailure::Unauthorized, ChangeFailure::status);
    };
    let (entity_type, id) = caller.entity;
    let portals = &caller.services.portals;
    let revision = async {
        let viewer = caller.viewer.in_store(Some(caller.entity))?;
        let tracking = match viewer.card {
            Some(card) => {
                portals
                    .store()
                    .card_tracking_revision(&viewer.member_id, card)
                    .await?
            }
            None => 0,
        };
        let identifiers = portals
            .selection_revision(&caller.viewer.member_id, entity_type, id)
            .await?;
        Ok::<_, PortalsError>(CardRevision {
            identifiers,
            tracking,
        })
    };
    match revision.await {
        Ok(revision) => Ok(revision),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a revision could not be read"
            );
            refused(ChangeFailure::Unavailable, ChangeFailure::status)
        }
    }
}

/// Puts the counterparty in a sentence into the card's timeline, as the viewer's own comment.
pub(super) async fn tell_timeline(
    values: Vec<String>,
    fragment: String,
    language: Language,
) -> Result<(), TimelineFailure> {
    let Some(caller) = card_caller() else {
        return refused(TimelineFailure::Unauthorized, TimelineFailure::status);
    };
    let state = BoardState::parse(&fragment);
    let about = AnalyticsQuery {
        role: state.role,
        bridge: !state.without_pairs,
        ..AnalyticsQuery::about(identifiers(values.iter().map(String::as_str)))
    };
    let whole = BoardQuery {
        about,
        filter: DocumentFilter::default(),
    };
    let today = caller.services.calendar.today();
    let board = match caller.services.search.board(&whole, today).await {
        Ok(board) => board,
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a timeline has nothing to be told"
            );
            return refused(TimelineFailure::Unavailable, TimelineFailure::status);
        }
    };
    let language = language_of_timeline(&caller).await.unwrap_or(language);
    let text = told(&board, today, &values, Texts(language));
    let (entity_type, id) = caller.entity;
    let outcome = caller
        .services
        .portals
        .add_to_timeline(&caller.viewer, entity_type, id, &text)
        .await;
    let failure = match outcome {
        Ok(TimelineOutcome::Added { .. }) => return Ok(()),
        Ok(TimelineOutcome::NotAllowed) => TimelineFailure::NotAllowed,
        Ok(TimelineOutcome::Uncertain) => TimelineFailure::Uncertain,
        Ok(TimelineOutcome::Unsuitable | TimelineOutcome::Refused(_) | TimelineOutcome::Portal(_)) => {
            TimelineFailure::Unavailable
        }
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "no client for a timeline"
            );
            TimelineFailure::Unavailable
        }
    };
    refused(failure, TimelineFailure::status)
}

/// The language that the portal chose for what stands in its timelines; `None`: the viewer's own.
async fn language_of_timeline(caller: &CardCaller) -> Option<Language> {
    let member_id = certlens_store::MemberId::parse(caller.viewer.member_id.as_str()).ok()?;
    match caller.services.store.tracking_settings(&member_id).await {
        Ok(settings) => settings.item_language.chosen(),
        Err(error) => {
            // The comment is worth more than its language.
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the language of timelines can't be read"
            );
            None
        }
    }
}

/// What a timeline is told: the sentence, the numbers that were searched, the day.
fn told(board: &Board, today: NaiveDate, values: &[String], texts: Texts) -> String {
    let sentence = summary(board, today, texts.0);
    format!(
        "Certlens: {sentence}.\n{}: {}\n{}",
        texts.identifiers(),
        values.join(", "),
        texts.as_of(today)
    )
}

/// Documents by their number, for a page that looks for an applicant.
pub(super) async fn find_by_number(number: String) -> Result<Vec<NumberMatch>, ChangeFailure> {
    let Some(caller) = card_caller() else {
        return refused(ChangeFailure::Unauthorized, ChangeFailure::status);
    };
    let today = caller.services.calendar.today();
    match caller.services.search.documents_by_number(&number, today).await {
        Ok(found) => Ok(found),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a number was not looked up"
            );
            refused(ChangeFailure::Unavailable, ChangeFailure::status)
        }
    }
}

/// Writes an identifier into the lead of the caller's session, with the caller's own rights.
pub(super) async fn keep_in_lead(identifier: String) -> Result<String, KeepFailure> {
    match keep(&identifier).await {
        Ok(field) => Ok(field),
        Err(failure) => refused(failure, KeepFailure::status),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used to map errors")]
fn not_kept(error: PortalsError) -> KeepFailure {
    tracing::warn!(
        error = &error as &dyn std::error::Error,
        "an identifier was not written into a lead"
    );
    KeepFailure::Refused
}

async fn keep(identifier: &str) -> Result<String, KeepFailure> {
    let (Some(services), Some(Bearer(session))) = (use_context::<Services>(), use_context::<Bearer>()) else {
        return Err(KeepFailure::Unauthorized);
    };
    let Some((EntityType::Lead, lead)) = session.entity() else {
        return Err(KeepFailure::NotAllowed);
    };
    let identifier = Identifier::parse(identifier).map_err(|_| KeepFailure::Invalid)?;
    let client = services
        .portals
        .client_of(session.member_id(), session.user_id())
        .await
        .map_err(not_kept)?;
    let write = WriteBack {
        member_id: session.member_id().clone(),
        lead,
        identifier,
    };
    match services.portals.write_back(&client, &write).await {
        Ok(WriteBackOutcome::Written { field }) => {
            Ok(lead_field(&services, session.member_id()).await.unwrap_or(field))
        }
        Ok(WriteBackOutcome::NoField | WriteBackOutcome::NotAllowed) => Err(KeepFailure::NotAllowed),
        Ok(WriteBackOutcome::Refused(reason)) => {
            tracing::info!(reason, "the portal refused to change a lead");
            Err(KeepFailure::NotAllowed)
        }
        Ok(WriteBackOutcome::Portal(notice)) => {
            tracing::warn!(notice = notice.key(), "a lead could not be changed");
            Err(KeepFailure::Refused)
        }
        Err(error) => Err(not_kept(error)),
    }
}
