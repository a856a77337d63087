//! Every statement of this crate that touches a portal's rows says whose, or stands in a list with its reason.
//!
//! The tables are asked of the database, the statements are read from the sources: a new one that forgets the portal fails here.

use crate::world::World;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Statements without a portal, by module and a part of their text, each with the reason why none is named. Nothing here is reached
/// with a number that a portal's user chooses.
const ALLOWED: [(&str, &str, &str); 36] = [
    (
        "jobs",
        "WITH idle AS",
        "a worker takes whatever portal's job is due",
    ),
    (
        "processes",
        "SELECT member_id, access_token",
        "whether the secret key fits; nothing of it is told",
    ),
    (
        "events",
        "DELETE FROM portal_events WHERE id IN",
        "what is worked off is forgotten",
    ),
    (
        "events/claim",
        "WITH RECURSIVE waiting",
        "a worker takes whatever portal's events are due",
    ),
    (
        "audit",
        "UPDATE audit_log SET outcome",
        "ends the entry that the same action began",
    ),
    (
        "audit",
        "DELETE FROM audit_log WHERE at",
        "what is old is forgotten",
    ),
    ("portals", "FROM portals ORDER BY", "the operator's list"),
    (
        "portals",
        "FROM portals WHERE domain = $1",
        "who signs on names his portal by its address",
    ),
    (
        "news",
        "WITH RECURSIVE waiting",
        "a worker goes through the portals that have news",
    ),
    (
        "access",
        "DELETE FROM crm_access WHERE proved_at",
        "what is old is forgotten",
    ),
    (
        "departed_users",
        "JOIN subscriptions AS subscription USING (member_id, user_id)",
        "a worker goes through the portals that somebody left",
    ),
    (
        "applications",
        "WHERE client_id = $1",
        "an application is named by its client id, which portals choose from none of",
    ),
    ("applications", "ORDER BY client_id LIMIT", "the operator's list"),
    ("rotation", "", "all secrets are written anew"),
    (
        "timeline_actions",
        "WITH pressed AS",
        "counts what was pressed; the portal is among what was found",
    ),
    (
        "telemetry/roll_up",
        "DELETE FROM portal_telemetry",
        "what is old is forgotten",
    ),
    (
        "queue/inspection",
        "FROM assignment_refusals AS refusal",
        "of an item that was just read with its portal",
    ),
    (
        "queue/inspection",
        "FROM item_news AS told",
        "of an item that was just read with its portal",
    ),
    (
        "health/measured",
        "WITH states AS",
        "figures of the service, without portals' names",
    ),
    (
        "notification_items/figures",
        "FROM notification_items WHERE finished_at",
        "figures of the service, without portals' names",
    ),
    (
        "notification_items/figures",
        "FROM notification_items AS item JOIN portals",
        "figures of the service, without portals' names",
    ),
    (
        "notification_items/statistics",
        "WITH sent AS",
        "the operator's table of portals",
    ),
    (
        "notification_items/claim",
        "WITH RECURSIVE waiting",
        "a worker takes whatever portal's items are due",
    ),
    (
        "notification_items/claim",
        "FROM unnest($1::uuid[]) AS item (id)",
        "of items that were just claimed for one portal",
    ),
    (
        "subscriptions/read",
        "SELECT member_id FROM subscriptions WHERE id",
        "says whose a subscription is, so that the caller can be refused",
    ),
    (
        "subscriptions/write",
        "subscription_identifiers",
        "of a subscription that is locked with its portal in the same transaction",
    ),
    (
        "subscriptions/write",
        "UPDATE subscriptions SET news",
        "of a subscription that is locked with its portal in the same transaction",
    ),
    (
        "subscriptions/cards",
        "FROM unnest($1::bigint[]) AS asked (id)",
        "of subscriptions that were just read with their portal",
    ),
    (
        "subscriptions/listing",
        "SELECT id FROM subscriptions",
        "the operator's list of all portals",
    ),
    (
        "answer_deviations",
        "DELETE FROM answer_deviations WHERE last_seen_at",
        "what was not met again is forgotten",
    ),
    (
        "backups",
        "SELECT min(created_at) FROM portals",
        "since when there is something to back up",
    ),
    (
        "unreadable",
        "SELECT id, member_id, access_token",
        "what the secret key does not open, for the operator's command",
    ),
    (
        "unreadable",
        "SELECT client_id, client_secret FROM applications",
        "what the secret key does not open, for the operator's command",
    ),
    (
        "unreadable",
        "UPDATE chains SET access_token = NULL",
        "of chains that were just found to be unreadable",
    ),
    (
        "unreadable",
        "DELETE FROM applications WHERE client_id = ANY",
        "of secrets that were just found to be unreadable",
    ),
    (
        "unreadable",
        "SET application_token_hash = NULL WHERE application_token_hash IS NOT NULL",
        "the key that made all of them is lost",
    ),
];

