//! Subscriptions of people who left, came back, or were relieved.

use crate::users::listed;
use crate::world::{World, company, item};
use certlens_domain::tracking::settings::{Departed, DepartedAction};
use certlens_store::{
    DeparturesFollowed, IndexedItem, MemberId, SettingsAuthor, SettingsChange, TrackingChange, UserId,
};

const LEAVER: i64 = 5;
const HEIR: i64 = 6;

/// A portal in whose company 101, of which the heir is responsible, the leaver tracks two identifiers and has been told one
/// piece of news; a second one waits.
async fn portal_with_subscription(world: &World) -> (MemberId, i64) {
    let portal = world.portal(1).await;
    world
        .store
        .note_users(&portal, &[listed(LEAVER, true), listed(HEIR, true)])
        .await
        .unwrap();
    let card = IndexedItem {
        responsible_id: Some(UserId(HEIR)),
        ..item(company(101))
    };
    world.store.index_items(&portal, &[card]).await.unwrap();
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO subscriptions (
            member_id, entity_type, entity_id, user_id, news, expiring_days, scope, since_version, since_day)
         VALUES ($1, 'company', 101, $2, '{new_document}', 45, 'all_matching', 17, '2026-11-01') RETURNING id",
    )
    .bind(portal.as_str())
    .bind(LEAVER)
    .fetch_one(world.pool())
    .await
    .unwrap();
    for statement in [
        "INSERT INTO subscription_identifiers (subscription_id, identifier)
         SELECT max(id), value FROM subscriptions, unnest('{7707083893,1027700132195}'::text[]) AS value
         GROUP BY value",
        "INSERT INTO news (
            subscription_id, member_id, kind, registry, document_key, identifiers, recount_id, settled_at)
         SELECT id, member_id, 'new_document', 'kz', key, '{7707083893}', 1, CASE key WHEN 'told' THEN now() END
         FROM subscriptions, unnest('{told,waiting}'::text[]) AS key",
    ] {
        sqlx::query(statement).execute(world.pool()).await.unwrap();
    }
    (portal, id)
}

async fn dismiss(world: &World, portal: &MemberId, users: &[i64]) {
    let list: Vec<_> = [LEAVER, HEIR]
        .map(|user| listed(user, !users.contains(&user)))
        .to_vec();
    world.store.note_users(portal, &list).await.unwrap();
}

async fn wish_handing_over(world: &World, portal: &MemberId) {
    let change = TrackingChange {
        departed: Some(Departed {
            action: DepartedAction::HandOver,
        }),
        ..TrackingChange::default()
    };
    let change = SettingsChange {
        tracking: change,
        ..SettingsChange::default()
    };
    world
        .store
        .change_settings(portal, &SettingsAuthor::Operator, &change, None)
        .await
        .unwrap();
}

async fn follow(world: &World, portal: &MemberId) -> DeparturesFollowed {
    world.store.follow_departures(portal).await.unwrap()
}

/// Whether the portal is the only one with departures or returns that nobody followed.
async fn is_waiting(world: &World, portal: &MemberId) -> bool {
    world.store.portals_with_departures().await.unwrap() == std::slice::from_ref(portal)
}

/// User, state and reason of each subscription, the oldest first.
async fn subscriptions(world: &World) -> Vec<(i64, String, Option<String>)> {
    sqlx::query_as("SELECT user_id, state, reason FROM subscriptions ORDER BY id")
        .fetch_all(world.pool())
        .await
        .unwrap()
}

fn active(user: i64) -> (i64, String, Option<String>) {
    (user, "active".to_owned(), None)
}

fn archived(user: i64, reason: &str) -> (i64, String, Option<String>) {
    (user, "archived".to_owned(), Some(reason.to_owned()))
}

#[tokio::test]
async fn subscriptions_of_somebody_who_left_are_archived_and_come_back_with_him() {
    let world = World::create().await;
    let (portal, _) = portal_with_subscription(&world).await;

    dismiss(&world, &portal, &[LEAVER]).await;
    assert!(is_waiting(&world, &portal).await);
    assert_eq!(follow(&world, &portal).await.archived, 1);
    assert_eq!(subscriptions(&world).await, [archived(LEAVER, "user_dismissed")]);
    assert!(world.store.portals_with_departures().await.unwrap().is_empty());
    assert_eq!(follow(&world, &portal).await, DeparturesFollowed::default());

    dismiss(&world, &portal, &[]).await;
    assert!(is_waiting(&world, &portal).await);
    assert_eq!(follow(&world, &portal).await.restored, 1);
    assert_eq!(subscriptions(&world).await, [active(LEAVER)]);
    world.end().await;
}

#[tokio::test]
async fn what_was_archived_for_another_reason_stays_so_when_somebody_returns() {
    let world = World::create().await;
    let (portal, _) = portal_with_subscription(&world).await;
    world
        .execute("UPDATE subscriptions SET state = 'archived', reason = 'unsubscribed', archived_at = now()")
        .await;

    dismiss(&world, &portal, &[LEAVER]).await;
    follow(&world, &portal).await;
    dismiss(&world, &portal, &[]).await;
    follow(&world, &portal).await;

    assert_eq!(subscriptions(&world).await, [archived(LEAVER, "unsubscribed")]);
    world.end().await;
}

