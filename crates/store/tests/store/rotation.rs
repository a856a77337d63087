//! Changing the secret key: everything is written anew while others read and write, nothing is lost.

use crate::world::{World, chain, key, pair};
use certlens_store::{
    ChainSource, NewEvent, ProcessReport, Rotated, RotationRefused, SecretKey, SecretKeys, Store, TokenCheck,
};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

const NEW: &str = "//////////////////////////////////////////8=";
const THIRD: &str = "7v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v4=";

fn other_key(text: &str) -> SecretKey {
    SecretKey::parse(text).unwrap()
}

/// The keys of a change from the test's usual key to a new one.
fn change() -> SecretKeys {
    SecretKeys::new(other_key(NEW), Some(key()))
}

fn store(world: &World, keys: &SecretKeys) -> Store {
    Store::with_keys(world.pool().clone(), keys)
}

/// Two chains, an application, an event, an application token.
async fn filled() -> (World, certlens_store::MemberId) {
    let world = World::create().await;
    let portal = world.portal(1).await;
    for (user, name) in [(1, "one"), (2, "two")] {
        world
            .store
            .save_chain(&portal, &chain(user, ChainSource::Page, name))
            .await
            .unwrap();
    }
    world
        .store
        .add_application("local.1", &"the secret".into(), Some(&portal))
        .await
        .unwrap();
    let event = NewEvent {
        member_id: portal.clone(),
        event: "ONCRMCOMPANYUPDATE".to_owned(),
        subject: None,
        body: b"the body".to_vec().into(),
        proved: true,
    };
    world.store.receive_event(&event).await.unwrap();
    world
        .store
        .adopt_application_token(&portal, &"77aa".into())
        .await
        .unwrap();
    (world, portal)
}

#[tokio::test]
async fn everything_is_written_anew_and_opens_with_the_new_key_alone() {
    let (world, portal) = filled().await;
    let between = store(&world, &change());

    let rotated = between.rotate_secrets(&change()).await.unwrap();
    let again = between.rotate_secrets(&change()).await.unwrap();

    // Two pairs of tokens, a secret, a body.
    assert_eq!(
        rotated,
        Rotated {
            rewritten: 6,
            // The key of the hashes, which has just been kept.
            current: 1,
            unreadable: 0
        }
    );
    assert_eq!(
        again,
        Rotated {
            rewritten: 0,
            current: 7,
            unreadable: 0
        }
    );
    let after = store(&world, &other_key(NEW).into());
    assert_eq!(after.opens_secrets().await.unwrap(), Some(true));
    let secret = after.secret_of("local.1").await.unwrap().unwrap();
    assert_eq!(secret.expose_secret(), "the secret");
    assert_eq!(world.store.opens_secrets().await.unwrap(), Some(false));
    assert_eq!(
        after.check_application_token(&portal, "77aa").await.unwrap(),
        TokenCheck::Matches
    );
    world.end().await;
}

#[tokio::test]
async fn application_token_is_recognised_after_a_rotation_and_hashed_anew_when_it_comes() {
    let (world, portal) = filled().await;
    store(&world, &change()).rotate_secrets(&change()).await.unwrap();
    let after = store(&world, &other_key(NEW).into());
    let hash = "SELECT encode(application_token_hash, 'hex') FROM portals";
    let before: String = sqlx::query_scalar(hash).fetch_one(world.pool()).await.unwrap();

    let wrong = after.check_application_token(&portal, "77ab").await.unwrap();
    let unchanged: String = sqlx::query_scalar(hash).fetch_one(world.pool()).await.unwrap();
    let right = after.check_application_token(&portal, "77aa").await.unwrap();
    let changed: String = sqlx::query_scalar(hash).fetch_one(world.pool()).await.unwrap();
    world.execute("DELETE FROM former_fingerprint_keys").await;
    let by_the_new_key = after.check_application_token(&portal, "77aa").await.unwrap();

    assert_eq!((wrong, &unchanged), (TokenCheck::Differs, &before));
    assert_eq!(right, TokenCheck::Matches);
    assert_ne!(changed, before);
    assert_eq!(by_the_new_key, TokenCheck::Matches);
    world.end().await;
}

