//! Texts that wait to be written into the CRM.

use crate::world::{World, company};
use certlens_domain::selection::{CardChange, MirrorState, SelectionOrigin};
use certlens_store::{ChangedBy, CrmEntity, EntityType, MemberId, UserId, WantedMirror};

const CARD: CrmEntity = company(10);

fn wanted(text: &str) -> WantedMirror {
    WantedMirror {
        entity: CARD,
        text: text.to_owned(),
        user: UserId(5),
    }
}

/// The texts that wait.
async fn waiting(world: &World, portal: &MemberId) -> Vec<WantedMirror> {
    let waiting = world.store.wanted_mirrors(portal, 10).await.unwrap();
    waiting.into_iter().map(|waiting| waiting.wanted).collect()
}

/// Notes what became of all that waits.
async fn note_all(world: &World, portal: &MemberId, state: MirrorState) {
    for waiting in world.store.wanted_mirrors(portal, 10).await.unwrap() {
        world.store.note_mirror(portal, &waiting, state).await.unwrap();
    }
}

/// A card with one identifier, which is its first revision.
async fn card(world: &World, portal: &MemberId, entity: CrmEntity) {
    let by = ChangedBy {
        user: UserId(5),
        name: None,
    };
    let addition = CardChange::Add {
        value: "7707083893".to_owned(),
        label: None,
        origin: SelectionOrigin::Typed,
        note: None,
    };
    world
        .store
        .change_card(portal, entity, &by, &[addition], &[])
        .await
        .unwrap();
}

#[tokio::test]
async fn a_wanted_text_waits_until_it_is_written() {
    let world = World::create().await;
    let (portal, other) = (world.portal(1).await, world.portal(2).await);
    card(&world, &portal, CARD).await;
    let store = &world.store;

    let is_new = store.want_mirror(&portal, 1, &wanted("one")).await.unwrap();
    let before = waiting(&world, &portal).await;
    note_all(&world, &portal, MirrorState::Written).await;

    assert!(is_new);
    assert_eq!(before, [wanted("one")]);
    assert!(store.wanted_mirrors(&other, 10).await.unwrap().is_empty());
    assert!(store.wanted_mirrors(&portal, 10).await.unwrap().is_empty());
    let memory = store.card_identifiers(&portal, CARD).await.unwrap();
    assert_eq!(memory.mirror, Some(MirrorState::Written));
    assert!(
        !store.want_mirror(&portal, 2, &wanted("one")).await.unwrap(),
        "the field holds it already"
    );
    world.end().await;
}

#[tokio::test]
async fn a_field_that_becomes_another_one_gets_the_texts_of_its_type_of_cards_again() {
    let world = World::create().await;
    let (portal, other) = (world.portal(1).await, world.portal(2).await);
    let deal = CrmEntity::new(EntityType::Deal, 7);
    let store = &world.store;
    for (portal, entity) in [(&portal, CARD), (&portal, deal), (&other, CARD)] {
        card(&world, portal, entity).await;
        let wanted = WantedMirror {
            entity,
            ..wanted("text")
        };
        store.want_mirror(portal, 1, &wanted).await.unwrap();
        note_all(&world, portal, MirrorState::Written).await;
    }
    // Nobody changed anything at this one since there are mirrors.
    card(&world, &portal, company(11)).await;

    let of_companies = store
        .want_mirrors_again(&portal, EntityType::Company)
        .await
        .unwrap();
    let of_leads = store.want_mirrors_again(&portal, EntityType::Lead).await.unwrap();

    assert_eq!((of_companies, of_leads), (true, false));
    assert_eq!(waiting(&world, &portal).await, [wanted("text")]);
    assert!(store.wanted_mirrors(&other, 10).await.unwrap().is_empty());
    world.end().await;
}

#[tokio::test]
async fn an_earlier_revision_never_overtakes_a_later_one() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    card(&world, &portal, CARD).await;
    let store = &world.store;
    store.want_mirror(&portal, 3, &wanted("three")).await.unwrap();

    let is_taken = store.want_mirror(&portal, 2, &wanted("two")).await.unwrap();

    assert!(!is_taken);
    assert_eq!(waiting(&world, &portal).await, [wanted("three")]);
    world.end().await;
}

#[tokio::test]
async fn the_end_of_a_text_that_was_overtaken_leaves_the_later_one_waiting() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    card(&world, &portal, CARD).await;
    let store = &world.store;
    store.want_mirror(&portal, 1, &wanted("one")).await.unwrap();
    let taken = store.wanted_mirrors(&portal, 10).await.unwrap();
    store.want_mirror(&portal, 2, &wanted("two")).await.unwrap();

    store
        .note_mirror(&portal, &taken[0], MirrorState::Written)
        .await
        .unwrap();

    assert_eq!(waiting(&world, &portal).await, [wanted("two")]);
    world.end().await;
}

#[tokio::test]
async fn a_text_that_was_written_into_the_former_field_is_written_again() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    card(&world, &portal, CARD).await;
    let store = &world.store;
    store.want_mirror(&portal, 1, &wanted("one")).await.unwrap();
    let taken = store.wanted_mirrors(&portal, 10).await.unwrap();
    store
        .want_mirrors_again(&portal, EntityType::Company)
        .await
        .unwrap();

    store
        .note_mirror(&portal, &taken[0], MirrorState::Written)
        .await
        .unwrap();

    assert_eq!(waiting(&world, &portal).await, [wanted("one")]);
    world.end().await;
}

#[tokio::test]
async fn a_text_that_the_portal_did_not_take_goes_to_the_end_and_one_it_never_takes_leaves_the_queue() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let store = &world.store;
    for number in 10..13 {
        card(&world, &portal, company(number)).await;
        let wanted = WantedMirror {
            entity: company(number),
            ..wanted("text")
        };
        store.want_mirror(&portal, 1, &wanted).await.unwrap();
    }
    let taken = store.wanted_mirrors(&portal, 10).await.unwrap();

    for (taken, state) in taken.iter().zip([MirrorState::Delayed, MirrorState::NotAllowed]) {
        store.note_mirror(&portal, taken, state).await.unwrap();
    }

    let after: Vec<i64> = waiting(&world, &portal)
        .await
        .iter()
        .map(|wanted| wanted.entity.id)
        .collect();
    assert_eq!(after, [12, 10]);
    world.end().await;
}
