//! A page of documents: what is asked of an engine, and how a found document is shown. Pure.

use super::counterparty::Counterparty;
use super::filter::FilterOfDay;
use super::found::StoredDocument;
use crate::party::PartyId;
use crate::stored::document_key;
use certlens_domain::analytics::RoleFilter;
use certlens_domain::document::Role;
use certlens_domain::document_number::search_key;
use certlens_domain::documents_page::{
    DocumentsOrder, DocumentsQuery, FoundDocument, MatchBasis, PageCursor,
};
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// The most documents that are read at once.
pub(super) const MOST_DOCUMENTS_AT_ONCE: u32 = 2_000;

/// A page in the terms of the stores.
#[derive(Debug, Clone)]
pub(super) struct PageQuestion {
    /// Any of them stands in the documents.
    pub(super) parties: Vec<AskedParty>,
    pub(super) role: RoleFilter,
    /// What else must hold of the documents.
    pub(super) filter: FilterOfDay,
    pub(super) order: DocumentsOrder,
    pub(super) after: Option<PageCursor>,
    /// One more than the page holds, so that it is known whether another page follows.
    pub(super) limit: u32,
}

/// Which pages Postgres looks up although ClickHouse could.
#[derive(Debug, Clone, Copy)]
pub(super) enum PagesByPostgres {
    /// None of them.
    None,
    /// Those that the order of its index gives at once, and those over no more documents than this.
    UpTo(u64),
}

impl PagesByPostgres {
    pub(super) fn suffice(self, question: &PageQuestion) -> bool {
        match self {
            Self::None => false,
            Self::UpTo(documents) => question.takes_everything() || question.documents() <= documents,
        }
    }
}

/// A party as far as a page must know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AskedParty {
    pub(super) id: PartyId,
    pub(super) documents: u64,
}

/// A text to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needle {
    /// In lower case, for products.
    pub(super) product: String,
    /// As an identity key, for numbers; empty when the text has no letter or digit.
    pub(super) number_key: String,
}

impl Needle {
    /// `None` for a text of white space, which excludes nothing.
    pub(super) fn of(text: &str) -> Option<Self> {
        (!text.trim().is_empty()).then(|| Self {
            product: text.to_lowercase(),
            number_key: search_key(text),
        })
    }
}

impl PageQuestion {
    pub(super) fn of(query: &DocumentsQuery, counterparty: &Counterparty, today: NaiveDate) -> Self {
        let asked = |party: &super::counterparty::KnownParty| AskedParty {
            id: party.id,
            documents: party.documents,
        };
        Self {
            parties: counterparty.parties.iter().map(asked).collect(),
            role: query.about.role,
            filter: FilterOfDay::of(&query.filter, today),
            order: query.order,
            after: query.after.clone(),
            limit: query.limit.clamp(1, MOST_DOCUMENTS_AT_ONCE) + 1,
        }
    }

    /// Whether every document of the parties belongs to the pages and comes by its day of registration, so that the index
    /// of Postgres gives them at once, from one end or from the other.
    pub(super) fn takes_everything(&self) -> bool {
        matches!(self.order, DocumentsOrder::Newest | DocumentsOrder::Oldest)
            && self.filter.allows_all_of_a_period()
            && self.role != RoleFilter::Manufacturer
    }

    /// Documents of all parties.
    pub(super) fn documents(&self) -> u64 {
        self.parties.iter().map(|party| party.documents).sum()
    }
}

/// Whose documents a page shows: tells on what a match rests.
pub(super) struct Shown {
    direct: BTreeSet<PartyId>,
    all: BTreeSet<PartyId>,
    role: RoleFilter,
    today: NaiveDate,
}

impl Shown {
    pub(super) fn of(counterparty: &Counterparty, role: RoleFilter, today: NaiveDate) -> Self {
        Self {
            direct: counterparty.direct_ids(),
            all: counterparty.ids(),
            role,
            today,
        }
    }

    /// The document as the page shows it.
    pub(super) fn document(&self, stored: StoredDocument) -> FoundDocument {
        let (role, match_basis) = self.match_of(&stored);
        let rf_status = stored
            .rf_status
            .filter(|status| *status != stored.document.status);
        let mut document = stored.document;
        document.status = document.status.on(self.today, document.valid_until);
        FoundDocument {
            key: document_key(&document),
            document,
            role,
            match_basis,
            rf_status,
        }
    }

    /// The asked identifier's role, the applicant's first; a paired identifier's only where no asked one stands.
    fn match_of(&self, stored: &StoredDocument) -> (Role, MatchBasis) {
        let roles = [
            (
                Role::Applicant,
                stored.applicant_party,
                stored.document.applicant.in_text,
            ),
            (
                Role::Manufacturer,
                stored.manufacturer_party,
                stored.document.manufacturer.in_text,
            ),
        ];
        let allowed = |role: Role| self.role.only().is_none_or(|only| only == role);
        let standing = |parties: &BTreeSet<PartyId>| {
            roles
                .iter()
                .find(|(role, party, _)| {
                    allowed(*role) && party.is_some_and(|party| parties.contains(&party))
                })
                .map(|(role, _, in_text)| (*role, *in_text))
        };
        match standing(&self.direct) {
            Some((role, true)) => (role, MatchBasis::IdInText),
            Some((role, false)) => (role, MatchBasis::Id),
            None => {
                let role = standing(&self.all).map_or(Role::Applicant, |(role, _)| role);
                (role, MatchBasis::Bridge)
            }
        }
    }
}
