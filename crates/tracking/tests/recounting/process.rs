//! Processes of Certlens on one database in which somebody tracks a counterparty.

use std::sync::Arc;
use std::time::Duration;

use certlens_bitrix24::{AuthorizationServers, FrameVerifier, NetworkPolicy, Transport};
use certlens_portals::{Portals, PortalsOptions};
use certlens_registry::Recounter;
use certlens_store::{SecretKey, Store};
use certlens_test_engines::TestDatabases;
use certlens_tracking::{Tracking, TrackingOptions, TrackingWorker};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// 32 bytes in base64.
const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

/// The advisory lock of whoever leads.
const LEADERS: &str = "SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
     WHERE locktype = 'advisory' AND granted AND datname = current_database()";

pub(crate) struct Database {
    databases: TestDatabases,
}

impl Database {
    /// A database with a portal and a subscription to one number.
    pub(crate) async fn create() -> Self {
        let databases = TestDatabases::create().await;
        let database = Self { databases };
        for statement in [
            "INSERT INTO portals (member_id, domain, client_endpoint, origin, authorization_server, state)
             VALUES ('000102030405060708090a0b0c0d0e0f', 'a.example', 'https://a.example/rest/', 'https://a.example',
                     'https://oauth.example', 'installing')",
            "INSERT INTO subscriptions (
                 member_id, entity_type, entity_id, user_id, news, since_version, since_day
             ) VALUES ('000102030405060708090a0b0c0d0e0f', 'company', 1, 7, '{new_document}', 0, '2026-03-10')",
            "INSERT INTO subscription_identifiers (subscription_id, identifier) SELECT id, '7707083893' FROM subscriptions",
        ] {
            sqlx::query(statement).execute(database.pool()).await.unwrap();
        }
        database
    }

    pub(crate) fn pool(&self) -> &PgPool {
        self.databases.postgres()
    }

    /// What an import leaves behind: one tracked document, and its version.
    pub(crate) async fn import(&self, version: i64) {
        let mut transaction = self.pool().begin().await.unwrap();
        sqlx::query(
            "INSERT INTO documents (
                 registry, document_key, number, kind, status, status_label, registered_on, applicant_name,
                 applicant_inn, manufacturer_name, technical_regulations, product, tn_ved, content_hash, import_id,
                 data_version, first_version, term_version
             ) VALUES ('kz', $1::text, '1', 'certificate', 'active', '', '2026-03-10', '', '7707083893', '', '{}', '', '{}',
                       gen_random_uuid(), gen_random_uuid(), $1, $1, $1)",
        )
        .bind(version)
        .execute(&mut *transaction)
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO registry_state (registry, loaded, data_version) VALUES ('kz', true, $1)
             ON CONFLICT (registry) DO UPDATE SET data_version = EXCLUDED.data_version",
        )
        .bind(version)
        .execute(&mut *transaction)
        .await
        .unwrap();
        transaction.commit().await.unwrap();
    }

    pub(crate) async fn told(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM news")
            .fetch_one(self.pool())
            .await
            .unwrap()
    }

    /// The portal's news were made into items a moment ago.
    pub(crate) async fn told_just_now(&self) {
        sqlx::query("INSERT INTO notification_schedules (member_id, last_run_at) SELECT member_id, now() FROM portals")
            .execute(self.pool())
            .await
            .unwrap();
    }

    pub(crate) async fn items(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM notification_items")
            .fetch_one(self.pool())
            .await
            .unwrap()
    }

    pub(crate) async fn until_told(&self, news: i64) {
        while self.told().await < news {
            pause().await;
        }
    }

    /// Until a query says so.
    pub(crate) async fn until(&self, query: &'static str) {
        while !sqlx::query_scalar::<_, bool>(query)
            .fetch_one(self.pool())
            .await
            .unwrap()
        {
            pause().await;
        }
    }

    /// Until the schedule lies ahead, everything was looked at, and nobody runs a recount.
    pub(crate) async fn until_nothing_is_due(&self) {
        self.until(
            "SELECT (SELECT due_at > now() FROM recount_schedule)
                    AND (SELECT version FROM recount_mark)
                        = (SELECT coalesce(max(data_version), 0) FROM registry_state)
                    AND NOT EXISTS (SELECT FROM recounts WHERE state IN ('requested', 'running'))",
        )
        .await;
    }

    /// Which connection leads.
    pub(crate) async fn leader(&self) -> Option<i32> {
        sqlx::query_scalar(LEADERS)
            .fetch_optional(self.pool())
            .await
            .unwrap()
    }

    /// The connection that leads, once it is another than this.
    pub(crate) async fn until_somebody_leads(&self, other_than: Option<i32>) -> i32 {
        loop {
            match self.leader().await {
                Some(leader) if Some(leader) != other_than => return leader,
                _ => pause().await,
            }
        }
    }

    /// Ends a connection, as a lost machine or network does.
    pub(crate) async fn kill(&self, connection: i32) {
        sqlx::query("SELECT pg_terminate_backend($1)")
            .bind(connection)
            .execute(self.pool())
            .await
            .unwrap();
    }

    pub(crate) async fn end(self) {
        self.databases.drop_all().await;
    }
}

async fn pause() {
    tokio::time::sleep(Duration::from_millis(10)).await;
}

/// A process with connections of its own.
pub(crate) struct Process {
    pub(crate) tracking: Tracking,
    pool: PgPool,
    worker: Option<(CancellationToken, JoinHandle<()>)>,
}

impl Process {
    /// One that works in the background.
    pub(crate) async fn start(database: &Database) -> Self {
        let mut process = Self::idle(database).await;
        let stop = CancellationToken::new();
        let worker = TrackingWorker::new(process.tracking.clone()).run(stop.clone());
        process.worker = Some((stop, tokio::spawn(worker)));
        process
    }

    /// One that does what it is told only.
    pub(crate) async fn idle(database: &Database) -> Self {
        let pool = PgPoolOptions::new()
            .max_connections(8)
            .connect(&database.databases.postgres_url())
            .await
            .unwrap();
        let transport = Transport::new(NetworkPolicy::AllowInsecure).unwrap();
        // Nobody answers there, and nobody asks.
        let servers =
            AuthorizationServers::parse("http://oauth.localhost:9", NetworkPolicy::AllowInsecure).unwrap();
        let portals = Portals::new(PortalsOptions {
            store: Store::new(pool.clone(), &SecretKey::parse(KEY).unwrap()),
            verifier: Arc::new(FrameVerifier::new(transport.clone(), servers.clone())),
            transport,
            servers,
            public_url: "http://app.localhost:9".parse().unwrap(),
            market: None,
        });
        let tracking = Tracking::new(TrackingOptions {
            portals,
            recounter: Recounter::new(pool.clone()),
            recount_every: Duration::from_hours(2),
            notify_every: Duration::from_hours(2),
        });
        Self {
            tracking,
            pool,
            worker: None,
        }
    }

    pub(crate) fn store(&self) -> &Store {
        self.tracking.store()
    }

    /// Stops in order.
    pub(crate) async fn stop(self) {
        if let Some((stop, worker)) = self.worker {
            stop.cancel();
            worker.await.unwrap();
        }
        self.pool.close().await;
    }
}
