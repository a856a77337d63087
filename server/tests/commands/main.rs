//! The command line as a user runs it: the real program on real databases.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod backing_up;
mod exporting;
mod importing;
mod keys;
mod killed;
mod portals;
mod program;
mod recovery;
mod starting;
#[expect(dead_code, reason = "slow wires are the chaos suite's")]
#[path = "../chaos/wire.rs"]
mod wire;
