//! What the card's page knows beside its board. Plain data; no view, no I/O.

#[cfg(feature = "ssr")]
use super::tracking::model::CardTracking;
use certlens_domain::identifier::NotAnIdentifier;
use certlens_domain::language::Language;
use certlens_domain::selection::CardSelection;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The page of one card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The viewer's language.
    pub language: Language,
    /// The day of which statuses speak, UTC.
    pub today: NaiveDate,
    /// The counterparty's name; the item's title when it has no company.
    pub title: String,
    /// What could not be read, if anything: said at the top of the page.
    pub notice: Option<Notice>,
    /// The identifiers of the card, switched on and off.
    pub selection: CardSelection,
    /// Fields that hold no identifier although they should.
    pub unreadable: Vec<NotAnIdentifier>,
    /// Who tracks the card; `None` where that may not be told, or our memory failed.
    #[cfg(feature = "ssr")]
    pub tracking: Option<CardTracking>,
    /// A lead that says nothing of its counterparty offers to type an identifier.
    pub lead_entry: Option<LeadEntry>,
}

/// Something about the card that the viewer has to know before reading numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The lead or deal names no company.
    CompanyMissing,
    /// The company may not be read by this viewer, or is gone.
    CompanyUnreadable,
    /// The portal did not answer when asked for the card.
    PortalSilent,
    /// The portal did not answer; what stands here was read before.
    PortalSilentKnown,
    /// The portal's budget of requests is used up for the moment.
    PortalBusy,
    /// The application's subscription on the portal is over.
    PaymentRequired,
    /// The administrator did not open the application to the viewer.
    Restricted,
    /// The viewer's account is switched off.
    Deactivated,
    /// No access that the portal accepts is left.
    NeedsAccess,
    /// The portal carries out no application's requests.
    NotOperational,
    /// The portal has another address, which could not be proved.
    Moved,
}

/// What a lead without an identifier offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadEntry {
    /// The name of the lead's field that may keep the identifier; `None`: there is none, or the settings forbid it.
    pub field: Option<String>,
}

/// Why there is no answer, in terms of what the viewer can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The stores failed: try again later.
    Unavailable {
        /// Finds the reason in the log.
        request_id: Option<String>,
    },
    /// The page was left open too long: open the card again.
    SessionEnded,
    /// The server was not reached: check the connection, try again.
    Unreachable,
}
