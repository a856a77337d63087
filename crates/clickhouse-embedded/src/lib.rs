//! The ClickHouse engine on one machine without a ClickHouse server.
//!
//! [`EmbeddedClickHouse::start`] runs the program `certlens-clickhouse`, which loads the real engine from its library
//! and answers ClickHouse's HTTP interface; so whoever talks to it uses the same client and the same SQL as with a
//! server or a cluster. A child that ends or hangs is started again on the same address; its memory is bounded; it ends
//! with the process that started it, whatever that dies of. This crate knows processes and the way to the engine; it
//! knows nothing of tables and documents.

mod error;
mod health;
mod launcher;
mod location;
mod log;
mod memory;
mod process;
mod supervisor;

use std::fmt;
use std::path::PathBuf;

pub use error::ClickHouseError;
pub use health::HealthPolicy;
pub use location::find_library;
pub use memory::{MemoryLimit, MemoryLimitError};
pub use supervisor::{EngineCondition, EngineState};

/// Where the engine keeps its data, and what runs it.
#[derive(Debug, Clone)]
pub struct EmbeddedOptions {
    /// The directory of the engine alone; created when missing.
    pub data_directory: PathBuf,
    /// `libchdb.so`; `None` looks beside the running program.
    pub library: Option<PathBuf>,
    /// The program `certlens-clickhouse`; `None` looks beside the running program.
    pub program: Option<PathBuf>,
    /// Memory of the whole engine; `None` takes a quarter of the machine's, between 1 and 8 GiB.
    pub memory: Option<MemoryLimit>,
    /// When a child that does not answer is given up.
    pub health: HealthPolicy,
}

impl EmbeddedOptions {
    /// An engine with its data in `data_directory`, library and program beside the running program.
    pub fn new(data_directory: impl Into<PathBuf>) -> Self {
        Self {
            data_directory: data_directory.into(),
            library: None,
            program: None,
            memory: None,
            health: HealthPolicy::default(),
        }
    }
}

/// A running engine. Stop it with [`EmbeddedClickHouse::stop`]; dropping it ends the child soon after.
pub struct EmbeddedClickHouse {
    supervisor: supervisor::Supervisor,
    password: String,
}

impl fmt::Debug for EmbeddedClickHouse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EmbeddedClickHouse")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

impl EmbeddedClickHouse {
    /// Starts the engine and waits until it answers.
    ///
    /// # Errors
    /// When library or program are missing, or when the engine does not come up; each variant says what to do.
    pub async fn start(options: &EmbeddedOptions) -> Result<Self, ClickHouseError> {
        let launch = process::Launch::prepare(options)?;
        let password = launch.password().to_owned();
        let supervisor = supervisor::Supervisor::start(launch, options.health).await?;
        Ok(Self { supervisor, password })
    }

    /// Starts as [`EmbeddedClickHouse::start`] does. A child that does not come up is tried again and again in the
    /// background, and counts as restarting meanwhile: for whoever can do without it.
    ///
    /// # Errors
    /// When nothing can be tried: library or program are missing, or the directory can't be written.
    pub async fn start_or_go_on_trying(options: &EmbeddedOptions) -> Result<Self, ClickHouseError> {
        let launch = process::Launch::prepare(options)?;
        let password = launch.password().to_owned();
        let supervisor = supervisor::Supervisor::start_or_go_on_trying(launch, options.health).await?;
        Ok(Self { supervisor, password })
    }

    /// Address of the HTTP interface. It stays the same when the child is started again.
    pub fn url(&self) -> String {
        format!("http://{}", self.supervisor.address())
    }

    /// Whether the child answers, and how often it was started again.
    pub fn state(&self) -> EngineState {
        self.supervisor.state()
    }

    /// The engine's user.
    pub fn user(&self) -> &'static str {
        process::USER
    }

    /// The user's password, made anew for each start.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Ends the child, letting running statements finish within a bound. Returns when the process is gone.
    pub async fn stop(self) {
        self.supervisor.stop().await;
    }
}
