//! Jobs: claimed under a lease, fenced, never forgotten.

use crate::world::{World, member};
use certlens_store::{ClaimedJob, Store, StoreError};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::task::JoinSet;

const LEASE: Duration = Duration::from_mins(5);
const CRAWL: &str = "crawl";

async fn claim(store: &Store, lease: Duration) -> Option<ClaimedJob> {
    store.claim_job(&[CRAWL], lease).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_of_two_processes_never_claim_the_same_job() {
    let world = World::create().await;
    let (other, other_pool) = world.other_process(5).await;
    for number in 0..30 {
        let portal = world.portal(number).await;
        world
            .store
            .schedule(&portal, CRAWL, Duration::ZERO)
            .await
            .unwrap();
    }
    let mut tasks = JoinSet::new();
    for number in 0..8 {
        let store = if number % 2 == 0 {
            world.store.clone()
        } else {
            other.clone()
        };
        tasks.spawn(async move {
            let mut taken = Vec::new();
            // SKIP LOCKED may pass over the only row left; what nobody takes is looked for below.
            while let Some(job) = claim(&store, LEASE).await {
                taken.push(job.lease.member_id().clone());
            }
            taken
        });
    }

    let mut taken: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    while let Some(job) = claim(&world.store, LEASE).await {
        taken.push(job.lease.member_id().clone());
    }

    assert_eq!(taken.len(), 30);
    assert_eq!(taken.iter().collect::<BTreeSet<_>>().len(), 30, "none twice");
    other_pool.close().await;
    world.end().await;
}

#[tokio::test]
async fn a_claim_takes_the_longest_due_job_of_the_wanted_kinds_only() {
    let world = World::create().await;
    let (one, other) = (world.portal(1).await, world.portal(2).await);
    world
        .store
        .schedule(&one, "reconcile", Duration::ZERO)
        .await
        .unwrap();
    world.store.schedule(&one, CRAWL, LEASE).await.unwrap();
    let too_early = claim(&world.store, LEASE).await;
    world.store.schedule(&one, CRAWL, Duration::ZERO).await.unwrap();
    world.store.schedule(&other, CRAWL, Duration::ZERO).await.unwrap();

    let first = claim(&world.store, LEASE).await.unwrap();

    assert!(too_early.is_none());
    assert_eq!(
        (first.lease.member_id(), first.lease.kind(), first.attempt),
        (&one, CRAWL, 1)
    );
    assert_eq!(
        claim(&world.store, LEASE).await.unwrap().lease.member_id(),
        &other
    );
    assert!(claim(&world.store, LEASE).await.is_none());
    world.end().await;
}

#[tokio::test]
async fn a_job_of_a_dead_worker_is_taken_over_with_its_progress_and_the_dead_one_is_fenced() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world
        .store
        .schedule(&portal, CRAWL, Duration::ZERO)
        .await
        .unwrap();
    let dead = claim(&world.store, LEASE).await.unwrap();
    let progress = json!({"cursor": 50});
    world
        .store
        .renew_job(&dead.lease, Duration::ZERO, Some(&progress))
        .await
        .unwrap();

    let alive = claim(&world.store, LEASE).await.unwrap();

    assert_eq!((alive.attempt, alive.progress), (2, Some(progress.clone())));
    let late = json!({"cursor": 10});
    let writes = [
        world.store.renew_job(&dead.lease, LEASE, Some(&late)).await,
        world.store.finish_job(&dead.lease, None, Some(&late)).await,
        world.store.fail_job(&dead.lease, "late", None).await,
        world.store.release_job(&dead.lease).await,
    ];
    assert!(
        writes
            .iter()
            .all(|write| matches!(write, Err(StoreError::LeaseLost))),
        "{writes:?}"
    );
    let job = world.store.job(&portal, CRAWL).await.unwrap().unwrap();
    assert_eq!(
        (job.progress, job.is_running, job.last_error),
        (Some(progress), true, None)
    );
    world.end().await;
}

#[tokio::test]
async fn a_job_that_kills_its_workers_waits_longer_each_time() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world
        .store
        .schedule(&portal, CRAWL, Duration::ZERO)
        .await
        .unwrap();
    let first = claim(&world.store, Duration::ZERO).await;
    let second = claim(&world.store, Duration::ZERO).await;

    let third = claim(&world.store, LEASE).await;
    world
        .execute("UPDATE portal_jobs SET lease_until = lease_until - interval '36 seconds'")
        .await;
    let after_half_a_minute = claim(&world.store, LEASE).await;

    assert!(first.is_some() && second.is_some());
    assert!(third.is_none());
    assert_eq!(after_half_a_minute.unwrap().attempt, 3);
    world.end().await;
}

