//! Chains of tokens, and the lock under which they are renewed.

use crate::world::{World, chain, member, pair};
use certlens_store::{ChainEnd, ChainId, ChainSource, MemberId, NewChain, Store, StoreError, UserId};
use secrecy::ExposeSecret as _;
use tokio::task::JoinSet;

async fn names(store: &Store, portal: &MemberId, user: Option<UserId>) -> Vec<String> {
    let chains = store.chains(portal, user).await.unwrap();
    chains
        .iter()
        .map(|chain| {
            chain
                .access
                .expose_secret()
                .trim_start_matches("access-")
                .to_owned()
        })
        .collect()
}

#[tokio::test]
async fn chains_come_best_first_and_a_users_own_on_demand() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let save = |chain: NewChain| {
        let (store, portal) = (world.store.clone(), portal.clone());
        async move { store.save_chain(&portal, &chain).await.unwrap() }
    };
    save(chain(5, ChainSource::Page, "older")).await;
    save(chain(6, ChainSource::Page, "newer")).await;
    save(NewChain {
        is_administrator: true,
        ..chain(1, ChainSource::Installation, "administrator")
    })
    .await;
    world
        .execute("UPDATE chains SET renewed_at = now() - make_interval(hours => user_id::integer)")
        .await;
    world
        .execute("UPDATE chains SET renewed_at = now() WHERE user_id = 6")
        .await;

    assert_eq!(
        names(&world.store, &portal, None).await,
        ["administrator", "newer", "older"]
    );
    assert_eq!(names(&world.store, &portal, Some(UserId(5))).await, ["older"]);
    assert!(names(&world.store, &member(2), None).await.is_empty());
    world.end().await;
}

#[tokio::test]
async fn save_chain_takes_the_place_of_the_same_users_chain_of_the_same_source() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let first = world
        .store
        .save_chain(&portal, &chain(5, ChainSource::Page, "first"))
        .await
        .unwrap();
    world
        .store
        .end_chain(&portal, first, 1, ChainEnd::Spent)
        .await
        .unwrap();

    let second = world
        .store
        .save_chain(&portal, &chain(5, ChainSource::Page, "second"))
        .await
        .unwrap();
    world
        .store
        .save_chain(&portal, &chain(5, ChainSource::Event, "event"))
        .await
        .unwrap();

    assert_eq!(first, second);
    let chains = world.store.chains(&portal, None).await.unwrap();
    assert_eq!(chains.len(), 2);
    let replaced = chains.iter().find(|chain| chain.id == first).unwrap();
    assert_eq!(
        (replaced.version, replaced.access.expose_secret()),
        (2, "access-second")
    );
    world.end().await;
}

#[tokio::test]
async fn tokens_are_in_the_database_only_encrypted_and_open_in_their_own_portal_only() {
    let world = World::create().await;
    let (one, other) = (world.portal(1).await, world.portal(2).await);
    world
        .store
        .save_chain(&one, &chain(5, ChainSource::Page, "one"))
        .await
        .unwrap();
    world
        .store
        .save_chain(&other, &chain(5, ChainSource::Page, "other"))
        .await
        .unwrap();
    let shown = world
        .number(
            "SELECT count(*) FROM chains WHERE position('access-' IN encode(access_token, 'escape')) > 0
                OR position('refresh-' IN encode(refresh_token, 'escape')) > 0",
        )
        .await;

    world
        .execute("UPDATE chains SET access_token = (SELECT min(access_token::text)::bytea FROM chains)")
        .await;

    assert_eq!(shown, 0);
    let outcomes = [
        world.store.chains(&one, None).await,
        world.store.chains(&other, None).await,
    ];
    let opened = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(opened, 1, "{outcomes:?}");
    world.end().await;
}

#[tokio::test]
async fn an_ended_chain_is_not_used_any_more_and_keeps_no_tokens() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let id = world
        .store
        .save_chain(&portal, &chain(5, ChainSource::Page, "old"))
        .await
        .unwrap();
    let locked = world.store.lock_chain(&portal, id).await.unwrap().unwrap();

    locked.end(ChainEnd::Spent).await.unwrap();

    assert!(world.store.chains(&portal, None).await.unwrap().is_empty());
    assert!(world.store.lock_chain(&portal, id).await.unwrap().is_none());
    let bare = world
        .number(
            "SELECT count(*) FROM chains
             WHERE access_token IS NULL AND refresh_token IS NULL AND end_reason = 'spent'",
        )
        .await;
    assert_eq!(bare, 1);
    world.end().await;
}

