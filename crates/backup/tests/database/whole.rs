//! A whole database restored: what comes back, what is doubted, what is refused.

use crate::world::{ACME, DOCUMENT, OTHER, OTHER_KEY, World, keys};
use certlens_backup::catalogue::{Share, tables};
use certlens_backup::{BackupError, Contents, Keys, make, restore_all, summary};
use certlens_store::{MIGRATIONS, SecretKey};
use rstest::rstest;
use secrecy::ExposeSecret as _;
use sqlx::{Connection as _, PgConnection};
use std::sync::Arc;

/// Tables of which a restoration changes what is in them, with the reason.
const CHANGED: [&str; 6] = [
    "notification_items",   // doubted
    "notification_senders", // leases gone, doubt noted
    "portal_jobs",          // due now
    "portals",              // sessions revoked
    "recount_mark",         // documents are gone
    "registry_state",       // they are not loaded
];

#[tokio::test]
async fn every_table_is_in_every_backup_but_those_that_are_listed_with_a_reason() {
    let world = World::empty().await;
    let tables = tables(&mut world.connection().await).await.unwrap();

    let of = |share: Share| {
        let mut names: Vec<&str> = tables
            .iter()
            .filter(|table| table.share == share)
            .map(|table| table.name.as_str())
            .collect();
        names.sort_unstable();
        names.join(" ")
    };
    // A new table stands here by itself: is that right for it?
    assert_eq!(
        of(Share::Own),
        "applications assignment_refusals audit_log card_identifiers card_selections chains crm_identifiers crm_items \
         crm_requisites former_fingerprint_keys item_news known_documents news notification_items notification_schedules notification_senders \
         portal_departments portal_events portal_jobs portal_settings portal_staff portal_users portals recount_mark \
         recount_schedule recounts registry_state settings_changes subscription_identifiers subscriptions \
         timeline_actions work_pauses"
    );
    assert_eq!(
        of(Share::Voluminous),
        "counted_pairs document_status_changes document_territory_changes documents import_overlaps import_registries \
         imports parties party_counts party_identifiers portal_telemetry removed_places replaced_documents \
         replaced_territory_statuses rf_territory_statuses telemetry"
    );
    assert_eq!(
        of(Share::Passing),
        "answer_deviations backups crm_access event_leases latest_news parked_methods portal_budgets portal_canaries \
         processes store_identity"
    );
    world.close().await;
}

#[rstest]
#[case::without_documents(Contents::Own)]
#[case::with_documents(Contents::Everything)]
#[tokio::test]
async fn restored_database_has_every_row_of_the_backup(#[case] contents: Contents) {
    let world = World::filled().await;
    world.run(DOCUMENT).await;
    world.back_up(contents).await;
    let before = world.rows().await;
    let target = World::empty().await;

    let restored = restore_all(&mut target.connection().await, &world.file(), keys(), false)
        .await
        .unwrap();

    let after = target.rows().await;
    let tables = tables(&mut world.connection().await).await.unwrap();
    for table in tables.iter().filter(|table| table.is_in(contents)) {
        let name = table.name.as_str();
        if !CHANGED.contains(&name) && name != "known_documents" {
            assert_eq!(after[name], before[name], "{name}");
        }
        assert_eq!(after[name].len().max(2), before[name].len().max(2), "{name}");
    }
    // Of the news, by the database itself.
    let latest = "SELECT count(*) FROM latest_news";
    assert_eq!((target.number(latest).await, world.number(latest).await), (2, 2));
    assert_eq!(restored.summary.portals.len(), 2);
    assert_eq!(
        after["documents"].len(),
        usize::from(contents == Contents::Everything)
    );
    assert_eq!(after["portals"].len(), 2);
    target.close().await;
    world.close().await;
}

