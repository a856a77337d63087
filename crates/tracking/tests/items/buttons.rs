//! Buttons of our activities.

use certlens_domain::tracking::NotificationKind;
use certlens_tracking::notification::notify_at;
use serde_json::json;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

use crate::world::{FIRST, MANAGER, World, tempo};

#[tokio::test]
async fn mute_button_silences_the_presser_s_subscriptions_of_the_card_only() {
    let world = World::start(3).await;
    let portal = world.portal();
    let subscription = world
        .subscribe(&portal, ("company", FIRST), NotificationKind::Activity)
        .await;
    let other_card = world
        .subscribe(&portal, ("company", FIRST + 1), NotificationKind::Activity)
        .await;
    let pressed = json!({
        "id": "certlens_mute", "entityTypeId": 4, "entityId": FIRST, "activityId": 5, "userId": MANAGER,
    });

    portal.raise("ONCRMTIMELINEITEMACTION", pressed, Some(MANAGER));
    world
        .work_off("the button is noted", async || {
            world.number("SELECT count(*) FROM timeline_actions").await == 1
        })
        .await;
    world.find(&portal, subscription, "document").await;
    world.find(&portal, other_card, "document").await;
    let summary = notify_at(
        &world.tracking,
        &tempo(),
        &CancellationToken::new(),
        Duration::from_mins(1),
    )
    .await
    .unwrap();

    assert_eq!(summary.sent, 1, "the other card's");
    assert_eq!(
        world
            .number("SELECT count(*) FROM news WHERE dropped = 'muted'")
            .await,
        1
    );
    world.close().await;
}
