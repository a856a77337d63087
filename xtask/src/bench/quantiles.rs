//! Percentiles of durations by nearest rank: each is a duration that occurred, none is interpolated.

use std::time::Duration;

/// Durations of requests, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Quantiles {
    sorted: Vec<Duration>,
}

impl Quantiles {
    pub(crate) fn of(durations: impl IntoIterator<Item = Duration>) -> Self {
        let mut sorted: Vec<Duration> = durations.into_iter().collect();
        sorted.sort_unstable();
        Self { sorted }
    }

    pub(crate) fn count(&self) -> usize {
        self.sorted.len()
    }

    /// The least duration that at least `percent` of a hundred requests did not exceed, in milliseconds.
    pub(crate) fn percentile(&self, percent: usize) -> Option<f64> {
        let rank = (self.sorted.len() * percent).div_ceil(100).max(1);
        self.sorted.get(rank - 1).copied().map(milliseconds)
    }

    /// The longest, in milliseconds.
    pub(crate) fn longest(&self) -> Option<f64> {
        self.sorted.last().copied().map(milliseconds)
    }
}

pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Quantiles;

    fn of(milliseconds: impl IntoIterator<Item = u64>) -> Quantiles {
        Quantiles::of(milliseconds.into_iter().map(Duration::from_millis))
    }

    #[test]
    fn percentile_of_a_hundred_is_the_value_of_that_rank() {
        let hundred = of((1..=100).rev());
        assert_eq!(hundred.percentile(50), Some(50.0));
        assert_eq!(hundred.percentile(95), Some(95.0));
        assert_eq!(hundred.percentile(99), Some(99.0));
        assert_eq!(hundred.longest(), Some(100.0));
    }

    #[test]
    fn percentile_of_few_is_never_below_what_the_share_demands() {
        let few = of([10, 20, 30]);
        assert_eq!(few.percentile(50), Some(20.0));
        assert_eq!(few.percentile(95), Some(30.0));
        assert_eq!(of([7]).percentile(50), Some(7.0));
        assert_eq!(of([]).percentile(50), None);
    }
}
