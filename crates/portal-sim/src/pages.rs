//! What a person sees of the portal: lists, cards with tabs, the application's page. HTML from plain text, escaped.
//!
//! Original in design and code; only the way in which an application's frame is opened follows Bitrix24.

mod application;
mod card;
mod choice;
mod layout;
mod list;
mod notifications;
mod person;
mod stage;
mod text;
mod visitor;

use axum::Router;
use axum::extract::{Path, Query, RawQuery, State as AxumState};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::Value;

use crate::host::{self, Server};
use crate::parameter::Parameter;
use crate::shared::Shared;
use crate::state::Clean;
use crate::state::crm::EntityKind;
pub(crate) use visitor::Visitor;

/// The addresses of all pages and of what their dialogs ask for.
pub(crate) fn router() -> Router<Shared> {
    Router::new()
        .route("/", get(home))
        .route("/crm/{kind}/", get(items))
        .route("/crm/{kind}/details/{id}/", get(item))
        .route("/marketplace/", get(applications))
        .route("/marketplace/app/{id}/", get(application))
        .route("/marketplace/view/{code}/", get(application_view))
        .route("/marketplace/uninstall/", post(uninstall))
        .route("/marketplace/install/", post(install))
        .route("/notifications/", get(messages))
        .route("/company/personal/user/{id}/", get(user))
        .route("/portal-api/choice", get(choice::choice))
}

/// What the address may say besides the path.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct PageQuery {
    lang: Option<String>,
    user: Option<u64>,
    /// Which tab of a card is open at once: `app`, `app-2`, ….
    tab: Option<String>,
    /// A fault in the POST that opens the frame, see [`crate::fault::FrameFault`].
    fault: Option<String>,
    install_finished: Option<String>,
    /// What a list is searched for.
    search: Option<String>,
    /// Which page of a list, from 1.
    page: Option<usize>,
    /// `Y` when the page is shown in a slider.
    #[serde(rename = "IFRAME")]
    frame: Option<String>,
}

/// `/`: everything in the CRM.
pub(crate) async fn home(
    AxumState(shared): AxumState<Shared>,
    Query(query): Query<PageQuery>,
    headers: HeaderMap,
) -> Response {
    page(&shared, &headers, &query, "/", |state, visitor| {
        Some(list::everything(state, visitor))
    })
}

/// `/crm/<type>/`: one list.
pub(crate) async fn items(
    AxumState(shared): AxumState<Shared>,
    Path(kind): Path<String>,
    Query(query): Query<PageQuery>,
    headers: HeaderMap,
) -> Response {
    let path = format!("/crm/{kind}/");
    page(&shared, &headers, &query, &path, |state, visitor| {
        let asked = list::Asked {
            search: query.search.clone().unwrap_or_default(),
            page: query.page.unwrap_or(1),
        };
        Some(list::one_kind(
            state,
            visitor,
            EntityKind::from_path(&kind)?,
            &asked,
        ))
    })
}

/// `/crm/<type>/details/<id>/`: a card.
pub(crate) async fn item(
    AxumState(shared): AxumState<Shared>,
    Path((kind, id)): Path<(String, u64)>,
    Query(query): Query<PageQuery>,
    headers: HeaderMap,
) -> Response {
    let path = format!("/crm/{kind}/details/{id}/");
    page(&shared, &headers, &query, &path, |state, visitor| {
        let item = state.crm.item(EntityKind::from_path(&kind)?, id)?;
        if !visitor.sees(state, item) {
            return Some(layout::message(state, visitor, visitor.text().access_denied));
        }
        Some(card::page(
            state,
            visitor,
            &item,
            query.tab.as_deref(),
            query.fault.as_deref(),
        ))
    })
}

/// `/marketplace/`: the applications with their buttons.
pub(crate) async fn applications(
    AxumState(shared): AxumState<Shared>,
    Query(query): Query<PageQuery>,
    headers: HeaderMap,
) -> Response {
    page(&shared, &headers, &query, "/marketplace/", |state, visitor| {
        Some(application::overview(state, visitor))
    })
}

