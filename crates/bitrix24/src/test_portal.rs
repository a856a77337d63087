//! A portal of the tests' own: answers calls by a function, runs batches as portals do, and remembers both.

use std::fmt;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, Uri};
use axum::response::IntoResponse;
use axum::routing::any;
use serde_json::{Map, Value, json};

use crate::event::form;
use crate::lenient;
use crate::network::{NetworkPolicy, PortalEndpoint, Transport};
use crate::token::AccessToken;
use crate::{AuthorizationServers, PortalClient};

/// A method's answer: its result, or an error's code and description.
pub(crate) type Answer = Result<Value, (&'static str, &'static str)>;

/// A method that ran, with its parameters.
pub(crate) type Call = (String, Map<String, Value>);

type Method = dyn Fn(&str, &Map<String, Value>) -> Answer + Send + Sync;

/// A running portal. It lives as long as the test's runtime.
#[derive(Clone)]
pub(crate) struct TestPortal {
    method: Arc<Method>,
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
    calls: Arc<Mutex<Vec<Call>>>,
    /// The status of the answers to come, each used once.
    faults: Arc<Mutex<Vec<StatusCode>>>,
    /// How many commands of a batch are run.
    batch_size: usize,
}

impl fmt::Debug for TestPortal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TestPortal")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl TestPortal {
    pub(crate) async fn start(
        method: impl Fn(&str, &Map<String, Value>) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::start_with_batches_of(50, method).await
    }

    /// A portal whose minute is over after so many commands of a batch.
    pub(crate) async fn start_with_batches_of(
        batch_size: usize,
        method: impl Fn(&str, &Map<String, Value>) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let portal = Self {
            method: Arc::new(method),
            address: format!("http://{}", listener.local_addr().unwrap()),
            requests: Arc::default(),
            calls: Arc::default(),
            faults: Arc::default(),
            batch_size,
        };
        let served = portal.clone();
        let router = Router::new().fallback(any(move |uri: Uri, body: Bytes| {
            let portal = served.clone();
            async move { portal.answer(uri.path(), &body) }
        }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        portal
    }

    pub(crate) fn client(&self) -> PortalClient {
        let policy = NetworkPolicy::AllowInsecure;
        PortalClient::new(
            Transport::new(policy).unwrap(),
            PortalEndpoint::parse(&self.endpoint(), policy).unwrap(),
            AccessToken::parse("token-of-a-test-portal").unwrap(),
        )
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("{}/rest/", self.address)
    }

    /// The portal as its own authorization server.
    pub(crate) fn servers(&self) -> AuthorizationServers {
        AuthorizationServers::parse(&self.address, NetworkPolicy::AllowInsecure).unwrap()
    }

    /// The next answers are pages of a proxy with these statuses, the last one first.
    pub(crate) fn fail_next(&self, statuses: &[StatusCode]) {
        self.faults.lock().unwrap().extend(statuses);
    }

    /// The methods of the requests so far; a batch is one.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The methods that ran so far, in batches and by themselves, with their parameters.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// How often a method ran.
    pub(crate) fn count(&self, method: &str) -> usize {
        self.calls().iter().filter(|(called, _)| called == method).count()
    }

    fn answer(&self, path: &str, body: &[u8]) -> axum::response::Response {
        let method = path.rsplit('/').next().unwrap_or_default().to_owned();
        self.requests.lock().unwrap().push(method.clone());
        if let Some(status) = self.faults.lock().unwrap().pop() {
            return (status, "<h1>a proxy's page</h1>").into_response();
        }
        // The authorization server's introspection comes as a form.
        let parameters = serde_json::from_slice(body).unwrap_or_else(|_| form::parse(body).unwrap());
        let body = if method == "batch" {
            json!({"result": self.batch(&parameters)})
        } else {
            match self.run(&method, &parameters) {
                Ok(result) => json!({"result": result}),
                Err((code, description)) => json!({"error": code, "error_description": description}),
            }
        };
        axum::Json(body).into_response()
    }

    fn run(&self, method: &str, parameters: &Map<String, Value>) -> Answer {
        self.calls
            .lock()
            .unwrap()
            .push((method.to_owned(), parameters.clone()));
        (self.method)(method, parameters)
    }

    fn batch(&self, parameters: &Map<String, Value>) -> Value {
        let halts = lenient::is_yes(&parameters["halt"]);
        let (mut done, mut failed) = (Map::new(), Map::new());
        let commands = parameters["cmd"].as_object().unwrap();
        // The order of a JSON map is lost in the test's reader; tests number or name their keys in order.
        let mut keys: Vec<&String> = commands.keys().collect();
        keys.sort_by_key(|key| (order_of(key), key.len(), (*key).clone()));
        for key in keys.into_iter().take(self.batch_size) {
            let (method, query) = commands[key].as_str().unwrap().split_once('?').unwrap();
            let mut parameters = form::parse(query.as_bytes()).unwrap();
            for value in parameters.values_mut() {
                resolve(value, &done);
            }
            match self.run(method, &parameters) {
                Ok(result) => drop(done.insert(key.clone(), result)),
                Err((code, description)) => {
                    failed.insert(
                        key.clone(),
                        json!({"error": code, "error_description": description}),
                    );
                    if halts {
                        break;
                    }
                }
            }
        }
        json!({"result": or_empty_array(done), "result_error": or_empty_array(failed)})
    }
}

/// The keys of a card's chain don't stand in the order of the alphabet.
fn order_of(key: &str) -> usize {
    ["viewer", "card", "company", "requisites"]
        .iter()
        .position(|known| *known == key)
        .unwrap_or_default()
}

/// As PHP writes an empty map.
fn or_empty_array(map: Map<String, Value>) -> Value {
    if map.is_empty() {
        json!([])
    } else {
        Value::Object(map)
    }
}

/// Puts earlier results in the place of references; what can't be resolved stays as it stands.
fn resolve(value: &mut Value, done: &Map<String, Value>) {
    match value {
        Value::Object(map) => map.values_mut().for_each(|value| resolve(value, done)),
        Value::Array(items) => items.iter_mut().for_each(|value| resolve(value, done)),
        Value::String(text) => {
            if let Some(found) = referred(text, done) {
                *value = found;
            }
        }
        _ => {}
    }
}

fn referred(text: &str, done: &Map<String, Value>) -> Option<Value> {
    let path = text.strip_prefix("$result[")?.strip_suffix(']')?;
    let mut parts = path.split("][");
    let mut place = done.get(parts.next()?)?;
    for part in parts {
        place = match place {
            Value::Array(items) => items.get(part.parse::<usize>().ok()?)?,
            place => place.get(part)?,
        };
    }
    Some(place.clone())
}
