//! The way of a card open on the server: verify the frame, read the card, search, and make the page's model.
//!
//! Everything that can fail after the verification fails into a page that still works: a silent portal leaves the
//! field for an identifier, a failed search says so with the request's id. Knows no HTTP and renders nothing.

use super::model::{Answer, Card, DOCUMENTS_SHOWN, Failure, Findings, ListedIdentifier, Notice, Origin};
use super::search::SearchFailure;
use crate::services::Services;
use crate::session::Session;
use certlens_bitrix24::crm::card::{Card as CrmCard, CardError, LinkedCompany};
use certlens_bitrix24::crm::requisite::Requisite;
use certlens_bitrix24::{
    EntityId, EntityType, Expectation, FrameOpen, PortalClient, VerificationError, VerifiedFrame, crm,
};
use certlens_domain::analytics::{AnalyticsQuery, MOST_IDENTIFIERS, RoleFilter};
use certlens_domain::documents_page::DocumentsQuery;
use certlens_domain::identifier::{Identifier, NotAnIdentifier};
use certlens_domain::language::Language;
use certlens_registry::SearchError;
use certlens_store::{PortalAddress, StoreError};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use leptos::prelude::use_context;

/// The id of a request, as the log and the `x-request-id` header have it. Provided to server functions as context.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// A proved bearer of a session. Provided to server functions as context.
#[derive(Debug, Clone)]
pub struct Bearer(pub Session);

/// How long a viewer waits for his portal before the page comes without the company's details.
const PORTAL_PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// How often the time of a portal's latest request is written down.
const SEEN_EVERY: Duration = Duration::hours(1);

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
    /// Another place of the application: its main page, a card of another type.
    Elsewhere,
}

/// Why no page is shown.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The frame is not proved.
    #[error(transparent)]
    Verification(#[from] VerificationError),
    /// The viewer may not see the item.
    #[error("the user may not see this item in Bitrix24")]
    AccessDenied,
    /// The item is gone.
    #[error("the item does not exist in Bitrix24; perhaps it was deleted")]
    NotFound,
}

/// Opens a frame: proves it, and makes its page for the day `now` lies in.
pub async fn open(
    services: &Services,
    frame: FrameOpen,
    now: DateTime<Utc>,
    request_id: Option<&RequestId>,
) -> Result<Opened, OpenError> {
    let known = match frame
        .member_id
        .as_ref()
        .and_then(|id| certlens_store::MemberId::parse(id.as_str()).ok())
    {
        Some(member_id) => services.store.portal(&member_id).await.unwrap_or_else(|error| {
            // The proof below does not need our memory of the portal.
            tracing::error!(%error, "portal could not be looked up");
            None
        }),
        None => None,
    };
    let expectation = Expectation {
        client_ids: vec![services.client_id.clone()],
        known_server: known
            .as_ref()
            .map(|portal| portal.address.authorization_server.clone()),
        is_installer: false,
    };
    let frame = services.verifier.verify(frame, &expectation).await?;
    if let Err(error) = remember(services, &frame, known.as_ref(), now).await {
        tracing::error!(%error, "portal could not be remembered");
    }
    let page = match (frame.entity_type(), frame.entity_id()) {
        (Some(EntityType::Lead | EntityType::Deal | EntityType::Company), None) => Page::NotSaved,
        (Some(entity_type @ (EntityType::Lead | EntityType::Deal | EntityType::Company)), Some(id)) => {
            Page::Card(Box::new(
                card(services, &frame, entity_type, id, now.date_naive(), request_id).await?,
            ))
        }
        _ => Page::Elsewhere,
    };
    Ok(Opened {
        session: Session::of_frame(&frame, now),
        portal_origin: frame.portal_origin(),
        page,
    })
}

/// Writes down a portal that our database does not know although its token is proved (a restored backup, say), a
/// changed address, and from time to time that the portal lives.
async fn remember(
    services: &Services,
    frame: &VerifiedFrame,
    known: Option<&certlens_store::Portal>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Ok(member_id) = certlens_store::MemberId::parse(frame.member_id().as_str()) else {
        return Ok(());
    };
    let address = PortalAddress {
        domain: frame.endpoint().authority(),
        client_endpoint: frame.endpoint().as_str().to_owned(),
        origin: frame.portal_origin(),
        authorization_server: frame.server().as_str().to_owned(),
    };
    match known {
        None => services.store.begin_install(&member_id, &address).await,
        Some(portal) if portal.address != address || now - portal.seen_at > SEEN_EVERY => {
            services.store.record_seen(&member_id, &address).await
        }
        Some(_) => Ok(()),
    }
}

