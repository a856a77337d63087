//! What a portal tells by itself: installation, removal, payment, changes in the CRM.
//!
//! An event is a form POST from a queue of Bitrix24 to a public address: unsigned, perhaps late, twice, out of order
//! or invented. [`Event::parse`] reads it without believing it; two things can make it believable, and both are for
//! the application to check: the installation's secret ([`EventAuthorization::application_token`], compared with the
//! stored one in constant time), or the access token it carries ([`prove_installation`]). Apart from that proof,
//! everything here is pure.
//!
//! ```
//! use certlens_bitrix24::event::{Change, Event, EventName};
//!
//! let body = b"event=ONCRMDEALUPDATE&data[FIELDS][ID]=759&ts=1790000456\
//!     &auth[member_id]=5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49";
//! let event = Event::parse(body)?;
//!
//! assert!(matches!(event.name, EventName::Crm { change: Change::Updated, .. }));
//! let (entity_type, id) = event.subject().expect("a deal's event names the deal");
//! assert_eq!((entity_type.type_id(), id.get()), (2, 759));
//! # Ok::<(), certlens_bitrix24::event::NotAnEvent>(())
//! ```

mod authorization;
pub(crate) mod form;
mod name;
mod proof;

use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::deviation::{self, Deviation};
use crate::frame::placement::EntityType;
use crate::identity::{EntityId, Language, UserId};
use crate::lenient;
pub use authorization::EventAuthorization;
pub use name::{Change, EventName};
pub use proof::{VerifiedInstallation, prove_installation};

/// Why a body is no event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnEvent {
    /// Longer than any event of a portal.
    #[error("the body is longer than {} KiB", form::MAX_LENGTH / 1024)]
    TooLong,
    /// More fields than any event of a portal has.
    #[error("the body has more than {} fields", form::MAX_FIELDS)]
    TooManyFields,
    /// Fields nested deeper than any event of a portal.
    #[error("a field of the body is nested deeper than {} levels", form::MAX_DEPTH)]
    TooDeep,
    /// No plausible `event` field: perhaps a page's form, see [`is_event`].
    #[error("the body names no event")]
    NoName,
    /// No plausible `auth[member_id]`: nobody can tell which portal speaks.
    #[error("the event names no portal (auth[member_id])")]
    NoMember,
}

/// An event as a portal's queue sent it: read, not believed.
#[derive(Clone)]
pub struct Event {
    /// What happened.
    pub name: EventName,
    /// The number of the subscription in the portal.
    pub handler_id: Option<u64>,
    /// `data`: an object, empty when nothing came.
    pub data: Map<String, Value>,
    /// `ts`: when the portal wrote the event, by its own clock.
    pub sent_at: Option<DateTime<Utc>>,
    /// Who speaks, and by which right.
    pub auth: EventAuthorization,
    /// Where it differs from what is known. Worth something once the event is proved.
    pub deviations: Vec<Deviation>,
}

/// A pressed button of a configurable activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineAction {
    /// The name that the layout gave the button.
    pub action: String,
    /// The card.
    pub entity: (EntityType, EntityId),
    /// The activity's number.
    pub activity_id: Option<u64>,
    /// Who pressed it.
    pub user_id: UserId,
}

impl Event {
    /// Reads a form body. Fields that are missing or implausible are `None`; only the name and the portal must be.
    pub fn parse(body: &[u8]) -> Result<Self, NotAnEvent> {
        let mut fields = form::parse(body)?;
        let name = lenient::value_ignoring_case(&fields, "event")
            .and_then(lenient::non_empty_text)
            .and_then(|text| EventName::parse(&text))
            .ok_or(NotAnEvent::NoName)?;
        let handler_id =
            lenient::value_ignoring_case(&fields, "event_handler_id").and_then(lenient::positive_integer);
        let sent_at = lenient::value_ignoring_case(&fields, "ts").and_then(lenient::point_in_time);
        let auth = fields.remove("auth").map(lenient::object).unwrap_or_default();
        let auth = EventAuthorization::read(&auth).ok_or(NotAnEvent::NoMember)?;
        let data = fields.remove("data");
        // Of a map there is nothing to tell, and it is what comes.
        let odd_data = data.as_ref().filter(|data| !data.is_object()).cloned();
        let mut event = Self {
            name,
            handler_id,
            data: data.map(lenient::object).unwrap_or_default(),
            sent_at,
            auth,
            deviations: Vec::new(),
        };
        let posted_at = lenient::value_ignoring_case(&fields, "ts");
        event.deviations = deviation::of_event(&event, odd_data.as_ref(), posted_at);
        Ok(event)
    }

