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

use std::sync::Arc;
use std::time::Duration;

use certlens_portals::lease::{End, under_lease};
use certlens_store::{SenderLease, StoreError};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::notification::tempo::Tempo;
use crate::tracking::Tracking;

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
                let span = tracing::info_span!("sending", portal = %lease.member_id());
                let served = async move {
                    serve(&tracking, &tempo, &lease, &stop).await;
                    drop(hand);
                };
                running.spawn(served.instrument(span));
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
    let beat = || tracking.store().renew_sender(lease, tempo.lease);
    match under_lease(turn::take(tracking, tempo, lease, stop), beat, tempo.beat, stop).await {
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
        End::Panicked(reason) => {
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
