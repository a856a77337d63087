//! The screen Portals: faults are found and mended from it alone.

use crate::world::{World, administrator_of, another_portal, fact, operator, problems, rows};
use certlens_monitor::{ActionRefused, ScreenRefused};
use certlens_store::{AuditOutcome, AuditQuery, PortalState, Standing};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

fn repair(world: &World) -> Value {
    json!({"portals": {"repair": {"member_id": world.member_id()}}})
}

fn one(world: &World) -> String {
    format!("/monitor/portals/{}", world.member_id())
}

#[tokio::test]
async fn list_and_one_portal_are_the_operators_alone() {
    let world = World::start().await;
    let administrator = administrator_of(&world.member_id());

    for address in ["/monitor/portals".to_owned(), one(&world)] {
        let refused = world.screen(&administrator, &address).await;
        assert!(matches!(refused, Err(ScreenRefused::OutOfScope(_))), "{address}");
    }
    let unknown = world
        .screen(&operator(), &format!("/monitor/portals/{}", another_portal()))
        .await;
    assert!(matches!(unknown, Err(ScreenRefused::NotFound)));
    let list = world.screen(&operator(), "/monitor/portals").await.unwrap();
    let listed = list.table("portals").unwrap();
    assert_eq!(listed.rows[0].key, world.member_id().as_str());
    world.close().await;
}

#[tokio::test]
async fn dead_tokens_are_seen_in_the_list_and_the_portals_screen_says_which_page_to_open() {
    let world = World::start().await;
    sqlx::query(
        "UPDATE chains SET access_token = NULL, refresh_token = NULL, ended_at = now(), end_reason = 'spent'",
    )
    .execute(world.pool())
    .await
    .unwrap();
    world
        .store()
        .set_standing(&world.member_id(), Standing::NeedsReauth)
        .await
        .unwrap();

    let list = world
        .screen(&operator(), "/monitor/portals?trouble=yes")
        .await
        .unwrap();
    let screen = world.screen(&operator(), &one(&world)).await.unwrap();

    let listed = rows(list.table("portals").unwrap());
    assert_eq!(listed[0][1..3], ["needs new tokens", "no valid token is left"]);
    assert_eq!(problems(&screen), ["open_application"]);
    let text = serde_json::to_string(&screen).unwrap();
    let page = format!("{}/marketplace/app/41/", world.portal().portal_url());
    assert!(text.contains(&page), "{text}");
    let chains = rows(screen.table("chains").unwrap());
    assert!(
        chains
            .iter()
            .all(|chain| chain[5].contains("authorization server")),
        "{chains:?}"
    );
    world.close().await;
}

#[tokio::test]
async fn wiped_bindings_are_seen_by_a_look_and_mended_by_the_repair_which_the_log_keeps() {
    let world = World::start().await;
    world.portal().wipe_bindings();
    let look = world
        .screen(&operator(), &format!("{}?look=now", one(&world)))
        .await
        .unwrap();

    let done = world.act(&operator(), repair(&world)).await.unwrap();

    let seen = rows(look.table("bindings").unwrap());
    assert!(
        seen.len() >= 18 && seen.iter().all(|row| row[2] == "missing"),
        "{seen:?}"
    );
    assert!(done.message.starts_with("The portal works."), "{}", done.message);
    assert!(
        done.message.contains("bound what was missing"),
        "{}",
        done.message
    );
    let again = world
        .screen(&operator(), &format!("{}?look=now", one(&world)))
        .await
        .unwrap();
    let seen = rows(again.table("bindings").unwrap());
    assert!(seen.iter().all(|row| row[2] == "in place"), "{seen:?}");
    let query = AuditQuery {
        action: Some("portals.repair"),
        limit: 10,
        ..AuditQuery::default()
    };
    let log = world.store().audit_log(&query).await.unwrap();
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].outcome, AuditOutcome::Done);
    assert_eq!(log[0].member_id, Some(world.member_id()));
    assert_eq!(log[0].reason.as_deref(), Some("because"));
    world.close().await;
}

#[tokio::test]
async fn administrator_repairs_his_own_portal_and_no_other() {
    let world = World::start().await;
    let own = administrator_of(&world.member_id());
    let foreign = administrator_of(&another_portal());

    let mended = world.act(&own, repair(&world)).await;
    let refused = world.act(&foreign, repair(&world)).await;
    let erase = json!({"portals": {"erase": {"member_id": world.member_id()}}});
    let not_his = world.act(&own, erase.clone()).await;
    let not_even_seen = world.preview(&own, erase).await;

    assert!(mended.is_ok(), "{mended:?}");
    for refused in [refused.map(drop), not_his.map(drop), not_even_seen.map(drop)] {
        assert!(
            matches!(refused, Err(ActionRefused::OutOfScope(_))),
            "{refused:?}"
        );
    }
    assert!(world.store().portal(&world.member_id()).await.unwrap().is_some());
    world.close().await;
}

