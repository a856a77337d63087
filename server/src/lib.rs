//! The `certlens` program: command line, configuration, HTTP server.
//!
//! What this package may know: everything below it, and how the parts are put together. What it must not hold: rules
//! of the trade, which live in the crates below. It is a library so that tests reach its parts; nothing else uses it.
//!
//! | question | module |
//! |---|---|
//! | which commands are there, what do they do? | [`command`] |
//! | which settings are there, what is a right value? | [`configuration`] |
//! | where are the database and the search engine? | [`engines`], [`data`] |
//! | how is the database backed up? | [`backups`] |
//! | how does a command get a secret? | `handed` |
//! | which routes are there, what does an error look like? | [`http`] |
//! | what do requests share? | [`state`] |
//! | which files does the browser need? | [`site`] |
//! | how does the process log, and how does it end? | [`logging`], [`shutdown`] |
//! | what is counted and measured, and where does it go? | [`telemetry`] |

pub mod backups;
pub mod command;
pub mod configuration;
pub mod connections;
pub mod data;
pub mod engines;
mod handed;
pub mod http;
pub mod logging;
pub mod retention;
pub mod shutdown;
pub mod site;
pub mod state;
pub mod telemetry;
