//! The servers on this database, as they describe themselves.

use crate::world::{World, chain};
use certlens_store::{ChainSource, ProcessReport, SecretKey, Store};
use uuid::Uuid;

fn report(id: u128, breaker: &'static str) -> ProcessReport {
    ProcessReport {
        id: Uuid::from_u128(id),
        name: format!("machine, process {id}"),
        version: "1.2.3".to_owned(),
        clock_skew: 0.25,
        breaker,
        memory_bytes: Some(1),
        free_disk_bytes: None,
        total_disk_bytes: None,
        opens_secrets: None,
    }
}

#[tokio::test]
async fn process_is_known_since_its_first_report_and_its_breaker_since_the_change() {
    let world = World::create().await;
    let store = &world.store;
    store.report_process(&report(1, "closed")).await.unwrap();
    let first = store.processes().await.unwrap().remove(0);

    store.report_process(&report(1, "closed")).await.unwrap();
    let again = store.processes().await.unwrap().remove(0);
    store.report_process(&report(1, "open")).await.unwrap();
    let opened = store.processes().await.unwrap().remove(0);

    assert_eq!(
        (again.started_at, again.breaker_since),
        (first.started_at, first.breaker_since)
    );
    assert!(again.seen_at > first.seen_at);
    assert_eq!(opened.breaker, "open");
    assert!(opened.breaker_since > first.breaker_since);
    world.end().await;
}

#[tokio::test]
async fn process_that_ended_or_has_been_silent_for_a_day_is_forgotten() {
    let world = World::create().await;
    let store = &world.store;
    for id in 1..=3 {
        store.report_process(&report(id, "off")).await.unwrap();
    }
    world
        .execute("UPDATE processes SET seen_at = seen_at - interval '25 hours'")
        .await;

    store.report_process(&report(4, "off")).await.unwrap();
    store.report_process(&report(5, "off")).await.unwrap();
    store.end_process(Uuid::from_u128(5)).await.unwrap();

    let known: Vec<u128> = store
        .processes()
        .await
        .unwrap()
        .iter()
        .map(|one| one.id.as_u128())
        .collect();
    assert_eq!(known, [4]);
    world.end().await;
}

#[tokio::test]
async fn another_secret_key_is_found_out_by_the_tokens_that_it_cannot_open() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let other_key = SecretKey::parse("//////////////////////////////////////////8=").unwrap();
    let other = Store::new(world.pool().clone(), &other_key);

    let before = other.opens_secrets().await.unwrap();
    world
        .store
        .save_chain(&portal, &chain(1, ChainSource::Page, "one"))
        .await
        .unwrap();

    assert_eq!(before, None, "nothing is stored that could be opened");
    assert_eq!(world.store.opens_secrets().await.unwrap(), Some(true));
    assert_eq!(other.opens_secrets().await.unwrap(), Some(false));
    world.end().await;
}
