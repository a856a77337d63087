//! The name of a portal, and thereby the scope of all its data.
//!
//! The store keeps its own type so that it depends on no client library; whoever talks to portals converts by
//! [`MemberId::parse`], which has the same rule.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The stable name of a portal: 32 hexadecimal digits, kept in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MemberId(String);

/// The text is no name of a portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a member_id has 32 hexadecimal digits")]
pub struct MalformedMemberId;

impl MemberId {
    /// Reads 32 hexadecimal digits of either case.
    pub fn parse(text: &str) -> Result<Self, MalformedMemberId> {
        if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(MalformedMemberId)
        }
    }

    /// The 32 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for MemberId {
    type Error = MalformedMemberId;

    fn try_from(text: String) -> Result<Self, MalformedMemberId> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn parse_of_upper_case_digits_gives_lower_case() {
        let member_id = MemberId::parse("5F0C3B7A9D1E4C2B8A6F7E0D1C2B3A49").unwrap();
        assert_eq!(member_id.as_str(), "5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49");
    }

    #[rstest]
    #[case::empty("")]
    #[case::short("5f0c")]
    #[case::another_letter("5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a4g")]
    #[case::long("5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a490")]
    fn parse_of_another_form_is_refused(#[case] text: &str) {
        assert_eq!(MemberId::parse(text), Err(MalformedMemberId));
    }
}
