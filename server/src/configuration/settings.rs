//! The settings as written: one struct for flags, environment and file, so that the three cannot drift apart.
//!
//! Nothing is checked here but the form of a switch.

use clap::builder::{OsStringValueParser, TypedValueParser};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use std::path::PathBuf;

/// Settings as somebody wrote them; what was not written is `None`.
#[derive(Debug, Clone, Default, clap::Args, Deserialize)]
#[command(next_help_heading = "Settings")]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Configuration file; without it, `certlens.toml` of the current directory if there is one
    #[arg(
        long,
        env = "CERTLENS_CONFIG",
        value_name = "FILE",
        global = true,
        hide_short_help = true,
        value_parser = path_or_nothing()
    )]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// Directory of the embedded engines, of rejected rows and of the secret key [default: ./data]
    #[arg(
        long,
        env = "CERTLENS_DATA_DIR",
        value_name = "DIR",
        global = true,
        value_parser = path_or_nothing()
    )]
    pub data_dir: Option<PathBuf>,

    /// Address to listen on [default: 127.0.0.1:3000]
    #[arg(
        long,
        env = "CERTLENS_LISTEN",
        value_name = "ADDRESS",
        global = true,
        hide_short_help = true
    )]
    pub listen: Option<String>,

    /// Address by which portals and browsers reach the server [default: LISTEN over http]
    #[arg(
        long,
        env = "CERTLENS_PUBLIC_URL",
        value_name = "URL",
        global = true,
        hide_short_help = true
    )]
    pub public_url: Option<String>,

    /// Regular database, postgres://…; without it, a private Postgres is run
    #[arg(
        long,
        env = "CERTLENS_DATABASE_URL",
        value_name = "URL",
        global = true,
        hide_short_help = true,
        hide_env_values = true
    )]
    pub database_url: Option<SecretString>,

    /// Search engine, http(s)://…, or `off` to search in Postgres only; without it, the embedded engine is run
    #[arg(
        long,
        env = "CERTLENS_CLICKHOUSE_URL",
        value_name = "URL",
        global = true,
        hide_short_help = true,
        hide_env_values = true
    )]
    pub clickhouse_url: Option<SecretString>,

    /// Library of the embedded search engine, libchdb.so [default: beside the program]
    #[arg(
        long,
        env = "CERTLENS_CLICKHOUSE_LIBRARY",
        value_name = "FILE",
        global = true,
        hide_short_help = true,
        value_parser = path_or_nothing()
    )]
    pub clickhouse_library: Option<PathBuf>,

    /// Memory of the embedded search engine, such as 2GiB [default: a quarter of the machine's, 1 to 8 GiB]
    #[arg(
        long,
        env = "CERTLENS_CLICKHOUSE_MEMORY",
        value_name = "BYTES",
        global = true,
        hide_short_help = true
    )]
    pub clickhouse_memory: Option<String>,

    /// Name of the cluster that the search engine's URL leads to; without it, one server
    #[arg(
        long,
        env = "CERTLENS_CLICKHOUSE_CLUSTER",
        value_name = "NAME",
        global = true,
        hide_short_help = true
    )]
    pub clickhouse_cluster: Option<String>,

    /// Identifier of the Bitrix24 market application
    #[arg(
        long,
        env = "CERTLENS_BITRIX_CLIENT_ID",
        value_name = "ID",
        global = true,
        hide_short_help = true
    )]
    pub bitrix_client_id: Option<String>,

    /// Secret of the Bitrix24 market application
    #[arg(
        long,
        env = "CERTLENS_BITRIX_CLIENT_SECRET",
        value_name = "SECRET",
        global = true,
        hide_short_help = true,
        hide_env_values = true
    )]
    pub bitrix_client_secret: Option<SecretString>,

    /// Authorization servers that are believed, separated by commas [default: the two public ones]
    #[arg(
        long,
        env = "CERTLENS_OAUTH_SERVERS",
        value_name = "URLS",
        global = true,
        hide_short_help = true
    )]
    pub oauth_servers: Option<String>,

    /// Allow portals over http and on this machine: for the portal simulator only
    #[arg(
        long, env = "CERTLENS_ALLOW_INSECURE_PORTALS", value_name = "1|0", global = true,
        hide_short_help = true, num_args = 0..=1, require_equals = true, default_missing_value = "1",
        value_parser = switch
    )]
    #[serde(default, deserialize_with = "written_switch")]
    pub allow_insecure_portals: Option<bool>,

    /// The day that pages and answers take for today, instead of the clock's: for demonstrations and pictures only
    #[arg(
        id = "pinned_today",
        long = "pinned-today",
        env = "CERTLENS_TODAY",
        value_name = "YYYY-MM-DD",
        global = true,
        hide_short_help = true
    )]
    pub today: Option<String>,

    /// 32 bytes in base64 that encrypt tokens at rest and sign sessions [default: made in the data directory]
    #[arg(
        long,
        env = "CERTLENS_SECRET_KEY",
        value_name = "BASE64",
        global = true,
        hide_short_help = true,
        hide_env_values = true
    )]
    pub secret_key: Option<SecretString>,

    /// While the secret key is changed: the other key, with which is read and never written
    #[arg(
        long,
        env = "CERTLENS_SECRET_KEY_PREVIOUS",
        value_name = "BASE64",
        global = true,
        hide_short_help = true,
        hide_env_values = true
    )]
    pub secret_key_previous: Option<SecretString>,

    /// Token that opens the operator's interfaces
    #[arg(
        long,
        env = "CERTLENS_OPERATOR_TOKEN",
        value_name = "TOKEN",
        global = true,
        hide_short_help = true,
        hide_env_values = true
    )]
    pub operator_token: Option<SecretString>,

    /// How often tracked counterparties are counted anew [default: 2h]
    #[arg(
        long,
        env = "CERTLENS_RECOUNT_EVERY",
        value_name = "TIME",
        global = true,
        hide_short_help = true
    )]
    pub recount_every: Option<String>,

    /// How often notifications are sent [default: 2h30m]
    #[arg(
        long,
        env = "CERTLENS_NOTIFY_EVERY",
        value_name = "TIME",
        global = true,
        hide_short_help = true
    )]
    pub notify_every: Option<String>,

    /// For how long a server that SIGTERM has told to end goes on serving while /readyz says 503; 0 ends at once [default: 5s]
    #[arg(
        long,
        env = "CERTLENS_DRAIN",
        value_name = "TIME",
        global = true,
        hide_short_help = true
    )]
    pub drain: Option<String>,

    /// Folder of registry files that the operator may import from his browser [default: `incoming` in the data directory]
    #[arg(
        long,
        env = "CERTLENS_IMPORT_DIR",
        value_name = "DIR",
        global = true,
        hide_short_help = true,
        value_parser = path_or_nothing()
    )]
    pub import_dir: Option<PathBuf>,

    /// Requests that are worked at once; four times as many wait, more get 503 [default: 256]
    #[arg(
        long,
        env = "CERTLENS_MAX_REQUESTS",
        value_name = "NUMBER",
        global = true,
        hide_short_help = true
    )]
    pub max_requests: Option<String>,

    /// Connections at once; more are refused [default: 4000, or what the system's limit of open files allows]
    #[arg(
        long,
        env = "CERTLENS_MAX_CONNECTIONS",
        value_name = "NUMBER",
        global = true,
        hide_short_help = true
    )]
    pub max_connections: Option<String>,

    /// Largest file that the operator may upload, such as 20GB [default: 20GB]
    #[arg(
        long,
        env = "CERTLENS_UPLOAD_LIMIT",
        value_name = "BYTES",
        global = true,
        hide_short_help = true
    )]
    pub upload_limit: Option<String>,

    /// How many of the newest imports can be undone; what they replaced is kept for it [default: 20]
    #[arg(
        long,
        env = "CERTLENS_UNDO_IMPORTS",
        value_name = "NUMBER",
        global = true,
        hide_short_help = true
    )]
    pub undo_imports: Option<String>,

    /// For how many days an import can be undone [default: 30]
    #[arg(
        long,
        env = "CERTLENS_UNDO_DAYS",
        value_name = "DAYS",
        global = true,
        hide_short_help = true
    )]
    pub undo_days: Option<String>,

    /// How often a running server backs its database up; `off`: never [default: 24h]
    #[arg(
        long,
        env = "CERTLENS_BACKUP_EVERY",
        value_name = "TIME",
        global = true,
        hide_short_help = true
    )]
    pub backup_every: Option<String>,

    /// How many of the newest scheduled backups are kept [default: 14]
    #[arg(
        long,
        env = "CERTLENS_BACKUP_KEEP",
        value_name = "NUMBER",
        global = true,
        hide_short_help = true
    )]
    pub backup_keep: Option<String>,

    /// Folder of the scheduled backups [default: `backups` in the data directory]
    #[arg(
        long,
        env = "CERTLENS_BACKUP_DIR",
        value_name = "DIR",
        global = true,
        hide_short_help = true,
        value_parser = path_or_nothing()
    )]
    pub backup_dir: Option<PathBuf>,

    /// File with a passphrase that opens backups as well, so that they carry the secret key [default: none]
    #[arg(
        long,
        env = "CERTLENS_BACKUP_PASSPHRASE_FILE",
        value_name = "FILE",
        global = true,
        hide_short_help = true,
        value_parser = path_or_nothing()
    )]
    pub backup_passphrase_file: Option<PathBuf>,

    /// For how many days the audit log is kept [default: 1095]
    #[arg(
        long,
        env = "CERTLENS_KEEP_AUDIT_DAYS",
        value_name = "DAYS",
        global = true,
        hide_short_help = true
    )]
    pub keep_audit_days: Option<String>,

    /// For how many days files of rejected rows are kept [default: 90]
    #[arg(
        long,
        env = "CERTLENS_KEEP_REJECTS_DAYS",
        value_name = "DAYS",
        global = true,
        hide_short_help = true
    )]
    pub keep_rejects_days: Option<String>,

    /// Form of the logs, `json` or `text` [default: text on a terminal, json elsewhere]
    #[arg(
        long,
        env = "CERTLENS_LOG_FORMAT",
        value_name = "FORMAT",
        global = true,
        hide_short_help = true
    )]
    pub log_format: Option<String>,

    /// Address of an OpenTelemetry collector that gets spans by OTLP over HTTP [default: none]
    #[arg(
        long,
        env = "CERTLENS_OTLP_ENDPOINT",
        value_name = "URL",
        global = true,
        hide_short_help = true,
        hide_env_values = true
    )]
    pub otlp_endpoint: Option<String>,

    /// Directory with the browser's files [default: `site` beside the program, else target/site]
    #[arg(
        long,
        env = "CERTLENS_SITE_DIR",
        value_name = "DIR",
        global = true,
        hide_short_help = true,
        value_parser = path_or_nothing()
    )]
    pub site_dir: Option<PathBuf>,
}

