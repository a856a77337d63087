//! Subscribing, changing, muting, archiving, and who sees what of it.

use crate::world::{World, company, identifier, item, member};
use certlens_domain::registry::Registry;
use certlens_domain::subscription::{Mute, Override, SubscriptionTerms, TermsChange, WantedTerms};
use certlens_domain::tracking::{Assignment, NewsKind, NotificationKind, NotifyScope};
use certlens_store::{
    ArchiveReason, CrmEntity, MemberId, NewSubscription, StoreError, SubscriptionId, SubscriptionOrder,
    SubscriptionQuery, SubscriptionState, UserId,
};
use chrono::NaiveDate;

const INN: &str = "7707083893";
const OGRN: &str = "1027700132195";
const CARD: CrmEntity = company(10);
const ANNA: UserId = UserId(5);
const BORIS: UserId = UserId(6);

fn wanted(identifiers: &[&str]) -> WantedTerms {
    WantedTerms {
        identifiers: Some(identifiers.iter().map(|text| (*text).to_owned()).collect()),
        news: Some(vec![NewsKind::NewDocument]),
        ..WantedTerms::default()
    }
}

fn change(wanted: WantedTerms) -> TermsChange {
    TermsChange::check(wanted).unwrap()
}

fn new(entity: CrmEntity, user: UserId, wanted: WantedTerms) -> NewSubscription {
    NewSubscription {
        entity,
        user,
        terms: SubscriptionTerms::of(&change(wanted)).unwrap(),
    }
}

impl World {
    async fn subscribed(&self, portal: &MemberId, user: UserId, identifiers: &[&str]) -> SubscriptionId {
        let new = new(CARD, user, wanted(identifiers));
        self.store.subscribe(portal, &[new]).await.unwrap()[0]
    }

    async fn at_version(&self, version: i64) {
        sqlx::query(
            "INSERT INTO registry_state (registry, loaded, data_version) VALUES ('kz', true, $1)
             ON CONFLICT (registry) DO UPDATE SET data_version = excluded.data_version",
        )
        .bind(version)
        .execute(self.pool())
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn subscription_comes_back_with_all_its_terms() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let subscription = new(
        CARD,
        ANNA,
        WantedTerms {
            news: Some(NewsKind::ALL.to_vec()),
            registries: Some(vec![Registry::Kz, Registry::By]),
            expiring_days: Some(60),
            scope: Some(Override::Own(NotifyScope::AllMatching)),
            notification_kind: Some(Override::Own(NotificationKind::Task)),
            assignment: Some(Override::Own(Assignment::default())),
            ..wanted(&[INN, OGRN])
        },
    );

    let id = world
        .store
        .subscribe(&portal, std::slice::from_ref(&subscription))
        .await
        .unwrap()[0];

    let read = world.store.subscription(&portal, id).await.unwrap().unwrap();
    assert_eq!(read.terms, subscription.terms);
    assert_eq!((read.entity, read.user), (CARD, ANNA));
    assert_eq!((read.muted, read.state()), (None, SubscriptionState::Active));
    world.end().await;
}

#[tokio::test]
async fn many_are_subscribed_at_once_in_their_order() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let all: Vec<NewSubscription> = (1..=500)
        .map(|number| {
            new(
                company(number),
                ANNA,
                wanted(&[&(7_700_000_000 + number).to_string()]),
            )
        })
        .collect();

    let ids = world.store.subscribe(&portal, &all).await.unwrap();

    assert_eq!(ids.len(), 500);
    for place in [0, 250, 499] {
        let read = world
            .store
            .subscription(&portal, ids[place])
            .await
            .unwrap()
            .unwrap();
        assert_eq!(read.entity, all[place].entity);
        assert_eq!(read.terms, all[place].terms);
    }
    world.end().await;
}

#[tokio::test]
async fn what_is_there_is_no_news_for_a_new_subscription_nor_for_an_identifier_that_joins_later() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world.at_version(7).await;
    let id = world.subscribed(&portal, ANNA, &[INN]).await;
    world.at_version(9).await;

    let more = change(wanted(&[INN, OGRN]));
    let changed = world
        .store
        .change_subscription(&portal, id, None, &more)
        .await
        .unwrap();

    assert_eq!(changed.unwrap().terms.identifiers, [OGRN, INN]);
    let baselines = world.number("SELECT since_version FROM subscriptions").await;
    let of_first = world
        .number("SELECT since_version FROM subscription_identifiers WHERE identifier = '7707083893'")
        .await;
    let of_second = world
        .number("SELECT since_version FROM subscription_identifiers WHERE identifier = '1027700132195'")
        .await;
    assert_eq!((baselines, of_first, of_second), (7, 0, 9));
    world.end().await;
}

