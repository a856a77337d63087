//! Two portals with the application, one of which has a mark in every text that is kept of it.

use crate::living::{Living, member_id, session_of};
use crate::running::OPERATOR_TOKEN;
use axum::body::Body;
use axum::http::{Method, Request, header};
use certlens_portal_sim::{EntityKind, PortalHandle, Simulator, SimulatorOptions};
use serde_json::json;
use sqlx::{AssertSqlSafe, PgPool, Row as _};
use std::collections::BTreeMap;

/// Stands in every text that is kept of the other portal, and nowhere else.
pub(crate) const MARK: &str = "zzmarkoftheotherzz";
/// A number that only the other portal has.
pub(crate) const IDENTIFIER: &str = "7702070139";
pub(crate) const MANAGER: u64 = 7;
pub(crate) const ADMINISTRATOR: u64 = 1;
pub(crate) const COMPANY: u64 = 101;

/// Tables without any words of people.
const WORDLESS: [(&str, &str); 16] = [
    ("card_selections", "numbers, and states of ours"),
    ("chains", "sealed tokens, numbers, and keys of ours"),
    ("crm_access", "who may see what: numbers"),
    ("crm_requisites", "numbers"),
    ("event_leases", "leases"),
    ("item_news", "keys of public documents"),
    ("latest_news", "numbers of counterparties"),
    ("news", "keys of public documents"),
    ("notification_schedules", "times"),
    ("parked_methods", "names of Bitrix24's methods"),
    ("portal_budgets", "times"),
    ("portal_telemetry", "names of series and numbers"),
    (
        "subscription_identifiers",
        "numbers of counterparties; a mark would be no identifier",
    ),
    ("subscriptions", "numbers, and keys of ours"),
    ("timeline_actions", "numbers, and keys of ours"),
    ("tracked_documents", "a view of others"),
];

/// Texts with a meaning: with a mark in them nothing could be read any more, by its owner either.
const KEYS: [&str; 14] = [
    "member_id",
    "entity_type",
    "kind",
    "state",
    "source",
    "client_id",
    "client_endpoint",
    "origin",
    "authorization_server",
    "setting",
    "series",
    "registry",
    "field_mapping_source",
    "failed_step",
];

pub(crate) struct TwoPortals {
    pub(crate) living: Living,
    simulator: Simulator,
    pub(crate) ours: PortalHandle,
    pub(crate) other: PortalHandle,
    /// Of the other portal.
    pub(crate) subscription: i64,
    /// Of the other portal.
    pub(crate) item: String,
    /// Of the other portal.
    pub(crate) event: i64,
    /// Of the other portal.
    pub(crate) settings_change: i64,
    /// Of the other portal.
    pub(crate) deviation: i64,
    /// Keys of the tables of each screen, as the operator sees them.
    pub(crate) tables: BTreeMap<String, Vec<String>>,
}

impl TwoPortals {
    pub(crate) async fn start() -> Self {
        let simulator = Simulator::start(SimulatorOptions {
            portals: 2,
            ..SimulatorOptions::default()
        })
        .await
        .unwrap();
        let living = Living::beside(&simulator).await;
        let [ours, other]: [PortalHandle; 2] = simulator.portals().try_into().ok().unwrap();
        for portal in [&ours, &other] {
            living.install(portal).await;
            living
                .state
                .services
                .tracking
                .read_staff(&member_id(portal))
                .await
                .unwrap();
        }
        // From here on only requests change anything.
        living.stop_working();
        let pool = living.server.postgres();
        let subscription = subscribe(&living, &other).await;
        let (item, event, settings_change) = fill(pool, &other.member_id()).await;
        let deviation = notice(pool, &other.member_id()).await;
        mark(pool, &other.member_id()).await;
        let tables = tables_of_screens(&living).await;
        Self {
            living,
            simulator,
            ours,
            other,
            subscription,
            item,
            event,
            settings_change,
            deviation,
            tables,
        }
    }

    pub(crate) async fn close(self) {
        Box::pin(self.living.close()).await;
        drop(self.simulator);
    }

    /// The token of a page of a portal: of a card, or of the application's own page.
    pub(crate) async fn page(&self, portal: &PortalHandle, user: u64, is_card: bool) -> String {
        let form = if is_card {
            portal.open_frame_form_as(user, EntityKind::Company, COMPANY, None)
        } else {
            portal.open_main_form_as(user)
        };
        session_of(&self.living.post("/bitrix/app", &form).await)
    }

