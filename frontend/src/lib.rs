//! The WASM entry points: each starts the browser's half of one page, nothing else. A module has one of them, chosen by a
//! feature, so that no page loads another's code.

/// Called by `public/start.js` in a card.
#[cfg(feature = "card")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    certlens_app::browser::start::hydrate_card();
}

/// Called by `public/start.js` in the application's own page.
#[cfg(all(feature = "overview", not(feature = "card")))]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    certlens_app::browser::start::hydrate_overview();
}
