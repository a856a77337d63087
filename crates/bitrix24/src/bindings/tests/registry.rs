//! A portal's registrations, kept as portals keep them.

use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};

use crate::test_portal::{Answer, TestPortal};

/// A portal that keeps registrations as portals do.
#[derive(Debug, Clone, Default)]
pub(super) struct Registry {
    pub(super) placements: Arc<Mutex<Vec<Value>>>,
    pub(super) events: Arc<Mutex<Vec<Value>>>,
}

impl Registry {
    pub(super) fn answer(&self, method: &str, parameters: &Map<String, Value>) -> Answer {
        let text = |name: &str| {
            parameters
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let mut placements = self.placements.lock().unwrap();
        let mut events = self.events.lock().unwrap();
        match method {
            "user.admin" => Ok(json!(true)),
            "app.info" => Ok(json!({"INSTALLED": false})),
            "placement.get" => Ok(Value::Array(placements.clone())),
            "event.get" => Ok(Value::Array(events.clone())),
            "placement.bind" => {
                let (code, handler) = (text("PLACEMENT"), text("HANDLER"));
                if code == "CRM_QUOTE_DETAIL_TAB" {
                    return Err(("ERROR_PLACEMENT_NOT_FOUND", "Placement not found"));
                }
                if placements
                    .iter()
                    .any(|row| row["placement"] == *code && row["handler"] == *handler)
                {
                    return Err((
                        "ERROR_CORE",
                        "Unable to set placement handler: Handler already binded<br>",
                    ));
                }
                placements.push(json!({
                    "placement": code, "userId": 0, "handler": handler, "options": [], "title": text("TITLE"),
                    "langAll": parameters.get("LANG_ALL").cloned().unwrap_or_else(|| json!([])),
                }));
                Ok(json!(true))
            }
            "placement.unbind" => {
                let before = placements.len();
                placements
                    .retain(|row| row["placement"] != text("PLACEMENT") || row["handler"] != text("HANDLER"));
                Ok(json!({"count": 2 * (before - placements.len())}))
            }
            "event.bind" => {
                if text("event") == "ONCRMREQUISITEADD" {
                    return Err(("ERROR_EVENT_NOT_FOUND", "Event not found"));
                }
                events.push(json!({
                    "event": text("event"), "handler": text("handler"), "auth_type": text("auth_type"), "offline": 0,
                }));
                Ok(json!(true))
            }
            "event.unbind" => {
                let before = events.len();
                events.retain(|row| {
                    row["event"] != text("event")
                        || row["handler"] != text("handler")
                        || row["auth_type"] != text("auth_type")
                });
                Ok(json!({"count": before - events.len()}))
            }
            other => panic!("the test's portal has no {other}"),
        }
    }

    pub(super) async fn portal(&self) -> TestPortal {
        let registry = self.clone();
        TestPortal::start(move |method, parameters| registry.answer(method, parameters)).await
    }

    /// Codes and addresses, in order.
    pub(super) fn contents(&self) -> Vec<(String, String)> {
        let rows = |list: &Mutex<Vec<Value>>, name: &str| -> Vec<(String, String)> {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let list = list.lock().unwrap();
            list.iter()
                .map(|row| (text(&row[name]), text(&row["handler"])))
                .collect()
        };
        let mut all = [rows(&self.placements, "placement"), rows(&self.events, "event")].concat();
        all.sort();
        all
    }
}
