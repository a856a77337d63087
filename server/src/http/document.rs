//! Renders the application's pages and says who may frame them.

use super::error::{Problem, ProblemKind};
use super::page;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use certlens_app::card::open::CardOnBoard;
use certlens_app::monitor::page::MonitorPageModel;
use certlens_app::overview::model::Overview;
use certlens_app::shell::{CardDocument, Head, MonitorDocument, OverviewDocument};
use leptos::nonce::Nonce;
use leptos::prelude::*;

/// Understood by nginx and those that follow it.
const PROXY_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Who may show the page in a frame.
#[derive(Debug, Clone, Copy)]
pub(super) enum Framing<'a> {
    /// The proved portal, by its origin.
    Portal(&'a str),
    /// Nobody: the page stands by itself.
    Alone,
}

/// The document of a card.
pub(super) async fn card(head: Head, opened: CardOnBoard, framing: Framing<'_>) -> Response {
    let is_in_pieces = opened.board.is_underway();
    let mut response = render(
        framing,
        move || view! { <CardDocument head=head.clone() opened=opened.clone() /> },
    )
    .await;
    if is_in_pieces {
        // A proxy that collects an answer before it passes it on would keep the first piece back.
        response
            .headers_mut()
            .insert(PROXY_BUFFERING, HeaderValue::from_static("no"));
    }
    response
}

/// The document of the application's own page.
pub(super) async fn overview(head: Head, overview: Overview, framing: Framing<'_>) -> Response {
    render(
        framing,
        move || view! { <OverviewDocument head=head.clone() overview=overview.clone() /> },
    )
    .await
}

/// The document of the monitor.
pub(super) async fn monitor(head: Head, model: MonitorPageModel, framing: Framing<'_>) -> Response {
    render(
        framing,
        move || view! { <MonitorDocument head=head.clone() model=model.clone() /> },
    )
    .await
}

async fn render<View: IntoView + 'static>(
    framing: Framing<'_>,
    view: impl Fn() -> View + Clone + Send + Sync + 'static,
) -> Response {
    let nonce = page::nonce().unwrap_or_default();
    let policy = content_security_policy(&nonce, framing);
    let context = move || provide_context(Nonce::from_value(nonce.clone()));
    // In order: what comes later comes at the end, where a browser that runs no scripts shows it as well.
    let render = leptos_axum::render_app_to_stream_in_order_with_context(context, view);
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
fn content_security_policy(nonce: &str, framing: Framing<'_>) -> String {
    // Only a page that stands alone sends forms by itself: an operator signs out.
    let (portal, ancestors, forms) = match framing {
        Framing::Portal(origin) => (origin, origin, "'none'"),
        Framing::Alone => ("", "'none'", "'self'"),
    };
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self'; connect-src 'self' {portal}; base-uri 'none'; form-action {forms}; \
         frame-ancestors {ancestors}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_lets_only_the_portal_frame_the_page_and_runs_nothing_inline() {
        let policy = content_security_policy("n0nce", Framing::Portal("https://acme.example"));
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

    #[test]
    fn policy_of_a_page_that_stands_alone_lets_nobody_frame_it() {
        let policy = content_security_policy("n0nce", Framing::Alone);
        assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
    }
}
