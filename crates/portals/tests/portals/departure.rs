//! Leaving, told and untold, believed and not.

use certlens_portal_sim::{Clean, EntityKind};
use certlens_portals::Departure;
use certlens_store::PortalState;
use rstest::rstest;

use crate::world::{ADMINISTRATOR, World, eventually, member_id, stored};

fn event(member_id: &str, token: Option<&str>, clean: u8) -> String {
    let token = token.map_or_else(String::new, |token| format!("&auth[application_token]={token}"));
    format!("event=ONAPPUNINSTALL&data[CLEAN]={clean}&ts=1790100000&auth[member_id]={member_id}{token}")
}

#[tokio::test]
async fn uninstall_with_deletion_leaves_nothing_of_the_portal() {
    let world = World::start().await;
    world.install().await;
    world.card(ADMINISTRATOR, EntityKind::Company, 101).await.unwrap();
    let portal = world.portal();
    let member = stored(&portal);

    portal.uninstall_with_event(Clean::Delete);

    eventually("the portal is gone", || async {
        world.store().portal(&member).await.unwrap().is_none()
    })
    .await;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.columns
         WHERE column_name = 'member_id' AND table_schema = 'public'",
    )
    .fetch_all(world.pool())
    .await
    .unwrap();
    assert!(tables.len() > 5, "{tables:?}");
    for table in tables {
        let query = format!("SELECT count(*) FROM {table} WHERE member_id = $1");
        let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
            .bind(member.as_str())
            .fetch_one(world.pool())
            .await
            .unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    world.close().await;
}

#[tokio::test]
async fn uninstall_without_deletion_archives_and_a_new_installation_restores() {
    let world = World::start().await;
    world.install().await;
    world.card(ADMINISTRATOR, EntityKind::Company, 101).await.unwrap();
    let portal = world.portal();
    let member = stored(&portal);
    let generation = world
        .portals
        .session_generation(&member_id(&portal))
        .await
        .unwrap();

    portal.uninstall_with_event(Clean::Keep);
    eventually("the portal is archived", || async {
        let portal = world.store().portal(&member).await.unwrap().unwrap();
        portal.state == PortalState::Uninstalled
    })
    .await;

    assert!(world.store().chains(&member, None).await.unwrap().is_empty());
    assert_eq!(
        world
            .portals
            .session_generation(&member_id(&portal))
            .await
            .unwrap(),
        None
    );
    assert_eq!(world.store().index_size(&member).await.unwrap().companies, 1);
    let report = world.install().await;
    assert!(report.complete, "{report:?}");
    let again = world
        .portals
        .session_generation(&member_id(&portal))
        .await
        .unwrap();
    assert!(
        again.is_some() && again != generation,
        "sessions of before stay revoked"
    );
    world.close().await;
}

#[rstest]
#[case::without_a_token(None)]
#[case::with_a_wrong_token(Some("00000000000000000000000000000000"))]
#[tokio::test]
async fn uninstall_that_nothing_proves_is_ignored(#[case] token: Option<&str>) {
    let world = World::start().await;
    world.install().await;
    let portal = world.portal();

    let departure = world
        .portals
        .uninstall(event(&portal.member_id(), token, 1).as_bytes())
        .await
        .unwrap();

    assert_eq!(departure, Departure::Ignored);
    let known = world.store().portal(&stored(&portal)).await.unwrap().unwrap();
    assert_eq!(known.state, PortalState::Installed);
    world.close().await;
}

#[tokio::test]
async fn uninstall_that_comes_late_or_twice_harms_no_later_installation() {
    let world = World::start().await;
    world.install().await;
    let portal = world.portal();
    let late = event(&portal.member_id(), portal.application_token().as_deref(), 1);
    let first = world.portals.uninstall(late.as_bytes()).await.unwrap();
    portal.uninstall();
    world.install().await;

    let second = world.portals.uninstall(late.as_bytes()).await.unwrap();

    assert_eq!((first, second), (Departure::Erased, Departure::Ignored));
    let known = world.store().portal(&stored(&portal)).await.unwrap().unwrap();
    assert_eq!(known.state, PortalState::Installed);
    world.close().await;
}

#[tokio::test]
async fn uninstall_of_an_unknown_portal_is_ignored() {
    let world = World::start().await;
    let form = event(
        "5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49",
        Some("77aa77aa77aa77aa77aa77aa77aa77aa"),
        1,
    );
    assert_eq!(
        world.portals.uninstall(form.as_bytes()).await.unwrap(),
        Departure::Ignored
    );
    world.close().await;
}

#[tokio::test]
async fn a_removal_that_nobody_told_is_found_out_and_archived() {
    let mut world = World::start().await;
    world.install().await;
    let portal = world.portal();
    let member = stored(&portal);
    sqlx::query("UPDATE portals SET application_token_hash = NULL")
        .execute(world.pool())
        .await
        .unwrap();
    portal.uninstall();
    world.work(&world.portals.clone());

    // A hint that can't be proved: the authorization server decides.
    let hint = event(&portal.member_id(), Some("77aa77aa77aa77aa77aa77aa77aa77aa"), 1);
    world.portals.uninstall(hint.as_bytes()).await.unwrap();

    eventually("the portal is archived", || async {
        let portal = world.store().portal(&member).await.unwrap().unwrap();
        portal.state == PortalState::Uninstalled
    })
    .await;
    world.close().await;
}

#[tokio::test]
async fn a_forged_hint_about_an_installed_portal_changes_nothing() {
    let mut world = World::start().await;
    world.install().await;
    let portal = world.portal();
    let member = stored(&portal);
    sqlx::query("UPDATE portals SET application_token_hash = NULL")
        .execute(world.pool())
        .await
        .unwrap();
    world.work(&world.portals.clone());

    let hint = event(&portal.member_id(), Some("77aa77aa77aa77aa77aa77aa77aa77aa"), 1);
    world.portals.uninstall(hint.as_bytes()).await.unwrap();

    eventually("the hint was followed", || async {
        let job = world.store().job(&member, "confirm_departure").await.unwrap();
        job.is_some_and(|job| job.last_success_at.is_some())
    })
    .await;
    let known = world.store().portal(&member).await.unwrap().unwrap();
    assert_eq!(known.state, PortalState::Installed);
    world.close().await;
}
