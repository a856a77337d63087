//! Whom a question is about: the parties in which the asked identifiers stand, and those that learned pairs add.
//!
//! Pure. What is stored about parties is read elsewhere (module `parties`).

use super::state::StoreState;
use crate::party::PartyId;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A party as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KnownParty {
    pub(super) id: PartyId,
    /// INN, OGRN, BIN and UNP, those that are stated.
    pub(super) identifiers: Vec<String>,
    /// INN and OGRN, when both are stated: the pair that the party teaches.
    pub(super) pair: Option<(String, String)>,
    /// Documents in which it stands.
    pub(super) documents: u64,
    pub(super) first_registered: NaiveDate,
    pub(super) last_registered: NaiveDate,
    /// Its numbers are kept counted.
    pub(super) counted: bool,
    /// Other counted parties that stand in a document with it.
    pub(super) shares: BTreeSet<PartyId>,
}

/// The parties of one question, all from one state of the store.
#[derive(Debug, Clone)]
pub(super) struct Counterparty {
    /// The state of which all this is true.
    pub(super) state: Arc<StoreState>,
    /// Parties with an asked identifier, then those with a paired one only; each once.
    pub(super) parties: Vec<KnownParty>,
    /// How many of the parties carry an asked identifier.
    direct: usize,
    /// Which identifiers the bridge added.
    pub(super) pairs: Vec<Pair>,
}

/// An identifier that the bridge added, and the parties that teach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) asked: String,
    pub(super) paired: String,
    /// The parties that state both.
    pub(super) teachers: BTreeSet<PartyId>,
    pub(super) first_registered: NaiveDate,
    pub(super) last_registered: NaiveDate,
}

impl Counterparty {
    /// Picks a question's parties out of what was read for many questions. `paired` lists, for asked identifiers, the
    /// ones stated beside them that may be added.
    pub(super) fn assemble(
        state: Arc<StoreState>,
        known: &[KnownParty],
        paired: &[(String, String)],
        identifiers: &[String],
        bridge: bool,
    ) -> Self {
        let asked: BTreeSet<&str> = identifiers.iter().map(String::as_str).collect();
        let carries = |party: &KnownParty, wanted: &dyn Fn(&str) -> bool| {
            party.identifiers.iter().any(|identifier| wanted(identifier))
        };
        let mut parties: Vec<KnownParty> = known
            .iter()
            .filter(|party| carries(party, &|identifier| asked.contains(identifier)))
            .cloned()
            .collect();
        let direct = parties.len();
        let mut pairs = Vec::new();
        if bridge {
            let added: BTreeSet<(&str, &str)> = paired
                .iter()
                .map(|(from, to)| (from.as_str(), to.as_str()))
                .filter(|(from, to)| asked.contains(from) && !asked.contains(to))
                .collect();
            pairs = taught(&parties, &added);
            // Only what a document of today states: a party that lost its last document teaches nothing any more.
            let paired: BTreeSet<&str> = pairs.iter().map(|pair| pair.paired.as_str()).collect();
            let beside = known.iter().filter(|party| {
                !carries(party, &|identifier| asked.contains(identifier))
                    && carries(party, &|identifier| paired.contains(identifier))
            });
            parties.extend(beside.cloned());
        }
        Self {
            state,
            parties,
            direct,
            pairs,
        }
    }

    /// The parties with an asked identifier.
    pub(super) fn direct(&self) -> &[KnownParty] {
        &self.parties[..self.direct]
    }

    /// The ids of all parties.
    pub(super) fn ids(&self) -> BTreeSet<PartyId> {
        self.parties.iter().map(|party| party.id).collect()
    }

    /// The ids of the parties with an asked identifier.
    pub(super) fn direct_ids(&self) -> BTreeSet<PartyId> {
        self.direct().iter().map(|party| party.id).collect()
    }
}

fn taught(direct: &[KnownParty], added: &BTreeSet<(&str, &str)>) -> Vec<Pair> {
    let mut pairs: BTreeMap<(&str, &str), Pair> = BTreeMap::new();
    for party in direct {
        let Some((inn, ogrn)) = &party.pair else {
            continue;
        };
        for (asked, paired) in [(inn, ogrn), (ogrn, inn)] {
            if !added.contains(&(asked.as_str(), paired.as_str())) {
                continue;
            }
            let pair = pairs.entry((asked, paired)).or_insert_with(|| Pair {
                asked: asked.clone(),
                paired: paired.clone(),
                teachers: BTreeSet::new(),
                first_registered: party.first_registered,
                last_registered: party.last_registered,
            });
            pair.teachers.insert(party.id);
            pair.first_registered = pair.first_registered.min(party.first_registered);
            pair.last_registered = pair.last_registered.max(party.last_registered);
        }
    }
    pairs.into_values().collect()
}

