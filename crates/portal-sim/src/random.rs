//! Unguessable identifiers: tokens, rendering ids. Everything else in the simulator is deterministic.

use std::fmt::Write as _;

/// 64 hexadecimal digits.
pub(crate) fn token() -> String {
    hexadecimal::<32>()
}

/// 32 hexadecimal digits, as `APP_SID` has them.
pub(crate) fn frame_id() -> String {
    hexadecimal::<16>()
}

fn hexadecimal<const BYTES: usize>() -> String {
    let mut bytes = [0u8; BYTES];
    // Without entropy the system is unusable anyway; the simulator then hands out the same token, harmless here.
    if let Err(error) = getrandom::fill(&mut bytes) {
        tracing::error!(%error, "the system gives no random bytes");
    }
    bytes
        .iter()
        .fold(String::with_capacity(BYTES * 2), |mut text, byte| {
            // Writing to a String never fails.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
