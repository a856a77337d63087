//! Items into a simulated portal, on a real Postgres: once, to the right person, whatever happens.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod assignment;
mod buttons;
mod delivery;
mod model;
mod once;
mod unknown_answers;
mod volume;
mod world;
