//! What this process counts and measures of itself and of the installation, and where it goes: to `/metrics`, as Prometheus
//! wants it, and into the store's figures over time, which outlive the process.
//!
//! The crates below count through the facade `metrics` and know nothing of this. May know: the stores' questions about
//! themselves, the operating system. Must not know: what is done about a figure; that is the monitor's matter.
//!
//! | question | module |
//! |---|---|
//! | who takes what is counted? | [`recorder`], [`gathered`] |
//! | what is measured, how often? | [`measuring`], [`own_process`] |
//! | what does each metric mean, which are shown before anything happened? | [`described`] |

mod described;
mod gathered;
mod measuring;
mod own_process;
mod recorder;

pub use measuring::Subject;

use certlens_store::{Store, StoreError};
use recorder::Recording;
use std::error::Error;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// How often what was gathered goes into the store: the figures there are by the minute.
const KEEP_EVERY: Duration = Duration::from_mins(1);
/// How often hours are made of minutes.
const ROLL_UP_EVERY: u32 = 5;
/// Measurements that nobody fetches must not pile up.
const TIDY_EVERY: Duration = Duration::from_secs(5);

/// The process has one recorder, however many servers the tests make in it.
static RECORDING: OnceLock<Option<Recording>> = OnceLock::new();

/// This process's name in lists: its machine, where that has a name, and its number.
pub(crate) fn process_name() -> String {
    own_process::name()
}

/// Starts counting; done once, later calls change nothing.
pub fn start() {
    recording();
}

/// Everything counted and measured up to now, in Prometheus's text format.
pub(crate) fn rendered() -> String {
    recording()
        .map(|recording| recording.prometheus.render())
        .unwrap_or_default()
}

/// Measures, keeps and rolls up until `stop` is cancelled; what is left is written then, so call it off before the database
/// is closed.
pub async fn run(subject: Subject, stop: CancellationToken) {
    start();
    tokio::join!(
        measuring::run(&subject, &stop),
        keep(&subject.store, &stop),
        tidy(&stop)
    );
}

/// Writes what was gathered so far into the store: for commands, which end before a minute is over. What can't be written
/// waits for the next time.
pub async fn keep_now(store: &Store, gathered: Duration) -> Result<(), StoreError> {
    let Some(recording) = recording() else {
        return Ok(());
    };
    let taken = recording.gathered.take();
    let figures = store.add_telemetry(&taken.figures, gathered).await;
    let portals = store.add_portal_telemetry(&taken.portals).await;
    if figures.is_err() {
        recording.gathered.give_back(taken.figures);
    }
    figures.and(portals)
}

fn recording() -> Option<&'static Recording> {
    RECORDING
        .get_or_init(|| match recorder::install() {
            Ok(recording) => {
                described::describe();
                Some(recording)
            }
            Err(error) => {
                tracing::warn!(
                    error = &*error,
                    "nothing is counted in this process: /metrics stays empty"
                );
                None
            }
        })
        .as_ref()
}

async fn keep(store: &Store, stop: &CancellationToken) {
    let mut tick = tokio::time::interval(KEEP_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tick.tick().await;
    let mut since = Instant::now();
    let mut turn = 0_u32;
    loop {
        let is_last = tokio::select! {
            _ = tick.tick() => false,
            () = stop.cancelled() => true,
        };
        let gathered = since.elapsed();
        since = Instant::now();
        if let Err(error) = keep_now(store, gathered).await {
            metrics::counter!("certlens_telemetry_failures_total").increment(1);
            tracing::warn!(
                error = &error as &dyn Error,
                "a minute's figures are not in the store yet"
            );
        }
        if is_last {
            return;
        }
        if turn.is_multiple_of(ROLL_UP_EVERY) {
            roll_up(store).await;
        }
        turn = turn.wrapping_add(1);
    }
}

async fn roll_up(store: &Store) {
    match store.roll_up_telemetry().await {
        Ok(Some(done)) => tracing::debug!(done.hours, done.forgotten, "figures were rolled up"),
        Ok(None) => {}
        Err(error) => tracing::warn!(
            error = &error as &dyn Error,
            "figures were not rolled up; the next time makes up for it"
        ),
    }
}

async fn tidy(stop: &CancellationToken) {
    let mut tick = tokio::time::interval(TIDY_EVERY);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Some(recording) = recording() {
            recording.prometheus.run_upkeep();
        }
    }
}
