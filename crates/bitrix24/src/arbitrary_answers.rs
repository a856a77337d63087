//! Every function that reads an answer, given any JSON at all: an error or a value, never a panic.

use futures::TryStreamExt as _;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use crate::bindings::{self, Wanted};
use crate::crm::{self, ItemSelection};
use crate::lenient::tests::any_json;
use crate::test_portal::TestPortal;
use crate::{EntityId, EntityType, Marked, Marker, PortalClient, UserId};

/// Calls everything that reads.
async fn read_all(client: &PortalClient) {
    let id = |number| EntityId::new(number).unwrap();
    let cards = [EntityType::Lead, EntityType::Deal, EntityType::Company].map(|kind| (kind, id(5)));
    for (kind, id) in cards {
        let _ = crm::read_card(client, kind, id).await;
        let _ = crm::item_pages(client, ItemSelection::new(kind)).try_next().await;
    }
    let _ = crm::probe(client, &cards).await;
    let _ = crm::probe(client, &[]).await;
    let _ = crm::read_viewer(client).await;
    let _ = crm::read_items(client, &cards, &[]).await;
    let _ = crm::read_owners(client, &cards).await;
    let _ = crm::read_companies(client, &[id(5), id(6)]).await;
    let _ = crm::requisites_of(client, &[id(5)]).await;
    let _ = crm::requisite_pages(client, 0, 2).try_next().await;
    let _ = crm::users(client, [UserId(1), UserId(2)]).await;
    let _ = crm::all_users(client).await;
    let _ = crm::departments(client).await;
    let _ = crm::custom_fields(client).await;
    let _ = bindings::inspect(client).await;
    let _ = bindings::reconcile(client, &Wanted::default()).await;
    let _ = bindings::is_administrator(client).await;
    let _ = crm::timeline::add_comment(client, cards[1], "text").await;
    let _ = crm::field::write_field(client, cards[0], "UF_CRM_INN", "7707083893", false).await;
    let marked = Marked::task(&Marker::new("certlens", "1"), json!({"TITLE": "t"})).attempted_before();
    let _ = client.create_once(&marked).await;
}

#[test]
fn any_answer_to_any_question_is_read_without_a_panic() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let answers = prop_oneof![
        any_json(),
        any_json().prop_map(|value| json!({"item": value})),
        any_json().prop_map(|value| json!({"items": value})),
        any_json().prop_map(|value| json!([value])),
        any_json().prop_map(
            |value| json!([{"ID": value, "FIELD_NAME": value, "placement": value, "event": value}])
        ),
    ];
    let mut runner = TestRunner::new(Config {
        cases: 48,
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&answers, |answer| {
            runtime.block_on(async {
                let portal = TestPortal::start(move |_, _| Ok(answer.clone())).await;
                read_all(&portal.client()).await;
            });
            Ok(())
        })
        .unwrap();
}
