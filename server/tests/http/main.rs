//! The HTTP server through its router, on the real engines and against the portal simulator.

mod analytics;
mod installation;
mod pages;
mod running;