/// A statement and where it stands.
struct Statement {
    module: String,
    text: String,
}

#[tokio::test]
async fn every_statement_that_touches_a_portals_rows_names_the_portal() {
    let world = World::create().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.columns
         WHERE table_schema = 'public' AND column_name = 'member_id'",
    )
    .fetch_all(world.pool())
    .await
    .unwrap();
    let statements = statements(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));

    let mut without: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut looked_at = 0;
    for statement in &statements {
        let touched: Vec<&String> = tables
            .iter()
            .filter(|table| touches(&statement.text, table))
            .collect();
        if touched.is_empty() {
            continue;
        }
        looked_at += 1;
        let flat: String = statement.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_allowed = ALLOWED
            .iter()
            .any(|(module, part, _)| *module == statement.module && flat.contains(part));
        if !names_the_portal(&statement.text) && !is_allowed {
            without
                .entry(statement.module.clone())
                .or_default()
                .push(flat.chars().take(160).collect());
        }
    }

    assert!(looked_at > 100, "{looked_at} of {} statements", statements.len());
    assert!(
        without.is_empty(),
        "bind the portal's member_id in these statements, or list them in crates/store/tests/store/isolation.rs and say why all \
         portals may be meant: {without:#?}"
    );
    world.end().await;
}

/// Whether the portal is a condition, or a value that is written.
fn names_the_portal(text: &str) -> bool {
    let flat: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_condition = [
        "member_id = $",
        "member_id = ANY ($",
        "member_id IS NOT DISTINCT FROM $",
    ]
    .iter()
    .any(|condition| flat.contains(condition));
    let is_written = flat.contains("INSERT INTO")
        && flat.split("INSERT INTO").skip(1).any(|rest| {
            rest.split(')')
                .next()
                .is_some_and(|columns| columns.contains("member_id"))
        });
    is_condition || is_written
}

fn touches(text: &str, table: &str) -> bool {
    let words: Vec<&str> = text
        .split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    words
        .windows(2)
        .any(|pair| matches!(pair[0], "FROM" | "JOIN" | "UPDATE" | "INTO" | "USING") && pair[1] == table)
}

/// The texts of the sources that are SQL.
fn statements(folder: &Path) -> Vec<Statement> {
    let mut statements = Vec::new();
    for file in sources(folder) {
        let module = file
            .strip_prefix(folder)
            .unwrap()
            .to_string_lossy()
            .replace(".rs", "");
        let source = fs::read_to_string(&file).unwrap();
        for text in texts(&source) {
            if ["SELECT", "UPDATE", "INSERT", "DELETE", "WITH"]
                .iter()
                .any(|verb| text.trim_start().starts_with(verb))
            {
                statements.push(Statement {
                    module: module.clone(),
                    text,
                });
            }
        }
    }
    statements
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files
}

/// The string literals of a source: enough of Rust's rules for this crate, whose literals with quotes within are raw.
fn texts(source: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut rest = code.as_str();
    while let Some(start) = rest.find('"') {
        let is_raw = rest[..start].ends_with("r#");
        let end = if is_raw { "\"#" } else { "\"" };
        let after = &rest[start + 1..];
        let mut length = 0;
        loop {
            let Some(found) = after[length..].find(end) else {
                return texts;
            };
            let place = length + found;
            if !is_raw && after[..place].ends_with('\\') {
                length = place + 1;
                continue;
            }
            texts.push(after[..place].replace("\\\"", "\""));
            rest = &after[place + end.len()..];
            break;
        }
    }
    texts
}