    /// The CRM item that changed, when the event is about one.
    pub fn subject(&self) -> Option<(EntityType, EntityId)> {
        let entity_type = match self.name {
            EventName::Crm { entity, .. } => entity,
            EventName::DynamicItem { type_id, .. } => EntityType::Dynamic(
                type_id.or_else(|| self.number("ENTITY_TYPE_ID").and_then(|id| id.try_into().ok()))?,
            ),
            _ => return None,
        };
        Some((entity_type, self.id()?))
    }

    /// `data[FIELDS][ID]`, or `data[ID]`: the number of what changed, also of a set of details or a user.
    pub fn id(&self) -> Option<EntityId> {
        self.number("ID").and_then(EntityId::new)
    }

    /// `data[VERSION]` of the application's own events: written as a number or with dots.
    pub fn version(&self) -> Option<String> {
        self.datum("VERSION").and_then(lenient::non_empty_text)
    }

    /// `data[ACTIVE]`; `None` when the event doesn't say.
    pub fn is_active(&self) -> Option<bool> {
        self.datum("ACTIVE").and_then(lenient::yes_no)
    }

    /// `data[INSTALLED]`: whether the installation is finished; `None` when the event doesn't say.
    pub fn is_installed(&self) -> Option<bool> {
        self.datum("INSTALLED").and_then(lenient::yes_no)
    }

    /// `data[CLEAN]` of a removal: whether the administrator chose to delete the application's data. What isn't
    /// said is no.
    pub fn wants_data_deleted(&self) -> bool {
        self.datum("CLEAN").is_some_and(lenient::is_yes)
    }

    /// `data[STATUS]` of a payment: `F` free, `D` demo, `T` trial, `P` paid, `L` local, `S` subscription.
    pub fn status(&self) -> Option<String> {
        self.datum("STATUS").and_then(lenient::non_empty_text)
    }

    /// `data[PAYMENT_EXPIRED]` of a payment; `None` when the event doesn't say.
    pub fn is_payment_expired(&self) -> Option<bool> {
        self.datum("PAYMENT_EXPIRED").and_then(lenient::yes_no)
    }

    /// `data[LANGUAGE_ID]`: the portal's language.
    pub fn language(&self) -> Option<Language> {
        self.datum("LANGUAGE_ID")
            .and_then(lenient::non_empty_text)
            .map(|text| Language::parse(&text))
    }

    /// The button of a configurable activity that somebody pressed, when the event is about one.
    pub fn timeline_action(&self) -> Option<TimelineAction> {
        if self.name != EventName::TimelineItemAction {
            return None;
        }
        let number = |names: &[&str]| names.iter().find_map(|name| self.number(name));
        let type_id = number(&["entityTypeId", "ENTITY_TYPE_ID"])?;
        Some(TimelineAction {
            action: self.datum("id").and_then(lenient::non_empty_text)?,
            entity: (
                EntityType::of_type_id(u32::try_from(type_id).ok()?),
                EntityId::new(number(&["entityId", "ENTITY_ID"])?)?,
            ),
            activity_id: number(&["activityId", "ACTIVITY_ID"]),
            user_id: number(&["userId", "USER_ID"]).map(UserId).or(self.auth.user_id)?,
        })
    }

    /// A member of `data`, by its name in any case.
    pub fn datum(&self, name: &str) -> Option<&Value> {
        lenient::value_ignoring_case(&self.data, name)
    }

    fn number(&self, name: &str) -> Option<u64> {
        let fields = self.datum("FIELDS").and_then(Value::as_object);
        fields
            .and_then(|fields| lenient::value_ignoring_case(fields, name))
            .or_else(|| self.datum(name))
            .and_then(lenient::positive_integer)
    }
}

/// Shows no values of `data`: a confirmation's data has a token in it.
impl fmt::Debug for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Event")
            .field("name", &self.name)
            .field("handler_id", &self.handler_id)
            .field("data", &self.data.keys().collect::<Vec<_>>())
            .field("subject", &self.subject())
            .field("sent_at", &self.sent_at)
            .field("auth", &self.auth)
            .field("deviations", &self.deviations)
            .finish()
    }
}

/// Whether a form body is an event at all (`event=` with a name): an installer's address gets page opens by a browser
/// as well as `ONAPPINSTALL` by the portal's queue.
pub fn is_event(body: &[u8]) -> bool {
    body.len() <= form::MAX_LENGTH
        && url::form_urlencoded::parse(body)
            .take(form::MAX_FIELDS)
            .any(|(key, value)| key.eq_ignore_ascii_case("event") && EventName::parse(&value).is_some())
}

#[cfg(test)]
mod tests;
