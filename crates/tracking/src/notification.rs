//! From news to items in the CRM: planned, composed, sent exactly once.
//!
//! | question | module |
//! |---|---|
//! | when are a portal's news made into items? | [`schedule`] |
//! | what does an item say? | [`composition`] |
//! | how does it get into the portal once, and to whom? | [`sending`] |
//! | how long is waited for what? | [`tempo`] |

mod composition;
mod schedule;
pub mod sending;
pub mod tempo;

use std::collections::BTreeSet;
use std::time::Duration;

use certlens_store::{Planned, StoreError};
use chrono::Utc;
use serde::Serialize;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::tracking::Tracking;

pub use tempo::Tempo;

/// How often the store is asked whether everything that is due is sent.
const LOOK: Duration = Duration::from_millis(200);
/// How often gauges are measured.
const GAUGES_EVERY: Duration = Duration::from_secs(15);

/// What a run planned, and how the items stand that are planned and not older than the run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct NotifySummary {
    /// Items that this run planned.
    pub planned: i64,
    /// Items that are in portals since the run began.
    pub sent: i64,
    /// Items that wait: their portal refuses work for now, or their time has not come.
    pub waiting: i64,
    /// Items that were not sent by rule since the run began: closed or deleted cards.
    pub skipped: i64,
    /// Items that nobody can take for now.
    pub unassignable: i64,
    /// Items that were given up and wait for somebody to look at them.
    pub dead: i64,
}

/// Works until `stop` is cancelled.
pub(crate) async fn run(tracking: &Tracking, stop: &CancellationToken) {
    let tempo = Tempo::default();
    tokio::join!(
        schedule::run(tracking, stop),
        sending::run(tracking, &tempo, stop),
        measure(tracking, stop)
    );
}

/// Makes the news of portals that want them at once into items; called at the end of each recount.
pub async fn after_recount(tracking: &Tracking, stop: &CancellationToken) -> Result<Planned, StoreError> {
    schedule::plan_at_once(tracking, stop).await
}

/// Makes the news of all portals into items, whatever their intervals; called at the end of a recount that somebody
/// asked for. The sender does the rest.
pub async fn after_asked_recount(
    tracking: &Tracking,
    stop: &CancellationToken,
) -> Result<Planned, StoreError> {
    schedule::plan_everything(tracking, stop).await
}

/// Makes everything unsettled into items now, and sends what is due, beside other processes: until all is sent, portals
/// refuse further work, `stop` is cancelled or the time is over.
pub async fn notify_now(
    tracking: &Tracking,
    stop: &CancellationToken,
    timeout: Duration,
) -> Result<NotifySummary, StoreError> {
    notify_at(tracking, &Tempo::default(), stop, timeout).await
}

/// The same at another tempo.
pub async fn notify_at(
    tracking: &Tracking,
    tempo: &Tempo,
    stop: &CancellationToken,
    timeout: Duration,
) -> Result<NotifySummary, StoreError> {
    let deadline = Instant::now() + timeout;
    let since = tracking.store().clock().await?;
    let planned = schedule::plan_everything(tracking, stop).await?;
    let sender = stop.child_token();
    let sending = sending::run(tracking, tempo, &sender);
    let waiting = async {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let open = tracking.store().items_to_wait_for(left).await?;
            if open == 0 || left.is_zero() || stop.is_cancelled() {
                return Ok::<(), StoreError>(());
            }
            sleep(LOOK.min(left)).await;
        }
    };
    let waited = async {
        let waited = waiting.await;
        sender.cancel();
        waited
    };
    let ((), waited) = tokio::join!(sending, waited);
    waited?;
    summary(tracking, planned, since).await
}

async fn summary(
    tracking: &Tracking,
    planned: Planned,
    since: chrono::DateTime<Utc>,
) -> Result<NotifySummary, StoreError> {
    let mut summary = NotifySummary {
        planned: planned.items,
        ..NotifySummary::default()
    };
    for count in tracking.store().item_counts(None).await? {
        match count.state.as_str() {
            "waiting" | "sending" => summary.waiting += count.items,
            "unassignable" => summary.unassignable = count.items,
            "dead" => summary.dead = count.items,
            _ => {}
        }
    }
    let finished = tracking.store().items_finished_since(since).await?;
    summary.sent = finished.sent;
    summary.skipped = finished.skipped;
    Ok(summary)
}

/// Shows how much waits, and for how long.
async fn measure(tracking: &Tracking, stop: &CancellationToken) {
    // What there is no more of has to be shown as nothing.
    let mut shown: BTreeSet<(String, String)> = BTreeSet::new();
    loop {
        match tracking.store().queue_depths(None).await {
            Ok(depths) => {
                let now = Utc::now();
                let mut gone = std::mem::take(&mut shown);
                for depth in depths {
                    let age = depth.oldest.map_or(0, |since| (now - since).num_seconds().max(0));
                    show(&depth.kind, &depth.state, depth.pieces, age);
                    let labels = (depth.kind, depth.state);
                    gone.remove(&labels);
                    shown.insert(labels);
                }
                for (kind, state) in gone {
                    show(&kind, &state, 0, 0);
                }
            }
            Err(error) => tracing::warn!(%error, "queues can't be measured"),
        }
        tokio::select! {
            () = sleep(GAUGES_EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
fn show(kind: &str, state: &str, pieces: i64, oldest_seconds: i64) {
    let labels = [("kind", kind.to_owned()), ("state", state.to_owned())];
    metrics::gauge!("certlens_queue_depth", &labels).set(pieces as f64);
    metrics::gauge!("certlens_queue_oldest_seconds", &labels).set(oldest_seconds as f64);
}
