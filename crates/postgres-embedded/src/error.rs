//! What can go wrong with a private server, in sentences for the person who has to act. Never holds a password.

use std::io;
use std::path::PathBuf;

/// Why a private Postgres could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// No usable installation was found.
    #[error(
        "no PostgreSQL {oldest} or newer was found (looked in {looked_in}): install it (Debian: `apt-get install \
         postgresql`), or give the URL of a running server"
    )]
    ProgramsMissing {
        /// Oldest major version that serves.
        oldest: u32,
        /// The places that were searched.
        looked_in: String,
    },
    /// A program that this crate needs besides Postgres is missing.
    #[error("the program `{program}` is missing: install it (Debian package `{package}`)")]
    ToolMissing {
        /// Name of the program.
        program: &'static str,
        /// Debian package that brings it.
        package: &'static str,
    },
    /// Started by root on a machine without an unprivileged user for the server.
    #[error(
        "Postgres refuses to run as root, and this machine has no user `postgres` to run it: install the package \
         `postgresql`, give {path} to an unprivileged user (`chown`), or start certlens as an ordinary user"
    )]
    NoUnprivilegedUser {
        /// The server's directory.
        path: PathBuf,
    },
    /// The unprivileged user may not pass one of the parents of the directory.
    #[error(
        "user id {user_id}, which must run Postgres, may not enter {blocked} (its mode does not let others pass), so \
         {path} is out of its reach: choose a data directory elsewhere (CERTLENS_DATA_DIR), such as below /var/lib, or \
         allow passing with `chmod o+x {blocked}`"
    )]
    DirectoryOutOfReach {
        /// The server's directory.
        path: PathBuf,
        /// The parent that can't be passed.
        blocked: PathBuf,
        /// The user that would run the server.
        user_id: u32,
    },
    /// A file or directory could not be made or read.
    #[error("the directory of the private Postgres can't be used at {path}: {source}")]
    Directory {
        /// The path in question.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// `initdb` failed.
    #[error("`{program}` could not make a database cluster in {path}: {output}")]
    Initialise {
        /// The program that failed.
        program: PathBuf,
        /// The cluster's directory.
        path: PathBuf,
        /// The end of what it printed.
        output: String,
    },
    /// The server process ended, or did not become ready.
    #[error("the private Postgres in {path} did not start ({reason}); the end of its log: {log}")]
    Start {
        /// The server's directory.
        path: PathBuf,
        /// What was observed.
        reason: String,
        /// The end of its log.
        log: String,
    },
    /// A server of an earlier run would not end.
    #[error(
        "a Postgres of an earlier run (process {process_id}) still uses {path} and does not end: stop it by hand"
    )]
    StillRunning {
        /// The server's directory.
        path: PathBuf,
        /// The process in the way.
        process_id: u32,
    },
    /// The system gave no random bytes for the password.
    #[error("the system gave no random bytes for the database password: {0}")]
    Entropy(String),
}
