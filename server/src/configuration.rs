//! The configuration: every setting checked once, at the edge, before anything starts.
//!
//! A setting comes from a file `certlens.toml`, from the environment or from a flag; the later of these wins. This
//! module turns what was written into typed values, or into one sentence that names the setting, where it was
//! written, and what would be right. What the settings do is known elsewhere.

mod backing_up;
mod file;
mod importing;
mod serving;
mod settings;

pub use backing_up::BackupOptions;
pub use settings::Settings;

use crate::connections::ConnectionLimits;
use crate::engines::{ClickHouseSetting, EngineSettings};
use crate::http::limits::RequestLimits;
use crate::logging::{CollectorAddress, LogFormat};
use crate::retention::Retention;
use certlens_app::calendar::Calendar;
use certlens_bitrix24::{AuthorizationServers, ClientId, NetworkPolicy};
use certlens_clickhouse_embedded::MemoryLimit;
use certlens_domain::duration::ShortDuration;
use certlens_registry::{ClickHouseTopology, ClusterName, IntakeOptions, UndoLimits};
use certlens_store::SecretKey;
use chrono::NaiveDate;
use secrecy::{ExposeSecret as _, SecretString};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 3000);
const DEFAULT_DATA_DIR: &str = "data";
const RECOUNT_EVERY: ShortDuration = ShortDuration::from_minutes(120);
const NOTIFY_EVERY: ShortDuration = ShortDuration::from_minutes(150);
/// A balancer that asks `/readyz` every second or two has noticed by then.
const DRAIN: Duration = Duration::from_secs(5);

/// The checked settings of this process.
#[derive(Debug)]
pub struct Configuration {
    /// Address that the server listens on.
    pub listen: SocketAddr,
    /// Origin by which portals and browsers reach the server, without a final slash.
    pub public_url: PublicUrl,
    /// Embedded engines, rejects, the secret key.
    pub data_dir: PathBuf,
    /// The regular database; `None` = a private Postgres.
    pub database_url: Option<SecretString>,
    /// The search engine.
    pub clickhouse: ClickHouseSetting,
    /// `libchdb.so`; `None` = beside the program.
    pub clickhouse_library: Option<PathBuf>,
    /// Memory of the embedded engine; `None` = a share of the machine's.
    pub clickhouse_memory: Option<MemoryLimit>,
    /// Whether the search engine's tables are on one server or on a cluster.
    pub clickhouse_topology: ClickHouseTopology,
    /// The market application's identifier; `None` = no portal can install.
    pub bitrix_client_id: Option<ClientId>,
    /// The market application's secret. Refreshing tokens takes it; nothing else does.
    pub bitrix_client_secret: Option<SecretString>,
    /// The authorization servers that are believed.
    pub authorization_servers: AuthorizationServers,
    /// Which hosts the server calls.
    pub network_policy: NetworkPolicy,
    /// Which day it is for what answers say.
    pub calendar: Calendar,
    /// Encrypts at rest, signs sessions; `None` = the file of the data directory.
    pub secret_key: Option<Arc<SecretKey>>,
    /// Read with besides, while keys are changed; `None` = the file of the data directory, if there is one.
    pub secret_key_previous: Option<Arc<SecretKey>>,
    /// Opens the operator's interfaces; `None` = nobody is the operator.
    pub operator_token: Option<SecretString>,
    /// How often tracked identifiers are counted anew.
    pub recount_every: ShortDuration,
    /// How often notifications are sent.
    pub notify_every: ShortDuration,
    /// For how long a server that was told to end goes on serving, unready.
    pub drain: Duration,
    /// How many requests are worked at once.
    pub request_limits: RequestLimits,
    /// How many connections there are at once.
    pub connection_limits: ConnectionLimits,
    /// Which files a running server imports.
    pub intake: IntakeOptions,
    /// Which imports can be undone.
    pub undo_limits: UndoLimits,
    /// How the database is backed up.
    pub backups: BackupOptions,
    /// How long is kept what nothing else ends.
    pub retention: Retention,
    /// The form of the logs; `None` = text on a terminal, JSON elsewhere.
    pub log_format: Option<LogFormat>,
    /// Gets spans; `None` = nobody does.
    pub otlp_endpoint: Option<CollectorAddress>,
    /// The directory with the browser's files; `None` = the usual places.
    pub site_dir: Option<PathBuf>,
}

