//! Signing on outside a portal's frame, by the portal's own consent page (the authorization-code flow).
//!
//! A person names the portal; we send him to its page with a signed note of where we sent him; the portal sends him back
//! with a code, which we change for a token and prove. There are no cookies: the answer to the way back is the page itself.

use super::document::{self, Framing};
use super::error::{Problem, ProblemKind};
use super::page::{Form, FormField, FormValue, Page as Message};
use super::routes::Routes;
use super::{language, request};
use crate::state::AppState;
use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use certlens_app::card::open::{self, Page, RequestId};
use certlens_app::session::Session;
use certlens_app::shell::Head;
use certlens_domain::language::Language;
use certlens_portals::LoginRefused;
use chrono::{Duration, Utc};
use serde::Deserialize;
use url::Url;

/// How long a person may take for the portal's page.
const STATE_LIFE: Duration = Duration::minutes(10);

pub(super) fn routes() -> Routes {
    Routes::new().route("/bitrix/login", get(arrive).post(begin))
}

/// What a portal sends back.
#[derive(Debug, Deserialize)]
struct Returned {
    code: String,
    state: String,
    #[serde(default)]
    server_domain: Option<String>,
}

impl Returned {
    fn read(uri: &Uri) -> Option<Self> {
        serde_urlencoded::from_str(uri.query()?).ok()
    }
}

/// Whether a request is the way back from a portal's consent page.
pub(super) fn is_return(uri: &Uri) -> bool {
    Returned::read(uri).is_some()
}

async fn arrive(
    state: State<AppState>,
    request_id: Extension<request::RequestId>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if is_return(&uri) {
        return finish(state, request_id, uri, headers).await;
    }
    Ok(ask(language::of_request(&uri, &headers)))
}

/// The page that asks for the portal.
fn ask(language: Language) -> Response {
    let (title, paragraph, label, button) = match language {
        Language::Ru => (
            "Вход через Битрикс24",
            "Укажите адрес портала, на котором установлен Certlens. Портал спросит, кто вы, и вернёт вас сюда.",
            "Адрес портала",
            "Продолжить",
        ),
        Language::En => (
            "Sign in with Bitrix24",
            "Name the portal on which Certlens is installed. It will ask who you are and bring you back.",
            "The portal's address",
            "Continue",
        ),
    };
    let page = Message {
        language,
        title,
        paragraphs: &[paragraph],
        form: Some(Form {
            action: "/bitrix/login",
            fields: &[FormField {
                name: "domain",
                label,
                value: FormValue::Text("acme.bitrix24.ru"),
            }],
            button,
        }),
        ..Message::default()
    };
    page.into_response(StatusCode::OK)
}

/// What the form says.
#[derive(Debug, Default, Deserialize)]
struct Wish {
    #[serde(default)]
    domain: String,
    #[serde(default)]
    member_id: String,
}

/// Sends the person to his portal: one that we know, at the address that was proved.
async fn begin(
    state: State<AppState>,
    request_id: Extension<request::RequestId>,
    headers: HeaderMap,
    form: Bytes,
) -> Result<Response, Problem> {
    if let Ok(Returned { code, .. }) = serde_urlencoded::from_bytes::<Returned>(&form)
        && !code.is_empty()
    {
        // Some portals are known to come back by POST.
        let uri = Uri::builder()
            .path_and_query(format!("/bitrix/login?{}", String::from_utf8_lossy(&form)))
            .build()
            .map_err(|_| Problem::new(ProblemKind::LoginRefused))?;
        return finish(state, request_id, uri, headers).await;
    }
    let wish: Wish = serde_urlencoded::from_bytes(&form).unwrap_or_default();
    let portals = &state.services.portals;
    let found = portals
        .installed_portal(host(&wish.domain).as_deref(), &wish.member_id)
        .await
        .map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a portal could not be looked up"
            );
            Problem::new(ProblemKind::NotReady)
        })?;
    let Some(portal) = found else {
        return Err(Problem::new(ProblemKind::LoginUnknownPortal));
    };
    let note = state
        .services
        .session_key
        .sign_login(&portal.member_id, Utc::now() + STATE_LIFE);
    let address = portal
        .consent_page(&note)
        .ok_or(Problem::new(ProblemKind::Internal))?;
    Ok(Redirect::to(address.as_str()).into_response())
}

