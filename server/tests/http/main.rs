//! The HTTP server on the real engines and against the portal simulator: through its router, and on real sockets where a
//! portal calls back.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod analytics;
mod faults;
mod fleet;
mod freshness;
mod handover;
mod identifiers;
mod imports;
mod installation;
mod isolation;
mod lifecycle;
mod limits;
mod living;
mod login;
mod mutations;
mod overview;
mod pages;
mod recounts;
mod running;
mod secrecy;
mod settings;
mod single;
mod slow_search;
mod steering;
mod subscriptions;
mod telemetry;
mod trust;
mod users;
