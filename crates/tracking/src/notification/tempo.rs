//! How long is waited for what while items are sent.

use std::time::Duration;

/// Times and sizes of sending. The defaults keep to what portals do; tests with a quick portal shorten them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tempo {
    /// For how long a sender may be silent before another takes its portal over.
    pub lease: Duration,
    /// How often the lease is renewed.
    pub beat: Duration,
    /// A request that creates, with its turn in the portal's line and its repetitions, ends within this time.
    pub answer_within: Duration,
    /// A portal works on a request no longer than this, whether somebody still listens or not.
    pub portal_works_for: Duration,
    /// How long after an answer that ends the portal's work an object is looked for.
    pub settled_after: Duration,
    /// Requests to one portal at the same time. Each waits for the portal's turn by itself; more than one, so that a slow
    /// answer doesn't cost the next turn.
    pub requests_at_once: usize,
    /// Items that a sender takes before it lets another portal have its turn.
    pub items_in_a_turn: i64,
    /// Portals that one process serves at the same time.
    pub portals_at_once: usize,
    /// When an item that nobody can take is tried again by itself.
    pub unassignable_again: Duration,
    /// How often the store is asked for work.
    pub poll: Duration,
}

impl Default for Tempo {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(30),
            beat: Duration::from_secs(8),
            answer_within: Duration::from_secs(50),
            portal_works_for: Duration::from_mins(1),
            settled_after: Duration::from_secs(10),
            requests_at_once: 4,
            items_in_a_turn: 1_000,
            portals_at_once: 16,
            unassignable_again: Duration::from_hours(24),
            poll: Duration::from_secs(1),
        }
    }
}
