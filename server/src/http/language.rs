//! The language of a page that we answer before anything is known of the user.

use axum::http::{HeaderMap, Uri, header};
use certlens_domain::language::Language;

/// The portal's `LANG` parameter, else the browser's first language that we speak, else English.
pub(super) fn of_request(uri: &Uri, headers: &HeaderMap) -> Language {
    of_query(uri.query().unwrap_or_default())
        .or_else(|| of_header(headers))
        .unwrap_or(Language::En)
}

fn of_query(query: &str) -> Option<Language> {
    query
        .split('&')
        .filter_map(|field| field.split_once('='))
        .find(|(name, value)| name.eq_ignore_ascii_case("LANG") && !value.is_empty())
        .map(|(_, value)| Language::of_portal(value))
}

/// Browsers list languages by preference; their order is taken for the preference, weights are not read.
fn of_header(headers: &HeaderMap) -> Option<Language> {
    let accepted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let first = accepted.split(',').next()?.trim();
    (!first.is_empty() && first != "*").then(|| Language::of_portal(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(uri: &str, accepted: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, accepted.parse().unwrap());
        of_request(&uri.parse().unwrap(), &headers)
    }

    #[test]
    fn of_request_prefers_the_portals_language() {
        assert_eq!(language("/bitrix/app?DOMAIN=a&LANG=ru", "en-GB,en"), Language::Ru);
        assert_eq!(language("/bitrix/app?LANG=de", "ru"), Language::En);
    }

    #[test]
    fn of_request_without_a_portals_language_takes_the_browsers() {
        assert_eq!(language("/bitrix/app", "ru-RU,ru;q=0.9,en;q=0.8"), Language::Ru);
        assert_eq!(language("/bitrix/app?LANG=", "en"), Language::En);
        assert_eq!(language("/bitrix/app", "*"), Language::En);
    }
}
