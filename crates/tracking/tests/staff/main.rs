//! Users of portals and what follows from their coming and going, on real Postgres and against the portal simulator.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod reading;
mod world;
