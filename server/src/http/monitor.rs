//! The monitor's pages outside of a portal's frame: the operator signs on with his token; whoever has no session is told how to
//! get one. And the stream by which open pages hear that something changed.
//!
//! The operator's session is a cookie for the reading of pages only: what is done travels with the session in a header, so that
//! no other site can do anything in his name.

mod live;
mod sign_on;

use super::document::{self, Framing};
use super::error::Problem;
use super::page::{Form, FormField, FormValue, Page as Message};
use super::routes::Routes;
use super::{language, request};
use crate::state::AppState;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use certlens_app::monitor::page;
use certlens_app::shell::Head;
use certlens_domain::language::Language;
use certlens_monitor::{Address, ScreenName, Viewer};

pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/monitor", get(open))
        .route("/monitor/{*screen}", get(open))
        .route("/monitor/sign-on", post(sign_on::sign_on))
        .route("/monitor/sign-out", post(sign_on::sign_out))
        .route("/monitor/live", get(live::live))
}

/// A screen for the operator; for everybody else the way in.
async fn open(
    State(state): State<AppState>,
    Extension(request_id): Extension<request::RequestId>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let language = language::of_request(&uri, &headers);
    let wanted = uri.path_and_query().map_or_else(String::new, ToString::to_string);
    let Some((token, session)) = sign_on::session_of(&state, &headers) else {
        return Ok(ways_in(&state, language, &wanted, None));
    };
    let address = wanted
        .parse::<Address>()
        .unwrap_or(Address::of(ScreenName::Overview))
        .without("LANG");
    let viewer = Viewer::Operator { name: session.name };
    let model = page::open(
        &state.services,
        &viewer,
        address,
        language,
        Some(request_id.as_str()),
    )
    .await;
    let head = Head {
        language,
        title: model.title(),
        session_token: token,
        bx24_library: String::new(),
        files: state.settings.page_files.clone(),
    };
    Ok(document::monitor(head, model, Framing::Alone).await)
}

/// The page that says how to get in; with what went wrong at the last attempt.
fn ways_in(state: &AppState, language: Language, next: &str, problem: Option<&str>) -> Response {
    let texts = Words(language);
    let mut paragraphs = Vec::new();
    paragraphs.extend(problem);
    paragraphs.push(texts.of(
        "Администратор портала: откройте приложение Certlens в своём Битрикс24 или войдите через портал по ссылке ниже.",
        "Administrators of a portal: open the application Certlens in your Bitrix24, or sign in through the portal by the link below.",
    ));
    let has_operator = state.services.operator_token.is_some();
    paragraphs.push(if has_operator {
        texts.of(
            "Оператор сервиса: войдите с токеном оператора.",
            "Operator of the service: sign in with the operator token.",
        )
    } else {
        texts.of(
            "Вход оператора выключен: задайте CERTLENS_OPERATOR_TOKEN (не короче 16 знаков) и перезапустите сервис.",
            "The operator's sign-in is off: set CERTLENS_OPERATOR_TOKEN (16 characters at least) and restart the service.",
        )
    });
    let fields = [
        FormField {
            name: "name",
            label: texts.of("Ваше имя (для журнала действий)", "Your name (for the audit log)"),
            value: FormValue::Text(texts.of("Анна Смирнова", "Anna Smith")),
        },
        FormField {
            name: "token",
            label: texts.of("Токен оператора", "Operator token"),
            value: FormValue::Secret,
        },
        FormField {
            name: "next",
            label: "",
            value: FormValue::Hidden(next),
        },
    ];
    let page = Message {
        language,
        title: texts.of("Монитор Certlens", "The Certlens monitor"),
        paragraphs: &paragraphs,
        form: has_operator.then_some(Form {
            action: "/monitor/sign-on",
            fields: &fields,
            button: texts.of("Войти", "Sign in"),
        }),
        link: Some((
            texts.of(
                "Войти через портал Битрикс24",
                "Sign in through a Bitrix24 portal",
            ),
            "/bitrix/login",
        )),
        ..Message::default()
    };
    // The way in is a page like others; only an attempt that failed is an error.
    page.into_response(if problem.is_some() {
        StatusCode::FORBIDDEN
    } else {
        StatusCode::OK
    })
}

/// Texts of the page before anything is known of the viewer.
struct Words(Language);

impl Words {
    const fn of(&self, ru: &'static str, en: &'static str) -> &'static str {
        match self.0 {
            Language::Ru => ru,
            Language::En => en,
        }
    }
}
