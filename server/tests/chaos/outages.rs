//! When something was away, as far as the faults did it: what happened meanwhile is judged otherwise.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What is broken when the database comes back is found out by using it.
const AFTERWARDS: Duration = Duration::from_secs(3);

/// Times of absence. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Outages(Arc<Mutex<Vec<Absence>>>);

/// Its beginning, and its end if it has come.
type Absence = (Instant, Option<Instant>);

/// An absence that has begun; it ends when this is dropped.
pub(crate) struct Outage {
    outages: Outages,
    number: usize,
}

impl Outages {
    pub(crate) fn begin(&self) -> Outage {
        let mut all = self.0.lock().unwrap();
        all.push((Instant::now(), None));
        Outage {
            outages: self.clone(),
            number: all.len() - 1,
        }
    }

    /// Whether something was away at some moment between the two.
    pub(crate) fn meet(&self, from: Instant, to: Instant) -> bool {
        let all = self.0.lock().unwrap();
        all.iter()
            .any(|(begun, ended)| *begun <= to && ended.is_none_or(|ended| ended + AFTERWARDS >= from))
    }
}

impl Drop for Outage {
    fn drop(&mut self) {
        let mut all = self.outages.0.lock().unwrap();
        all[self.number].1 = Some(Instant::now());
    }
}
