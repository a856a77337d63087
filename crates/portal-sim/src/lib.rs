//! A Bitrix24 portal simulator: the demo's window, and the counterpart of end-to-end tests.
//!
//! One listener serves, by host name, any number of portals (pages, REST interface, frames) and the authorization
//! server that they share.
//! Everything is in memory and starts the same way each time. It is written from the platform's documented
//! behaviour and shares no code with the client that is tested against it.
//!
//! Use it as a program (`portal-sim`), or in tests through [`Simulator`].

mod admission;
mod assets;
mod authorization;
mod clock;
mod connection;
mod control;
mod delivery;
mod disturbance;
mod fault;
mod frame;
mod host;
mod host_api;
mod installer;
mod mutation;
mod names;
mod pages;
mod parameter;
mod portal;
mod random;
mod rest;
mod router;
mod seed;
mod shared;
mod simulator;
mod state;
mod world;

pub use fault::{FrameFault, RestFault, UnknownFault};
pub use frame::FrameForm;
pub use installer::InstallError;
pub use mutation::{Change, GRANT, INTROSPECTION, Mutation, Place, UnknownChange};
pub use portal::{LocalApplication, PortalHandle, TokenPair};
pub use random::TOKEN_MARK;
pub use seed::{
    GeneratedSeed, Seed, SeedDepartment, SeedError, SeedItem, SeedPortal, SeedRights, SeedUser, SeedUserField,
};
pub use simulator::{Simulator, SimulatorOptions, StartError};
pub use state::application::{ApplicationKind, Clean};
pub use state::crm::EntityKind;
pub use state::journal::{JournalEntry, LogEntry, RequestDetails};
pub use state::limits::{LimitReport, Plan};
pub use state::outbox::{Delivery, DeliveryStatus};
pub use world::PortalError;
