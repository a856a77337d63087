//! Identifiers that are valid by construction: whoever holds one need not check it again.

use super::{Flaw, IdentifierKind};
use std::fmt;
use std::str::FromStr;

macro_rules! valid_by_construction {
    ($(#[$doc:meta] $name:ident: $kind:ident;)*) => {$(
        #[$doc]
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The identifier's characters.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Flaw;

            fn from_str(text: &str) -> Result<Self, Flaw> {
                IdentifierKind::$kind.check(text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )*};
}

valid_by_construction! {
    /// Russian tax number whose check digits hold.
    Inn: Inn;
    /// Russian registration number of an organisation whose check digit holds.
    Ogrn: Ogrn;
    /// Russian registration number of a sole trader whose check digit holds.
    Ogrnip: Ogrnip;
    /// Kazakh business number whose date, type and check digit hold.
    Bin: Bin;
    /// Kazakh individual number whose date, century and check digit hold.
    Iin: Iin;
    /// Belarusian taxpayer number whose check digit holds.
    Unp: Unp;
    /// Kyrgyz taxpayer number whose kind and date are plausible.
    KgInn: KgInn;
}
