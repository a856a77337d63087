//! The line before one portal.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::Utc;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::Mutex as Line;
use tokio::time::{Instant, sleep, timeout_at};

use super::{Budget, Pressure, Priority, Throttled};

/// How long a blocked method rests when the portal doesn't say it, and at most.
const PARKED_FOR: Duration = Duration::from_mins(1);
const PARKED_AT_MOST: Duration = Duration::from_mins(10);
/// The first pause after a refusal, its growth and its end.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const PAUSE_GROWTH: f64 = 1.5;
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Background callers look again after this time while interactive ones wait.
const STAND_BACK: Duration = Duration::from_millis(250);
/// A full bucket drains in less, so an unused lane may go.
const IDLE_AFTER: Duration = Duration::from_mins(2);

type Bucket = RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>;

/// `governor`'s clock on tokio's time, so that waiting and counting agree, also in tests with paused time.
#[derive(Debug, Clone)]
struct TokioClock(Instant);

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

#[derive(Debug)]
pub(super) struct Lane {
    clock: TokioClock,
    shared: Bucket,
    background: Bucket,
    interactive_line: Line<()>,
    background_line: Line<()>,
    interactive_waiting: AtomicUsize,
    strain: Mutex<Strain>,
}

/// What the portal complained about lately.
#[derive(Debug)]
struct Strain {
    last_used: Instant,
    paused_until: Option<Instant>,
    last_pause: Duration,
    parked: HashMap<String, Instant>,
    busy: HashMap<String, Instant>,
}

