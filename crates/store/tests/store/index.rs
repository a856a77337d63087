//! The index of a portal's CRM.

use crate::world::{World, company, identifier, item, moment};
use certlens_store::{
    CrmEntity, EntityType, IdentifierSource, IndexSize, IndexedIdentifier, IndexedItem, StoreError, UserId,
};
use chrono::TimeDelta;

#[tokio::test]
async fn a_card_comes_with_its_companies_in_their_order_and_their_identifiers() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let unreadable = IndexedIdentifier {
        identifier: None,
        source: IdentifierSource::Field,
        source_name: "ufCrmInn".to_owned(),
        ..identifier("?")
    };
    let first = IndexedItem {
        identifiers: vec![identifier("7707083893"), unreadable],
        requisite_ids: vec![31, 32],
        ..item(company(10))
    };
    let second = item(company(20));
    let deal = IndexedItem {
        company_ids: vec![20, 404, 10],
        responsible_id: None,
        modified_at: None,
        identifiers: vec![identifier("1027700132195")],
        ..item(CrmEntity::new(EntityType::Deal, 1))
    };
    let page = [first.clone(), second.clone(), deal.clone()];

    let written = world.store.index_items(&portal, &page).await.unwrap();

    assert_eq!(written, 3);
    let card = world
        .store
        .indexed_card(&portal, deal.entity)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(card.item, deal);
    assert_eq!(card.companies, [second, first.clone()]);
    assert_eq!(card.missing_company_ids(), [404]);
    let alone = world
        .store
        .indexed_card(&portal, company(10))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((alone.item, alone.companies.len()), (first, 0));
    world.end().await;
}

#[tokio::test]
async fn the_index_of_one_portal_says_nothing_in_anothers_name() {
    let world = World::create().await;
    let (one, other) = (world.portal(1).await, world.portal(2).await);
    let theirs = IndexedItem {
        identifiers: vec![identifier("7707083893")],
        requisite_ids: vec![31],
        ..item(company(10))
    };
    world
        .store
        .index_items(&one, std::slice::from_ref(&theirs))
        .await
        .unwrap();

    assert_eq!(world.store.indexed_card(&other, company(10)).await.unwrap(), None);
    let found = world
        .store
        .items_with_identifiers(&other, &["7707083893".to_owned()])
        .await
        .unwrap();
    assert!(found.is_empty());
    assert!(
        world
            .store
            .items_with_requisites(&other, &[31])
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        world
            .store
            .indexed_among(&other, &[company(10)])
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        world.store.index_size(&other).await.unwrap(),
        IndexSize::default()
    );
    world.store.remove_items(&other, &[company(10)]).await.unwrap();
    assert!(
        world
            .store
            .indexed_card(&one, company(10))
            .await
            .unwrap()
            .is_some()
    );
    world.end().await;
}

#[tokio::test]
async fn a_newer_reading_replaces_all_of_an_older_one_and_never_the_other_way_round() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let old = IndexedItem {
        identifiers: vec![identifier("7707083893"), identifier("1027700132195")],
        requisite_ids: vec![31, 32],
        ..item(company(10))
    };
    let new = IndexedItem {
        title: "Новое имя".to_owned(),
        identifiers: vec![identifier("7736050003")],
        requisite_ids: vec![32],
        read_at: moment() + TimeDelta::seconds(1),
        ..item(company(10))
    };
    world
        .store
        .index_items(&portal, std::slice::from_ref(&old))
        .await
        .unwrap();

    let newer = world
        .store
        .index_items(&portal, &[new.clone(), old.clone()])
        .await
        .unwrap();
    let older = world.store.index_items(&portal, &[old]).await.unwrap();

    assert_eq!((newer, older), (1, 0));
    let card = world
        .store
        .indexed_card(&portal, company(10))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(card.item, new);
    assert!(
        world
            .store
            .items_with_requisites(&portal, &[31])
            .await
            .unwrap()
            .is_empty()
    );
    world.end().await;
}

