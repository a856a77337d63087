//! Checks what is typed into a field of the board that takes identifiers: names the kind, explains the failing digit.
//!
//! The board is HTML of the server's and holds no islands, so its fields say by attributes what they are:
//! `data-check` names the list that is filled, `data-check-number` is said of what may be a document's number.

use crate::card::typed::Typed;
use crate::catalogue::Texts;
use leptos::prelude::document;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, HtmlInputElement};

/// Fills the list below the field.
pub(super) fn typed(event: Event) {
    let field = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(field) = field else { return };
    let list = field
        .get_attribute("data-check")
        .and_then(|id| document().get_element_by_id(&id));
    let Some(list) = list else { return };
    list.set_text_content(None);
    let looks_up_number = field.get_attribute("data-check-number").unwrap_or_default();
    let lines = Typed::of(&field.value()).lines(Texts(super::marks::language()), &looks_up_number);
    for line in lines {
        if let Some(item) = item(&line.words, line.class) {
            // An element that was just made has a place in any list.
            drop(list.append_child(&item));
        }
    }
}

fn item(words: &str, class: &str) -> Option<Element> {
    let item = document().create_element("li").ok()?;
    item.set_class_name(class);
    item.set_text_content(Some(words));
    Some(item)
}
