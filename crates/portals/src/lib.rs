//! Everything Certlens does with installed portals.
//!
//! This crate joins the platform's client (`certlens-bitrix24`) and our memory (`certlens-store`): it installs and
//! removes the application, receives events and works them off, keeps the CRM index, and answers what stands behind a
//! card. It serves no HTTP and renders no view; its callers verify frames (with [`Portals::expectation`]) and turn its
//! typed answers into pages.
//!
//! Two halves:
//!
//! * what a request waits for: [`Portals::install`], [`Portals::note_page`], [`Portals::uninstall`],
//!   [`Portals::receive`], [`Portals::resolve`], [`Portals::write_back`], [`Portals::settings`],
//!   [`Portals::change_settings`], [`Portals::revert_settings`], [`Portals::reconcile`], [`Portals::progress`], [`Portals::card_selection`],
//!   [`Portals::change_selection`], [`Portals::add_to_timeline`];
//! * what happens without anybody waiting: [`Worker`], in as many processes as there are.

mod address;
mod adoption;
pub mod canary;
pub mod card;
pub mod crawl;
mod credentials;
pub mod departure;
mod details;
mod deviations;
pub mod error;
pub mod events;
mod fields;
mod identifiers;
pub mod inspection;
pub mod installation;
mod job;
pub mod lead;
pub mod lease;
pub mod login;
mod member;
mod mirror;
pub mod notice;
mod pacing;
mod patience;
pub mod portals;
mod reading;
pub mod reconcile;
pub mod repair;
pub mod selection;
pub mod settings;
pub mod timeline;
mod token;
mod viewer;
mod visit;
pub mod worker;

pub use canary::{CanaryOutcome, CanaryReport, CanaryStep, CanaryStepReport, PageTest};
pub use card::{
    CardIdentity, CardRefusal, CardSource, CompanyIdentity, FoundIdentifier, IdentifierOrigin, StoredViewer,
    Viewer,
};
pub use crawl::{CrawlPhase, CrawlProgress};
pub use departure::Departure;
pub use error::PortalsError;
pub use events::Received;
pub use inspection::{ApplicationKeys, BindingPresence, BindingsLook, Need, PortalInspection};
pub use installation::{InstallationReport, Step, StepFailure, StepName, StepOutcome};
pub use job::STAFF_JOB;
pub use lead::{WriteBack, WriteBackOutcome};
pub use login::{InstalledPortal, LoginRefused};
pub use notice::PortalNotice;
pub use portals::{MarketApplication, Portals, PortalsOptions};
pub use reconcile::{BindingOutcome, BindingReport, ReconciliationReport};
pub use repair::{RepairOutcome, RepairReport, RepairStep, RepairStepName};
pub use selection::SelectionRefused;
pub use settings::trial::{MappingTrial, NamedCard, NoCard, TrialRefused, TriedField, TriedValue};
pub use settings::{
    AvailableField, MirrorRefused, SettingsChange, SettingsRefused, SettingsView, TrackingRefused,
    TrackingWish,
};
pub use timeline::TimelineOutcome;
pub use worker::Worker;
