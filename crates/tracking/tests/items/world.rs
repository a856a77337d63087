//! Portals, a database, and processes of Certlens that track.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use certlens_bitrix24::{
    AuthorizationServers, ClientId, FrameOpen, FrameVerifier, NetworkPolicy, PortalClient, PortalEndpoint,
    Transport,
};
use certlens_domain::tracking::NotificationKind;
use certlens_portal_sim::{GeneratedSeed, PortalHandle, Seed, Simulator, SimulatorOptions};
use certlens_portals::{MarketApplication, Portals, PortalsOptions, Worker};
use certlens_registry::Recounter;
use certlens_store::{MemberId, SecretKey, Store};
use certlens_test_engines::TestDatabases;
use certlens_tracking::notification::{Tempo, sending};
use certlens_tracking::{Tracking, TrackingOptions};
use secrecy::SecretString;
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

/// 32 bytes in base64.
const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
pub(crate) const ADMINISTRATOR: u64 = 1;
pub(crate) const MANAGER: u64 = 7;
/// Has left the sample's company.
pub(crate) const DISMISSED: u64 = 9;
/// The first of the generated companies.
pub(crate) const FIRST: i64 = 1_001;

/// Everything of one test. End with [`World::close`].
pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) tracking: Tracking,
    databases: TestDatabases,
    public_url: Url,
    server: JoinHandle<()>,
}

/// A portal that answers within milliseconds needs no minutes.
pub(crate) fn tempo() -> Tempo {
    Tempo {
        lease: Duration::from_secs(2),
        beat: Duration::from_millis(500),
        answer_within: Duration::from_secs(4),
        portal_works_for: Duration::from_secs(3),
        settled_after: Duration::from_millis(100),
        poll: Duration::from_millis(50),
        ..Tempo::default()
    }
}

impl World {
    /// A portal with so many generated companies, and the application in it.
    pub(crate) async fn start(companies: u64) -> Self {
        let databases = TestDatabases::create().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let public_url = format!("http://app.localhost:{}", listener.local_addr().unwrap().port());
        let simulator = Simulator::start(SimulatorOptions {
            app_url: public_url.clone(),
            event_delay_ms: (0, 5),
            seed: Some(seed(companies)),
            ..SimulatorOptions::default()
        })
        .await
        .unwrap();
        let public_url = Url::parse(&public_url).unwrap();
        let tracking = process(databases.postgres(), &simulator, &public_url);
        let app = Router::new()
            .route("/bitrix/events", post(events))
            .with_state(tracking.portals().clone());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let world = Self {
            simulator,
            tracking,
            databases,
            public_url,
            server,
        };
        world.install(&world.portal()).await;
        world
    }

    pub(crate) fn portal(&self) -> PortalHandle {
        self.simulator.portal("portal-a").unwrap()
    }

    /// Another portal with the application in it.
    pub(crate) async fn another_portal(&self, companies: u64) -> PortalHandle {
        let portal = self.simulator.add_portal(seed(companies), None).unwrap();
        self.install(&portal).await;
        portal
    }

    /// Another process of Certlens on the same database.
    pub(crate) fn another_process(&self) -> Tracking {
        process(self.pool(), &self.simulator, &self.public_url)
    }

    pub(crate) fn store(&self) -> &Store {
        self.tracking.store()
    }

    pub(crate) fn pool(&self) -> &PgPool {
        self.databases.postgres()
    }

    async fn install(&self, portal: &PortalHandle) {
        let portals = self.tracking.portals();
        let form = portal.open_installer_form();
        let open = FrameOpen::parse(&form.query, form.body().as_bytes());
        let expectation = portals.expectation(&open, true).await.unwrap();
        let frame = portals.verifier().verify(open, &expectation).await.unwrap();
        assert!(portals.install(&frame).await.complete);
        portal.finish_installation();
        // What the installation used up is not the test's business.
        self.refill().await;
    }

    /// The portals' budgets are fresh.
    pub(crate) async fn refill(&self) {
        self.execute("DELETE FROM portal_budgets").await;
        for portal in self.simulator.portals() {
            portal.reset_limits();
        }
    }

    pub(crate) async fn execute(&self, statement: &'static str) {
        sqlx::query(statement).execute(self.pool()).await.unwrap();
    }

    pub(crate) async fn number(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(self.pool()).await.unwrap()
    }