async fn card(
    services: &Services,
    frame: &VerifiedFrame,
    entity_type: EntityType,
    id: EntityId,
    today: NaiveDate,
    request_id: Option<&RequestId>,
) -> Result<Card, OpenError> {
    let client = PortalClient::new(
        services.transport.clone(),
        frame.endpoint().clone(),
        frame.access_token().clone(),
    )
    .within(PORTAL_PATIENCE);
    let language = Language::of_portal(frame.language().as_str());
    let counterparty = match crm::card::read_card(&client, entity_type, id).await {
        Ok(card) => Counterparty::of(card),
        Err(CardError::AccessDenied) => return Err(OpenError::AccessDenied),
        Err(CardError::NotFound) => return Err(OpenError::NotFound),
        Err(error) => {
            tracing::warn!(%error, "the portal did not answer for a card");
            Counterparty::of_silent_portal()
        }
    };
    let query = AnalyticsQuery::about(
        counterparty
            .identifiers
            .iter()
            .map(|listed| listed.identifier.clone()),
    );
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
    let Counterparty {
        title,
        notice,
        identifiers,
        unreadable,
    } = counterparty;
    Ok(Card {
        language,
        today,
        title,
        notice,
        identifiers,
        unreadable,
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
) -> Result<Findings, SearchFailure> {
    let answer = answer_again(identifiers, role).await;
    if let (Err(failure), Some(response)) = (&answer, use_context::<leptos_axum::ResponseOptions>()) {
        response.set_status(failure.status());
    }
    answer
}

async fn answer_again(identifiers: Vec<String>, role: RoleFilter) -> Result<Findings, SearchFailure> {
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

/// What CRM says of the counterparty.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counterparty {
    title: String,
    notice: Option<Notice>,
    identifiers: Vec<ListedIdentifier>,
    unreadable: Vec<NotAnIdentifier>,
}

impl Counterparty {
    fn of(card: CrmCard) -> Self {
        match card.company {
            LinkedCompany::None => Self {
                title: card.title,
                notice: Some(Notice::CompanyMissing),
                ..Self::default()
            },
            LinkedCompany::Unreadable(..) => Self {
                title: card.title,
                notice: Some(Notice::CompanyUnreadable),
                ..Self::default()
            },
            LinkedCompany::Known(company) => {
                let (identifiers, unreadable) = identifiers_of(&company.requisites);
                Self {
                    title: company.title,
                    notice: None,
                    identifiers,
                    unreadable,
                }
            }
        }
    }

    fn of_silent_portal() -> Self {
        Self {
            notice: Some(Notice::PortalSilent),
            ..Self::default()
        }
    }
}

/// The identifiers of all sets of details, each once, in the order of the sets; and the fields that hold none.
fn identifiers_of(requisites: &[Requisite]) -> (Vec<ListedIdentifier>, Vec<NotAnIdentifier>) {
    let mut identifiers: Vec<ListedIdentifier> = Vec::new();
    let mut unreadable: Vec<NotAnIdentifier> = Vec::new();
    for requisite in requisites {
        let name = requisite
            .name
            .as_deref()
            .or(requisite.company_name.as_deref())
            .unwrap_or_default();
        let fields = [
            &requisite.inn,
            &requisite.ogrn,
            &requisite.ogrnip,
            &requisite.bin,
            &requisite.iin,
        ];
        for text in fields.into_iter().flatten() {
            match Identifier::parse(text) {
                Ok(identifier) if identifiers.iter().any(|listed| listed.identifier == identifier) => {}
                Ok(_) if identifiers.len() == MOST_IDENTIFIERS => {}
                Ok(identifier) => identifiers.push(ListedIdentifier {
                    identifier,
                    origin: Origin::Requisite(name.to_owned()),
                    chosen: true,
                }),
                Err(error) if unreadable.contains(&error) => {}
                Err(error) => unreadable.push(error),
            }
        }
    }
    (identifiers, unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requisite(name: &str, inn: &str, ogrn: &str) -> Requisite {
        let field = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let mut requisite = Requisite::default();
        requisite.name = field(name);
        requisite.inn = field(inn);
        requisite.ogrn = field(ogrn);
        requisite
    }

    #[test]
    fn identifiers_of_two_sets_are_listed_once_with_their_origin() {
        let sets = [
            requisite("Head office", "7707083893", "1027700132195"),
            requisite("Branch", "7707083893", ""),
        ];
        let (identifiers, unreadable) = identifiers_of(&sets);
        let listed: Vec<_> = identifiers
            .iter()
            .map(|listed| listed.identifier.value())
            .collect();
        assert_eq!(listed, ["7707083893", "1027700132195"]);
        assert_eq!(identifiers[0].origin, Origin::Requisite("Head office".to_owned()));
        assert!(unreadable.is_empty());
    }

    #[test]
    fn a_field_that_holds_no_identifier_is_said_once_and_hides_nothing() {
        let sets = [
            requisite("A", "none yet", "1027700132195"),
            requisite("B", "none yet", ""),
        ];
        let (identifiers, unreadable) = identifiers_of(&sets);
        assert_eq!(identifiers.len(), 1);
        assert_eq!(unreadable.len(), 1);
    }

    #[test]
    fn a_wrong_check_digit_stays_in_the_list() {
        let (identifiers, _) = identifiers_of(&[requisite("A", "7707083894", "")]);
        assert!(!identifiers[0].identifier.is_valid());
        assert!(identifiers[0].chosen);
    }
}
