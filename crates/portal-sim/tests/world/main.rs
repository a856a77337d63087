//! The simulator's world over real HTTP: portals, authorization server, limits, faults, events, control interface.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't set itself up should fail where it stands"
)]

mod events;
mod faults;
mod limits;
mod portals;
mod support;
mod tokens;
