//! How a portal leaves.

use crate::world::{World, address, chain, moment, pair};
use certlens_domain::people::WhyNot;
use certlens_domain::selection::{CardChange, SelectionOrigin};
use certlens_domain::tracking::AssignmentRule;
use certlens_store::telemetry::PortalFigure;
use certlens_store::{
    Actor, AvailableFields, CallClass, ChainSource, ChangedBy, CrmEntity, EntityType, FieldMapping,
    IdentifierSource, IndexedIdentifier, IndexedItem, MemberId, NewAuditEntry, NewEvent, PortalState,
    Refusal, SettingsAuthor, SettingsChange, TimelineAction, UserId,
};
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const COMPANY: CrmEntity = CrmEntity::new(EntityType::Company, 10);

/// Rows in every table that has rows of portals.
pub(crate) async fn fill(world: &World, portal: &MemberId) {
    let store = &world.store;
    store
        .adopt_application_token(portal, &"77aa".into())
        .await
        .unwrap();
    store
        .add_application(&format!("local.{portal}"), &"secret".into(), Some(portal))
        .await
        .unwrap();
    store
        .save_chain(portal, &chain(5, ChainSource::Page, "one"))
        .await
        .unwrap();
    store
        .take_call(portal, &["profile"], CallClass::Interactive)
        .await
        .unwrap();
    store
        .park_method(portal, "batch", Duration::from_mins(1))
        .await
        .unwrap();
    store.schedule(portal, "crawl", Duration::ZERO).await.unwrap();
    let item = IndexedItem {
        entity: COMPANY,
        title: "ООО «Ромашка»".to_owned(),
        responsible_id: None,
        company_ids: Vec::new(),
        requisite_ids: vec![31],
        modified_at: None,
        read_at: moment(),
        identifiers: vec![IndexedIdentifier {
            value: "7707083893".to_owned(),
            identifier: Some("7707083893".to_owned()),
            source: IdentifierSource::Requisite,
            source_name: "RQ_INN".to_owned(),
        }],
    };
    store.index_items(portal, &[item]).await.unwrap();
    store.note_access(portal, UserId(5), &[COMPANY]).await.unwrap();
    store.note_user(portal, UserId(5), true).await.unwrap();
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
    store
        .change_card(portal, COMPANY, &by, &[addition], &[])
        .await
        .unwrap();
    store
        .note_detected_fields(portal, &AvailableFields::default(), &FieldMapping::default())
        .await
        .unwrap();
    let change = SettingsChange {
        lead_write_back: Some(false),
        ..SettingsChange::default()
    };
    let author = SettingsAuthor::User {
        id: UserId(5),
        name: Some("Анна Петрова".to_owned()),
    };
    store
        .change_settings(portal, &author, &change, None)
        .await
        .unwrap();
    let deed = NewAuditEntry {
        member_id: Some(portal),
        actor: &Actor {
            user: Some(UserId(5)),
            name: "Анна Петрова".to_owned(),
        },
        action: "portals.repair",
        subject: "portal",
        reason: None,
        request_id: None,
    };
    store.begin_audit(&deed).await.unwrap();
    for proved in [true, false] {
        let event = NewEvent {
            member_id: portal.clone(),
            event: "ONAPPINSTALL".to_owned(),
            subject: None,
            body: b"event=ONAPPINSTALL".to_vec().into(),
            proved,
        };
        store.receive_event(&event).await.unwrap();
    }
    // The lease that this takes is one of the rows, too.
    store
        .claim_events(10, Duration::from_mins(1))
        .await
        .unwrap()
        .unwrap();
    fill_tracking(world, portal).await;
}

/// What looks at the portal showed.
async fn fill_looks(world: &World, portal: &MemberId) {
    for statement in [
        "INSERT INTO answer_deviations (member_id, method, field, expected, found, sample, times)
         VALUES ($1, 'profile', 'ID', 'digits', 'number', '0', 1)",
        "INSERT INTO portal_canaries (member_id, steps) VALUES ($1, '[]')",
    ] {
        sqlx::query(statement)
            .bind(portal.as_str())
            .execute(world.pool())
            .await
            .unwrap();
    }
}

