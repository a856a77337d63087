//! ClickHouse's HTTP interface, as far as clients of one local engine use it: who asks, what is asked, the answer or
//! the refusal in the shapes that ClickHouse's own clients read.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, extract};
use base64::Engine as _;
use futures::StreamExt as _;
use subtle::ConstantTimeEq as _;
use tokio::sync::mpsc;

use crate::library::Refusal;
use crate::request::{Request, RequestError};
use crate::session::{Busy, Sessions};

/// The longest statement with data inside; rows of an insert in the body are streamed and have no bound.
const LONGEST_STATEMENT: usize = 256 << 20;
/// Pieces of an insert that may lie between the network and the engine.
const INSERT_QUEUE: usize = 8;

/// Who may ask.
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: String,
}

struct Facade {
    sessions: Arc<Sessions>,
    credentials: Credentials,
}

/// The routes of the interface.
pub(crate) fn router(sessions: Arc<Sessions>, credentials: Credentials) -> Router {
    Router::new()
        .route("/ping", get(|| async { "Ok.\n" }))
        .route("/health", get(health))
        .route("/", get(answer).post(answer))
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::new(Facade {
            sessions,
            credentials,
        }))
}

/// Whether the engine runs statements at all; asked by the supervisor. Needs no password: it tells nothing.
async fn health(State(facade): State<Arc<Facade>>) -> Response {
    match facade.sessions.probe().await {
        Ok(()) => "Ok.\n".into_response(),
        Err(refusal) => Failure::Engine(refusal).into_response(),
    }
}

async fn answer(
    State(facade): State<Arc<Facade>>,
    Query(pairs): Query<Vec<(String, String)>>,
    request: extract::Request,
) -> Result<Response, Failure> {
    if !facade.credentials.admit(request.headers(), &pairs) {
        return Err(Failure::Unauthorised);
    }
    if is_form(request.headers()) {
        let pairs = pairs.into_iter().chain(form_pairs(request).await?);
        return run(&facade, Request::parse(pairs)?, Bytes::new()).await;
    }
    let asked = Request::parse(pairs)?;
    if asked.insert().is_some() {
        return insert(&facade, asked, request.into_body()).await;
    }
    let body = axum::body::to_bytes(request.into_body(), LONGEST_STATEMENT)
        .await
        .map_err(Failure::body)?;
    run(&facade, asked, body).await
}

async fn run(facade: &Facade, asked: Request, body: Bytes) -> Result<Response, Failure> {
    let statement = join(&asked.query, &body);
    Request::refuse_session_statements(&String::from_utf8_lossy(&statement[..statement.len().min(64)]))?;
    let lease = facade.sessions.take(&asked.database, &asked.settings).await?;
    let answer = lease
        .with(move |session| {
            session.run(&asked.database, &asked.settings, |connection| {
                connection.query(&statement, &asked.default_format, &asked.parameters)
            })
        })
        .await?;
    let plain = [(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    )];
    Ok((plain, Body::from(Bytes::from_owner(answer))).into_response())
}

async fn insert(facade: &Facade, asked: Request, body: Body) -> Result<Response, Failure> {
    let lease = facade.sessions.take(&asked.database, &asked.settings).await?;
    let (pieces, mut received) = mpsc::channel::<Bytes>(INSERT_QUEUE);
    let (complete, completion) = std::sync::mpsc::channel::<()>();
    let feeding = async move {
        let mut stream = body.into_data_stream();
        while let Some(piece) = stream.next().await {
            // The engine has refused the insert: its reason is more useful than ours.
            if pieces.send(piece.map_err(Failure::body)?).await.is_err() {
                return Ok(());
            }
        }
        let _ = complete.send(());
        Ok::<_, Failure>(())
    };
    let inserting = lease.with(move |session| {
        session.run(&asked.database, &asked.settings, |connection| {
            let Some(parts) = asked.insert() else {
                return Ok(false);
            };
            let mut insert = connection.insert(parts.statement, parts.format)?;
            while let Some(piece) = received.blocking_recv() {
                insert.append(&piece)?;
            }
            // A body that broke off is no insert: dropped without an end, it is cancelled.
            if completion.try_recv().is_err() {
                return Ok(false);
            }
            insert.finish().map(|()| true)
        })
    });
    let (fed, inserted) = tokio::join!(feeding, inserting);
    // A refusal first: it explains why feeding stopped.
    let inserted = inserted?;
    fed?;
    if inserted {
        Ok(StatusCode::OK.into_response())
    } else {
        Err(Failure::Body("the rows broke off".to_owned()))
    }
}

/// The statement in the URL and the rest of it in the body, as ClickHouse joins them.
fn join(query: &str, body: &Bytes) -> Bytes {
    if query.is_empty() {
        return body.clone();
    }
    if body.is_empty() {
        return Bytes::copy_from_slice(query.as_bytes());
    }
    let mut statement = Vec::with_capacity(query.len() + 1 + body.len());
    statement.extend_from_slice(query.as_bytes());
    statement.push(b'\n');
    statement.extend_from_slice(body);
    statement.into()
}

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("multipart/form-data"))
}

