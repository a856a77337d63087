//! The two languages of the product.

use serde::{Deserialize, Serialize};

/// A language that Certlens speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Russian: the language of the registries and of most portals.
    #[default]
    Ru,
    /// English: for every portal whose language we don't speak.
    En,
}

impl Language {
    /// The language for a portal's `LANG` parameter (`ru`, `en`, `de`, `kz`, …), an attacker-controlled string.
    ///
    /// Portals of neighbouring countries whose interface languages we lack are read in Russian there.
    pub fn of_portal(lang: &str) -> Self {
        let lang = lang.get(..2).unwrap_or_default().to_ascii_lowercase();
        match lang.as_str() {
            "ru" | "kz" | "kk" | "by" | "be" | "ua" | "uk" | "kg" | "ky" => Self::Ru,
            _ => Self::En,
        }
    }

    /// BCP 47 tag for the `lang` attribute.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }
}

/// Makes a method of a type `Texts(pub Language)` for each fixed text, both languages side by side: a text that lacks one
/// does not compile.
///
/// ```
/// use certlens_domain::language::Language;
///
/// struct Texts(Language);
///
/// certlens_domain::fixed_texts! { Texts;
///     /// The button that asks again.
///     retry: "Повторить", "Try again";
/// }
///
/// assert_eq!(Texts(Language::En).retry(), "Try again");
/// ```
#[macro_export]
macro_rules! fixed_texts {
    ($texts:ty; $($(#[$doc:meta])* $name:ident: $ru:literal, $en:literal;)*) => {
        impl $texts {$(
            $(#[$doc])*
            pub const fn $name(&self) -> &'static str {
                match self.0 {
                    $crate::language::Language::Ru => $ru,
                    $crate::language::Language::En => $en,
                }
            }
        )*}
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portal_language_falls_back_to_english_on_anything_unknown() {
        assert_eq!(Language::of_portal("ru"), Language::Ru);
        assert_eq!(Language::of_portal("RU-ru"), Language::Ru);
        assert_eq!(Language::of_portal("kz"), Language::Ru);
        assert_eq!(Language::of_portal("de"), Language::En);
        assert_eq!(Language::of_portal(""), Language::En);
        assert_eq!(Language::of_portal("<script>"), Language::En);
        assert_eq!(Language::of_portal("я"), Language::En);
    }
}