#[tokio::test]
async fn hash_that_waits_for_its_token_survives_a_second_rotation() {
    let (world, portal) = filled().await;
    store(&world, &change()).rotate_secrets(&change()).await.unwrap();
    let second = SecretKeys::new(other_key(THIRD), Some(other_key(NEW)));
    store(&world, &second).rotate_secrets(&second).await.unwrap();

    let after = store(&world, &other_key(THIRD).into());

    assert_eq!(
        after.check_application_token(&portal, "77aa").await.unwrap(),
        TokenCheck::Matches
    );
    assert_eq!(
        after.check_application_token(&portal, "77ab").await.unwrap(),
        TokenCheck::Differs
    );
    world.end().await;
}

#[tokio::test]
async fn rotation_that_was_cut_off_is_completed_by_the_next() {
    let (world, _) = filled().await;
    let between = store(&world, &change());
    // As far as one that was killed had come: one chain is of the new key.
    let portal = world.portal(2).await;
    between
        .save_chain(&portal, &chain(3, ChainSource::Page, "three"))
        .await
        .unwrap();

    let rotated = between.rotate_secrets(&change()).await.unwrap();

    assert_eq!((rotated.rewritten, rotated.unreadable), (6, 0));
    assert_eq!(between.sealed_with_the_other_key().await.unwrap(), 0);
    world.end().await;
}

#[tokio::test]
async fn tokens_that_are_renewed_while_keys_are_rotated_stay_the_renewed_ones() {
    let (world, portal) = filled().await;
    let between = store(&world, &change());
    let renewing = async {
        for round in 0..40 {
            let name = format!("round-{round}");
            let mut renewed = chain(1, ChainSource::Page, "one");
            renewed.pair = pair(&name);
            between.save_chain(&portal, &renewed).await.unwrap();
        }
    };
    let rotating = async {
        for _ in 0..10 {
            between.rotate_secrets(&change()).await.unwrap();
        }
    };

    tokio::join!(renewing, rotating);

    let after = store(&world, &other_key(NEW).into());
    let chains = after.chains(&portal, None).await.unwrap();
    let of_first = chains.iter().find(|chain| chain.user_id.0 == 1).unwrap();
    assert_eq!(of_first.access.expose_secret(), "access-round-39");
    world.end().await;
}

#[tokio::test]
async fn keys_that_do_not_fit_change_nothing() {
    let (world, _) = filled().await;
    let refused = async |keys: SecretKeys| store(&world, &keys).rotate_secrets(&keys).await.unwrap_err();

    let alone = refused(key().into()).await;
    let same = refused(SecretKeys::new(key(), Some(key()))).await;
    let wrong = refused(SecretKeys::new(other_key(NEW), Some(other_key(THIRD)))).await;

    assert!(matches!(alone, RotationRefused::NoOtherKey), "{alone}");
    assert!(matches!(same, RotationRefused::SameKey), "{same}");
    assert!(matches!(wrong, RotationRefused::WrongKeys(6)), "{wrong}");
    assert_eq!(world.store.opens_secrets().await.unwrap(), Some(true));
    assert_eq!(
        world.number("SELECT count(*) FROM former_fingerprint_keys").await,
        0
    );
    world.end().await;
}

#[tokio::test]
async fn rotation_waits_for_processes_that_still_write_with_the_former_key() {
    let (world, _) = filled().await;
    let between = store(&world, &change());
    let report = |id: u128, name: &str| ProcessReport {
        id: Uuid::from_u128(id),
        name: name.to_owned(),
        version: "1".to_owned(),
        clock_skew: 0.0,
        breaker: "off",
        memory_bytes: None,
        free_disk_bytes: None,
        total_disk_bytes: None,
        opens_secrets: None,
    };
    between.report_process(&report(1, "aware")).await.unwrap();
    // It reads both and writes with the former one.
    let behind = store(&world, &SecretKeys::new(key(), Some(other_key(NEW))));
    behind.report_process(&report(2, "behind")).await.unwrap();

    let refused = between.rotate_secrets(&change()).await.unwrap_err();
    world
        .execute("UPDATE processes SET seen_at = now() - interval '2 minutes' WHERE name = 'behind'")
        .await;
    let dead = between.rotate_secrets(&change()).await;

    let words = refused.to_string();
    assert!(words.contains("behind") && !words.contains("aware"), "{words}");
    assert!(dead.is_ok());
    world.end().await;
}
