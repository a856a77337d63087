//! What people decide about a card's identifiers.

use crate::world::{World, company};
use certlens_domain::selection::{CardChange, MOST_REMEMBERED, SelectionOrigin};
use certlens_store::{CardMemory, ChangedBy, CrmEntity, EntityType, ProposedIdentifier, StoreError, UserId};

const INN: &str = "7707083893";
const OGRN: &str = "1027700132195";
const CARD: CrmEntity = company(10);

fn by(user: i64) -> ChangedBy {
    ChangedBy {
        user: UserId(user),
        name: Some(format!("user {user}")),
    }
}

fn add(value: &str) -> CardChange {
    CardChange::Add {
        value: value.to_owned(),
        label: None,
        origin: SelectionOrigin::Typed,
        note: None,
    }
}

fn label(value: &str, label: &str) -> CardChange {
    CardChange::Label {
        value: value.to_owned(),
        label: Some(label.to_owned()),
    }
}

fn remove(value: &str) -> CardChange {
    CardChange::Remove {
        value: value.to_owned(),
    }
}

fn values(memory: &CardMemory) -> Vec<&str> {
    memory
        .identifiers
        .iter()
        .map(|identifier| identifier.value.as_str())
        .collect()
}

#[tokio::test]
async fn what_one_adds_all_see_with_his_name_and_the_card_goes_to_its_next_revision() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let addition = CardChange::Add {
        value: INN.to_owned(),
        label: Some("Завод".to_owned()),
        origin: SelectionOrigin::Number,
        note: Some("ЕАЭС RU С-RU.АБ01.В.00001/25".to_owned()),
    };

    let changed = world
        .store
        .change_card(&portal, CARD, &by(5), &[addition, add(OGRN)], &[])
        .await
        .unwrap();

    let seen = world.store.card_identifiers(&portal, CARD).await.unwrap();
    assert_eq!(seen, changed);
    assert_eq!(seen.revision, 1);
    assert_eq!(world.store.card_revision(&portal, CARD).await.unwrap(), 1);
    assert_eq!(values(&seen), [INN, OGRN], "in the order of the list");
    let added = &seen.identifiers[0];
    let deed = added.added.as_ref().unwrap();
    assert_eq!((deed.user, deed.name.as_deref()), (UserId(5), Some("user 5")));
    assert_eq!(added.origin, SelectionOrigin::Number);
    assert_eq!(added.origin_note.as_deref(), Some("ЕАЭС RU С-RU.АБ01.В.00001/25"));
    world.end().await;
}

#[tokio::test]
async fn a_card_that_nobody_changed_remembers_nothing() {
    let world = World::create().await;
    let portal = world.portal(1).await;

    assert_eq!(
        world.store.card_identifiers(&portal, CARD).await.unwrap(),
        CardMemory::default()
    );
    assert_eq!(world.store.card_revision(&portal, CARD).await.unwrap(), 0);
    world.end().await;
}

#[tokio::test]
async fn a_change_without_an_effect_leaves_the_revision() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world
        .store
        .change_card(&portal, CARD, &by(5), &[add(INN)], &[])
        .await
        .unwrap();

    let unchanged = world
        .store
        .change_card(&portal, CARD, &by(6), &[add(INN), label(OGRN, "Никто")], &[])
        .await
        .unwrap();

    assert_eq!(unchanged.revision, 1);
    assert_eq!(
        world.store.card_identifiers(&portal, CARD).await.unwrap(),
        unchanged
    );
    world.end().await;
}

#[tokio::test]
async fn cards_of_portals_types_and_items_know_nothing_of_each_other() {
    let world = World::create().await;
    let (one, other) = (world.portal(1).await, world.portal(2).await);
    world
        .store
        .change_card(&one, CARD, &by(5), &[add(INN)], &[])
        .await
        .unwrap();
    let deal = CrmEntity::new(EntityType::Deal, CARD.id);
    for (portal, card) in [(&other, CARD), (&one, deal), (&one, company(11))] {
        world
            .store
            .change_card(portal, card, &by(5), &[add(OGRN)], &[])
            .await
            .unwrap();
    }

    let first = world.store.card_identifiers(&one, CARD).await.unwrap();
    let foreign = world.store.card_identifiers(&other, CARD).await.unwrap();

    assert_eq!((values(&first), first.revision), (vec![INN], 1));
    assert_eq!(values(&foreign), [OGRN]);
    world.end().await;
}

