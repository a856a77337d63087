//! What an engine finds: groups of documents, and kept numbers. Both engines give the same; the fold reads it.

use super::board::BoardRow;
use super::stored::last_announced_day;
use crate::party::{PartyId, PartyRole};
use certlens_domain::document::Document;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use certlens_domain::trend::Month;
use chrono::NaiveDate;
use std::collections::HashMap;
use std::sync::Arc;

/// Documents of one party that are alike in everything that is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// In which roles the party stands.
    pub(super) role: PartyRole,
    /// The party in the other role, when it belongs to a question of the batch.
    pub(super) other: Option<PartyId>,
    pub(super) registry: Registry,
    pub(super) kind: DocumentKind,
    /// The stored status, before the rule of dates.
    pub(super) status: Status,
    /// The earliest end of validity of the group, which lies wholly before today, within the announced days, or
    /// after them; `None` for no limit.
    pub(super) valid_until: Option<NaiveDate>,
    pub(super) month: Month,
    pub(super) technical_regulations: Vec<String>,
    /// The status on Russia's territory, where it differs.
    pub(super) rf_status: Option<Status>,
    pub(super) documents: u64,
}

/// A number that is kept for a counted party in one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) role: PartyRole,
    pub(super) cell: Cell,
    pub(super) documents: u64,
}

/// What a kept number counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Cell {
    /// Documents of a registry and kind: each document once.
    Kind(Registry, DocumentKind),
    /// Documents with a stored status and an end of validity, which stands for others as in [`Group`].
    Status(Status, Option<NaiveDate>),
    /// Documents under a technical regulation.
    Regulation(String),
    /// Documents registered in a month.
    Month(Month, DocumentKind),
    /// Documents with another status on Russia's territory.
    RfTerritory(Status),
}

/// Everything that was found for the parties of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Found {
    /// Groups of parties that are not counted.
    pub(super) groups: HashMap<PartyId, Arc<Vec<Group>>>,
    /// Numbers of counted parties.
    pub(super) counts: HashMap<PartyId, Arc<Vec<Count>>>,
    /// Documents of which the two parties are two counted ones: (the one with fewer documents, the other).
    pub(super) shared: HashMap<(PartyId, PartyId), Arc<Shared>>,
}

/// Documents that two counted parties share, by what is counted.
pub(super) type Shared = HashMap<Cell, u64>;

impl Found {
    pub(super) fn add_group(&mut self, party: PartyId, group: Group) {
        Arc::make_mut(self.groups.entry(party).or_default()).push(group);
    }

    pub(super) fn add_count(&mut self, party: PartyId, count: Count) {
        Arc::make_mut(self.counts.entry(party).or_default()).push(count);
    }

    /// Adds documents that two counted parties share. There may be very many groups of them, which differ in what a
    /// sum does not need: they are added up at once. Ends of validity become days that the rule of dates treats like
    /// them on the day `today`.
    pub(super) fn add_shared(&mut self, pair: (PartyId, PartyId), group: &Group, today: NaiveDate) {
        let shared = Arc::make_mut(self.shared.entry(pair).or_default());
        let end = group.valid_until.map(|end| {
            let soon = last_announced_day(today);
            if end < today {
                today.pred_opt().unwrap_or(end)
            } else if end <= soon {
                today
            } else {
                soon.succ_opt().unwrap_or(end)
            }
        });
        let mut cells = vec![
            Cell::Kind(group.registry, group.kind),
            Cell::Status(group.status, end),
            Cell::Month(group.month, group.kind),
        ];
        cells.extend(group.rf_status.map(Cell::RfTerritory));
        cells.extend(group.regulations().cloned().map(Cell::Regulation));
        for cell in cells {
            *shared.entry(cell).or_default() += group.documents;
        }
    }
}

impl Group {
    /// A group of one document, as a board remembers it.
    pub(super) fn of_row(row: &BoardRow) -> Self {
        Self {
            role: row.role,
            other: row.other,
            registry: row.registry,
            kind: row.kind,
            status: row.status,
            valid_until: row.valid_until,
            month: Month::of(row.registered_on),
            technical_regulations: row
                .technical_regulations
                .iter()
                .map(|code| code.as_ref().to_owned())
                .collect(),
            rf_status: row.rf_status,
            documents: 1,
        }
    }

    /// The regulations, each once: a list that names one twice still is one document under it.
    pub(super) fn regulations(&self) -> impl Iterator<Item = &String> {
        let codes = &self.technical_regulations;
        codes
            .iter()
            .enumerate()
            .filter(|(index, code)| !codes[..*index].contains(code))
            .map(|(_, code)| code)
    }
}

/// A stored document with what a page tells beside it. Its status is the stored one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredDocument {
    pub(crate) document: Document,
    pub(super) applicant_party: Option<PartyId>,
    pub(super) manufacturer_party: Option<PartyId>,
    /// The status on Russia's territory, where it differs.
    pub(super) rf_status: Option<Status>,
}
