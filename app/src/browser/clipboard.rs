//! Copying a text. A portal's frame usually has no access to the clipboard's own interface, and over plain HTTP there is
//! none; the old command needs no permission, so it goes first.

use super::board;
use leptos::prelude::{document, window};
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlDocument, HtmlElement, HtmlTextAreaElement};

/// Copies a text, and says on the button that asked for it how that went.
pub(super) fn copy(button: Element, text: String) {
    if by_command(&text) {
        return board::say(&button, "data-done");
    }
    if !window().is_secure_context() {
        return board::say(&button, "data-failed");
    }
    let clipboard = window().navigator().clipboard();
    spawn_local(async move {
        let copied = wasm_bindgen_futures::JsFuture::from(clipboard.write_text(&text)).await;
        board::say(
            &button,
            if copied.is_ok() {
                "data-done"
            } else {
                "data-failed"
            },
        );
    });
}

/// Copies what is selected in a field that exists for this moment; the focus stays where it was.
fn by_command(text: &str) -> bool {
    let focused = document()
        .active_element()
        .and_then(|element| element.dyn_into::<HtmlElement>().ok());
    let Some(field) = document()
        .create_element("textarea")
        .ok()
        .and_then(|element| element.dyn_into::<HtmlTextAreaElement>().ok())
    else {
        return false;
    };
    field.set_class_name("visually-hidden");
    field.set_value(text);
    let Some(body) = document().body() else {
        return false;
    };
    if body.append_child(&field).is_err() {
        return false;
    }
    field.select();
    let copied = document()
        .dyn_into::<HtmlDocument>()
        .is_ok_and(|document| document.exec_command("copy").unwrap_or(false));
    field.remove();
    if let Some(focused) = focused {
        drop(focused.focus());
    }
    copied
}