    /// The manager subscribed in this card; news are told as this.
    pub(crate) async fn subscribe(
        &self,
        portal: &PortalHandle,
        (entity_type, id): (&str, i64),
        kind: NotificationKind,
    ) -> i64 {
        sqlx::query_scalar(
            "INSERT INTO subscriptions (member_id, entity_type, entity_id, user_id, news, notification_kind,
                                        since_version, since_day)
             VALUES ($1, $2, $3, $4, '{new_document}', $5, 0, '2026-01-01') RETURNING id",
        )
        .bind(stored(portal).as_str())
        .bind(entity_type)
        .bind(id)
        .bind(i64::try_from(MANAGER).unwrap())
        .bind(kind.key())
        .fetch_one(self.pool())
        .await
        .unwrap()
    }

    /// A recount found a document for a subscription.
    pub(crate) async fn find(&self, portal: &PortalHandle, subscription: i64, document: &str) {
        sqlx::query(
            "INSERT INTO news (subscription_id, member_id, kind, registry, document_key, identifiers, recount_id)
             VALUES ($1, $2, 'new_document', 'rf_declarations', $3, '{7707083893}', 1)",
        )
        .bind(subscription)
        .bind(stored(portal).as_str())
        .bind(document)
        .execute(self.pool())
        .await
        .unwrap();
    }

    /// One piece of news for each of so many companies, planned.
    pub(crate) async fn plan(&self, portal: &PortalHandle, companies: i64, kind: NotificationKind) {
        for company in 0..companies {
            let subscription = self.subscribe(portal, ("company", FIRST + company), kind).await;
            self.find(portal, subscription, "document").await;
        }
        self.store().plan_items(&stored(portal)).await.unwrap();
    }

    /// Sends what is due, in a process of its own.
    pub(crate) fn sender(&self, tempo: &Tempo) -> Sender {
        let stop = CancellationToken::new();
        let (tracking, tempo, stopped) = (self.another_process(), tempo.clone(), stop.clone());
        Sender {
            stop,
            running: tokio::spawn(async move { sending::run(&tracking, &tempo, &stopped).await }),
        }
    }

    /// Sends until nothing is on its way or due soon.
    pub(crate) async fn send_all(&self) {
        let sender = self.sender(&tempo());
        self.wait_until_sent().await;
        sender.stop().await;
    }

    pub(crate) async fn wait_until_sent(&self) {
        eventually("everything is sent", async || {
            self.number("SELECT count(*) FROM notification_items WHERE state IN ('waiting', 'sending')")
                .await
                == 0
        })
        .await;
    }

    /// Items by state.
    pub(crate) async fn states(&self) -> HashMap<String, i64> {
        let counts = self.store().item_counts(None).await.unwrap();
        counts
            .into_iter()
            .map(|count| (count.state, count.items))
            .collect()
    }

    /// A client of the administrator.
    fn hands(portal: &PortalHandle) -> PortalClient {
        let token = certlens_bitrix24::AccessToken::parse(&portal.issue_token(ADMINISTRATOR).access).unwrap();
        let endpoint = PortalEndpoint::parse(
            &format!("{}/rest/", portal.portal_url()),
            NetworkPolicy::AllowInsecure,
        )
        .unwrap();
        PortalClient::new(
            Transport::new(NetworkPolicy::AllowInsecure).unwrap(),
            endpoint,
            token,
        )
    }

    pub(crate) async fn call(&self, portal: &PortalHandle, method: &str, parameters: Value) -> Value {
        portal.reset_limits();
        Self::hands(portal).call(method, parameters).await.unwrap().result
    }

    /// Somebody else writes into the first company's card.
    pub(crate) async fn write_of_others(&self, portal: &PortalHandle, kind: NotificationKind, number: u32) {
        let (method, parameters) = match kind {
            NotificationKind::Comment => (
                "crm.timeline.comment.add",
                json!({"fields": {"ENTITY_TYPE": "company", "ENTITY_ID": FIRST, "COMMENT": format!("call {number}")}}),
            ),
            _ => (
                "crm.activity.todo.add",
                json!({"ownerTypeId": 4, "ownerId": FIRST, "deadline": "2026-12-01T12:00:00+03:00",
                       "title": "Call", "description": format!("call {number}"), "responsibleId": MANAGER}),
            ),
        };
        self.call(portal, method, parameters).await;
    }

    /// Every object of ours in the portal, with all its fields.
    pub(crate) async fn objects(&self, portal: &PortalHandle, kind: NotificationKind) -> Vec<Value> {
        let mut objects = Vec::new();
        if kind == NotificationKind::Comment {
            for company in
                sqlx::query_scalar::<_, i64>("SELECT DISTINCT entity_id FROM notification_items ORDER BY 1")
                    .fetch_all(self.pool())
                    .await
                    .unwrap()
            {
                let filter = json!({"filter": {"ENTITY_TYPE": "company", "ENTITY_ID": company}});
                let rows = self.call(portal, "crm.timeline.comment.list", filter).await;
                objects.extend(rows.as_array().unwrap().clone());
            }
            return objects;
        }
        let (method, filter) = match kind {
            NotificationKind::Task => ("tasks.task.list", json!({})),
            NotificationKind::Todo => ("crm.activity.list", json!({"PROVIDER_ID": "CRM_TODO"})),
            _ => (
                "crm.activity.list",
                json!({"PROVIDER_ID": "CONFIGURABLE_REST_APP"}),
            ),
        };
        let mut start = 0;
        loop {
            let page = json!({"filter": filter, "order": {"ID": "ASC"}, "start": start});
            let result = self.call(portal, method, page).await;
            let rows = result.get("tasks").unwrap_or(&result).as_array().unwrap().clone();
            objects.extend(
                rows.iter()
                    .filter(|row| row.to_string().contains("certlens") || kind == NotificationKind::Activity)
                    .cloned(),
            );
            if rows.len() < 50 {
                return objects;
            }
            start += rows.len();
        }
    }

    /// Asserts that each item of the database is in the portal exactly once.
    pub(crate) async fn assert_each_once(&self, portal: &PortalHandle, kind: NotificationKind) {
        let objects = self.objects(portal, kind).await;
        let texts: Vec<String> = objects.iter().map(Value::to_string).collect();
        let items: Vec<String> =
            sqlx::query_scalar("SELECT id::text FROM notification_items WHERE member_id = $1")
                .bind(stored(portal).as_str())
                .fetch_all(self.pool())
                .await
                .unwrap();
        for item in &items {
            let found = texts.iter().filter(|text| text.contains(item)).count();
            assert_eq!(found, 1, "item {item} is there {found} times");
        }
        assert_eq!(objects.len(), items.len(), "nothing else is there");
    }

    /// Works off the portal's events until `happened`.
    pub(crate) async fn work_off<F: Future<Output = bool>>(&self, what: &str, happened: impl FnMut() -> F) {
        let stop = CancellationToken::new();
        let worker = Worker::new(self.tracking.portals().clone());
        let running = tokio::spawn(worker.run(stop.clone()));
        eventually(what, happened).await;
        stop.cancel();
        running.await.unwrap();
    }

    pub(crate) async fn close(self) {
        self.server.abort();
        drop(self.tracking);
        drop(self.simulator);
        self.databases.drop_all().await;
    }
}

