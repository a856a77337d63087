//! Orders: asked about in a dialogue where the button wants it, given, and what came of them said.

use super::super::in_session;
use super::super::marks::{language, set};
use super::swap::{all, focus};
use super::{Arrival, go, refresh, say, say_failure, say_text, screen};
use crate::monitor::calls::{MonitorFailure, Order, Ordered, ask_pass, give_order};
use leptos::task::spawn_local;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlDialogElement, HtmlInputElement, HtmlTextAreaElement};

/// Stands in the order of a table's button for the keys of the chosen rows.
const SELECTED: &str = "\"$selected\"";

thread_local! {
    /// What the open dialogue asks about, and the form that it came from.
    static ASKED: RefCell<Option<(Order, Option<Element>)>> = const { RefCell::new(None) };
}

/// The order of a button; for chosen rows, with their keys.
pub(super) fn of_button(button: &Element) {
    let mut json = button.get_attribute("data-order").unwrap_or_default();
    if json.contains(SELECTED) {
        let table = button.closest(".monitor-table").ok().flatten();
        let keys: Vec<String> = table
            .map(|table| all(&table, "input[data-choose]"))
            .unwrap_or_default()
            .into_iter()
            .filter_map(|element| element.dyn_into::<HtmlInputElement>().ok())
            .filter(HtmlInputElement::checked)
            .filter_map(|tick| tick.get_attribute("data-choose"))
            .map(|key| format!("\"{key}\""))
            .collect();
        if keys.is_empty() {
            say_text("data-nothing-chosen");
            return;
        }
        json = json.replace(SELECTED, &keys.join(","));
    }
    let asks = button.has_attribute("data-asks");
    give(Order::Action(json), !asks, String::new(), None);
}

/// Gives an order, or asks about it first.
pub(super) fn give(order: Order, is_confirmed: bool, reason: String, form: Option<Element>) {
    let Some(screen) = screen() else { return };
    if screen.get_attribute("data-ordering").as_deref() == Some("true") {
        return;
    }
    set(&screen, "data-ordering", "true");
    say_text("data-busy");
    spawn_local(async move {
        let answer = in_session(|| give_order(order.clone(), is_confirmed, reason.clone(), language())).await;
        set(&screen, "data-ordering", "false");
        match answer {
            Ok(Ordered::Question(html)) => {
                say("");
                ASKED.set(Some((order, form)));
                open_dialog(&html);
            }
            Ok(Ordered::Done { message, go_to }) => {
                close_dialog();
                clear_marks(form.as_ref());
                match go_to {
                    Some(address) => go(address, Arrival::Link),
                    None => refresh(),
                }
                say(&message);
            }
            Err(failure) => refused(&failure, form.as_ref()),
        }
    });
}

/// Says why, at the field where the server names one, in the dialogue while it is open.
fn refused(failure: &MonitorFailure, form: Option<&Element>) {
    say_failure(failure);
    let MonitorFailure::Refused { sentence, field } = failure else {
        if let Some(place) = dialog().filter(HtmlDialogElement::open) {
            show_error(&place, &failure.to_string(), None);
        }
        return;
    };
    if let Some(place) = dialog().filter(HtmlDialogElement::open) {
        show_error(&place, sentence, field.as_deref());
    } else if let Some(form) = form {
        show_error(form, sentence, field.as_deref());
    }
}

fn show_error(within: &Element, sentence: &str, field: Option<&str>) {
    clear_marks(Some(within));
    if let Ok(Some(place)) = within.query_selector(".field-error") {
        place.set_text_content(Some(sentence));
    }
    let wrong = field.and_then(|field| {
        all(within, "[name]")
            .into_iter()
            .find(|element| element.get_attribute("name").as_deref() == Some(field))
    });
    if let Some(element) = wrong {
        set(&element, "aria-invalid", "true");
        focus(&element);
    }
}

fn clear_marks(within: Option<&Element>) {
    let Some(within) = within else { return };
    for element in all(within, "[aria-invalid]") {
        drop(element.remove_attribute("aria-invalid"));
    }
    if let Ok(Some(place)) = within.query_selector(".field-error") {
        place.set_text_content(None);
    }
}

fn dialog() -> Option<HtmlDialogElement> {
    leptos::prelude::document()
        .get_element_by_id("monitor-dialog")?
        .dyn_into()
        .ok()
}

fn open_dialog(html: &str) {
    let Some(dialog) = dialog() else { return };
    dialog.set_inner_html(html);
    if !dialog.open() && dialog.show_modal().is_err() {
        leptos::logging::warn!("the question could not be shown");
    }
    // Nothing that can't be taken back is a press of Enter away.
    if let Ok(Some(first)) = dialog.query_selector("textarea, [data-no]") {
        focus(&first);
    }
}

/// Leaves things as they are.
pub(super) fn close_dialog() {
    ASKED.set(None);
    if let Some(dialog) = dialog().filter(HtmlDialogElement::open) {
        dialog.close();
    }
}

/// What the dialogue asked about is confirmed.
pub(super) fn confirmed(form: &Element) {
    let Some((order, from)) = ASKED.with_borrow(Clone::clone) else {
        return;
    };
    let reason = form
        .query_selector("textarea[name=reason]")
        .ok()
        .flatten()
        .and_then(|field| field.dyn_into::<HtmlTextAreaElement>().ok())
        .map(|field| field.value())
        .unwrap_or_default();
    give(order, true, reason, from);
}

/// Leads the frame to a file: the answer is an attachment, the page stays.
pub(super) fn file(button: Element) {
    let Some(path) = button.get_attribute("data-file") else {
        return;
    };
    spawn_local(async move {
        match in_session(|| ask_pass(path.clone())).await {
            Ok(address) => {
                if leptos::prelude::window().location().set_href(&address).is_err() {
                    say_text("data-unreachable");
                }
            }
            Err(failure) => say_failure(&failure),
        }
    });
}
