//! Events: what happened on the portal becomes deliveries to bound handlers, and entries of the offline queue.
//!
//! A delivery is a form with PHP's brackets, as the platform's queue sends it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::fault::RestFault;
use crate::frame::SCOPE;
use crate::random;
use crate::state::State;
use crate::state::outbox::{Delivery, DeliveryStatus};

/// How late a late `ONAPPINSTALL` is.
const LATE: Duration = Duration::from_secs(10);
/// How far events may overtake each other.
const REORDERED_MS: u64 = 1_500;

/// An event handler bound by the application.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct EventBinding {
    /// The event's name in upper case.
    pub event: String,
    /// The address it calls; empty for an offline event.
    pub handler: String,
    /// The user whose token is sent; 0 for the one who caused the event.
    pub auth_type: u64,
    /// Whether the event is queued for fetching instead of being delivered.
    pub offline: bool,
    /// The `auth_connector` of an offline subscription.
    pub connector: String,
}

/// What the `auth` block of an event carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EventAuthorization {
    /// Tokens of a user.
    Tokens(u64),
    /// Tokens of a user with a refresh token, as `ONAPPINSTALL` and `ONOFFLINEEVENT` have them.
    RefreshableTokens(u64),
    /// No tokens: a robot was it, or they are dead anyhow.
    None,
}

/// An event to send.
#[derive(Debug, Clone)]
pub(crate) struct EventNotice<'a> {
    /// The name in upper case.
    pub event: &'a str,
    /// The value of `data`.
    pub data: &'a Value,
    /// Whose tokens go with it.
    pub authorization: EventAuthorization,
    /// Another `application_token` than the installation's, to forge an event.
    pub application_token: Option<String>,
}

impl State {
    /// Something happened in the portal: tells every handler bound to it, once the installation is finished.
    ///
    /// `event` is the name in any case, `data` the value of the form's `data` (`{"FIELDS": {"ID": "759"}}`), `user_id`
    /// the user who caused it, if it was one.
    #[expect(clippy::needless_pass_by_value, reason = "callers make the data for this")]
    pub(crate) fn raise(&mut self, event: &str, data: Value, user_id: Option<u64>) {
        if !self.is_installed() {
            return;
        }
        let event = event.to_ascii_uppercase();
        let bound: Vec<EventBinding> = self
            .events
            .iter()
            .filter(|bound| bound.event == event)
            .cloned()
            .collect();
        let mut is_queued = false;
        for binding in bound {
            if binding.offline {
                // An application doesn't hear of what it did itself under that connector.
                if binding.connector.is_empty() || binding.connector != self.connector {
                    let now = self.clock.now();
                    self.offline.push(&event, data.clone(), &binding.connector, now);
                    is_queued = true;
                }
                continue;
            }
            let authorization = match (binding.auth_type, user_id) {
                (0, Some(user)) | (user, _) if user != 0 => EventAuthorization::Tokens(user),
                _ => EventAuthorization::None,
            };
            let notice = EventNotice {
                event: &event,
                data: &data,
                authorization,
                application_token: None,
            };
            self.send_event(&binding.handler, &notice);
        }
        if is_queued {
            self.poke_of_offline_events();
        }
    }

    /// `ONOFFLINEEVENT`: something is queued.
    fn poke_of_offline_events(&mut self) {
        let administrator = self.administrator();
        let handlers = self.handlers_of("ONOFFLINEEVENT");
        for handler in handlers {
            let notice = EventNotice {
                event: "ONOFFLINEEVENT",
                data: &json!([]),
                authorization: EventAuthorization::RefreshableTokens(administrator),
                application_token: None,
            };
            self.send_event(&handler, &notice);
        }
    }

    /// Addresses bound to an online event.
    pub(crate) fn handlers_of(&self, event: &str) -> Vec<String> {
        self.events
            .iter()
            .filter(|bound| bound.event == event && !bound.offline)
            .map(|bound| bound.handler.clone())
            .collect()
    }