/// A process that sends.
pub(crate) struct Sender {
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl Sender {
    /// Asks it to end, and waits for that.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.running.await.unwrap();
    }

    /// Ends it in the middle of whatever it does.
    pub(crate) async fn kill(self) {
        self.running.abort();
        assert!(self.running.await.unwrap_err().is_cancelled());
    }
}

fn seed(companies: u64) -> Seed {
    Seed::generated(GeneratedSeed {
        companies,
        leads: 0,
        deals: 0,
        random: 7,
    })
    .unwrap()
}

fn process(pool: &PgPool, simulator: &Simulator, public_url: &Url) -> Tracking {
    let transport = Transport::new(NetworkPolicy::AllowInsecure).unwrap();
    let servers = AuthorizationServers::parse(&simulator.auth_url(), NetworkPolicy::AllowInsecure).unwrap();
    let portal = simulator.portal("portal-a").unwrap();
    let portals = Portals::new(PortalsOptions {
        store: Store::new(pool.clone(), &SecretKey::parse(KEY).unwrap()),
        verifier: Arc::new(FrameVerifier::new(transport.clone(), servers.clone())),
        transport,
        servers,
        public_url: public_url.clone(),
        market: Some(MarketApplication {
            client_id: ClientId::new(portal.client_id()),
            client_secret: Some(SecretString::from(portal.client_secret())),
        }),
    });
    Tracking::new(TrackingOptions {
        portals,
        recounter: Recounter::new(pool.clone()),
        recount_every: Duration::from_hours(2),
        notify_every: Duration::from_mins(150),
    })
}

async fn events(State(portals): State<Portals>, body: Bytes) {
    portals.receive(&body).await.unwrap();
}

pub(crate) fn stored(portal: &PortalHandle) -> MemberId {
    MemberId::parse(&portal.member_id()).unwrap()
}

/// Waits until something that others do has happened.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut happened: impl FnMut() -> F) {
    let waited = tokio::time::timeout(Duration::from_secs(90), async {
        while !happened().await {
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    });
    assert!(waited.await.is_ok(), "it never happened: {what}");
}
