//! The HTTP server through its router, on the real engines and against the portal simulator.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod analytics;
mod installation;
mod pages;
mod running;