#[tokio::test]
async fn a_removal_stays_until_it_is_taken_back() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let proposed = [ProposedIdentifier {
        value: INN.to_owned(),
        origin: SelectionOrigin::Requisite,
        origin_note: Some("Основные реквизиты".to_owned()),
    }];
    let change = async |changes: &[CardChange]| {
        let memory = world
            .store
            .change_card(&portal, CARD, &by(5), changes, &proposed)
            .await
            .unwrap();
        memory.identifiers[0].clone()
    };

    let labelled = change(&[label(INN, "Завод")]).await;
    let removed = change(&[remove(INN)]).await;
    let kept = world.store.card_identifiers(&portal, CARD).await.unwrap();
    let restored = change(&[CardChange::Restore {
        value: INN.to_owned(),
    }])
    .await;

    assert_eq!(removed.removed.as_ref().unwrap().user, UserId(5));
    assert_eq!(kept.identifiers, [removed]);
    assert_eq!(restored, labelled);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn colleagues_who_change_different_identifiers_at_once_both_win() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let (other, other_pool) = world.other_process(5).await;
    let value = |user: i64, number: usize| format!("{user}{number:09}");
    let work = |store: certlens_store::Store, user: i64| {
        let portal = portal.clone();
        tokio::spawn(async move {
            for number in 0..20 {
                let addition = add(&value(user, number));
                let memory = store
                    .change_card(&portal, CARD, &by(user), &[addition], &[])
                    .await
                    .unwrap();
                assert!(memory.revision > 0);
            }
        })
    };

    let (one, two) = tokio::join!(work(world.store.clone(), 5), work(other, 6));
    one.unwrap();
    two.unwrap();

    let memory = world.store.card_identifiers(&portal, CARD).await.unwrap();
    assert_eq!((memory.revision, memory.identifiers.len()), (40, 40));
    let of_one = memory
        .identifiers
        .iter()
        .filter(|identifier| identifier.added.as_ref().unwrap().user == UserId(5));
    assert_eq!(of_one.count(), 20);
    other_pool.close().await;
    world.end().await;
}

#[tokio::test]
async fn of_changes_of_the_same_identifier_the_later_one_wins() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let store = &world.store;
    store
        .change_card(&portal, CARD, &by(5), &[add(INN)], &[])
        .await
        .unwrap();

    store
        .change_card(&portal, CARD, &by(5), &[label(INN, "Завод")], &[])
        .await
        .unwrap();
    let memory = store
        .change_card(&portal, CARD, &by(6), &[label(INN, "Импортёр")], &[])
        .await
        .unwrap();

    assert_eq!(memory.identifiers[0].label.as_deref(), Some("Импортёр"));
    assert_eq!(memory.identifiers[0].changed.as_ref().unwrap().user, UserId(6));
    assert_eq!(memory.identifiers[0].added.as_ref().unwrap().user, UserId(5));
    world.end().await;
}

#[tokio::test]
async fn a_card_that_is_full_takes_all_of_a_change_or_nothing() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let many: Vec<CardChange> = (0..MOST_REMEMBERED)
        .map(|number| add(&format!("{number:010}")))
        .collect();
    world
        .store
        .change_card(&portal, CARD, &by(5), &many, &[])
        .await
        .unwrap();

    let refused = world
        .store
        .change_card(
            &portal,
            CARD,
            &by(5),
            &[label("0000000000", "Завод"), add(INN)],
            &[],
        )
        .await;
    let after = world.store.card_identifiers(&portal, CARD).await.unwrap();
    let with_room = world
        .store
        .change_card(&portal, CARD, &by(5), &[remove("0000000000"), add(INN)], &[])
        .await
        .unwrap();

    assert!(matches!(refused, Err(StoreError::CardFull)), "{refused:?}");
    assert_eq!(after.revision, 1);
    assert!(
        after
            .identifiers
            .iter()
            .all(|identifier| identifier.label.is_none())
    );
    assert_eq!(with_room.identifiers.len(), MOST_REMEMBERED);
    assert_eq!(
        world.store.card_identifiers(&portal, CARD).await.unwrap(),
        with_room
    );
    world.end().await;
}

#[tokio::test]
async fn a_name_that_becomes_known_later_is_shown() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let nameless = ChangedBy {
        user: UserId(5),
        name: None,
    };
    world
        .store
        .change_card(&portal, CARD, &nameless, &[add(INN)], &[])
        .await
        .unwrap();

    world
        .store
        .note_profile(&portal, UserId(5), false, "Анна Петрова")
        .await
        .unwrap();

    let memory = world.store.card_identifiers(&portal, CARD).await.unwrap();
    let deed = memory.identifiers[0].added.as_ref().unwrap();
    assert_eq!(deed.name.as_deref(), Some("Анна Петрова"));
    world.end().await;
}

#[tokio::test]
async fn a_portal_that_is_not_there_takes_no_changes() {
    let world = World::create().await;
    let gone = world.portal(1).await;
    world.store.archive(&gone).await.unwrap();
    let unknown = crate::world::member(9);

    let of_gone = world
        .store
        .change_card(&gone, CARD, &by(5), &[add(INN)], &[])
        .await;
    let of_unknown = world
        .store
        .change_card(&unknown, CARD, &by(5), &[add(INN)], &[])
        .await;

    assert!(matches!(of_gone, Err(StoreError::Uninstalled(_))), "{of_gone:?}");
    assert!(
        matches!(of_unknown, Err(StoreError::UnknownPortal(_))),
        "{of_unknown:?}"
    );
    world.end().await;
}