#[tokio::test]
async fn terms_that_are_near_when_their_end_becomes_news_are_none() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let id = world.subscribed(&portal, ANNA, &[INN]).await;
    let days_ago = "SELECT ((now() AT TIME ZONE 'UTC')::date - since_day)::bigint FROM subscriptions";
    world
        .execute("UPDATE subscriptions SET since_day = since_day - 40")
        .await;

    let narrower = change(WantedTerms {
        registries: Some(vec![Registry::Kz]),
        ..WantedTerms::default()
    });
    world
        .store
        .change_subscription(&portal, id, None, &narrower)
        .await
        .unwrap();
    let after_something_else = world.number(days_ago).await;
    let expiring = change(WantedTerms {
        news: Some(vec![NewsKind::NewDocument, NewsKind::Expiring]),
        ..WantedTerms::default()
    });
    world
        .store
        .change_subscription(&portal, id, None, &expiring)
        .await
        .unwrap();

    assert_eq!(after_something_else, 40);
    assert_eq!(world.number(days_ago).await, 0);
    world.end().await;
}

#[tokio::test]
async fn one_user_changes_mutes_and_ends_nobody_elses_subscription() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let id = world.subscribed(&portal, ANNA, &[INN]).await;
    let store = &world.store;

    let changed = store
        .change_subscription(&portal, id, Some(BORIS), &change(wanted(&[OGRN])))
        .await
        .unwrap();
    let muted = store
        .mute_subscriptions(&portal, &[id], Some(BORIS), Some(Mute::Forever))
        .await
        .unwrap();
    let ended = store
        .archive_subscriptions(&portal, &[id], Some(BORIS), ArchiveReason::Unsubscribed)
        .await
        .unwrap();

    assert_eq!((changed, muted, ended), (None, 0, 0));
    let read = store.subscription(&portal, id).await.unwrap().unwrap();
    assert_eq!(read.terms.identifiers, [INN]);
    assert_eq!(read.state(), SubscriptionState::Active);
    world.end().await;
}

#[tokio::test]
async fn one_portal_sees_and_changes_nothing_of_another() {
    let world = World::create().await;
    let (portal, other) = (world.portal(1).await, world.portal(2).await);
    let id = world.subscribed(&portal, ANNA, &[INN]).await;
    let store = &world.store;

    assert_eq!(store.subscription(&other, id).await.unwrap(), None);
    assert_eq!(
        store
            .change_subscription(&other, id, None, &change(wanted(&[OGRN])))
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        store
            .archive_subscriptions(&other, &[id], None, ArchiveReason::Administrator)
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        store
            .mute_subscriptions(&other, &[id], None, Some(Mute::Forever))
            .await
            .unwrap(),
        0
    );
    assert!(store.card_subscriptions(&other, CARD).await.unwrap().is_empty());
    let page = store.subscriptions(&other, &query(None)).await.unwrap();
    assert!(page.items.is_empty());
    world.end().await;
}

#[tokio::test]
async fn silence_lasts_until_its_day_or_for_ever_and_can_be_broken() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let id = world.subscribed(&portal, ANNA, &[INN]).await;
    let far = Mute::Until(NaiveDate::from_ymd_opt(2999, 12, 31).unwrap());
    let past = Mute::Until(NaiveDate::from_ymd_opt(2001, 1, 1).unwrap());
    let store = &world.store;

    for (asked, read) in [
        (Some(far), Some(far)),
        (Some(Mute::Forever), Some(Mute::Forever)),
        (Some(past), None),
        (None, None),
    ] {
        assert_eq!(
            store
                .mute_subscriptions(&portal, &[id], None, asked)
                .await
                .unwrap(),
            1
        );
        let muted = store.subscription(&portal, id).await.unwrap().unwrap().muted;
        assert_eq!(muted, read, "{asked:?}");
    }
    assert_eq!(
        store.mute_card(&portal, CARD, ANNA, Mute::Forever).await.unwrap(),
        1
    );
    assert_eq!(
        store
            .mute_card(&portal, CARD, BORIS, Mute::Forever)
            .await
            .unwrap(),
        0
    );
    world.end().await;
}

#[tokio::test]
async fn unsubscribing_keeps_the_row_with_its_reason_and_can_be_taken_back_by_its_user() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let id = world.subscribed(&portal, ANNA, &[INN]).await;
    let store = &world.store;
    let archive = async |reason| {
        store
            .archive_subscriptions(&portal, &[id], None, reason)
            .await
            .unwrap()
    };
    let restore = async |owner| store.restore_subscriptions(&portal, &[id], owner).await.unwrap();
    let archived = async || store.subscription(&portal, id).await.unwrap().unwrap().archived;

    assert_eq!(archive(ArchiveReason::Unsubscribed).await, 1);
    assert_eq!(archive(ArchiveReason::Administrator).await, 1, "it is known");
    assert_eq!(
        archived().await,
        Some(ArchiveReason::Unsubscribed),
        "the first reason stays"
    );
    assert!(store.card_subscriptions(&portal, CARD).await.unwrap().is_empty());
    assert_eq!(restore(Some(ANNA)).await, 1);
    assert_eq!(archived().await, None);

    archive(ArchiveReason::UserDismissed).await;
    assert_eq!(restore(Some(ANNA)).await, 0, "that is not hers to take back");
    assert_eq!(restore(None).await, 1);
    world.end().await;
}

