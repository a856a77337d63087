//! What differs in what portals post: the opening of a page, and an event. Both are foreign input until somebody proves
//! them; only then are their deviations told. Pure.

use serde_json::{Map, Value};

use super::shape::kind;
use super::{Deviation, EVENT, FRAME, Noted};
use crate::event::{Event, EventName};
use crate::frame::placement::Placement;
use crate::frame::{FrameOpen, PlacementOptions};
use crate::lenient;

/// A field of the opening's query or form as it came, and whether it could be read.
pub(crate) struct PostedField<'a> {
    pub(crate) name: &'static str,
    pub(crate) text: Option<&'a str>,
    pub(crate) is_read: bool,
}

/// What differs in a page's opening. `options` is the text of `PLACEMENT_OPTIONS`, where it came as one.
pub(crate) fn of_frame(
    frame: &FrameOpen,
    posted: &[PostedField<'_>],
    options: Option<&str>,
) -> Vec<Deviation> {
    let mut noted = Noted::default();
    for field in posted {
        // What is missing may be missing: older portals send less.
        if let (Some(text), false) = (field.text, field.is_read) {
            noted.note(FRAME, field.name, "known_form", "text", &Value::from(text));
        }
    }
    if let Some(Placement::Other(code)) = &frame.placement {
        noted.note(
            FRAME,
            "PLACEMENT",
            "known_word",
            "unknown_word",
            &Value::from(code.as_str()),
        );
    }
    let nothing = ["", "[]", "undefined", "null", "false", "{}", "\"\"", "\"[]\""];
    let has_read_options = frame.options != PlacementOptions::default();
    if let Some(text) = options.filter(|text| !has_read_options && !nothing.contains(&text.trim())) {
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
        noted.note(FRAME, "PLACEMENT_OPTIONS", "map", kind(&value), &value);
    }
    if let (Some(Placement::DetailTab(_)), true) = (&frame.placement, has_read_options) {
        let id = ["ID", "ENTITY_ID", "entityId"]
            .into_iter()
            .find_map(|name| frame.options.get(name));
        match id {
            None => noted.note(FRAME, "PLACEMENT_OPTIONS.ID", "id", "missing", &Value::Null),
            Some(id) => {
                let is_unsaved = id.as_u64() == Some(0)
                    || id.is_null()
                    || id.as_str().is_some_and(|text| matches!(text, "" | "0"));
                if !is_unsaved && lenient::positive_integer(id).is_none() {
                    noted.note(FRAME, "PLACEMENT_OPTIONS.ID", "id", kind(id), id);
                }
            }
        }
    }
    noted.finish()
}

/// What differs in an event: `odd_data`, where `data` came as something other than a map, and `ts` as they came.
pub(crate) fn of_event(event: &Event, odd_data: Option<&Value>, sent_at: Option<&Value>) -> Vec<Deviation> {
    let mut noted = Noted::default();
    if let EventName::Other(name) = &event.name {
        noted.note(
            EVENT,
            "event",
            "known_word",
            "unknown_word",
            &Value::from(name.as_str()),
        );
    }
    let code = event.name.code();
    let mut note = |field: &str, expected, found, sample: &Value| {
        noted.note(EVENT, format!("{code} {field}"), expected, found, sample);
    };
    if event.sent_at.is_none() {
        let sample = sent_at.cloned().unwrap_or_default();
        let found = sent_at.map_or("missing", kind);
        note("ts", "time", found, &sample);
    }
    match odd_data {
        None => {}
        Some(Value::Array(items)) if items.is_empty() => {}
        Some(Value::String(text)) if text.is_empty() => {}
        Some(other) => note("data", "map", kind(other), other),
    }
    let names_an_item = matches!(
        event.name,
        EventName::Crm { .. } | EventName::DynamicItem { .. } | EventName::Requisite(_)
    );
    if names_an_item && event.id().is_none() {
        note("data.FIELDS.ID", "id", "missing", &shown(&event.data));
    }
    if event.name == EventName::TimelineItemAction && event.timeline_action().is_none() {
        note("data", "timeline_action", "missing", &shown(&event.data));
    }
    noted.finish()
}

/// Data without what might be a secret even as a shape.
fn shown(data: &Map<String, Value>) -> Value {
    data.iter()
        .filter(|(name, _)| !name.eq_ignore_ascii_case("token"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect::<Map<_, _>>()
        .into()
}