    /// The methods that a path answers, as the router says them to one that nobody knows.
    pub(crate) async fn methods_of(&self, path: &str) -> Vec<Method> {
        let address = path.replace(['{', '}', '*'], "");
        let request = Request::builder()
            .method("PROBE")
            .uri(address)
            .body(Body::empty())
            .unwrap();
        let answer = self.living.server.send(request).await;
        let allowed = answer.header(header::ALLOW.as_str());
        assert!(
            !allowed.is_empty(),
            "{path} does not say which methods it has: {}",
            answer.status
        );
        allowed
            .split(',')
            .map(|method| method.trim().parse().unwrap())
            .filter(|method| *method != Method::HEAD)
            .collect()
    }

    /// What each table has of the other portal, as one number a table.
    pub(crate) async fn rows_of_the_other(&self) -> Vec<(String, String)> {
        let pool = self.living.server.postgres();
        let mut all = Vec::new();
        for table in tables_with_portals(pool).await {
            // What it costs, and what a stranger may write: at most twenty unproved events, which change nothing.
            if ["portal_budgets", "portal_telemetry", "parked_methods"].contains(&table.as_str()) {
                continue;
            }
            let only = if table == "portal_events" {
                "AND proved"
            } else {
                ""
            };
            let query = format!(
                "SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {table} t WHERE member_id = $1 {only}"
            );
            let row = sqlx::query(AssertSqlSafe(query))
                .bind(self.other.member_id())
                .fetch_one(pool)
                .await
                .unwrap();
            all.push((table, row.get(0)));
        }
        all
    }

    /// Tables with words and without the mark.
    pub(crate) async fn tables_without_mark(&self) -> Vec<String> {
        let pool = self.living.server.postgres();
        let mut without = Vec::new();
        for table in tables_with_portals(pool).await {
            if WORDLESS.iter().any(|(wordless, _)| *wordless == table) {
                continue;
            }
            let query = format!(
                "SELECT coalesce(bool_or(t::text LIKE '%{MARK}%'), false) FROM {table} t WHERE member_id = $1"
            );
            let row = sqlx::query(AssertSqlSafe(query))
                .bind(self.other.member_id())
                .fetch_one(pool)
                .await
                .unwrap();
            if !row.get::<bool, _>(0) {
                without.push(table);
            }
        }
        without
    }
}

