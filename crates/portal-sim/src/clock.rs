//! The simulator's clock: runs with the machine's, never backwards, and can be put forward by a test.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

/// A clock that all portals of a simulator share.
#[derive(Debug, Clone)]
pub(crate) struct Clock(Arc<Reading>);

#[derive(Debug)]
struct Reading {
    started: DateTime<Utc>,
    running: Instant,
    /// How far it was put forward, in milliseconds.
    ahead: AtomicI64,
}

impl Default for Clock {
    fn default() -> Self {
        Self(Arc::new(Reading {
            started: Utc::now(),
            running: Instant::now(),
            ahead: AtomicI64::new(0),
        }))
    }
}

impl Clock {
    /// The simulated moment.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        let elapsed = TimeDelta::from_std(self.0.running.elapsed()).unwrap_or_default();
        let ahead = TimeDelta::milliseconds(self.0.ahead.load(Ordering::Relaxed));
        self.0.started + elapsed + ahead
    }

    /// Puts the clock forward.
    pub(crate) fn advance(&self, seconds: u32) {
        self.0
            .ahead
            .fetch_add(i64::from(seconds) * 1_000, Ordering::Relaxed);
    }
}
