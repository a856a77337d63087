//! The board in the browser: follows the address, asks the server for the board that it tells, and swaps in what changed.
//!
//! The marks are links, so that clicks, keys, history and copied addresses are the browser's own. What is focused stays
//! focused; what did not change is not touched, so that nothing flickers. May know: marks in the HTML (`data-…`). Must not
//! know: what a state means, what a board shows.

use super::marks::{focused_key, language, listen, set, with_key};
use super::{AT_ONCE, BOARD_ELEMENT, BOARD_STATUS, clipboard, files, identifier_check, in_session};
use crate::card::fragment::{SearchFailure, board};
use crate::card::timeline::tell_timeline;
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use leptos::task::spawn_local;
use std::cell::Cell;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::{Document, Element, Event, HtmlElement, HtmlFormElement, HtmlInputElement};

thread_local! {
    /// Of several answers under way only the last one counts.
    static TURN: Cell<u32> = const { Cell::new(0) };
}

fn document() -> Document {
    leptos::prelude::document()
}

fn board_element() -> Option<Element> {
    document().get_element_by_id(BOARD_ELEMENT)
}

fn fragment() -> String {
    leptos::prelude::window().location().hash().unwrap_or_default()
}

fn go_to(link: &str) {
    if leptos::prelude::window().location().set_hash(link).is_err() {
        leptos::logging::warn!("the address could not be changed");
    }
}

/// Takes the board over.
pub fn start() {
    let Some(board) = board_element() else { return };
    listen(leptos::prelude::window().as_ref(), "hashchange", |_| refresh());
    listen(board.as_ref(), "submit", submitted);
    listen(board.as_ref(), "click", clicked);
    listen(board.as_ref(), "input", identifier_check::typed);
    listen(document().as_ref(), "keydown", key_pressed);
    // An address that somebody copied, or the way back to the page; or the connection was cut before the board came.
    if !matches!(fragment().as_str(), "" | "#all") || never_came(&board) {
        refresh();
    }
}

/// Whether nothing followed the outline that stands for a board on its way.
fn never_came(board: &Element) -> bool {
    board
        .last_element_child()
        .is_some_and(|last| last.class_list().contains("skeleton"))
}

