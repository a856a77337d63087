//! What a portal has registered for the application, in the shapes in which portals say so. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::client::ApiError;
use crate::client::batch::{BatchReply, CommandOutcome};
use crate::error_code::ErrorCode;
use crate::lenient;

/// What a portal has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Whether the token's user administers the portal; `None` when the portal didn't say.
    pub is_administrator: Option<bool>,
    /// Whether the portal counts the installation as finished; `None` when the portal didn't say.
    pub is_installed: Option<bool>,
    /// The application's number on the portal, by which the portal's pages name it; `None` when the portal didn't say.
    pub application_number: Option<u64>,
    /// Registered places.
    pub placements: Listing<BoundPlacement>,
    /// Registered events, delivered ones only: the offline queue's are nobody's left-overs.
    pub events: Listing<BoundEvent>,
}

/// A list of registrations, or why the portal doesn't give it: a missing scope, a method that a box doesn't have.
pub type Listing<T> = Result<Vec<T>, ApiError>;

/// A registered place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundPlacement {
    /// The place's code, in upper case.
    pub code: String,
    /// The address that the portal POSTs to.
    pub handler: String,
    /// The default title, when the portal shows it.
    pub title: Option<String>,
    /// Titles by language code in lower case, as far as the portal shows them.
    pub titles: BTreeMap<String, String>,
    /// The one user to whom the place is shown; `None` for all.
    pub user_id: Option<u64>,
}

/// A registered event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundEvent {
    /// The event's name, in upper case.
    pub code: String,
    /// The address that the portal POSTs to.
    pub handler: String,
    /// The user whose token every delivery carries; `None` for whoever caused the event.
    pub acting_user: Option<u64>,
}

impl Inspection {
    pub(super) fn read(mut reply: BatchReply) -> Self {
        let is_administrator = done(reply.take("administrator"))
            .ok()
            .and_then(|value| lenient::yes_no(&value));
        let application = done(reply.take("application")).ok().map(lenient::object);
        let fact = |name| {
            let facts = application.as_ref()?;
            lenient::value_ignoring_case(facts, name)
        };
        let is_installed = fact("INSTALLED").and_then(lenient::yes_no);
        let application_number = fact("ID").and_then(lenient::positive_integer);
        let rows = |outcome| done(outcome).map(|rows| lenient::rows(rows).into_iter().map(lenient::object));
        Self {
            is_administrator,
            is_installed,
            application_number,
            placements: rows(reply.take("placements"))
                .map(|rows| rows.filter_map(|row| BoundPlacement::read(&row)).collect()),
            events: rows(reply.take("events"))
                .map(|rows| rows.filter_map(|row| BoundEvent::read(&row)).collect()),
        }
    }
}

fn done(outcome: CommandOutcome) -> Result<Value, ApiError> {
    match outcome {
        CommandOutcome::Done(value) => Ok(value),
        CommandOutcome::Failed(error) => Err(error),
        CommandOutcome::NotExecuted => Err(ApiError {
            code: ErrorCode::Unnamed,
            description: "the portal did not run the command".to_owned(),
            status: None,
        }),
    }
}

fn text(row: &Map<String, Value>, name: &str) -> Option<String> {
    lenient::value_ignoring_case(row, name).and_then(lenient::non_empty_text)
}

fn number(row: &Map<String, Value>, name: &str) -> Option<u64> {
    lenient::value_ignoring_case(row, name).and_then(lenient::positive_integer)
}

impl BoundPlacement {
    fn read(row: &Map<String, Value>) -> Option<Self> {
        let languages = lenient::value_ignoring_case(row, "langAll")
            .or_else(|| lenient::value_ignoring_case(row, "LANG_ALL"))
            .cloned()
            .map(lenient::object)
            .unwrap_or_default();
        let titles = languages.into_iter().filter_map(|(language, texts)| {
            Some((
                language.to_ascii_lowercase(),
                text(&lenient::object(texts), "TITLE")?,
            ))
        });
        Some(Self {
            code: text(row, "placement")?.to_ascii_uppercase(),
            handler: text(row, "handler")?,
            title: text(row, "title"),
            titles: titles.collect(),
            user_id: number(row, "userId").or_else(|| number(row, "USER_ID")),
        })
    }
}

impl BoundEvent {
    fn read(row: &Map<String, Value>) -> Option<Self> {
        let is_offline = ["offline", "event_type"].into_iter().any(|name| {
            lenient::value_ignoring_case(row, name)
                .is_some_and(|value| lenient::is_yes(value) || value.as_str() == Some("offline"))
        });
        if is_offline {
            return None;
        }
        Some(Self {
            code: text(row, "event")?.to_ascii_uppercase(),
            handler: text(row, "handler")?,
            acting_user: number(row, "auth_type"),
        })
    }
}