async fn form_pairs(request: extract::Request) -> Result<Vec<(String, String)>, Failure> {
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|error| Failure::Body(error.body_text()))?;
    let mut pairs = Vec::new();
    while let Some(field) = form
        .next_field()
        .await
        .map_err(|error| Failure::Body(error.body_text()))?
    {
        let name = field.name().unwrap_or_default().to_owned();
        let value = field
            .text()
            .await
            .map_err(|error| Failure::Body(error.body_text()))?;
        pairs.push((name, value));
    }
    Ok(pairs)
}

impl Credentials {
    fn admit(&self, headers: &HeaderMap, pairs: &[(String, String)]) -> bool {
        let header = |name: &str| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let pair = |name: &str| {
            pairs
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
        };
        let (user, password) = header(header::AUTHORIZATION.as_str())
            .and_then(|value| basic(&value))
            .or_else(|| {
                Some((
                    header("X-ClickHouse-User")?,
                    header("X-ClickHouse-Key").unwrap_or_default(),
                ))
            })
            .or_else(|| Some((pair("user")?, pair("password").unwrap_or_default())))
            .unwrap_or_default();
        let user_matches = user.as_bytes().ct_eq(self.user.as_bytes());
        let password_matches = password.as_bytes().ct_eq(self.password.as_bytes());
        bool::from(user_matches & password_matches)
    }
}

fn basic(value: &str) -> Option<(String, String)> {
    let decoded = base64::engine::general_purpose::STANDARD
        .decode(value.strip_prefix("Basic ")?)
        .ok()?;
    let (user, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// Why a request got no answer.
#[derive(Debug)]
enum Failure {
    Unauthorised,
    Request(RequestError),
    Body(String),
    Busy(Busy),
    Engine(Refusal),
}

impl Failure {
    #[expect(clippy::needless_pass_by_value, reason = "used as a function in map_err")]
    fn body(error: axum::Error) -> Self {
        Self::Body(error.to_string())
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<Busy> for Failure {
    fn from(busy: Busy) -> Self {
        Self::Busy(busy)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Engine(refusal)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (code, text) = match self {
            Self::Unauthorised => (516, "authentication failed: wrong user or password".to_owned()),
            Self::Request(error) => (36, error.to_string()),
            Self::Body(reason) => (23, format!("the body of the request could not be read: {reason}")),
            Self::Busy(busy) => (202, busy.to_string()),
            Self::Engine(Refusal(text)) => (exception_code(&text).unwrap_or(1002), text),
        };
        let text = if text.starts_with("Code:") {
            text
        } else {
            format!("Code: {code}. DB::Exception: {text}\n")
        };
        let exception = [("X-ClickHouse-Exception-Code", HeaderValue::from(code))];
        (status(code), exception, text).into_response()
    }
}

/// Reads 62 out of `Code: 62. DB::Exception: …`.
fn exception_code(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("Code: ")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The statuses that ClickHouse itself gives to the classes of its errors.
fn status(code: u32) -> StatusCode {
    match code {
        516 => StatusCode::UNAUTHORIZED,
        // Syntax, unknown names, types, arguments.
        6 | 10 | 16 | 23 | 26 | 27 | 36 | 38 | 41 | 42 | 43 | 44 | 46 | 47 | 53 | 62 | 63 | 70 | 72 | 457 => {
            StatusCode::BAD_REQUEST
        }
        60 | 81 => StatusCode::NOT_FOUND,
        202 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, StatusCode};

    use super::{Credentials, exception_code, status};

    #[test]
    fn exception_code_of_the_engines_text_is_read() {
        assert_eq!(
            exception_code("Code: 60. DB::Exception: Unknown table. (UNKNOWN_TABLE)"),
            Some(60)
        );
        assert_eq!(exception_code("something else"), None);
    }

    #[test]
    fn status_of_an_error_tells_whose_fault_it_is() {
        assert_eq!(status(62), StatusCode::BAD_REQUEST);
        assert_eq!(status(60), StatusCode::NOT_FOUND);
        assert_eq!(status(241), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn admit_takes_all_three_ways_and_refuses_wrong_passwords() {
        let credentials = Credentials {
            user: "certlens".to_owned(),
            password: "secret".to_owned(),
        };
        let headers = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            headers
        };
        let mut own = headers("x-clickhouse-user", "certlens");
        own.insert("x-clickhouse-key", HeaderValue::from_static("secret"));
        let pairs = |password: &str| {
            [
                ("user".to_owned(), "certlens".to_owned()),
                ("password".to_owned(), password.to_owned()),
            ]
        };

        assert!(credentials.admit(&headers("authorization", "Basic Y2VydGxlbnM6c2VjcmV0"), &[]));
        assert!(credentials.admit(&own, &[]));
        assert!(credentials.admit(&HeaderMap::new(), &pairs("secret")));
        assert!(!credentials.admit(&HeaderMap::new(), &pairs("wrong")));
        assert!(!credentials.admit(&HeaderMap::new(), &[]));
    }
}
