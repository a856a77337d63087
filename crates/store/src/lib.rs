//! Everything that Certlens remembers of portals, in Postgres; and the key of this installation.
//!
//! What this crate may know: Postgres, its own tables, secrets at rest. What it must not know: Bitrix24's protocol,
//! documents and their search, HTTP. Every function that touches a portal's data takes that portal's [`MemberId`],
//! so that one portal's data cannot be read in another's name by forgetting a condition.
//!
//! | question | module |
//! |---|---|
//! | which portals are there, in which state, who may come in? | [`portals`], [`application_token`] |
//! | with what are they called? | [`applications`], [`chains`] |
//! | how often may they be called? | [`budget`] |
//! | what did they report, what is to be done? | [`events`], [`jobs`] |
//! | what is in their CRM, and who may see it? | [`index`], [`access`] |
//! | what did people decide about a card's identifiers, and where is it repeated? | [`card_identifiers`], [`card_mirror`] |
//! | what did their administrators choose? | [`settings`] |
//! | which recounts were asked for, what came of them, who runs them? | [`recounts`] |
//! | what is to be told in which card, and was it? | [`news`], [`notification_items`] |
//! | which of our buttons did people press? | [`timeline_actions`] |
//! | how much work waits, what is stuck, what did people stop? | [`queue`] |
//! | what was counted and measured over time, by which processes, and what is not as it should be? | [`telemetry`], [`processes`], [`health`] |
//! | do they answer as we know them to, and what did the latest look at each find? | [`answer_deviations`], [`canaries`] |
//! | who works there, what becomes of the subscriptions of those who left? | [`users`], [`departed_users`] |
//! | who wants to be told what, in which card? | [`subscriptions`] |
//! | which identifiers are tracked, and what happened to one? | [`tracked_identifiers`] |
//! | what did people do in the monitor? | [`audit`] |
//! | how old is the last backup? | [`backups`] |
//! | what does the secret key not open? | [`unreadable`] |
//!
//! Tokens and secrets are encrypted before they leave the process ([`secret`]); with which keys, and how those are changed, is known
//! in [`secret_keys`] and [`rotation`]. Clocks are the database's, so that
//! several processes agree; waiting times are durations, never moments.
//!
//! The migrations of *all* crates lie in one folder and run from here ([`migrate`]): one database, one history.

pub mod access;
pub mod answer_deviations;
pub mod application_token;
pub mod applications;
pub mod audit;
pub mod backups;
pub mod budget;
pub mod canaries;
pub mod card_identifiers;
pub mod card_mirror;
pub mod chains;
pub mod departed_users;
pub mod entity;
pub mod error;
pub mod events;
pub mod health;
pub mod index;
pub mod jobs;
pub mod member_id;
mod migration;
pub mod news;
pub mod notification_items;
mod pool;
pub mod portals;
pub mod processes;
pub mod queue;
pub mod recounts;
pub mod rotation;
pub mod secret;
pub mod secret_keys;
pub mod settings;
pub mod subscriptions;
pub mod telemetry;
pub mod timeline_actions;
pub mod tracked_identifiers;
pub mod unreadable;
pub mod users;
mod vault;

