//! Keeps the screen up to date: the server says when something changed, then the screen is asked for again.
//!
//! Nothing moves under somebody who fills in a form, has rows chosen or reads a question; a page in the background asks when it
//! comes back.

use super::super::in_session;
use super::super::marks::{listen, set};
use super::swap::all;
use super::{has_session, refresh, screen};
use crate::monitor::calls::ask_pass;
use leptos::leptos_dom::helpers::set_timeout;
use leptos::task::spawn_local;
use std::cell::Cell;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::EventSource;

/// The pause before a lost connection is made anew.
const PAUSE: Duration = Duration::from_secs(5);

thread_local! {
    /// Something changed while nothing was to be moved.
    static IS_STALE: Cell<bool> = const { Cell::new(false) };
}

pub(super) fn start() {
    if !has_session() {
        return;
    }
    connect();
    listen(leptos::prelude::document().as_ref(), "visibilitychange", |_| {
        catch_up()
    });
    listen(leptos::prelude::document().as_ref(), "focusout", |_| catch_up());
}

fn catch_up() {
    if IS_STALE.get() {
        // After the event: what is focused next is known then.
        set_timeout(changed, Duration::from_millis(200));
    }
}

fn connect() {
    spawn_local(async {
        let Ok(address) = in_session(|| ask_pass("/monitor/live".to_owned())).await else {
            lost();
            return;
        };
        let Ok(source) = EventSource::new(&address) else {
            return;
        };
        let opened = Closure::<dyn FnMut()>::new(|| show(true));
        source.set_onopen(Some(opened.as_ref().unchecked_ref()));
        opened.forget();
        let told = Closure::<dyn FnMut()>::new(changed);
        let listened = source.add_event_listener_with_callback("changed", told.as_ref().unchecked_ref());
        told.forget();
        if listened.is_err() {
            return;
        }
        // A pass is good for one connection: a lost one is made anew with a new pass, not by the browser.
        let of_closed = source.clone();
        let failed = Closure::<dyn FnMut()>::new(move || {
            of_closed.close();
            lost();
        });
        source.set_onerror(Some(failed.as_ref().unchecked_ref()));
        failed.forget();
    });
}

fn lost() {
    show(false);
    set_timeout(connect, PAUSE);
}

/// Says whether the page lives.
fn show(is_live: bool) {
    let Ok(Some(place)) = leptos::prelude::document().query_selector(".monitor-live") else {
        return;
    };
    let attribute = if is_live { "data-live" } else { "data-lost" };
    set(&place, "data-state", attribute);
    place.set_text_content(place.get_attribute(attribute).as_deref());
}

fn changed() {
    if is_in_use() {
        IS_STALE.set(true);
    } else {
        IS_STALE.set(false);
        refresh();
    }
}

/// Whether somebody is at something that must not change under his hands.
fn is_in_use() -> bool {
    let document = leptos::prelude::document();
    if document.hidden() {
        return true;
    }
    let at_a_field = document
        .active_element()
        .is_some_and(|element| element.matches("input, select, textarea").unwrap_or(false));
    let has_choice = screen().is_some_and(|screen| !all(&screen, "input[data-choose]:checked").is_empty());
    let asks = document.query_selector("dialog[open]").ok().flatten().is_some();
    at_a_field || has_choice || asks
}