/// Why a configuration can't be used. The texts never repeat a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// The file can't be read.
    #[error("the configuration file {} can't be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is no TOML, or has a key that no setting has.
    #[error("the configuration file {}, line {line}: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What doesn't fit there.
        message: String,
    },
    /// A setting's value doesn't fit.
    #[error("{setting}: {problem}")]
    Setting {
        /// The setting, by the name of its variable.
        setting: &'static str,
        /// What would be right.
        problem: String,
    },
}

impl Configuration {
    /// Reads the file beneath the environment and the flags, and checks everything.
    pub fn load(given: &Settings) -> Result<Self, ConfigurationError> {
        let named = given
            .config
            .as_deref()
            .filter(|path| !path.as_os_str().is_empty());
        let file = file::read(named)?;
        Self::check(given.over(&file))
    }

    fn check(settings: Settings) -> Result<Self, ConfigurationError> {
        let listen = parsed("CERTLENS_LISTEN", settings.listen.as_deref(), |text| {
            SocketAddr::from_str(text)
                .map_err(|_| "expected an address and a port, such as 127.0.0.1:3000".to_owned())
        })?
        .unwrap_or(DEFAULT_LISTEN);
        let public_url = parsed(
            "CERTLENS_PUBLIC_URL",
            settings.public_url.as_deref(),
            PublicUrl::parse,
        )?
        .unwrap_or_else(|| PublicUrl::of_listener(listen));
        let network_policy = if settings.allow_insecure_portals.unwrap_or(false) {
            NetworkPolicy::AllowInsecure
        } else {
            NetworkPolicy::PublicHttps
        };
        let servers = settings.oauth_servers.as_deref().unwrap_or_default();
        let authorization_servers = AuthorizationServers::parse(servers, network_policy)
            .map_err(|error| refused("CERTLENS_OAUTH_SERVERS", error.to_string()))?;
        let secret_key = key("CERTLENS_SECRET_KEY", settings.secret_key.as_ref())?;
        let secret_key_previous = key(
            "CERTLENS_SECRET_KEY_PREVIOUS",
            settings.secret_key_previous.as_ref(),
        )?;
        let clickhouse = clickhouse(settings.clickhouse_url)?;
        let clickhouse_topology = topology(settings.clickhouse_cluster.as_deref(), &clickhouse)?;
        let data_dir = settings
            .data_dir
            .unwrap_or_else(|| PathBuf::from(DEFAULT_DATA_DIR));
        let intake = importing::intake(&data_dir, settings.import_dir, settings.upload_limit.as_deref())?;
        let backups = backing_up::backups(
            &data_dir,
            settings.backup_every.as_deref(),
            settings.backup_keep.as_deref(),
            settings.backup_dir,
            settings.backup_passphrase_file,
        )?;

        Ok(Self {
            listen,
            public_url,
            data_dir,
            backups,
            request_limits: serving::requests(settings.max_requests.as_deref())?,
            connection_limits: serving::connections(settings.max_connections.as_deref())?,
            intake,
            undo_limits: importing::undo_limits(
                settings.undo_imports.as_deref(),
                settings.undo_days.as_deref(),
            )?,
            database_url: settings.database_url.map(postgres_url).transpose()?,
            clickhouse,
            clickhouse_memory: parsed(
                "CERTLENS_CLICKHOUSE_MEMORY",
                settings.clickhouse_memory.as_deref(),
                |text| text.parse::<MemoryLimit>().map_err(|error| error.to_string()),
            )?,
            clickhouse_topology,
            clickhouse_library: settings
                .clickhouse_library
                .map(|path| existing_file("CERTLENS_CLICKHOUSE_LIBRARY", path))
                .transpose()?,
            bitrix_client_id: settings.bitrix_client_id.map(ClientId::new),
            bitrix_client_secret: settings.bitrix_client_secret,
            authorization_servers,
            network_policy,
            calendar: calendar(settings.today.as_deref(), network_policy)?,
            secret_key,
            secret_key_previous,
            operator_token: settings.operator_token.map(operator_token).transpose()?,
            recount_every: schedule(
                "CERTLENS_RECOUNT_EVERY",
                settings.recount_every.as_deref(),
                RECOUNT_EVERY,
            )?,
            notify_every: schedule(
                "CERTLENS_NOTIFY_EVERY",
                settings.notify_every.as_deref(),
                NOTIFY_EVERY,
            )?,
            drain: drain(settings.drain.as_deref())?,
            retention: serving::retention(
                settings.keep_audit_days.as_deref(),
                settings.keep_rejects_days.as_deref(),
            )?,
            log_format: parsed("CERTLENS_LOG_FORMAT", settings.log_format.as_deref(), |text| {
                text.parse::<LogFormat>().map_err(|error| error.to_string())
            })?,
            otlp_endpoint: parsed(
                "CERTLENS_OTLP_ENDPOINT",
                settings.otlp_endpoint.as_deref(),
                |text| {
                    text.parse::<CollectorAddress>()
                        .map_err(|error| error.to_string())
                },
            )?,
            site_dir: settings.site_dir,
        })
    }

