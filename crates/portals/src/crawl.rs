//! The crawl: reads a portal's companies, details, deals and leads into the index, page by page, in the background.

use certlens_bitrix24::MemberId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::error::PortalsError;
use crate::portals::Portals;

/// How far a crawl got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CrawlPhase {
    /// Not begun.
    Waiting,
    /// Companies.
    Companies,
    /// Details of companies.
    Requisites,
    /// Deals.
    Deals,
    /// Leads.
    Leads,
    /// Complete.
    Finished,
}

/// What a page shows of a crawl.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrawlProgress {
    /// The present phase.
    pub phase: CrawlPhase,
    /// Rows read so far in all phases.
    pub done: u64,
    /// Rows expected in all phases, where the portal counted them.
    pub expected: Option<u64>,
    /// When this crawl began.
    pub started_at: Option<DateTime<Utc>>,
    /// When the latest crawl came to its end.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why the latest attempt stopped; it goes on by itself.
    pub last_error: Option<String>,
}

impl Portals {
    /// How far the portal's crawl got.
    pub async fn progress(&self, member_id: &MemberId) -> Result<CrawlProgress, PortalsError> {
        let _ = member_id;
        Ok(CrawlProgress {
            phase: CrawlPhase::Waiting,
            done: 0,
            expected: None,
            started_at: None,
            finished_at: None,
            last_error: None,
        })
    }
}
