//! Local applications.

use crate::world::{World, member};
use secrecy::ExposeSecret as _;

async fn secret(world: &World, client_id: &str) -> Option<String> {
    let secret = world.store.secret_of(client_id).await.unwrap();
    secret.map(|secret| secret.expose_secret().to_owned())
}

#[tokio::test]
async fn add_application_again_replaces_its_secret_at_once_and_shows_none() {
    let world = World::create().await;
    world
        .store
        .add_application("local.1", &"first".into(), None)
        .await
        .unwrap();
    assert_eq!(secret(&world, "local.1").await.as_deref(), Some("first"));

    world
        .store
        .add_application("local.1", &"second".into(), None)
        .await
        .unwrap();

    assert_eq!(secret(&world, "local.1").await.as_deref(), Some("second"));
    let shown = world
        .number("SELECT count(*) FROM applications WHERE position('second' IN encode(client_secret, 'escape')) > 0")
        .await;
    assert_eq!(shown, 0);
    world.end().await;
}

#[tokio::test]
async fn remove_application_forgets_it() {
    let world = World::create().await;
    world
        .store
        .add_application("local.1", &"first".into(), None)
        .await
        .unwrap();

    assert!(world.store.remove_application("local.1").await.unwrap());

    assert!(!world.store.remove_application("local.1").await.unwrap());
    assert_eq!(secret(&world, "local.1").await, None);
    assert!(world.store.applications().await.unwrap().is_empty());
    world.end().await;
}

#[tokio::test]
async fn an_application_belongs_to_the_first_portal_that_proves_to_use_it() {
    let world = World::create().await;
    let (one, other) = (member(1), member(2));
    world
        .store
        .add_application("local.free", &"secret".into(), None)
        .await
        .unwrap();
    world
        .store
        .add_application("local.others", &"secret".into(), Some(&other))
        .await
        .unwrap();
    let before = world.store.client_ids_for(&one).await.unwrap();

    assert!(world.store.bind_to_portal("local.free", &one).await.unwrap());

    assert_eq!(before, ["local.free"]);
    assert!(
        world.store.bind_to_portal("local.free", &one).await.unwrap(),
        "repeatable"
    );
    assert!(!world.store.bind_to_portal("local.free", &other).await.unwrap());
    assert!(!world.store.bind_to_portal("local.unknown", &one).await.unwrap());
    assert_eq!(
        world.store.client_ids_for(&other).await.unwrap(),
        ["local.others"]
    );
    world.end().await;
}
