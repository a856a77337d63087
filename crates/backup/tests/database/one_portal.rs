//! One portal restored into a database that lives.

use crate::world::{ACME, KEY, OTHER, OTHER_KEY, World, fill, keys, member_id};
use certlens_backup::{BackupError, Contents, Keys, file, make, restore_portal};
use certlens_store::SecretKey;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Tables in which a restored portal's rows differ from the backup's: doubted, due, revoked, looked at again.
const CHANGED: [&str; 5] = [
    "notification_items",
    "notification_senders",
    "portal_jobs",
    "portals",
    "subscription_identifiers",
];

fn without_changed(rows: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    let mut rows = rows.clone();
    rows.retain(|table, _| !CHANGED.contains(&table.as_str()));
    rows
}

#[tokio::test]
async fn erased_portal_comes_back_and_the_others_are_left_alone() {
    let world = World::filled().await;
    let (before, other) = (
        world.rows_of_portal(ACME).await,
        world.rows_of_portal(OTHER).await,
    );
    world.back_up(Contents::Own).await;
    world.store().erase(&member_id(ACME)).await.unwrap();

    let restored = restore_portal(
        &mut world.connection().await,
        &world.file(),
        keys(),
        &member_id(ACME),
    )
    .await
    .unwrap();

    let mut after = without_changed(&world.rows_of_portal(ACME).await);
    let mut before = without_changed(&before);
    // The registration stayed, and was told whose it is again.
    assert_eq!(after.remove("applications").unwrap().len(), 1);
    before.remove("applications");
    assert_eq!(after, before);
    assert_eq!(world.rows_of_portal(OTHER).await, other);
    assert!(!restored.is_present);
    assert_eq!(restored.doubtful_items, 2);
    assert_eq!(restored.portal.domain, "5f0c.example");
    world.close().await;
}

#[tokio::test]
async fn portal_that_has_the_application_now_keeps_its_connection_and_gets_its_data() {
    let world = World::filled().await;
    world.back_up(Contents::Own).await;
    world.store().erase(&member_id(ACME)).await.unwrap();
    // Installed anew: other tokens, another address, nothing else.
    world
        .run(
            "INSERT INTO portals (member_id, domain, client_endpoint, origin, authorization_server, state, installed_at,
                                  application_token_hash)
             VALUES ('5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49', 'new.example', 'b', 'c', 'd', 'installed', now(), sha256('new'));
             INSERT INTO chains (member_id, client_id, user_id, source, is_administrator, access_token, refresh_token,
                                 expires_at)
             VALUES ('5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49', 'app.one', 9, 'installation', true, 'new', 'new', now());
             INSERT INTO portal_users (member_id, user_id, is_administrator)
             VALUES ('5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49', 9, true)",
        )
        .await;
    let (portals, chains) = (world.rows_of("portals").await, world.rows_of("chains").await);

    let restored = restore_portal(
        &mut world.connection().await,
        &world.file(),
        keys(),
        &member_id(ACME),
    )
    .await
    .unwrap();

    assert!(restored.is_present);
    assert_eq!(world.rows_of("portals").await, portals);
    assert_eq!(world.rows_of("chains").await, chains);
    let here = world.rows_of_portal(ACME).await;
    for table in [
        "subscriptions",
        "card_identifiers",
        "portal_settings",
        "news",
        "item_news",
        "audit_log",
    ] {
        assert_eq!(here[table].len(), 1, "{table}");
    }
    assert_eq!(here["portal_users"].len(), 2, "the backup's and the present one");
    world.close().await;
}

#[tokio::test]
async fn portal_that_removed_the_application_comes_back_and_keeps_what_joins_the_backup() {
    let world = World::filled().await;
    world.back_up(Contents::Own).await;
    world.store().archive(&member_id(ACME)).await.unwrap();
    // After the backup.
    world
        .run(
            "INSERT INTO audit_log (member_id, actor_name, action, subject)
             VALUES ('5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49', 'operator', 'portals.repair', 'a');
             INSERT INTO portal_users (member_id, user_id, is_administrator)
             VALUES ('5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49', 9, true);
             INSERT INTO portal_telemetry (member_id, series, at, total)
             VALUES ('5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49', 'a', now(), 1)",
        )
        .await;

    let restored = restore_portal(
        &mut world.connection().await,
        &world.file(),
        keys(),
        &member_id(ACME),
    )
    .await
    .unwrap();

    assert!(!restored.is_present);
    let here = world.rows_of_portal(ACME).await;
    assert_eq!(here["audit_log"].len(), 2);
    assert_eq!(here["portal_users"].len(), 2);
    assert_eq!(here["portal_telemetry"].len(), 1);
    assert_eq!(here["chains"].len(), 1);
    let installed =
        "SELECT count(*) FROM portals WHERE state = 'installed' AND application_token_hash IS NOT NULL";
    assert_eq!(world.number(installed).await, 2);
    world.close().await;
}

