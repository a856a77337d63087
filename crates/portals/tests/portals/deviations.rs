//! Answers that differ: nothing in a clean run, everything by method and field when a portal changes, and cards open anyway.

use certlens_portal_sim::{Change, EntityKind, Mutation, Place, RestFault};
use certlens_portals::{CardSource, CrawlPhase};
use certlens_store::{AnswerDeviation, NoticedDeviation};
use rstest::rstest;
use serde_json::json;

use crate::world::{ADMINISTRATOR, MANAGER, World, company, eventually, member_id, stored};

fn told(deviations: &[AnswerDeviation]) -> Vec<String> {
    deviations
        .iter()
        .map(|one| format!("{} {}: {} → {}", one.method, one.field, one.expected, one.found))
        .collect()
}

impl World {
    async fn deviations(&self) -> Vec<AnswerDeviation> {
        self.portals.keep_deviations().await.unwrap();
        self.store().deviations(&stored(&self.portal())).await.unwrap()
    }

    fn mutate(&self, method: &str, field: &str, change: Change) {
        self.portal().mutate(Mutation {
            method: method.to_owned(),
            place: Place::Path(field.to_owned()),
            change,
        });
    }

    async fn until_crawled(&self) {
        let member = member_id(&self.portal());
        eventually("the CRM is read", || async {
            self.portals.progress(&member).await.unwrap().phase == CrawlPhase::Finished
        })
        .await;
    }
}

#[rstest]
#[case::as_it_is(None)]
#[case::old(Some(RestFault::MethodMissing))]
#[tokio::test]
async fn a_portal_that_answers_as_ever_deviates_in_nothing(#[case] fault: Option<RestFault>) {
    let mut world = World::start().await;
    if let Some(fault) = fault {
        world.portal().set_fault(fault);
    }
    world.install().await;
    world.work(&world.portals.clone());
    world.until_crawled().await;

    for (kind, id) in [
        (EntityKind::Company, 101),
        (EntityKind::Deal, 301),
        (EntityKind::Lead, 213),
    ] {
        for user in [ADMINISTRATOR, MANAGER] {
            let _ = world.card(user, kind, id).await;
        }
    }
    if fault.is_none() {
        world
            .change(
                "crm.item.update",
                json!({"entityTypeId": 4, "id": 101, "fields": {"title": "Renamed"}}),
            )
            .await;
        eventually("the change is in the index", || async {
            let card = world.card(ADMINISTRATOR, EntityKind::Company, 101).await.unwrap();
            card.title == "Renamed"
        })
        .await;
    }
    world.let_tokens_expire().await;
    let report = world.portals.check(&member_id(&world.portal())).await.unwrap();

    assert!(report.is_healthy(), "{report:?}");
    assert_eq!(told(&world.deviations().await), Vec::<String>::new());
    world.close().await;
}

#[rstest]
#[case::lists_under_a_name("", Change::Nest)]
#[case::that_say_not_whose_they_are("[].ENTITY_ID", Change::Drop)]
#[tokio::test]
async fn details_that_cannot_be_read_take_no_identifiers_from_the_index(
    #[case] field: &str,
    #[case] change: Change,
) {
    let mut world = World::start().await;
    world.install().await;
    world.work(&world.portals.clone());
    world.until_crawled().await;
    let member = stored(&world.portal());
    let before = world
        .store()
        .indexed_card(&member, company(101))
        .await
        .unwrap()
        .unwrap();
    world.mutate("crm.requisite.list", field, change);

    let renamed = json!({"entityTypeId": 4, "id": 101, "fields": {"title": "Renamed"}});
    world.change("crm.item.update", renamed).await;
    eventually("the company was read, in vain", || async {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM portal_events WHERE last_error LIKE '%crm.requisite.list%')",
        )
        .fetch_one(world.pool())
        .await
        .unwrap()
    })
    .await;

    let after = world
        .store()
        .indexed_card(&member, company(101))
        .await
        .unwrap()
        .unwrap();
    assert!(!before.item.identifiers.is_empty());
    assert_eq!(after.item.identifiers, before.item.identifiers);
    world.close().await;
}

