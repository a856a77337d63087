//! After the loss of the secret key.

use crate::world::{World, address, chain, member};
use certlens_store::{ChainSource, Installation, PortalState, SecretKey, Store, TokenCheck};

const OTHER_KEY: &str = "HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A portal with tokens, an application token and a local application.
async fn with_secrets() -> World {
    let world = World::create().await;
    let portal = member(1);
    let installation = Installation {
        application_token: Some("77aa".into()),
        ..Installation::at(address("a.example"))
    };
    world.store.begin_install(&portal, &installation).await.unwrap();
    world.store.finish_install(&portal, 1).await.unwrap();
    world
        .store
        .save_chain(&portal, &chain(1, ChainSource::Installation, "one"))
        .await
        .unwrap();
    world
        .store
        .add_application("local.1", &"secret".into(), Some(&portal))
        .await
        .unwrap();
    world
}

fn with_another_key(world: &World) -> Store {
    Store::new(world.pool().clone(), &SecretKey::parse(OTHER_KEY).unwrap())
}

#[tokio::test]
async fn what_a_lost_key_protected_is_forgotten_and_the_portal_can_bring_everything_anew() {
    let world = with_secrets().await;
    let portal = member(1);
    let store = with_another_key(&world);
    assert_eq!(
        store.check_application_token(&portal, "77aa").await.unwrap(),
        TokenCheck::Differs
    );

    let found = store.forget_unreadable().await.unwrap();

    assert_eq!(found.applications, ["local.1"]);
    assert!(found.portals.contains(&portal) && !found.is_anything_readable);
    assert!(store.chains(&portal, None).await.unwrap().is_empty());
    assert!(store.applications().await.unwrap().is_empty());
    assert_eq!(
        store.check_application_token(&portal, "77aa").await.unwrap(),
        TokenCheck::NotStored
    );
    let known = store.portal(&portal).await.unwrap().unwrap();
    assert_eq!(known.state, PortalState::NeedsReauth);
    assert!(store.forget_unreadable().await.unwrap().is_empty());
    world.end().await;
}

#[tokio::test]
async fn right_key_forgets_nothing() {
    let world = with_secrets().await;

    let found = world.store.forget_unreadable().await.unwrap();

    assert!(found.is_empty() && found.is_anything_readable);
    assert_eq!(world.store.chains(&member(1), None).await.unwrap().len(), 1);
    world.end().await;
}

#[tokio::test]
async fn single_chain_that_was_damaged_goes_alone() {
    let world = with_secrets().await;
    let other = world.portal(2).await;
    world
        .store
        .save_chain(&other, &chain(1, ChainSource::Page, "two"))
        .await
        .unwrap();
    sqlx::query("UPDATE chains SET access_token = 'x' WHERE member_id = $1")
        .bind(other.as_str())
        .execute(world.pool())
        .await
        .unwrap();

    let found = world.store.forget_unreadable().await.unwrap();

    assert_eq!(found.chains.len(), 1);
    assert_eq!(world.store.chains(&member(1), None).await.unwrap().len(), 1);
    assert_eq!(
        world
            .store
            .check_application_token(&member(1), "77aa")
            .await
            .unwrap(),
        TokenCheck::Matches
    );
    world.end().await;
}

#[tokio::test]
async fn portal_without_living_tokens_forgets_its_application_token_although_something_opens() {
    let world = with_secrets().await;
    let store = with_another_key(&world);
    let silent = world.portal(2).await;
    world
        .store
        .adopt_application_token(&silent, &"77bb".into())
        .await
        .unwrap();
    // A visit brought new tokens already.
    let visited = world.portal(3).await;
    store
        .save_chain(&visited, &chain(1, ChainSource::Page, "three"))
        .await
        .unwrap();
    store
        .adopt_application_token(&visited, &"77cc".into())
        .await
        .unwrap();

    let found = store.forget_unreadable().await.unwrap();

    assert!(found.is_anything_readable);
    assert_eq!(
        store.check_application_token(&silent, "77bb").await.unwrap(),
        TokenCheck::NotStored
    );
    assert_eq!(
        store.check_application_token(&visited, "77cc").await.unwrap(),
        TokenCheck::Matches
    );
    world.end().await;
}

#[tokio::test]
async fn application_token_of_a_lost_key_beside_new_tokens_is_forgotten_when_that_is_said() {
    let world = with_secrets().await;
    let portal = member(1);
    let store = with_another_key(&world);
    // The portal's only chain, overwritten by a visit.
    store
        .save_chain(&portal, &chain(1, ChainSource::Installation, "new"))
        .await
        .unwrap();

    store.forget_unreadable().await.unwrap();
    let by_itself = store.check_application_token(&portal, "77aa").await.unwrap();
    let forgotten = store.forget_application_tokens().await.unwrap();

    assert_eq!(by_itself, TokenCheck::Differs);
    assert_eq!(forgotten, 1);
    assert_eq!(
        store.check_application_token(&portal, "77aa").await.unwrap(),
        TokenCheck::NotStored
    );
    world.end().await;
}

#[tokio::test]
async fn kept_key_that_cannot_be_opened_is_passed_over_and_forgotten() {
    let world = with_secrets().await;
    world
        .execute("INSERT INTO former_fingerprint_keys (mark, sealed) VALUES ('lost', 'x')")
        .await;
    let store = with_another_key(&world);

    let other_token = world
        .store
        .check_application_token(&member(1), "77ab")
        .await
        .unwrap();
    store.forget_unreadable().await.unwrap();

    assert_eq!(other_token, TokenCheck::Differs);
    assert_eq!(
        world.number("SELECT count(*) FROM former_fingerprint_keys").await,
        0
    );
    world.end().await;
}