    /// Where rows that an import could not read are put.
    pub fn rejects_dir(&self) -> PathBuf {
        self.data_dir.join("rejects")
    }

    /// The file of the secret key that is used when none is configured.
    pub fn secret_key_file(&self) -> PathBuf {
        self.data_dir.join("secret.key")
    }

    /// The file of the key before it, while keys are changed.
    pub fn previous_key_file(&self) -> PathBuf {
        self.data_dir.join("secret.key.previous")
    }
}

fn key(
    name: &'static str,
    text: Option<&SecretString>,
) -> Result<Option<Arc<SecretKey>>, ConfigurationError> {
    text.map(|text| SecretKey::parse(text.expose_secret()).map(Arc::new))
        .transpose()
        .map_err(|error| refused(name, error.to_string()))
}

impl From<&Configuration> for EngineSettings {
    fn from(configuration: &Configuration) -> Self {
        Self {
            data_dir: configuration.data_dir.clone(),
            database_url: configuration.database_url.clone(),
            clickhouse: configuration.clickhouse.clone(),
            clickhouse_library: configuration.clickhouse_library.clone(),
            clickhouse_memory: configuration.clickhouse_memory,
        }
    }
}

/// An origin: scheme, host and port, without a final slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    fn parse(text: &str) -> Result<Self, String> {
        let wanted = "expected an http or https address without a path, such as https://certlens.example.com";
        let url = Url::parse(text).map_err(|_| wanted.to_owned())?;
        let is_origin = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if is_origin {
            Ok(Self(url.origin().ascii_serialization()))
        } else {
            Err(wanted.to_owned())
        }
    }

    fn of_listener(listen: SocketAddr) -> Self {
        Self(format!("http://{listen}"))
    }

    /// The address of a path, which begins with a slash.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// The origin.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn refused(setting: &'static str, problem: String) -> ConfigurationError {
    ConfigurationError::Setting { setting, problem }
}

