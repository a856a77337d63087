//! Which screen answers an address, for whom. The one place where a viewer, an address and the portals that he may see meet.

use crate::address::{Address, ScreenName};
use crate::overview;
use crate::screen::{NavigationItem, Part, Screen, navigation};
use crate::table::{PAGE_ROWS, Table};
use crate::texts::Texts;
use crate::viewer::{OutOfScope, Scope, Viewer};
use crate::{assignments, audit, identifiers, imports, people, portals, queue, settings, subscriptions};
use certlens_domain::language::Language;
use certlens_portals::{Portals, PortalsError};
use certlens_registry::{HistoryError, Importer, Intake, Search, SearchError};
use certlens_store::{MemberId, Store, StoreError};
use certlens_tracking::Tracking;
use chrono::{DateTime, NaiveDate, Utc};
use moka::future::Cache;
use std::sync::Arc;
use std::time::Duration;

/// For how long open pages may take nothing for changed.
const REVISION_HOLDS: Duration = Duration::from_secs(2);
/// Portals whose administrators have the monitor open at the same time.
const MOST_REVISIONS: u64 = 1_000;

/// What the monitor works with.
#[derive(Debug, Clone)]
pub struct MonitorOptions {
    /// Our memory.
    pub store: Store,
    /// What we do with portals.
    pub portals: Portals,
    /// Documents and imports.
    pub search: Search,
    /// Subscriptions, news and items.
    pub tracking: Tracking,
    /// Brings documents into the stores.
    pub importer: Importer,
    /// Imports, and the files that they are of.
    pub intake: Intake,
    /// How often servers back the database up; `None`: never.
    pub backup_every: Option<Duration>,
}

/// The monitor. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Monitor {
    pub(crate) store: Store,
    pub(crate) portals: Portals,
    pub(crate) search: Search,
    pub(crate) tracking: Tracking,
    pub(crate) importer: Importer,
    pub(crate) intake: Intake,
    pub(crate) backup_every: Option<Duration>,
    revisions: Cache<Option<MemberId>, i64>,
}

/// Why there is no screen.
#[derive(Debug, thiserror::Error)]
pub enum ScreenRefused {
    /// The viewer may not see it.
    #[error(transparent)]
    OutOfScope(#[from] OutOfScope),
    /// There is no such portal, identifier or import.
    #[error("there is nothing at this address; perhaps it was removed")]
    NotFound,
    /// Our memory failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Our memory failed for several who asked the same.
    #[error(transparent)]
    Shared(#[from] Arc<StoreError>),
    /// A portal failed, or our memory of it.
    #[error(transparent)]
    Portals(#[from] PortalsError),
    /// The document stores failed.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// The log of imports failed.
    #[error(transparent)]
    Imports(#[from] HistoryError),
}

/// Who looks at what, when and in which language: what each screen is made from.
#[derive(Debug, Clone)]
pub struct View<'a> {
    /// Who looks.
    pub viewer: &'a Viewer,
    /// Where.
    pub address: &'a Address,
    /// The portals that may show.
    pub scope: Scope,
    /// The language.
    pub texts: Texts,
    /// The moment of the answer.
    pub now: DateTime<Utc>,
    /// The day of the answer, UTC.
    pub today: NaiveDate,
    /// How many rows a page of a table has.
    pub rows: i64,
}

impl View<'_> {
    /// Whether a table is written to a file: it asks for page after page of it, and for nothing else of the screen.
    pub(crate) const fn is_for_a_file(&self) -> bool {
        self.rows != PAGE_ROWS
    }
}

impl Monitor {
    /// A monitor over these doors.
    pub fn new(options: MonitorOptions) -> Self {
        Self {
            store: options.store,
            portals: options.portals,
            search: options.search,
            tracking: options.tracking,
            importer: options.importer,
            intake: options.intake,
            backup_every: options.backup_every,
            revisions: Cache::builder()
                .max_capacity(MOST_REVISIONS)
                .time_to_live(REVISION_HOLDS)
                .build(),
        }
    }

    /// Imports, and the files that they are of.
    pub const fn intake(&self) -> &Intake {
        &self.intake
    }

    /// The screen at an address.
    pub async fn open(
        &self,
        viewer: &Viewer,
        address: &Address,
        language: Language,
        today: NaiveDate,
    ) -> Result<Screen, ScreenRefused> {
        let view = view(viewer, address, language, today, PAGE_ROWS)?;
        self.screen(&view).await
    }

    /// A page of a table of a screen with so many rows, for a file.
    pub(crate) async fn page(
        &self,
        viewer: &Viewer,
        address: &Address,
        table: &str,
        language: Language,
        today: NaiveDate,
        rows: i64,
    ) -> Result<Option<Table>, ScreenRefused> {
        let view = view(viewer, address, language, today, rows)?;
        let screen = self.screen(&view).await?;
        Ok(screen.parts.into_iter().find_map(|part| match part {
            Part::Table(found) if found.key == table && found.is_exportable => Some(found),
            _ => None,
        }))
    }

    async fn screen(&self, view: &View<'_>) -> Result<Screen, ScreenRefused> {
        match view.address.screen {
            ScreenName::Overview => overview::screen(self, view).await,
            ScreenName::Audit => audit::screen(&self.store, view).await,
            ScreenName::Portals => match &view.address.subject {
                Some(subject) => portals::screen_of_one(self, view, subject).await,
                None => portals::list(&self.store, view).await,
            },
            ScreenName::Settings => settings::screen(self, view).await,
            ScreenName::Queue => queue::screen(self, view).await,
            ScreenName::Assignments => assignments::screen(self, view).await,
            ScreenName::Subscriptions => subscriptions::screen(self, view).await,
            ScreenName::People => people::screen(self, view).await,
            ScreenName::Imports => imports::screen(self, view).await,
            ScreenName::Identifiers => identifiers::screen(self, view).await,
        }
    }

    /// A number that is another whenever something on the viewer's screens changed.
    pub async fn revision(&self, viewer: &Viewer) -> Result<i64, ScreenRefused> {
        let scope = viewer.scope(None)?;
        let portal = scope.portal().cloned();
        // However many pages listen, the store is asked once in a while.
        let asked = self.store.monitor_revision(scope.portal());
        Ok(self.revisions.try_get_with(portal, asked).await?)
    }

    /// The navigation of a viewer at an address.
    pub fn navigation(viewer: &Viewer, address: &Address, language: Language) -> Vec<NavigationItem> {
        navigation(viewer, address, |screen| Texts(language).screen(screen))
    }
}

fn view<'a>(
    viewer: &'a Viewer,
    address: &'a Address,
    language: Language,
    today: NaiveDate,
    rows: i64,
) -> Result<View<'a>, ScreenRefused> {
    if address.screen.is_operators() {
        viewer.operator_only()?;
    }
    let wanted = address
        .portal()
        .transpose()
        .map_err(|_| ScreenRefused::NotFound)?;
    Ok(View {
        viewer,
        address,
        scope: viewer.scope(wanted.as_ref())?,
        texts: Texts(language),
        now: Utc::now(),
        today,
        rows,
    })
}