async fn tables_with_portals(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
         WHERE table_schema = 'public' AND column_name = 'member_id' AND table_type = 'BASE TABLE' ORDER BY 1",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

async fn subscribe(living: &Living, portal: &PortalHandle) -> i64 {
    let wish = json!({
        "member_id": portal.member_id(), "entity": {"type": "company", "id": COMPANY}, "user_id": MANAGER,
        "identifiers": [IDENTIFIER], "news": ["new_document"],
    });
    let made = living
        .server
        .ask(OPERATOR_TOKEN, Method::POST, "/api/v1/subscriptions", Some(&wish))
        .await;
    made.json()["id"]
        .as_i64()
        .unwrap_or_else(|| panic!("{}", made.body))
}

/// A row in every table that would be empty.
async fn fill(pool: &PgPool, portal: &str) -> (String, i64, i64) {
    let item: String = sqlx::query_scalar(
        "INSERT INTO notification_items (
            id, member_id, entity_type, entity_id, kind, subscriber_ids, state, reason, is_open, due_at)
         VALUES (gen_random_uuid(), $1, 'company', 101, 'todo', '{7}', 'unassignable', 'Access denied', false,
                 now() + interval '6 hours') RETURNING id::text",
    )
    .bind(portal)
    .fetch_one(pool)
    .await
    .unwrap();
    let event: i64 = sqlx::query_scalar(
        "INSERT INTO portal_events (member_id, event, body, proved, state, attempts, due_at, last_error, finished_at)
         VALUES ($1, 'ONCRMCOMPANYUPDATE', '\\x01', true, 'failed', 9, now(), 'words', now()) RETURNING id",
    )
    .bind(portal)
    .fetch_one(pool)
    .await
    .unwrap();
    let change: i64 = sqlx::query_scalar(
        "INSERT INTO settings_changes (member_id, author, user_id, user_name, setting, before, after)
         VALUES ($1, 'user', 1, 'words', 'lead_write_back', 'true', 'false') RETURNING id",
    )
    .bind(portal)
    .fetch_one(pool)
    .await
    .unwrap();
    for statement in [
        "INSERT INTO applications (client_id, client_secret, member_id) VALUES ('local.zzmarkoftheotherzz', '\\x01', $1)",
        "INSERT INTO assignment_refusals (item_id, member_id, rule, user_id, reason, words)
         SELECT id, member_id, 'responsible', 7, 'refused', 'words' FROM notification_items WHERE member_id = $1",
        "INSERT INTO audit_log (member_id, actor_name, action, subject, reason, outcome, message)
         VALUES ($1, 'name', 'queue.retry', 'subject', 'reason', 'done', 'message')",
        "INSERT INTO card_selections (member_id, entity_type, entity_id, revision, changed_at) VALUES ($1, 'company', 101, 1, now())
         ON CONFLICT DO NOTHING",
        "INSERT INTO card_identifiers (member_id, entity_type, entity_id, value, label, chosen, origin, added_by, added_by_name, added_at)
         VALUES ($1, 'company', 101, '7702070139', 'label', true, 'typed', 7, 'name', now()) ON CONFLICT DO NOTHING",
        "INSERT INTO notification_senders (member_id, pause_reason, paused_until) VALUES ($1, 'words', now() + interval '1 day')
         ON CONFLICT (member_id) DO UPDATE SET pause_reason = 'words', paused_until = now() + interval '1 day'",
        "INSERT INTO work_pauses (member_id, kind, reason, paused_by) VALUES ($1, 'crawl', 'words', 'name')",
        "INSERT INTO portal_settings (member_id, field_mapping, field_mapping_source, lead_write_back, available_fields)
         VALUES ($1, '{\"lead\": [], \"deal\": [], \"company\": [\"UF_CRM_zzmarkoftheotherzz\"]}', 'chosen', false, '{}')
         ON CONFLICT (member_id) DO UPDATE SET field_mapping = excluded.field_mapping",
        "UPDATE portal_jobs SET last_error = 'words' WHERE member_id = $1",
        "UPDATE portal_staff SET departments_refused = 'words' WHERE member_id = $1",
        "INSERT INTO portal_departments (member_id, department_id, name) VALUES ($1, 99, 'words') ON CONFLICT DO NOTHING",
        "UPDATE chains SET end_reason = 'words' WHERE member_id = $1 AND ended_at IS NOT NULL",
    ] {
        sqlx::query(statement).bind(portal).execute(pool).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    (item, event, change)
}

/// What its answers and the hourly look at it are known for; the number of what differs.
async fn notice(pool: &PgPool, portal: &str) -> i64 {
    sqlx::query(
        r#"INSERT INTO portal_canaries (member_id, steps, failed_step, words, failures, failing_since)
           VALUES ($1, '[{"step": "token", "outcome": "failed", "words": "zzmarkoftheotherzz"}]', 'token', 'words', 1, now())
           ON CONFLICT (member_id) DO UPDATE SET steps = excluded.steps, failed_step = excluded.failed_step,
               words = excluded.words, failures = excluded.failures, failing_since = excluded.failing_since"#,
    )
    .bind(portal)
    .execute(pool)
    .await
    .unwrap();
    sqlx::query_scalar(
        "INSERT INTO answer_deviations (member_id, method, field, expected, found, sample, times)
         VALUES ($1, 'crm.item.get', 'item.id', 'number', 'text', 'xxx', 1) RETURNING id",
    )
    .bind(portal)
    .fetch_one(pool)
    .await
    .unwrap()
}

/// Puts the mark into every text of the portal but keys; what the database does not allow stays as it is.
async fn mark(pool: &PgPool, portal: &str) {
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text FROM information_schema.columns
         JOIN information_schema.tables USING (table_schema, table_name)
         WHERE table_schema = 'public' AND data_type = 'text' AND table_type = 'BASE TABLE' AND table_name IN (
            SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'member_id')",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    for (table, column) in columns {
        if KEYS.contains(&column.as_str()) {
            continue;
        }
        let statement = format!("UPDATE {table} SET {column} = '{MARK} ' || {column} WHERE member_id = $1");
        if let Err(error) = sqlx::query(AssertSqlSafe(statement))
            .bind(portal)
            .execute(pool)
            .await
        {
            assert!(error.as_database_error().is_some(), "{table}.{column}: {error}");
        }
    }
}

/// The tables that can be written to files, by screen.
async fn tables_of_screens(living: &Living) -> BTreeMap<String, Vec<String>> {
    let mut tables = BTreeMap::new();
    for screen in certlens_monitor::ScreenName::ALL {
        let uri = format!("/api/v1/monitor/{}", screen.key());
        let answer = living.server.ask(OPERATOR_TOKEN, Method::GET, &uri, None).await;
        let parts = answer.json()["parts"].as_array().cloned().unwrap_or_default();
        let keys = parts
            .iter()
            .filter_map(|part| part["table"]["key"].as_str().map(str::to_owned))
            .collect();
        tables.insert(screen.key().to_owned(), keys);
    }
    tables
}