#[tokio::test]
async fn a_set_of_details_that_moved_belongs_to_the_company_that_was_written_last() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let with_details = |id| IndexedItem {
        requisite_ids: vec![31],
        ..item(company(id))
    };
    world
        .store
        .index_items(&portal, &[with_details(10)])
        .await
        .unwrap();

    world
        .store
        .index_items(&portal, &[with_details(20)])
        .await
        .unwrap();

    let owners = world
        .store
        .items_with_requisites(&portal, &[31, 99])
        .await
        .unwrap();
    assert_eq!(owners, [company(20)]);
    world.end().await;
}

#[tokio::test]
async fn texts_that_postgres_can_not_hold_do_not_fail_their_page() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let strange = IndexedItem {
        title: "ООО\0 {\"'\\ 🌼".to_owned(),
        identifiers: vec![IndexedIdentifier {
            value: "77\0".to_owned(),
            ..identifier("77")
        }],
        ..item(company(10))
    };

    world
        .store
        .index_items(&portal, &[strange, item(company(20))])
        .await
        .unwrap();

    let card = world
        .store
        .indexed_card(&portal, company(10))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(card.item.title, "ООО {\"'\\ 🌼");
    assert_eq!(card.item.identifiers[0].value, "77");
    world.end().await;
}

#[tokio::test]
async fn items_are_found_by_what_they_have() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let of = |id, value| IndexedItem {
        identifiers: vec![identifier(value)],
        ..item(company(id))
    };
    let page = [of(10, "7707083893"), of(20, "7736050003"), of(30, "7707083893")];
    world.store.index_items(&portal, &page).await.unwrap();

    let found = world
        .store
        .items_with_identifiers(&portal, &["7707083893".to_owned()])
        .await
        .unwrap();

    assert_eq!(found, [company(10), company(30)]);
    let known = world
        .store
        .indexed_among(&portal, &[company(20), company(40)])
        .await
        .unwrap();
    assert_eq!(known, [company(20)]);
    let size = world.store.index_size(&portal).await.unwrap();
    assert_eq!((size.companies, size.leads, size.identifiers), (3, 0, 2));
    world.end().await;
}

#[tokio::test]
async fn remove_items_takes_everything_of_them() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let full = IndexedItem {
        identifiers: vec![identifier("7707083893")],
        requisite_ids: vec![31],
        ..item(company(10))
    };
    world
        .store
        .index_items(&portal, &[full, item(company(20))])
        .await
        .unwrap();
    world
        .store
        .note_access(&portal, UserId(5), &[company(10)])
        .await
        .unwrap();

    world
        .store
        .remove_items(&portal, &[company(10), company(404)])
        .await
        .unwrap();

    assert_eq!(
        world.store.indexed_card(&portal, company(10)).await.unwrap(),
        None
    );
    assert!(
        !world
            .store
            .has_access(&portal, UserId(5), company(10))
            .await
            .unwrap()
    );
    let size = world.store.index_size(&portal).await.unwrap();
    assert_eq!((size.companies, size.identifiers), (1, 0));
    world.end().await;
}

#[tokio::test]
async fn forget_unseen_takes_what_a_whole_crawl_did_not_meet() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let met = IndexedItem {
        read_at: moment() + TimeDelta::seconds(1),
        ..item(company(20))
    };
    let lead = item(CrmEntity::new(EntityType::Lead, 10));
    world
        .store
        .index_items(&portal, &[item(company(10)), met, lead.clone()])
        .await
        .unwrap();

    let started = moment() + TimeDelta::seconds(1);
    let forgotten = world
        .store
        .forget_unseen(&portal, EntityType::Company, started)
        .await
        .unwrap();

    assert_eq!(forgotten, 1);
    let left = [company(10), company(20), lead.entity];
    let mut left = world.store.indexed_among(&portal, &left).await.unwrap();
    left.sort_by_key(|entity| std::cmp::Reverse(entity.id));
    assert_eq!(left, [company(20), lead.entity]);
    world.end().await;
}

#[tokio::test]
async fn index_items_of_a_portal_that_removed_the_application_are_refused() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world.store.archive(&portal).await.unwrap();

    let outcome = world.store.index_items(&portal, &[item(company(10))]).await;

    assert!(matches!(outcome, Err(StoreError::Uninstalled(_))), "{outcome:?}");
    world.end().await;
}
