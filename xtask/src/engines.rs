//! Private engines for tests and for preparing queries: one `certlens engines` in the background.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;

use crate::binaries::Profile;
use crate::layout::Layout;
use crate::service::Service;

const START_BOUND: Duration = Duration::from_mins(3);

/// Running engines; stopped when dropped.
pub(crate) struct TestEngines {
    _service: Service,
    pub(crate) postgres_url: String,
    /// With user and password.
    pub(crate) clickhouse_url: String,
}

impl TestEngines {
    /// Starts the engines that the programs of `profile` run, with their data in `data_dir`.
    pub(crate) fn start(layout: &Layout, profile: Profile, data_dir: &Path) -> anyhow::Result<Self> {
        let program = layout.programs(profile).join("certlens");
        let directory = data_dir.display().to_string();
        let addresses = data_dir.join("engines.json");
        // Of an earlier run that was killed.
        let _ = fs::remove_file(&addresses);
        let arguments = ["engines", "--data-dir", &directory];
        // Somebody's configuration must not lead the tests to their databases.
        let environment = [
            ("CERTLENS_DATABASE_URL", String::new()),
            ("CERTLENS_CLICKHOUSE_URL", String::new()),
        ];
        let mut service = Service::start("engines", &program, &arguments, &environment, &logs(layout))?;
        service.wait_until(START_BOUND, || addresses.is_file())?;
        let content = fs::read_to_string(&addresses).context("reading the engines' addresses")?;
        let addresses: Value =
            serde_json::from_str(&content).context("the engines' addresses are no JSON")?;
        let text = |key: &str| {
            addresses[key]
                .as_str()
                .with_context(|| format!("the engines give no {key}"))
        };
        let user = format!(
            "http://{}:{}@",
            text("clickhouse_user")?,
            text("clickhouse_password")?
        );
        Ok(Self {
            postgres_url: text("postgres_url")?.to_owned(),
            clickhouse_url: text("clickhouse_url")?.replacen("http://", &user, 1),
            _service: service,
        })
    }
}

/// Where logs of services go.
pub(crate) fn logs(layout: &Layout) -> PathBuf {
    layout.target().join("logs")
}
