//! The background: works off events and jobs of all portals, beside other processes that do the same.
//!
//! The store hands out the work under leases: one portal's events, and one job of a portal, are never in two hands. A
//! lease is renewed while the work goes on; a worker that dies loses it, and another goes on from what was written
//! down. A panic in one piece of work is that piece's failure.

use std::sync::Arc;
use std::time::Duration;

use certlens_store::{ClaimedEvents, ClaimedJob, StoreError};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::error::PortalsError;
use crate::job::{self, JobKind, Outcome};
use crate::lease::{End, under_lease};
use crate::member;
use crate::portals::Portals;

/// For how long a worker may be silent before another takes its work over.
pub(crate) const LEASE: Duration = Duration::from_mins(1);
/// How often a lease is renewed.
const BEAT: Duration = Duration::from_secs(20);
/// How often the store is asked for work that nobody announced in this process.
const POLL: Duration = Duration::from_secs(1);
/// How long after a failure of the store it is asked again.
const STORE_REST: Duration = Duration::from_secs(3);
/// Pieces of work of one kind at once.
const AT_ONCE: usize = 8;
/// Long jobs at once. They mostly wait for their portals' budgets, and must not keep events and short jobs waiting.
const LONG_AT_ONCE: usize = 16;
/// Events of one portal that are taken at once.
const EVENTS: u32 = 500;
/// How often what is no longer needed is deleted.
const PURGE_EVERY: Duration = Duration::from_hours(1);
/// How long events that were worked off are kept.
const EVENTS_KEPT: Duration = Duration::from_hours(72);
/// How often what was noticed of answers is written down.
const KEEP_EVERY: Duration = Duration::from_secs(5);
/// How long a kind of answers that was not met again is remembered.
const DEVIATIONS_KEPT: Duration = Duration::from_hours(30 * 24);
/// How long the audit log says what people did, where nobody says otherwise: three years.
const AUDIT_LOG_KEPT: Duration = Duration::from_hours(3 * 365 * 24);

/// Works in the background. One for a process is enough; several processes share the work through the store.
#[derive(Debug)]
pub struct Worker {
    portals: Portals,
    audit_log_kept: Duration,
}

/// Something that was claimed.
enum Work {
    Events(ClaimedEvents),
    Job(ClaimedJob),
}

impl Work {
    /// What everything is logged in that is done for it.
    fn span(&self) -> tracing::Span {
        match self {
            Self::Events(claimed) => {
                tracing::info_span!("events", portal = %claimed.lease.member_id())
            }
            Self::Job(job) => {
                tracing::info_span!("job", portal = %job.lease.member_id(), kind = job.lease.kind())
            }
        }
    }
}

impl Worker {
    /// A worker for these portals; does nothing before [`Worker::run`].
    pub fn new(portals: Portals) -> Self {
        Self {
            portals,
            audit_log_kept: AUDIT_LOG_KEPT,
        }
    }

    /// The same, forgetting entries of the audit log that are older than this.
    #[must_use]
    pub fn keeping_audit_log(self, kept: Duration) -> Self {
        Self {
            audit_log_kept: kept,
            ..self
        }
    }

    /// Works until `stop` is cancelled, then finishes or gives back what it holds, within a few seconds.
    pub async fn run(self, stop: CancellationToken) {
        tokio::join!(
            self.take(Kind::Events, &stop),
            self.take(Kind::ShortJobs, &stop),
            self.take(Kind::LongJobs, &stop),
            self.purge(&stop),
            self.keep(&stop)
        );
    }

