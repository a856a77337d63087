//! Forms: filters become an address, forms an order, files a request of their own; ticks choose rows.

use super::super::marks::{nearest, set};
use super::super::{SESSION_META, renewal, start};
use super::swap::all;
use super::{Arrival, go, orders, refresh, say, say_text};
use crate::monitor::calls::Order;
use gloo_net::http::Request;
use js_sys::Reflect;
use leptos::task::spawn_local;
use serde::Deserialize;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, HtmlInputElement};

/// A form was sent.
pub(super) fn submitted(event: Event) {
    let Some(form) = nearest(&event, "form") else {
        return;
    };
    if form.has_attribute("data-filters") {
        event.prevent_default();
        go(address_of(&form), Arrival::Link);
    } else if form.has_attribute("data-confirm") {
        event.prevent_default();
        orders::confirmed(&form);
    } else if let Some(key) = form.get_attribute("data-form") {
        event.prevent_default();
        let asks = form.has_attribute("data-asks");
        let order = Order::Form(key, fields(&form));
        orders::give(order, !asks, String::new(), Some(form));
    } else if let Some(path) = form.get_attribute("data-upload") {
        event.prevent_default();
        upload(form, path);
    }
}

/// Names and values of what is filled in and ticked.
fn fields(form: &Element) -> Vec<(String, String)> {
    all(
        form,
        "select[name], textarea[name], input[name]:not([type=checkbox]):not([type=file]), input[name]:checked",
    )
    .into_iter()
    .filter_map(|field| Some((text(&field, "name")?, text(&field, "value")?)))
    .collect()
}

fn text(field: &Element, property: &str) -> Option<String> {
    Reflect::get(field, &property.into()).ok()?.as_string()
}

/// The address that filters lead to: the form's own with what is filled in.
fn address_of(form: &Element) -> String {
    let mut address = form.get_attribute("action").unwrap_or_default();
    let mut joint = '?';
    for (name, value) in fields(form) {
        let value = value.trim();
        if !value.is_empty() {
            let encoded = String::from(js_sys::encode_uri_component(value));
            address.push_str(&format!("{joint}{name}={encoded}"));
            joint = '&';
        }
    }
    address
}

/// The tick above a table ticks all of its rows.
pub(super) fn changed(event: Event) {
    let Some(head) = nearest(&event, "input[data-choose-page]") else {
        return;
    };
    let (Some(head), Some(table)) = (
        head.dyn_ref::<HtmlInputElement>(),
        head.closest("table").ok().flatten(),
    ) else {
        return;
    };
    for tick in all(&table, "input[data-choose]") {
        if let Some(tick) = tick.dyn_ref::<HtmlInputElement>() {
            tick.set_checked(head.checked());
        }
    }
}

/// What the service says of a file that it took, or did not.
#[derive(Deserialize)]
struct Taken {
    #[serde(default)]
    message: String,
    #[serde(default)]
    error: Option<TakenError>,
}

#[derive(Deserialize)]
struct TakenError {
    message: String,
}

/// Sends a file; the answer's own sentence is said.
fn upload(form: Element, path: String) {
    let chosen = form
        .query_selector("input[type=file]")
        .ok()
        .flatten()
        .and_then(|field| field.dyn_into::<HtmlInputElement>().ok())
        .and_then(|field| field.files())
        .and_then(|files| files.get(0));
    let Some(file) = chosen else {
        say_text("data-choose-file");
        return;
    };
    let mut address = path;
    let mut joint = '?';
    for (name, value) in fields(&form) {
        address.push_str(&format!(
            "{joint}{name}={}",
            String::from(js_sys::encode_uri_component(&value))
        ));
        joint = '&';
    }
    address.push_str(&format!(
        "{joint}name={}",
        String::from(js_sys::encode_uri_component(&file.name()))
    ));
    set(&form, "aria-busy", "true");
    say_text("data-sending");
    spawn_local(async move {
        renewal::keep_fresh().await;
        let token = start::meta(SESSION_META).unwrap_or_default();
        let request = Request::post(&address)
            .header("Authorization", &format!("Bearer {token}"))
            .header("Content-Type", "application/octet-stream")
            .body(JsValue::from(file));
        let answer = match request {
            Ok(request) => request.send().await.ok(),
            Err(_) => None,
        };
        set(&form, "aria-busy", "false");
        let taken = match answer {
            Some(answer) => answer.json::<Taken>().await.ok(),
            None => None,
        };
        match taken {
            Some(Taken {
                error: Some(error), ..
            }) => say(&error.message),
            Some(taken) => {
                refresh();
                say(&taken.message);
            }
            None => say_text("data-unreachable"),
        }
    });
}
