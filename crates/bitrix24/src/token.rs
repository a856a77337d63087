//! Secrets that travel with a frame open: access token, refresh token, application token.
//!
//! None of them shows itself in `Debug`; reading one takes a call of `expose`, easy to find in a review.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::identity::Malformed;

/// Shortest and longest token taken: the documentation shows 32 and about 70 characters; they are opaque.
const LENGTH: std::ops::RangeInclusive<usize> = 16..=512;

fn plausible(text: &str) -> bool {
    LENGTH.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

macro_rules! secret_token {
    ($(#[$documentation:meta])* $name:ident, $what:literal) => {
        $(#[$documentation])*
        #[derive(Clone)]
        pub struct $name(SecretString);

        impl $name {
            /// Takes 16 to 512 printable ASCII characters; the content is never looked into.
            pub fn parse(text: &str) -> Result<Self, Malformed> {
                if plausible(text) {
                    Ok(Self(SecretString::from(text)))
                } else {
                    Err(Malformed { what: $what, expected: "16 to 512 printable ASCII characters" })
                }
            }

            /// The secret itself, for sending and for encryption at rest; keep it out of logs and errors.
            pub fn expose(&self) -> &str {
                self.0.expose_secret()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }
    };
}

secret_token!(
    /// A bearer token of one user of one portal for one application (`AUTH_ID`, `auth`); lives an hour.
    AccessToken,
    "access token"
);
secret_token!(
    /// The token that renews a pair (`REFRESH_ID`); each use spends it.
    RefreshToken,
    "refresh token"
);
secret_token!(
    /// The shared secret of one installation (`APPLICATION_TOKEN`); authenticates events.
    ApplicationToken,
    "application token"
);

/// The secret half of an application's key pair; signs renewals and code exchanges at the authorization server.
#[derive(Clone)]
pub struct ClientSecret(SecretString);

impl ClientSecret {
    /// Takes the secret as Bitrix24 issued it: 1 to 512 printable ASCII characters.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let text = text.trim();
        if (1..=512).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(SecretString::from(text)))
        } else {
            Err(Malformed {
                what: "client secret",
                expected: "1 to 512 printable ASCII characters",
            })
        }
    }

    /// The secret itself, for sending and for encryption at rest; keep it out of logs and errors.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ClientSecret(hidden)")
    }
}

impl ApplicationToken {
    /// Whether both are the same token. Takes the same time wherever they differ.
    pub fn matches(&self, other: &Self) -> bool {
        self.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
    }
}

/// SHA-256 of an access token: names the token in caches without keeping it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TokenDigest([u8; 32]);

impl AccessToken {
    pub(crate) fn digest(&self) -> TokenDigest {
        TokenDigest(Sha256::digest(self.expose().as_bytes()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_a_token_hides_it() {
        let token = AccessToken::parse("abcdefghijklmnopqrstuvwxyz").unwrap();
        assert_eq!(format!("{token:?}"), "AccessToken(hidden)");
    }

    #[test]
    fn parse_of_an_implausible_token_is_refused() {
        for text in [
            "",
            "short",
            "with a space in the middle",
            "кириллица-кириллица",
            &"x".repeat(513),
        ] {
            assert!(AccessToken::parse(text).is_err());
        }
    }
}
