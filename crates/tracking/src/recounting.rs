//! When recounts run, which process runs them, what they record.
//!
//! One process leads and begins what is due: what somebody asked for, what an import left to be looked at (its version
//! is greater than the mark's, however it came: another process may have imported), and what the schedule says. Another
//! process takes over within half a minute when the leader dies, hangs or loses its connection. That a recount counts
//! everything once does not depend on it: the registry sees to that. May know: the store's list of recounts. Must not
//! know: how news are found, how they are told.

use std::error::Error;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use certlens_registry::{RecountError, RecountOutcome};
use certlens_store::{Leadership, RecountCounts, RecountId, RecountOccasion, StoreError};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::notification;
use crate::tracking::Tracking;

/// How often a process that does not lead asks for the lead.
const SEEK: Duration = Duration::from_secs(5);
/// How often the leader looks for what is due: it is how long news of an import wait.
const LOOK: Duration = Duration::from_secs(1);
/// After a failure nothing begins by itself for so long.
const REST: Duration = Duration::from_secs(30);

/// A recount that was asked for here did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum RecountingError {
    /// News could not be looked for.
    #[error(transparent)]
    Recount(#[from] RecountError),
    /// The recount could not be noted.
    #[error("the recount can't be noted: {0}")]
    Store(#[from] StoreError),
}

/// Works until `stop` is cancelled.
pub(crate) async fn run(tracking: &Tracking, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        match tracking.store().lead().await {
            Ok(Some(leadership)) => lead(tracking, leadership, stop).await,
            Ok(None) => {}
            Err(error) => tracing::warn!(
                error = &error as &dyn Error,
                "the lead of recounts can't be asked for; it is asked for again"
            ),
        }
        rest(SEEK, stop).await;
    }
}

/// Runs a recount in this process, whoever leads, and notes it. Several at once take turns.
pub async fn recount_now(
    tracking: &Tracking,
    occasion: RecountOccasion,
) -> Result<(RecountId, RecountOutcome), RecountingError> {
    let id = tracking.store().begin_recount(occasion, node()).await?;
    let outcome = recorded(tracking, id, occasion).await?;
    Ok((id, outcome))
}

/// Looks at the documents of one identifier at once, whoever leads, notes it in the list of recounts, and makes what it found
/// into items of portals that want them at once. The next recount looks at everything, this identifier included.
pub async fn recount_identifier(
    tracking: &Tracking,
    identifier: &str,
) -> Result<(RecountId, RecountOutcome), RecountingError> {
    let store = tracking.store();
    let id = store.begin_recount(RecountOccasion::Interface, node()).await?;
    let outcome = match tracking
        .recounter()
        .recount_identifier(id.number(), identifier)
        .await
    {
        Ok(outcome) => outcome,
        Err(error) => {
            metrics::counter!("certlens_recount_failures_total").increment(1);
            store.fail_recount(id, &error.to_string()).await?;
            return Err(error.into());
        }
    };
    metrics::counter!("certlens_recount_found_total").increment(outcome.found);
    tracing::info!(
        run = id.number(),
        identifier,
        ?outcome,
        "one identifier was recounted"
    );
    store.finish_recount(id, &counts(&outcome)).await?;
    if outcome.found > 0
        && let Err(error) = notification::after_recount(tracking, &CancellationToken::new()).await
    {
        tracing::warn!(
            error = &error as &dyn Error,
            "items were not planned after a recount; the schedule plans them"
        );
    }
    Ok((id, outcome))
}

/// Leads until the lead is lost or `stop` is cancelled.
async fn lead(tracking: &Tracking, mut leadership: Leadership, stop: &CancellationToken) {
    tracing::info!("this process runs the recounts");
    metrics::gauge!("certlens_recount_leader").set(1.0);
    let lost = tokio::select! {
        error = leadership.hold() => Some(error),
        () = work(tracking, stop) => None,
    };
    metrics::gauge!("certlens_recount_leader").set(0.0);
    match lost {
        // What was under way is begun again by whoever leads next.
        Some(error) => tracing::warn!(
            error = &error as &dyn Error,
            "the lead of recounts is lost; another process may have it now"
        ),
        None => {
            if let Err(error) = leadership.give_up().await {
                tracing::debug!(
                    error = &error as &dyn Error,
                    "the lead was not given up in good order"
                );
            }
        }
    }
}