#[tokio::test]
async fn restored_queue_is_doubted_its_work_is_due_and_sessions_are_over() {
    let world = World::filled().await;
    world.back_up(Contents::Own).await;
    let generation = world.number("SELECT max(generation) FROM portals").await;
    let sequence = world.number("SELECT last_value FROM subscriptions_id_seq").await;
    let target = World::empty().await;

    let restored = restore_all(&mut target.connection().await, &world.file(), keys(), false)
        .await
        .unwrap();

    // Two of each portal: one waited, one was being sent. What was sent stays sent.
    assert_eq!(restored.doubtful_items, 4);
    let doubted =
        "SELECT count(*) FROM notification_items WHERE state = 'waiting' AND is_uncertain AND NOT is_open";
    assert_eq!(target.number(doubted).await, 4);
    let sent = "SELECT count(*) FROM notification_items WHERE state = 'sent' AND NOT is_uncertain";
    assert_eq!(target.number(sent).await, 2);
    let doubting = "SELECT count(*) FROM notification_senders WHERE doubt_until > now() + interval '6 days'";
    assert_eq!(target.number(doubting).await, 2);
    let due = "SELECT count(*) FROM portal_jobs WHERE due_at <= now() AND lease_id IS NULL";
    assert_eq!(target.number(due).await, 4);
    assert!(target.number("SELECT min(generation) FROM portals").await > generation);
    assert!(target.number("SELECT nextval('subscriptions_id_seq')").await > sequence + 1000);
    target.close().await;
    world.close().await;
}

