//! A Bitrix24 portal simulator: the demo's window, and the counterpart of end-to-end tests.
//!
//! One listener serves, by host name, a portal (pages, REST interface, frames) and its authorization server.
//! Everything is in memory and starts the same way each time. It is written from the platform's documented
//! behaviour and shares no code with the client that is tested against it.
//!
//! Use it as a program (`portal-sim`), or in tests through [`Simulator`].

mod assets;
mod authorization;
mod control;
mod fault;
mod frame;
mod host;
mod host_api;
mod installer;
mod pages;
mod parameter;
mod random;
mod rest;
mod router;
mod seed;
mod shared;
mod simulator;
mod state;

pub use fault::{FrameFault, RestFault, UnknownFault};
pub use frame::FrameForm;
pub use installer::InstallError;
pub use seed::{Seed, SeedError, SeedItem, SeedPortal, SeedUser};
pub use simulator::{Simulator, SimulatorOptions, StartError, TokenPair};
pub use state::LogEntry;
pub use state::crm::EntityKind;