/// A subscription whose news are told, with all that hangs on it; and a portal's people.
async fn fill_tracking(world: &World, portal: &MemberId) {
    fill_looks(world, portal).await;
    let store = &world.store;
    for statement in [
        "INSERT INTO subscriptions (member_id, entity_type, entity_id, user_id, news, since_version, since_day)
         VALUES ($1, 'company', 10, 5, '{new_document}', 0, '2026-01-01')",
        "INSERT INTO news (subscription_id, member_id, kind, registry, document_key, identifiers, recount_id)
         SELECT id, member_id, 'new_document', 'kz', 'd', '{7707083893}', 1 FROM subscriptions WHERE member_id = $1",
        "INSERT INTO subscription_identifiers (subscription_id, identifier)
         SELECT id, '7707083893' FROM subscriptions WHERE member_id = $1",
        "INSERT INTO portal_departments (member_id, department_id, name) VALUES ($1, 1, 'Отдел')
         ON CONFLICT DO NOTHING",
        "INSERT INTO portal_staff (member_id) VALUES ($1) ON CONFLICT DO NOTHING",
    ] {
        sqlx::query(statement)
            .bind(portal.as_str())
            .execute(world.pool())
            .await
            .unwrap();
    }
    store.take_notification_run(portal, None).await.unwrap();
    store.plan_items(portal).await.unwrap();
    let lease = store
        .claim_sender_of(portal, Duration::from_mins(1))
        .await
        .unwrap()
        .unwrap();
    let items = store.claim_items(&lease, 10).await.unwrap();
    let refusal = Refusal {
        item_id: items[0].id,
        rule: AssignmentRule::Responsible,
        user_id: UserId(5),
        reason: WhyNot::Dismissed,
        words: None,
    };
    store.note_refusals(&lease, &[refusal]).await.unwrap();
    let action = TimelineAction {
        action: "certlens_mute".to_owned(),
        user_id: UserId(5),
        entity: COMPANY,
        activity_id: None,
    };
    store.note_timeline_action(portal, &action).await.unwrap();
    let figure = PortalFigure {
        member_id: portal.clone(),
        series: "certlens_portal_calls_total",
        total: 1.0,
    };
    store.add_portal_telemetry(&[figure]).await.unwrap();
    store
        .pause_work(Some(portal), "items", "maintenance", "Anna")
        .await
        .unwrap();
}

/// Every table that names portals.
async fn tables(world: &World) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT columns.table_name::text FROM information_schema.columns
         JOIN information_schema.tables USING (table_schema, table_name)
         WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND column_name = 'member_id'
         ORDER BY columns.table_name",
    )
    .fetch_all(world.pool())
    .await
    .unwrap()
}

/// How many rows each table has of this portal.
async fn rows(world: &World, portal: &MemberId) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for table in tables(world).await {
        let query = format!("SELECT count(*) FROM {table} WHERE member_id = $1");
        let count = sqlx::query_scalar(AssertSqlSafe(query))
            .bind(portal.as_str())
            .fetch_one(world.pool())
            .await
            .unwrap();
        counts.insert(table, count);
    }
    counts
}

#[tokio::test]
async fn erase_leaves_no_row_of_the_portal_in_any_table_and_all_rows_of_others() {
    let world = World::create().await;
    let (leaving, staying) = (world.portal(1).await, world.portal(2).await);
    fill(&world, &leaving).await;
    fill(&world, &staying).await;
    let filled = rows(&world, &leaving).await;
    let others = rows(&world, &staying).await;
    assert!(
        filled.values().all(|count| *count > 0),
        "a table that the test does not fill: {filled:?}"
    );

    let known = world.store.erase(&leaving).await.unwrap();

    assert!(known);
    let left = rows(&world, &leaving).await;
    assert!(left.values().all(|count| *count == 0), "{left:?}");
    assert_eq!(rows(&world, &staying).await, others);
    let again = world.store.erase(&leaving).await.unwrap();
    assert!(!again, "repeatable");
    let registered = world.store.applications().await.unwrap();
    assert_eq!(registered.len(), 2, "the operator's registration stays");
    world.end().await;
}

