//! Takes over the page that the server rendered, then keeps the frame as high as its content.

use super::{BX24_META, ROOT_ELEMENT};
use leptos::prelude::*;
use std::cell::Cell;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

#[wasm_bindgen]
extern "C" {
    /// Bitrix24's library; absent outside a portal.
    #[wasm_bindgen(js_namespace = BX24, js_name = init, catch)]
    fn bx24_init(ready: &Closure<dyn FnMut()>) -> Result<(), JsValue>;

    /// Asks the portal to give the frame this size.
    #[wasm_bindgen(js_namespace = BX24, js_name = resizeWindow, catch)]
    fn bx24_resize_window(width: f64, height: f64) -> Result<(), JsValue>;

    #[cfg(feature = "card")]
    /// Opens a page of the portal in its slider.
    #[wasm_bindgen(js_namespace = BX24, js_name = openPath, catch)]
    fn bx24_open_path(path: &str) -> Result<(), JsValue>;

    /// Sends a command of the placement to the portal's page.
    #[wasm_bindgen(js_namespace = ["BX24", "placement"], js_name = call, catch)]
    fn bx24_placement_call(command: &str) -> Result<(), JsValue>;
}

thread_local! {
    /// When the page started, in milliseconds since 1970.
    static LOADED_AT: Cell<f64> = const { Cell::new(0.0) };
}

/// When the page started, in milliseconds since 1970.
pub(super) fn loaded_at() -> f64 {
    LOADED_AT.get()
}

/// Asks the portal to read the card anew. Outside a portal there is no card to show.
pub(super) fn reload_card() {
    if bx24_placement_call("reloadData").is_err() {
        leptos::logging::warn!("the portal's card could not be reloaded");
    }
}

#[cfg(feature = "card")]
/// Opens a page of the portal over the card; false where no portal is there to open it.
pub(super) fn open_path(path: &str) -> bool {
    bx24_open_path(path).is_ok()
}

/// Gets ready to take islands over; `frontend/start.js` hands them to their functions one by one.
pub fn prepare() {
    hydrate_islands();
    LOADED_AT.set(js_sys::Date::now());
}

/// Takes the page over when its islands live. The document says `data-hydrated` when it is interactive.
pub fn take_over() {
    let Some(root) = document()
        .get_element_by_id(ROOT_ELEMENT)
        .and_then(|root| root.dyn_into::<HtmlElement>().ok())
    else {
        return;
    };
    #[cfg(feature = "card")]
    super::board::start();
    #[cfg(feature = "card")]
    super::tracking::start();
    #[cfg(feature = "overview")]
    super::monitor::start();
    if let Some(html) = document().document_element() {
        // Nothing depends on the result: the mark is for styles and tests.
        drop(html.set_attribute("data-hydrated", ""));
    }
    connect_to_portal(root);
}

/// The content of a meta element.
pub(super) fn meta(name: &str) -> Option<String> {
    let element = document()
        .query_selector(&format!("meta[name=\"{name}\"]"))
        .ok()
        .flatten()?;
    element
        .get_attribute("content")
        .filter(|content| !content.is_empty())
}

/// Loads Bitrix24's library, if the page names one, and follows the content's height from then on.
fn connect_to_portal(root: HtmlElement) {
    let framed = window()
        .parent()
        .ok()
        .flatten()
        .is_some_and(|parent| parent != window());
    let Some(address) = meta(BX24_META).filter(|_| framed) else {
        return;
    };
    let Ok(script) = document().create_element("script") else {
        return;
    };
    let loaded = Closure::once_into_js(move || {
        let ready = Closure::once(move || follow_height(root));
        if bx24_init(&ready).is_ok() {
            ready.forget();
        }
    });
    let added = script
        .set_attribute("src", &address)
        .and_then(|()| script.add_event_listener_with_callback("load", loaded.unchecked_ref()))
        .and_then(|()| {
            document()
                .head()
                .map_or(Ok(()), |head| head.append_child(&script).map(drop))
        });
    if added.is_err() {
        leptos::logging::warn!("Bitrix24's library could not be loaded; the frame keeps its height");
    }
}

/// Tells the portal the content's height whenever it changes.
fn follow_height(root: HtmlElement) {
    let observed = root.clone();
    let mut last = 0.0;
    let changed = Closure::<dyn FnMut()>::new(move || {
        let height = root.get_bounding_client_rect().height().ceil();
        let width = document()
            .document_element()
            .map_or(0.0, |html| f64::from(html.client_width()));
        // A portal that does not answer keeps its height: the page scrolls instead.
        if (height - last).abs() >= 1.0 && bx24_resize_window(width, height).is_ok() {
            last = height;
        }
    });
    if let Ok(observer) = web_sys::ResizeObserver::new(changed.as_ref().unchecked_ref()) {
        observer.observe(&observed);
        changed.forget();
    }
}
