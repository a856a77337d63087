//! The index at the size of a large portal: no question scans a table.

use crate::world::{World, company, identifier, item, key};
use certlens_store::{CrmEntity, EntityType, IndexedItem, Store, UserId};
use sqlx::PgPool;

/// Scans of whole tables, as Postgres counts them.
async fn whole_scans(pool: &PgPool) -> i64 {
    sqlx::query("SELECT pg_stat_force_next_flush()")
        .execute(pool)
        .await
        .unwrap();
    sqlx::query_scalar(
        "SELECT sum(seq_scan)::bigint FROM pg_stat_user_tables
         WHERE relname IN ('crm_items', 'crm_identifiers', 'crm_requisites', 'crm_access')",
    )
    .fetch_one(pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn with_ten_thousand_companies_no_question_of_a_card_or_an_event_scans_a_table() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let crowd: Vec<_> = (1..=10_000)
        .map(|id| IndexedItem {
            identifiers: vec![identifier(&format!("{id:010}"))],
            requisite_ids: vec![id],
            ..item(company(id))
        })
        .collect();
    for page in crowd.chunks(500) {
        world.store.index_items(&portal, page).await.unwrap();
        let seen: Vec<_> = page.iter().map(|item| item.entity).collect();
        world.store.note_access(&portal, UserId(5), &seen).await.unwrap();
    }
    let deal = IndexedItem {
        company_ids: vec![101, 5_000, 9_999],
        ..item(CrmEntity::new(EntityType::Deal, 1))
    };
    world
        .store
        .index_items(&portal, std::slice::from_ref(&deal))
        .await
        .unwrap();
    world.execute("ANALYZE").await;
    // One connection, so that its counts are flushed when asked.
    let pool = world.one_connection().await;
    let store = Store::new(pool.clone(), &key());
    let before = whole_scans(&pool).await;

    // More often than Postgres plans a statement anew for its values.
    for id in 1..=8 {
        let card = store.indexed_card(&portal, deal.entity).await.unwrap().unwrap();
        assert_eq!(card.companies.len(), 3);
        let found = store
            .items_with_identifiers(&portal, &[format!("{id:010}")])
            .await
            .unwrap();
        assert_eq!(found, [company(id)]);
        assert_eq!(
            store.items_with_requisites(&portal, &[id]).await.unwrap(),
            [company(id)]
        );
        assert!(store.has_access(&portal, UserId(5), company(id)).await.unwrap());
        store.revoke_access(&portal, &[company(id)]).await.unwrap();
        store
            .index_items(&portal, &[crowd[usize::try_from(id).unwrap()].clone()])
            .await
            .unwrap();
        store.remove_items(&portal, &[company(id)]).await.unwrap();
    }

    assert_eq!(whole_scans(&pool).await - before, 0);
    pool.close().await;
    world.end().await;
}
