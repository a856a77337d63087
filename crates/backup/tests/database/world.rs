//! Databases with portals in them, and looks at their rows.

use certlens_backup::{Contents, Keys, MadeBackup, make};
use certlens_store::{MemberId, SecretKey, Store};
use certlens_test_engines::TestDatabases;
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const OTHER_KEY: &str = "HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const ACME: &str = "5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49";
pub(crate) const OTHER: &str = "00000000000000000000000000000001";

pub(crate) struct World {
    pub(crate) databases: TestDatabases,
    pub(crate) folder: TempDir,
}

impl World {
    pub(crate) async fn empty() -> Self {
        Self {
            databases: TestDatabases::create().await,
            folder: TempDir::new().unwrap(),
        }
    }

    /// Both portals, each with a row in most tables.
    pub(crate) async fn filled() -> Self {
        let world = Self::empty().await;
        for portal in [ACME, OTHER] {
            fill(world.pool(), portal).await;
        }
        world
    }

    pub(crate) fn pool(&self) -> &PgPool {
        self.databases.postgres()
    }

    pub(crate) fn store(&self) -> Store {
        Store::new(self.pool().clone(), &SecretKey::parse(KEY).unwrap())
    }

    pub(crate) async fn connection(&self) -> PgConnection {
        self.pool().acquire().await.unwrap().detach()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("one.backup")
    }

    pub(crate) async fn back_up(&self, contents: Contents) -> MadeBackup {
        make(self.pool(), &self.file(), contents, keys()).await.unwrap()
    }

    pub(crate) async fn run(&self, statement: &'static str) {
        sqlx::raw_sql(statement).execute(self.pool()).await.unwrap();
    }

    pub(crate) async fn number(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(self.pool()).await.unwrap()
    }

    /// The rows of every table, as text, sorted.
    pub(crate) async fn rows(&self) -> BTreeMap<String, Vec<String>> {
        let mut connection = self.connection().await;
        let mut rows = BTreeMap::new();
        for table in certlens_backup::catalogue::tables(&mut connection).await.unwrap() {
            rows.insert(table.name.clone(), self.rows_of(&table.name).await);
        }
        rows
    }

    pub(crate) async fn rows_of(&self, table: &str) -> Vec<String> {
        let query = format!("SELECT row_to_json(one)::text FROM \"{table}\" AS one ORDER BY 1");
        sqlx::query_scalar(AssertSqlSafe(query))
            .fetch_all(self.pool())
            .await
            .unwrap()
    }

    /// Rows of this portal in every table that names portals.
    pub(crate) async fn rows_of_portal(&self, portal: &str) -> BTreeMap<String, Vec<String>> {
        let mut of_portal = self.rows().await;
        for rows in of_portal.values_mut() {
            rows.retain(|row| row.contains(portal));
        }
        of_portal.retain(|_, rows| !rows.is_empty());
        of_portal
    }

    pub(crate) async fn close(self) {
        self.databases.drop_all().await;
    }
}

pub(crate) fn keys() -> Keys {
    Keys {
        secret_key: Some(Arc::new(SecretKey::parse(KEY).unwrap())),
        other_key: None,
        passphrase: None,
    }
}

pub(crate) fn member_id(text: &str) -> MemberId {
    MemberId::parse(text).unwrap()
}

