//! The way of a card open on the server: verify the frame, read the card, search, and make the page's model.
//!
//! Everything that can fail after the verification fails into a page that still works: a silent portal leaves the
//! field for an identifier, a failed search says so with the request's id. Knows no HTTP and renders nothing.

use super::board::load::load;
use super::board::model::{BoardModel, Outcome};
use super::board::view::Board;
use super::fragment::SearchFailure;
use super::lead::KeepFailure;
use super::model::{Card, LeadEntry, Notice};
use super::panel::saving::ChangeFailure;
use super::state::BoardState;
use super::timeline::TimelineFailure;
use crate::catalogue::Texts;
use crate::overview::model::Overview;
use crate::overview::open::overview;
use crate::services::{Services, VerifyError};
use crate::session::Session;
use certlens_bitrix24::{EntityId, EntityType, FrameOpen, MemberId, VerifiedFrame};
use certlens_domain::analytics::MOST_IDENTIFIERS;
use certlens_domain::document_detail::NumberMatch;
use certlens_domain::identifier::Identifier;
use certlens_domain::language::Language;
use certlens_domain::selection::{CardChange, CardSelection};
use certlens_domain::summary::summary;
use certlens_portals::{
    CardIdentity, CardRefusal, CardSource, PortalNotice, PortalsError, SelectionRefused, TimelineOutcome,
    Viewer, WriteBack, WriteBackOutcome,
};
use chrono::{DateTime, NaiveDate, Utc};
use leptos::prelude::*;

/// The id of a request, as the log and the `x-request-id` header have it. Provided to server functions as context.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// A proved bearer of a session. Provided to server functions as context.
#[derive(Debug, Clone)]
pub struct Bearer(pub Session);

/// A frame that may be answered with a page.
#[derive(Debug)]
pub struct Opened {
    /// Who may see it.
    pub session: Session,
    /// The portal's origin, the only place that may frame the page.
    pub portal_origin: String,
    /// What to show.
    pub page: Page,
}

/// What to show in a verified frame.
#[derive(Debug)]
pub enum Page {
    /// A card.
    Card(Box<CardOnBoard>),
    /// The card was not saved yet.
    NotSaved,
    /// The application's own page, also in places that belong to no card of ours.
    Overview(Box<Overview>),
}

/// A card with its board.
#[derive(Debug, Clone)]
pub struct CardOnBoard {
    /// Whose it is.
    pub card: Card,
    /// What was found.
    pub board: BoardModel,
}

/// Why no page is shown.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The frame is not proved.
    #[error(transparent)]
    Frame(#[from] VerifyError),
    /// The viewer may not see the item.
    #[error("the user may not see this item in Bitrix24")]
    AccessDenied,
    /// The item is gone.
    #[error("the item does not exist in Bitrix24; perhaps it was deleted")]
    NotFound,
    /// Our memory of the portal failed, and without it there is no session.
    #[error("the portal is not remembered")]
    Forgotten,
}

/// Opens a frame: proves it, and makes its page for the day `now` lies in.
pub async fn open(
    services: &Services,
    frame: FrameOpen,
    now: DateTime<Utc>,
    request_id: Option<&RequestId>,
) -> Result<Opened, OpenError> {
    let frame = services.verify(frame, false).await?;
    // First: it makes the portal known, and what follows belongs to a known portal.
    services.portals.note_page(&frame, None).await;
    let page = match (frame.entity_type(), frame.entity_id()) {
        (Some(EntityType::Lead | EntityType::Deal | EntityType::Company), None) => Page::NotSaved,
        (Some(entity_type @ (EntityType::Lead | EntityType::Deal | EntityType::Company)), Some(id)) => {
            Page::Card(Box::new(
                card(services, &frame, entity_type, id, now.date_naive(), request_id).await?,
            ))
        }
        _ => Page::Overview(Box::new(overview(services, &frame).await)),
    };
    let generation = match services.session_generation(frame.member_id()).await {
        Ok(Some(generation)) => generation,
        Ok(None) => return Err(OpenError::Forgotten),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "no session can be made");
            return Err(OpenError::Forgotten);
        }
    };
    Ok(Opened {
        session: Session::of_frame(&frame, generation, now),
        portal_origin: frame.portal_origin(),
        page,
    })
}

async fn card(
    services: &Services,
    frame: &VerifiedFrame,
    entity_type: EntityType,
    id: EntityId,
    today: NaiveDate,
    request_id: Option<&RequestId>,
) -> Result<CardOnBoard, OpenError> {
    let client = services.portals.viewer_client(frame);
    let identity = services
        .portals
        .resolve(&Viewer::of(frame), &client, entity_type, id)
        .await
        .map_err(|refusal| match refusal {
            CardRefusal::AccessDenied => OpenError::AccessDenied,
            CardRefusal::NotFound | CardRefusal::UnsupportedType => OpenError::NotFound,
        })?;
    // Only the portal's own answer is news: what the index knows was noted with the page.
    if identity.source == CardSource::Portal && identity.is_administrator == Some(true) {
        services.portals.note_page(frame, Some(true)).await;
    }
    let lead_entry = lead_entry(services, frame, &identity).await;
    let selection = services
        .portals
        .card_selection(frame.member_id(), &identity)
        .await;
    let language = Language::of_portal(frame.language().as_str());
    let board = load(
        services,
        Texts(language),
        identifiers(selection.chosen().map(|chosen| chosen.value.as_str())),
        !selection.identifiers.is_empty(),
        BoardState::default(),
        today,
        request_id,
    )
    .await;
    let card = Card {
        language,
        today,
        title: title(&identity),
        notice: notice(&identity),
        selection,
        unreadable: identity.unreadable,
        lead_entry,
    };
    Ok(CardOnBoard { card, board })
}

