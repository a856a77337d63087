//! A portal simulator, a database, and the monitor over both.

use std::sync::Arc;
use std::time::Duration;

use certlens_bitrix24::{AuthorizationServers, ClientId, FrameOpen, FrameVerifier, NetworkPolicy, Transport};
use certlens_domain::language::Language;
use certlens_monitor::screen::{Fact, Part, Screen};
use certlens_monitor::table::Table;
use certlens_monitor::{
    Action, ActionRefused, Address, Done, Monitor, MonitorOptions, Preview, Request, ScreenRefused,
    Submission, Viewer,
};
use certlens_portal_sim::{FrameForm, PortalHandle, Simulator, SimulatorOptions};
use certlens_portals::{MarketApplication, Portals, PortalsOptions, Viewer as PageViewer};
use certlens_registry::{Importer, Intake, IntakeOptions, Recounter, Search};
use certlens_store::{MemberId, SecretKey, Store, UserId};
use certlens_test_engines::TestDatabases;
use certlens_tracking::{Tracking, TrackingOptions};
use chrono::NaiveDate;
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

/// 32 bytes in base64.
const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
/// The administrator of the sample.
pub(crate) const ADMINISTRATOR: u64 = 1;

/// Everything of one test. End with [`World::close`].
pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) portals: Portals,
    pub(crate) monitor: Monitor,
    databases: TestDatabases,
}

impl World {
    /// A portal with the application in it.
    pub(crate) async fn start() -> Self {
        let databases = TestDatabases::create().await;
        let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
        let pool = databases.postgres().clone();
        let store = Store::new(pool.clone(), &SecretKey::parse(KEY).unwrap());
        let transport = Transport::new(NetworkPolicy::AllowInsecure).unwrap();
        let servers =
            AuthorizationServers::parse(&simulator.auth_url(), NetworkPolicy::AllowInsecure).unwrap();
        let portal = simulator.portal("portal-a").unwrap();
        let portals = Portals::new(PortalsOptions {
            store: store.clone(),
            verifier: Arc::new(FrameVerifier::new(transport.clone(), servers.clone())),
            transport,
            servers,
            public_url: Url::parse("http://app.localhost:1").unwrap(),
            market: Some(MarketApplication {
                client_id: ClientId::new(portal.client_id()),
                client_secret: Some(SecretString::from(portal.client_secret())),
            }),
        });
        let tracking = Tracking::new(TrackingOptions {
            portals: portals.clone(),
            recounter: Recounter::new(pool.clone()),
            recount_every: Duration::from_hours(2),
            notify_every: Duration::from_hours(2),
        });
        // Nothing is imported here.
        let importer = Importer::new(pool.clone(), None, std::env::temp_dir());
        let monitor = Monitor::new(MonitorOptions {
            store,
            portals: portals.clone(),
            search: Search::new(pool, None),
            intake: Intake::new(importer.clone(), intake_options()),
            importer,
            tracking,
            backup_every: None,
        });
        let world = Self {
            simulator,
            portals,
            monitor,
            databases,
        };
        let frame = world.verified(&portal.open_installer_form(), true).await;
        assert!(world.portals.install(&frame).await.complete);
        portal.finish_installation();
        world
    }

    async fn verified(&self, form: &FrameForm, is_installer: bool) -> certlens_bitrix24::VerifiedFrame {
        let open = FrameOpen::parse(&form.query, form.body().as_bytes());
        let expectation = self.portals.expectation(&open, is_installer).await.unwrap();
        self.portals.verifier().verify(open, &expectation).await.unwrap()
    }

    /// The administrator opens the application's page: his tokens are kept.
    pub(crate) async fn open_main(&self) -> PageViewer {
        let frame = self
            .verified(&self.portal().open_main_form_as(ADMINISTRATOR), false)
            .await;
        self.portals.note_page(&frame, Some(true)).await;
        PageViewer::of(&frame)
    }

    pub(crate) fn portal(&self) -> PortalHandle {
        self.simulator.portal("portal-a").unwrap()
    }

    pub(crate) fn member_id(&self) -> MemberId {
        MemberId::parse(&self.portal().member_id()).unwrap()
    }

    pub(crate) fn store(&self) -> &Store {
        self.portals.store()
    }

    pub(crate) fn pool(&self) -> &sqlx::PgPool {
        self.databases.postgres()
    }

    pub(crate) async fn screen(&self, viewer: &Viewer, address: &str) -> Result<Screen, ScreenRefused> {
        let address: Address = address.parse().unwrap();
        let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        self.monitor.open(viewer, &address, Language::En, today).await
    }

    /// Does an action as it travels.
    pub(crate) async fn act(&self, viewer: &Viewer, action: Value) -> Result<Done, ActionRefused> {
        let action: Action = serde_json::from_value(action).unwrap();
        action.act(&self.monitor, &request(viewer)).await
    }

    pub(crate) async fn preview(&self, viewer: &Viewer, action: Value) -> Result<Preview, ActionRefused> {
        let action: Action = serde_json::from_value(action).unwrap();
        action.preview(&self.monitor, &request(viewer)).await
    }

    /// Does what a form sends.
    pub(crate) async fn submit(
        &self,
        viewer: &Viewer,
        form: &str,
        fields: &[(&str, &str)],
    ) -> Result<Done, ActionRefused> {
        let member_id = self.member_id();
        let mut sent = vec![("member_id".to_owned(), member_id.to_string())];
        sent.extend(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let submission = Submission {
            form: form.to_owned(),
            fields: sent,
        };
        let action = Action::of_form(&submission, Language::En)?;
        action.act(&self.monitor, &request(viewer)).await
    }

    pub(crate) async fn close(self) {
        drop(self.monitor);
        drop(self.portals);
        drop(self.simulator);
        self.databases.drop_all().await;
    }
}

fn intake_options() -> IntakeOptions {
    IntakeOptions {
        folder: std::env::temp_dir(),
        incoming: std::env::temp_dir(),
        most_bytes: 1,
    }
}

fn request(viewer: &Viewer) -> Request {
    Request {
        viewer: viewer.clone(),
        language: Language::En,
        reason: "because".to_owned(),
        request_id: None,
    }
}

pub(crate) fn operator() -> Viewer {
    Viewer::Operator {
        name: "Olga".to_owned(),
    }
}

pub(crate) fn administrator_of(member_id: &MemberId) -> Viewer {
    Viewer::Administrator {
        member_id: member_id.clone(),
        user_id: UserId(i64::try_from(ADMINISTRATOR).unwrap()),
        name: Some("Anna".to_owned()),
    }
}

pub(crate) fn another_portal() -> MemberId {
    MemberId::parse(&"f".repeat(32)).unwrap()
}

/// The keys of the problems of a screen.
pub(crate) fn problems(screen: &Screen) -> Vec<&'static str> {
    screen
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Problems(problems) => Some(problems),
            _ => None,
        })
        .flatten()
        .map(|problem| problem.key)
        .collect()
}

/// A fact of a screen, as in a file.
pub(crate) fn fact(screen: &Screen, name: &str) -> Option<String> {
    let facts = screen.parts.iter().filter_map(|part| match part {
        Part::Facts(facts) => Some(&facts.rows),
        _ => None,
    });
    let found: Option<&Fact> = facts.flatten().find(|fact| fact.name == name);
    found.map(|fact| fact.value.plain())
}

/// The rows of a table, as in a file.
pub(crate) fn rows(table: &Table) -> Vec<Vec<String>> {
    table
        .rows
        .iter()
        .map(|row| {
            row.cells
                .iter()
                .map(certlens_monitor::table::Cell::plain)
                .collect()
        })
        .collect()
}
