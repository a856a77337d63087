//! Companies that stand beside a counterparty: from parties that share documents with it to a few suggestions.
//!
//! Bounded: of a company with more documents only the newest are looked at. A wrong suggestion costs a click, a slow
//! one costs everybody. What is found is folded by identifiers, because registries write the same company with an INN
//! here, with an OGRN there.

mod fold;

use super::counterparty::KnownParty;
use super::parties::AskedIdentifiers;
use super::postgres_engine::{self, LookedAt};
use super::snapshot::SNAPSHOT;
use super::{Search, SearchError};
use crate::party::PartyId;
use certlens_domain::analytics::AnalyticsQuery;
use certlens_domain::identifier::Identifier;
use certlens_domain::related::Related;
use chrono::NaiveDate;
use fold::{Candidate, suggestions};
use std::cmp::Reverse;
use std::collections::HashMap;

/// Of a counterparty, at most so many of the newest documents in each role are looked at.
const MOST_LOOKED_AT: u64 = 5_000;
/// Parties with the most documents whose own other identifiers are told.
const MOST_OWN_PARTIES: usize = 50;

impl Search {
    /// Companies that may belong to the asked one, at most [`certlens_domain::related::MOST_RELATED`], best first: its
    /// own other identifiers, then who declares what it makes, then who makes what it declares. Within these, companies
    /// with a document of the two years before `today` come first, then those with the most documents.
    ///
    /// Of a counterparty with very many documents the newest 5,000 in each role are looked at; the suggestions say so.
    pub async fn related(
        &self,
        identifiers: &[Identifier],
        today: NaiveDate,
    ) -> Result<Vec<Related>, SearchError> {
        let asked = AnalyticsQuery::about(identifiers.iter().cloned());
        let asked = AskedIdentifiers::of(&asked);
        let counterparty = self.parties.of(asked.clone()).await?;
        let parties = counterparty.direct();
        if parties.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<PartyId> = parties.iter().map(|party| party.id).collect();
        let looked_at = looked_at(parties);
        let teachers = teachers(parties, &asked.identifiers);
        let mut snapshot = self.postgres.begin_with(SNAPSHOT).await?;
        let beside = postgres_engine::beside(&mut snapshot, &looked_at, &ids).await?;
        let own = postgres_engine::own(&mut snapshot, &teachers).await?;
        snapshot.commit().await?;
        let known: HashMap<PartyId, &KnownParty> = parties.iter().map(|party| (party.id, party)).collect();
        let own = own.into_iter().filter_map(|(id, party)| {
            let known = known.get(&id)?;
            Some(Candidate::own(party, known.documents, known.last_registered))
        });
        let candidates: Vec<Candidate> = own.chain(beside.into_iter().map(Candidate::beside)).collect();
        let is_sampled = looked_at
            .iter()
            .zip(parties)
            .any(|(looked, party)| looked.documents < party.documents);
        Ok(suggestions(candidates, &asked.identifiers, is_sampled, today))
    }
}

/// How many documents of each party are looked at: all of the small ones, and the large ones share what is left.
fn looked_at(parties: &[KnownParty]) -> Vec<LookedAt> {
    let mut smallest_first: Vec<usize> = (0..parties.len()).collect();
    smallest_first.sort_by_key(|&index| parties[index].documents);
    let mut left = MOST_LOOKED_AT;
    let mut shares = vec![0; parties.len()];
    for (position, index) in smallest_first.into_iter().enumerate() {
        let waiting = u64::try_from(parties.len() - position).unwrap_or(u64::MAX);
        let share = parties[index].documents.min(left / waiting);
        shares[index] = share;
        left -= share;
    }
    let looked = |(party, documents): (&KnownParty, u64)| LookedAt {
        party: party.id,
        documents,
    };
    parties.iter().zip(shares).map(looked).collect()
}

/// The parties that state an identifier which was not asked for, most documents first.
fn teachers(parties: &[KnownParty], asked: &[String]) -> Vec<PartyId> {
    let mut teachers: Vec<&KnownParty> = parties
        .iter()
        .filter(|party| {
            party
                .identifiers
                .iter()
                .any(|identifier| !asked.contains(identifier))
        })
        .collect();
    teachers.sort_by_key(|party| (Reverse(party.documents), party.id));
    teachers.truncate(MOST_OWN_PARTIES);
    teachers.into_iter().map(|party| party.id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn party(number: i64, documents: u64) -> KnownParty {
        KnownParty {
            id: PartyId::from_stored(number).unwrap(),
            identifiers: vec![number.to_string()],
            pair: None,
            documents,
            first_registered: NaiveDate::default(),
            last_registered: NaiveDate::default(),
            counted: false,
            shares: BTreeSet::new(),
        }
    }

    fn shares(documents: &[u64]) -> Vec<u64> {
        let parties: Vec<KnownParty> = (1..)
            .zip(documents)
            .map(|(number, &documents)| party(number, documents))
            .collect();
        looked_at(&parties)
            .iter()
            .map(|looked| looked.documents)
            .collect()
    }

    #[test]
    fn small_parties_are_looked_at_wholly_and_large_ones_share_what_is_left() {
        assert_eq!(shares(&[3, 1_000_000, 7]), [3, 4_990, 7]);
        assert_eq!(shares(&[1_000_000, 1_000_000]), [2_500, 2_500]);
        assert_eq!(shares(&[]), [0; 0]);
    }

    proptest! {
        #[test]
        fn looking_is_bounded_and_nothing_is_left_out_without_need(
            documents in proptest::collection::vec(1_u64..10_000, 0..60),
        ) {
            let looked: u64 = shares(&documents).iter().sum();
            let all: u64 = documents.iter().sum();
            prop_assert!(looked <= MOST_LOOKED_AT);
            if all <= MOST_LOOKED_AT {
                prop_assert_eq!(looked, all);
            }
        }
    }
}
