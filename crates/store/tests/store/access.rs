//! Who may see what.

use crate::world::World;
use certlens_store::{CrmEntity, EntityType, UserId};

const DEAL: CrmEntity = CrmEntity::new(EntityType::Deal, 7);
const LEAD: CrmEntity = CrmEntity::new(EntityType::Lead, 7);

#[tokio::test]
async fn a_proof_of_access_holds_for_its_user_item_and_portal_only() {
    let world = World::create().await;
    let (one, other) = (world.portal(1).await, world.portal(2).await);

    world
        .store
        .note_access(&one, UserId(5), &[DEAL, DEAL])
        .await
        .unwrap();

    assert!(world.store.has_access(&one, UserId(5), DEAL).await.unwrap());
    assert!(!world.store.has_access(&one, UserId(6), DEAL).await.unwrap());
    assert!(!world.store.has_access(&one, UserId(5), LEAD).await.unwrap());
    assert!(!world.store.has_access(&other, UserId(5), DEAL).await.unwrap());
    world.end().await;
}

#[tokio::test]
async fn a_proof_of_access_ends_after_twelve_hours_and_can_be_renewed() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world
        .store
        .note_access(&portal, UserId(5), &[DEAL, LEAD])
        .await
        .unwrap();
    world
        .execute("UPDATE crm_access SET proved_at = now() - interval '12 hours'")
        .await;

    assert!(!world.store.has_access(&portal, UserId(5), DEAL).await.unwrap());
    world
        .store
        .note_access(&portal, UserId(5), &[DEAL])
        .await
        .unwrap();

    assert!(world.store.has_access(&portal, UserId(5), DEAL).await.unwrap());
    assert_eq!(world.store.purge_access().await.unwrap(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_change_of_an_item_revokes_everybodys_access_to_it() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    for user in [5, 6] {
        world
            .store
            .note_access(&portal, UserId(user), &[DEAL, LEAD])
            .await
            .unwrap();
    }

    world.store.revoke_access(&portal, &[DEAL]).await.unwrap();

    assert!(!world.store.has_access(&portal, UserId(5), DEAL).await.unwrap());
    assert!(!world.store.has_access(&portal, UserId(6), DEAL).await.unwrap());
    assert!(world.store.has_access(&portal, UserId(5), LEAD).await.unwrap());
    world.end().await;
}

#[tokio::test]
async fn a_users_standing_holds_for_a_day() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world.store.note_user(&portal, UserId(1), true).await.unwrap();
    world.store.note_user(&portal, UserId(5), true).await.unwrap();
    world.store.note_user(&portal, UserId(5), false).await.unwrap();
    let standing = |user| world.store.administrator(&portal, UserId(user));

    assert_eq!(standing(1).await.unwrap(), Some(true));
    assert_eq!(standing(5).await.unwrap(), Some(false));
    assert_eq!(standing(6).await.unwrap(), None);
    world
        .execute("UPDATE portal_users SET noted_at = now() - interval '24 hours'")
        .await;
    assert_eq!(standing(1).await.unwrap(), None);
    world.end().await;
}

#[tokio::test]
async fn forget_user_takes_his_access_and_his_standing() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    for user in [5, 6] {
        world
            .store
            .note_access(&portal, UserId(user), &[DEAL])
            .await
            .unwrap();
        world.store.note_user(&portal, UserId(user), true).await.unwrap();
    }

    world.store.forget_user(&portal, UserId(5)).await.unwrap();

    assert!(!world.store.has_access(&portal, UserId(5), DEAL).await.unwrap());
    assert_eq!(world.store.administrator(&portal, UserId(5)).await.unwrap(), None);
    assert!(world.store.has_access(&portal, UserId(6), DEAL).await.unwrap());
    world.end().await;
}

#[tokio::test]
async fn a_users_name_outlives_his_standing_and_an_answer_without_one() {
    let world = World::create().await;
    let (portal, other) = (world.portal(1).await, world.portal(2).await);
    world
        .store
        .note_profile(&portal, UserId(5), false, "Анна Петрова")
        .await
        .unwrap();
    world
        .store
        .note_profile(&portal, UserId(5), true, "")
        .await
        .unwrap();
    world.store.note_user(&portal, UserId(6), false).await.unwrap();
    world
        .execute("UPDATE portal_users SET noted_at = now() - interval '30 days'")
        .await;

    let name = |portal: certlens_store::MemberId, user| {
        let store = world.store.clone();
        async move { store.user_name(&portal, UserId(user)).await.unwrap() }
    };
    assert_eq!(name(portal.clone(), 5).await.as_deref(), Some("Анна Петрова"));
    assert_eq!(name(portal, 6).await, None);
    assert_eq!(name(other, 5).await, None, "another portal's user");
    world.end().await;
}