/// The host with its port out of what a person typed: an address or a host, with or without a scheme.
fn host(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let absolute = if typed.contains("://") {
        typed.to_owned()
    } else {
        format!("https://{typed}")
    };
    let url = Url::parse(&absolute).ok()?;
    let host = url.host_str()?.to_ascii_lowercase();
    Some(
        url.port()
            .map_or_else(|| host.clone(), |port| format!("{host}:{port}")),
    )
}

/// The way back: the code becomes a proved user of the portal to which we had sent him.
pub(super) async fn finish(
    State(state): State<AppState>,
    Extension(request_id): Extension<request::RequestId>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let returned = Returned::read(&uri).ok_or(Problem::new(ProblemKind::LoginRefused))?;
    let services = &state.services;
    let now = Utc::now();
    let member_id = services
        .session_key
        .verify_login(&returned.state, now)
        .map_err(|_| Problem::new(ProblemKind::LoginRefused))?;
    request::record_portal(&member_id);
    let frame = services
        .portals
        .login(&member_id, &returned.code, returned.server_domain.as_deref())
        .await
        .map_err(|refused| {
            tracing::info!(
                error = &refused as &dyn std::error::Error,
                "a sign-on was refused"
            );
            Problem::new(match refused {
                LoginRefused::Unavailable(_) => ProblemKind::AuthorizationUnavailable,
                LoginRefused::Refused(_) => ProblemKind::LoginRefused,
            })
        })?;
    let generation = match services.session_generation(&member_id).await {
        Ok(Some(generation)) => generation,
        Ok(None) => return Err(Problem::new(ProblemKind::LoginUnknownPortal)),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "no session can be made");
            return Err(Problem::new(ProblemKind::NotReady));
        }
    };
    let session = Session::of_sign_on(&frame, generation, now);
    let language = language::of_request(&uri, &headers);
    let head = |title: String| Head {
        language,
        title,
        session_token: services.session_key.sign(&session),
        bx24_library: String::new(),
        files: state.settings.page_files.clone(),
    };
    let id = RequestId(request_id.as_str().to_owned());
    Ok(
        match open::own_page(services, &frame, Some(language), Some(&id)).await {
            Page::Monitor(model) => document::monitor(head(model.title()), *model, Framing::Alone).await,
            Page::Overview(overview) => {
                document::overview(head("Certlens".to_owned()), *overview, Framing::Alone).await
            }
            // The application's own page is no card.
            Page::Card(_) | Page::NotSaved => return Err(Problem::new(ProblemKind::Internal)),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("acme.bitrix24.ru", Some("acme.bitrix24.ru"))]
    #[case(" https://Acme.Bitrix24.ru/company/ ", Some("acme.bitrix24.ru"))]
    #[case("http://portal-a.localhost:8081/", Some("portal-a.localhost:8081"))]
    #[case("", None)]
    #[case("https://", None)]
    fn host_of_what_people_type(#[case] typed: &str, #[case] expected: Option<&str>) {
        assert_eq!(host(typed).as_deref(), expected);
    }

    #[test]
    fn the_way_back_is_told_by_code_and_state() {
        assert!(is_return(
            &"/bitrix/app?code=abc&state=def&domain=x".parse().unwrap()
        ));
        assert!(!is_return(&"/bitrix/app?DOMAIN=x&LANG=ru".parse().unwrap()));
        assert!(!is_return(&"/bitrix/app".parse().unwrap()));
    }
}