fn query(state: Option<SubscriptionState>) -> SubscriptionQuery {
    SubscriptionQuery {
        state,
        limit: 2,
        ..SubscriptionQuery::default()
    }
}

#[tokio::test]
async fn pages_name_each_subscription_once_in_either_order() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let mut ids = Vec::new();
    for number in 0..5 {
        let user = if number % 2 == 0 { ANNA } else { BORIS };
        ids.push(world.subscribed(&portal, user, &[INN]).await);
    }
    let store = &world.store;
    store
        .archive_subscriptions(&portal, &ids[..1], None, ArchiveReason::Unsubscribed)
        .await
        .unwrap();
    let read = async |asked: SubscriptionQuery| {
        let (mut asked, mut found) = (asked, Vec::new());
        loop {
            let page = store.subscriptions(&portal, &asked).await.unwrap();
            found.extend(page.items.iter().map(|one| one.id));
            match page.next {
                Some(next) => asked.after = Some(next),
                None => return found,
            }
        }
    };
    let reversed: Vec<SubscriptionId> = ids.iter().rev().copied().collect();

    assert_eq!(read(query(None)).await, ids);
    assert_eq!(read(query(Some(SubscriptionState::Active))).await, ids[1..]);
    assert_eq!(read(query(Some(SubscriptionState::Archived))).await, ids[..1]);
    for entity in [None, Some(CARD)] {
        let latest = SubscriptionQuery {
            order: SubscriptionOrder::LatestFirst,
            entity,
            ..query(None)
        };
        assert_eq!(read(latest).await, reversed, "{entity:?}");
        let hers = SubscriptionQuery {
            user: Some(ANNA),
            entity,
            ..query(None)
        };
        assert_eq!(read(hers).await, [ids[0], ids[2], ids[4]], "{entity:?}");
    }
    world.end().await;
}

#[tokio::test]
async fn card_names_its_subscribers_and_counts_the_cards_that_would_be_told() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let store = &world.store;
    store.note_profile(&portal, ANNA, false, "Анна").await.unwrap();
    world.subscribed(&portal, ANNA, &[INN]).await;
    world.subscribed(&portal, BORIS, &[INN]).await;
    for number in [10, 11] {
        let mut carrying = item(company(number));
        carrying.identifiers = vec![identifier(INN), identifier(OGRN)];
        store.index_items(&portal, &[carrying]).await.unwrap();
    }

    let subscribers = store.card_subscriptions(&portal, CARD).await.unwrap();
    let names: Vec<Option<&str>> = subscribers.iter().map(|one| one.user_name.as_deref()).collect();

    assert_eq!(names, [Some("Анна"), None]);
    let both = [INN.to_owned(), OGRN.to_owned()];
    assert_eq!(store.count_matching_cards(&portal, &both).await.unwrap(), 2);
    world.end().await;
}

#[tokio::test]
async fn revision_of_a_card_moves_with_every_change_of_its_subscriptions() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let store = &world.store;
    let revision = async || store.card_tracking_revision(&portal, CARD).await.unwrap();
    let mut seen = vec![revision().await];
    let id = world.subscribed(&portal, ANNA, &[INN]).await;
    seen.push(revision().await);
    store
        .mute_subscriptions(&portal, &[id], None, Some(Mute::Forever))
        .await
        .unwrap();
    seen.push(revision().await);
    store
        .change_subscription(&portal, id, None, &change(wanted(&[OGRN])))
        .await
        .unwrap();
    seen.push(revision().await);
    store
        .archive_subscriptions(&portal, &[id], None, ArchiveReason::Unsubscribed)
        .await
        .unwrap();
    seen.push(revision().await);

    assert_eq!(seen[0], 0);
    assert!(seen.is_sorted_by(|earlier, later| earlier < later), "{seen:?}");
    world.end().await;
}

#[tokio::test]
async fn only_a_portal_that_has_the_application_subscribes() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world.store.archive(&portal).await.unwrap();
    let subscription = new(CARD, ANNA, wanted(&[INN]));

    let gone = world
        .store
        .subscribe(&portal, std::slice::from_ref(&subscription))
        .await;
    let unknown = world.store.subscribe(&member(9), &[subscription]).await;

    assert!(matches!(gone, Err(StoreError::Uninstalled(_))), "{gone:?}");
    assert!(
        matches!(unknown, Err(StoreError::UnknownPortal(_))),
        "{unknown:?}"
    );
    assert_eq!(world.number("SELECT count(*) FROM subscriptions").await, 0);
    world.end().await;
}
