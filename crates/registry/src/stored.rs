//! The key under which a document is stored, the same in both stores.

use certlens_domain::document::Document;
use certlens_domain::document_number::{identity_key, search_key};
use certlens_domain::registry::Registry;

/// The document's key within its registry: the source's own id, or the number's identity key and the registration
/// day where the source has no ids.
pub(crate) fn document_key(document: &Document) -> String {
    match &document.source_id {
        Some(id) => id.clone(),
        None => format!(
            "{}@{}",
            number_key(document.registry, &document.number),
            document.registered_on
        ),
    }
}

/// The number as it is compared. In Russia's registries the family prefix tells documents apart; in the others all are
/// documents of the Union, and whether its prefix is written depends on who writes.
pub(crate) fn number_key(registry: Registry, number: &str) -> String {
    if registry.country() == "RU" {
        identity_key(number)
    } else {
        search_key(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_of_the_union_tells_nothing_apart_outside_russia() {
        let kyrgyz = |number| number_key(Registry::KgCertificates, number);
        assert_eq!(
            kyrgyz("ЕАЭС KG417/016.RU.02.04561"),
            kyrgyz("KG 417/016.RU.02.04561")
        );
        let belarusian = |number| number_key(Registry::By, number);
        assert_eq!(
            belarusian("ЕАЭС № BY/112 11.01. ТР021 018 05361"),
            belarusian("ЕАЭС BY/112 11.01. ТР021 018 05361")
        );
        let russian = |number| number_key(Registry::RfDeclarations, number);
        assert_ne!(
            russian("ЕАЭС N RU Д-CN.РА01.В.12345/25"),
            russian("ТС N RU Д-CN.РА01.В.12345/25")
        );
    }
}