/// A portal as it is after some weeks of use, with everything that hangs on it.
pub(crate) async fn fill(pool: &PgPool, portal: &str) {
    for statement in [
        "INSERT INTO portals (member_id, domain, client_endpoint, origin, authorization_server, state, installed_at,
                              client_id, application_token_hash)
         VALUES ($1, left($1, 4) || '.example', 'https://x.example/rest/', 'https://x.example',
                 'https://oauth.example/', 'installed', now(), 'app.one', sha256('token'))",
        "INSERT INTO chains (member_id, client_id, user_id, source, is_administrator, access_token, refresh_token,
                             expires_at)
         VALUES ($1, 'app.one', 1, 'installation', true, '\\x00ff0a09', '\\x5c5c', now())",
        "INSERT INTO portal_settings (member_id, field_mapping, field_mapping_source, lead_write_back, available_fields)
         VALUES ($1, '{\"company\": [\"UF\\tтаб\\\\\\n\"]}', 'chosen', true, '{}')",
        "INSERT INTO portal_users (member_id, user_id, is_administrator, name) VALUES ($1, 1, true, 'Анна \"A\" \\ Б')",
        "INSERT INTO card_selections (member_id, entity_type, entity_id, revision, changed_at)
         VALUES ($1, 'company', 101, 3, now())",
        "INSERT INTO card_identifiers (member_id, entity_type, entity_id, value, chosen, origin, added_at, label)
         VALUES ($1, 'company', 101, '7707083893', true, 'typed', now(), NULL)",
        "WITH made AS (
             INSERT INTO subscriptions (member_id, entity_type, entity_id, user_id, news, since_version, since_day)
             VALUES ($1, 'company', 101, 1, ARRAY['new_document'], 0, '2026-01-01') RETURNING id, member_id
         ), tracked AS (
             INSERT INTO subscription_identifiers (subscription_id, identifier, is_enrolled, member_id)
             SELECT id, '7707083893', true, member_id FROM made
         ), found AS (
             INSERT INTO news (subscription_id, member_id, kind, registry, document_key, identifiers, recount_id, settled_at)
             SELECT id, member_id, 'new_document', 'kz', 'a', ARRAY['7707083893'], 1, now() FROM made
             RETURNING id, member_id
         ), planned AS (
             INSERT INTO notification_items (id, member_id, entity_type, entity_id, kind, subscriber_ids, is_open)
             SELECT gen_random_uuid(), member_id, 'company', 101, 'todo', ARRAY[1], true FROM found RETURNING id
         )
         INSERT INTO item_news (item_id, news_id, member_id, entity_type, entity_id, item_kind, kind, registry,
                                document_key, occurrence)
         SELECT planned.id, found.id, found.member_id, 'company', 101, 'todo', 'new_document', 'kz', 'a', ''
         FROM planned, found",
        "INSERT INTO notification_items (id, member_id, entity_type, entity_id, kind, subscriber_ids, state, is_open,
                                         lease_id, lease_until)
         VALUES (gen_random_uuid(), $1, 'company', 102, 'todo', ARRAY[1], 'sending', false, gen_random_uuid(), now())",
        "INSERT INTO notification_items (id, member_id, entity_type, entity_id, kind, subscriber_ids, state, is_open,
                                         finished_at, portal_object)
         VALUES (gen_random_uuid(), $1, 'company', 103, 'todo', ARRAY[1], 'sent', false, now(), '77')",
        "INSERT INTO portal_jobs (member_id, kind, due_at, lease_id, lease_until)
         VALUES ($1, 'catch_up', now() + interval '20 hours', NULL, NULL), ($1, 'crawl', NULL, gen_random_uuid(), now())",
        "INSERT INTO settings_changes (member_id, author, setting, before, after) VALUES ($1, 'operator', 's', '1', '2')",
        "INSERT INTO settings_changes (member_id, author, setting, before, after, reverts)
         SELECT $1, 'operator', 's', '2', '1', max(id) FROM settings_changes WHERE member_id = $1",
        "INSERT INTO audit_log (member_id, actor_name, action, subject) VALUES ($1, 'operator', 'queue.retry', $1)",
        "INSERT INTO applications (client_id, client_secret, member_id) VALUES ('local.' || $1, '\\x01', $1)",
        "INSERT INTO portal_events (member_id, event, body, proved) VALUES ($1, 'ONCRMLEADADD', '\\x02', true)",
    ] {
        sqlx::query(statement).bind(portal).execute(pool).await.unwrap();
    }
}

/// A document of a counterparty that the subscriptions are about.
pub(crate) const DOCUMENT: &str = "
    INSERT INTO documents (registry, document_key, number, kind, status, status_label, registered_on, applicant_name,
                           applicant_inn, manufacturer_name, technical_regulations, product, tn_ved, content_hash,
                           import_id, applicant_party, first_version, data_version)
    VALUES ('kz', 'a', 'N 1', 'certificate', 'active', '', '2026-01-01', 'A', '7707083893', 'A', '{}', 'p', '{}',
            gen_random_uuid(), gen_random_uuid(), 42, 3, 3);
    INSERT INTO parties (party, inn, documents, first_registered, last_registered)
    VALUES (42, '7707083893', 1, '2026-01-01', '2026-01-01');
    INSERT INTO party_identifiers (identifier, party) VALUES ('7707083893', 42);
    INSERT INTO registry_state (registry, loaded, data_date, data_version, documents)
    VALUES ('kz', true, '2026-01-01', 3, 1);
    UPDATE recount_mark SET version = 3;
";
