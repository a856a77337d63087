//! The pacing of calls over the store, so that all processes together stay within a portal's budget.
//!
//! Within a process the calls of one portal and priority wait in a line: only its head asks the database, so a
//! crowd before one portal costs no crowd of queries. When Postgres fails, this process paces by itself.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use certlens_bitrix24::MemberId;
use certlens_bitrix24::pacing::{LocalPacing, Pacing, Pressure, Priority, Throttled};
use certlens_store::{CallClass, Store, StoreError, Turn};
use chrono::Utc;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::time::Instant;

use crate::member;
use crate::patience::{Unanswered, in_time};

/// How long a method stays parked when the portal doesn't say until when.
const PARKED_FOR: Duration = Duration::from_mins(1);
/// A portal that names a later time is not believed: budgets run over ten minutes.
const PARKED_AT_MOST: Duration = Duration::from_mins(10);
/// The budget of a process that paces by itself: small, because other processes may have to do the same.
const ALONE: (u32, u32, u32) = (1, 10, 5);
/// With more lines than this, those that nobody stands in are forgotten.
const MANY_LINES: usize = 2_000;

type Line = Arc<tokio::sync::Mutex<()>>;

/// [`Pacing`] over the store.
#[derive(Debug)]
pub(crate) struct StorePacing {
    store: Store,
    fallback: LocalPacing,
    lines: Mutex<HashMap<(MemberId, Priority), Line>>,
}

/// What the head of a line is told.
enum Answer {
    Go,
    Wait(Duration),
    Parked { method: String, wait: Duration },
}

impl StorePacing {
    pub(crate) fn new(store: Store) -> Self {
        let [per_second, burst, background] =
            [ALONE.0, ALONE.1, ALONE.2].map(|number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN));
        Self {
            store,
            fallback: LocalPacing::with_budget(per_second, burst, background),
            lines: Mutex::new(HashMap::new()),
        }
    }

    fn line(&self, portal: &MemberId, priority: Priority) -> Line {
        // Nothing under this lock can panic half-way, so a poisoned map is a whole one.
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() > MANY_LINES {
            lines.retain(|_, line| Arc::strong_count(line) > 1);
        }
        Arc::clone(lines.entry((portal.clone(), priority)).or_default())
    }

    async fn ask(
        &self,
        portal: &MemberId,
        methods: &[&str],
        priority: Priority,
    ) -> Result<Answer, Unanswered> {
        let class = match priority {
            Priority::Interactive => CallClass::Interactive,
            Priority::Background => CallClass::Background,
        };
        let member_id = member::stored(portal)?;
        let turn = in_time(self.store.take_call(&member_id, methods, class)).await?;
        Ok(match turn {
            Turn::Granted => Answer::Go,
            Turn::Wait(wait) => Answer::Wait(wait),
            Turn::Parked {
                method,
                retry_after: wait,
            } => Answer::Parked { method, wait },
        })
    }

    async fn wait_for_turn(
        &self,
        portal: &MemberId,
        methods: &[&str],
        priority: Priority,
        patience: Duration,
    ) -> Result<(), Throttled> {
        let deadline = Instant::now() + patience;
        let line = self.line(portal, priority);
        let throttled = |retry_after, method| Throttled { retry_after, method };
        loop {
            let Ok(head) = tokio::time::timeout_at(deadline, line.lock()).await else {
                return Err(throttled(patience, None));
            };
            let parked_for = loop {
                let left = deadline.saturating_duration_since(Instant::now());
                match self.ask(portal, methods, priority).await {
                    Ok(Answer::Go) => return Ok(()),
                    Ok(Answer::Wait(wait)) if wait > left => return Err(throttled(wait, None)),
                    // The head keeps its place while it waits.
                    Ok(Answer::Wait(wait)) => tokio::time::sleep(wait).await,
                    Ok(Answer::Parked { method, wait }) if wait > left => {
                        return Err(throttled(wait, Some(method)));
                    }
                    Ok(Answer::Parked { wait, .. }) => break wait,
                    // An installer's first call comes before its portal is known.
                    Err(Unanswered::Store(StoreError::UnknownPortal(_))) => {
                        drop(head);
                        return self.fallback.admit(portal, methods, priority, left).await;
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the store can't pace calls; this process paces by itself");
                        drop(head);
                        return self.fallback.admit(portal, methods, priority, left).await;
                    }
                }
            };
            // Only one method is parked: the others behind may go on.
            drop(head);
            tokio::time::sleep(parked_for).await;
        }
    }

    async fn take_note(&self, portal: &MemberId, pressure: Pressure<'_>) -> Result<(), StoreError> {
        let member_id = member::stored(portal)?;
        match pressure {
            Pressure::RateLimited => self.store.slow_down(&member_id).await,
            Pressure::MethodParked { method, until } => {
                let wait = until.map_or(PARKED_FOR, |until| {
                    (until - Utc::now())
                        .to_std()
                        .unwrap_or(Duration::ZERO)
                        .min(PARKED_AT_MOST)
                });
                self.store.park_method(&member_id, method, wait).await
            }
            Pressure::MethodBusy {
                method,
                operating_seconds,
            } => {
                let wait = pause_before_the_limit(operating_seconds);
                self.store.park_method(&member_id, method, wait).await
            }
            _ => Ok(()),
        }
    }
}

/// The pause between calls of a method that used up so many seconds of its 480.
fn pause_before_the_limit(operating_seconds: f64) -> Duration {
    Duration::from_secs(if operating_seconds >= 460.0 { 10 } else { 4 })
}

/// Counts a call for its portal, and what it waited for all.
fn count(portal: &MemberId, priority: Priority, waited: Duration, is_admitted: bool) {
    let portal = portal.to_string();
    if is_admitted {
        metrics::counter!("certlens_rest_calls_total", "portal" => portal).increment(1);
    } else {
        metrics::counter!("certlens_rest_throttled_total", "portal" => portal).increment(1);
    }
    let priority = match priority {
        Priority::Interactive => "interactive",
        Priority::Background => "background",
    };
    metrics::histogram!("certlens_rest_wait_seconds", "priority" => priority).record(waited);
}

impl Pacing for StorePacing {
    fn admit<'a>(
        &'a self,
        portal: &'a MemberId,
        methods: &'a [&'a str],
        priority: Priority,
        patience: Duration,
    ) -> BoxFuture<'a, Result<(), Throttled>> {
        async move {
            let began = Instant::now();
            let admitted = self.wait_for_turn(portal, methods, priority, patience).await;
            count(portal, priority, began.elapsed(), admitted.is_ok());
            admitted
        }
        .boxed()
    }

    fn report<'a>(&'a self, portal: &'a MemberId, pressure: Pressure<'a>) -> BoxFuture<'a, ()> {
        async move {
            let kind = match pressure {
                Pressure::RateLimited => "rate_limited",
                Pressure::MethodParked { .. } => "method_parked",
                Pressure::MethodBusy { .. } => "method_busy",
                _ => "other",
            };
            metrics::counter!("certlens_rest_complaints_total", "kind" => kind).increment(1);
            if let Err(error) = in_time(self.take_note(portal, pressure)).await {
                tracing::warn!(%error, "the store can't note a portal's complaint");
            }
            self.fallback.report(portal, pressure).await;
        }
        .boxed()
    }
}
