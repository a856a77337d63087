//! What requests share: the doors to the data, and the few settings that answers depend on.

use crate::configuration::{Configuration, PublicUrl};
use crate::data::Data;
use crate::http::api::Guesses;
use crate::http::limits::Places;
use crate::http::rehearsal::Rehearsal;
use crate::shutdown::Draining;
use anyhow::Context as _;
use axum::extract::FromRef;
use certlens_app::calendar::Calendar;
use certlens_app::services::{Bx24Library, Services};
use certlens_app::session::SessionKey;
use certlens_app::shell::PageFiles;
use certlens_bitrix24::{FrameVerifier, NetworkPolicy, Transport};
use certlens_monitor::{Monitor, MonitorOptions};
use certlens_portals::{MarketApplication, Portals, PortalsOptions};
use certlens_registry::{Intake, Search};
use certlens_store::{KeyPurpose, SecretKeys, Store};
use certlens_tracking::{Tracking, TrackingOptions};
use secrecy::{ExposeSecret as _, SecretString};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use url::Url;

/// An operator token that is shorter can be found by trying.
pub(crate) const GUESSABLE_TOKEN_LENGTH: usize = 16;

/// The state of the HTTP server. Cheap to clone.
#[derive(Clone, FromRef)]
pub struct AppState {
    /// The doors that the pages use.
    pub services: Services,
    /// The settings that answers depend on.
    pub settings: Arc<HttpSettings>,
    /// Whether the server was told to end and still serves.
    pub draining: Draining,
    /// Gives requests their turn.
    pub places: Arc<Places>,
    /// Counts tokens that were none.
    pub guesses: Arc<Guesses>,
    /// Says when the server stops: what would go on for ever ends then.
    pub stop: CancellationToken,
}

/// The settings that answers depend on.
#[derive(Debug)]
pub struct HttpSettings {
    /// The address by which portals and browsers reach us.
    pub public_url: PublicUrl,
    /// Opens the operator's interfaces.
    pub operator_token: Option<SecretString>,
    /// Where the browser's files lie.
    pub site_dir: PathBuf,
    /// The addresses of those that pages refer to; `None` when there is no build of them.
    pub page_files: Option<Arc<PageFiles>>,
}

impl AppState {
    /// Puts the state together from the configuration and the opened data.
    pub fn new(configuration: &Configuration, data: &Data) -> anyhow::Result<Self> {
        let services = services(configuration, data)?;
        if let Some(token) = &configuration.operator_token
            && token.expose_secret().len() < GUESSABLE_TOKEN_LENGTH
        {
            tracing::warn!(
                "CERTLENS_OPERATOR_TOKEN is short enough to be guessed; `openssl rand -hex 24` prints a better one"
            );
        }
        let site_dir = site_dir(configuration);
        let settings = HttpSettings {
            public_url: configuration.public_url.clone(),
            operator_token: configuration.operator_token.clone(),
            page_files: page_files(&site_dir),
            site_dir,
        };
        let rehearsal = Rehearsal::new(services.clone(), settings.page_files.clone());
        services.portals.test_pages_with(Arc::new(rehearsal));
        Ok(Self {
            services,
            settings: Arc::new(settings),
            draining: Draining::default(),
            places: Arc::new(Places::new(configuration.request_limits)),
            guesses: Arc::default(),
            stop: CancellationToken::new(),
        })
    }
}

/// The doors alone, for a command that serves no pages.
pub(crate) fn services(configuration: &Configuration, data: &Data) -> anyhow::Result<Services> {
    let transport = Transport::new(configuration.network_policy)?;
    let servers = configuration.authorization_servers.clone();
    let verifier = Arc::new(FrameVerifier::new(transport.clone(), servers.clone()));
    let portals = Portals::new(PortalsOptions {
        store: data.store(),
        transport,
        servers,
        verifier: Arc::clone(&verifier),
        public_url: Url::parse(configuration.public_url.as_str())
            .context("CERTLENS_PUBLIC_URL is no address")?,
        market: market_application(configuration),
    });
    let tracking = Tracking::new(TrackingOptions {
        portals: portals.clone(),
        recounter: data.recounter(),
        recount_every: configuration.recount_every.get(),
        notify_every: configuration.notify_every.get(),
    });
    // One search, with one cache and one breaker, for all.
    let search = data.search();
    let monitor = Monitor::new(MonitorOptions {
        store: data.store(),
        portals: portals.clone(),
        search: search.clone(),
        tracking: tracking.clone(),
        importer: data.importer(configuration),
        intake: data.intake(configuration),
        backup_every: configuration.backups.every,
    });
    Ok(Services {
        search,
        store: data.store(),
        portals,
        tracking,
        monitor,
        operator_token: configuration.operator_token.clone(),
        verifier,
        session_key: session_key(data.secret_keys()),
        calendar: configuration.calendar,
        bx24_library: match configuration.network_policy {
            NetworkPolicy::PublicHttps => Bx24Library::Public,
            NetworkPolicy::AllowInsecure => Bx24Library::OfThePortal,
        },
    })
}

fn session_key(keys: &SecretKeys) -> SessionKey {
    let key = SessionKey::new(&keys.current().derive(KeyPurpose::Sessions));
    match keys.other() {
        Some(other) => key.believing(&other.derive(KeyPurpose::Sessions)),
        None => key,
    }
}

fn market_application(configuration: &Configuration) -> Option<MarketApplication> {
    let Some(client_id) = configuration.bitrix_client_id.clone() else {
        tracing::warn!(
            "CERTLENS_BITRIX_CLIENT_ID is not set: only portals with a local application (`certlens portal \
             application add`) can install"
        );
        return None;
    };
    if configuration.bitrix_client_secret.is_none() {
        tracing::warn!(
            "CERTLENS_BITRIX_CLIENT_SECRET is not set: tokens can't be renewed, so background work stops an hour after \
             each installation"
        );
    }
    Some(MarketApplication {
        client_id,
        client_secret: configuration.bitrix_client_secret.clone(),
    })
}

impl FromRef<AppState> for Search {
    fn from_ref(state: &AppState) -> Self {
        state.services.search.clone()
    }
}

impl FromRef<AppState> for Intake {
    fn from_ref(state: &AppState) -> Self {
        state.services.monitor.intake().clone()
    }
}

impl FromRef<AppState> for Calendar {
    fn from_ref(state: &AppState) -> Self {
        state.services.calendar
    }
}

impl FromRef<AppState> for Store {
    fn from_ref(state: &AppState) -> Self {
        state.services.store.clone()
    }
}

/// A page without them can be read, so a service without them is better than none.
fn page_files(site_dir: &Path) -> Option<Arc<PageFiles>> {
    crate::site::page_files(site_dir)
        .inspect_err(|error| {
            tracing::error!(
                error = error as &dyn std::error::Error,
                "pages will have neither styles nor buttons"
            );
        })
        .ok()
        .map(Arc::new)
}

/// The configured directory, else `site` beside the program, else where `cargo xtask` puts it.
pub(crate) fn site_dir(configuration: &Configuration) -> PathBuf {
    let beside_program = || {
        let program = std::env::current_exe().ok()?;
        let directory = program.parent()?.join("site");
        directory.is_dir().then_some(directory)
    };
    configuration
        .site_dir
        .clone()
        .or_else(beside_program)
        .unwrap_or_else(|| PathBuf::from("target/site"))
}
