//! The journal: what was asked of the portal, by whom, and how it ended. A ring, with counters that never roll over.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use crate::parameter::Parameter;

/// How many requests the journal keeps.
const CAPACITY: usize = 20_000;
/// Longer parameters are kept by their length only.
const PARAMETERS_KEPT: usize = 8_000;
/// Names whose values nobody needs to see.
const SECRETS: [&str; 10] = [
    "auth",
    "access_token",
    "refresh_token",
    "client_secret",
    "code",
    "AUTH_ID",
    "REFRESH_ID",
    "application_token",
    "APPLICATION_TOKEN",
    "token",
];

/// A request that came in.
#[derive(Debug, Clone, Serialize)]
pub struct LogEntry {
    /// `portal` or `authorization`.
    pub server: &'static str,
    /// The REST method; inside a batch each command has an entry with `in_batch`.
    pub method: String,
    /// The token's user, when it was good.
    pub user_id: Option<u64>,
    /// The HTTP status of the answer; 0 when the connection was cut instead.
    pub status: u16,
    /// Whether it was a command of a batch.
    pub in_batch: bool,
}

/// What is known of a request besides its method and outcome; nothing for a command of a batch.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RequestDetails {
    /// The `error` of the answer.
    pub error: Option<String>,
    /// The parameters with secrets masked.
    pub parameters: Value,
    /// The application's client identifier, or `webhook`.
    pub credential: Option<String>,
    /// The address that asked.
    pub source: Option<String>,
    /// How long the answer took.
    pub duration_ms: u64,
    /// The level of the bucket of (portal, source) after this request.
    pub bucket_level: Option<f64>,
}

/// An entry of the journal.
#[derive(Debug, Clone, Serialize)]
pub struct JournalEntry {
    /// Grows by one with each request to any portal of the simulator.
    pub sequence: u64,
    /// When the answer was ready, by the simulator's clock.
    pub at: DateTime<Utc>,
    /// The portal's host name.
    pub portal: String,
    /// The request.
    #[serde(flatten)]
    pub request: LogEntry,
    /// More of it.
    #[serde(flatten)]
    pub details: RequestDetails,
}

/// Requests to one portal, or to the authorization server without a portal.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: VecDeque<JournalEntry>,
    counters: BTreeMap<String, u64>,
    sequence: Arc<AtomicU64>,
}

impl Journal {
    /// An empty journal with the numbering that all journals share.
    pub(crate) fn new(sequence: Arc<AtomicU64>) -> Self {
        Self {
            sequence,
            ..Self::default()
        }
    }

    /// Writes a request down, forgetting the oldest.
    pub(crate) fn write(
        &mut self,
        at: DateTime<Utc>,
        portal: &str,
        request: LogEntry,
        details: RequestDetails,
    ) {
        match self.counters.get_mut(&request.method) {
            Some(count) => *count += 1,
            None => {
                self.counters.insert(request.method.clone(), 1);
            }
        }
        if self.entries.len() == CAPACITY {
            self.entries.pop_front();
        }
        self.entries.push_back(JournalEntry {
            sequence: self.sequence.fetch_add(1, Ordering::Relaxed) + 1,
            at,
            portal: portal.to_owned(),
            request,
            details,
        });
    }

    /// The requests, oldest first.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &JournalEntry> {
        self.entries.iter()
    }

    /// How often each method was called since the start, in batches too.
    pub(crate) fn counters(&self) -> &BTreeMap<String, u64> {
        &self.counters
    }

    /// Forgets the requests, and the counters with them.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.counters.clear();
    }
}

/// Parameters as the journal shows them: secrets masked, very long ones by their length.
pub(crate) fn shown(parameters: &Parameter) -> Value {
    let mut value = parameters.to_value();
    mask(&mut value);
    let length = value.to_string().len();
    if length > PARAMETERS_KEPT {
        return json!({"omitted_bytes": length});
    }
    value
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                if SECRETS.iter().any(|secret| secret.eq_ignore_ascii_case(name)) && !member.is_null() {
                    *member = json!("***");
                } else {
                    mask(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_parameters_have_no_secrets() {
        let parameters = Parameter::from_form(b"auth=abc&fields[TITLE]=x&fields[client_secret]=def");
        assert_eq!(
            shown(&parameters),
            json!({"auth": "***", "fields": {"TITLE": "x", "client_secret": "***"}})
        );
    }

    #[test]
    fn counters_go_on_when_the_ring_is_full() {
        let mut journal = Journal::default();
        for _ in 0..CAPACITY + 5 {
            let request = LogEntry {
                server: "portal",
                method: "profile".to_owned(),
                user_id: None,
                status: 200,
                in_batch: false,
            };
            journal.write(Utc::now(), "portal-a", request, RequestDetails::default());
        }
        assert_eq!(journal.entries().count(), CAPACITY);
        assert_eq!(journal.counters()["profile"], 20_005);
        assert_eq!(journal.entries().next().unwrap().sequence, 6);
    }
}
