//! The page that a portal opens in a card's tab or in its menu.
//!
//! Translates between HTTP and `certlens_app`: a form becomes a frame, a page becomes HTML that only the proved portal
//! may frame. What a page shows is decided in `certlens_app`.

use super::document::{self, Framing};
use super::error::{Problem, ProblemKind};
use super::page::Page as Message;
use super::routes::Routes;
use super::{language, login, request};
use crate::state::AppState;
use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::post;
use certlens_app::card::open::{self, OpenError, Opened, Page};
use certlens_app::catalogue::Texts;
use certlens_app::shell::Head;
use certlens_bitrix24::FrameOpen;
use certlens_domain::language::Language;
use chrono::Utc;
use std::time::Instant;

pub(super) fn routes() -> Routes {
    Routes::new().route("/bitrix/app", post(open_frame).get(opened_by_hand))
}

/// A GET or HEAD: the vendor cabinet's check, a person who opened the address by hand, or the way back from a portal's
/// sign-on, which always leads to the application's own address.
async fn opened_by_hand(
    state: State<AppState>,
    request_id: Extension<request::RequestId>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if login::is_return(&uri) {
        return login::finish(state, request_id, uri, headers).await;
    }
    let language = language::of_request(&uri, &headers);
    let texts = Texts(language);
    Ok(message(language, texts.open_inside(), texts.open_inside_hint()))
}

async fn open_frame(
    State(state): State<AppState>,
    Extension(request_id): Extension<request::RequestId>,
    uri: Uri,
    headers: HeaderMap,
    form: Bytes,
) -> Result<Response, Problem> {
    let language = language::of_request(&uri, &headers);
    let texts = Texts(language);
    let frame = FrameOpen::parse(uri.query().unwrap_or_default(), &form);
    let request_id = open::RequestId(request_id.as_str().to_owned());
    let begun = Instant::now();
    let opened = open::open(&state.services, frame, Utc::now(), Some(&request_id)).await;
    metrics::histogram!("certlens_card_open_seconds", "outcome" => outcome(&opened)).record(begun.elapsed());
    let opened = opened?;
    request::record_portal(opened.session.member_id());
    let Opened {
        session,
        portal_origin,
        page,
    } = opened;
    let head = |language, title: &str| Head {
        language,
        title: title.to_owned(),
        session_token: state.services.session_key.sign(&session),
        bx24_library: state.services.bx24_library.address(&portal_origin),
        files: state.settings.page_files.clone(),
    };
    Ok(match page {
        Page::NotSaved => message(language, texts.not_saved(), texts.not_saved_hint()),
        Page::Overview(overview) => {
            let head = head(overview.language, "Certlens");
            document::overview(head, *overview, Framing::Portal(&portal_origin)).await
        }
        Page::Monitor(model) => {
            let head = head(model.language, &model.title());
            document::monitor(head, *model, Framing::Portal(&portal_origin)).await
        }
        Page::Card(opened) => {
            let card = &opened.card;
            let head = head(card.language, &format!("{} · Certlens", card.title));
            document::card(head, *opened, Framing::Portal(&portal_origin)).await
        }
    })
}

/// How an opening ended, as a metric's label.
const fn outcome(opened: &Result<Opened, OpenError>) -> &'static str {
    match opened {
        Ok(Opened {
            page: Page::Card(_), ..
        }) => "card",
        Ok(Opened {
            page: Page::Overview(_),
            ..
        }) => "overview",
        Ok(Opened {
            page: Page::Monitor(_),
            ..
        }) => "monitor",
        Ok(Opened {
            page: Page::NotSaved, ..
        }) => "not_saved",
        Err(OpenError::AccessDenied | OpenError::NotFound) => "refused",
        Err(OpenError::Frame(_)) => "unproved",
        Err(OpenError::Forgotten | OpenError::NoBoard) => "failed",
    }
}

/// A page that is one message.
fn message(language: Language, title: &str, hint: &str) -> Response {
    Message {
        language,
        title,
        paragraphs: &[hint],
        ..Message::default()
    }
    .into_response(StatusCode::OK)
}

impl From<OpenError> for Problem {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Frame(error) => Self::from(error),
            OpenError::AccessDenied => Self::new(ProblemKind::CardForbidden),
            OpenError::NotFound => Self::new(ProblemKind::CardMissing),
            OpenError::Forgotten | OpenError::NoBoard => Self::new(ProblemKind::NotReady),
        }
    }
}