impl Settings {
    /// These settings, and where one was not written, the one of `beneath`. Empty texts count as not written:
    /// container tools pass unset variables that way.
    pub(super) fn over(&self, beneath: &Self) -> Self {
        Self {
            config: path(self.config.as_ref(), None),
            data_dir: path(self.data_dir.as_ref(), beneath.data_dir.as_ref()),
            listen: text(self.listen.as_ref(), beneath.listen.as_ref()),
            public_url: text(self.public_url.as_ref(), beneath.public_url.as_ref()),
            database_url: secret(self.database_url.as_ref(), beneath.database_url.as_ref()),
            clickhouse_url: secret(self.clickhouse_url.as_ref(), beneath.clickhouse_url.as_ref()),
            clickhouse_library: path(
                self.clickhouse_library.as_ref(),
                beneath.clickhouse_library.as_ref(),
            ),
            clickhouse_memory: text(
                self.clickhouse_memory.as_ref(),
                beneath.clickhouse_memory.as_ref(),
            ),
            clickhouse_cluster: text(
                self.clickhouse_cluster.as_ref(),
                beneath.clickhouse_cluster.as_ref(),
            ),
            bitrix_client_id: text(self.bitrix_client_id.as_ref(), beneath.bitrix_client_id.as_ref()),
            bitrix_client_secret: secret(
                self.bitrix_client_secret.as_ref(),
                beneath.bitrix_client_secret.as_ref(),
            ),
            oauth_servers: text(self.oauth_servers.as_ref(), beneath.oauth_servers.as_ref()),
            allow_insecure_portals: self.allow_insecure_portals.or(beneath.allow_insecure_portals),
            today: text(self.today.as_ref(), beneath.today.as_ref()),
            secret_key: secret(self.secret_key.as_ref(), beneath.secret_key.as_ref()),
            secret_key_previous: secret(
                self.secret_key_previous.as_ref(),
                beneath.secret_key_previous.as_ref(),
            ),
            operator_token: secret(self.operator_token.as_ref(), beneath.operator_token.as_ref()),
            recount_every: text(self.recount_every.as_ref(), beneath.recount_every.as_ref()),
            notify_every: text(self.notify_every.as_ref(), beneath.notify_every.as_ref()),
            drain: text(self.drain.as_ref(), beneath.drain.as_ref()),
            import_dir: path(self.import_dir.as_ref(), beneath.import_dir.as_ref()),
            max_requests: text(self.max_requests.as_ref(), beneath.max_requests.as_ref()),
            max_connections: text(self.max_connections.as_ref(), beneath.max_connections.as_ref()),
            upload_limit: text(self.upload_limit.as_ref(), beneath.upload_limit.as_ref()),
            undo_imports: text(self.undo_imports.as_ref(), beneath.undo_imports.as_ref()),
            undo_days: text(self.undo_days.as_ref(), beneath.undo_days.as_ref()),
            backup_every: text(self.backup_every.as_ref(), beneath.backup_every.as_ref()),
            backup_keep: text(self.backup_keep.as_ref(), beneath.backup_keep.as_ref()),
            backup_dir: path(self.backup_dir.as_ref(), beneath.backup_dir.as_ref()),
            backup_passphrase_file: path(
                self.backup_passphrase_file.as_ref(),
                beneath.backup_passphrase_file.as_ref(),
            ),
            keep_audit_days: text(self.keep_audit_days.as_ref(), beneath.keep_audit_days.as_ref()),
            keep_rejects_days: text(
                self.keep_rejects_days.as_ref(),
                beneath.keep_rejects_days.as_ref(),
            ),
            log_format: text(self.log_format.as_ref(), beneath.log_format.as_ref()),
            otlp_endpoint: text(self.otlp_endpoint.as_ref(), beneath.otlp_endpoint.as_ref()),
            site_dir: path(self.site_dir.as_ref(), beneath.site_dir.as_ref()),
        }
    }
}

