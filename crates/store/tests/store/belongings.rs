//! What is kept of a portal: given away whole and without secrets, and gone to the last text after an erasure.

use crate::departure::fill;
use crate::world::{World, member};
use certlens_store::{MemberId, StoreError};
use serde_json::Value;
use sqlx::AssertSqlSafe;
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::mpsc;

/// The lines of an export.
async fn export(world: &World, portal: &MemberId) -> Vec<Value> {
    let (lines, mut taken) = mpsc::channel(2);
    let (exported, lines) = tokio::join!(world.store.export_portal(portal, lines), async {
        let mut lines = Vec::new();
        while let Some(line) = taken.recv().await {
            lines.push(serde_json::from_str(&line).unwrap());
        }
        lines
    });
    assert_eq!(exported.unwrap(), u64::try_from(lines.len() - 2).unwrap());
    lines
}

/// Tables of which an export has rows, and how many.
fn rows(lines: &[Value]) -> BTreeMap<String, i64> {
    let mut rows = BTreeMap::new();
    for line in &lines[1..lines.len() - 1] {
        *rows
            .entry(line["table"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    rows
}

/// Every table of the database, and in how many of its rows a text stands, whatever the column. Binary columns are
/// searched for the text's bytes.
async fn occurrences(world: &World, text: &str) -> BTreeMap<String, i64> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables
         WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
    )
    .fetch_all(world.pool())
    .await
    .unwrap();
    let hexadecimal: Vec<String> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let hexadecimal = hexadecimal.concat();
    let mut found = BTreeMap::new();
    for table in tables {
        let query = format!(
            "SELECT count(*) FROM \"{table}\" AS searched
             WHERE strpos(searched::text, $1) > 0 OR strpos(searched::text, $2) > 0"
        );
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(query))
            .bind(text)
            .bind(&hexadecimal)
            .fetch_one(world.pool())
            .await
            .unwrap();
        if count > 0 {
            found.insert(table, count);
        }
    }
    found
}

#[tokio::test]
async fn export_has_every_row_of_the_portal_and_none_of_another() {
    let world = World::create().await;
    let (portal, other) = (world.portal(1).await, world.portal(2).await);
    fill(&world, &portal).await;
    fill(&world, &other).await;
    let counted = world.store.rows_of_portal(&portal).await.unwrap();

    let lines = export(&world, &portal).await;

    let counted: BTreeMap<String, i64> = counted.into_iter().map(|one| (one.table, one.rows)).collect();
    assert_eq!(rows(&lines), counted);
    for table in [
        "portals",
        "chains",
        "subscription_identifiers",
        "crm_items",
        "settings_changes",
    ] {
        assert!(counted.contains_key(table), "{table}: {counted:?}");
    }
    let (head, foot) = (&lines[0], lines.last().unwrap());
    assert_eq!(head["row"]["member_id"], portal.as_str());
    assert_eq!(foot["row"]["is_complete"], true);
    let text = lines.iter().map(Value::to_string).collect::<String>();
    assert!(!text.contains(other.as_str()));
    world.end().await;
}

#[tokio::test]
async fn export_names_the_secrets_that_it_leaves_out_and_has_none() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    fill(&world, &portal).await;
    let binary: BTreeSet<(String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text FROM information_schema.columns
         WHERE table_schema = 'public' AND data_type = 'bytea'",
    )
    .fetch_all(world.pool())
    .await
    .unwrap()
    .into_iter()
    .collect();

    let lines = export(&world, &portal).await;

    let left_out = &lines[0]["row"]["left_out"];
    assert_eq!(
        left_out["chains"],
        serde_json::json!(["access_token", "refresh_token"])
    );
    assert_eq!(left_out["applications"], serde_json::json!(["client_secret"]));
    for line in &lines[1..] {
        let table = line["table"].as_str().unwrap();
        for (column, value) in line["row"].as_object().unwrap() {
            assert!(
                !binary.contains(&(table.to_owned(), column.clone())),
                "{table}.{column}"
            );
            // Binary values that another column's text may carry.
            assert!(!value.to_string().contains("\\\\x"), "{table}.{column}: {value}");
        }
    }
    world.end().await;
}

