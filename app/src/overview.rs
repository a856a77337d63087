//! The application's own page in the portal: does everything work, how far the CRM is read, where the numbers are.
//!
//! [`model`] is what the page knows, `open` (server) makes it, `calls` are its server functions, `page` and the modules
//! below it are the views.

pub(crate) mod calls;
mod connection;
mod index;
pub mod model;
#[cfg(feature = "ssr")]
pub mod open;
pub(crate) mod page;
mod registries;
mod settings;
pub mod tracking_model;
#[cfg(feature = "ssr")]
mod tracking_open;
mod tracking_settings;