#[tokio::test]
async fn a_field_of_another_type_is_counted_with_its_shape_and_the_card_opens() {
    let world = World::start().await;
    world.install().await;
    world.mutate("crm.item.get", "item.id", Change::Retype);
    world.mutate("crm.requisite.list", "[].RQ_INN", Change::Drop);

    let first = world.card(MANAGER, EntityKind::Company, 101).await.unwrap();
    sqlx::query("DELETE FROM crm_items")
        .execute(world.pool())
        .await
        .unwrap();
    world.card(MANAGER, EntityKind::Company, 101).await.unwrap();

    assert_eq!(first.source, CardSource::Portal);
    assert!(!first.title.is_empty());
    let deviations = world.deviations().await;
    let mut words = told(&deviations);
    words.sort();
    assert_eq!(
        words,
        [
            "crm.item.get item.id: number → text",
            "crm.requisite.list [].RQ_INN: text → missing"
        ]
    );
    let of_the_id = deviations.iter().find(|one| one.field == "item.id").unwrap();
    assert_eq!((of_the_id.times, of_the_id.sample.as_str()), (2, "\"000\""));
    let of_the_rest = deviations
        .iter()
        .find(|one| one.method == "crm.requisite.list")
        .unwrap();
    assert!(
        of_the_rest.sample.contains("\"RQ_OGRN\":"),
        "{}",
        of_the_rest.sample
    );
    assert!(
        of_the_rest
            .sample
            .split('"')
            .skip(3)
            .step_by(4)
            .all(|value| !value
                .chars()
                .any(|letter| letter.is_ascii_digit() && letter != '0')),
        "{}",
        of_the_rest.sample
    );
    world.close().await;
}

#[tokio::test]
async fn answers_of_the_authorization_server_are_counted_for_the_portal() {
    let world = World::start().await;
    world.install().await;
    world.mutate(
        certlens_portal_sim::INTROSPECTION,
        "install.status",
        Change::Unknown,
    );
    world.mutate(certlens_portal_sim::GRANT, "expires_in", Change::Drop);

    world.card(MANAGER, EntityKind::Company, 101).await.unwrap();
    world.let_tokens_expire().await;
    world.portals.check(&member_id(&world.portal())).await.unwrap();

    let mut words = told(&world.deviations().await);
    words.sort();
    assert_eq!(
        words,
        [
            "oauth app.info install.status: known_word → unknown_word",
            "oauth token expires_in: id → missing"
        ]
    );
    world.close().await;
}

fn noticed(field: &str) -> NoticedDeviation {
    NoticedDeviation {
        method: "crm.item.get".to_owned(),
        field: field.to_owned(),
        expected: "number".to_owned(),
        found: "text".to_owned(),
        sample: "\"0\"".to_owned(),
        times: 1,
    }
}

#[tokio::test]
async fn a_hidden_difference_stays_hidden_until_there_is_another() {
    let world = World::start().await;
    world.install().await;
    let (store, member) = (world.store(), stored(&world.portal()));
    let troubles = || async {
        let troubles = store.portal_troubles(Some(&member)).await.unwrap();
        troubles
            .into_iter()
            .filter(|trouble| trouble.kind.key() == "answers_differ")
            .map(|trouble| (trouble.pieces, trouble.words.unwrap_or_default()))
            .collect::<Vec<_>>()
    };
    store
        .note_deviations(&member, &[noticed("item.id"), noticed("item.id")])
        .await
        .unwrap();
    assert_eq!(
        troubles().await,
        [(1, "crm.item.get\titem.id\tnumber\ttext".to_owned())]
    );

    let id = store.deviations(&member).await.unwrap()[0].id;
    assert_eq!(store.hide_deviations(&member, Some(id), "Anna").await.unwrap(), 1);
    store
        .note_deviations(&member, &[noticed("item.id")])
        .await
        .unwrap();

    let known = store.deviation(&member, id).await.unwrap().unwrap();
    assert_eq!((known.times, known.hidden_by.as_deref()), (3, Some("Anna")));
    assert_eq!(troubles().await, []);

    store
        .note_deviations(&member, &[noticed("item.title")])
        .await
        .unwrap();
    assert_eq!(
        troubles().await,
        [(1, "crm.item.get\titem.title\tnumber\ttext".to_owned())]
    );
    assert!(store.show_deviation(&member, id).await.unwrap());
    assert_eq!(troubles().await[0].0, 2);
    world.close().await;
}

#[tokio::test]
async fn rows_of_a_portal_are_bounded_and_go_with_it() {
    let world = World::start().await;
    world.install().await;
    let (store, member) = (world.store(), stored(&world.portal()));
    for part in 0..3 {
        let many: Vec<NoticedDeviation> = (0..150)
            .map(|field| noticed(&format!("f{part}_{field}")))
            .collect();
        store.note_deviations(&member, &many).await.unwrap();
    }
    let kept = store.deviations(&member).await.unwrap();
    assert_eq!(kept.len(), 200);
    assert!(kept.iter().filter(|one| one.field.starts_with("f2_")).count() == 150);

    store.erase(&member).await.unwrap();
    assert!(store.deviations(&member).await.unwrap().is_empty());
    store.note_deviations(&member, &many_of_nobody()).await.unwrap();
    assert!(store.deviations(&member).await.unwrap().is_empty());
    world.close().await;
}

fn many_of_nobody() -> Vec<NoticedDeviation> {
    vec![noticed("item.id")]
}