#[tokio::test]
async fn keys_of_a_local_application_go_in_and_never_come_out() {
    let world = World::start().await;
    let keys = |client_id, secret| [("client_id", client_id), ("client_secret", secret)];
    let form = "portal_keys";
    let client_id = "local.66aa00bb11cc22.01234567";

    let stored = world
        .submit(&operator(), form, &keys(client_id, "very-secret-1"))
        .await
        .unwrap();
    let replaced = world
        .submit(&operator(), form, &keys(client_id, "very-secret-2"))
        .await
        .unwrap();
    let administrator = administrator_of(&world.member_id());
    let refused = world.submit(&administrator, form, &keys(client_id, "mine")).await;
    let market_id = world.portal().client_id();
    let market = world
        .submit(&operator(), form, &keys(market_id.as_str(), "x"))
        .await;

    assert_eq!(stored.before, Some(Value::Null));
    assert_eq!(
        replaced.before,
        Some(json!({"client_id": client_id, "secret": "former"}))
    );
    assert!(
        matches!(refused, Err(ActionRefused::OutOfScope(_))),
        "{refused:?}"
    );
    assert!(matches!(market, Err(ActionRefused::Field(_))), "{market:?}");
    let screen = world.screen(&operator(), &one(&world)).await.unwrap();
    let applications = rows(screen.table("applications").unwrap());
    assert_eq!(applications[0][0], client_id);
    let shown = serde_json::to_string(&screen).unwrap();
    let log: Vec<String> = sqlx::query_scalar("SELECT audit_log::text FROM audit_log")
        .fetch_all(world.pool())
        .await
        .unwrap();
    assert!(!shown.contains("very-secret") && !log.concat().contains("very-secret"));
    let remove =
        json!({"portals": {"remove_keys": {"member_id": world.member_id(), "client_id": client_id}}});
    world.act(&operator(), remove.clone()).await.unwrap();
    let again = world.act(&operator(), remove).await;
    assert!(matches!(again, Err(ActionRefused::Refused(_))), "{again:?}");
    world.close().await;
}

#[tokio::test]
async fn keys_of_another_portals_application_are_not_taken_over() {
    let world = World::start().await;
    let client_id = "local.66aa00bb11cc22.01234567";
    let other = another_portal();
    world
        .store()
        .add_application(client_id, &"theirs".into(), Some(&other))
        .await
        .unwrap();

    let refused = world
        .submit(
            &operator(),
            "portal_keys",
            &[("client_id", client_id), ("client_secret", "mine")],
        )
        .await;

    let refused = refused.unwrap_err();
    assert!(refused.to_string().contains("another portal"), "{refused}");
    let kept = world.store().application(client_id).await.unwrap().unwrap();
    assert_eq!(kept.member_id, Some(other));
    world.close().await;
}

#[tokio::test]
async fn erasure_is_previewed_by_what_goes_and_leaves_no_trace_even_in_the_log() {
    let world = World::start().await;
    world.act(&operator(), repair(&world)).await.unwrap();
    let erase = json!({"portals": {"erase": {"member_id": world.member_id()}}});
    let known = world.store().portal(&world.member_id()).await.unwrap().unwrap();
    let domain = known.address.domain;

    let preview = world.preview(&operator(), erase.clone()).await.unwrap();
    let done = world.act(&operator(), erase.clone()).await.unwrap();
    let again = world.act(&operator(), erase).await;

    assert!(preview.is_destructive && preview.needs_reason);
    assert!(
        preview.effects.contains(&"the portal: 1".to_owned()),
        "{:?}",
        preview.effects
    );
    assert!(preview.effects.iter().any(|line| line.starts_with("tokens: ")));
    assert_eq!(done.go_to.as_deref(), Some("/monitor/portals"));
    assert!(matches!(again, Err(ActionRefused::Refused(_))), "{again:?}");
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables
         WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
    )
    .fetch_all(world.pool())
    .await
    .unwrap();
    for table in tables {
        for text in [world.member_id().as_str(), domain.as_str()] {
            let query =
                format!("SELECT count(*) FROM \"{table}\" AS searched WHERE strpos(searched::text, $1) > 0");
            let found: i64 = sqlx::query_scalar(AssertSqlSafe(query))
                .bind(text)
                .fetch_one(world.pool())
                .await
                .unwrap();
            assert_eq!(found, 0, "{table} has {text}");
        }
    }
    let query = AuditQuery {
        action: Some("portals.erase"),
        limit: 10,
        ..AuditQuery::default()
    };
    let log = world.store().audit_log(&query).await.unwrap();
    assert_eq!(log.len(), 2, "done, and refused");
    world.close().await;
}

#[tokio::test]
async fn one_portals_screen_tells_its_facts() {
    let world = World::start().await;

    let screen = world.screen(&operator(), &one(&world)).await.unwrap();

    assert_eq!(fact(&screen, "State").as_deref(), Some("installed"));
    assert_eq!(
        fact(&screen, "Secret key").as_deref(),
        Some("stored, never shown")
    );
    assert_eq!(fact(&screen, "Version of the bindings").as_deref(), Some("3 / 3"));
    assert_eq!(
        fact(&screen, "Number of the portal (member_id)").as_deref(),
        Some(world.member_id().as_str())
    );
    let state = world
        .store()
        .portal(&world.member_id())
        .await
        .unwrap()
        .unwrap()
        .state;
    assert_eq!(state, PortalState::Installed);
    assert_eq!(problems(&screen), Vec::<&str>::new());
    let shown = serde_json::to_string(&screen).unwrap();
    assert!(
        shown.contains("/export"),
        "the file with all data is one link away"
    );
    world.close().await;
}
