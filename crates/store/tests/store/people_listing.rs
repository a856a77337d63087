//! The list of people: its orders, page by page, over portals.

use crate::world::{World, member};
use certlens_store::{ListingQuery, PeopleOrder, PeopleQuery, SubscriptionId};
use rstest::rstest;

/// Two portals with 25 people each: every fifth without a name, every seventh gone, the tenth with three subscriptions and
/// the twentieth with one.
async fn people(world: &World) {
    for portal in [world.portal(1).await, world.portal(2).await] {
        sqlx::query(
            "INSERT INTO portal_users (member_id, user_id, name, is_active, dismissed_at)
             SELECT $1, number, CASE WHEN number % 5 > 0 THEN 'Имя ' || (100 - number) END, number % 7 > 0,
                    CASE WHEN number % 7 = 0 THEN timestamptz '2026-01-01' + number * interval '1 day' END
             FROM generate_series(1, 25) AS number",
        )
        .bind(portal.as_str())
        .execute(world.pool())
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO subscriptions (member_id, entity_type, entity_id, user_id, news, since_version, since_day)
             SELECT $1, 'company', number, CASE WHEN number > 3 THEN 20 ELSE 10 END, ARRAY['new_document'], 0, '2026-01-01'
             FROM generate_series(1, 4) AS number",
        )
        .bind(portal.as_str())
        .execute(world.pool())
        .await
        .unwrap();
    }
}

/// All pages, by seven: portal, number and place of each.
async fn all(world: &World, order: PeopleOrder, is_descending: bool) -> Vec<(String, i64)> {
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let query = PeopleQuery {
            order,
            is_descending,
            after,
            limit: 7,
            ..PeopleQuery::default()
        };
        let page = world.store.listed_people(&query).await.unwrap();
        after = page.last().map(|last| last.place_in(order));
        if after.is_none() {
            return seen;
        }
        seen.extend(
            page.into_iter()
                .map(|person| (person.member_id.to_string(), person.user.0)),
        );
    }
}

#[rstest]
#[case::by_number(PeopleOrder::Number, 1)]
#[case::nameless_first(PeopleOrder::Name, 5)]
#[case::without_subscriptions_first(PeopleOrder::Subscriptions, 1)]
#[case::who_did_not_leave_first(PeopleOrder::Dismissed, 1)]
#[tokio::test]
async fn each_order_lists_everybody_once_and_backwards_alike(#[case] order: PeopleOrder, #[case] first: i64) {
    let world = World::create().await;
    people(&world).await;

    let forwards = all(&world, order, false).await;
    let mut backwards = all(&world, order, true).await;
    backwards.reverse();

    let mut distinct = forwards.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!((forwards.len(), distinct.len()), (50, 50));
    assert_eq!(forwards, backwards);
    assert_eq!(forwards[0].1, first);
    world.end().await;
}

#[rstest]
#[case::with_most_subscriptions(PeopleOrder::Subscriptions, 10)]
#[case::who_left_last(PeopleOrder::Dismissed, 21)]
#[case::last_name(PeopleOrder::Name, 1)]
#[tokio::test]
async fn descending_order_begins_with_the_greatest(#[case] order: PeopleOrder, #[case] first: i64) {
    let world = World::create().await;
    people(&world).await;

    let listed = all(&world, order, true).await;

    assert_eq!((listed[0].1, listed[1].1), (first, first), "of either portal");
    world.end().await;
}

#[tokio::test]
async fn subscriptions_are_listed_in_both_directions_page_by_page() {
    let world = World::create().await;
    people(&world).await;
    let portal = member(1);
    let mut lists = Vec::new();
    for member_id in [None, Some(&portal)] {
        for is_earliest_first in [false, true] {
            let mut ids: Vec<SubscriptionId> = Vec::new();
            loop {
                let query = ListingQuery {
                    member_id,
                    is_earliest_first,
                    after: ids.last().copied(),
                    limit: 3,
                    ..ListingQuery::default()
                };
                let page = world.store.listed_subscriptions(&query).await.unwrap();
                if page.is_empty() {
                    break;
                }
                ids.extend(page.into_iter().map(|one| one.id));
            }
            lists.push(ids);
        }
    }

    let numbers = |list: &[SubscriptionId]| list.iter().map(|id| id.0).collect::<Vec<_>>();
    let [all_down, all_up, own_down, own_up] =
        [&lists[0], &lists[1], &lists[2], &lists[3]].map(|list| numbers(list));
    assert_eq!((all_up.len(), own_up.len()), (8, 4));
    assert!(all_up.is_sorted() && own_up.is_sorted());
    assert_eq!(all_down, all_up.into_iter().rev().collect::<Vec<_>>());
    assert_eq!(own_down, own_up.into_iter().rev().collect::<Vec<_>>());
    world.end().await;
}
