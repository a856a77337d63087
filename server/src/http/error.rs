//! Everything that goes wrong with a request, in one place: from a [`Problem`] to a page or to JSON.
//!
//! A handler returns a problem; it carries no words. [`dress`], a layer around all routes, turns it into JSON for
//! programs and into a page in the user's language for people, each with the request's id. Nothing internal is ever
//! shown: causes go to the log where they happen.

mod kind;
mod verification;

pub use kind::ProblemKind;

use super::language;
use super::page;
use super::request::RequestId;
use axum::Json;
use axum::body::HttpBody as _;
use axum::extract::Request;
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use certlens_domain::language::Language;
use serde_json::json;
use std::any::Any;

/// Seconds after which what could not be answered just now may be: an engine is back, a line is shorter.
const FOR_A_WHILE: u16 = 5;

/// What is wrong with a request, or with us.
#[derive(Debug, Clone)]
pub struct Problem {
    kind: ProblemKind,
    detail: Option<String>,
    field: Option<&'static str>,
    retry_after: Option<u16>,
}

impl Problem {
    /// A problem in its kind's own words.
    pub const fn new(kind: ProblemKind) -> Self {
        Self {
            kind,
            detail: None,
            field: None,
            retry_after: None,
        }
    }

    /// With a sentence for programs that says more than the kind does. It must be fit for showing.
    #[must_use]
    pub fn detail(mut self, sentence: impl Into<String>) -> Self {
        self.detail = Some(sentence.into());
        self
    }

    /// With the field of the request that is wrong.
    #[must_use]
    pub const fn field(mut self, name: &'static str) -> Self {
        self.field = Some(name);
        self
    }

    /// With the seconds after which it makes sense to ask again.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u16) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Said of one of several things in the request.
    #[must_use]
    pub fn within(self, place: &str) -> Self {
        let sentence = self
            .detail
            .as_deref()
            .unwrap_or_else(|| self.kind.sentence(Language::En));
        let sentence = format!("{place}: {sentence}");
        self.detail(sentence)
    }

    /// Its kind.
    pub const fn kind(&self) -> ProblemKind {
        self.kind
    }
}

impl IntoResponse for Problem {
    /// A bare answer that [`dress`] recognises.
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The answer to a request whose handler panicked: the panic itself is logged, never shown.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
pub(super) fn of_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    metrics::counter!("certlens_http_panics_total").increment(1);
    tracing::error!(message, "a request's handler panicked");
    Problem::new(ProblemKind::Internal).into_response()
}

/// The layer that gives problems their words.
pub(super) async fn dress(request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    let is_for_programs = is_for_programs(request.method(), &uri);
    let language = language::of_request(&uri, request.headers());
    let id = request.extensions().get::<RequestId>().cloned();
    let response = next.run(request).await;

    let Some(problem) = problem_of(&response) else {
        return response;
    };
    let id = id.as_ref().map_or("", RequestId::as_str);
    let mut dressed = if is_for_programs {
        as_json(&problem, id)
    } else {
        as_page(&problem, language, id)
    };
    *dressed.status_mut() = response.status();
    if let Some(allowed) = response.headers().get(header::ALLOW) {
        dressed.headers_mut().insert(header::ALLOW, allowed.clone());
    }
    let is_for_a_while = response.status() == StatusCode::SERVICE_UNAVAILABLE;
    if let Some(seconds) = problem.retry_after.or(is_for_a_while.then_some(FOR_A_WHILE)) {
        let seconds = header::HeaderValue::from(seconds);
        dressed.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    if problem.kind == ProblemKind::Unauthorized && is_for_programs {
        let scheme = header::HeaderValue::from_static("Bearer");
        dressed.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
    }
    dressed
}

/// The problem that a handler returned, or the one for which a layer or the router gave a wordless answer.
fn problem_of(response: &Response) -> Option<Problem> {
    if let Some(problem) = response.extensions().get::<Problem>() {
        return Some(problem.clone());
    }
    let kind = match response.status() {
        StatusCode::NOT_FOUND => ProblemKind::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ProblemKind::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ProblemKind::BodyTooLarge,
        StatusCode::GATEWAY_TIMEOUT => ProblemKind::TimedOut,
        _ => return None,
    };
    // Whoever wrote an answer of his own keeps it: the page of a card, a server function. The limit of bodies says
    // one line of plain text.
    let is_wordless = response.body().size_hint().exact() == Some(0) || kind == ProblemKind::BodyTooLarge;
    is_wordless.then(|| Problem::new(kind))
}

/// The page's own code orders a file; the browser leads its user to it.
fn is_for_programs(method: &Method, uri: &Uri) -> bool {
    let path = uri.path();
    if path.starts_with("/card/") {
        return method == Method::POST;
    }
    path == "/api" || path.starts_with("/api/") || path.starts_with("/fn/") || path == "/readyz"
}

fn as_json(problem: &Problem, request_id: &str) -> Response {
    let message = problem
        .detail
        .clone()
        .unwrap_or_else(|| problem.kind.sentence(Language::En).to_owned());
    let mut error = json!({
        "code": problem.kind.code(),
        "message": message,
        "request_id": request_id,
    });
    if let Some(field) = problem.field {
        error["field"] = field.into();
    }
    (problem.kind.status(), Json(json!({"error": error}))).into_response()
}

const fn texts_again(language: Language) -> &'static str {
    match language {
        Language::Ru => "Повторить",
        Language::En => "Try again",
    }
}

fn as_page(problem: &Problem, language: Language, request_id: &str) -> Response {
    let kind = problem.kind;
    let page = page::Page {
        language,
        title: kind.title(language),
        paragraphs: &[kind.sentence(language)],
        footnote: Some(request_id),
        again: problem.retry_after.map(|_| texts_again(language)),
        comes_back_after: problem.retry_after,
        ..page::Page::default()
    };
    page.into_response(kind.status())
}