#[tokio::test]
async fn a_failure_is_written_down_and_the_waiting_time_grows_to_six_hours() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world
        .store
        .schedule(&portal, CRAWL, Duration::ZERO)
        .await
        .unwrap();
    let mut waits = Vec::new();

    for _ in 0..12 {
        let job = claim(&world.store, LEASE).await.unwrap();
        world
            .store
            .fail_job(&job.lease, "the portal is silent", None)
            .await
            .unwrap();
        waits.push(
            world
                .number("SELECT extract(epoch FROM due_at - last_started_at)::bigint FROM portal_jobs")
                .await,
        );
        world.execute("UPDATE portal_jobs SET due_at = now()").await;
    }

    for (attempt, wait) in (0_u32..).zip(&waits) {
        let least = (30_i64 << attempt).min(6 * 3600);
        let most = least + least / 5 + 30;
        assert!((least..=most).contains(wait), "attempt {attempt}: {waits:?}");
    }
    let job = world.store.job(&portal, CRAWL).await.unwrap().unwrap();
    assert_eq!(
        (job.attempts, job.last_error.as_deref()),
        (12, Some("the portal is silent"))
    );
    world.end().await;
}

#[tokio::test]
async fn a_time_that_the_portal_named_overrides_the_waiting_time() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world
        .store
        .schedule(&portal, CRAWL, Duration::ZERO)
        .await
        .unwrap();
    let job = claim(&world.store, LEASE).await.unwrap();

    world
        .store
        .fail_job(&job.lease, "parked", Some(Duration::ZERO))
        .await
        .unwrap();

    assert_eq!(claim(&world.store, LEASE).await.unwrap().attempt, 2);
    world.end().await;
}

#[tokio::test]
async fn success_forgets_failures_and_sets_the_next_time() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world
        .store
        .schedule(&portal, CRAWL, Duration::ZERO)
        .await
        .unwrap();
    let job = claim(&world.store, LEASE).await.unwrap();
    world
        .store
        .fail_job(&job.lease, "silent", Some(Duration::ZERO))
        .await
        .unwrap();
    let job = claim(&world.store, LEASE).await.unwrap();

    let done = json!({"done": 10});
    world
        .store
        .finish_job(&job.lease, Some(Duration::ZERO), Some(&done))
        .await
        .unwrap();

    let stored = world.store.job(&portal, CRAWL).await.unwrap().unwrap();
    assert_eq!((stored.attempts, stored.last_error), (0, None));
    assert!(stored.last_success_at.is_some() && !stored.is_running);
    let again = claim(&world.store, LEASE).await.unwrap();
    assert_eq!((again.attempt, again.progress), (1, Some(done)));
    assert_eq!(again.last_success_at, stored.last_success_at);
    world.end().await;
}

#[tokio::test]
async fn a_job_scheduled_while_it_runs_runs_again_and_otherwise_rests() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world
        .store
        .schedule(&portal, CRAWL, Duration::ZERO)
        .await
        .unwrap();
    let first = claim(&world.store, LEASE).await.unwrap();
    world
        .store
        .schedule(&portal, CRAWL, Duration::ZERO)
        .await
        .unwrap();
    let meanwhile = claim(&world.store, LEASE).await;

    world.store.finish_job(&first.lease, None, None).await.unwrap();
    let second = claim(&world.store, LEASE).await.unwrap();
    world.store.finish_job(&second.lease, None, None).await.unwrap();

    assert!(meanwhile.is_none());
    assert!(claim(&world.store, LEASE).await.is_none());
    assert_eq!(
        world.store.job(&portal, CRAWL).await.unwrap().unwrap().due_at,
        None
    );
    world.end().await;
}

#[tokio::test]
async fn schedule_makes_a_job_due_earlier_never_later() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world
        .store
        .schedule(&portal, CRAWL, Duration::ZERO)
        .await
        .unwrap();

    world.store.schedule(&portal, CRAWL, LEASE).await.unwrap();

    assert!(claim(&world.store, LEASE).await.is_some());
    world.end().await;
}

#[tokio::test]
async fn a_released_job_is_due_at_once_and_the_attempt_does_not_count() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world
        .store
        .schedule(&portal, CRAWL, Duration::ZERO)
        .await
        .unwrap();
    let job = claim(&world.store, LEASE).await.unwrap();

    world.store.release_job(&job.lease).await.unwrap();

    assert_eq!(claim(&world.store, LEASE).await.unwrap().attempt, 1);
    world.end().await;
}

#[tokio::test]
async fn a_removal_takes_the_job_away_from_its_worker() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world
        .store
        .schedule(&portal, CRAWL, Duration::ZERO)
        .await
        .unwrap();
    let job = claim(&world.store, LEASE).await.unwrap();

    world.store.archive(&portal).await.unwrap();

    let write = world.store.renew_job(&job.lease, LEASE, None).await;
    assert!(matches!(write, Err(StoreError::LeaseLost)), "{write:?}");
    assert_eq!(world.store.job(&portal, CRAWL).await.unwrap(), None);
    let scheduled = world.store.schedule(&portal, CRAWL, Duration::ZERO).await;
    assert!(
        matches!(scheduled, Err(StoreError::Uninstalled(_))),
        "{scheduled:?}"
    );
    let unknown = world.store.schedule(&member(9), CRAWL, Duration::ZERO).await;
    assert!(
        matches!(unknown, Err(StoreError::UnknownPortal(_))),
        "{unknown:?}"
    );
    world.end().await;
}
