//! Managers at work: each a thread with little memory, each opening, reading and thinking.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::super::connection::{Connection, Request};
use super::office::Office;
use super::watch::{Cost, Watch};
use crate::interruption;

/// A thread that only waits for answers.
const STACK: usize = 256 * 1024;
/// The mark stands in the first tags.
const BEGINNING: usize = 16 * 1024;
/// Between two looks whether it is over.
const STEP: Duration = Duration::from_millis(200);

/// One opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Visit {
    began: Instant,
    pub(super) took: Duration,
    /// The status, or why there is none.
    pub(super) outcome: Result<u16, String>,
}

impl Visit {
    /// Why it failed; being refused for overload is no failure.
    pub(super) fn failure(&self) -> Option<String> {
        match &self.outcome {
            Ok(200 | 503) => None,
            Ok(status) => Some(format!("status {status}")),
            Err(reason) => Some(reason.clone()),
        }
    }
}

/// For so long a manager uses the tokens that his portal gave him with a card; they live an hour.
const RELOGIN: Duration = Duration::from_mins(30);

/// All managers, ready to begin.
pub(super) struct Crowd<'office> {
    office: &'office Office,
    managers: Vec<Manager>,
    think: Duration,
}

struct Manager {
    number: usize,
    port: u16,
    cards: Vec<Request>,
}

impl<'office> Crowd<'office> {
    /// Each manager in some portal, each sent to one of the ports in turn, as a balancer does.
    pub(super) fn of(
        office: &'office Office,
        ports: &[u16],
        managers: usize,
        think: f64,
    ) -> anyhow::Result<Self> {
        let manager = |number: usize| {
            interruption::check()?;
            anyhow::Ok(Manager {
                number,
                // In turn, and so that each portal meets every process.
                port: ports[(number + number / office.portals()) % ports.len()],
                cards: office.desk(number)?,
            })
        };
        Ok(Self {
            office,
            managers: (0..managers).map(manager).collect::<anyhow::Result<_>>()?,
            think: Duration::from_secs_f64(think),
        })
    }

    /// Lets them work; what began after the first two pauses for thought counts.
    pub(super) fn run_watched(self, watch: &Watch, time: Duration) -> anyhow::Result<(Vec<Visit>, Cost)> {
        let warm_up = self.think * 2 + Duration::from_secs(2);
        let is_over = AtomicBool::new(false);
        let (visits, cost) = thread::scope(|scope| {
            let threads = self
                .managers
                .iter()
                .map(|manager| {
                    let work = || manager.work(self.office, self.think, &is_over);
                    thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work)
                })
                .collect::<Result<Vec<_>, _>>()
                .context("starting the managers");
            let cost = pause(warm_up).and_then(|()| watch.during(time));
            is_over.store(true, Ordering::Relaxed);
            // A thread that panicked has said so by itself.
            let visits = threads?
                .into_iter()
                .flat_map(|thread| thread.join().unwrap_or_default())
                .collect::<Vec<_>>();
            anyhow::Ok((visits, cost?))
        })?;
        let counted = visits
            .into_iter()
            .filter(|visit| (cost.began..=cost.began + cost.elapsed).contains(&visit.began))
            .collect();
        Ok((counted, cost))
    }
}

impl Manager {
    fn work(&self, office: &Office, think: Duration, is_over: &AtomicBool) -> Vec<Visit> {
        // Numbers of a generator that needs no crate: managers neither begin nor think at the same time.
        let mut random = (self.number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut below_two = || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            f64::from(u16::try_from(random % 2_000).unwrap_or(0)) / 1_000.0
        };
        let mut visits = Vec::new();
        let (mut cards, mut since) = (self.cards.clone(), Instant::now());
        for number in 0.. {
            // Not all in the same minute.
            if since.elapsed() > RELOGIN + think * u32::try_from(self.number % 100).unwrap_or(0)
                && let Ok(renewed) = office.desk(self.number)
            {
                (cards, since) = (renewed, Instant::now());
            }
            let card = &cards[number % cards.len()];
            let until = Instant::now() + think.mul_f64(below_two());
            while let Some(left) = until.checked_duration_since(Instant::now()) {
                if is_over.load(Ordering::Relaxed) || interruption::requested() {
                    return visits;
                }
                thread::sleep(left.min(STEP));
            }
            let began = Instant::now();
            // A connection for each: so does the proxy before the service.
            let mut connection = Connection::to(self.port);
            let outcome = connection.exchange(card);
            let took = began.elapsed();
            let outcome = match outcome {
                Ok(200) if !is_card(connection.body()) => Err("a page that is no card".to_owned()),
                other => other.map_err(|error| error.to_string()),
            };
            visits.push(Visit { began, took, outcome });
        }
        visits
    }
}

/// Told by its beginning: reading every page would take the processor from those who make them.
fn is_card(page: &[u8]) -> bool {
    const MARK: &[u8] = b"data-page=\"card\"";
    page[..page.len().min(BEGINNING)]
        .windows(MARK.len())
        .any(|window| window == MARK)
}

fn pause(bound: Duration) -> anyhow::Result<()> {
    let until = Instant::now() + bound;
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        interruption::check()?;
        thread::sleep(left.min(STEP));
    }
    Ok(())
}
