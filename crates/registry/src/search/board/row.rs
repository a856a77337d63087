//! A document as the board reads it: everything that a facet or a filter looks at, and compact, for many are remembered.
//!
//! Pure. Texts and lists that many documents have in common are kept once ([`Interner`]). Rows know the stored status and
//! no day, so that they are true for as long as the store stays in its version.

use crate::party::{PartyId, PartyRole};
use crate::search::counterparty::Counterparty;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::scheme::{Production, normalised};
use certlens_domain::status::Status;
use chrono::NaiveDate;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// A document of one party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::search) struct BoardRow {
    /// In which roles the party stands.
    pub(in crate::search) role: PartyRole,
    /// The party in the document's other role; `None` where there is none, and where it is the same.
    pub(in crate::search) other: Option<PartyId>,
    pub(in crate::search) registry: Registry,
    pub(in crate::search) kind: DocumentKind,
    /// The stored status, before the rule of dates.
    pub(in crate::search) status: Status,
    pub(in crate::search) registered_on: NaiveDate,
    pub(in crate::search) valid_until: Option<NaiveDate>,
    /// Each code once.
    pub(in crate::search) technical_regulations: Arc<[Arc<str>]>,
    pub(in crate::search) tn_ved: Arc<TnVed>,
    pub(in crate::search) scheme: Scheme,
    /// As the registry writes it; empty where none is named.
    pub(in crate::search) certification_body: Arc<str>,
    /// Country of the manufacturer; empty where unknown.
    pub(in crate::search) origin: Arc<str>,
    /// The status on Russia's territory, where it differs.
    pub(in crate::search) rf_status: Option<Status>,
    /// What a filter's text is looked for in; read only for filters that have one.
    pub(in crate::search) texts: Option<Box<Texts>>,
}

/// Codes of TN VED, with their beginnings, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::search) struct TnVed {
    pub(super) codes: Box<[Arc<str>]>,
    /// Two digits.
    pub(super) groups: Box<[Arc<str>]>,
    /// Four digits.
    pub(super) positions: Box<[Arc<str>]>,
}

/// A conformity scheme, normalised, and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::search) struct Scheme {
    pub(super) name: Arc<str>,
    pub(super) production: Production,
}

/// Texts that are searched in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::search) struct Texts {
    /// In lower case.
    pub(in crate::search) product: Box<str>,
    pub(in crate::search) number_key: Box<str>,
}

/// Keeps what documents have in common once.
#[derive(Debug, Default)]
pub(in crate::search) struct Interner {
    texts: HashSet<Arc<str>>,
    lists: HashSet<Arc<[Arc<str>]>>,
    tn_ved: HashMap<Box<[Arc<str>]>, Arc<TnVed>>,
    /// By the registry's spelling.
    schemes: HashMap<Arc<str>, Scheme>,
}

impl Interner {
    /// A text.
    pub(in crate::search) fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let text: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&text));
        text
    }

    /// A list, each value once.
    pub(in crate::search) fn list<'text>(
        &mut self,
        values: impl IntoIterator<Item = &'text str>,
    ) -> Arc<[Arc<str>]> {
        let values = self.distinct(values);
        if let Some(known) = self.lists.get(values.as_slice()) {
            return Arc::clone(known);
        }
        let list: Arc<[Arc<str>]> = values.into();
        self.lists.insert(Arc::clone(&list));
        list
    }

    /// Codes of TN VED. What does not begin with digits has no group, and what begins with fewer than four no position.
    pub(in crate::search) fn tn_ved<'text>(
        &mut self,
        codes: impl IntoIterator<Item = &'text str>,
    ) -> Arc<TnVed> {
        let codes = self.distinct(codes).into_boxed_slice();
        if let Some(known) = self.tn_ved.get(&codes) {
            return Arc::clone(known);
        }
        let mut beginnings = |digits| {
            let beginnings = codes.iter().filter_map(|code| first_digits(code, digits));
            self.distinct(beginnings).into_boxed_slice()
        };
        let (groups, positions) = (beginnings(2), beginnings(4));
        let tn_ved = Arc::new(TnVed {
            codes: codes.clone(),
            groups,
            positions,
        });
        self.tn_ved.insert(codes, Arc::clone(&tn_ved));
        tn_ved
    }

    /// A scheme as the registry writes it; empty where none is named.
    pub(in crate::search) fn scheme(&mut self, written: &str) -> Scheme {
        if let Some(known) = self.schemes.get(written) {
            return known.clone();
        }
        let scheme = Scheme {
            name: self.text(&normalised(written)),
            production: Production::of(written),
        };
        self.schemes.insert(written.into(), scheme.clone());
        scheme
    }

    fn distinct<'text>(&mut self, values: impl IntoIterator<Item = &'text str>) -> Vec<Arc<str>> {
        let mut met = HashSet::new();
        values
            .into_iter()
            .filter(|value| met.insert(*value))
            .map(|value| self.text(value))
            .collect()
    }
}

