//! The screens Portals and Settings and their actions, on real Postgres and against the portal simulator.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod portals;
mod settings;
mod world;
