//! The WASM entry points. Islands export functions of their own; these are called by `frontend/start.js` around them. A module
//! holds the islands of one page, chosen by a feature, so that no page loads another's code.

/// Called before the islands are taken over.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn prepare() {
    certlens_app::browser::start::prepare();
}

/// Called when the islands live.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn take_over() {
    certlens_app::browser::start::take_over();
}
