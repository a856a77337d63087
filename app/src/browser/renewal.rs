//! Keeps the page's session alive: fetches a fresh token from the portal's frame and proves it to the server.
//!
//! The session stands in the page's meta element; whoever calls a server function reads it there.

use super::start::{self, meta};
use super::{BX24_META, SESSION_META};
use crate::renewal::renew_session;
use leptos::prelude::*;
use std::cell::Cell;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// A session lives for 15 minutes; a minute is left for the way.
const FRESH_FOR_MS: f64 = 14.0 * 60.0 * 1000.0;
/// Portals are known never to answer this request when it fails.
const PATIENCE_MS: i32 = 10_000;

thread_local! {
    /// When the session was made, in milliseconds since 1970; `None`: with the page.
    static RENEWED_AT: Cell<Option<f64>> = const { Cell::new(None) };
}

#[wasm_bindgen]
extern "C" {
    /// Gets a new pair of tokens from the portal and hands it to the callback.
    #[wasm_bindgen(js_namespace = BX24, js_name = refreshAuth, catch)]
    fn bx24_refresh_auth(done: &JsValue) -> Result<(), JsValue>;
}

/// Renews the session when it is about to end. A failure is left for the server to tell.
pub(super) async fn keep_fresh() {
    let made_at = RENEWED_AT.get().unwrap_or_else(start::loaded_at);
    if js_sys::Date::now() - made_at > FRESH_FOR_MS {
        renew().await;
    }
}

/// Renews the session; false when the portal or the server gave none.
pub(super) async fn renew() -> bool {
    if meta(BX24_META).is_none() {
        return false;
    }
    let Some(access_token) = fresh_token().await else {
        leptos::logging::warn!("the portal gave no fresh token; the session cannot be renewed");
        return false;
    };
    let Ok(session) = renew_session(access_token).await else {
        return false;
    };
    RENEWED_AT.set(Some(js_sys::Date::now()));
    document()
        .query_selector(&format!("meta[name=\"{SESSION_META}\"]"))
        .ok()
        .flatten()
        .is_some_and(|element| element.set_attribute("content", &session).is_ok())
}

/// The access token of a pair that the portal makes for its user now; `None` without an answer in time.
async fn fresh_token() -> Option<String> {
    let promise = js_sys::Promise::new(&mut |resolve, _reject| {
        let nothing = resolve.clone();
        let asked = bx24_refresh_auth(&resolve);
        let patience = Closure::once_into_js(move || drop(nothing.call0(&JsValue::NULL)));
        let waited = window()
            .set_timeout_with_callback_and_timeout_and_arguments_0(patience.unchecked_ref(), PATIENCE_MS);
        if asked.is_err() || waited.is_err() {
            drop(resolve.call0(&JsValue::NULL));
        }
    });
    let pair = JsFuture::from(promise).await.ok()?;
    js_sys::Reflect::get(&pair, &JsValue::from_str("access_token"))
        .ok()?
        .as_string()
}