#[tokio::test]
async fn export_ends_when_nobody_takes_its_lines_and_of_an_unknown_portal_says_so() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    fill(&world, &portal).await;
    let (lines, taken) = mpsc::channel(1);
    drop(taken);

    assert_eq!(world.store.export_portal(&portal, lines).await.unwrap(), 0);
    let (lines, _taken) = mpsc::channel(1);
    let error = world.store.export_portal(&member(9), lines).await.unwrap_err();
    assert!(matches!(error, StoreError::UnknownPortal(_)), "{error:?}");
    world.end().await;
}

#[tokio::test]
async fn preview_of_an_erasure_counts_what_goes_and_says_what_stays() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    fill(&world, &portal).await;

    let before = world.store.rows_of_portal(&portal).await.unwrap();
    world.store.erase(&portal).await.unwrap();
    let after = world.store.rows_of_portal(&portal).await.unwrap();

    let kept: Vec<&str> = before
        .iter()
        .filter(|one| one.is_kept)
        .map(|one| one.table.as_str())
        .collect();
    assert_eq!(kept, ["applications"]);
    assert!(before.len() > 20, "{before:?}");
    assert_eq!(after, []);
    world.end().await;
}

/// The proof of completeness: the whole database is searched, not only what we know of it.
#[tokio::test]
async fn after_an_erasure_no_table_has_the_portals_name_or_anything_that_was_written_for_it() {
    let world = World::create().await;
    let (leaving, staying) = (world.portal(0x00de_1e7e).await, world.portal(2).await);
    fill(&world, &leaving).await;
    fill(&world, &staying).await;
    let name = leaving.as_str();
    // One text of its own in each place where people's or portals' texts stand.
    let planted = [
        ("portals", "state_reason = NULL, language = 'planted-1'"),
        ("crm_items", "title = 'planted-2'"),
        ("portal_users", "name = 'planted-3'"),
        (
            "card_identifiers",
            "label = 'planted-4', added_by_name = 'planted-5'",
        ),
        ("portal_settings", "mirror_field = '{\"lead\": \"planted-6\"}'"),
        ("settings_changes", "user_name = 'planted-7'"),
        (
            "portal_jobs",
            "progress = '{\"at\": \"planted-8\"}', last_error = 'planted-9'",
        ),
        ("portal_events", "last_error = 'planted-10'"),
        ("portal_departments", "name = 'planted-11'"),
        ("assignment_refusals", "words = 'planted-12'"),
        ("notification_items", "reason = 'planted-13'"),
        ("news", "document_key = 'planted-14'"),
        (
            "answer_deviations",
            "sample = 'planted-16', hidden_by = 'planted-17', hidden_at = now()",
        ),
        ("portal_canaries", "steps = '[\"planted-18\"]'"),
    ];
    for (table, assignment) in planted {
        let statement = format!("UPDATE {table} SET {assignment} WHERE member_id = '{name}'");
        let done = sqlx::query(AssertSqlSafe(statement))
            .execute(world.pool())
            .await
            .unwrap();
        assert!(done.rows_affected() > 0, "{table} has no row to plant in");
    }
    sqlx::query(
        "UPDATE subscription_identifiers SET identifier = 'planted-15' WHERE subscription_id IN (
            SELECT id FROM subscriptions WHERE member_id = $1)",
    )
    .bind(name)
    .execute(world.pool())
    .await
    .unwrap();
    assert!(occurrences(&world, name).await.len() > 20);
    assert!(occurrences(&world, "planted-").await.len() >= planted.len());
    let others = occurrences(&world, staying.as_str()).await;

    world.store.erase(&leaving).await.unwrap();

    // The registration of a local application is the operator's; in this test its client id has the portal's name.
    let mut left = occurrences(&world, name).await;
    assert_eq!(left.remove("applications"), Some(1));
    assert_eq!(left, BTreeMap::new());
    assert_eq!(occurrences(&world, "planted-").await, BTreeMap::new());
    assert_eq!(occurrences(&world, staying.as_str()).await, others);
    world.end().await;
}