    /// Claims one kind of work and has it done, as many pieces at once as there are hands.
    async fn take(&self, kind: Kind, stop: &CancellationToken) {
        let hands = Arc::new(Semaphore::new(kind.at_once()));
        let mut running = JoinSet::new();
        while !stop.is_cancelled() {
            let hand = tokio::select! {
                hand = Arc::clone(&hands).acquire_owned() => hand,
                () = stop.cancelled() => break,
            };
            // Nobody closes the semaphore.
            let Ok(hand) = hand else { break };
            match self.claim(kind).await {
                Ok(Some(work)) => {
                    let span = work.span();
                    let work = perform(self.portals.clone(), work, hand, stop.clone());
                    running.spawn(work.instrument(span));
                }
                Ok(None) => {
                    drop(hand);
                    rest(POLL, self.news(kind), stop).await;
                }
                Err(error) => {
                    drop(hand);
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the store gives no work"
                    );
                    tokio::select! {
                        () = tokio::time::sleep(STORE_REST) => {}
                        () = stop.cancelled() => {}
                    }
                }
            }
            while running.try_join_next().is_some() {}
        }
        while running.join_next().await.is_some() {}
    }

    async fn claim(&self, kind: Kind) -> Result<Option<Work>, StoreError> {
        let store = self.portals.store();
        Ok(match kind {
            Kind::Events => store.claim_events(EVENTS, LEASE).await?.map(Work::Events),
            Kind::ShortJobs | Kind::LongJobs => {
                let kinds: Vec<&str> = JobKind::ALL
                    .into_iter()
                    .filter(|job| job.is_long() == (kind == Kind::LongJobs))
                    .map(JobKind::key)
                    .collect();
                store.claim_job(&kinds, LEASE).await?.map(Work::Job)
            }
        })
    }

    fn news(&self, kind: Kind) -> &Notify {
        let news = self.portals.news();
        match kind {
            Kind::Events => &news.events,
            Kind::ShortJobs => &news.short_jobs,
            Kind::LongJobs => &news.long_jobs,
        }
    }

    /// Writes down what was noticed of answers, every few seconds and at the end.
    async fn keep(&self, stop: &CancellationToken) {
        let mut ticks = tokio::time::interval(KEEP_EVERY);
        loop {
            let is_last = tokio::select! {
                _ = ticks.tick() => false,
                () = stop.cancelled() => true,
            };
            if let Err(error) = self.portals.keep_deviations().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "what was noticed of portals' answers can't be written yet"
                );
            }
            if is_last {
                return;
            }
        }
    }

    /// Deletes what is no longer needed, now and then.
    async fn purge(&self, stop: &CancellationToken) {
        let mut ticks = tokio::time::interval(PURGE_EVERY);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = stop.cancelled() => return,
            }
            let store = self.portals.store();
            let purged = async {
                store.purge_events(EVENTS_KEPT).await?;
                store.purge_deviations(DEVIATIONS_KEPT).await?;
                store.purge_audit_log(self.audit_log_kept).await?;
                store.purge_access().await
            };
            if let Err(error) = purged.await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "old events, proofs and audit entries can't be deleted"
                );
            }
        }
    }
}

/// What a line of hands takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Events,
    ShortJobs,
    LongJobs,
}

impl Kind {
    const fn at_once(self) -> usize {
        match self {
            Self::Events | Self::ShortJobs => AT_ONCE,
            Self::LongJobs => LONG_AT_ONCE,
        }
    }
}

async fn rest(time: Duration, news: &Notify, stop: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = news.notified() => {}
        () = stop.cancelled() => {}
    }
}

/// Does a piece of work under its lease.
async fn perform(portals: Portals, work: Work, _hand: OwnedSemaphorePermit, stop: CancellationToken) {
    let written = match work {
        Work::Events(claimed) => perform_events(&portals, &claimed, &stop).await,
        Work::Job(job) => perform_job(&portals, job, &stop).await,
    };
    match written {
        Ok(()) => {}
        // Another worker has it, or the portal left and its work with it.
        Err(StoreError::LeaseLost) => tracing::debug!("a lease was lost"),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the end of a piece of work can't be written"
            );
        }
    }
}

