//! Users of portals: who is there, who left, what becomes of their subscriptions.
//!
//! The list of a portal's users is read whole, daily, when somebody joins, and when the portal refuses somebody: no event
//! tells a dismissal. It is a job of the store like others, under a lease, so that several processes share the work. What
//! follows from it, and from whoever was seen at work, is brought in order by a look that anybody may repeat.

mod reading;

use std::time::Duration;

use certlens_portals::{PortalsError, STAFF_JOB};
use certlens_store::{ClaimedJob, MemberId, StoreError, UserId};
use futures::stream::{self, StreamExt as _};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::tracking::Tracking;

/// How often a portal's list is read by itself.
const EVERY: Duration = Duration::from_hours(24);
/// How long a worker may be silent before another takes its reading over. The longest list takes a fraction of it.
const LEASE: Duration = Duration::from_mins(5);
/// How often the store is asked for a list that is due.
const POLL: Duration = Duration::from_secs(5);
/// How often departures and returns are looked for that nobody followed.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// Readings at once. They wait for their portals' budgets.
const AT_ONCE: usize = 4;
/// A doubt is looked into this long after it arose: a run that meets ten refused users reads the list once.
const DOUBT_AFTER: Duration = Duration::from_secs(30);
/// How long a reading that failed waits, doubling up to six hours.
const FIRST_REST: Duration = Duration::from_mins(1);
const LONGEST_REST: Duration = Duration::from_hours(6);

/// Why subscriptions were not moved.
#[derive(Debug, thiserror::Error)]
pub enum MoveRefused {
    /// From a user to the same one.
    #[error("subscriptions are moved from one user to another; both are user {0}")]
    SameUser(u64),
    /// The other user can't take them.
    #[error("user {0} is not known to work in the portal; choose one who does")]
    NotThere(u64),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Tracking {
    /// Something says that the portal's list of users is out of date: a user was refused, say. It is read anew soon.
    pub async fn doubt_staff(&self, member_id: &MemberId) -> Result<(), StoreError> {
        match self.store().schedule(member_id, STAFF_JOB, DOUBT_AFTER).await {
            // Nothing is to be read of a portal that left.
            Ok(()) | Err(StoreError::Uninstalled(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Reads the portal's users now, and follows what became of them.
    pub async fn read_staff(&self, member_id: &MemberId) -> Result<(), PortalsError> {
        let before = self.store().people(member_id).await?;
        let read = reading::read(self, member_id).await;
        // Users may have been read though their departments were not. The same people would refuse the same items.
        if self.store().people(member_id).await? != before {
            let woken = self.store().wake_unassignable(member_id).await?;
            if woken > 0 {
                tracing::info!(%member_id, woken, "items that nobody could take are tried again: people changed");
            }
        }
        read?;
        self.follow_departures(member_id).await?;
        Ok(())
    }

    /// Moves a user's subscriptions to another user; how many. The caller has proved that an administrator asks.
    pub async fn move_subscriptions(
        &self,
        member_id: &MemberId,
        from: u64,
        to: u64,
    ) -> Result<u64, MoveRefused> {
        if from == to {
            return Err(MoveRefused::SameUser(from));
        }
        let (Ok(source), Ok(target)) = (i64::try_from(from), i64::try_from(to)) else {
            return Err(MoveRefused::NotThere(to));
        };
        let heir = self.store().known_user(member_id, UserId(target)).await?;
        if heir.and_then(|heir| heir.is_active) != Some(true) {
            return Err(MoveRefused::NotThere(to));
        }
        let moved = self
            .store()
            .move_subscriptions(member_id, UserId(source), UserId(target))
            .await?;
        tracing::info!(%member_id, from, to, moved, "subscriptions were moved");
        Ok(moved)
    }

    async fn follow_departures(&self, member_id: &MemberId) -> Result<(), StoreError> {
        let followed = self.store().follow_departures(member_id).await?;
        let counted = [
            ("archived", followed.archived),
            ("restored", followed.restored),
            ("handed_over", followed.handed_over),
        ];
        for (what, number) in counted {
            if number > 0 {
                metrics::counter!("certlens_departed_subscriptions_total", "what" => what).increment(number);
                tracing::info!(%member_id, what, number, "subscriptions follow their users");
            }
        }
        Ok(())
    }

    /// Follows the departures and returns of all portals that somebody noticed and nobody followed.
    async fn follow_all_departures(&self) -> Result<(), StoreError> {
        for member_id in self.store().portals_with_departures().await? {
            self.follow_departures(&member_id).await?;
        }
        Ok(())
    }
}

/// Works until `stop` is cancelled.
pub(crate) async fn run(tracking: &Tracking, stop: &CancellationToken) {
    tokio::join!(read_lists(tracking, stop), look(tracking, stop));
}

/// Looks for portals whose list was never read, and for departures that nobody followed.
async fn look(tracking: &Tracking, stop: &CancellationToken) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        let looked = async {
            tracking.store().schedule_where_missing(STAFF_JOB).await?;
            tracking.follow_all_departures().await
        };
        if let Err(error) = looked.await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "departures can't be followed now"
            );
        }
    }
}

/// Reads lists that are due, a few portals at once.
async fn read_lists(tracking: &Tracking, stop: &CancellationToken) {
    stream::iter(0..AT_ONCE)
        .for_each_concurrent(None, |_| async {
            while !stop.is_cancelled() {
                let rests = match tracking.store().claim_job(&[STAFF_JOB], LEASE).await {
                    Ok(Some(job)) => {
                        perform(tracking, &job, stop).await;
                        false
                    }
                    Ok(None) => true,
                    Err(error) => {
                        tracing::error!(
                            error = &error as &dyn std::error::Error,
                            "the store gives no lists to read"
                        );
                        true
                    }
                };
                if rests {
                    tokio::select! {
                        () = tokio::time::sleep(POLL) => {}
                        () = stop.cancelled() => {}
                    }
                }
            }
        })
        .await;
}

async fn perform(tracking: &Tracking, job: &ClaimedJob, stop: &CancellationToken) {
    let (store, member_id) = (tracking.store(), job.lease.member_id());
    let read = tokio::select! {
        read = tokio::time::timeout(LEASE / 2, tracking.read_staff(member_id)) => read,
        () = stop.cancelled() => {
            written(store.release_job(&job.lease).await);
            return;
        }
    };
    let failure = match read {
        Ok(Ok(())) => {
            written(store.finish_job(&job.lease, Some(EVERY), None).await);
            return;
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the portal did not send the list of its users in time".to_owned(),
    };
    tracing::warn!(%member_id, attempt = job.attempt, failure, "a portal's users can't be read");
    let rest = rest_after(job.attempt);
    written(store.fail_job(&job.lease, &failure, Some(rest)).await);
}

fn written(outcome: Result<(), StoreError>) {
    match outcome {
        // Another process took the reading over, or the portal left.
        Ok(()) | Err(StoreError::LeaseLost) => {}
        Err(error) => tracing::error!(
            error = &error as &dyn std::error::Error,
            "the end of a reading can't be written"
        ),
    }
}

fn rest_after(attempt: i32) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1))
        .unwrap_or_default()
        .min(10);
    (FIRST_REST * 2_u32.pow(doublings)).min(LONGEST_REST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rest_after_failures_doubles_up_to_six_hours() {
        let minutes: Vec<u64> = [0, 1, 2, 3, 9, 1_000]
            .map(|attempt| rest_after(attempt).as_secs() / 60)
            .to_vec();
        assert_eq!(minutes, [1, 1, 2, 4, 256, 360]);
    }
}
