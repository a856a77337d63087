//! Tokens that somebody tries: so many wrong ones a minute are explained, more are only counted.
//!
//! One bucket for all, because the address of who asks is the proxy's. The right token is never refused: whoever has it is let in
//! however many wrong ones come beside it. What keeps a token from being found is its length.

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;

/// Programs with an old token, and pages that were open over a removal, come a few at a time.
const A_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(59);
/// When to ask again.
pub(super) const RETRY_AFTER: u16 = 60;

/// Wrong tokens, over time.
#[derive(Debug)]
pub struct Guesses(DefaultDirectRateLimiter);

impl Default for Guesses {
    fn default() -> Self {
        Self(RateLimiter::direct(Quota::per_minute(A_MINUTE)))
    }
}

impl Guesses {
    /// Notes one more; whether there were too many.
    pub(super) fn are_too_many(&self) -> bool {
        metrics::counter!("certlens_wrong_tokens_total").increment(1);
        self.0.check().is_err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_wrong_tokens_are_let_pass_and_the_next_is_not() {
        let guesses = Guesses::default();
        assert!((0..60).all(|_| !guesses.are_too_many()));
        assert!(guesses.are_too_many());
    }
}
