//! What can go wrong with the embedded engine, in sentences for the person who has to act.

use std::io;
use std::path::PathBuf;

/// Why the embedded ClickHouse could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClickHouseError {
    /// The engine's library was not found.
    #[error(
        "the ClickHouse engine library libchdb.so was not found (looked in {looked_in}): run `cargo xtask setup`, or \
         name the file in CERTLENS_CLICKHOUSE_LIBRARY; with CERTLENS_CLICKHOUSE_URL=off Postgres answers alone"
    )]
    LibraryMissing {
        /// The places that were searched.
        looked_in: String,
    },
    /// The program that loads the library was not found.
    #[error(
        "the program certlens-clickhouse was not found (looked in {looked_in}): it belongs beside certlens; run `cargo xtask build`"
    )]
    ProgramMissing {
        /// The places that were searched.
        looked_in: String,
    },
    /// A directory or file could not be made or read.
    #[error("the directory of the embedded ClickHouse can't be used at {path}: {source}")]
    Directory {
        /// The path in question.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The child ended, or did not become ready.
    #[error("the embedded ClickHouse in {path} did not start ({reason}); the end of its log: {log}")]
    Start {
        /// The data directory.
        path: PathBuf,
        /// What was observed.
        reason: String,
        /// The end of the child's log.
        log: String,
    },
    /// The system gave no random bytes for the password.
    #[error("the system gave no random bytes for the engine's password: {0}")]
    Entropy(String),
}