/// Those texts that are identifiers, at most as many as one question may name.
fn identifiers<'text>(values: impl Iterator<Item = &'text str>) -> Vec<Identifier> {
    values
        .filter_map(|value| Identifier::parse(value).ok())
        .take(MOST_IDENTIFIERS)
        .collect()
}

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
        Utc::now().date_naive(),
        request_id.as_ref(),
    )
    .await;
    Ok(html(board))
}

/// The board alone, outside of a document.
fn html(board: BoardModel) -> String {
    Owner::new().with(|| view! { <Board model=board /> }.to_html())
}

/// A failure of a server function with its HTTP status.
fn refused<Value, Failure>(
    failure: Failure,
    status: impl Fn(&Failure) -> http::StatusCode,
) -> Result<Value, Failure> {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(status(&failure));
    }
    Err(failure)
}

/// Who asks, and about which card.
struct CardCaller {
    services: Services,
    viewer: Viewer,
    entity: (EntityType, EntityId),
}

/// The caller of a server function; `None` without a session of a card.
fn card_caller() -> Option<CardCaller> {
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

/// Grows with every change of the card's identifiers.
pub(super) async fn identifiers_revision() -> Result<i64, ChangeFailure> {
    let Some(caller) = card_caller() else {
        return refused(ChangeFailure::Unauthorized, ChangeFailure::status);
    };
    let (entity_type, id) = caller.entity;
    let portals = &caller.services.portals;
    match portals
        .selection_revision(&caller.viewer.member_id, entity_type, id)
        .await
    {
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
    let texts = Texts(language);
    let asked = identifiers(values.iter().map(String::as_str));
    let today = Utc::now().date_naive();
    let board = load(&caller.services, texts, asked, true, state, today, None).await;
    let Some(text) = told(&board, &values) else {
        return refused(TimelineFailure::Unavailable, TimelineFailure::status);
    };
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

/// What a timeline is told: the sentence, the numbers that were searched, the day and the sources.
fn told(board: &BoardModel, values: &[String]) -> Option<String> {
    let Outcome::Answered(answered) = &board.outcome else {
        return None;
    };
    let texts = board.texts;
    let sentence = summary(&answered.whole, board.today, texts.0);
    Some(format!(
        "Certlens: {sentence}.\n{}: {}\n{}",
        texts.identifiers(),
        values.join(", "),
        texts.as_of(board.today)
    ))
}

/// Documents by their number, for a page that looks for an applicant.
pub(super) async fn find_by_number(number: String) -> Result<Vec<NumberMatch>, ChangeFailure> {
    let Some(caller) = card_caller() else {
        return refused(ChangeFailure::Unauthorized, ChangeFailure::status);
    };
    let today = Utc::now().date_naive();
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

/// The counterparty's name: the companies of a deal or lead, else the card's own title.
fn title(identity: &CardIdentity) -> String {
    let companies: Vec<&str> = identity
        .companies
        .iter()
        .map(|company| company.title.as_str())
        .filter(|title| !title.is_empty())
        .collect();
    if companies.is_empty() {
        identity.title.clone()
    } else {
        companies.join(" · ")
    }
}

/// What the viewer has to know before reading the numbers.
fn notice(identity: &CardIdentity) -> Option<Notice> {
    if let Some(notice) = &identity.notice {
        let known = identity.source == CardSource::Index;
        return Some(match notice {
            PortalNotice::Silent | PortalNotice::Throttled if known => Notice::PortalSilentKnown,
            PortalNotice::Silent => Notice::PortalSilent,
            PortalNotice::Throttled => Notice::PortalBusy,
            PortalNotice::PaymentRequired => Notice::PaymentRequired,
            PortalNotice::UserDeactivated => Notice::Deactivated,
            PortalNotice::NeedsReauth => Notice::NeedsAccess,
            PortalNotice::AppRestricted => Notice::Restricted,
            PortalNotice::NotOperational => Notice::NotOperational,
            PortalNotice::Moved => Notice::Moved,
        });
    }
    if identity.unreadable_companies > 0 && identity.companies.is_empty() {
        return Some(Notice::CompanyUnreadable);
    }
    let lacks_company = identity.entity_type != EntityType::Company
        && identity.companies.is_empty()
        && identity.own.is_empty();
    // A lead without a company has a form of its own in the answer's place.
    (lacks_company && !identity.needs_identifier).then_some(Notice::CompanyMissing)
}

/// What a lead without an identifier offers.
async fn lead_entry(
    services: &Services,
    frame: &VerifiedFrame,
    identity: &CardIdentity,
) -> Option<LeadEntry> {
    if !identity.needs_identifier {
        return None;
    }
    let field = if identity.may_write_back {
        lead_field(services, frame.member_id()).await
    } else {
        None
    };
    Some(LeadEntry { field })
}

/// What people call the lead's field that takes an identifier.
async fn lead_field(services: &Services, member_id: &MemberId) -> Option<String> {
    match services.portals.settings(member_id).await {
        Ok(settings) => settings.lead_field_label(),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "settings could not be read"
            );
            None
        }
    }
}

#[cfg(test)]
mod tests;