#[tokio::test]
async fn handing_over_takes_wish_identifiers_baseline_and_all_news_along() {
    let world = World::create().await;
    let (portal, old) = portal_with_subscription(&world).await;
    wish_handing_over(&world, &portal).await;

    dismiss(&world, &portal, &[LEAVER]).await;
    let followed = follow(&world, &portal).await;

    let expected = DeparturesFollowed {
        archived: 1,
        restored: 0,
        handed_over: 1,
    };
    assert_eq!(followed, expected);
    assert_eq!(
        subscriptions(&world).await,
        [archived(LEAVER, "handed_over"), active(HEIR)]
    );
    let same: bool = sqlx::query_scalar(
        "SELECT (new.news, new.registries, new.expiring_days, new.scope, new.since_version, new.since_day)
                IS NOT DISTINCT FROM
                (old.news, old.registries, 45, 'all_matching', 17::bigint, '2026-11-01'::date)
         FROM subscriptions AS old JOIN subscriptions AS new ON new.id = old.handed_to WHERE old.id = $1",
    )
    .bind(old)
    .fetch_one(world.pool())
    .await
    .unwrap();
    assert!(same);
    let identifiers: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT subscription_id, count(*) FROM subscription_identifiers GROUP BY subscription_id ORDER BY 1",
    )
    .fetch_all(world.pool())
    .await
    .unwrap();
    assert_eq!(
        identifiers.iter().map(|(_, number)| *number).collect::<Vec<_>>(),
        [2, 2]
    );
    let news: Vec<(bool, bool)> =
        sqlx::query_as("SELECT subscription_id = $1, settled_at IS NULL FROM news ORDER BY document_key")
            .bind(old)
            .fetch_all(world.pool())
            .await
            .unwrap();
    assert_eq!(news, [(false, false), (false, true)]);
    world.end().await;
}

#[tokio::test]
async fn what_was_handed_over_is_not_doubled_when_the_user_returns_and_leaves_again() {
    let world = World::create().await;
    let (portal, _) = portal_with_subscription(&world).await;
    wish_handing_over(&world, &portal).await;

    for gone in [&[LEAVER][..], &[], &[LEAVER]] {
        dismiss(&world, &portal, gone).await;
        follow(&world, &portal).await;
    }

    assert_eq!(
        subscriptions(&world).await,
        [archived(LEAVER, "handed_over"), active(HEIR)]
    );
    world.end().await;
}

#[tokio::test]
async fn what_nobody_can_take_waits_archived_until_somebody_can() {
    let world = World::create().await;
    let (portal, _) = portal_with_subscription(&world).await;
    wish_handing_over(&world, &portal).await;

    dismiss(&world, &portal, &[LEAVER, HEIR]).await;
    assert_eq!(follow(&world, &portal).await.handed_over, 0);
    assert_eq!(subscriptions(&world).await, [archived(LEAVER, "user_dismissed")]);
    assert!(world.store.portals_with_departures().await.unwrap().is_empty());

    dismiss(&world, &portal, &[LEAVER]).await;
    assert!(is_waiting(&world, &portal).await);
    assert_eq!(follow(&world, &portal).await.handed_over, 1);
    assert_eq!(
        subscriptions(&world).await,
        [archived(LEAVER, "handed_over"), active(HEIR)]
    );
    world.end().await;
}

#[tokio::test]
async fn an_administrator_moves_active_and_waiting_subscriptions_of_one_portal() {
    let world = World::create().await;
    let (portal, _) = portal_with_subscription(&world).await;
    let other = world.portal(2).await;
    let relieve = async |of: &MemberId| {
        let (from, to) = (UserId(LEAVER), UserId(HEIR));
        world.store.move_subscriptions(of, from, to).await.unwrap()
    };
    dismiss(&world, &portal, &[LEAVER]).await;
    follow(&world, &portal).await;

    assert_eq!(relieve(&other).await, 0);
    assert_eq!(relieve(&portal).await, 1);
    assert_eq!(relieve(&portal).await, 0);

    assert_eq!(
        subscriptions(&world).await,
        [archived(LEAVER, "administrator"), active(HEIR)]
    );
    world.end().await;
}

#[tokio::test]
async fn a_recount_that_is_under_way_is_waited_for() {
    let world = World::create().await;
    let (portal, _) = portal_with_subscription(&world).await;
    wish_handing_over(&world, &portal).await;
    dismiss(&world, &portal, &[LEAVER]).await;
    let mut recount = world.pool().begin().await.unwrap();
    sqlx::query("SELECT version FROM recount_mark FOR UPDATE")
        .execute(&mut *recount)
        .await
        .unwrap();
    let store = world.store.clone();
    let following = tokio::spawn({
        let portal = portal.clone();
        async move { store.follow_departures(&portal).await.unwrap() }
    });

    // Found for the subscription as the recount saw it.
    sqlx::query(
        "INSERT INTO news (subscription_id, member_id, kind, registry, document_key, identifiers, recount_id)
         SELECT id, member_id, 'new_document', 'kz', 'late', '{7707083893}', 2 FROM subscriptions",
    )
    .execute(&mut *recount)
    .await
    .unwrap();
    recount.commit().await.unwrap();
    following.await.unwrap();

    assert_eq!(
        world
            .number(
                "SELECT count(*) FROM news JOIN subscriptions AS owner ON owner.id = subscription_id
                 WHERE owner.state = 'active'"
            )
            .await,
        3
    );
    world.end().await;
}