    /// Puts an event to one handler into the outbox, with whatever faults are ordered.
    pub(crate) fn send_event(&mut self, handler: &str, notice: &EventNotice<'_>) -> Vec<u64> {
        let is_install = notice.event == "ONAPPINSTALL";
        let (shortest, longest) = self.outbox.delay;
        let mut delay = Duration::from_millis(random::between(shortest, longest));
        if self.faults.contains(&RestFault::EventReordered) {
            delay += Duration::from_millis(random::between(0, REORDERED_MS));
        }
        if is_install && self.faults.take(RestFault::InstallEventLate) {
            delay += LATE;
        }
        let status = if self.faults.take(RestFault::EventLost) {
            DeliveryStatus::Lost
        } else {
            DeliveryStatus::Waiting
        };
        let copies = if self.faults.take(RestFault::EventDuplicated) {
            2
        } else {
            1
        };
        let (form, with_tokens) = self.event_form(notice);
        let delivery = Delivery {
            id: 0,
            event: notice.event.to_owned(),
            handler: handler.to_owned(),
            form,
            raised: self.clock.now(),
            with_tokens,
            status,
        };
        (0..copies)
            .map(|_| self.outbox.post(delivery.clone(), delay))
            .collect()
    }

    fn event_form(&mut self, notice: &EventNotice<'_>) -> (Vec<(String, String)>, bool) {
        let mut form = vec![("event".to_owned(), notice.event.to_owned())];
        if !notice.event.starts_with("ONAPP") {
            form.push(("event_handler_id".to_owned(), "201".to_owned()));
        }
        bracketed("data", notice.data, &mut form);
        form.push(("ts".to_owned(), self.clock.now().timestamp().to_string()));
        let mut authorization: Vec<(&str, String)> = Vec::new();
        let with_tokens = self.add_tokens(notice, &mut authorization);
        let portal_url = self.addresses.portal_url();
        authorization.extend([
            ("domain", self.addresses.portal_host.clone()),
            (
                "server_endpoint",
                format!("{}/rest/", self.addresses.authorization_url()),
            ),
            ("client_endpoint", format!("{portal_url}/rest/")),
            ("member_id", self.member_id.clone()),
        ]);
        let application_token = if self.faults.take(RestFault::EventForged) {
            random::token()
        } else {
            notice
                .application_token
                .clone()
                .or_else(|| {
                    self.installation
                        .as_ref()
                        .map(|installation| installation.application_token.clone())
                })
                .unwrap_or_default()
        };
        authorization.push(("application_token", application_token));
        form.extend(
            authorization
                .into_iter()
                .map(|(name, value)| (format!("auth[{name}]"), value)),
        );
        (form, with_tokens)
    }

    fn add_tokens(
        &mut self,
        notice: &EventNotice<'_>,
        authorization: &mut Vec<(&'static str, String)>,
    ) -> bool {
        let (user_id, refreshable) = match notice.authorization {
            EventAuthorization::Tokens(user) => (user, false),
            EventAuthorization::RefreshableTokens(user) => (user, true),
            EventAuthorization::None => return false,
        };
        if self.faults.take(RestFault::EventWithoutTokens) {
            return false;
        }
        let client_id = self.application.client_id.clone();
        let generation = self.ensure_installation().generation;
        let mut grant = self.grants.issue(&client_id, generation, user_id);
        if notice.event == "ONAPPINSTALL" && self.faults.take(RestFault::InstallEventForged) {
            grant.access = random::token();
            grant.refresh = random::token();
        }
        authorization.push(("access_token", grant.access));
        if refreshable {
            authorization.push(("refresh_token", grant.refresh));
        }
        authorization.extend([
            ("expires", grant.access_expires.timestamp().to_string()),
            ("expires_in", super::grants::ACCESS_SECONDS.to_string()),
            ("scope", SCOPE.to_owned()),
            ("status", self.status().to_owned()),
            ("user_id", user_id.to_string()),
        ]);
        true
    }
}

/// Writes a value under PHP's bracket names.
fn bracketed(name: &str, value: &Value, form: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                bracketed(&format!("{name}[{key}]"), member, form);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                bracketed(&format!("{name}[{index}]"), item, form);
            }
        }
        Value::String(text) => form.push((name.to_owned(), text.clone())),
        Value::Bool(flag) => form.push((name.to_owned(), if *flag { "1" } else { "" }.to_owned())),
        Value::Number(number) => form.push((name.to_owned(), number.to_string())),
        // PHP leaves null out of a query.
        Value::Null => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bracketed_data_reads_as_php_writes_it() {
        let mut form = Vec::new();
        bracketed(
            "data",
            &json!({"FIELDS": {"ID": "759"}, "LIST": [1, true], "NONE": null}),
            &mut form,
        );
        form.sort();
        let expected = [
            ("data[FIELDS][ID]", "759"),
            ("data[LIST][0]", "1"),
            ("data[LIST][1]", "1"),
        ];
        assert_eq!(
            form,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }
}