fn parsed<T>(
    setting: &'static str,
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, ConfigurationError> {
    text.map(|text| parse(text.trim()).map_err(|problem| refused(setting, problem)))
        .transpose()
}

fn schedule(
    setting: &'static str,
    text: Option<&str>,
    default: ShortDuration,
) -> Result<ShortDuration, ConfigurationError> {
    let duration = parsed(setting, text, |text| {
        text.parse::<ShortDuration>().map_err(|error| error.to_string())
    })?;
    Ok(duration.unwrap_or(default))
}

/// Unlike other lengths of time it may be nothing.
fn drain(text: Option<&str>) -> Result<Duration, ConfigurationError> {
    if text.is_some_and(|text| matches!(text.trim(), "0" | "0s")) {
        return Ok(Duration::ZERO);
    }
    let drain = parsed("CERTLENS_DRAIN", text, |text| {
        text.parse::<ShortDuration>()
            .map_err(|_| "expected 0 or a length of time of 1s to 366d, such as 5s".to_owned())
    })?;
    Ok(drain.map_or(DRAIN, ShortDuration::get))
}

fn postgres_url(text: SecretString) -> Result<SecretString, ConfigurationError> {
    let is_postgres =
        Url::parse(text.expose_secret()).is_ok_and(|url| matches!(url.scheme(), "postgres" | "postgresql"));
    if is_postgres {
        return Ok(text);
    }
    let problem = "expected an address such as postgres://user:password@host:5432/database; \
                   leave it out to use a private Postgres";
    Err(refused("CERTLENS_DATABASE_URL", problem.to_owned()))
}

fn clickhouse(text: Option<SecretString>) -> Result<ClickHouseSetting, ConfigurationError> {
    text.map_or(Ok(ClickHouseSetting::Embedded), |text| {
        text.expose_secret()
            .parse::<ClickHouseSetting>()
            .map_err(|error| refused("CERTLENS_CLICKHOUSE_URL", error.to_string()))
    })
}

fn topology(
    cluster: Option<&str>,
    clickhouse: &ClickHouseSetting,
) -> Result<ClickHouseTopology, ConfigurationError> {
    const SETTING: &str = "CERTLENS_CLICKHOUSE_CLUSTER";
    let cluster = parsed(SETTING, cluster, |text| {
        text.parse::<ClusterName>().map_err(|error| error.to_string())
    })?;
    match (cluster, clickhouse) {
        (None, _) => Ok(ClickHouseTopology::Single),
        (Some(cluster), ClickHouseSetting::Url(_)) => Ok(ClickHouseTopology::Cluster(cluster)),
        (Some(_), ClickHouseSetting::Embedded | ClickHouseSetting::Off) => {
            let problem = "a cluster is reached by an address: give that of one of its servers in \
                           CERTLENS_CLICKHOUSE_URL, or leave the cluster out";
            Err(refused(SETTING, problem.to_owned()))
        }
    }
}

/// A service with real portals must not answer for another day than its users live in.
fn calendar(today: Option<&str>, policy: NetworkPolicy) -> Result<Calendar, ConfigurationError> {
    const SETTING: &str = "CERTLENS_TODAY";
    let day = parsed(SETTING, today, |text| {
        text.parse::<NaiveDate>()
            .map_err(|_| "expected a day such as 2026-11-20".to_owned())
    })?;
    match (day, policy) {
        (None, _) => Ok(Calendar::Clock),
        (Some(day), NetworkPolicy::AllowInsecure) => Ok(Calendar::Pinned(day)),
        (Some(_), NetworkPolicy::PublicHttps) => {
            let problem = "a fixed day is for demonstrations and pictures with the portal simulator, and needs \
                           CERTLENS_ALLOW_INSECURE_PORTALS=1; leave it out to use the clock's day";
            Err(refused(SETTING, problem.to_owned()))
        }
    }
}

fn operator_token(token: SecretString) -> Result<SecretString, ConfigurationError> {
    if token.expose_secret().bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(token);
    }
    let problem = "expected printable ASCII characters without spaces, such as `openssl rand -hex 24` prints";
    Err(refused("CERTLENS_OPERATOR_TOKEN", problem.to_owned()))
}

fn existing_file(setting: &'static str, path: PathBuf) -> Result<PathBuf, ConfigurationError> {
    if Path::new(&path).is_file() {
        Ok(path)
    } else {
        Err(refused(setting, format!("there is no file {}", path.display())))
    }
}

#[cfg(test)]
mod tests;