/// What an engine must look up for a question: parties only, so that questions about the same company are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The day of the rule of dates.
    pub(super) today: NaiveDate,
    /// Parties whose rows are grouped.
    pub(super) listed: BTreeSet<PartyId>,
    /// Parties whose kept numbers are read.
    pub(super) counted: BTreeSet<PartyId>,
    /// Parties whose numbers or rows are known already. They belong to the question all the same.
    pub(super) known: BTreeSet<PartyId>,
    /// Counted parties that stand in one document: (the one with fewer documents, the other), and how many documents
    /// the first has.
    pub(super) common: BTreeMap<(PartyId, PartyId), u64>,
    /// Rows that have to be read, roughly.
    pub(super) rows: u64,
}

/// What reading the kept numbers of a party costs, in rows.
const ROWS_OF_COUNTS: u64 = 1_000;

impl Wanted {
    /// Nothing, for now.
    pub(super) const fn nothing(today: NaiveDate) -> Self {
        Self {
            today,
            listed: BTreeSet::new(),
            counted: BTreeSet::new(),
            known: BTreeSet::new(),
            common: BTreeMap::new(),
            rows: 0,
        }
    }

    /// What a question about these parties needs.
    pub(super) fn of(counterparty: &Counterparty, today: NaiveDate) -> Self {
        let mut wanted = Self::nothing(today);
        let mut counted: Vec<&KnownParty> = Vec::new();
        for party in &counterparty.parties {
            if party.counted {
                wanted.wants_counts(party.id);
                counted.push(party);
            } else {
                wanted.listed.insert(party.id);
                wanted.rows += party.documents;
            }
        }
        counted.sort_by_key(|party| (party.documents, party.id));
        for (index, smaller) in counted.iter().enumerate() {
            for larger in &counted[index + 1..] {
                if smaller.shares.contains(&larger.id) {
                    wanted.wants_shared((smaller.id, larger.id), smaller.documents);
                }
            }
        }
        wanted
    }

    /// The kept numbers of this party are to be read.
    pub(super) fn wants_counts(&mut self, party: PartyId) {
        if self.counted.insert(party) {
            self.rows += ROWS_OF_COUNTS;
        }
    }

    /// The documents that these two counted parties share are to be read; the first one has so many documents.
    pub(super) fn wants_shared(&mut self, pair: (PartyId, PartyId), documents: u64) {
        if !self.shares_of(pair.0) {
            self.rows += documents;
        }
        self.common.insert(pair, documents);
    }

    /// Whether documents are to be read that this party shares with a larger one.
    fn shares_of(&self, party: PartyId) -> bool {
        self.common.keys().any(|(smaller, _)| *smaller == party)
    }

    /// Adds what another question of the same day needs.
    pub(super) fn add(&mut self, other: &Self) {
        self.listed.extend(&other.listed);
        self.counted.extend(&other.counted);
        self.known.extend(&other.known);
        self.common.extend(&other.common);
        self.rows += other.rows;
    }

    /// All parties that belong to the question.
    pub(super) fn parties(&self) -> BTreeSet<PartyId> {
        let shared = self.common.keys().flat_map(|(one, other)| [one, other]);
        let mut parties: BTreeSet<PartyId> = shared.copied().collect();
        parties.extend(self.listed.iter().chain(&self.counted).chain(&self.known));
        parties
    }

    /// Whether nothing has to be read.
    pub(super) fn is_empty(&self) -> bool {
        self.listed.is_empty() && self.counted.is_empty() && self.common.is_empty()
    }

    /// The numbers of this counted party need not be read.
    pub(super) fn is_known(&mut self, party: PartyId) {
        if self.counted.remove(&party) {
            self.known.insert(party);
            self.rows = self.rows.saturating_sub(ROWS_OF_COUNTS);
        }
    }

    /// The rows of this listed party, so many, need not be read.
    pub(super) fn rows_are_known(&mut self, party: PartyId, rows: u64) {
        if self.listed.remove(&party) {
            self.known.insert(party);
            self.rows = self.rows.saturating_sub(rows);
        }
    }

    /// The documents that these two counted parties share need not be read.
    pub(super) fn shares_are_known(&mut self, pair: (PartyId, PartyId)) {
        let Some(documents) = self.common.remove(&pair) else {
            return;
        };
        if !self.shares_of(pair.0) {
            self.rows = self.rows.saturating_sub(documents);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, 8, day).unwrap()
    }

