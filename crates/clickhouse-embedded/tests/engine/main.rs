//! The embedded engine from start to stop.
//!
//! Wants the engine's library beside the test programs (`cargo xtask build` puts it there) or in
//! `CERTLENS_CLICKHOUSE_LIBRARY`.

mod memory;
mod running;
mod statements;
mod supervision;
