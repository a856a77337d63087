//! The way of a card open on the server: verify the frame, read the card, search, and make the page's model.
//!
//! Everything that can fail after the verification fails into a page that still works: a silent portal leaves the
//! field for an identifier, a failed search says so with the request's id. Knows no HTTP and renders nothing.

use super::board::coming::ComingBoard;
use super::board::load::load;
use super::board::model::{BoardModel, LoadedBoard, Outcome};
use super::model::{Card, Failure, LeadEntry, Notice};
use super::state::BoardState;
use super::tracking::answering::card_tracking;
use super::tracking::model::CardTracking;
use crate::catalogue::Texts;
use crate::monitor;
use crate::monitor::page::MonitorPageModel;
use crate::overview::model::Overview;
use crate::overview::open::{overview, welcome};
use crate::services::{Services, VerifyError};
use crate::session::Session;
use certlens_bitrix24::{EntityId, EntityType, FrameOpen, MemberId, PortalClient, VerifiedFrame};
use certlens_domain::analytics::MOST_IDENTIFIERS;
use certlens_domain::identifier::Identifier;
use certlens_domain::language::Language;
use certlens_domain::selection::CardSelection;
use certlens_monitor::{Address, ScreenName, Viewer as MonitorViewer};
use certlens_portals::{CardIdentity, CardRefusal, CardSource, PortalNotice, PortalsError, Viewer};
use chrono::{DateTime, NaiveDate, Utc};

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
    /// The same place for an administrator.
    Monitor(Box<MonitorPageModel>),
}

/// A card with its board.
#[derive(Debug, Clone)]
pub struct CardOnBoard {
    /// Whose it is.
    pub card: Card,
    /// What was found, or is being looked for.
    pub board: ComingBoard,
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
    /// Nobody found out what stands in the registries. Pages say so themselves; only a rehearsal ends with it.
    #[error("the search gave no answer")]
    NoBoard,
}

/// Opens a frame: proves it, and makes its page with a session that begins `now`.
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
                card(services, &frame, entity_type, id, request_id).await?,
            ))
        }
        _ => own_page(services, &frame, None, request_id).await,
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

/// The application's own page: the monitor for those who administer the portal. In the frame's language, unless there is
/// another.
pub async fn own_page(
    services: &Services,
    frame: &VerifiedFrame,
    language: Option<Language>,
    request_id: Option<&RequestId>,
) -> Page {
    let language = language.unwrap_or_else(|| Language::of_portal(frame.language().as_str()));
    let for_managers = async || {
        let mut page = overview(services, frame).await;
        page.language = language;
        Page::Overview(Box::new(page))
    };
    let is_administrator = welcome(services, frame).await;
    let (Ok(member_id), Ok(user)) = (
        certlens_store::MemberId::parse(frame.member_id().as_str()),
        i64::try_from(frame.user_id().0),
    ) else {
        return for_managers().await;
    };
    if !is_administrator {
        return for_managers().await;
    }
    let user_id = certlens_store::UserId(user);
    let name = services
        .store
        .user_name(&member_id, user_id)
        .await
        .unwrap_or_else(|error| {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the viewer's name is unknown"
            );
            None
        });
    let viewer = MonitorViewer::Administrator {
        member_id,
        user_id,
        name,
    };
    let address = Address::of(ScreenName::Overview);
    let id = request_id.map(|RequestId(id)| id.as_str());
    Page::Monitor(Box::new(
        monitor::page::open(services, &viewer, address, language, id).await,
    ))
}

/// Makes a card's page for a viewer without a frame, to see whether it can be made: a search that gives no answer is an error
/// here, because a look at a portal is to find that out.
pub async fn rehearse(
    services: &Services,
    viewer: &Viewer,
    client: &PortalClient,
    (entity_type, id): (EntityType, EntityId),
    language: Language,
) -> Result<CardOnBoard, OpenError> {
    let identity = resolve(services, viewer, client, entity_type, id).await?;
    let mut opened = on_board(services, viewer, identity, language, None).await;
    opened.board = opened.board.arrived().await;
    if let ComingBoard::Here(board) = &opened.board
        && matches!(board.outcome, Outcome::Failed(_))
    {
        return Err(OpenError::NoBoard);
    }
    Ok(opened)
}

