//! A portal simulator, a database, and Certlens between them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use certlens_bitrix24::{
    AuthorizationServers, ClientId, EntityId, EntityType, FrameOpen, FrameVerifier, MemberId, NetworkPolicy,
    PortalClient, PortalEndpoint, Transport, VerifiedFrame,
};
use certlens_portal_sim::{EntityKind, FrameForm, PortalHandle, Simulator, SimulatorOptions};
use certlens_portals::{
    CardIdentity, CardRefusal, InstallationReport, MarketApplication, Portals, PortalsOptions, Viewer, Worker,
};
use certlens_store::{CrmEntity, SecretKey, Store};
use certlens_test_engines::TestDatabases;
use secrecy::SecretString;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

/// 32 bytes in base64.
const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
/// The administrator and the manager of the sample.
pub(crate) const ADMINISTRATOR: u64 = 1;
pub(crate) const MANAGER: u64 = 7;

/// Everything of one test. End with [`World::close`].
pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) portals: Portals,
    databases: TestDatabases,
    public_url: Url,
    server: JoinHandle<()>,
    workers: Vec<(CancellationToken, JoinHandle<()>)>,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(SimulatorOptions {
            event_delay_ms: (0, 5),
            ..SimulatorOptions::default()
        })
        .await
    }

    pub(crate) async fn with(options: SimulatorOptions) -> Self {
        let databases = TestDatabases::create().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let public_url = format!("http://app.localhost:{}", listener.local_addr().unwrap().port());
        let simulator = Simulator::start(SimulatorOptions {
            app_url: public_url.clone(),
            ..options
        })
        .await
        .unwrap();
        let public_url = Url::parse(&public_url).unwrap();
        let portals = process(&databases, &simulator, &public_url);
        let app = Router::new()
            .route("/bitrix/events", post(events))
            .route("/bitrix/uninstall", post(uninstall))
            .with_state(portals.clone());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            simulator,
            portals,
            databases,
            public_url,
            server,
            workers: Vec::new(),
        }
    }

    /// Another process of Certlens on the same database.
    pub(crate) fn another_process(&self) -> Portals {
        process(&self.databases, &self.simulator, &self.public_url)
    }

    pub(crate) fn portal(&self) -> PortalHandle {
        self.simulator.portal("portal-a").unwrap()
    }

    pub(crate) fn store(&self) -> &Store {
        self.portals.store()
    }

    pub(crate) fn pool(&self) -> &sqlx::PgPool {
        self.databases.postgres()
    }

    /// Starts a worker of these portals.
    pub(crate) fn work(&mut self, portals: &Portals) {
        let stop = CancellationToken::new();
        let worker = Worker::new(portals.clone());
        let running = tokio::spawn(worker.run(stop.clone()));
        self.workers.push((stop, running));
    }

    /// Stops all workers and waits for their end.
    pub(crate) async fn stop_workers(&mut self) {
        for (stop, _) in &self.workers {
            stop.cancel();
        }
        for (_, running) in self.workers.drain(..) {
            running.await.unwrap();
        }
    }

    /// The tokens' hour is over; the portal's budget is fresh.
    pub(crate) async fn let_tokens_expire(&self) {
        self.portal().expire_tokens();
        for change in [
            "UPDATE chains SET expires_at = now() - interval '1 minute'",
            "DELETE FROM portal_budgets",
        ] {
            sqlx::query(change).execute(self.pool()).await.unwrap();
        }
    }

    /// Ends all workers in the middle of whatever they do.
    pub(crate) async fn kill_workers(&mut self) {
        for (_, running) in self.workers.drain(..) {
            running.abort();
            assert!(running.await.unwrap_err().is_cancelled());
        }
    }

    /// Installs the application as the administrator does, up to its end on the portal's side.
    pub(crate) async fn install(&self) -> InstallationReport {
        self.install_on(&self.portals, &self.portal()).await
    }

    pub(crate) async fn install_on(&self, portals: &Portals, portal: &PortalHandle) -> InstallationReport {
        let frame = verified(portals, &portal.open_installer_form(), true).await;
        let report = portals.install(&frame).await;
        if report.complete {
            portal.finish_installation();
        }
        report
    }

    /// A user opens a card.
    pub(crate) async fn open(&self, user: u64, kind: EntityKind, id: u64) -> VerifiedFrame {
        let form = self.portal().open_frame_form_as(user, kind, id, None);
        verified(&self.portals, &form, false).await
    }

    /// A user opens a card, and Certlens says what stands behind it.
    pub(crate) async fn card(
        &self,
        user: u64,
        kind: EntityKind,
        id: u64,
    ) -> Result<CardIdentity, CardRefusal> {
        let frame = self.open(user, kind, id).await;
        self.resolve(&frame).await
    }

    /// A user who opened a card as pages are opened: his tokens are kept.
    pub(crate) async fn viewer(&self, user: u64, kind: EntityKind, id: u64) -> Viewer {
        let frame = self.open(user, kind, id).await;
        let card = self.resolve(&frame).await.unwrap();
        self.portals.note_page(&frame, card.is_administrator).await;
        Viewer::of(&frame)
    }

    pub(crate) async fn resolve(&self, frame: &VerifiedFrame) -> Result<CardIdentity, CardRefusal> {
        let client = self.portals.viewer_client(frame);
        self.portals
            .resolve(
                &Viewer::of(frame),
                &client,
                frame.entity_type().unwrap(),
                frame.entity_id().unwrap(),
            )
            .await
    }

    /// A client of the administrator, for changes in the CRM that people make.
    pub(crate) fn hands(&self) -> PortalClient {
        let portal = self.portal();
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

    pub(crate) async fn change(&self, method: &str, parameters: Value) -> Value {
        self.hands().call(method, parameters).await.unwrap().result
    }

    pub(crate) async fn close(mut self) {
        self.stop_workers().await;
        self.server.abort();
        drop(self.portals);
        drop(self.simulator);
        self.databases.drop_all().await;
    }
}

