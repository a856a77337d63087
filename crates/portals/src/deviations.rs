//! What was noticed of answers that differ, between the moment when it was noticed and our memory.
//!
//! Calls notice it many times a second and must not wait, so it is gathered here, bounded, and written in one statement for
//! each portal by the worker. A process that dies loses some seconds of it. Knows no shape and no method.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use certlens_bitrix24::deviation::Observer;
use certlens_bitrix24::{Deviation, MemberId};
use certlens_store::{NoticedDeviation, StoreError};

use crate::member;
use crate::portals::Portals;

/// So many different ones wait for the worker; a portal in disorder must not fill our memory.
const MOST_WAITING: usize = 2_000;
/// So many were told in the log of this process; later ones are told on the screens only.
const MOST_TOLD: usize = 2_000;

/// Names a kind of deviation of a portal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    member_id: MemberId,
    method: String,
    field: String,
    expected: &'static str,
    found: &'static str,
}

/// How often, and the latest sample.
type TimesAndSample = (u64, String);
/// A kind with what was noticed of it.
type Noticed = (Key, TimesAndSample);

/// Gathers deviations.
#[derive(Debug, Default)]
pub(crate) struct Deviations(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    noticed: HashMap<Key, TimesAndSample>,
    told: HashSet<Key>,
}

impl Observer for Deviations {
    fn deviates(&self, portal: Option<&MemberId>, deviations: &[Deviation]) {
        for deviation in deviations {
            metrics::counter!("certlens_answer_deviations_total", "method" => deviation.method.clone())
                .increment(deviation.times);
            let Some(member_id) = portal else {
                tell(None, deviation);
                continue;
            };
            let key = Key {
                member_id: member_id.clone(),
                method: deviation.method.clone(),
                field: deviation.field.clone(),
                expected: deviation.expected,
                found: deviation.found,
            };
            let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.told.len() < MOST_TOLD && waiting.told.insert(key.clone()) {
                tell(Some(member_id), deviation);
            }
            let is_full = waiting.noticed.len() >= MOST_WAITING;
            match waiting.noticed.get_mut(&key) {
                Some((times, sample)) => {
                    *times += deviation.times;
                    sample.clone_from(&deviation.sample);
                }
                None if is_full => {}
                None => {
                    waiting
                        .noticed
                        .insert(key, (deviation.times, deviation.sample.clone()));
                }
            }
        }
    }
}

fn tell(portal: Option<&MemberId>, deviation: &Deviation) {
    tracing::warn!(
        portal = portal.map(tracing::field::display),
        method = deviation.method,
        field = deviation.field,
        expected = deviation.expected,
        found = deviation.found,
        "Bitrix24 answers differently than we know it to"
    );
}

impl Deviations {
    fn take(&self) -> HashMap<Key, TimesAndSample> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).noticed)
    }

    /// What could not be written waits on, beside what was noticed meanwhile.
    fn give_back(&self, rest: Vec<Noticed>) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, (times, sample)) in rest {
            waiting.noticed.entry(key).or_insert((0, sample)).0 += times;
        }
    }
}

impl Portals {
    /// Tells of deviations in something that a portal posted, once it is proved that the portal did.
    pub(crate) fn notice(&self, member_id: &MemberId, deviations: &[Deviation]) {
        self.deviations().deviates(Some(member_id), deviations);
    }

    /// Writes down what was noticed so far. What can't be written now waits for the next time.
    pub async fn keep_deviations(&self) -> Result<(), StoreError> {
        let mut by_portal: BTreeMap<MemberId, Vec<Noticed>> = BTreeMap::new();
        for (key, noticed) in self.deviations().take() {
            by_portal
                .entry(key.member_id.clone())
                .or_default()
                .push((key, noticed));
        }
        let mut failed = None;
        for (member_id, noticed) in by_portal {
            if failed.is_some() {
                self.deviations().give_back(noticed);
                continue;
            }
            let rows: Vec<NoticedDeviation> = noticed
                .iter()
                .map(|(key, (times, sample))| NoticedDeviation {
                    method: key.method.clone(),
                    field: key.field.clone(),
                    expected: key.expected.to_owned(),
                    found: key.found.to_owned(),
                    sample: sample.clone(),
                    times: *times,
                })
                .collect();
            let stored = member::stored(&member_id)?;
            if let Err(error) = self.store().note_deviations(&stored, &rows).await {
                self.deviations().give_back(noticed);
                failed = Some(error);
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deviation(field: &str, times: u64) -> Deviation {
        Deviation {
            method: "crm.item.get".to_owned(),
            field: field.to_owned(),
            expected: "number",
            found: "text",
            sample: "\"0\"".to_owned(),
            times,
        }
    }

    fn portal(digit: char) -> MemberId {
        MemberId::parse(&digit.to_string().repeat(32)).unwrap()
    }

    #[test]
    fn the_same_of_one_portal_is_counted_together_and_of_another_apart() {
        let gathered = Deviations::default();
        gathered.deviates(Some(&portal('a')), &[deviation("item.id", 2)]);
        gathered.deviates(
            Some(&portal('a')),
            &[deviation("item.id", 3), deviation("item.title", 1)],
        );
        gathered.deviates(Some(&portal('b')), &[deviation("item.id", 1)]);
        gathered.deviates(None, &[deviation("item.id", 1)]);

        let mut times: Vec<u64> = gathered.take().into_values().map(|(times, _)| times).collect();
        times.sort_unstable();

        assert_eq!(times, [1, 1, 5]);
        assert!(gathered.take().is_empty());
    }

    #[test]
    fn a_portal_in_disorder_fills_no_memory_and_what_is_known_is_counted_on() {
        let gathered = Deviations::default();
        for field in 0..3 * MOST_WAITING {
            gathered.deviates(Some(&portal('a')), &[deviation(&field.to_string(), 1)]);
        }
        gathered.deviates(Some(&portal('a')), &[deviation("0", 7)]);

        let taken = gathered.take();

        assert_eq!(taken.len(), MOST_WAITING);
        assert_eq!(taken.values().map(|(times, _)| times).max(), Some(&8));
    }
}
