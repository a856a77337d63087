//! What the card's page knows: made on the server, sent along with the page, changed by the viewer.
//!
//! Plain data and the rules that a test can reach; no view, no I/O.

use certlens_domain::analytics::{Analytics, AnalyticsQuery, RoleFilter};
use certlens_domain::documents_page::FoundDocument;
use certlens_domain::identifier::{Identifier, NotAnIdentifier};
use certlens_domain::language::Language;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// How many documents the page lists.
pub const DOCUMENTS_SHOWN: u32 = 20;

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
    /// The identifiers of the counterparty, in the order of the company's details.
    pub identifiers: Vec<ListedIdentifier>,
    /// Fields that hold no identifier although they should.
    pub unreadable: Vec<NotAnIdentifier>,
    /// A lead that says nothing of its counterparty offers to type an identifier.
    pub lead_entry: Option<LeadEntry>,
    /// The first answer.
    pub answer: Answer,
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

/// An identifier in the page's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedIdentifier {
    /// The identifier.
    pub identifier: Identifier,
    /// Where it came from.
    pub origin: Origin,
    /// Whether it takes part in the search.
    pub chosen: bool,
}

/// Where an identifier came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A set of details of the company, with its name in CRM.
    Requisite(String),
    /// A custom field of the card, with its name in CRM.
    Field(String),
    /// The viewer typed it here.
    Typed,
}

/// The answer that the page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// There is nothing to search by.
    NoIdentifiers,
    /// The search answered.
    Found(Box<Findings>),
    /// There is none, for this reason.
    Failed(Failure),
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

/// What the search found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// The numbers.
    pub analytics: Analytics,
    /// The newest documents, at most [`DOCUMENTS_SHOWN`].
    pub newest: Vec<FoundDocument>,
}

/// What the viewer may change: the list of identifiers and the role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The list.
    pub identifiers: Vec<ListedIdentifier>,
    /// The role.
    pub role: RoleFilter,
    /// Whether documents are added that carry only a number which others state beside a chosen one.
    pub bridge: bool,
}

/// Why a typed identifier was not added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAdded {
    /// It is no identifier.
    Unreadable(NotAnIdentifier),
    /// It is in the list.
    Listed,
}

impl Selection {
    /// Adds what the viewer typed, chosen.
    pub fn add(&mut self, text: &str) -> Result<(), NotAdded> {
        let identifier = Identifier::parse(text).map_err(NotAdded::Unreadable)?;
        if self
            .identifiers
            .iter()
            .any(|listed| listed.identifier.value() == identifier.value())
        {
            return Err(NotAdded::Listed);
        }
        self.identifiers.push(ListedIdentifier {
            identifier,
            origin: Origin::Typed,
            chosen: true,
        });
        Ok(())
    }

    /// Switches one identifier on or off.
    pub fn toggle(&mut self, value: &str) {
        for listed in self
            .identifiers
            .iter_mut()
            .filter(|listed| listed.identifier.value() == value)
        {
            listed.chosen = !listed.chosen;
        }
    }

    /// The question that the selection asks; `None` when nothing is chosen.
    pub fn query(&self) -> Option<AnalyticsQuery> {
        let chosen = self.identifiers.iter().filter(|listed| listed.chosen);
        let query = AnalyticsQuery::about(chosen.map(|listed| listed.identifier.clone()));
        (!query.identifiers.is_empty()).then_some(AnalyticsQuery {
            role: self.role,
            bridge: self.bridge,
            ..query
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection() -> Selection {
        Selection {
            identifiers: Vec::new(),
            role: RoleFilter::Any,
            bridge: true,
        }
    }

    #[test]
    fn add_of_a_new_identifier_makes_it_part_of_the_question() {
        let mut selection = selection();
        selection.add("7707083893").unwrap();
        assert_eq!(selection.query().unwrap().values(), ["7707083893"]);
    }

    #[test]
    fn add_of_the_same_identifier_in_another_spelling_is_refused() {
        let mut selection = selection();
        selection.add("7707083893").unwrap();
        assert_eq!(selection.add(" 7707 083-893 "), Err(NotAdded::Listed));
    }

    #[test]
    fn add_of_a_wrong_check_digit_is_accepted_and_searched() {
        let mut selection = selection();
        selection.add("7707083894").unwrap();
        assert!(!selection.identifiers[0].identifier.is_valid());
        assert!(selection.query().is_some());
    }

    #[test]
    fn toggle_takes_an_identifier_out_of_the_question_but_not_out_of_the_list() {
        let mut selection = selection();
        selection.add("7707083893").unwrap();
        selection.toggle("7707083893");
        assert_eq!(selection.query(), None);
        assert_eq!(selection.identifiers.len(), 1);
    }

    #[test]
    fn query_carries_the_role() {
        let mut selection = Selection {
            role: RoleFilter::Manufacturer,
            ..selection()
        };
        selection.add("7707083893").unwrap();
        assert_eq!(selection.query().unwrap().role, RoleFilter::Manufacturer);
    }

    #[test]
    fn query_looks_through_pairs_unless_they_are_switched_off() {
        let mut selection = selection();
        selection.add("7707083893").unwrap();
        assert!(selection.query().unwrap().bridge);
        selection.bridge = false;
        assert!(!selection.query().unwrap().bridge);
    }
}
