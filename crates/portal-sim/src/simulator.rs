//! The simulator as a value: starts on a port, hands out tokens and page openings, stops when dropped.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::fault::{FrameFault, RestFault};
use crate::frame::{self, FrameForm, FrameRequest, Opening};
use crate::installer::{self, InstallError};
use crate::router::router;
use crate::seed::{Seed, SeedError};
use crate::shared::Shared;
use crate::state::crm::EntityKind;
use crate::state::{Addresses, Application, Binding, LogEntry, State};

/// How a simulator starts. The default is good for a test: a free port, the built-in sample.
#[derive(Debug, Clone)]
pub struct SimulatorOptions {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The portal's host name without a port; must resolve to this machine in browsers (`*.localhost` does).
    pub portal_host: Option<String>,
    /// The application under test.
    pub app_url: String,
    /// Its client identifier.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: String,
    /// The portal's content; the built-in sample when left out.
    pub seed: Option<Seed>,
}

impl Default for SimulatorOptions {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            portal_host: None,
            app_url: "http://app.localhost:3000".to_owned(),
            client_id: "app.certlens.demo".to_owned(),
            client_secret: "certlens-demo-secret-for-the-simulator-only".to_owned(),
            seed: None,
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
}

/// Tokens as a page opening carries them.
#[derive(Debug, Clone)]
pub struct TokenPair {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

/// A running simulator. Stops when dropped.
#[derive(Debug)]
pub struct Simulator {
    shared: Shared,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.server.abort();
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
        let portal_host = options
            .portal_host
            .or_else(|| seed.portal.host.clone())
            .unwrap_or_else(|| "portal-a.localhost".to_owned());
        let addresses = Addresses {
            portal_host: format!("{portal_host}:{}", address.port()),
            authorization_host: format!("oauth.localhost:{}", address.port()),
            app_url: options.app_url.trim_end_matches('/').to_owned(),
        };
        let application = Application {
            client_id: options.client_id,
            client_secret: options.client_secret,
        };
        let shared = Shared::new(State::new(seed, addresses, application));
        let router = router(shared.clone());
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the simulator stopped serving");
            }
        });
        Ok(Self {
            shared,
            address,
            server,
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

    /// The portal's origin, `http://portal-a.localhost:8081`.
    pub fn portal_url(&self) -> String {
        self.shared.lock().addresses.portal_url()
    }

    /// The authorization server's origin: what an application has on its allow-list.
    pub fn auth_url(&self) -> String {
        self.shared.lock().addresses.authorization_url()
    }

    /// The portal's 32 digits.
    pub fn member_id(&self) -> String {
        self.shared.lock().member_id.clone()
    }

    /// The application's client identifier.
    pub fn client_id(&self) -> String {
        self.shared.lock().application.client_id.clone()
    }

    /// Says where the application is, once it has started as well.
    pub fn set_app_url(&self, url: &str) {
        url.trim_end_matches('/')
            .clone_into(&mut self.shared.lock().addresses.app_url);
    }

    /// Marks the application installed without opening its installer.
    pub fn finish_installation(&self) {
        self.shared.lock().finish_installation();
    }

    /// Binds the handler to the tabs of all three types of cards, as the application's installer would.
    pub fn bind_tabs(&self, handler: &str, title: &str) {
        let mut state = self.shared.lock();
        for kind in EntityKind::ALL {
            state.placements.push(Binding {
                placement: kind.tab_placement(),
                handler: handler.to_owned(),
                title: title.to_owned(),
                description: String::new(),
                languages: Value::Null,
            });
        }
    }

    /// Opens the application's installer as an administrator does, without a browser.
    pub async fn install(&self) -> Result<Value, InstallError> {
        installer::install(&self.shared, false).await
    }

    /// Removes the application; no event tells it.
    pub fn uninstall(&self) {
        self.shared.lock().uninstall();
    }

    /// Issues a pair of tokens of a user; begins an installation when there is none.
    pub fn issue_token(&self, user_id: u64) -> TokenPair {
        let mut state = self.shared.lock();
        let generation = state.ensure_installation().generation;
        let client_id = state.application.client_id.clone();
        let grant = state.grants.issue(&client_id, generation, user_id);
        TokenPair {
            access: grant.access,
            refresh: grant.refresh,
        }
    }

    /// Lets every access token expire.
    pub fn expire_tokens(&self) {
        self.shared.lock().grants.expire_access();
    }

    /// Switches a fault of the REST interface on.
    pub fn set_fault(&self, fault: RestFault) {
        self.shared.lock().faults.insert(fault);
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear();
    }

    /// The POST by which the portal opens the application's tab in a card, for the administrator.
    pub fn open_frame_form(&self, kind: EntityKind, id: u64) -> FrameForm {
        let administrator = self.shared.lock().administrator();
        self.open_frame_form_as(administrator, kind, id, None)
    }

    /// The same for any user, with a fault if one is given.
    pub fn open_frame_form_as(
        &self,
        user_id: u64,
        kind: EntityKind,
        id: u64,
        fault: Option<FrameFault>,
    ) -> FrameForm {
        let mut state = self.shared.lock();
        let placement = kind.tab_placement();
        let bound = state.placements.iter().find(|bound| bound.placement == placement);
        let handler = bound.map_or_else(
            || format!("{}/bitrix/app", state.addresses.app_url),
            |bound| bound.handler.clone(),
        );
        let language = state.language.clone();
        frame::open(
            &mut state,
            &FrameRequest {
                opening: Opening::Tab(kind, id),
                user_id,
                language,
                handler,
                fault,
            },
        )
    }

    /// The POST by which the portal opens the application's installer, for the administrator.
    pub fn open_installer_form(&self) -> FrameForm {
        let mut state = self.shared.lock();
        let user_id = state.administrator();
        let (language, handler) = (
            state.language.clone(),
            format!("{}/bitrix/install", state.addresses.app_url),
        );
        frame::open(
            &mut state,
            &FrameRequest {
                opening: Opening::Installer,
                user_id,
                language,
                handler,
                fault: None,
            },
        )
    }

    /// Codes of the bound placements.
    pub fn placements(&self) -> Vec<String> {
        self.shared
            .lock()
            .placements
            .iter()
            .map(|bound| bound.placement.clone())
            .collect()
    }

    /// REST requests that came in, oldest first.
    pub fn requests(&self) -> Vec<LogEntry> {
        self.shared.lock().log()
    }
}