/// Counts an interactive caller as long as it waits, also when its future is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(counter: &'a AtomicUsize) -> Self {
        counter.fetch_add(1, Ordering::SeqCst);
        Self(counter)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Lane {
    pub(super) fn new(budget: Budget) -> Self {
        let clock = TokioClock(Instant::now());
        let quota = Quota::per_second(budget.per_second);
        Self {
            shared: RateLimiter::direct_with_clock(quota.allow_burst(budget.burst), clock.clone()),
            background: RateLimiter::direct_with_clock(
                quota.allow_burst(budget.background_burst),
                clock.clone(),
            ),
            interactive_line: Line::new(()),
            background_line: Line::new(()),
            interactive_waiting: AtomicUsize::new(0),
            strain: Mutex::new(Strain {
                last_used: clock.0,
                paused_until: None,
                last_pause: Duration::ZERO,
                parked: HashMap::new(),
                busy: HashMap::new(),
            }),
            clock,
        }
    }

    pub(super) fn is_idle(&self, now: Instant) -> bool {
        let strain = self.strain.lock().unwrap_or_else(PoisonError::into_inner);
        let rested = |until: &Instant| *until <= now;
        now.saturating_duration_since(strain.last_used) > IDLE_AFTER
            && strain.paused_until.as_ref().is_none_or(rested)
            && strain.parked.values().chain(strain.busy.values()).all(rested)
    }

    pub(super) async fn admit(
        &self,
        methods: &[&str],
        priority: Priority,
        patience: Duration,
    ) -> Result<(), Throttled> {
        let deadline = Instant::now() + patience;
        let waited = match priority {
            Priority::Interactive => {
                let _waiting = Waiting::new(&self.interactive_waiting);
                timeout_at(
                    deadline,
                    self.turn(&self.interactive_line, methods, priority, deadline),
                )
                .await
            }
            Priority::Background => {
                timeout_at(
                    deadline,
                    self.turn(&self.background_line, methods, priority, deadline),
                )
                .await
            }
        };
        // Patience ended in the line, behind others: where the line ends isn't known, so a short time is named.
        waited.unwrap_or(Err(Throttled {
            retry_after: FIRST_PAUSE,
            method: None,
        }))
    }

    /// Stands in the line, and at its head waits for the bucket.
    async fn turn(
        &self,
        line: &Line<()>,
        methods: &[&str],
        priority: Priority,
        deadline: Instant,
    ) -> Result<(), Throttled> {
        // A parked method must not hold up the line: its callers wait beside it.
        while let Some((until, method)) = self.parked(methods, priority) {
            within(
                until.saturating_duration_since(Instant::now()),
                deadline,
                Some(method),
            )
            .await?;
        }
        let _head = line.lock().await;
        // Background callers pay twice; the first payment must not be lost while they wait for the second.
        let mut paid = priority == Priority::Interactive;
        loop {
            if let Some(until) = self.paused() {
                within(until.saturating_duration_since(Instant::now()), deadline, None).await?;
                continue;
            }
            if priority == Priority::Background && self.interactive_waiting.load(Ordering::SeqCst) > 0 {
                within(STAND_BACK, deadline, None).await?;
                continue;
            }
            match self.take(&mut paid) {
                Ok(()) => return Ok(()),
                Err(wait) => within(wait, deadline, None).await?,
            }
        }
    }

    /// Takes a place in the bucket; otherwise says how long until there is one.
    fn take(&self, paid_as_background: &mut bool) -> Result<(), Duration> {
        let now = self.clock.now();
        if !*paid_as_background {
            self.background.check().map_err(|full| full.wait_time_from(now))?;
            *paid_as_background = true;
        }
        self.shared.check().map_err(|full| full.wait_time_from(now))
    }

    fn paused(&self) -> Option<Instant> {
        let mut strain = self.strain.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        strain.last_used = now;
        strain.paused_until.filter(|until| *until > now)
    }

    /// The longest rest among the methods, and whose it is. A busy method rests for background callers only.
    fn parked(&self, methods: &[&str], priority: Priority) -> Option<(Instant, String)> {
        let mut strain = self.strain.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        strain.parked.retain(|_, until| *until > now);
        strain.busy.retain(|_, until| *until > now);
        let busy = (priority == Priority::Background).then_some(&strain.busy);
        methods
            .iter()
            .flat_map(|method| {
                let method = method.to_ascii_lowercase();
                let parked = strain.parked.get(&method).copied();
                let busy = busy.and_then(|busy| busy.get(&method).copied());
                parked
                    .into_iter()
                    .chain(busy)
                    .map(move |until| (until, method.clone()))
            })
            .max()
    }

    pub(super) fn report(&self, pressure: Pressure<'_>) {
        let mut strain = self.strain.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        match pressure {
            Pressure::RateLimited => {
                // Refusals that arrive during a pause belong to the same overflow.
                if strain.paused_until.is_some_and(|until| until > now) {
                    return;
                }
                let lately = strain
                    .paused_until
                    .is_some_and(|until| now - until < LONGEST_PAUSE);
                let pause = if lately {
                    strain.last_pause.mul_f64(PAUSE_GROWTH).min(LONGEST_PAUSE)
                } else {
                    FIRST_PAUSE
                };
                strain.last_pause = pause;
                strain.paused_until = Some(now + pause);
            }
            Pressure::MethodParked { method, until } => {
                let rest = until
                    .and_then(|until| (until - Utc::now()).to_std().ok())
                    .unwrap_or(PARKED_FOR)
                    .min(PARKED_AT_MOST);
                strain.parked.insert(method.to_ascii_lowercase(), now + rest);
            }
            Pressure::MethodBusy {
                method,
                operating_seconds,
            } => {
                // From 10 s at 400 to a minute at 480, where the portal would block.
                let share = ((operating_seconds - 400.0) / 80.0).clamp(0.0, 1.0);
                let rest = Duration::from_secs_f64(10.0 + 50.0 * share);
                strain.busy.insert(method.to_ascii_lowercase(), now + rest);
            }
        }
    }
}

/// Sleeps, unless that would last beyond the deadline.
async fn within(wait: Duration, deadline: Instant, method: Option<String>) -> Result<(), Throttled> {
    if Instant::now() + wait > deadline {
        return Err(Throttled {
            retry_after: wait,
            method,
        });
    }
    sleep(wait).await;
    Ok(())
}
