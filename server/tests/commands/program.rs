//! The program `certlens` with databases and a data directory of its own.

use certlens_test_engines::TestDatabases;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use url::Url;

/// Everything that the runs of one test share. End with [`Program::close`].
pub(crate) struct Program {
    databases: TestDatabases,
    directory: TempDir,
}

impl Program {
    pub(crate) async fn prepare() -> Self {
        Self {
            databases: TestDatabases::create().await,
            directory: TempDir::new().unwrap(),
        }
    }

    /// A path in the test's own directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file into the test's own directory.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The settings of every run.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("CERTLENS_DATABASE_URL", self.postgres_url().to_string()),
            ("CERTLENS_CLICKHOUSE_URL", self.clickhouse_url().to_string()),
            ("CERTLENS_DATA_DIR", argument(&self.path("data")).to_owned()),
            ("CERTLENS_OPERATOR_TOKEN", "operator-token-of-a-test".to_owned()),
        ]
    }

    /// The program with these arguments, not run yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certlens"));
        command
            .args(arguments)
            .envs(self.environment())
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    pub(crate) fn clickhouse_url(&self) -> Url {
        let clickhouse = self.databases.clickhouse();
        let mut url = Url::parse(&clickhouse.url).unwrap();
        url.set_username(&clickhouse.user).unwrap();
        url.set_password(Some(&clickhouse.password)).unwrap();
        url.set_path(&clickhouse.database);
        url
    }

    pub(crate) fn postgres_url(&self) -> Url {
        Url::parse(&self.databases.postgres_url()).unwrap()
    }

    /// Runs the program to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().await.unwrap())
    }

    /// Starts the program.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub(crate) fn postgres(&self) -> &sqlx::PgPool {
        self.databases.postgres()
    }

    pub(crate) async fn close(self) {
        self.databases.drop_all().await;
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl Run {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            output: String::from_utf8(output.stdout).unwrap(),
            errors: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The objects that were printed, one a line.
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        self.output
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect()
    }
}

/// A path as an argument.
pub(crate) fn argument(path: &Path) -> &str {
    path.to_str().unwrap()
}
