//! A private Postgres server from the machine's installed programs.
//!
//! For one-machine use and for tests: [`PrivatePostgres::start`] makes a cluster in a directory when there is none,
//! runs it on a free port of the loopback interface, and stops it again. A server that ends unasked is started again on
//! the same port. It never outlives the process that started it. This crate knows processes, files and users; it knows nothing of SQL, of schemas or of Certlens.

mod account;
mod cluster;
mod error;
mod programs;
mod server;
mod supervisor;
mod tuning;

use std::fmt;
use std::path::{Path, PathBuf};

pub use account::can_reach;
pub use error::PostgresError;
pub use programs::{OLDEST_MAJOR_VERSION, PostgresPrograms};

/// Where a private server lives and which programs run it.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// The directory of this server alone; it is created, and given to the server's user, when missing.
    pub directory: PathBuf,
    /// The directory with `initdb` and `postgres`; `None` looks in the usual places and on `PATH`.
    pub programs: Option<PathBuf>,
    /// Bytes of memory that the server's caches are sized for; `None` takes the machine's. A test that shares its
    /// machine with others says less.
    pub memory: Option<u64>,
}

impl PostgresOptions {
    /// A server in `directory`, run by the programs that the machine has.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            programs: None,
            memory: None,
        }
    }
}

/// A running private server. Stop it with [`PrivatePostgres::stop`]; dropping it asks for a fast shutdown and does
/// not wait.
pub struct PrivatePostgres {
    supervisor: supervisor::Supervisor,
    password: String,
}

impl fmt::Debug for PrivatePostgres {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PrivatePostgres")
            .field("port", &self.port())
            .field("process", &self.process_id())
            .finish_non_exhaustive()
    }
}

impl PrivatePostgres {
    /// Starts the server of `options.directory`, making the cluster first when there is none, and waits until it
    /// accepts connections.
    ///
    /// # Errors
    /// When the programs are missing, when the directory can't be used by the unprivileged user that must run the
    /// server, or when the server does not come up; each variant says what to do.
    pub async fn start(options: &PostgresOptions) -> Result<Self, PostgresError> {
        let programs = PostgresPrograms::find(options.programs.as_deref())?;
        let directory = absolute(&options.directory)?;
        let account = account::prepare(&directory)?;
        let password = cluster::ensure(&programs, &account, &directory).await?;
        cluster::end_leftover_server(&directory).await?;
        let settings = tuning::settings(
            options.memory.unwrap_or_else(tuning::machine_memory),
            tuning::wal_compression(&programs, &cluster::data_directory(&directory)),
        );
        let launch = supervisor::Launch {
            programs,
            account,
            directory,
            settings,
        };
        let supervisor = supervisor::Supervisor::start(launch).await?;
        Ok(Self { supervisor, password })
    }

    /// Address of the database `certlens` for its owner, a superuser of this private server. Contains the password.
    pub fn url(&self) -> String {
        format!(
            "postgres://{USER}:{}@127.0.0.1:{}/{DATABASE}",
            self.password,
            self.port()
        )
    }

    /// Port on the loopback interface.
    pub fn port(&self) -> u16 {
        self.supervisor.port()
    }

    /// Process id of the server; another one after it was started again.
    pub fn process_id(&self) -> u32 {
        self.supervisor.process_id()
    }

    /// Shuts the server down: fast, then (after a bound) immediately. Returns when the process is gone.
    pub async fn stop(self) {
        self.supervisor.stop().await;
    }
}

/// Name of the superuser of a private server.
const USER: &str = "certlens";
/// Name of the database that a new cluster gets.
const DATABASE: &str = "certlens";

fn absolute(directory: &Path) -> Result<PathBuf, PostgresError> {
    std::path::absolute(directory).map_err(|source| PostgresError::Directory {
        path: directory.to_path_buf(),
        source,
    })
}
