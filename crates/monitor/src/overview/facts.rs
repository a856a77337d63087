//! What the overview is made from, asked for at once: a bounded question for each kind of fact. What can't be read is a fact
//! as well.

use crate::open::{Monitor, View};
use certlens_domain::freshness::RegistryFreshness;
use certlens_registry::{EngineState, LatestImport};
use certlens_store::{
    BackupStanding, MemberId, NotificationHealth, PortalTrouble, Process, RecountHealth, backup_late_after,
};
use chrono::{DateTime, NaiveDate, Utc};
use std::error::Error;
use std::time::Duration;

/// A part that does not answer in this time counts as unreadable: an overview must not hang with what it reports on.
const PATIENCE: Duration = Duration::from_secs(5);

/// A fact could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Why, for the log's readers: never shown to a portal's administrator.
    pub why: String,
}

/// A fact, or why it is not known.
pub type Known<T> = Result<T, Unread>;

/// How everything stands, as far as the viewer may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The moment.
    pub now: DateTime<Utc>,
    /// The day for which documents are judged, UTC.
    pub today: NaiveDate,
    /// Whether the viewer runs the service; else he administers one portal, and what is wrong with the machines is told him
    /// only as far as he feels it.
    pub is_operator: bool,
    /// The portal that the facts are of; `None`: all.
    pub portal: Option<MemberId>,
    /// How often tracked identifiers are counted anew.
    pub recount_every: Duration,
    /// How old the last backup may be.
    pub backup_late_after: Duration,
    /// Who would answer a search now.
    pub engines: Known<EngineState>,
    /// The six registries.
    pub registries: Known<Vec<RegistryFreshness>>,
    /// The latest import of each source.
    pub imports: Known<Vec<LatestImport>>,
    /// Recounts against their schedule.
    pub recounts: Known<RecountHealth>,
    /// Notifications against theirs.
    pub notifications: Known<NotificationHealth>,
    /// Portals that are not as they should be.
    pub portals: Known<Vec<PortalTrouble>>,
    /// The servers.
    pub processes: Known<Vec<Process>>,
    /// Backups of the database.
    pub backups: Known<BackupStanding>,
}

impl Facts {
    /// Asks for everything at the same time.
    pub async fn collect(monitor: &Monitor, view: &View<'_>) -> Self {
        let scope = view.scope.portal();
        let (store, search) = (&monitor.store, &monitor.search);
        let backups = async {
            if view.viewer.is_operator() {
                store.backup_standing().await
            } else {
                Ok(BackupStanding::default())
            }
        };
        let (engines, registries, imports, recounts, notifications, portals, processes, backups) = tokio::join!(
            known("engines", search.engine_state()),
            known("registries", search.freshness()),
            known("imports", search.latest_imports()),
            known("recounts", store.recount_health()),
            known("notifications", store.notification_health(scope)),
            known("portals", store.portal_troubles(scope)),
            known("processes", store.processes()),
            // Boxed, as whoever opens a page holds all of them. Told to the operator only.
            known("backups", Box::pin(backups)),
        );
        Self {
            now: view.now,
            today: view.today,
            is_operator: view.viewer.is_operator(),
            portal: scope.cloned(),
            recount_every: monitor.tracking.recount_every(),
            backup_late_after: backup_late_after(monitor.backup_every),
            engines,
            registries,
            imports,
            recounts,
            notifications,
            portals,
            processes,
            backups,
        }
    }
}

async fn known<T, E: Error + 'static>(
    what: &'static str,
    asked: impl Future<Output = Result<T, E>>,
) -> Known<T> {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(fact)) => Ok(fact),
        Ok(Err(error)) => {
            tracing::warn!(
                what,
                error = &error as &dyn Error,
                "a fact of the overview can't be read"
            );
            Err(Unread {
                why: error.to_string(),
            })
        }
        Err(_) => {
            tracing::warn!(what, "a fact of the overview was not told in time");
            Err(Unread {
                why: format!("no answer within {} s", PATIENCE.as_secs()),
            })
        }
    }
}
