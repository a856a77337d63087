//! The page that a portal opens in a card's tab, and the server functions by which that page asks again.
//!
//! Translates between HTTP and `certlens_app`: a form becomes a frame, a page becomes HTML with a policy that lets
//! only the proved portal frame it. What a card shows is decided in `certlens_app::card`.

use super::error::{Problem, ProblemKind};
use super::page::{self, Page as Message};
use super::{language, request};
use crate::state::AppState;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use certlens_app::card::model::Card;
use certlens_app::card::open::{self, Bearer, OpenError, Opened, Page};
use certlens_app::catalogue::Texts;
use certlens_app::shell::{CardDocument, Head};
use certlens_bitrix24::FrameOpen;
use certlens_domain::language::Language;
use chrono::Utc;
use leptos::nonce::Nonce;
use leptos::prelude::*;

/// The routes of the card's page and of its server functions.
pub fn routes(state: AppState) -> Router {
    // Server functions and pages run their reactive tasks on tokio. A second call changes nothing.
    let _ = any_spawner::Executor::init_tokio();
    Router::new()
        .route("/bitrix/app", post(open_frame).get(opened_by_hand))
        .route("/fn/{name}", post(server_function))
        .with_state(state)
}

/// A GET or HEAD: the vendor cabinet's check, or a person who opened the address by hand.
async fn opened_by_hand(uri: Uri, headers: HeaderMap) -> Response {
    let language = language::of_request(&uri, &headers);
    let texts = Texts(language);
    message(language, texts.open_inside(), texts.open_inside_hint())
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
    let opened = open::open(&state.services, frame, Utc::now(), Some(&request_id)).await?;
    request::record_portal(opened.session.member_id());
    Ok(match opened {
        Opened {
            page: Page::NotSaved, ..
        } => message(language, texts.not_saved(), texts.not_saved_hint()),
        Opened {
            page: Page::Elsewhere,
            ..
        } => message(language, texts.in_cards(), texts.in_cards_hint()),
        Opened {
            session,
            portal_origin,
            page: Page::Card(card),
        } => {
            let head = Head {
                language: card.language,
                title: format!("{} · Certlens", card.title),
                session_token: state.services.session_key.sign(&session),
                bx24_library: state.services.bx24_library.address(&portal_origin),
            };
            document(head, *card, &portal_origin).await
        }
    })
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
            OpenError::Verification(error) => Self::from(error),
            OpenError::AccessDenied => Self::new(ProblemKind::CardForbidden),
            OpenError::NotFound => Self::new(ProblemKind::CardMissing),
        }
    }
}

/// Renders the card's document and says who may frame it.
async fn document(head: Head, card: Card, portal_origin: &str) -> Response {
    let nonce = page::nonce().unwrap_or_default();
    let policy = content_security_policy(&nonce, portal_origin);
    let context = move || {
        provide_context(Nonce::from_value(nonce.clone()));
        provide_context(card.clone());
    };
    let render = leptos_axum::render_app_to_stream_with_context(context, move || {
        view! { <CardDocument head=head.clone() /> }
    });
    let mut response = render(Request::new(Body::empty())).await;
    let headers = response.headers_mut();
    // The page carries a session and a user's data.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    match HeaderValue::from_str(&policy) {
        Ok(policy) => {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
            response
        }
        // Unreachable with an origin that the authorization server gave as a URL; without a policy no page.
        Err(_) => Problem::new(ProblemKind::Internal).into_response(),
    }
}

/// Scripts run by nonce or because such a script loaded them; nothing is inline; one origin may frame the page.
fn content_security_policy(nonce: &str, portal_origin: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self'; connect-src 'self' {portal_origin}; base-uri 'none'; form-action 'none'; \
         frame-ancestors {portal_origin}"
    )
}

/// Runs a server function. Its caller is whoever the session in the `Authorization` header stands for; without one
/// the function refuses by itself.
async fn server_function(
    State(state): State<AppState>,
    Extension(request_id): Extension<request::RequestId>,
    request: Request,
) -> Response {
    let bearer = bearer(&state, request.headers());
    if let Some(Bearer(session)) = &bearer {
        request::record_portal(session.member_id());
    }
    let services = state.services;
    let request_id = open::RequestId(request_id.as_str().to_owned());
    let context = move || {
        provide_context(services.clone());
        provide_context(request_id.clone());
        if let Some(bearer) = &bearer {
            provide_context(bearer.clone());
        }
    };
    let mut response = leptos_axum::handle_server_fns_with_context(context, request)
        .await
        .into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn bearer(state: &AppState, headers: &HeaderMap) -> Option<Bearer> {
    let token = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")?;
    state
        .services
        .session_key
        .verify(token, Utc::now())
        .ok()
        .map(Bearer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_lets_only_the_portal_frame_the_page_and_runs_nothing_inline() {
        let policy = content_security_policy("n0nce", "https://acme.example");
        assert!(
            policy.contains("frame-ancestors https://acme.example"),
            "{policy}"
        );
        assert!(
            policy.contains("script-src 'nonce-n0nce' 'strict-dynamic' 'wasm-unsafe-eval'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe-inline"), "{policy}");
    }
}
