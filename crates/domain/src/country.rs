//! Names of countries by ISO 3166 alpha-2 code, as a label of a chart shows the origin of products.

mod table;

use crate::language::Language;

/// The country's name; the code as it was given when no country has it.
///
/// ```
/// use certlens_domain::{country, language::Language};
///
/// assert_eq!(country::name("CN", Language::Ru), "Китай");
/// assert_eq!(country::name("QQ", Language::Ru), "QQ");
/// ```
pub fn name(code: &str, language: Language) -> &str {
    let known = table::TABLE.binary_search_by(|(known, _, _)| (*known).cmp(code));
    let row = known.ok().and_then(|index| table::TABLE.get(index));
    row.map_or(code, |(_, ru, en)| match language {
        Language::Ru => *ru,
        Language::En => *en,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Registry;
    use rstest::rstest;

    #[rstest]
    #[case("RU", "Россия", "Russia")]
    #[case("KG", "Кыргызстан", "Kyrgyzstan")]
    #[case("CN", "Китай", "China")]
    #[case("KR", "Республика Корея", "South Korea")]
    #[case("TR", "Турция", "Turkey")]
    #[case("ZW", "Зимбабве", "Zimbabwe")]
    #[case("AD", "Андорра", "Andorra")]
    fn code_has_a_name_in_each_language(#[case] code: &str, #[case] ru: &str, #[case] en: &str) {
        assert_eq!(name(code, Language::Ru), ru);
        assert_eq!(name(code, Language::En), en);
    }

    #[rstest]
    #[case("")]
    #[case("QQ")]
    #[case("cn")]
    #[case("Китай")]
    fn what_is_no_code_is_shown_as_it_is(#[case] code: &str) {
        assert_eq!(name(code, Language::Ru), code);
    }

    #[test]
    fn codes_ascend_so_that_the_search_finds_each_of_them() {
        assert!(table::TABLE.is_sorted_by(|(one, _, _), (other, _, _)| one < other));
        for (code, ru, en) in table::TABLE {
            assert_eq!((name(code, Language::Ru), name(code, Language::En)), (*ru, *en));
        }
    }

    #[test]
    fn every_country_that_keeps_a_registry_has_a_name() {
        for registry in Registry::ALL {
            assert_ne!(name(registry.country(), Language::Ru), registry.country());
        }
    }
}
