//! A portal with the application installed, a database, and tracking between them.

use std::sync::Arc;
use std::time::Duration;

use certlens_bitrix24::{AuthorizationServers, ClientId, FrameOpen, FrameVerifier, NetworkPolicy, Transport};
use certlens_domain::people::People;
use certlens_portal_sim::{PortalHandle, Simulator, SimulatorOptions};
use certlens_portals::{MarketApplication, Portals, PortalsOptions};
use certlens_registry::Recounter;
use certlens_store::{MemberId, SecretKey, Store};
use certlens_test_engines::TestDatabases;
use certlens_tracking::{Tracking, TrackingOptions};
use secrecy::SecretString;
use sqlx::PgPool;
use url::Url;

/// 32 bytes in base64.
const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
/// The administrator and the manager of the sample.
pub(crate) const ADMINISTRATOR: u64 = 1;
pub(crate) const MANAGER: u64 = 7;

/// Everything of one test. End with [`World::close`].
pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) tracking: Tracking,
    databases: TestDatabases,
}

impl World {
    pub(crate) async fn start() -> Self {
        let databases = TestDatabases::create().await;
        let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
        let transport = Transport::new(NetworkPolicy::AllowInsecure).unwrap();
        let servers =
            AuthorizationServers::parse(&simulator.auth_url(), NetworkPolicy::AllowInsecure).unwrap();
        let portals = Portals::new(PortalsOptions {
            store: Store::new(databases.postgres().clone(), &SecretKey::parse(KEY).unwrap()),
            verifier: Arc::new(FrameVerifier::new(transport.clone(), servers.clone())),
            transport,
            servers,
            public_url: Url::parse("http://app.localhost:3000").unwrap(),
            market: Some(MarketApplication {
                client_id: ClientId::new(simulator.client_id()),
                client_secret: Some(SecretString::from(simulator.client_secret())),
            }),
        });
        install(&portals, &simulator).await;
        let tracking = Tracking::new(TrackingOptions {
            portals,
            recounter: Recounter::new(databases.postgres().clone()),
            recount_every: Duration::from_hours(2),
            notify_every: Duration::from_mins(150),
        });
        Self {
            simulator,
            tracking,
            databases,
        }
    }

    pub(crate) fn pool(&self) -> &PgPool {
        self.databases.postgres()
    }

    pub(crate) fn store(&self) -> &Store {
        self.tracking.store()
    }

    pub(crate) fn member_id(&self) -> MemberId {
        MemberId::parse(&self.simulator.member_id()).unwrap()
    }

    pub(crate) async fn people(&self) -> People {
        self.store().people(&self.member_id()).await.unwrap()
    }

    /// A subscription of this user in the card of company 101.
    pub(crate) async fn subscribe(&self, user: u64) {
        sqlx::query(
            "INSERT INTO subscriptions (member_id, entity_type, entity_id, user_id, news, since_version, since_day)
             VALUES ($1, 'company', 101, $2, '{new_document}', 0, '2026-11-01')",
        )
        .bind(self.simulator.member_id())
        .bind(i64::try_from(user).unwrap())
        .execute(self.pool())
        .await
        .unwrap();
    }

    /// An item that nobody could take, which is tried again in hours by itself.
    pub(crate) async fn unassignable_item(&self) {
        sqlx::query(
            "INSERT INTO notification_items (
                id, member_id, entity_type, entity_id, kind, subscriber_ids, state, reason, due_at)
             VALUES (gen_random_uuid(), $1, 'company', 101, 'todo', '{7}', 'unassignable', 'nobody is there',
                     now() + interval '6 hours')",
        )
        .bind(self.simulator.member_id())
        .execute(self.pool())
        .await
        .unwrap();
    }

    pub(crate) async fn is_item_due(&self) -> bool {
        sqlx::query_scalar("SELECT due_at <= clock_timestamp() FROM notification_items")
            .fetch_one(self.pool())
            .await
            .unwrap()
    }

    pub(crate) async fn execute(&self, statement: &'static str) {
        sqlx::query(statement).execute(self.pool()).await.unwrap();
    }

    /// State and reason of the user's subscriptions.
    pub(crate) async fn subscriptions_of(&self, user: u64) -> Vec<(String, Option<String>)> {
        sqlx::query_as("SELECT state, reason FROM subscriptions WHERE user_id = $1 ORDER BY id")
            .bind(i64::try_from(user).unwrap())
            .fetch_all(self.pool())
            .await
            .unwrap()
    }

    pub(crate) async fn close(self) {
        drop(self.tracking);
        drop(self.simulator);
        self.databases.drop_all().await;
    }
}

/// As the administrator does it, up to its end on the portal's side.
async fn install(portals: &Portals, portal: &PortalHandle) {
    let form = portal.open_installer_form();
    let open = FrameOpen::parse(&form.query, form.body().as_bytes());
    let expectation = portals.expectation(&open, true).await.unwrap();
    let frame = portals.verifier().verify(open, &expectation).await.unwrap();
    assert!(portals.install(&frame).await.complete);
    portal.finish_installation();
}

/// Waits until something that others do has happened.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut happened: impl FnMut() -> F) {
    let waited = tokio::time::timeout(Duration::from_secs(45), async {
        while !happened().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert!(waited.await.is_ok(), "it never happened: {what}");
}
