//! Unguessable identifiers: tokens, codes, rendering ids. What the CRM holds is deterministic, these are not.

use std::fmt::Write as _;

/// Stands in every token and secret that the simulator makes up, so that one which shows itself where it must not, as in a log, is
/// found by looking for it.
pub const TOKEN_MARK: &str = "5ec2e7ed5ec2e7ed";

/// 64 hexadecimal digits.
pub(crate) fn token() -> String {
    format!("{}{TOKEN_MARK}", hexadecimal::<24>())
}

/// A token that begins with its portal's number, so that the authorization server finds the portal without a list of
/// all tokens. Applications must not look inside: the real ones have no documented shape either.
pub(crate) fn token_of_portal(number: u32) -> String {
    format!("{number:08x}{}{TOKEN_MARK}", hexadecimal::<20>())
}

/// The number of the portal that issued a token; of a foreign text some number or none.
pub(crate) fn portal_of_token(token: &str) -> Option<u32> {
    u32::from_str_radix(token.get(..8)?, 16).ok()
}

/// 32 hexadecimal digits, as `APP_SID` has them.
pub(crate) fn frame_id() -> String {
    hexadecimal::<16>()
}

/// A number from `low` to `high`, both included.
pub(crate) fn between(low: u64, high: u64) -> u64 {
    let mut bytes = [0u8; 8];
    fill(&mut bytes);
    let span = high.saturating_sub(low).saturating_add(1);
    low + u64::from_le_bytes(bytes) % span
}

fn hexadecimal<const BYTES: usize>() -> String {
    let mut bytes = [0u8; BYTES];
    fill(&mut bytes);
    bytes
        .iter()
        .fold(String::with_capacity(BYTES * 2), |mut text, byte| {
            // Writing to a String never fails.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn fill(bytes: &mut [u8]) {
    // Without entropy the system is unusable anyway; the simulator then hands out the same token, harmless here.
    if let Err(error) = getrandom::fill(bytes) {
        tracing::error!(%error, "the system gives no random bytes");
    }
}
