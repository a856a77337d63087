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
    /// The data were written by a newer engine.
    #[error(
        "the data in {path} were written by ClickHouse {held}, and the engine here is {ours}: an older engine must not \
         open them. Install the newer engine (`cargo xtask setup`, or name its libchdb.so in \
         CERTLENS_CLICKHOUSE_LIBRARY); or move the directory away, and a new one is filled from Postgres"
    )]
    NewerData {
        /// The data directory.
        path: PathBuf,
        /// Version that wrote the data.
        held: String,
        /// Version of the engine's library.
        ours: String,
    },
    /// Another process has the data directory open.
    #[error(
        "the data in {path} are in use by another engine (process {process_id}): stop that one, or give this one a \
         data directory of its own (CERTLENS_DATA_DIR)"
    )]
    InUse {
        /// The data directory.
        path: PathBuf,
        /// The process in the way, as far as it is known.
        process_id: String,
    },
    /// The thread that starts the child could not be made.
    #[error("the system gives no thread to start the ClickHouse engine: {0}")]
    Thread(io::Error),
    /// The system gave no port.
    #[error("the system gives no port to the ClickHouse engine: {0}")]
    Address(io::Error),
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
