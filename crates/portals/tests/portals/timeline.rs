//! Comments in a card's timeline.

use certlens_bitrix24::EntityType;
use certlens_portal_sim::{EntityKind, RestFault};
use certlens_portals::{PortalNotice, TimelineOutcome};
use serde_json::{Value, json};

use crate::world::{MANAGER, World, entity};

const SUMMARY: &str = "38 действующих деклараций, 6 истекают за 90 дней [B]ТР ТС 004/2011[/B]";

async fn comments(world: &World, kind: &str, id: u64) -> Vec<Value> {
    let filter = json!({"filter": {"ENTITY_TYPE": kind, "ENTITY_ID": id}});
    let rows = world.change("crm.timeline.comment.list", filter).await;
    rows.as_array().cloned().unwrap()
}

#[tokio::test]
async fn a_comment_is_the_viewers_own_and_shows_codes_as_they_are_written() {
    let world = World::start().await;
    world.install().await;
    let manager = world.viewer(MANAGER, EntityKind::Deal, 301).await;
    let (entity_type, id) = entity(EntityType::Deal, 301);

    let outcome = world
        .portals
        .add_to_timeline(&manager, entity_type, id, SUMMARY)
        .await
        .unwrap();

    let comments = comments(&world, "deal", 301).await;
    assert_eq!(comments.len(), 1);
    let number = comments[0]["ID"].as_str().unwrap().parse().unwrap();
    assert_eq!(outcome, TimelineOutcome::Added { id: number });
    assert_eq!(comments[0]["AUTHOR_ID"], MANAGER.to_string());
    let text = comments[0]["COMMENT"].as_str().unwrap();
    assert!(!text.contains("[B]") && !text.contains("[/B]"));
    assert_eq!(text.replace('\u{2060}', ""), SUMMARY);
    world.close().await;
}

#[tokio::test]
async fn who_may_not_see_the_card_may_not_comment_on_it() {
    let world = World::start().await;
    world.install().await;
    let manager = world.viewer(MANAGER, EntityKind::Company, 101).await;
    let (entity_type, id) = entity(EntityType::Deal, 314);

    let outcome = world
        .portals
        .add_to_timeline(&manager, entity_type, id, SUMMARY)
        .await
        .unwrap();

    assert_eq!(outcome, TimelineOutcome::NotAllowed);
    assert!(comments(&world, "deal", 314).await.is_empty());
    world.close().await;
}

#[tokio::test]
async fn a_comment_with_a_lost_answer_is_not_sent_again() {
    let world = World::start().await;
    world.install().await;
    let manager = world.viewer(MANAGER, EntityKind::Company, 101).await;
    let (entity_type, id) = entity(EntityType::Company, 101);
    world.portal().set_fault_times(RestFault::WriteExecutedBut500, 1);

    let outcome = world
        .portals
        .add_to_timeline(&manager, entity_type, id, SUMMARY)
        .await
        .unwrap();

    assert_eq!(outcome, TimelineOutcome::Uncertain);
    assert_eq!(comments(&world, "company", 101).await.len(), 1);
    world.close().await;
}

#[tokio::test]
async fn a_portal_in_trouble_and_an_empty_text_are_told_apart() {
    let world = World::start().await;
    world.install().await;
    let manager = world.viewer(MANAGER, EntityKind::Company, 101).await;
    let (entity_type, id) = entity(EntityType::Company, 101);

    let empty = world
        .portals
        .add_to_timeline(&manager, entity_type, id, " \n")
        .await
        .unwrap();
    world.portal().set_fault(RestFault::PaymentRequired);
    let unpaid = world
        .portals
        .add_to_timeline(&manager, entity_type, id, SUMMARY)
        .await
        .unwrap();

    assert_eq!(empty, TimelineOutcome::Unsuitable);
    assert_eq!(unpaid, TimelineOutcome::Portal(PortalNotice::PaymentRequired));
    world.close().await;
}