/// The first digits of a code; `None` when it begins with fewer.
pub(in crate::search) fn first_digits(code: &str, digits: usize) -> Option<&str> {
    code.get(..digits)
        .filter(|first| first.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whose rows are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::search) struct WantedRows {
    /// With the number of documents of each, which is the number of its rows.
    pub(in crate::search) parties: BTreeMap<PartyId, u64>,
    /// Whether products and numbers are needed.
    pub(in crate::search) with_texts: bool,
}

impl WantedRows {
    /// All rows of a counterparty.
    pub(in crate::search) fn of(counterparty: &Counterparty, with_texts: bool) -> Self {
        let parties = counterparty.parties.iter();
        Self {
            parties: parties.map(|party| (party.id, party.documents)).collect(),
            with_texts,
        }
    }

    /// Rows that have to be read, roughly.
    pub(in crate::search) fn rows(&self) -> u64 {
        self.parties.values().sum()
    }

    /// Adds what another question with the same need of texts wants.
    pub(in crate::search) fn add(&mut self, other: &Self) {
        self.parties.extend(&other.parties);
    }
}

/// All rows of a party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::search) struct RowsOfParty {
    pub(super) rows: Vec<BoardRow>,
    pub(super) with_texts: bool,
}

impl RowsOfParty {
    /// All of them.
    pub(in crate::search) fn rows(&self) -> &[BoardRow] {
        &self.rows
    }
}

/// Rows by party.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::search) struct FoundRows(HashMap<PartyId, Arc<RowsOfParty>>);

impl FoundRows {
    /// What was read for the wanted parties; one without rows has none.
    pub(in crate::search) fn read(wanted: &WantedRows, mut rows: HashMap<PartyId, Vec<BoardRow>>) -> Self {
        let with_texts = wanted.with_texts;
        let parties = wanted.parties.keys().map(|party| {
            let mut rows = rows.remove(party).unwrap_or_default();
            rows.shrink_to_fit();
            (*party, Arc::new(RowsOfParty { rows, with_texts }))
        });
        Self(parties.collect())
    }

    pub(super) fn of(&self, party: PartyId) -> Option<&Arc<RowsOfParty>> {
        self.0.get(&party)
    }

    pub(super) fn insert(&mut self, party: PartyId, rows: Arc<RowsOfParty>) {
        self.0.insert(party, rows);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(values: &[Arc<str>]) -> Vec<&str> {
        values.iter().map(|value| &**value).collect()
    }

    #[test]
    fn codes_have_groups_and_positions_each_once_and_odd_codes_have_none() {
        let mut interner = Interner::default();
        let tn_ved = interner.tn_ved(["8516108000", "8516", "8509", "85", "9", "ОКПД", "27.51", "8516"]);
        assert_eq!(strings(&tn_ved.groups), ["85", "27"]);
        assert_eq!(strings(&tn_ved.positions), ["8516", "8509"]);
        assert_eq!(tn_ved.codes.len(), 7);
    }

    #[test]
    fn what_documents_have_in_common_is_kept_once() {
        let mut interner = Interner::default();
        let first = interner.list(["ТР ТС 004/2011", "ТР ТС 020/2011", "ТР ТС 004/2011"]);
        let second = interner.list(["ТР ТС 004/2011", "ТР ТС 020/2011"]);
        assert!(Arc::ptr_eq(&first, &second));
        let (latin, cyrillic) = (interner.scheme("3C"), interner.scheme(" 3с"));
        assert!(Arc::ptr_eq(&latin.name, &cyrillic.name));
        assert_eq!((&*latin.name, latin.production), ("3с", Production::Batch));
        assert!(Arc::ptr_eq(
            &interner.tn_ved(["8516"]),
            &interner.tn_ved(["8516"])
        ));
    }
}
