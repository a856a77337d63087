//! The monitor in the browser: follows links without leaving the page, gives orders, asks before it does, keeps what is seen up
//! to date.
//!
//! The server makes all HTML; here it is swapped in, part by part, so that what did not change is not touched and what is
//! focused stays focused. May know: marks in the HTML (`data-…`). Must not know: what a screen shows, what an order means.

mod controls;
mod live;
mod orders;
mod swap;

use super::marks::{language, listen, nearest, set};
use super::{in_session, start};
use crate::monitor::calls::{MonitorFailure, read_screen};
use leptos::task::spawn_local;
use std::cell::Cell;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, MouseEvent};

/// The element that holds the screen.
const SCREEN: &str = "screen";
/// The element that says what happened.
const STATUS: &str = "monitor-status";

thread_local! {
    /// Of several answers under way only the last one counts.
    static TURN: Cell<u32> = const { Cell::new(0) };
}

/// Takes the monitor over.
pub(super) fn start() {
    let Some(screen) = screen() else { return };
    swap::localise(&screen);
    let document = leptos::prelude::document();
    listen(document.as_ref(), "click", clicked);
    listen(document.as_ref(), "submit", controls::submitted);
    listen(document.as_ref(), "change", controls::changed);
    listen(leptos::prelude::window().as_ref(), "popstate", |_| {
        go(present_address(), Arrival::Back);
    });
    live::start();
}

fn screen() -> Option<Element> {
    leptos::prelude::document().get_element_by_id(SCREEN)
}

/// The address of the screen that is shown.
fn shown_address() -> Option<String> {
    screen()?.get_attribute("data-address")
}

/// The address in the browser's own line: a screen's, or, in a portal's frame, still that of the frame.
fn present_address() -> String {
    let location = leptos::prelude::window().location();
    let path = location.pathname().unwrap_or_default();
    if path.starts_with("/monitor") {
        format!("{path}{}", location.search().unwrap_or_default())
    } else {
        "/monitor/overview".to_owned()
    }
}

/// How somebody comes to a screen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Arrival {
    /// By a link: a new entry of the history.
    Link,
    /// By the history.
    Back,
    /// He is there already and sees it anew.
    Again,
}

/// Follows links of ours; leaves those to be opened elsewhere to the browser.
fn clicked(event: Event) {
    let modified = event.dyn_ref::<MouseEvent>().is_some_and(|click| {
        click.ctrl_key() || click.meta_key() || click.shift_key() || click.button() != 0
    });
    if let Some(link) = nearest(&event, "a[href^='/monitor']").filter(|_| !modified) {
        event.prevent_default();
        if let Some(address) = link.get_attribute("href") {
            go(address, Arrival::Link);
        }
    } else if let Some(button) = nearest(&event, "button[data-order]") {
        orders::of_button(&button);
    } else if let Some(button) = nearest(&event, "[data-file]") {
        orders::file(button);
    } else if nearest(&event, "[data-no]").is_some() {
        orders::close_dialog();
    }
}

/// Shows the screen at an address.
fn go(address: String, arrival: Arrival) {
    let Some(element) = screen() else { return };
    let turn = TURN.get().wrapping_add(1);
    TURN.set(turn);
    if arrival != Arrival::Again {
        set(&element, "aria-busy", "true");
    }
    spawn_local(async move {
        let answer = in_session(|| read_screen(address.clone(), language())).await;
        if TURN.get() != turn {
            return;
        }
        set(&element, "aria-busy", "false");
        match answer {
            Ok(html) => arrived(&element, &address, &html, arrival),
            // What is seen stays; only who went somewhere is told why he is not there.
            Err(_) if arrival == Arrival::Again => {}
            Err(failure) => say_failure(&failure),
        }
    });
}

fn arrived(element: &Element, address: &str, html: &str, arrival: Arrival) {
    let is_another = path(address) != path(&shown_address().unwrap_or_default());
    if arrival == Arrival::Link {
        let pushed = leptos::prelude::window()
            .history()
            .and_then(|history| history.push_state_with_url(&JsValue::NULL, "", Some(address)));
        if pushed.is_err() {
            leptos::logging::warn!("the address could not be changed");
        }
    }
    if arrival != Arrival::Again {
        say("");
    }
    set(element, "data-address", address);
    swap::swap(element, html);
    if is_another && arrival != Arrival::Again {
        if let Ok(Some(heading)) = element.query_selector("h1") {
            swap::focus(&heading);
        }
        leptos::prelude::window().scroll_to_with_x_and_y(0.0, 0.0);
        let title = element
            .query_selector("h1")
            .ok()
            .flatten()
            .and_then(|heading| heading.text_content());
        if let Some(title) = title {
            leptos::prelude::document().set_title(&format!("{title} · Certlens"));
        }
    }
}

fn path(address: &str) -> &str {
    address.split('?').next().unwrap_or_default()
}

/// Shows the present screen anew.
fn refresh() {
    if let Some(address) = shown_address() {
        go(address, Arrival::Again);
    }
}

/// Says what happened, to the eye and to who listens.
fn say(words: &str) {
    if let Some(status) = leptos::prelude::document().get_element_by_id(STATUS) {
        status.set_text_content(Some(words));
        set(&status, "data-tone", if words.is_empty() { "" } else { "plain" });
    }
}

/// Says one of the texts that were rendered with the page.
fn say_text(attribute: &str) {
    let words = leptos::prelude::document()
        .get_element_by_id(STATUS)
        .and_then(|status| status.get_attribute(attribute));
    say(&words.unwrap_or_default());
}

/// Says why something was not done.
fn say_failure(failure: &MonitorFailure) {
    match failure {
        MonitorFailure::Unauthorized => say_text("data-session-ended"),
        MonitorFailure::NotFound => say_text("data-missing"),
        MonitorFailure::Unreachable => say_text("data-unreachable"),
        MonitorFailure::Forbidden(sentence)
        | MonitorFailure::Refused { sentence, .. }
        | MonitorFailure::Unavailable { sentence } => say(sentence),
    }
    if let Some(status) = leptos::prelude::document().get_element_by_id(STATUS) {
        set(&status, "data-tone", "bad");
    }
}

/// Whether the page has a session at all.
fn has_session() -> bool {
    start::meta(super::SESSION_META).is_some()
}
