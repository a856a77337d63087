//! The operator's sign-on: his token and his name become a session in a cookie.

use super::{Words, ways_in};
use crate::http::api::caller::is_operator;
use crate::http::language;
use crate::state::AppState;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use certlens_app::session::{OPERATOR_SESSION_LIFE, OperatorSession};
use certlens_monitor::{Address, ScreenName};
use chrono::Utc;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use serde::Deserialize;
use std::num::NonZeroU32;
use std::sync::LazyLock;

/// The cookie of the operator's session: read for pages only.
const COOKIE: &str = "certlens_operator";

/// A token of 16 characters is not found by trying ten times a minute. One bucket for all: whoever tries, waits, and so does the
/// operator beside him; better than a token that is found.
static ATTEMPTS: LazyLock<DefaultDirectRateLimiter> =
    LazyLock::new(|| RateLimiter::direct(Quota::per_minute(NonZeroU32::MIN.saturating_add(9))));

#[derive(Debug, Default, Deserialize)]
struct SignOn {
    #[serde(default)]
    name: String,
    #[serde(default)]
    token: String,
    #[serde(default)]
    next: String,
}

/// The operator's session of a request, with the token that stands for it.
pub(super) fn session_of(state: &AppState, headers: &HeaderMap) -> Option<(String, OperatorSession)> {
    let token = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value.to_owned())?;
    let session = state.services.operator_session(&token)?;
    Some((token, session))
}

pub(super) async fn sign_on(
    State(state): State<AppState>,
    uri: Uri,
    headers: HeaderMap,
    form: Bytes,
) -> Response {
    let language = language::of_request(&uri, &headers);
    let texts = Words(language);
    let wish: SignOn = serde_urlencoded::from_bytes(&form).unwrap_or_default();
    let refuse = |problem| ways_in(&state, language, &wish.next, Some(problem));
    if ATTEMPTS.check().is_err() {
        tracing::warn!("too many attempts to sign on as the operator");
        return refuse(texts.of(
            "Слишком много попыток. Подождите минуту.",
            "Too many attempts. Wait a minute.",
        ));
    }
    if wish.name.trim().is_empty() {
        return refuse(texts.of(
            "Назовите себя: имя попадёт в журнал действий.",
            "Say who you are: the name stands in the audit log.",
        ));
    }
    let configured = state.services.operator_token.as_ref();
    let Some(token) = configured.filter(|_| is_operator(configured, wish.token.trim())) else {
        tracing::warn!("a wrong operator token was given");
        return refuse(texts.of(
            "Токен не подошёл. Он задан переменной CERTLENS_OPERATOR_TOKEN.",
            "The token is not right. It is what CERTLENS_OPERATOR_TOKEN says.",
        ));
    };
    let session = OperatorSession::new(&wish.name, Utc::now());
    let signed = state.services.session_key.sign_operator(&session, token);
    // Only a screen of ours may follow.
    let next = wish
        .next
        .parse::<Address>()
        .unwrap_or(Address::of(ScreenName::Overview));
    tracing::info!("the operator signed on");
    with_cookie(
        Redirect::to(&next.to_string()).into_response(),
        &state,
        &signed,
        OPERATOR_SESSION_LIFE.num_seconds(),
    )
}

pub(super) async fn sign_out(State(state): State<AppState>) -> Response {
    with_cookie(Redirect::to("/monitor").into_response(), &state, "", 0)
}

fn with_cookie(mut response: Response, state: &AppState, value: &str, seconds: i64) -> Response {
    let secure = if state.settings.public_url.as_str().starts_with("https://") {
        "; Secure"
    } else {
        ""
    };
    let cookie =
        format!("{COOKIE}={value}; Path=/monitor; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