/// `/marketplace/app/<id>/`: the installer until it is finished, then the application's own page.
pub(crate) async fn application(
    AxumState(shared): AxumState<Shared>,
    Path(id): Path<String>,
    Query(query): Query<PageQuery>,
    headers: HeaderMap,
) -> Response {
    let path = format!("/marketplace/app/{id}/");
    page(&shared, &headers, &query, &path, |state, visitor| {
        let just_installed = query.install_finished.as_deref() == Some("Y");
        Some(application::page(
            state,
            visitor,
            just_installed,
            None,
            query.fault.as_deref(),
        ))
    })
}

/// `/marketplace/view/<code>/?params[reportId]=91`: the application's page with parameters.
pub(crate) async fn application_view(
    AxumState(shared): AxumState<Shared>,
    Path(code): Path<String>,
    Query(query): Query<PageQuery>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    let path = format!("/marketplace/view/{code}/");
    let given = Parameter::from_form(raw.unwrap_or_default().as_bytes());
    let options = given.get("params").map_or(Value::Null, Parameter::to_value);
    page(&shared, &headers, &query, &path, |state, visitor| {
        Some(application::page(state, visitor, false, Some(&options), None))
    })
}

/// Whether an administrator has the application's data deleted.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct UninstallQuery {
    #[serde(default)]
    clean: u8,
}

/// `POST /marketplace/uninstall/?clean=1`: the administrator's button.
pub(crate) async fn uninstall(
    AxumState(shared): AxumState<Shared>,
    Query(query): Query<UninstallQuery>,
    headers: HeaderMap,
) -> Response {
    let mut state = shared.lock();
    let visitor = Visitor::of(&state, &headers, None, None, "/");
    if !state.is_admin(visitor.user_id) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let clean = if query.clean == 1 {
        Clean::Delete
    } else {
        Clean::Keep
    };
    state.uninstall_with_event(clean);
    Redirect::to("/marketplace/").into_response()
}

/// `POST /marketplace/install/`: begins an installation anew, then opens the installer.
pub(crate) async fn install(AxumState(shared): AxumState<Shared>, headers: HeaderMap) -> Response {
    let mut state = shared.lock();
    let visitor = Visitor::of(&state, &headers, None, None, "/");
    if !state.is_admin(visitor.user_id) {
        return StatusCode::FORBIDDEN.into_response();
    }
    // A reinstallation changes secrets and kills tokens; the application isn't told that the old one went.
    state.uninstall();
    state.ensure_installation();
    Redirect::to("/marketplace/app/certlens/").into_response()
}

/// `/notifications/`: what the visitor was told.
pub(crate) async fn messages(
    AxumState(shared): AxumState<Shared>,
    Query(query): Query<PageQuery>,
    headers: HeaderMap,
) -> Response {
    page(&shared, &headers, &query, "/notifications/", |state, visitor| {
        Some(notifications::page(state, visitor))
    })
}

/// `/company/personal/user/<id>/`: a person.
pub(crate) async fn user(
    AxumState(shared): AxumState<Shared>,
    Path(id): Path<u64>,
    Query(query): Query<PageQuery>,
    headers: HeaderMap,
) -> Response {
    let path = format!("/company/personal/user/{id}/");
    page(&shared, &headers, &query, &path, |state, visitor| {
        Some(person::page(state, visitor, state.user(id)?))
    })
}

/// Renders a page for the visitor, remembering choices in cookies; anything but the portal's host goes there.
fn page(
    shared: &Shared,
    headers: &HeaderMap,
    query: &PageQuery,
    path: &str,
    render: impl FnOnce(&crate::state::State, &Visitor) -> Option<String>,
) -> Response {
    let state = shared.lock();
    if host::server(&state, headers) != Server::Portal {
        return Redirect::temporary(&format!("{}{path}", state.addresses.portal_url())).into_response();
    }
    let mut visitor = Visitor::of(&state, headers, query.lang.as_deref(), query.user, path);
    visitor.in_slider = query.frame.as_deref() == Some("Y");
    let (status, html) = match render(&state, &visitor) {
        Some(html) => (StatusCode::OK, html),
        None => (
            StatusCode::NOT_FOUND,
            layout::message(&state, &visitor, visitor.text().not_found),
        ),
    };
    let cookies = visitor.cookies().map(|cookie| (header::SET_COOKIE, cookie));
    (status, axum::response::AppendHeaders(cookies), Html(html)).into_response()
}
