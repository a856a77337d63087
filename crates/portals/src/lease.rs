//! Working under a lease of the store: it is renewed while the work goes on, and a panic in the work is the work's failure.
//!
//! May know: what the store says of a lease. Must not know: what the work is, how its end is written.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use certlens_store::StoreError;
use futures::FutureExt as _;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// How long work may go on when the process is asked to stop.
const GRACE: Duration = Duration::from_secs(5);

/// How a piece of work came to its end.
#[derive(Debug)]
pub enum End<T> {
    /// By itself.
    Finished(T),
    /// It panicked: whose fault, and its message.
    Panicked(String),
    /// Another worker may have it now: nothing may be written any more.
    LeaseLost,
    /// The process was asked to stop, and it took too long.
    Stopped,
}

/// Does work while its lease is renewed by `beat` at this interval; drops it when the lease is lost, or a while after the
/// process was asked to stop.
pub async fn under_lease<T, B>(
    work: impl Future<Output = T>,
    beat: impl Fn() -> B,
    every: Duration,
    stop: &CancellationToken,
) -> End<T>
where
    B: Future<Output = Result<(), StoreError>>,
{
    let work = AssertUnwindSafe(work).catch_unwind();
    let time_is_up = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::pin!(work, time_is_up);
    let mut beats = tokio::time::interval(every);
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
            _ = beats.tick() => match beat().await {
                Err(StoreError::LeaseLost) => return End::LeaseLost,
                Err(error) => tracing::warn!(%error, "a lease can't be renewed"),
                Ok(()) => {}
            },
        }
    }
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    tracing::error!(message, "a piece of work panicked");
    format!("a fault of Certlens: {message}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEAT: Duration = Duration::from_secs(20);

    #[expect(clippy::panic, reason = "that is what is tested")]
    fn faulty() -> impl Future<Output = ()> {
        std::future::poll_fn(|_| panic!("a field was not there"))
    }

    #[tokio::test]
    async fn work_that_panics_ends_as_a_failure_with_its_message() {
        let end = under_lease(faulty(), async || Ok(()), BEAT, &CancellationToken::new()).await;
        assert!(matches!(end, End::Panicked(message) if message.ends_with("a field was not there")));
    }

    #[tokio::test]
    async fn work_that_ends_is_not_kept_waiting_for_its_lease() {
        let end = under_lease(async { 7 }, async || Ok(()), BEAT, &CancellationToken::new()).await;
        assert!(matches!(end, End::Finished(7)));
    }
}