pub use answer_deviations::{AnswerDeviation, NoticedDeviation};
pub use application_token::TokenCheck;
pub use applications::LocalApplication;
pub use audit::{Actor, AuditEnd, AuditEntry, AuditId, AuditOutcome, AuditQuery, NewAuditEntry};
pub use backups::{BackupStanding, LastBackup, backup_late_after};
pub use budget::{CallClass, Turn};
pub use canaries::{Canary, CanaryFinding};
pub use card_identifiers::{CardMemory, ChangedBy, Deed, ProposedIdentifier, RememberedIdentifier};
pub use card_mirror::{WaitingMirror, WantedMirror};
pub use chains::{
    ChainEnd, ChainId, ChainSource, LockedChain, NewChain, StoredChain, TokenPair, UnknownChainSource,
};
pub use departed_users::DeparturesFollowed;
pub use entity::{CrmEntity, EntityType, UnknownEntityType, UserId};
pub use error::StoreError;
pub use events::{ClaimedEvents, EventId, EventLease, NewEvent, Receipt, StoredEvent, Subject};
pub use health::{Measured, NotificationHealth, PortalTrouble, RecountHealth, TroubleKind};
pub use index::{IdentifierSource, IndexSize, IndexedCard, IndexedIdentifier, IndexedItem};
pub use jobs::{ClaimedJob, Job, JobLease};
pub use member_id::{MalformedMemberId, MemberId};
pub use news::PortalWithNews;
pub use notification_items::{
    ClaimedItem, FinishedItems, ITEM_ATTEMPTS, ItemCount, ItemId, ItemNews, ItemOutcome, ItemResult, Planned,
    PortalShare, Refusal, RefusalQuery, RefusalRow, RefusingPortal, RuleShare, SenderLease, UserShare,
};
pub use pool::{APPLICATION_NAME, pool_options};
pub use portals::belongings::RowsOfPortal;
pub use portals::condition::{ChainRecord, FailedEvents, JobOfKind, PortalFigures};
pub use portals::listing::{ListedPortal, PortalOrder, PortalPlace, PortalQuery};
pub use portals::{Installation, Portal, PortalAddress, PortalState, Standing, UnknownPortalState};
pub use processes::{Process, ProcessOfAnotherKey, ProcessReport};
pub use queue::{
    EventDetails, ItemDetails, ItemRefusal, PortalQueueDepth, QueueDepth, StuckOrder, StuckPlace, StuckQuery,
    StuckState, StuckWork, ToldNews, UnknownWorkId, WorkId, WorkPause,
};
pub use recounts::{Leadership, RecountCounts, RecountId, RecountOccasion, RecountRecord, RecountState};
pub use rotation::{Rotated, RotationRefused};
pub use secret::{KeyPurpose, SecretKey, SecretKeyError};
pub use secret_keys::SecretKeys;
pub use settings::history::{Setting, SettingsChanged, UnknownSetting};
pub use settings::{
    AvailableFields, CustomField, FieldMapping, FieldMappingSource, MappingChoice, MirrorFields,
    PortalSettings, SettingsAuthor, SettingsChange, SettingsChangeId, TrackingChange,
};
pub use unreadable::Unreadable;
pub use users::{
    KnownUser, ListedPerson, PeopleOrder, PeoplePlace, PeopleQuery, PersonState, ReadDepartment, ReadUser,
    StaffReadings, UnknownPersonState, UsersRead,
};

pub use subscriptions::{
    ArchiveReason, CardSubscription, LastNews, ListedSubscription, ListingQuery, NewSubscription,
    Subscription, SubscriptionId, SubscriptionOrder, SubscriptionPage, SubscriptionQuery,
    SubscriptionRevision, SubscriptionState,
};
pub use timeline_actions::TimelineAction;
pub use tracked_identifiers::{
    TrackedHappening, TrackedIdentifier, TrackedMoment, TrackedOrder, TrackedQuery, TrackedState,
};

use sqlx::PgPool;
use sqlx::migrate::Migrator;
use std::sync::Arc;
use tokio::sync::Semaphore;
use vault::Vault;

/// The migrations of the regular database, in the order of their numbers.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/postgres");

pub use migration::{DatabaseVersion, migrate};

/// Access to Certlens's own tables. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pool: PgPool,
    vault: Arc<Vault>,
    /// Names of the secret keys: the one that writes first.
    key_marks: Arc<[String]>,
    /// Bounds the connections that hold, or wait for, locks on chains: half of the pool, so that hundreds of portals
    /// with expired tokens leave the other half to everybody else.
    chain_locks: Arc<Semaphore>,
}

impl Store {
    /// A store on a database that [`migrate`] has brought up to date. The key encrypts tokens and secrets: with
    /// another key than the one that the database was written with they can't be read.
    pub fn new(pool: PgPool, key: &SecretKey) -> Self {
        Self::with_keys(pool, &key.clone().into())
    }

    /// The same while keys are changed.
    pub fn with_keys(pool: PgPool, keys: &SecretKeys) -> Self {
        let connections = pool.options().get_max_connections();
        let chain_locks = usize::try_from(connections / 2).unwrap_or(1).max(1);
        Self {
            pool,
            vault: Arc::new(Vault::new(keys)),
            key_marks: keys.marks().into(),
            chain_locks: Arc::new(Semaphore::new(chain_locks)),
        }
    }

    /// Asks the database for a sign of life.
    pub async fn ready(&self) -> Result<(), StoreError> {
        sqlx::query!("SELECT 1 AS \"one!\"").fetch_one(&self.pool).await?;
        Ok(())
    }
}

/// Seconds as Postgres's `make_interval` wants them.
pub(crate) fn seconds(duration: std::time::Duration) -> f64 {
    // A century is for ever, and fits into an interval.
    duration.as_secs_f64().min(3_155_760_000.0)
}