fn process(databases: &TestDatabases, simulator: &Simulator, public_url: &Url) -> Portals {
    let transport = Transport::new(NetworkPolicy::AllowInsecure).unwrap();
    let servers = AuthorizationServers::parse(&simulator.auth_url(), NetworkPolicy::AllowInsecure).unwrap();
    let portal = simulator.portal("portal-a").unwrap();
    Portals::new(PortalsOptions {
        store: Store::new(databases.postgres().clone(), &SecretKey::parse(KEY).unwrap()),
        verifier: Arc::new(FrameVerifier::new(transport.clone(), servers.clone())),
        transport,
        servers,
        public_url: public_url.clone(),
        market: Some(MarketApplication {
            client_id: ClientId::new(portal.client_id()),
            client_secret: Some(SecretString::from(portal.client_secret())),
        }),
    })
}

async fn events(State(portals): State<Portals>, body: Bytes) {
    portals.receive(&body).await.unwrap();
}

async fn uninstall(State(portals): State<Portals>, body: Bytes) {
    portals.uninstall(&body).await.unwrap();
}

/// The frame that a form opens, proved.
pub(crate) async fn verified(portals: &Portals, form: &FrameForm, is_installer: bool) -> VerifiedFrame {
    let open = FrameOpen::parse(&form.query, form.body().as_bytes());
    let expectation = portals.expectation(&open, is_installer).await.unwrap();
    portals.verifier().verify(open, &expectation).await.unwrap()
}

pub(crate) fn member_id(portal: &PortalHandle) -> MemberId {
    MemberId::parse(&portal.member_id()).unwrap()
}

pub(crate) fn stored(portal: &PortalHandle) -> certlens_store::MemberId {
    certlens_store::MemberId::parse(&portal.member_id()).unwrap()
}

pub(crate) fn company(id: i64) -> CrmEntity {
    CrmEntity::new(certlens_store::EntityType::Company, id)
}

pub(crate) fn entity(entity_type: EntityType, id: u64) -> (EntityType, EntityId) {
    (entity_type, EntityId::new(id).unwrap())
}

/// Waits until something that others do has happened.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut happened: impl FnMut() -> F) {
    let waited = tokio::time::timeout(Duration::from_secs(45), async {
        while !happened().await {
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    });
    assert!(waited.await.is_ok(), "it never happened: {what}");
}