#[tokio::test]
async fn backup_without_documents_says_which_were_known_and_keeps_their_versions() {
    let world = World::filled().await;
    world.run(DOCUMENT).await;
    world.back_up(Contents::Own).await;
    let target = World::empty().await;

    restore_all(&mut target.connection().await, &world.file(), keys(), false)
        .await
        .unwrap();

    assert_eq!(
        target.rows_of("known_documents").await,
        [r#"{"registry":"kz","document_key":"a","status":"active","rf_status":null}"#]
    );
    let state =
        "SELECT data_version FROM registry_state WHERE NOT loaded AND documents = 0 AND data_date IS NULL";
    assert_eq!(target.number(state).await, 3);
    // Come again by an import, it is no news.
    target.run(DOCUMENT_AGAIN).await;
    let seen = "SELECT count(*) FROM tracked_documents WHERE first_version = 0 AND stored_version = 4";
    assert_eq!(target.number(seen).await, 2);
    target.close().await;
    world.close().await;
}

const DOCUMENT_AGAIN: &str = "
    INSERT INTO documents (registry, document_key, number, kind, status, status_label, registered_on, applicant_name,
                           applicant_inn, manufacturer_name, technical_regulations, product, tn_ved, content_hash,
                           import_id, applicant_party, first_version, data_version)
    VALUES ('kz', 'a', 'N 1', 'certificate', 'active', '', '2026-01-01', 'A', '7707083893', 'A', '{}', 'p', '{}',
            gen_random_uuid(), gen_random_uuid(), 42, 4, 4)";

/// A document of the same counterparty that the next version of the store brought.
const NEXT_VERSION: &str = "
    INSERT INTO documents (registry, document_key, number, kind, status, status_label, registered_on, applicant_name,
                           applicant_inn, manufacturer_name, technical_regulations, product, tn_ved, content_hash,
                           import_id, applicant_party, first_version, data_version)
    SELECT 'kz', key, 'N 2', 'certificate', 'active', '', '2026-01-01', 'A', '7707083893', 'A', '{}', 'p', '{}',
           gen_random_uuid(), gen_random_uuid(), 42, 4, 4
    FROM unnest(ARRAY['b', 'c']) AS brought (key);
    UPDATE documents SET status = 'suspended', rf_status = 'terminated', data_version = 4 WHERE document_key = 'a';
    INSERT INTO document_status_changes (registry, document_key, import_id, from_status, from_label, to_status, to_label,
                                         data_version)
    VALUES ('kz', 'a', gen_random_uuid(), 'active', '', 'suspended', '', 4);
    INSERT INTO document_territory_changes (data_version, registry, document_key, from_status, to_status)
    VALUES (4, 'kz', 'a', NULL, 'terminated');
    UPDATE registry_state SET data_version = 4";

#[tokio::test]
async fn what_nobody_had_looked_at_before_the_backup_is_news_after_the_restoration() {
    let world = World::filled().await;
    world.run(DOCUMENT).await;
    world.run(NEXT_VERSION).await;
    // It came again after an earlier restoration, which no recount has seen either.
    world
        .run("INSERT INTO known_documents (registry, document_key, status) VALUES ('kz', 'b', 'renewed')")
        .await;

    world.back_up(Contents::Own).await;
    let target = World::empty().await;
    restore_all(&mut target.connection().await, &world.file(), keys(), false)
        .await
        .unwrap();

    assert_eq!(
        target.rows_of("known_documents").await,
        [
            r#"{"registry":"kz","document_key":"a","status":"active","rf_status":null}"#,
            r#"{"registry":"kz","document_key":"b","status":"renewed","rf_status":null}"#,
        ]
    );
    target.close().await;
    world.close().await;
}

#[tokio::test]
async fn database_with_something_in_it_is_replaced_only_when_that_is_ordered() {
    let world = World::filled().await;
    world.back_up(Contents::Own).await;
    let target = World::filled().await;
    target.run("UPDATE portals SET domain = 'here.example'").await;
    let before = target.rows().await;

    let refused = restore_all(&mut target.connection().await, &world.file(), keys(), false)
        .await
        .unwrap_err();
    let untouched = target.rows().await;
    restore_all(&mut target.connection().await, &world.file(), keys(), true)
        .await
        .unwrap();

    assert!(refused.to_string().contains("2 portals"), "{refused}");
    assert_eq!(untouched, before);
    assert_eq!(
        target
            .number("SELECT count(*) FROM portals WHERE domain = 'here.example'")
            .await,
        0
    );
    assert_eq!(target.number("SELECT count(*) FROM portals").await, 2);
    target.close().await;
    world.close().await;
}

#[tokio::test]
async fn what_fails_in_the_middle_leaves_the_database_as_it_was() {
    let world = World::filled().await;
    world.back_up(Contents::Own).await;
    let bytes = std::fs::read(world.file()).unwrap();
    let target = World::filled().await;
    let before = target.rows().await;

    for broken in [&bytes[..bytes.len() - 20], &[&bytes[..], b"x"].concat()] {
        std::fs::write(world.file(), broken).unwrap();
        let error = restore_all(&mut target.connection().await, &world.file(), keys(), true)
            .await
            .unwrap_err();
        assert!(
            matches!(error, BackupError::Truncated | BackupError::Damaged),
            "{error}"
        );
        assert_eq!(target.rows().await, before);
    }
    target.close().await;
    world.close().await;
}

#[tokio::test]
async fn backup_of_an_older_version_is_brought_to_the_present_one_with_what_its_migrations_do_to_rows() {
    let world = World::empty().await;
    world
        .run("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        .await;
    MIGRATIONS
        .run_direct(Some(20), &mut world.connection().await, false)
        .await
        .unwrap();
    world
        .run(
            "INSERT INTO portals (member_id, domain, client_endpoint, origin, authorization_server, state, installed_at)
             VALUES ('5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49', 'a', 'b', 'c', 'd', 'installed', now());
             INSERT INTO subscriptions (member_id, entity_type, entity_id, user_id, news, since_version, since_day)
             VALUES ('5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49', 'lead', 1, 1, ARRAY['suspended'], 0, '2026-01-01');
             INSERT INTO subscription_identifiers (subscription_id, identifier) SELECT id, '1' FROM subscriptions",
        )
        .await;
    let made = world.back_up(Contents::Own).await;
    let target = World::empty().await;

    restore_all(&mut target.connection().await, &world.file(), keys(), false)
        .await
        .unwrap();

    assert_eq!(made.migration, 20);
    // Migration 21 filled the column.
    let named =
        "SELECT count(*) FROM subscription_identifiers WHERE member_id = '5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49'";
    assert_eq!(target.number(named).await, 1);
    let newest = MIGRATIONS.iter().map(|one| one.version).max().unwrap();
    assert_eq!(
        target.number("SELECT max(version) FROM _sqlx_migrations").await,
        newest
    );
    target.close().await;
    world.close().await;
}

#[tokio::test]
async fn passphrase_opens_a_backup_and_brings_the_secret_key_along() {
    let world = World::filled().await;
    let both = Keys {
        passphrase: Some("correct horse battery".into()),
        ..keys()
    };
    make(world.pool(), &world.file(), Contents::Own, both)
        .await
        .unwrap();
    let by_passphrase = Keys {
        passphrase: Some("correct horse battery".into()),
        ..Keys::default()
    };

    let key = certlens_backup::secret_key_of(&world.file(), by_passphrase.clone())
        .await
        .unwrap()
        .unwrap();
    let portals = summary(&world.file(), by_passphrase).await.unwrap().portals;

    assert_eq!(key.expose_secret(), crate::world::KEY);
    let mut names: Vec<String> = portals.into_iter().map(|portal| portal.member_id).collect();
    names.sort();
    assert_eq!(names, [OTHER, ACME]);
    let other = Keys {
        secret_key: Some(Arc::new(SecretKey::parse(OTHER_KEY).unwrap())),
        ..Keys::default()
    };
    let error = summary(&world.file(), other).await.unwrap_err().to_string();
    assert!(error.contains("--passphrase-file"), "{error}");
    world.close().await;
}

#[tokio::test]
async fn database_that_is_served_is_not_replaced() {
    let world = World::filled().await;
    world.back_up(Contents::Own).await;
    let target = World::empty().await;
    let options = target.pool().connect_options().as_ref().clone();
    let serving = sqlx::postgres::PgPoolOptions::new()
        .connect_with(options.application_name(certlens_store::APPLICATION_NAME))
        .await
        .unwrap();

    let error = restore_all(&mut target.connection().await, &world.file(), keys(), true)
        .await
        .unwrap_err();

    assert!(error.to_string().contains("certlens serve"), "{error}");
    serving.close().await;
    target.close().await;
    world.close().await;
}

#[tokio::test]
async fn database_that_is_served_under_a_name_of_its_address_is_not_replaced() {
    let world = World::filled().await;
    world.back_up(Contents::Own).await;
    let target = World::empty().await;
    let options = target.pool().connect_options().as_ref().clone();
    let options = options.application_name("named by the address");
    let serving = PgConnection::connect_with(&options).await.unwrap();
    let mut own = PgConnection::connect_with(&options).await.unwrap();

    let error = restore_all(&mut own, &world.file(), keys(), true)
        .await
        .unwrap_err();

    assert!(error.to_string().contains("'named by the address'"), "{error}");
    serving.close().await.unwrap();
    own.close().await.unwrap();
    target.close().await;
    world.close().await;
}

#[tokio::test]
async fn backup_of_a_newer_version_is_refused_with_the_program_that_can_read_it() {
    let world = World::filled().await;
    world
        .run("UPDATE _sqlx_migrations SET version = 9999 WHERE version = (SELECT max(version) FROM _sqlx_migrations)")
        .await;
    world.back_up(Contents::Own).await;
    let target = World::empty().await;

    let error = restore_all(&mut target.connection().await, &world.file(), keys(), true)
        .await
        .unwrap_err()
        .to_string();

    assert!(
        error.contains("9999") && error.contains(env!("CARGO_PKG_VERSION")),
        "{error}"
    );
    target.close().await;
    world.close().await;
}

#[test]
fn every_migration_can_run_within_the_transaction_of_a_restoration() {
    let outside: Vec<i64> = MIGRATIONS
        .iter()
        .filter(|one| one.no_tx)
        .map(|one| one.version)
        .collect();
    assert_eq!(
        outside, [0_i64; 0],
        "a restoration runs all migrations in one transaction: let `restore_all` know how this one is run there"
    );
}
