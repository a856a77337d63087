//! The installer: what a portal opens when an administrator installs the application.
//!
//! It proves the frame, checks that the user administers the portal, registers our tabs in the cards of leads, deals
//! and companies, and lets the page tell the portal that the installation is complete. Everything may be repeated:
//! the portal opens this page on each update, and administrators reload it.

use super::error::{Problem, ProblemKind};
use super::page::{Page, Script};
use super::{language, request};
use crate::state::{AppState, HttpSettings};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;
use certlens_app::services::Services;
use certlens_bitrix24::placements::{self, Binding};
use certlens_bitrix24::{
    CallError, EntityType, ErrorCode, Expectation, FrameOpen, Placement, PortalClient, VerifiedFrame,
};
use certlens_domain::language::Language;
use certlens_store::{MemberId, PortalAddress, Store, StoreError};
use std::sync::Arc;

/// Rises when the set of placements changes, so that a portal with older ones can be told apart.
const BINDINGS_VERSION: i32 = 1;

/// The cards that get our tab.
const CARDS: [EntityType; 3] = [EntityType::Lead, EntityType::Deal, EntityType::Company];

/// Tells the portal that the installation is complete; outside of an installation the portal ignores it.
const FINISH: &str = "if(window.BX24){BX24.init(function(){BX24.installFinish();});}";

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/bitrix/install", get(opened_by_hand).post(install))
}

/// What a person or the market's address check gets; `HEAD` is answered alike.
async fn opened_by_hand(uri: Uri, headers: HeaderMap) -> Response {
    neutral_page(language::of_request(&uri, &headers))
}

/// A page for those who open one of the portal's addresses outside of a portal.
pub fn neutral_page(language: Language) -> Response {
    let paragraph = match language {
        Language::Ru => "Эта страница открывается внутри Битрикс24: в карточке лида, сделки или компании.",
        Language::En => "This page opens inside Bitrix24: in the card of a lead, a deal or a company.",
    };
    let page = Page {
        language,
        title: "Certlens",
        paragraphs: &[paragraph],
        ..Page::default()
    };
    page.into_response(StatusCode::OK)
}

async fn install(
    State(services): State<Services>,
    State(settings): State<Arc<HttpSettings>>,
    RawQuery(query): RawQuery,
    form: Bytes,
) -> Result<Response, Problem> {
    let open = FrameOpen::parse(query.as_deref().unwrap_or_default(), &form);
    let frame = verify(&services, open).await?;
    request::record_portal(frame.member_id());
    let member_id = member_id(&frame)?;
    let portal = PortalClient::new(
        services.transport.clone(),
        frame.endpoint().clone(),
        frame.access_token().clone(),
    );

    if !placements::is_administrator(&portal).await.map_err(of_portal)? {
        return Err(Problem::new(ProblemKind::AdministratorRequired));
    }
    let address = address(&frame);
    services
        .store
        .begin_install(&member_id, &address)
        .await
        .map_err(of_store)?;
    placements::reconcile(&portal, &bindings(&settings))
        .await
        .map_err(of_portal)?;
    services
        .store
        .finish_install(&member_id, BINDINGS_VERSION)
        .await
        .map_err(of_store)?;
    tracing::info!(domain = address.domain, "application installed");

    let library = services.bx24_library.address(&address.origin);
    Ok(installed_page(&frame, &library, &address.origin))
}

async fn verify(services: &Services, open: FrameOpen) -> Result<VerifiedFrame, Problem> {
    let expectation = Expectation {
        client_ids: vec![services.client_id.clone()],
        known_server: known_server(&services.store, &open).await?,
        is_installer: true,
    };
    Ok(services.verifier.verify(open, &expectation).await?)
}

/// The authorization server of an earlier installation: older portals don't name theirs.
async fn known_server(store: &Store, open: &FrameOpen) -> Result<Option<String>, Problem> {
    let claimed = open
        .member_id
        .as_ref()
        .map(|claimed| MemberId::parse(claimed.as_str()));
    let Some(Ok(claimed)) = claimed else {
        return Ok(None);
    };
    let portal = store.portal(&claimed).await.map_err(of_store)?;
    Ok(portal.map(|portal| portal.address.authorization_server))
}

fn member_id(frame: &VerifiedFrame) -> Result<MemberId, Problem> {
    // Both crates have the same rule; should they ever differ, nothing is stored under a wrong name.
    MemberId::parse(frame.member_id().as_str()).map_err(|_| Problem::new(ProblemKind::Internal))
}

fn address(frame: &VerifiedFrame) -> PortalAddress {
    PortalAddress {
        domain: frame.endpoint().authority(),
        client_endpoint: frame.endpoint().as_str().to_owned(),
        origin: frame.portal_origin(),
        authorization_server: frame.server().as_str().to_owned(),
    }
}

fn bindings(settings: &HttpSettings) -> Vec<Binding> {
    CARDS
        .into_iter()
        .map(|entity| Binding {
            placement: Placement::DetailTab(entity),
            handler: settings.public_url.join("/bitrix/app"),
            // A name is the same in every language.
            titles: ["en", "ru"]
                .map(|language| (language.to_owned(), "Certlens".to_owned()))
                .to_vec(),
        })
        .collect()
}

fn installed_page(frame: &VerifiedFrame, library: &str, portal_origin: &str) -> Response {
    let language = Language::of_portal(frame.language().as_str());
    let (title, paragraph) = match language {
        Language::Ru => (
            "Certlens установлен",
            "Откройте карточку лида, сделки или компании: в ней появилась вкладка Certlens.",
        ),
        Language::En => (
            "Certlens is installed",
            "Open the card of a lead, a deal or a company: it has a new tab, \"Certlens\".",
        ),
    };
    let page = Page {
        language,
        title,
        paragraphs: &[paragraph],
        footnote: None,
        script: Some(Script {
            library,
            code: FINISH,
            portal_origin,
        }),
    };
    page.into_response(StatusCode::OK)
}

#[expect(clippy::needless_pass_by_value, reason = "used to map errors")]
fn of_portal(error: CallError) -> Problem {
    tracing::warn!(
        error = &error as &dyn std::error::Error,
        "the portal refused an installer's call"
    );
    let kind = match error.code() {
        Some(ErrorCode::AccessDenied) => ProblemKind::AdministratorRequired,
        Some(ErrorCode::InsufficientScope) => ProblemKind::ScopeMissing,
        Some(ErrorCode::ExpiredToken) => ProblemKind::FrameExpired,
        Some(ErrorCode::Other(code)) if code.eq_ignore_ascii_case("ERROR_PLACEMENT_NOT_FOUND") => {
            ProblemKind::ScopeMissing
        }
        _ => ProblemKind::PortalUnavailable,
    };
    Problem::new(kind)
}

#[expect(clippy::needless_pass_by_value, reason = "used to map errors")]
fn of_store(error: StoreError) -> Problem {
    tracing::error!(
        error = &error as &dyn std::error::Error,
        "the store failed an installation"
    );
    Problem::new(ProblemKind::Internal)
}
