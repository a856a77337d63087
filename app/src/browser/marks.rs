//! The marks in the HTML by which the browser's half finds its way: elements by key, attributes, events, the language.
//!
//! Knows no page.

use certlens_domain::language::Language;
use wasm_bindgen::prelude::*;
use web_sys::{Document, Element, Event, HtmlElement};

fn document() -> Document {
    leptos::prelude::document()
}

/// Hears an event for as long as the page lives.
pub(super) fn listen(target: &web_sys::EventTarget, event: &str, handler: fn(Event)) {
    let closure = Closure::<dyn FnMut(Event)>::new(handler);
    if target
        .add_event_listener_with_callback(event, closure.as_ref().unchecked_ref())
        .is_ok()
    {
        closure.forget();
    }
}

/// The language in which the page was rendered.
pub(super) fn language() -> Language {
    let tag = document()
        .document_element()
        .and_then(|html| html.get_attribute("lang"));
    Language::of_portal(tag.as_deref().unwrap_or_default())
}

/// Sets an attribute; nothing depends on the result, it never fails for a name like ours.
pub(super) fn set(element: &Element, name: &str, value: &str) {
    drop(element.set_attribute(name, value));
}

/// Where an event happened, or the nearest element around it that fits.
pub(super) fn nearest(event: &Event, selector: &str) -> Option<Element> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    target.closest(selector).ok().flatten()
}

/// Where the focus belongs afterwards: a mark that takes itself away names the next one.
pub(super) fn focused_key() -> Option<String> {
    let focused = document().active_element()?;
    focused
        .get_attribute("data-next")
        .or_else(|| focused.get_attribute("data-key"))
}

/// The element with this key.
pub(super) fn with_key(within: &Element, key: &str) -> Option<HtmlElement> {
    let found = within.query_selector_all("[data-key]").ok()?;
    (0..found.length())
        .filter_map(|index| found.get(index))
        .filter_map(|node| node.dyn_into::<HtmlElement>().ok())
        .find(|element| element.get_attribute("data-key").as_deref() == Some(key))
}
