//! What a person sees of the portal: lists, cards with tabs, the application's page. HTML from plain text, escaped.
//!
//! Original in design and code; only the way in which an application's frame is opened follows Bitrix24.

mod application;
mod card;
mod layout;
mod list;
mod stage;
mod text;
mod visitor;

use axum::extract::{Path, Query, State as AxumState};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::host::{self, Server};
use crate::shared::Shared;
use crate::state::crm::EntityKind;
pub(crate) use visitor::Visitor;

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

/// `/marketplace/app/certlens/`: the installer until it is finished, then the application's own page.
pub(crate) async fn application(
    AxumState(shared): AxumState<Shared>,
    Query(query): Query<PageQuery>,
    headers: HeaderMap,
) -> Response {
    page(
        &shared,
        &headers,
        &query,
        "/marketplace/app/certlens/",
        |state, visitor| {
            Some(application::page(
                state,
                visitor,
                query.install_finished.as_deref() == Some("Y"),
            ))
        },
    )
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
    let visitor = Visitor::of(&state, headers, query.lang.as_deref(), query.user, path);
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