fn first<T: Clone>(above: Option<&T>, beneath: Option<&T>, is_written: impl Fn(&T) -> bool) -> Option<T> {
    [above, beneath]
        .into_iter()
        .flatten()
        .find(|value| is_written(value))
        .cloned()
}

fn text(above: Option<&String>, beneath: Option<&String>) -> Option<String> {
    first(above, beneath, |text| !text.trim().is_empty())
}

fn secret(above: Option<&SecretString>, beneath: Option<&SecretString>) -> Option<SecretString> {
    first(above, beneath, |text| !text.expose_secret().trim().is_empty())
}

fn path(above: Option<&PathBuf>, beneath: Option<&PathBuf>) -> Option<PathBuf> {
    first(above, beneath, |path| !path.as_os_str().is_empty())
}

/// Reads a path, which may be empty like any other text; clap's own reading refuses that.
fn path_or_nothing() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// Reads a switch; an empty one is off.
fn switch(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "" | "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("expected 1 or 0".to_owned()),
    }
}

fn written_switch<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Truth(bool),
        Number(i64),
        Text(String),
    }
    let text = match Written::deserialize(deserializer)? {
        Written::Truth(truth) => return Ok(Some(truth)),
        Written::Number(number) => number.to_string(),
        Written::Text(text) => text,
    };
    switch(&text).map(Some).map_err(serde::de::Error::custom)
}
