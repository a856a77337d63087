//! Sending: portals in turns, each under a lease, each item once.
//!
//! A process serves several portals at the same time; a portal is served by one sender in all processes. A sender takes
//! a portion of items, looks for those that may be there already, decides for whom they are, sends them in batches, and
//! lets the next portal have its turn.
//!
//! Once: a batch's items are marked in the database before it goes out. The request ends within a bounded time, and so
//! does the portal's work on it; until both are over nobody looks for its objects, and nobody sends them again before
//! having looked. The marker of an item never changes.

mod batch;
mod preparation;
mod trouble;
mod turn;

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use certlens_store::{SenderLease, StoreError};
use futures::FutureExt as _;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, sleep};
use tokio_util::sync::CancellationToken;

use crate::notification::tempo::Tempo;
use crate::tracking::Tracking;

/// How long a turn may go on when the process is asked to stop: its requests are on their way.
const GRACE: Duration = Duration::from_secs(5);
/// How long after a failure of the store.
const STORE_REST: Duration = Duration::from_secs(3);

/// Sends what is due until `stop` is cancelled; then ends or gives back what it holds, within a few seconds.
pub async fn run(tracking: &Tracking, tempo: &Tempo, stop: &CancellationToken) {
    let hands = Arc::new(Semaphore::new(tempo.portals_at_once));
    let mut running = JoinSet::new();
    while !stop.is_cancelled() {
        let hand = tokio::select! {
            hand = Arc::clone(&hands).acquire_owned() => hand,
            () = stop.cancelled() => break,
        };
        // Nobody closes the semaphore.
        let Ok(hand) = hand else { break };
        let rest = match tracking.store().claim_sender(tempo.lease).await {
            Ok(Some(lease)) => {
                let (tracking, tempo, stop) = (tracking.clone(), tempo.clone(), stop.clone());
                running.spawn(async move {
                    serve(&tracking, &tempo, &lease, &stop).await;
                    drop(hand);
                });
                Duration::ZERO
            }
            Ok(None) => tempo.poll,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the store gives no items to send"
                );
                STORE_REST
            }
        };
        while running.try_join_next().is_some() {}
        if !rest.is_zero() {
            tokio::select! {
                () = sleep(rest) => {}
                () = stop.cancelled() => {}
            }
        }
    }
    while running.join_next().await.is_some() {}
}

/// A portal's turn under its lease.
async fn serve(tracking: &Tracking, tempo: &Tempo, lease: &SenderLease, stop: &CancellationToken) {
    let member_id = lease.member_id();
    match under_lease(tracking, tempo, lease, stop).await {
        End::Finished(Ok(())) | End::Stopped => {}
        End::LeaseLost | End::Finished(Err(StoreError::LeaseLost)) => {
            tracing::warn!(%member_id, "the lease on a portal's items was lost");
            return;
        }
        End::Finished(Err(error)) => {
            tracing::error!(
                %member_id,
                error = &error as &dyn std::error::Error,
                "the store failed in the middle of a turn"
            );
        }
        End::Panicked(message) => {
            tracing::error!(%member_id, message, "a turn of sending panicked");
            let reason = format!("a fault of Certlens: {message}");
            if let Err(error) = tracking.store().pause_sender(lease, &reason, None).await {
                tracing::error!(%member_id, %error, "a portal can't be paused");
            }
        }
    }
    if let Err(error) = tracking.store().release_sender(lease).await {
        // It runs out by itself.
        tracing::warn!(%member_id, %error, "a lease on a portal's items can't be given back");
    }
}

/// How a turn came to its end.
enum End {
    Finished(Result<(), StoreError>),
    Panicked(String),
    LeaseLost,
    Stopped,
}

async fn under_lease(
    tracking: &Tracking,
    tempo: &Tempo,
    lease: &SenderLease,
    stop: &CancellationToken,
) -> End {
    let work = AssertUnwindSafe(turn::take(tracking, tempo, lease, stop)).catch_unwind();
    let time_is_up = async {
        stop.cancelled().await;
        sleep(GRACE).await;
    };
    tokio::pin!(work, time_is_up);
    let mut beats = tokio::time::interval(tempo.beat);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beats.tick().await;
    loop {
        tokio::select! {
            outcome = &mut work => {
                return match outcome {
                    Ok(outcome) => End::Finished(outcome),
                    Err(panic) => End::Panicked(message_of(panic.as_ref())),
                };
            }
            () = &mut time_is_up => return End::Stopped,
            _ = beats.tick() => match tracking.store().renew_sender(lease, tempo.lease).await {
                Err(StoreError::LeaseLost) => return End::LeaseLost,
                Err(error) => tracing::warn!(%error, "a lease can't be renewed"),
                Ok(()) => {}
            },
        }
    }
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default()
}
