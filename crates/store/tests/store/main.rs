//! The store on a real Postgres.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod access;
mod applications;
mod belongings;
mod budget;
mod card_identifiers;
mod card_mirror;
mod chain_locks;
mod chains;
mod departed_users;
mod departure;
mod events;
mod health;
mod index;
mod index_plans;
mod isolation;
mod jobs;
mod lifecycle;
mod migration;
mod notification_items;
mod people_listing;
mod pool;
mod portal_listing;
mod processes;
mod queue;
mod recounts;
mod rotation;
mod settings;
mod settings_history;
mod subscriptions;
mod telemetry;
mod tracked_identifiers;
mod unreadable;
mod users;
mod world;
