//! The operator's list of portals.

use crate::departure::fill;
use crate::world::{World, address};
use certlens_store::{ListedPortal, MemberId, PortalOrder, PortalPlace, PortalQuery, PortalState};
use rstest::rstest;

async fn page(world: &World, query: &PortalQuery<'_>) -> Vec<ListedPortal> {
    world.store.listed_portals(query).await.unwrap()
}

fn names(portals: &[ListedPortal]) -> Vec<MemberId> {
    portals.iter().map(|portal| portal.member_id.clone()).collect()
}

#[rstest]
#[tokio::test]
async fn pages_of_each_order_and_direction_join_to_the_whole_list(
    #[values(PortalOrder::Domain, PortalOrder::Since, PortalOrder::Seen)] order: PortalOrder,
    #[values(false, true)] is_descending: bool,
) {
    let world = World::create().await;
    for number in 1..=7 {
        let portal = world.portal(number).await;
        // Equal places are told apart by the name.
        world
            .store
            .record_seen(&portal, &address(&format!("portal{}.example", number / 3)))
            .await
            .unwrap();
    }
    let whole = PortalQuery {
        order,
        is_descending,
        limit: 100,
        ..PortalQuery::default()
    };
    let all = page(&world, &whole).await;

    let mut joined: Vec<ListedPortal> = Vec::new();
    loop {
        let after = joined.last().map(|last| order.place(last).text());
        let query = PortalQuery {
            after: after.and_then(|text| PortalPlace::read(&text, order)),
            limit: 3,
            ..whole.clone()
        };
        let next = page(&world, &query).await;
        if next.is_empty() {
            break;
        }
        joined.extend(next);
    }

    assert_eq!(all.len(), 7);
    assert_eq!(names(&joined), names(&all));
    world.end().await;
}

#[tokio::test]
async fn a_row_counts_what_is_wrong_and_the_list_is_narrowed_to_it() {
    let world = World::create().await;
    let (troubled, fine) = (world.portal(1).await, world.portal(2).await);
    fill(&world, &troubled).await;
    fill(&world, &fine).await;
    world.execute("UPDATE chains SET is_administrator = true").await;
    for statement in [
        "UPDATE portal_jobs SET last_error = 'no', kind = 'reconcile', progress =
            '{\"bindings\": [{\"outcome\": \"kept\"}, {\"outcome\": {\"failed\": \"no\"}}]}' WHERE member_id = $1",
        "UPDATE portal_events SET state = 'failed', last_error = 'no', finished_at = now() WHERE member_id = $1",
        "UPDATE notification_items SET state = 'dead', reason = 'no', lease_id = NULL, lease_until = NULL
         WHERE member_id = $1",
    ] {
        sqlx::query(statement)
            .bind(troubled.as_str())
            .execute(world.pool())
            .await
            .unwrap();
    }
    let query = |with_trouble| PortalQuery {
        with_trouble,
        limit: 10,
        ..PortalQuery::default()
    };

    let all = page(&world, &query(false)).await;
    let with_trouble = page(&world, &query(true)).await;

    assert_eq!(names(&all), [troubled.clone(), fine]);
    assert_eq!(names(&with_trouble), [troubled]);
    let row = &with_trouble[0];
    assert_eq!((row.living_chains, row.administrators_chains), (1, 1));
    assert_eq!((row.missing_bindings, row.failing_jobs), (1, 1));
    assert_eq!((row.failed_events, row.stuck_items), (2, 1));
    assert_eq!(row.subscriptions, 1);
    world.end().await;
}

#[tokio::test]
async fn list_is_narrowed_by_state_text_and_portal() {
    let world = World::create().await;
    let (one, two) = (world.portal(1).await, world.portal(2).await);
    world.store.archive(&two).await.unwrap();
    let limit = 10;

    let archived = PortalQuery {
        state: Some(PortalState::Uninstalled),
        limit,
        ..PortalQuery::default()
    };
    let named = PortalQuery {
        text: Some("PORTAL1"),
        limit,
        ..PortalQuery::default()
    };
    let only = PortalQuery {
        member_id: Some(&two),
        text: Some("portal1"),
        limit,
        ..PortalQuery::default()
    };

    assert_eq!(names(&page(&world, &archived).await), std::slice::from_ref(&two));
    assert_eq!(names(&page(&world, &named).await), [one]);
    assert_eq!(page(&world, &only).await, []);
    world.end().await;
}