    fn party(number: i64, inn: Option<&str>, ogrn: Option<&str>, documents: u64) -> KnownParty {
        KnownParty {
            id: PartyId::from_stored(number).unwrap(),
            identifiers: [inn, ogrn].into_iter().flatten().map(str::to_owned).collect(),
            pair: inn.zip(ogrn).map(|(inn, ogrn)| (inn.to_owned(), ogrn.to_owned())),
            documents,
            first_registered: day(u32::try_from(number).unwrap()),
            last_registered: day(u32::try_from(number).unwrap() + 10),
            counted: documents >= 1_000,
            shares: BTreeSet::new(),
        }
    }

    fn numbers(parties: &[KnownParty]) -> Vec<i64> {
        parties.iter().map(|party| party.id.number()).collect()
    }

    fn assembled(
        known: &[KnownParty],
        paired: &[(&str, &str)],
        asked: &[&str],
        bridge: bool,
    ) -> Counterparty {
        let paired: Vec<(String, String)> = paired
            .iter()
            .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()))
            .collect();
        let asked: Vec<String> = asked.iter().map(|&identifier| identifier.to_owned()).collect();
        Counterparty::assemble(Arc::new(StoreState::empty()), known, &paired, &asked, bridge)
    }

    #[test]
    fn bridge_adds_the_parties_of_paired_identifiers_and_tells_who_teaches_the_pair() {
        let known = [
            party(1, Some("inn"), Some("ogrn"), 5),
            party(2, None, Some("ogrn"), 5),
            party(3, Some("inn"), None, 5),
            party(4, Some("other"), None, 5),
        ];
        let paired = [("inn", "ogrn"), ("other", "ogrn")];
        let without = assembled(&known, &paired, &["inn"], false);
        assert_eq!((numbers(&without.parties), without.pairs.len()), (vec![1, 3], 0));

        let with = assembled(&known, &paired, &["inn"], true);
        assert_eq!(numbers(&with.parties), [1, 3, 2]);
        assert_eq!(numbers(with.direct()), [1, 3]);
        assert_eq!(with.pairs.len(), 1);
        assert_eq!(
            (with.pairs[0].asked.as_str(), with.pairs[0].paired.as_str()),
            ("inn", "ogrn")
        );
        assert_eq!(
            with.pairs[0]
                .teachers
                .iter()
                .map(|id| id.number())
                .collect::<Vec<_>>(),
            [1]
        );
    }

    #[test]
    fn pair_that_no_party_teaches_any_more_adds_nobody() {
        let known = [party(1, Some("inn"), None, 5), party(2, None, Some("ogrn"), 5)];
        let counterparty = assembled(&known, &[("inn", "ogrn")], &["inn"], true);
        assert_eq!(
            (numbers(&counterparty.parties), counterparty.pairs.len()),
            (vec![1], 0)
        );
    }

    #[test]
    fn identifier_that_is_asked_anyway_is_not_added_by_the_bridge() {
        let known = [party(1, Some("inn"), Some("ogrn"), 5)];
        let both = assembled(
            &known,
            &[("inn", "ogrn"), ("ogrn", "inn")],
            &["inn", "ogrn"],
            true,
        );
        assert_eq!((both.parties.len(), both.pairs.len()), (1, 0));
    }

    #[test]
    fn counted_parties_are_not_listed_and_documents_that_they_share_are_looked_up_from_the_smaller_one() {
        let mut known = [
            party(1, Some("inn"), None, 9_000),
            party(2, Some("inn"), Some("a"), 2_000),
            party(3, Some("inn"), Some("b"), 7),
            party(4, Some("inn"), Some("c"), 5_000),
        ];
        known[0].shares.insert(known[1].id);
        known[1].shares.insert(known[0].id);
        let wanted = Wanted::of(&assembled(&known, &[], &["inn"], false), day(1));
        let ids = |parties: &BTreeSet<PartyId>| parties.iter().map(|id| id.number()).collect::<Vec<_>>();
        assert_eq!(
            (ids(&wanted.listed), ids(&wanted.counted)),
            (vec![3], vec![1, 2, 4])
        );
        let common: Vec<_> = wanted
            .common
            .keys()
            .map(|(one, other)| (one.number(), other.number()))
            .collect();
        assert_eq!(common, [(2, 1)]);
        assert_eq!(wanted.rows, 7 + 3 * ROWS_OF_COUNTS + 2_000);
    }
}
