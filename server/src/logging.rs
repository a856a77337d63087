//! Logs: for a person on a terminal, JSON lines for machines otherwise, always on standard error, because standard
//! output belongs to the commands' results. `RUST_LOG` chooses what is logged.

use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// What is logged unless `RUST_LOG` says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// A service: its operator wants to see what it does.
    Service,
    /// A command that ends by itself and says its own result.
    Command,
}

/// Without the database driver's remarks: its long statements are those of an import, where they are usual.
const COMMAND_FILTER: &str = "warn,sqlx=error";
const SERVICE_FILTER: &str = "warn,sqlx=error,certlens=info,certlens_app=info,certlens_bitrix24=info,certlens_registry=info,\
                              certlens_store=info,certlens_clickhouse_embedded=info,certlens_postgres_embedded=info";

/// Starts logging. Called once by the program; a second call changes nothing.
pub fn start(occasion: Occasion) {
    let usual = match occasion {
        Occasion::Service => SERVICE_FILTER,
        Occasion::Command => COMMAND_FILTER,
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let is_terminal = std::io::stderr().is_terminal();
    let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // The error is "a logger is already there", as in tests.
    let _ = if is_terminal {
        lines.with_target(false).try_init()
    } else {
        lines.json().flatten_event(true).with_span_list(false).try_init()
    };
}
