//! The private database of a server, for what no interface would make in a reasonable time: a million subscriptions.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;

use crate::bench::processes;
use crate::program::{self, Invocation};
use crate::stack::Server;

/// A way to run SQL.
pub(super) struct Database {
    client: PathBuf,
    url: String,
}

impl Database {
    /// That of a running server.
    pub(super) fn of(server: &Server, data_dir: &Path) -> anyhow::Result<Self> {
        let file = data_dir.join("engines.json");
        let text = std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        let engines: Value =
            serde_json::from_slice(&text).with_context(|| format!("{} is no JSON", file.display()))?;
        let url = engines["postgres_url"]
            .as_str()
            .with_context(|| format!("{} names no database", file.display()))?;
        let beside = processes::find(server.process(), "postgres")
            .and_then(processes::program)
            .map(|server| server.with_file_name("psql"))
            .filter(|client| client.is_file());
        let client = beside
            .or_else(|| program::find("psql"))
            .context("psql is needed to make subscriptions; it belongs to PostgreSQL's client programs")?;
        Ok(Self {
            client,
            url: url.to_owned(),
        })
    }

    /// Runs statements in one transaction; gives what the last one answers, its columns parted by a bar.
    pub(super) fn run(&self, statements: &str) -> anyhow::Result<String> {
        let answer = self
            .client(&["--single-transaction"])
            .args(["-c", statements])
            .capture()?;
        Ok(answer.trim().lines().last().unwrap_or_default().to_owned())
    }

    /// Runs one statement that is not for transactions.
    pub(super) fn tidy_up(&self, statement: &str) -> anyhow::Result<()> {
        self.client(&[]).args(["-c", statement]).capture().map(|_| ())
    }

    fn client(&self, options: &[&str]) -> Invocation {
        Invocation::new(&self.client)
            .args([
                "--no-psqlrc",
                "--quiet",
                "--tuples-only",
                "--no-align",
                "--set",
                "ON_ERROR_STOP=1",
            ])
            .args(options)
            .arg(&self.url)
            .bound(Duration::from_mins(30))
    }
}