#[tokio::test]
async fn a_verdict_on_an_old_pair_does_not_end_a_renewed_chain() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let id = world
        .store
        .save_chain(&portal, &chain(5, ChainSource::Page, "old"))
        .await
        .unwrap();
    let locked = world.store.lock_chain(&portal, id).await.unwrap().unwrap();
    locked.replace(pair("new")).await.unwrap();

    let late = world
        .store
        .end_chain(&portal, id, 1, ChainEnd::Revoked)
        .await
        .unwrap();

    assert!(!late);
    assert_eq!(names(&world.store, &portal, None).await, ["new"]);
    assert!(
        world
            .store
            .end_chain(&portal, id, 2, ChainEnd::Revoked)
            .await
            .unwrap()
    );
    world.end().await;
}

#[tokio::test]
async fn a_new_installation_ends_all_chains_but_its_own() {
    let world = World::create().await;
    let (portal, other) = (world.portal(1).await, world.portal(2).await);
    world
        .store
        .save_chain(&portal, &chain(5, ChainSource::Page, "old"))
        .await
        .unwrap();
    world
        .store
        .save_chain(&other, &chain(5, ChainSource::Page, "other"))
        .await
        .unwrap();
    let new = world
        .store
        .save_chain(&portal, &chain(1, ChainSource::Installation, "new"))
        .await
        .unwrap();

    let ended = world
        .store
        .end_other_chains(&portal, new, ChainEnd::Superseded)
        .await
        .unwrap();

    assert_eq!(ended, 1);
    assert_eq!(names(&world.store, &portal, None).await, ["new"]);
    assert_eq!(names(&world.store, &other, None).await, ["other"]);
    world.end().await;
}

#[tokio::test]
async fn a_chain_of_another_portal_can_be_neither_locked_nor_ended() {
    let world = World::create().await;
    let (one, other) = (world.portal(1).await, world.portal(2).await);
    let id = world
        .store
        .save_chain(&one, &chain(5, ChainSource::Page, "one"))
        .await
        .unwrap();

    assert!(world.store.lock_chain(&other, id).await.unwrap().is_none());
    assert!(
        !world
            .store
            .end_chain(&other, id, 1, ChainEnd::Spent)
            .await
            .unwrap()
    );
    assert!(
        world
            .store
            .lock_chain(&one, ChainId(id.0 + 1))
            .await
            .unwrap()
            .is_none()
    );
    world.end().await;
}

#[tokio::test]
async fn save_chain_keeps_nothing_for_portals_that_are_unknown_or_gone() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world.store.archive(&portal).await.unwrap();
    let new = chain(5, ChainSource::Page, "late");

    let gone = world.store.save_chain(&portal, &new).await;
    let unknown = world.store.save_chain(&member(9), &new).await;

    assert!(matches!(gone, Err(StoreError::Uninstalled(_))), "{gone:?}");
    assert!(
        matches!(unknown, Err(StoreError::UnknownPortal(_))),
        "{unknown:?}"
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_at_the_same_moment_leaves_no_token_behind() {
    let world = World::create().await;
    let (other, other_pool) = world.other_process(5).await;
    for number in 0..20 {
        let portal = world.portal(number).await;
        let mut tasks = JoinSet::new();
        for user in 0..4 {
            let (store, portal) = (other.clone(), portal.clone());
            tasks.spawn(async move {
                let _ = store
                    .save_chain(&portal, &chain(user, ChainSource::Page, "racing"))
                    .await;
            });
        }

        world.store.archive(&portal).await.unwrap();
        tasks.join_all().await;
    }

    assert_eq!(world.number("SELECT count(*) FROM chains").await, 0);
    other_pool.close().await;
    world.end().await;
}

#[tokio::test]
async fn debug_of_chains_locks_and_stores_shows_no_token() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let new = chain(5, ChainSource::Page, "one");
    let id = world.store.save_chain(&portal, &new).await.unwrap();
    let stored = world.store.chains(&portal, None).await.unwrap();
    let locked = world.store.lock_chain(&portal, id).await.unwrap().unwrap();

    let shown = format!("{new:?} {stored:?} {locked:?} {:?}", world.store);

    assert!(shown.contains("app.1"), "{shown}");
    assert!(
        !shown.contains("access-one") && !shown.contains("refresh-one"),
        "{shown}"
    );
    drop(locked);
    world.end().await;
}