async fn perform_events(
    portals: &Portals,
    claimed: &ClaimedEvents,
    stop: &CancellationToken,
) -> Result<(), StoreError> {
    let store = portals.store();
    let beat = || store.renew_events(&claimed.lease, LEASE);
    match under_lease(portals.work_off(claimed), beat, BEAT, stop).await {
        End::Finished(Ok(())) | End::Stopped => {}
        End::LeaseLost | End::Finished(Err(PortalsError::Store(StoreError::LeaseLost))) => {
            return Err(StoreError::LeaseLost);
        }
        End::Finished(Err(error)) => {
            tracing::error!(
                member_id = %claimed.lease.member_id(),
                error = &error as &dyn std::error::Error,
                "events can't be worked off"
            );
            let ids = claimed.ids(|_| true);
            store
                .retry_events(&claimed.lease, &ids, &error.to_string(), job::pause_after(1))
                .await?;
        }
        End::Panicked(message) => {
            let ids = claimed.ids(|_| true);
            store
                .retry_events(&claimed.lease, &ids, &message, job::pause_after(2))
                .await?;
        }
    }
    store.release_events(&claimed.lease).await
}

async fn perform_job(portals: &Portals, job: ClaimedJob, stop: &CancellationToken) -> Result<(), StoreError> {
    let store = portals.store();
    let lease = job.lease.clone();
    let Some(kind) = JobKind::of(lease.kind()) else {
        return store
            .fail_job(&lease, "this version doesn't know this kind of work", None)
            .await;
    };
    let attempt = u32::try_from(job.attempt).unwrap_or_default();
    let beat = || store.renew_job(&lease, LEASE, None);
    let failure = match under_lease(run(portals, kind, job, stop), beat, BEAT, stop).await {
        End::Finished(Ok(Outcome::Done(progress))) => {
            return store.finish_job(&lease, kind.next(), progress.as_ref()).await;
        }
        End::Finished(Ok(Outcome::Interrupted)) | End::Stopped => return store.release_job(&lease).await,
        End::LeaseLost | End::Finished(Err(PortalsError::Store(StoreError::LeaseLost))) => {
            return Err(StoreError::LeaseLost);
        }
        End::Finished(Err(error)) => error.to_string(),
        End::Panicked(message) => message,
    };
    tracing::warn!(member_id = %lease.member_id(), job = kind.key(), attempt, failure, "a job failed");
    store
        .fail_job(&lease, &failure, Some(job::pause_after(attempt)))
        .await
}

async fn run(
    portals: &Portals,
    kind: JobKind,
    job: ClaimedJob,
    stop: &CancellationToken,
) -> Result<Outcome, PortalsError> {
    let stored = job.lease.member_id();
    let member_id = member::platform(stored)?;
    match kind {
        JobKind::ConfirmDeparture => {
            portals.confirm_departure(&member_id).await?;
            Ok(Outcome::Done(None))
        }
        JobKind::Reconcile => {
            let client = portals.background_client(&member_id).await?;
            let reconciled = portals.bring_bindings_in_order(&member_id, &client).await;
            // The portal's bindings are one thing, what else is seen of it another: neither waits for the other's success.
            // What is repeated soon after a failure is not looked at once more: the look is hourly, also while it fails for days.
            let is_due = job.attempt <= 1 || !portals.was_looked_at_lately(stored).await?;
            if is_due && let Err(error) = portals.look_after_reconciliation(&member_id, &reconciled).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a portal was not looked at to the end"
                );
            }
            Ok(Outcome::Done(serde_json::to_value(reconciled?).ok()))
        }
        JobKind::Mirror => {
            portals.write_mirrors(stored).await?;
            Ok(Outcome::Done(None))
        }
        JobKind::DetectFields => {
            let client = portals.background_client(&member_id).await?;
            if portals.detect_fields(stored, &client).await? {
                portals.schedule(stored, JobKind::Crawl, Duration::ZERO).await?;
            }
            Ok(Outcome::Done(None))
        }
        JobKind::Crawl => portals.crawl(&job.lease, job.progress, stop).await,
        JobKind::CatchUp => portals.catch_up(stored, job.last_success_at, stop).await,
    }
}