/// The identifiers that are searched, as the panel wrote them down.
fn identifiers(board: &Element) -> Vec<String> {
    let listed = board.get_attribute("data-identifiers").unwrap_or_default();
    listed
        .split(',')
        .filter(|value| !value.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Searches by these identifiers from now on.
pub fn search_by(identifiers: &[String]) {
    if let Some(board) = board_element() {
        set(&board, "data-identifiers", &identifiers.join(","));
        refresh();
    }
}

/// Asks for the board that the address tells.
pub fn refresh() {
    let Some(element) = board_element() else { return };
    let turn = TURN.get().wrapping_add(1);
    TURN.set(turn);
    set(&element, "aria-busy", "true");
    let saying = say_when_slow(turn);
    let (identifiers, fragment, language) = (identifiers(&element), fragment(), language());
    spawn_local(async move {
        let answer = in_session(|| board(identifiers.clone(), fragment.clone(), language)).await;
        if TURN.get() != turn {
            return;
        }
        // Before anything new is put in, which would begin as faint as what it replaces.
        set(&element, "aria-busy", "false");
        if let Some(saying) = saying {
            saying.clear();
        }
        say_of_board(false);
        match answer {
            Ok(html) => swap(&element, &html),
            Err(failure) => show_failure(&element, &failure),
        }
    });
}

/// Says that the board is changing when it has not changed at once. What the eye sees has its delay in the style sheet.
fn say_when_slow(turn: u32) -> Option<TimeoutHandle> {
    let say = move || {
        if TURN.get() == turn {
            say_of_board(true);
        }
    };
    set_timeout_with_handle(say, Duration::from_millis(AT_ONCE.into())).ok()
}

fn say_of_board(is_changing: bool) {
    let Some(status) = document().get_element_by_id(BOARD_STATUS) else {
        return;
    };
    let words = status.get_attribute("data-busy").filter(|_| is_changing);
    status.set_text_content(words.as_deref());
}

/// The texts of failures were rendered with the page, hidden.
fn show_failure(board: &Element, failure: &SearchFailure) {
    let kind = match failure {
        SearchFailure::Unauthorized => "session-ended",
        SearchFailure::Unreachable => "unreachable",
        SearchFailure::Invalid | SearchFailure::Unavailable { .. } => "unavailable",
    };
    let template = document()
        .get_element_by_id(&format!("failure-{kind}"))
        .map(|template| template.inner_html());
    if let Some(html) = template {
        board.set_inner_html(&html);
    }
}

/// Replaces the parts that differ; everything, when the parts are others than before.
fn swap(board: &Element, html: &str) {
    let focused = focused_key();
    let left = drawer(board).and_then(|drawer| drawer.get_attribute("data-row"));
    let Ok(holder) = document().create_element("div") else {
        return;
    };
    holder.set_inner_html(html);
    let (old, new) = (parts(board), parts(&holder));
    let same_parts = old.len() == new.len()
        && !old.is_empty()
        && old.iter().zip(&new).all(|(old, new)| part(old) == part(new));
    if same_parts {
        for (old, new) in old.iter().zip(&new) {
            if old.outer_html() != new.outer_html() {
                drop(old.replace_with_with_node_1(new));
            }
        }
    } else {
        board.set_inner_html(html);
    }
    match drawer(board) {
        Some(opened) => place(board, &opened),
        // Who closes a document is back at its row.
        None => {
            if let Some(key) = left.or(focused) {
                focus(board, &key);
            }
        }
    }
}

/// The opened document.
fn drawer(board: &Element) -> Option<HtmlElement> {
    board.query_selector("#drawer").ok().flatten()?.dyn_into().ok()
}

/// All parts, outermost first; parts within parts go with them.
fn parts(within: &Element) -> Vec<Element> {
    let Ok(found) = within.query_selector_all("[data-part]") else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|index| found.get(index))
        .filter_map(|node| node.dyn_into::<Element>().ok())
        .collect()
}

fn part(element: &Element) -> Option<String> {
    element.get_attribute("data-part")
}

/// Focuses the mark that was focused before, wherever it is now.
fn focus(board: &Element, key: &str) {
    if let Some(element) = with_key(board, key) {
        drop(element.focus());
    }
}

/// Moves an opened document beside its row and gives it the focus.
fn place(board: &Element, drawer: &HtmlElement) {
    if let Ok(Some(row)) = board.query_selector("tr.is-open") {
        let top = row.get_bounding_client_rect().top() - board.get_bounding_client_rect().top();
        drop(drawer.style().set_property("top", &format!("{top:.0}px")));
    }
    drop(drawer.focus());
}

/// A form adds its fields to the state that it was rendered with.
fn submitted(event: Event) {
    let form = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
    let Some(form) = form else { return };
    let Some(mut link) = form.get_attribute("data-state") else {
        return;
    };
    event.prevent_default();
    let Ok(fields) = form.query_selector_all("input[name]") else {
        return;
    };
    for field in (0..fields.length()).filter_map(|index| fields.get(index)) {
        let Ok(field) = field.dyn_into::<HtmlInputElement>() else {
            continue;
        };
        let value = field.value();
        if !value.trim().is_empty() {
            let encoded = String::from(js_sys::encode_uri_component(value.trim()));
            link.push_str(&format!("&{}={encoded}", field.name()));
        }
    }
    go_to(&link);
}

fn clicked(event: Event) {
    let button = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .and_then(|target| target.closest("[data-action]").ok().flatten());
    let Some(button) = button else { return };
    match button.get_attribute("data-action").as_deref() {
        Some("retry") => refresh(),
        Some("copy") => {
            let text = button.get_attribute("data-copy").unwrap_or_default();
            clipboard::copy(button, text);
        }
        Some("add") => {
            let change = button.get_attribute("data-change").unwrap_or_default();
            crate::card::panel::saving::add_from_board(&change);
        }
        Some("timeline") => timeline(button),
        Some("file") => file(button),
        Some("print") => {
            if leptos::prelude::window().print().is_err() {
                leptos::logging::warn!("this frame may not print");
            }
        }
        _ => {}
    }
}

/// Says one of the texts that were rendered with a button, in its place.
pub(super) fn say(button: &Element, attribute: &str) {
    if let Some(text) = button.get_attribute(attribute) {
        button.set_text_content(Some(&text));
    }
}

/// Adds the summary to the card's timeline; the button says how it went, and is used once.
fn timeline(button: Element) {
    let Some(element) = board_element() else { return };
    let (identifiers, fragment, language) = (identifiers(&element), fragment(), language());
    set(&button, "disabled", "");
    say(&button, "data-busy");
    spawn_local(async move {
        let told = in_session(|| tell_timeline(identifiers.clone(), fragment.clone(), language)).await;
        match told {
            Ok(()) => say(&button, "data-done"),
            Err(failure) => {
                say(&button, failure.key());
                drop(button.remove_attribute("disabled"));
            }
        }
    });
}

/// Orders a file and leads the frame to it: the answer is an attachment, the page stays.
fn file(button: Element) {
    let (Some(order), Some(name)) = (button.get_attribute("data-order"), button.text_content()) else {
        return;
    };
    set(&button, "disabled", "");
    say(&button, "data-busy");
    spawn_local(async move {
        match files::order(&order).await {
            Some(address) => {
                button.set_text_content(Some(&name));
                if leptos::prelude::window().location().set_href(&address).is_err() {
                    say(&button, "data-failed");
                }
            }
            None => say(&button, "data-failed"),
        }
        drop(button.remove_attribute("disabled"));
    });
}

/// Escape closes an opened document.
fn key_pressed(event: Event) {
    let Some(event) = event.dyn_ref::<web_sys::KeyboardEvent>() else {
        return;
    };
    if event.key() != "Escape" {
        return;
    }
    let close = board_element()
        .and_then(|board| drawer(&board))
        .and_then(|drawer| drawer.get_attribute("data-close"));
    if let Some(link) = close {
        go_to(&link);
    }
}