async fn resolve(
    services: &Services,
    viewer: &Viewer,
    client: &PortalClient,
    entity_type: EntityType,
    id: EntityId,
) -> Result<CardIdentity, OpenError> {
    let identity = services.portals.resolve(viewer, client, entity_type, id);
    identity.await.map_err(|refusal| match refusal {
        CardRefusal::AccessDenied => OpenError::AccessDenied,
        CardRefusal::NotFound | CardRefusal::UnsupportedType => OpenError::NotFound,
    })
}

async fn card(
    services: &Services,
    frame: &VerifiedFrame,
    entity_type: EntityType,
    id: EntityId,
    request_id: Option<&RequestId>,
) -> Result<CardOnBoard, OpenError> {
    let client = services.portals.viewer_client(frame);
    let viewer = Viewer::of(frame);
    let identity = resolve(services, &viewer, &client, entity_type, id).await?;
    // Only the portal's own answer is news: what the index knows was noted with the page.
    if identity.source == CardSource::Portal && identity.is_administrator == Some(true) {
        services.portals.note_page(frame, Some(true)).await;
    }
    let language = Language::of_portal(frame.language().as_str());
    Ok(on_board(services, &viewer, identity, language, request_id).await)
}

/// A card whose identity is known, with its board.
async fn on_board(
    services: &Services,
    viewer: &Viewer,
    identity: CardIdentity,
    language: Language,
    request_id: Option<&RequestId>,
) -> CardOnBoard {
    let lead_entry = lead_entry(services, &viewer.member_id, &identity).await;
    let selection = services
        .portals
        .card_selection(&viewer.member_id, &identity)
        .await;
    let today = services.calendar.today();
    let board = board(services, Texts(language), &selection, today, request_id);
    let (board, tracking) = tokio::join!(board, tracking(services, viewer, &identity));
    let card = Card {
        language,
        today,
        title: title(&identity),
        notice: notice(&identity),
        selection,
        tracking,
        unreadable: identity.unreadable,
        lead_entry,
    };
    CardOnBoard { card, board }
}

/// The board of the chosen identifiers, or the promise of it: the page is not kept back for a slow search.
async fn board(
    services: &Services,
    texts: Texts,
    selection: &CardSelection,
    today: NaiveDate,
    request_id: Option<&RequestId>,
) -> ComingBoard {
    let services = services.clone();
    let asked = identifiers(selection.chosen().map(|chosen| chosen.value.as_str()));
    let any_listed = !selection.identifiers.is_empty();
    let request_id = request_id.cloned();
    let given_up = LoadedBoard {
        model: BoardModel {
            texts,
            today,
            state: BoardState::default(),
        },
        outcome: Outcome::Failed(Failure::Unavailable {
            request_id: request_id.as_ref().map(|id| id.0.clone()),
        }),
    };
    let loading = async move {
        load(
            &services,
            texts,
            asked,
            any_listed,
            BoardState::default(),
            today,
            request_id.as_ref(),
        )
        .await
    };
    ComingBoard::of(loading, given_up).await
}

/// Who tracks the card. Nothing is told of a card that the viewer's right to see is not proved for.
async fn tracking(services: &Services, viewer: &Viewer, identity: &CardIdentity) -> Option<CardTracking> {
    if identity.source == CardSource::Nothing {
        return None;
    }
    let stands = async {
        let viewer = viewer.in_store(Some((identity.entity_type, identity.id)))?;
        Ok::<_, PortalsError>(card_tracking(services, &viewer).await?)
    };
    match stands.await {
        Ok(tracking) => Some(tracking),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "subscriptions could not be read"
            );
            None
        }
    }
}

/// Those texts that are identifiers, at most as many as one question may name.
pub(super) fn identifiers<'text>(values: impl Iterator<Item = &'text str>) -> Vec<Identifier> {
    values
        .filter_map(|value| Identifier::parse(value).ok())
        .take(MOST_IDENTIFIERS)
        .collect()
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
async fn lead_entry(services: &Services, member_id: &MemberId, identity: &CardIdentity) -> Option<LeadEntry> {
    if !identity.needs_identifier {
        return None;
    }
    let field = if identity.may_write_back {
        lead_field(services, member_id).await
    } else {
        None
    };
    Some(LeadEntry { field })
}

/// What people call the lead's field that takes an identifier.
pub(super) async fn lead_field(services: &Services, member_id: &MemberId) -> Option<String> {
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
