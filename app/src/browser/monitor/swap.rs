//! Puts a screen in: only parts that differ, the focus where it was, moments in the reader's own time.

use super::super::marks::{focused_key, set, with_key};
use wasm_bindgen::prelude::*;
use web_sys::{CustomEvent, Element, HtmlElement};

/// Replaces the parts that differ; everything, when the parts are others than before.
pub(super) fn swap(screen: &Element, html: &str) {
    let focused = focused_key();
    let Ok(holder) = leptos::prelude::document().create_element("div") else {
        return;
    };
    holder.set_inner_html(html);
    localise(&holder);
    let (old, new) = (parts(screen), parts(&holder));
    let same_parts = !old.is_empty()
        && old.len() == new.len()
        && old
            .iter()
            .zip(&new)
            .all(|(old, new)| old.get_attribute("data-part") == new.get_attribute("data-part"));
    if same_parts {
        for (old, new) in old.iter().zip(&new) {
            // What somebody unfolded stays unfolded.
            unfold_as(old, new);
            if old.outer_html() != new.outer_html() {
                drop(old.replace_with_with_node_1(new));
                wake(new);
            }
        }
    } else {
        screen.set_inner_html("");
        while let Some(child) = holder.first_element_child() {
            if screen.append_child(&child).is_err() {
                break;
            }
        }
        wake(screen);
    }
    if let Some(element) = focused.and_then(|key| with_key(screen, &key)) {
        drop(element.focus());
    }
}

/// The parts of a screen, one after the other; none is within another.
fn parts(within: &Element) -> Vec<Element> {
    all(within, "[data-part]")
}

/// All elements within that fit.
pub(super) fn all(within: &Element, selector: &str) -> Vec<Element> {
    let Ok(found) = within.query_selector_all(selector) else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|index| found.get(index))
        .filter_map(|node| node.dyn_into::<Element>().ok())
        .collect()
}

fn unfold_as(old: &Element, new: &Element) {
    for (old, new) in all(old, "details").iter().zip(all(new, "details")) {
        if old.has_attribute("open") {
            set(&new, "open", "");
        }
    }
}

/// Islands among what is new are taken over by `start.js`, which knows their functions.
fn wake(element: &Element) {
    if all(element, "leptos-island").is_empty() {
        return;
    }
    if let Ok(event) = CustomEvent::new("certlens-islands") {
        drop(leptos::prelude::document().dispatch_event(&event));
    }
}

/// Writes moments in the reader's own time and manner.
pub(super) fn localise(within: &Element) {
    let tag = leptos::prelude::document()
        .document_element()
        .and_then(|html| html.get_attribute("lang"))
        .unwrap_or_default();
    let options = js_sys::Object::new();
    for (name, value) in [("dateStyle", "short"), ("timeStyle", "medium")] {
        drop(js_sys::Reflect::set(&options, &name.into(), &value.into()));
    }
    for time in all(within, "time[data-moment]") {
        let at = time.get_attribute("datetime").unwrap_or_default();
        let date = js_sys::Date::new(&at.into());
        if date.get_time().is_nan() {
            continue;
        }
        let words = date.to_locale_string(&tag, &options);
        time.set_text_content(words.as_string().as_deref());
    }
}

/// Focuses an element.
pub(super) fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        drop(element.focus());
    }
}
