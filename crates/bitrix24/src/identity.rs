//! Names of things in Bitrix24: portals, users, applications, CRM items, languages.
//!
//! Each is checked where it is made and can't be mixed up afterwards. Pure: no input or output here.

use std::fmt;
use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

/// A text that is not what the type asks for. Says what was expected, never repeats the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: expected {expected}")]
pub struct Malformed {
    /// What was being read.
    pub what: &'static str,
    /// The form it should have.
    pub expected: &'static str,
}

/// The stable name of a portal: 32 hexadecimal digits, kept in lower case. It survives a change of domain.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MemberId(String);

impl MemberId {
    /// Reads 32 hexadecimal digits of either case.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let text = text.trim();
        if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(Malformed {
                what: "member_id",
                expected: "32 hexadecimal digits",
            })
        }
    }

    /// The 32 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for MemberId {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Malformed> {
        Self::parse(&text)
    }
}

impl From<MemberId> for String {
    fn from(member_id: MemberId) -> Self {
        member_id.0
    }
}

impl fmt::Display for MemberId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The public half of an application's key pair, `app.…` for the market, `local.…` for one portal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClientId(String);

impl ClientId {
    /// Takes the identifier as Bitrix24 issued it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The identifier.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A user of one portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(pub u64);

impl fmt::Display for UserId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A saved CRM item: never zero, because zero means "not saved yet".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntityId(NonZeroU64);

impl EntityId {
    /// The item's number; `None` for zero.
    pub fn new(id: u64) -> Option<Self> {
        NonZeroU64::new(id).map(Self)
    }

    /// The item's number.
    pub fn get(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The identifier of one rendering of a frame (`APP_SID`): new at each opening, no secret, proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ApplicationFrameId(String);

impl ApplicationFrameId {
    /// Reads up to 64 ASCII letters and digits.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed {
                what: "APP_SID",
                expected: "1 to 64 ASCII letters and digits",
            })
        }
    }

    /// The identifier.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The user's interface language as the portal says it: `ru`, `en`, `de`, `br`, `kz`, …
///
/// It is foreign input, so only a short run of letters passes; anything else becomes English.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Language(String);

impl Language {
    /// Reads a language code of 2 to 8 ASCII letters, `_` or `-`; English for everything else.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let plausible = (2..=8).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'-');
        if plausible {
            Self(text.to_ascii_lowercase())
        } else {
            Self::default()
        }
    }

    /// The code in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Language {
    fn default() -> Self {
        Self("en".to_owned())
    }
}

impl From<String> for Language {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn member_id_of_either_case_is_kept_in_lower_case() {
        let member_id = MemberId::parse("5F0C3B7A9D1E4C2B8A6F7E0D1C2B3A49").unwrap();
        assert_eq!(member_id.as_str(), "5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49");
    }

    #[test]
    fn member_id_of_another_form_is_refused() {
        for text in [
            "",
            "5f0c",
            "5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a4g",
            "5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a490",
        ] {
            assert!(MemberId::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn language_that_is_no_code_becomes_english() {
        assert_eq!(Language::parse("RU").as_str(), "ru");
        assert_eq!(Language::parse("<script>").as_str(), "en");
        assert_eq!(Language::parse("").as_str(), "en");
    }
}