#[tokio::test]
async fn every_table_that_names_portals_goes_with_them_by_a_foreign_key() {
    let world = World::create().await;
    // Tables without such a key, each for a reason that its migration states; `erase` knows them by name.
    let exceptions = ["applications", "event_leases", "portal_events", "portals"];
    let keys = sqlx::query(
        "SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent
         FROM pg_constraint WHERE contype = 'f' AND confdeltype = 'c'",
    )
    .fetch_all(world.pool())
    .await
    .unwrap();

    let mut covered = BTreeSet::from(["portals".to_owned()]);
    for _ in 0..keys.len() {
        for key in &keys {
            if covered.contains(&key.get::<String, _>("parent")) {
                covered.insert(key.get("child"));
            }
        }
    }

    let tables = tables(&world).await;
    let uncovered: Vec<_> = tables
        .iter()
        .filter(|table| !covered.contains(*table) && !exceptions.contains(&table.as_str()))
        .collect();
    assert!(tables.len() > exceptions.len());
    assert!(uncovered.is_empty(), "erase would miss {uncovered:?}");
    world.end().await;
}

#[tokio::test]
async fn archive_deletes_tokens_jobs_and_access_and_keeps_index_cards_and_settings() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    fill(&world, &portal).await;
    let settings = world.store.settings(&portal).await.unwrap();

    world.store.archive(&portal).await.unwrap();
    world.store.archive(&portal).await.unwrap();

    let left = rows(&world, &portal).await;
    for gone in ["chains", "portal_jobs", "crm_access"] {
        assert_eq!(left[gone], 0, "{gone}");
    }
    for kept in [
        "crm_items",
        "crm_identifiers",
        "card_selections",
        "card_identifiers",
        "portal_settings",
        "applications",
    ] {
        assert_eq!(left[kept], 1, "{kept}");
    }
    assert_eq!(
        left["portal_events"], 1,
        "the unproved one may be of a new installation"
    );
    let stored = world.store.portal(&portal).await.unwrap().unwrap();
    assert_eq!(stored.state, PortalState::Uninstalled);
    assert!(!stored.has_application_token && stored.uninstalled_at.is_some());
    assert_eq!(stored.bindings_version, 0, "the portal removed the placements");
    assert_eq!(world.store.settings(&portal).await.unwrap(), settings);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_at_the_same_moment_leaves_no_proved_event_behind() {
    let world = World::create().await;
    let (other, other_pool) = world.other_process(5).await;
    for number in 0..20 {
        let portal = world.portal(number).await;
        let event = NewEvent {
            member_id: portal.clone(),
            event: "ONCRMLEADADD".to_owned(),
            subject: None,
            body: b"event=ONCRMLEADADD".to_vec().into(),
            proved: true,
        };
        let receiving = tokio::spawn({
            let (other, event) = (other.clone(), event.clone());
            async move {
                for _ in 0..5 {
                    other.receive_event(&event).await.unwrap();
                }
            }
        });

        world.store.erase(&portal).await.unwrap();
        receiving.await.unwrap();
    }

    assert_eq!(world.number("SELECT count(*) FROM portal_events").await, 0);
    other_pool.close().await;
    world.end().await;
}

#[tokio::test]
async fn a_removal_waits_for_a_renewal_without_holding_up_the_portals_events() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let id = world
        .store
        .save_chain(&portal, &chain(5, ChainSource::Page, "one"))
        .await
        .unwrap();
    let renewing = world.store.lock_chain(&portal, id).await.unwrap().unwrap();
    let (other, other_pool) = world.other_process(2).await;
    let removal = tokio::spawn({
        let (other, portal) = (other.clone(), portal.clone());
        async move { other.erase(&portal).await.unwrap() }
    });
    while world
        .number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        .await
        == 0
    {
        tokio::task::yield_now().await;
    }

    world
        .store
        .record_seen(&portal, &address("acme.example"))
        .await
        .unwrap();
    world
        .store
        .schedule(&portal, "crawl", Duration::ZERO)
        .await
        .unwrap();
    renewing.replace(pair("new")).await.unwrap();

    assert!(removal.await.unwrap());
    assert!(world.store.portal(&portal).await.unwrap().is_none());
    other_pool.close().await;
    world.end().await;
}
