//! The key under which a document is stored, the same in both stores.

use certlens_domain::document::Document;
use certlens_domain::document_number::identity_key;

/// The document's key within its registry: the source's own id, or the number's identity key and the registration
/// day where the source has no ids.
pub(crate) fn document_key(document: &Document) -> String {
    match &document.source_id {
        Some(id) => id.clone(),
        None => format!("{}@{}", identity_key(&document.number), document.registered_on),
    }
}
