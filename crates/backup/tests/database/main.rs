//! Backups of real databases, restored into others.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod one_portal;
mod turns;
mod whole;
mod world;
