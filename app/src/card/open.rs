//! The way of a card open on the server: verify the frame, read the card, search, and make the page's model.
//!
//! Everything that can fail after the verification fails into a page that still works: a silent portal leaves the
//! field for an identifier, a failed search says so with the request's id. Knows no HTTP and renders nothing.

use super::lead::KeepFailure;
use super::model::{
    Answer, Card, DOCUMENTS_SHOWN, Failure, Findings, LeadEntry, ListedIdentifier, Notice, Origin,
};
use super::search::SearchFailure;
use crate::overview::model::Overview;
use crate::overview::open::overview;
use crate::services::{Services, VerifyError};
use crate::session::Session;
use certlens_bitrix24::{EntityId, EntityType, FrameOpen, MemberId, VerifiedFrame};
use certlens_domain::analytics::{AnalyticsQuery, MOST_IDENTIFIERS, RoleFilter};
use certlens_domain::documents_page::DocumentsQuery;
use certlens_domain::identifier::Identifier;
use certlens_domain::language::Language;
use certlens_portals::{
    CardIdentity, CardRefusal, CardSource, FoundIdentifier, IdentifierOrigin, PortalNotice, PortalsError,
    Viewer, WriteBack, WriteBackOutcome,
};
use certlens_registry::SearchError;
use chrono::{DateTime, NaiveDate, Utc};
use leptos::prelude::use_context;

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
    Card(Box<Card>),
    /// The card was not saved yet.
    NotSaved,
    /// The application's own page, also in places that belong to no card of ours.
    Overview(Box<Overview>),
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
) -> Result<Card, OpenError> {
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
    let identifiers = listed(&identity);
    let query = AnalyticsQuery {
        bridge: true,
        ..AnalyticsQuery::about(identifiers.iter().map(|listed| listed.identifier.clone()))
    };
    let answer = if query.identifiers.is_empty() {
        Answer::NoIdentifiers
    } else {
        match find(services, query, today).await {
            Ok(findings) => Answer::Found(Box::new(findings)),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "search failed");
                Answer::Failed(Failure::Unavailable {
                    request_id: request_id.map(|id| id.0.clone()),
                })
            }
        }
    };
    Ok(Card {
        language: Language::of_portal(frame.language().as_str()),
        today,
        title: title(&identity),
        notice: notice(&identity),
        identifiers,
        unreadable: identity.unreadable,
        lead_entry,
        answer,
    })
}

/// The numbers and the newest documents, asked for at the same time.
async fn find(services: &Services, query: AnalyticsQuery, today: NaiveDate) -> Result<Findings, SearchError> {
    let documents = DocumentsQuery::newest(query.clone(), DOCUMENTS_SHOWN);
    let (analytics, page) = tokio::try_join!(
        services.search.analytics(&query, today),
        services.search.documents(&documents, today)
    )?;
    Ok(Findings {
        analytics,
        newest: page.items,
    })
}

/// What a server function does for a hydrated page: the caller's session was proved by the server's layer.
pub(super) async fn search_again(
    identifiers: Vec<String>,
    role: RoleFilter,
    bridge: bool,
) -> Result<Findings, SearchFailure> {
    let answer = answer_again(identifiers, role, bridge).await;
    if let (Err(failure), Some(response)) = (&answer, use_context::<leptos_axum::ResponseOptions>()) {
        response.set_status(failure.status());
    }
    answer
}

async fn answer_again(
    identifiers: Vec<String>,
    role: RoleFilter,
    bridge: bool,
) -> Result<Findings, SearchFailure> {
    let request_id = use_context::<RequestId>();
    let (Some(services), Some(Bearer(_))) = (use_context::<Services>(), use_context::<Bearer>()) else {
        return Err(SearchFailure::Unauthorized);
    };
    let identifiers = identifiers
        .iter()
        .take(MOST_IDENTIFIERS + 1)
        .map(|text| Identifier::parse(text))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| SearchFailure::Invalid)?;
    if identifiers.is_empty() || identifiers.len() > MOST_IDENTIFIERS {
        return Err(SearchFailure::Invalid);
    }
    let query = AnalyticsQuery {
        role,
        bridge,
        ..AnalyticsQuery::about(identifiers)
    };
    find(&services, query, Utc::now().date_naive())
        .await
        .map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "search failed");
            SearchFailure::Unavailable {
                request_id: request_id.map(|id| id.0),
            }
        })
}

/// Writes an identifier into the lead of the caller's session, with the caller's own rights.
pub(super) async fn keep_in_lead(identifier: String) -> Result<String, KeepFailure> {
    let answer = keep(&identifier).await;
    if let (Err(failure), Some(response)) = (&answer, use_context::<leptos_axum::ResponseOptions>()) {
        response.set_status(failure.status());
    }
    answer
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

/// All identifiers of the card, each once, with the place where it stands. With several companies, each place says
/// whose it is.
fn listed(identity: &CardIdentity) -> Vec<ListedIdentifier> {
    let several = identity.companies.len() > 1;
    let own = identity.own.iter().map(|found| (None, found));
    let of_companies = identity.companies.iter().flat_map(|company| {
        let whose = several.then_some(company.title.as_str());
        company.identifiers.iter().map(move |found| (whose, found))
    });
    let mut identifiers: Vec<ListedIdentifier> = Vec::new();
    for (whose, found) in own.chain(of_companies) {
        let is_listed = identifiers
            .iter()
            .any(|listed| listed.identifier == found.identifier);
        if !is_listed && identifiers.len() < MOST_IDENTIFIERS {
            identifiers.push(ListedIdentifier {
                identifier: found.identifier.clone(),
                origin: origin(whose, found),
                chosen: true,
            });
        }
    }
    identifiers
}

fn origin(whose: Option<&str>, found: &FoundIdentifier) -> Origin {
    let named = |name: &str| match whose {
        Some(company) if name.is_empty() => company.to_owned(),
        Some(company) => format!("{company}, {name}"),
        None => name.to_owned(),
    };
    match &found.origin {
        IdentifierOrigin::Requisite(name) => Origin::Requisite(named(name)),
        IdentifierOrigin::Field { name, label } => Origin::Field(named(label.as_deref().unwrap_or(name))),
    }
}

#[cfg(test)]
mod tests;
