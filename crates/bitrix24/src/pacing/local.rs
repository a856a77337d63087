//! The budget of one process, in memory.
//!
//! For each portal a leaky bucket (`governor`'s), one line of interactive callers and one of background callers, each
//! served in the order of arrival. Background callers have a smaller bucket of their own besides, so that a burst is
//! left for whoever waits before a page, and stand back while an interactive caller waits.

mod lane;

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::Instant;

use super::{Pacing, Pressure, Priority, Throttled};
use crate::identity::MemberId;
use lane::Lane;

/// Portals kept at once; idle ones beyond it are forgotten, which loses nothing: their buckets are empty.
const LANES: usize = 10_000;

/// The shape of a portal's budget.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    /// Requests a second in the long run.
    pub(super) per_second: NonZeroU32,
    /// Requests at once after a rest.
    pub(super) burst: NonZeroU32,
    /// The same for background callers.
    pub(super) background_burst: NonZeroU32,
}

const fn whole(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

/// Paces the calls of one process: 2 a second, 40 at once (15 for background calls), as most plans allow with a reserve.
#[derive(Debug)]
pub struct LocalPacing {
    budget: Budget,
    lanes: Mutex<HashMap<MemberId, Arc<Lane>>>,
}

impl Default for LocalPacing {
    fn default() -> Self {
        Self::new()
    }
}

impl LocalPacing {
    /// The budget of every plan but the largest: 2 a second, 40 at once.
    pub fn new() -> Self {
        Self::with_budget(whole(2), whole(40), whole(15))
    }

    /// Another budget: requests a second, requests at once, and requests at once of background callers.
    pub fn with_budget(per_second: NonZeroU32, burst: NonZeroU32, background_burst: NonZeroU32) -> Self {
        Self {
            budget: Budget {
                per_second,
                burst,
                background_burst: background_burst.min(burst),
            },
            lanes: Mutex::new(HashMap::new()),
        }
    }

    fn lane(&self, portal: &MemberId) -> Arc<Lane> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(portal) {
            return Arc::clone(lane);
        }
        if lanes.len() >= LANES {
            let now = Instant::now();
            lanes.retain(|_, lane| Arc::strong_count(lane) > 1 || !lane.is_idle(now));
        }
        let lane = Arc::new(Lane::new(self.budget));
        lanes.insert(portal.clone(), Arc::clone(&lane));
        lane
    }
}

impl Pacing for LocalPacing {
    fn admit<'a>(
        &'a self,
        portal: &'a MemberId,
        methods: &'a [&'a str],
        priority: Priority,
        patience: Duration,
    ) -> BoxFuture<'a, Result<(), Throttled>> {
        let lane = self.lane(portal);
        Box::pin(async move { lane.admit(methods, priority, patience).await })
    }

    fn report<'a>(&'a self, portal: &'a MemberId, pressure: Pressure<'a>) -> BoxFuture<'a, ()> {
        self.lane(portal).report(pressure);
        Box::pin(std::future::ready(()))
    }
}

#[cfg(test)]
mod tests;
