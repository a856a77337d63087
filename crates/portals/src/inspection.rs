//! How a portal is: its state and why, tokens, bindings, work, troubles, and what has to be done by whom.
//!
//! [`Portals::inspect`] asks our memory only, so that it answers when the portal does not; [`Portals::look_at_bindings`]
//! asks the portal itself. Neither changes anything ([`crate::repair`] does), and neither reads a token out.

mod needs;

use certlens_bitrix24::bindings::{self, Presence};
use certlens_bitrix24::{ClientId, MemberId};
use certlens_store::{ChainRecord, FailedEvents, IndexSize, JobOfKind, Portal, PortalFigures, StoreError};
use chrono::{DateTime, Utc};

use crate::crawl::CrawlProgress;
use crate::error::PortalsError;
use crate::member;
use crate::notice::PortalNotice;
use crate::portals::Portals;
use crate::reconcile::{BINDINGS_VERSION, ReconciliationReport, in_words, wanted};
pub use needs::Need;

/// Which keys renew a portal's tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApplicationKeys {
    /// The market application's, which are this service's configuration.
    Market {
        /// Its client id.
        client_id: String,
        /// Whether the configuration has its secret.
        has_secret: bool,
    },
    /// Those of a local application.
    Local {
        /// Its client id, as the portal shows it.
        client_id: String,
        /// When its secret was stored last; `None`: it is not registered here, so nothing can be renewed.
        stored_at: Option<DateTime<Utc>>,
    },
    /// Nobody told which application was installed.
    Unknown,
}

impl ApplicationKeys {
    /// Whether tokens can be renewed with them.
    pub const fn are_known(&self) -> bool {
        match self {
            Self::Market { has_secret, .. } => *has_secret,
            Self::Local { stored_at, .. } => stored_at.is_some(),
            Self::Unknown => false,
        }
    }

    /// The application's client id, where it is known.
    pub fn client_id(&self) -> Option<&str> {
        match self {
            Self::Market { client_id, .. } | Self::Local { client_id, .. } => Some(client_id),
            Self::Unknown => None,
        }
    }
}

/// Everything that is known of how a portal is.
#[derive(Debug, Clone, PartialEq)]
pub struct PortalInspection {
    /// State, address, versions, scope, licence.
    pub portal: Portal,
    /// Numbers and dates.
    pub figures: PortalFigures,
    /// The version of the bindings that this program wants.
    pub wanted_bindings_version: i32,
    /// Which keys renew the portal's tokens.
    pub keys: ApplicationKeys,
    /// Chains of tokens: living ones first, best first.
    pub chains: Vec<ChainRecord>,
    /// What the latest reconciliation of the bindings found.
    pub bindings: Option<ReconciliationReport>,
    /// All kinds of background work.
    pub jobs: Vec<JobOfKind>,
    /// Events that were given up, by name.
    pub failed_events: Vec<FailedEvents>,
    /// How far the CRM was read.
    pub crawl: CrawlProgress,
    /// How much of the CRM is in the index.
    pub index: IndexSize,
    /// What has to be done by people; the most urgent first. Empty: nothing.
    pub needs: Vec<Need>,
}

impl PortalInspection {
    /// The chains that can still be used.
    pub fn living_chains(&self) -> impl Iterator<Item = &ChainRecord> {
        self.chains.iter().filter(|chain| chain.ended.is_none())
    }

    /// The work that failed last time, and why.
    pub fn failing_jobs(&self) -> impl Iterator<Item = (&JobOfKind, &str)> {
        self.jobs
            .iter()
            .filter_map(|job| Some((job, job.job.last_error.as_deref()?)))
    }
}

/// Whether a wanted binding is on the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BindingPresence {
    /// It is there.
    Present,
    /// It is missing.
    Missing,
    /// It is there in another form: twice, for one user only, under another title.
    Altered,
    /// The portal doesn't say, in its own words.
    Unknown(String),
}

/// What a portal has just now, beside what it should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindingsLook {
    /// When.
    pub at: DateTime<Utc>,
    /// Each wanted binding: its name, whether it is a tab, whether it is there.
    pub bindings: Vec<(String, bool, BindingPresence)>,
    /// What is there of ours and not wanted, by name and address.
    pub left_overs: Vec<String>,
    /// Whether the portal counts the installation as finished; `None` when it doesn't say.
    pub is_installed: Option<bool>,
}

