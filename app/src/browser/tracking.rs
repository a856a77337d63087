//! The panel of tracking in the browser: sends what an element orders (`data-order`), with the fields of its form, and swaps
//! the answer in.
//!
//! What an order will show is shown at once (`data-shows`) and taken back when it fails. May know: marks in the HTML. Must
//! not know: what an order means, any text.

use super::marks::{focused_key, language, listen, nearest, set, with_key};
use super::{TRACKING_ELEMENT, in_session, start};
use crate::card::change_failure::ChangeFailure;
use crate::card::tracking::asking::track;
use js_sys::Reflect;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event};

/// The order that shows the control as it is now.
const LOOK: &str = r#"{"order":"look","shown":"closed"}"#;

fn place() -> Option<Element> {
    leptos::prelude::document().get_element_by_id(TRACKING_ELEMENT)
}

/// Takes the panel over.
pub(super) fn start() {
    let Some(place) = place() else { return };
    listen(place.as_ref(), "click", clicked);
    listen(place.as_ref(), "submit", submitted);
    listen(place.as_ref(), "keydown", key_pressed);
}

fn clicked(event: Event) {
    if let Some(link) = nearest(&event, "[data-path]") {
        let path = link.get_attribute("data-path").unwrap_or_default();
        if start::open_path(&path) {
            event.prevent_default();
        }
    } else if let Some(button) = nearest(&event, "button[data-order]") {
        give(&button, Vec::new());
    }
}

fn submitted(event: Event) {
    event.prevent_default();
    let form = nearest(&event, "form[data-order]");
    if let Some(form) = form {
        give(&form, fields(&form));
    }
}

/// Names and values of what is filled in and ticked.
fn fields(form: &Element) -> Vec<(String, String)> {
    let Ok(found) = form.query_selector_all("select[name], input[name]:not([type=checkbox]), input:checked")
    else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|index| found.get(index))
        .filter_map(|field| {
            let text = |property: &str| Reflect::get(&field, &property.into()).ok()?.as_string();
            Some((text("name")?, text("value")?))
        })
        .collect()
}

/// Escape closes the panel.
fn key_pressed(event: Event) {
    let is_escape = event
        .dyn_ref::<web_sys::KeyboardEvent>()
        .is_some_and(|event| event.key() == "Escape");
    let Some(control) = control().filter(|_| is_escape) else {
        return;
    };
    if is_open(&control) {
        give(&control, Vec::new());
        focus(&control);
    }
}

fn control() -> Option<Element> {
    place()?.query_selector("#track").ok().flatten()
}

fn is_open(control: &Element) -> bool {
    control.get_attribute("aria-expanded").as_deref() == Some("true")
}

fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<web_sys::HtmlElement>() {
        drop(element.focus());
    }
}

/// Gives the order that an element carries.
fn give(element: &Element, fields: Vec<(String, String)>) {
    let order = element.get_attribute("data-order").unwrap_or_default();
    let shows = element.get_attribute("data-shows");
    send(order, fields, shows);
}

/// Sends an order; one at a time, so that answers come in the order of what was pressed.
fn send(order: String, fields: Vec<(String, String)>, shows: Option<String>) {
    let Some(place) = place() else { return };
    if place.get_attribute("aria-busy").as_deref() == Some("true") {
        return;
    }
    set(&place, "aria-busy", "true");
    let shown_before = control().and_then(|control| control.text_content());
    if let (Some(control), Some(shows)) = (control(), &shows) {
        control.set_text_content(Some(shows));
    }
    spawn_local(async move {
        let answer = in_session(|| track(order.clone(), fields.clone(), language())).await;
        set(&place, "aria-busy", "false");
        match answer {
            Ok(html) => swap(&place, &html),
            Err(failure) => {
                if let Some(control) = control() {
                    control.set_text_content(shown_before.as_deref());
                }
                say(&place, &failure);
            }
        }
    });
}

/// Puts an answer in; who was at a mark in the panel is at the same mark again, or at the control.
fn swap(place: &Element, html: &str) {
    let focused = focused_key().filter(|key| with_key(place, key).is_some());
    place.set_inner_html(html);
    if let Some(key) = focused {
        let found = with_key(place, &key).map(Element::from).or_else(control);
        if let Some(element) = found {
            focus(&element);
        }
    }
}

/// The texts of failures were rendered with the page.
fn say(place: &Element, failure: &ChangeFailure) {
    let attribute = match failure {
        ChangeFailure::Unauthorized => "data-session-ended",
        ChangeFailure::Invalid | ChangeFailure::Unavailable => "data-not-saved",
    };
    if let Ok(Some(problem)) = place.query_selector("[data-problem]") {
        problem.set_text_content(place.get_attribute(attribute).as_deref());
    }
}

/// Shows how tracking stands when a colleague changed it; an open panel is left to who fills it in.
pub(crate) fn note_revision(revision: i64) {
    let shown = place().and_then(|place| place.query_selector("[data-revision]").ok().flatten());
    let shown = shown.and_then(|line| line.get_attribute("data-revision"));
    let is_closed = control().is_some_and(|control| !is_open(&control));
    if is_closed && shown.is_some_and(|shown| shown != revision.to_string()) {
        send(LOOK.to_owned(), Vec::new(), None);
    }
}
