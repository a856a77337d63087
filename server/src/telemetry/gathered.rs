//! What this process counted since it last wrote to the store: sums by series and label, and by portal.

use certlens_store::MemberId;
use certlens_store::telemetry::{Figure, PortalFigure, series::SECONDS};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The label of metrics that are kept for each portal. It is nowhere else: `/metrics` names no portal.
pub(super) const PORTAL: &str = "portal";

/// More portals than this a minute are not kept.
const MOST_PORTALS: usize = 20_000;

/// Names a series: the metric, and its labels' values with a stroke between them.
pub(super) type SeriesKey = (&'static str, String);

/// What was gathered, ready to be written.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) figures: Vec<Figure>,
    pub(super) portals: Vec<PortalFigure>,
}

/// Gathers. Shared by everything that counts.
#[derive(Debug, Default)]
pub(super) struct Gathered(Mutex<Sums>);

#[derive(Debug, Default)]
struct Sums {
    counted: HashMap<SeriesKey, Sum>,
    /// What gauges show: the present value, and the highest since it was last written.
    shown: HashMap<SeriesKey, (f64, f64)>,
    portals: HashMap<(MemberId, &'static str), f64>,
}

#[derive(Debug, Clone, Default)]
struct Sum {
    samples: u64,
    total: f64,
    peak: f64,
    buckets: Option<[u64; SECONDS.len() + 1]>,
}

impl Gathered {
    fn sums(&self) -> MutexGuard<'_, Sums> {
        // Nothing under this lock can panic half-way, so poisoned sums are whole ones.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of a minute are far below 2^52")]
    pub(super) fn count(&self, key: &SeriesKey, amount: u64) {
        let amount = amount as f64;
        let mut sums = self.sums();
        let sum = sums.counted.entry(key.clone()).or_default();
        sum.samples += 1;
        sum.total += amount;
        sum.peak = sum.peak.max(amount);
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of a minute are far below 2^52")]
    pub(super) fn count_for_portal(&self, portal: &MemberId, series: &'static str, amount: u64) {
        let mut sums = self.sums();
        if sums.portals.len() < MOST_PORTALS {
            *sums.portals.entry((portal.clone(), series)).or_default() += amount as f64;
        }
    }

    pub(super) fn observe(&self, key: &SeriesKey, value: f64) {
        if !value.is_finite() {
            return;
        }
        let place = SECONDS
            .iter()
            .position(|bound| value <= *bound)
            .unwrap_or(SECONDS.len());
        let mut sums = self.sums();
        let sum = sums.counted.entry(key.clone()).or_default();
        sum.samples += 1;
        sum.total += value;
        sum.peak = sum.peak.max(value);
        sum.buckets.get_or_insert_default()[place] += 1;
    }

    pub(super) fn show(&self, key: &SeriesKey, change: impl FnOnce(f64) -> f64) {
        let mut sums = self.sums();
        let (value, peak) = sums.shown.entry(key.clone()).or_default();
        let changed = change(*value);
        if changed.is_finite() {
            *value = changed;
            *peak = peak.max(changed);
        }
    }

    /// Everything since the last time. Gauges go on showing what they show.
    pub(super) fn take(&self) -> Taken {
        let mut sums = self.sums();
        let counted = std::mem::take(&mut sums.counted);
        let portals = std::mem::take(&mut sums.portals);
        let shown: Vec<Figure> = sums
            .shown
            .iter_mut()
            .map(|((series, label), (value, peak))| Figure {
                series,
                label: label.clone(),
                samples: 1,
                total: *value,
                peak: std::mem::replace(peak, *value),
                buckets: None,
            })
            .collect();
        drop(sums);
        let figures = counted.into_iter().map(|((series, label), sum)| Figure {
            series,
            label,
            samples: sum.samples,
            total: sum.total,
            peak: sum.peak,
            buckets: sum.buckets.map(|buckets| buckets.to_vec()),
        });
        Taken {
            figures: figures.chain(shown).collect(),
            portals: portals
                .into_iter()
                .map(|((member_id, series), total)| PortalFigure {
                    member_id,
                    series,
                    total,
                })
                .collect(),
        }
    }

    /// Takes back what could not be written. It is counted then into the minute in which it can be.
    pub(super) fn give_back(&self, figures: Vec<Figure>) {
        let mut sums = self.sums();
        for figure in figures {
            let key = (figure.series, figure.label);
            // A gauge shows what it shows now.
            if sums.shown.contains_key(&key) {
                continue;
            }
            let sum = sums.counted.entry(key).or_default();
            sum.samples += figure.samples;
            sum.total += figure.total;
            sum.peak = sum.peak.max(figure.peak);
            if let Some(buckets) = figure.buckets {
                let held = sum.buckets.get_or_insert_default();
                for (held, lost) in held.iter_mut().zip(buckets) {
                    *held += lost;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use certlens_store::telemetry::series::{QUEUE_DEPTH, SEARCH_FAILURES, SEARCH_SECONDS};

    fn key(series: &'static str) -> SeriesKey {
        (series, String::new())
    }

    fn taken(gathered: &Gathered) -> Vec<(&'static str, u64, f64, f64)> {
        let mut figures: Vec<_> = gathered
            .take()
            .figures
            .into_iter()
            .map(|one| (one.series, one.samples, one.total, one.peak))
            .collect();
        figures.sort_by_key(|one| one.0);
        figures
    }

    #[test]
    fn counters_begin_anew_after_each_writing_and_gauges_go_on() {
        let gathered = Gathered::default();
        gathered.count(&key(SEARCH_FAILURES), 2);
        gathered.count(&key(SEARCH_FAILURES), 3);
        gathered.show(&key(QUEUE_DEPTH), |_| 9.0);
        gathered.show(&key(QUEUE_DEPTH), |_| 4.0);

        assert_eq!(
            taken(&gathered),
            [(QUEUE_DEPTH, 1, 4.0, 9.0), (SEARCH_FAILURES, 2, 5.0, 3.0)]
        );
        assert_eq!(taken(&gathered), [(QUEUE_DEPTH, 1, 4.0, 4.0)]);
    }

    #[test]
    fn what_could_not_be_written_is_added_to_what_comes_after_it() {
        let gathered = Gathered::default();
        gathered.observe(&key(SEARCH_SECONDS), 0.004);
        let lost = gathered.take().figures;
        gathered.observe(&key(SEARCH_SECONDS), 99_999.0);

        gathered.give_back(lost);

        let figure = gathered.take().figures.remove(0);
        let buckets = figure.buckets.unwrap();
        assert_eq!(figure.samples, 2);
        assert_eq!((buckets[3], buckets[SECONDS.len()]), (1, 1));
    }

    #[test]
    fn value_that_is_no_number_is_left_out() {
        let gathered = Gathered::default();
        gathered.observe(&key(SEARCH_SECONDS), f64::NAN);
        assert!(gathered.take().figures.is_empty());
    }
}