impl Portals {
    /// How the portal is, as far as we know without asking it.
    pub async fn inspect(&self, member_id: &MemberId) -> Result<PortalInspection, PortalsError> {
        let stored = member::stored(member_id)?;
        let store = self.store();
        let unknown = || PortalsError::UnknownPortal(member_id.to_string());
        let portal = store.portal(&stored).await?.ok_or_else(unknown)?;
        let figures = store.portal_figures(&stored).await?.ok_or_else(unknown)?;
        let (chains, jobs, failed_events, index) = tokio::try_join!(
            store.chain_records(&stored),
            store.jobs_of(&stored),
            store.failed_events_by_name(&stored),
            store.index_size(&stored),
        )?;
        let keys = self.keys_of(&portal, &chains).await?;
        let bindings = self.last_reconciliation(member_id).await?;
        let crawl = self.progress(member_id).await?;
        let mut inspection = PortalInspection {
            portal,
            figures,
            wanted_bindings_version: BINDINGS_VERSION,
            keys,
            chains,
            bindings,
            jobs,
            failed_events,
            crawl,
            index,
            needs: Vec::new(),
        };
        inspection.needs = needs::of(&inspection, self.public_url());
        Ok(inspection)
    }

    /// Which keys renew the portal's tokens.
    async fn keys_of(&self, portal: &Portal, chains: &[ChainRecord]) -> Result<ApplicationKeys, StoreError> {
        // Portals of the first version have no application noted; their chains have.
        let client_id = portal
            .client_id
            .clone()
            .or_else(|| chains.first().map(|chain| chain.client_id.clone()));
        let Some(client_id) = client_id else {
            return Ok(ApplicationKeys::Unknown);
        };
        if self.is_market(&ClientId::new(client_id.clone())) {
            return Ok(ApplicationKeys::Market {
                client_id,
                has_secret: self.market_secret().is_some(),
            });
        }
        let registered = self.store().application(&client_id).await?;
        Ok(ApplicationKeys::Local {
            client_id,
            stored_at: registered.map(|application| application.updated_at),
        })
    }

    /// What bindings the portal has just now. One batch; changes nothing.
    pub async fn look_at_bindings(&self, member_id: &MemberId) -> Result<BindingsLook, PortalsError> {
        let client = self.looking_client(member_id).await?;
        let inspection = bindings::inspect(&client).await?;
        let comparison = bindings::compare(&inspection, &wanted(self.public_url()));
        let placements = comparison
            .placements
            .into_iter()
            .map(|(placement, presence)| (placement.code(), true, presence_of(presence)));
        let events = comparison
            .events
            .into_iter()
            .map(|(event, presence)| (event.code(), false, presence_of(presence)));
        Ok(BindingsLook {
            at: Utc::now(),
            bindings: placements.chain(events).collect(),
            left_overs: comparison.left_overs,
            is_installed: inspection.is_installed,
        })
    }

    /// Has the portal's CRM read anew, from the beginning.
    pub async fn read_anew(&self, member_id: &MemberId) -> Result<(), PortalsError> {
        let stored = member::stored(member_id)?;
        Ok(self
            .schedule(&stored, crate::job::JobKind::Crawl, std::time::Duration::ZERO)
            .await?)
    }
}

fn presence_of(presence: Presence) -> BindingPresence {
    match presence {
        Presence::Present => BindingPresence::Present,
        Presence::Missing => BindingPresence::Missing,
        Presence::Altered => BindingPresence::Altered,
        Presence::Unknown(failure) => BindingPresence::Unknown(in_words(&failure)),
    }
}

/// The notice of a stored reason for a suspension.
pub fn notice_of_reason(reason: &str) -> PortalNotice {
    match reason {
        "payment_required" => PortalNotice::PaymentRequired,
        "plan_denied" | "user_access" => PortalNotice::AppRestricted,
        "overload" => PortalNotice::Throttled,
        "portal_deleted" | "not_operational" => PortalNotice::NotOperational,
        _ => PortalNotice::Silent,
    }
}
