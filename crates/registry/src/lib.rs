//! Documents of six conformity registries: import, storage, search.
//!
//! What this crate may know: the tables of Postgres and ClickHouse, how an import becomes visible, which engine answers.
//! Published formats live in `certlens-formats`. What it must not know: portals, cards, HTTP routes, where engines come
//! from. Rules that need no storage live in `certlens-domain`.
//!
//! | question | module |
//! |---|---|
//! | what does a counterparty hold, which documents are they? | [`search`] |
//! | how does a file become documents in both stores, and how is that undone? | [`mod@import`] |
//! | which files does a server import by itself? | [`Intake`] |
//! | where is ClickHouse, which tables has it? | [`clickhouse_store`] |
//! | what happened to documents that somebody tracks? | [`Recounter`] |
//! | which invented documents show the product? | [`demo`] |

pub mod clickhouse_store;
pub mod demo;
mod export;
mod identity;
pub mod import;
mod intake;
mod party;
mod recount;
pub mod search;
mod stored;
mod told;

pub use clickhouse_store::{
    ClickHouseAddress, ClickHouseError, ClickHouseTopology, ClusterName, ClusterNameError, migrate_clickhouse,
};
pub use export::{ExportError, Exporter};
pub use identity::settle_identity;
pub use import::{
    HistoryError, ImportEntry, ImportError, ImportFilter, ImportInput, ImportOptions, ImportState,
    ImportSummary, Importer, Imports, Obstacle, Progress, PublishError, QueueError, QueuedImport,
    RegistryShare, Stage, StatusTouch, Touch, Turn, Undo, UndoError, UndoLimits, UndoSummary, Undoing,
};
pub use intake::{Intake, IntakeError, IntakeOptions, Upload, files_below};
pub use recount::{RecountError, RecountOutcome, RecountStep, Recounter};
pub use search::{BreakerState, EngineState, LatestImport, Search, SearchError};
pub use told::{ToldDocument, ToldError};
