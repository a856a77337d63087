//! A place in the table as an opaque text, for links and for the JSON interface.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use certlens_domain::documents_page::PageCursor;

/// The place as text that nobody should look into.
pub fn written(place: &PageCursor) -> String {
    // Plain fields always serialise.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default())
}

/// The place that a text of [`written`] stands for; `None` for any other text.
pub fn read(text: &str) -> Option<PageCursor> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&bytes).ok()
}
