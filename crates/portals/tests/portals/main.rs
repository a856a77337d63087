//! What Certlens does with portals, on real Postgres and against the portal simulator.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod budget;
mod canary;
mod cards;
mod crawl;
mod departure;
mod deviations;
mod events;
mod installation;
mod mirror;
mod misbehaviour;
mod repair;
mod selection;
mod settings;
mod timeline;
mod worker;
mod world;
