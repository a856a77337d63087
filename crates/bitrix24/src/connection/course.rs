//! What one call has done so far, and the pauses that it has left.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

use super::keyring::Tried;
use crate::client::CallError;
use crate::client::exchange::Request;
use crate::pacing::Priority;

/// The state of one call.
pub(super) struct Course<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) deadline: Option<Instant>,
    pub(super) tried: Tried,
    pub(super) requests: usize,
    pub(super) relocated: bool,
    /// Pauses before repetitions after a lost answer.
    pub(super) doubts: ExponentialBackoff,
    /// Pauses after `QUERY_LIMIT_EXCEEDED`.
    pub(super) floods: ExponentialBackoff,
    pub(super) parked: usize,
}

/// What follows a failed request.
pub(super) enum Next {
    Repeat,
    Fail(CallError),
}

impl<'a> Course<'a> {
    pub(super) fn new(request: &'a Request<'a>, deadline: Option<Instant>, priority: Priority) -> Self {
        let doubts = ExponentialBuilder::new()
            .with_min_delay(Duration::from_secs(1))
            .with_factor(2.0)
            .with_max_delay(Duration::from_secs(30))
            .with_max_times(3)
            .with_jitter();
        let floods = ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(500))
            .with_factor(1.5)
            .with_max_delay(Duration::from_secs(30))
            .with_max_times(match priority {
                Priority::Interactive => 4,
                Priority::Background => 10,
            })
            .with_jitter();
        Self {
            request,
            deadline,
            tried: Tried::default(),
            requests: 0,
            relocated: false,
            doubts: doubts.build(),
            floods: floods.build(),
            parked: 0,
        }
    }

    pub(super) fn remaining(&self) -> Option<Duration> {
        self.deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Sleeps before a repetition; fails at once when the time limit would pass meanwhile, or no repetition is left.
    pub(super) async fn pause(&self, pause: Option<Duration>, error: CallError) -> Next {
        match pause {
            Some(pause) if self.remaining().is_none_or(|remaining| pause < remaining) => {
                tokio::time::sleep(pause).await;
                Next::Repeat
            }
            _ => Next::Fail(error),
        }
    }
}
