//! To whom items go when people left or the portal refuses them.

use certlens_domain::tracking::NotificationKind;
use rstest::rstest;
use serde_json::{Value, json};

use crate::world::{ADMINISTRATOR, DISMISSED, FIRST, MANAGER, World, stored};

/// Makes a user responsible for the first company.
async fn entrust(world: &World, user: u64) {
    let change = json!({"id": FIRST, "fields": {"ASSIGNED_BY_ID": user}});
    world.call(&world.portal(), "crm.company.update", change).await;
}

fn responsible(object: &Value) -> &str {
    object["RESPONSIBLE_ID"]
        .as_str()
        .or(object["responsibleId"].as_str())
        .unwrap_or_default()
}

#[rstest]
#[tokio::test]
async fn user_whom_the_portal_refuses_falls_through_to_the_next_rule_on_the_fly(
    #[values(NotificationKind::Todo, NotificationKind::Activity, NotificationKind::Task)]
    kind: NotificationKind,
    #[values(true, false)] is_dismissed: bool,
) {
    let world = World::start(3).await;
    let portal = world.portal();
    let refused = if is_dismissed { DISMISSED } else { 10 };
    portal.refuse_user(10, true);
    entrust(&world, refused).await;
    world.plan(&portal, 1, kind).await;

    world.send_all().await;

    let objects = world.objects(&portal, kind).await;
    assert_eq!(objects.len(), 1);
    assert_eq!(responsible(&objects[0]), MANAGER.to_string(), "the subscriber");
    assert_eq!(
        world
            .number("SELECT count(*) FROM assignment_refusals WHERE rule = 'responsible'")
            .await,
        1
    );
    assert_eq!(
        world
            .number(
                "SELECT count(*) FROM notification_items WHERE assigned_rule = 'subscriber' AND attempts = 1"
            )
            .await,
        1,
        "in the same attempt"
    );
    world.close().await;
}

#[tokio::test]
async fn item_that_nobody_can_take_is_kept_and_sent_when_somebody_can() {
    let world = World::start(3).await;
    let portal = world.portal();
    entrust(&world, DISMISSED).await;
    portal.refuse_user(MANAGER, true);
    world.plan(&portal, 1, NotificationKind::Task).await;

    world.send_all().await;
    assert_eq!(world.states().await["unassignable"], 1);
    assert_eq!(world.objects(&portal, NotificationKind::Task).await.len(), 0);

    portal.refuse_user(MANAGER, false);
    world.store().wake_unassignable(&stored(&portal)).await.unwrap();
    let sender = world.sender(&crate::world::tempo());
    crate::world::eventually("it is sent", async || world.states().await.contains_key("sent")).await;
    sender.stop().await;

    let objects = world.objects(&portal, NotificationKind::Task).await;
    assert_eq!(objects.len(), 1);
    assert_eq!(responsible(&objects[0]), MANAGER.to_string());
    world.close().await;
}

#[tokio::test]
async fn override_of_a_subscription_decides_instead_of_the_portal_s_rules() {
    let world = World::start(3).await;
    let portal = world.portal();
    entrust(&world, MANAGER).await;
    world.plan(&portal, 1, NotificationKind::Todo).await;
    world
        .execute("UPDATE notification_items SET assignment = '{\"rules\": [\"fallback\"], \"fallback_user_id\": 1}'")
        .await;

    world.send_all().await;

    let objects = world.objects(&portal, NotificationKind::Todo).await;
    assert_eq!(responsible(&objects[0]), ADMINISTRATOR.to_string());
    world.close().await;
}
