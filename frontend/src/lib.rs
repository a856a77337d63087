//! The WASM entry point: starts the browser's half of the application, nothing else.

/// Called by `public/start.js` once the module is loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    certlens_app::browser::start::hydrate();
}