/// Runs what is due until `stop` is cancelled.
async fn work(tracking: &Tracking, stop: &CancellationToken) {
    let mut is_adopted = false;
    while !stop.is_cancelled() {
        match next(tracking, &mut is_adopted).await {
            Ok(Some((id, occasion))) => perform(tracking, id, occasion, stop).await,
            Ok(None) => rest(LOOK, stop).await,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn Error,
                    "the store does not say which recounts are due"
                );
                rest(SEEK, stop).await;
            }
        }
    }
}

async fn next(
    tracking: &Tracking,
    is_adopted: &mut bool,
) -> Result<Option<(RecountId, RecountOccasion)>, StoreError> {
    let store = tracking.store();
    if !*is_adopted {
        let adopted = store.adopt_recounts().await?;
        if adopted > 0 {
            tracing::warn!(adopted, "recounts of a process that died are run again");
        }
        *is_adopted = true;
    }
    store
        .begin_due_recount(node(), tracking.recount_every(), REST)
        .await
}

async fn perform(tracking: &Tracking, id: RecountId, occasion: RecountOccasion, stop: &CancellationToken) {
    let outcome = tokio::select! {
        outcome = recorded(tracking, id, occasion) => outcome,
        () = stop.cancelled() => {
            // The portion that was under way is undone; what was looked at before stays.
            if let Err(error) = tracking.store().give_recount_back(id).await {
                tracing::warn!(error = &error as &dyn Error, "a recount was not given back; the next leader adopts it");
            }
            return;
        }
    };
    match outcome {
        Ok(outcome) if outcome.found > 0 || occasion == RecountOccasion::Interface => {
            // Whoever asks for a recount wants to see what comes of it, as with the command.
            let planned = if occasion == RecountOccasion::Interface {
                notification::after_asked_recount(tracking, stop).await
            } else {
                notification::after_recount(tracking, stop).await
            };
            if let Err(error) = planned {
                tracing::warn!(
                    error = &error as &dyn Error,
                    "items were not planned after a recount; the schedule plans them"
                );
            }
        }
        Ok(_) => {}
        Err(error) => tracing::error!(
            error = &error as &dyn Error,
            "a recount failed; another one goes on there"
        ),
    }
}

/// Runs a recount that has begun, measures it and notes its end.
async fn recorded(
    tracking: &Tracking,
    id: RecountId,
    occasion: RecountOccasion,
) -> Result<RecountOutcome, RecountingError> {
    let span = tracing::info_span!("recount", run = id.number(), occasion = occasion.key());
    let began = Instant::now();
    let outcome = tracking.recounter().recount(id.number()).instrument(span).await;
    let elapsed = began.elapsed();
    metrics::histogram!("certlens_recount_seconds").record(elapsed);
    match outcome {
        Ok(outcome) => {
            #[expect(
                clippy::cast_precision_loss,
                reason = "numbers of identifiers are far below 2^52"
            )]
            metrics::gauge!("certlens_recount_identifiers").set(outcome.identifiers as f64);
            metrics::counter!("certlens_recount_found_total").increment(outcome.found);
            tracing::info!(
                run = id.number(),
                occasion = occasion.key(),
                ?elapsed,
                ?outcome,
                "recounted"
            );
            tracking.store().finish_recount(id, &counts(&outcome)).await?;
            Ok(outcome)
        }
        Err(error) => {
            metrics::counter!("certlens_recount_failures_total").increment(1);
            // Where the database is away, this fails as well; then the next leader begins the recount again.
            if let Err(unnoted) = tracking.store().fail_recount(id, &error.to_string()).await {
                tracing::warn!(
                    error = &unnoted as &dyn Error,
                    "the failure of a recount is not noted"
                );
            }
            Err(error.into())
        }
    }
}

const fn counts(outcome: &RecountOutcome) -> RecountCounts {
    RecountCounts {
        from_version: outcome.from_version,
        to_version: outcome.to_version,
        day: outcome.day,
        subscriptions: outcome.subscriptions,
        identifiers: outcome.identifiers,
        found: outcome.found,
    }
}

/// What the list of recounts calls this process: its machine, where that has a name, and its number.
fn node() -> &'static str {
    static NODE: LazyLock<String> = LazyLock::new(|| {
        let process = std::process::id();
        match std::env::var("HOSTNAME") {
            Ok(machine) if !machine.is_empty() => format!("{machine}, process {process}"),
            _ => format!("process {process}"),
        }
    });
    &NODE
}

async fn rest(duration: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(duration) => {}
        () = stop.cancelled() => {}
    }
}