#[tokio::test]
async fn tokens_of_a_key_that_is_not_here_are_left_out_and_those_of_the_other_key_are_not() {
    let world = World::filled().await;
    let passphrase: Option<SecretString> = Some("correct horse battery".into());
    let written = Keys {
        passphrase: passphrase.clone(),
        ..keys()
    };
    make(world.pool(), &world.file(), Contents::Own, written)
        .await
        .unwrap();
    let key = |text: &str| Some(Arc::new(SecretKey::parse(text).unwrap()));
    let without = Keys {
        passphrase: passphrase.clone(),
        ..Keys::default()
    };
    let another = Keys {
        secret_key: key(OTHER_KEY),
        passphrase,
        ..Keys::default()
    };
    let both = Keys {
        secret_key: key(OTHER_KEY),
        other_key: key(KEY),
        passphrase: None,
    };
    let head = file::head_of(&world.file()).unwrap();

    for (keys, is_without_tokens, wants_rotation) in [
        (without, true, false),
        (another, true, false),
        (both, false, true),
    ] {
        assert_eq!(head.is_of_the_other_key(&keys), wants_rotation);
        world.store().erase(&member_id(ACME)).await.unwrap();
        let restored = restore_portal(
            &mut world.connection().await,
            &world.file(),
            keys,
            &member_id(ACME),
        )
        .await
        .unwrap();

        assert_eq!(restored.is_without_tokens, is_without_tokens);
        let chains = world.rows_of_portal(ACME).await.remove("chains");
        assert_eq!(chains.is_none(), is_without_tokens);
    }
    world.close().await;
}

#[tokio::test]
async fn restored_subscriptions_are_looked_at_again_from_where_the_backup_was() {
    let world = World::filled().await;
    world
        .run("UPDATE recount_mark SET version = 5; UPDATE subscriptions SET since_version = 2")
        .await;
    world.back_up(Contents::Own).await;
    world.store().erase(&member_id(ACME)).await.unwrap();
    world.run("UPDATE recount_mark SET version = 9").await;

    restore_portal(
        &mut world.connection().await,
        &world.file(),
        keys(),
        &member_id(ACME),
    )
    .await
    .unwrap();

    let again = "SELECT count(*) FROM subscription_identifiers WHERE NOT is_enrolled AND since_version = 5";
    assert_eq!(world.number(again).await, 1);
    world.close().await;
}

#[tokio::test]
async fn numbers_that_belong_to_others_here_are_given_anew_with_all_that_names_them() {
    let world = World::filled().await;
    world
        .run(
            "INSERT INTO subscriptions (member_id, entity_type, entity_id, user_id, news, since_version, since_day, state,
                                        reason, archived_at, handed_to)
             SELECT member_id, entity_type, entity_id, 2, news, since_version, since_day, 'archived', 'handed_over', now(), id
             FROM subscriptions",
        )
        .await;
    world.back_up(Contents::Own).await;
    // Another database, in which another portal has the same numbers.
    let target = World::empty().await;
    fill(target.pool(), OTHER).await;
    fill(target.pool(), "00000000000000000000000000000002").await;
    let other = target.rows_of_portal(OTHER).await;

    for portal in [ACME, OTHER] {
        restore_portal(
            &mut target.connection().await,
            &world.file(),
            keys(),
            &member_id(portal),
        )
        .await
        .unwrap();
    }

    let whole = "SELECT count(*) FROM item_news
                 JOIN news ON news.id = item_news.news_id AND news.member_id = item_news.member_id
                 JOIN subscriptions ON subscriptions.id = news.subscription_id AND subscriptions.member_id = news.member_id
                 JOIN subscription_identifiers AS tracked ON tracked.subscription_id = subscriptions.id
                      AND tracked.member_id = subscriptions.member_id";
    assert_eq!(target.number(whole).await, 3);
    let reverts = "SELECT count(*) FROM settings_changes AS change JOIN settings_changes AS former
                        ON former.id = change.reverts AND former.member_id = change.member_id";
    assert_eq!(target.number(reverts).await, 3);
    let handed = "SELECT count(*) FROM subscriptions AS former JOIN subscriptions AS present
                       ON present.id = former.handed_to AND present.member_id = former.member_id";
    assert_eq!(target.number(handed).await, 2);
    assert_eq!(other["subscriptions"].len(), 1);
    target.close().await;
    world.close().await;
}

#[tokio::test]
async fn portal_that_the_backup_does_not_have_changes_nothing() {
    let world = World::filled().await;
    world.back_up(Contents::Own).await;
    let before = world.rows().await;

    let error = restore_portal(
        &mut world.connection().await,
        &world.file(),
        keys(),
        &member_id(&"f".repeat(32)),
    )
    .await
    .unwrap_err();

    assert!(matches!(error, BackupError::UnknownPortal(_)), "{error}");
    assert_eq!(world.rows().await, before);
    world.close().await;
}
