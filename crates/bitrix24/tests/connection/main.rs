//! What a [`certlens_bitrix24::Connections`] does when portals misbehave, against small servers of the tests' own.
#![allow(clippy::unwrap_used, missing_docs)]

mod create;
mod introspection;
mod relocation;
mod renewal;
mod repetition;
mod secrecy;
mod stage;
mod standing;
mod storing;
