//! The simulator as a value: starts on a port with its portals, stops when dropped.

use std::net::SocketAddr;
use std::ops::Deref;

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::connection::{CuttableListener, Peer};
use crate::portal::PortalHandle;
use crate::seed::{Seed, SeedError};
use crate::state::Application;
use crate::state::limits::Plan;
use crate::world::{Defaults, PortalError, World};
use crate::{delivery, names, router};

/// How a simulator starts. The default is good for a test: a free port, one portal, the built-in sample.
#[derive(Debug, Clone)]
pub struct SimulatorOptions {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The first portal's host name without a port; must resolve to this machine in browsers (`*.localhost` does).
    pub portal_host: Option<String>,
    /// How many portals there are at the start; at least one.
    pub portals: u32,
    /// The application under test.
    pub app_url: String,
    /// The path of its handler of the authorization-code flow.
    pub login_path: String,
    /// Its client identifier.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: String,
    /// The portals' content; the built-in sample when left out.
    pub seed: Option<Seed>,
    /// The limit of requests.
    pub plan: Plan,
    /// Whether requests over the limit are refused; they are counted anyhow.
    pub limits: bool,
    /// The shortest and longest delay of events in milliseconds.
    pub event_delay_ms: (u64, u64),
}

impl Default for SimulatorOptions {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            portal_host: None,
            portals: 1,
            app_url: "http://app.localhost:3000".to_owned(),
            login_path: "/bitrix/login".to_owned(),
            client_id: "app.certlens.demo".to_owned(),
            client_secret: "certlens-demo-secret-for-the-simulator-only".to_owned(),
            seed: None,
            plan: Plan::STANDARD,
            limits: true,
            event_delay_ms: (20, 120),
        }
    }
}

/// Why a simulator could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken or not ours.
    #[error("can't listen on {address}: {source}; choose another address with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What failed.
        source: std::io::Error,
    },
    /// The content can't be read.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// A portal can't have its name.
    #[error(transparent)]
    Portal(#[from] PortalError),
    /// The portal's own HTTP client can't be made.
    #[error("the client that delivers events can't be made: {0}")]
    Client(#[from] reqwest::Error),
}

/// A running simulator: its first portal, with others beside it. Stops when dropped.
#[derive(Debug)]
pub struct Simulator {
    world: World,
    first: PortalHandle,
    address: SocketAddr,
    server: JoinHandle<()>,
    deliverer: JoinHandle<()>,
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.server.abort();
        self.deliverer.abort();
    }
}

/// Most tests have one portal: what is asked of the simulator is asked of the first.
impl Deref for Simulator {
    type Target = PortalHandle;

    fn deref(&self) -> &PortalHandle {
        &self.first
    }
}

impl Simulator {
    /// Starts listening and serving.
    pub async fn start(options: SimulatorOptions) -> Result<Self, StartError> {
        let seed = match options.seed {
            Some(seed) => seed,
            None => Seed::sample()?,
        };
        let listen_error = |source| StartError::Listen {
            address: options.listen,
            source,
        };
        let listener = TcpListener::bind(options.listen).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let defaults = Defaults {
            app_url: options.app_url.trim_end_matches('/').to_owned(),
            login_path: options.login_path,
            market: Application {
                client_id: options.client_id,
                client_secret: options.client_secret,
                ..Application::default()
            },
            plan: options.plan,
            enforces_limits: options.limits,
            event_delay: options.event_delay_ms,
        };
        let (orders, ordered) = mpsc::unbounded_channel();
        let world = World::new(address.port(), defaults, orders);
        let host = options.portal_host.or_else(|| seed.portal.host.clone());
        let first = PortalHandle::new(world.clone(), world.add(seed.clone(), host)?);
        for _ in 1..options.portals {
            world.add(seed.clone(), None)?;
        }
        let deliverer = tokio::spawn(delivery::deliver(world.clone(), names::client()?, ordered));
        let service = router::world(world.clone()).into_make_service_with_connect_info::<Peer>();
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(CuttableListener(listener), service).await {
                tracing::error!(%error, "the simulator stopped serving");
            }
        });
        Ok(Self {
            world,
            first,
            address,
            server,
            deliverer,
        })
    }

    /// Serves until the listener fails or the task is cancelled.
    pub async fn run(mut self) {
        // A cancelled task ends quietly: dropping the simulator is the way to stop it.
        let _ = (&mut self.server).await;
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The authorization server's origin: what an application has on its allow-list.
    pub fn auth_url(&self) -> String {
        format!("http://{}", self.world.authorization_host())
    }

    /// Says where the application is, once it has started as well.
    pub fn set_app_url(&self, url: &str) {
        self.world.set_app_url(url);
    }

    /// The portal that a text names: `portal-b`, its whole host, its number from 1, or its `member_id`.
    pub fn portal(&self, name: &str) -> Option<PortalHandle> {
        let portal = self.world.find(name)?;
        Some(PortalHandle::new(self.world.clone(), portal.shared.clone()))
    }

    /// All portals, in the order in which they were made.
    pub fn portals(&self) -> Vec<PortalHandle> {
        self.world
            .portals()
            .iter()
            .map(|portal| PortalHandle::new(self.world.clone(), portal.shared.clone()))
            .collect()
    }

    /// Adds a portal with its content; `host` is its name without a port, `portal-c.localhost` by number when left out.
    pub fn add_portal(&self, seed: Seed, host: Option<&str>) -> Result<PortalHandle, PortalError> {
        let shared = self.world.add(seed, host.map(str::to_owned))?;
        Ok(PortalHandle::new(self.world.clone(), shared))
    }

    /// Puts the clock of all portals forward: tokens expire, codes die, budgets are freed.
    pub fn advance_clock(&self, seconds: u32) {
        self.world.clock().advance(seconds);
    }
}
