//! How often a portal is called.
//!
//! A portal counts the requests of all applications behind one address in a leaky bucket (2 a second, 50 at once on
//! most plans) and the run time of each method. Every request of a [`crate::Connections`] asks a [`Pacing`] first and
//! tells it what the portal complained about. [`LocalPacing`] serves one process; several processes share a
//! budget through an implementation over their database.

mod local;

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use crate::identity::MemberId;

pub use local::LocalPacing;

/// Who waits for a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Priority {
    /// A human, before a page: goes ahead.
    Interactive,
    /// A job.
    Background,
}

impl Priority {
    /// How long a call without a time limit of its own waits for its turn.
    pub(crate) fn patience(self) -> Duration {
        match self {
            Self::Interactive => Duration::from_secs(20),
            Self::Background => Duration::from_mins(5),
        }
    }
}

/// What a portal complained about.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Pressure<'a> {
    /// `QUERY_LIMIT_EXCEEDED`: the bucket is full, perhaps by others behind our address.
    RateLimited,
    /// `OPERATION_TIME_LIMIT`: this method is blocked; others work.
    MethodParked {
        /// The method, or `batch`.
        method: &'a str,
        /// When the portal frees a part of its budget, if it says so.
        until: Option<DateTime<Utc>>,
    },
    /// The method's time budget of ten minutes is nearly used up.
    MethodBusy {
        /// The method, or `batch`.
        method: &'a str,
        /// Seconds used; most portals block at 480.
        operating_seconds: f64,
    },
}

/// The portal's budget doesn't allow the call soon enough; it was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the portal's request budget is used up; try again in {} s", retry_after.as_secs().max(1))]
pub struct Throttled {
    /// When it may.
    pub retry_after: Duration,
    /// The method that is parked, when it isn't the whole portal.
    pub method: Option<String>,
}

/// Decides when a request may be sent.
pub trait Pacing: Send + Sync + fmt::Debug {
    /// Waits for the portal's turn. One HTTP request is one turn; `methods` are its own (for a batch: `batch` and the
    /// commands'), for those that are parked. Gives up at once when `patience` would not suffice.
    fn admit<'a>(
        &'a self,
        portal: &'a MemberId,
        methods: &'a [&'a str],
        priority: Priority,
        patience: Duration,
    ) -> BoxFuture<'a, Result<(), Throttled>>;

    /// Takes note of what the portal complained about.
    fn report<'a>(&'a self, portal: &'a MemberId, pressure: Pressure<'a>) -> BoxFuture<'a, ()>;
}
