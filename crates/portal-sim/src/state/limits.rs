//! The limit of requests: a leaky bucket per source address, as the platform counts them. Pure.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::Serialize;

/// How many of the last seconds the histogram covers.
const HISTOGRAM_SECONDS: usize = 3_600;

/// A portal's plan: how quickly its buckets drain and how much they hold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Plan {
    /// Requests that drain per second.
    pub drain: f64,
    /// The level above which a request is refused.
    pub threshold: f64,
}

impl Plan {
    /// Every plan but the largest.
    pub const STANDARD: Self = Self {
        drain: 2.0,
        threshold: 50.0,
    };
    /// The largest plan.
    pub const ENTERPRISE: Self = Self {
        drain: 5.0,
        threshold: 250.0,
    };
}

/// A bucket.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    level: f64,
    at: DateTime<Utc>,
}

/// The buckets of a portal and what was seen of them.
#[derive(Debug)]
pub(crate) struct Limits {
    /// The plan.
    pub plan: Plan,
    /// Whether requests are refused at all; they are counted anyhow.
    pub enforced: bool,
    buckets: HashMap<IpAddr, Bucket>,
    peak: f64,
    admitted: u64,
    refused: u64,
    histogram: BTreeMap<i64, u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            plan: Plan::STANDARD,
            enforced: true,
            buckets: HashMap::new(),
            peak: 0.0,
            admitted: 0,
            refused: 0,
            histogram: BTreeMap::new(),
        }
    }
}

/// What was seen of a portal's buckets, as tests ask for it.
#[derive(Debug, Clone, Serialize)]
pub struct LimitReport {
    /// The plan.
    pub plan: Plan,
    /// Whether requests over the limit are refused.
    pub enforced: bool,
    /// The highest level of any bucket.
    pub peak: f64,
    /// Requests that were let through.
    pub admitted: u64,
    /// Requests that were refused, or would have been.
    pub refused: u64,
    /// The highest number of requests within one second.
    pub busiest_second: u32,
    /// Requests by second of the last hour, as (seconds since 1970, requests).
    pub per_second: Vec<(i64, u32)>,
    /// Levels now, by source address.
    pub levels: BTreeMap<String, f64>,
}

/// Whether a request is let through, and the level of its bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Admission {
    pub is_admitted: bool,
    pub level: f64,
}

impl Limits {
    /// Counts a request from an address.
    pub(crate) fn request(&mut self, source: IpAddr, now: DateTime<Utc>) -> Admission {
        let plan = self.plan;
        let bucket = self
            .buckets
            .entry(source)
            .or_insert(Bucket { level: 0.0, at: now });
        bucket.level = drained(*bucket, plan, now);
        bucket.at = now;
        let is_over = bucket.level + 1.0 > plan.threshold;
        let is_admitted = !is_over || !self.enforced;
        if is_admitted {
            bucket.level += 1.0;
            self.admitted += 1;
        }
        if is_over {
            self.refused += 1;
        }
        let level = bucket.level;
        self.peak = self.peak.max(level);
        *self.histogram.entry(now.timestamp()).or_default() += 1;
        if self.histogram.len() > HISTOGRAM_SECONDS {
            self.histogram.pop_first();
        }
        Admission { is_admitted, level }
    }

    /// What was seen since the start or the last reset.
    pub(crate) fn report(&self, now: DateTime<Utc>) -> LimitReport {
        LimitReport {
            plan: self.plan,
            enforced: self.enforced,
            peak: self.peak,
            admitted: self.admitted,
            refused: self.refused,
            busiest_second: self.histogram.values().copied().max().unwrap_or_default(),
            per_second: self
                .histogram
                .iter()
                .map(|(second, count)| (*second, *count))
                .collect(),
            levels: self
                .buckets
                .iter()
                .map(|(source, bucket)| (source.to_string(), drained(*bucket, self.plan, now)))
                .collect(),
        }
    }

    /// Empties the buckets and forgets what was seen.
    pub(crate) fn reset(&mut self) {
        *self = Self {
            plan: self.plan,
            enforced: self.enforced,
            ..Self::default()
        };
    }
}

fn drained(bucket: Bucket, plan: Plan, now: DateTime<Utc>) -> f64 {
    let elapsed = (now - bucket.at).as_seconds_f64().max(0.0);
    (bucket.level - elapsed * plan.drain).max(0.0)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    const SOURCE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn request_above_the_threshold_is_refused_until_the_bucket_drains() {
        let (mut limits, now) = (Limits::default(), Utc::now());

        let admitted = (0..60)
            .filter(|_| limits.request(SOURCE, now).is_admitted)
            .count();

        assert_eq!(admitted, 50);
        assert!(
            !limits
                .request(SOURCE, now + TimeDelta::milliseconds(400))
                .is_admitted
        );
        assert!(
            limits
                .request(SOURCE, now + TimeDelta::milliseconds(600))
                .is_admitted
        );
    }

    #[test]
    fn request_from_another_address_has_its_own_bucket() {
        let (mut limits, now) = (Limits::default(), Utc::now());
        (0..60).for_each(|_| {
            limits.request(SOURCE, now);
        });
        let other = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
        assert!(limits.request(other, now).is_admitted);
    }

    proptest! {
        #[test]
        fn admitted_requests_never_exceed_drain_and_threshold(pauses in prop::collection::vec(0i64..2_000, 1..300)) {
            let (mut limits, start) = (Limits::default(), Utc::now());
            let (mut now, mut admitted) = (start, 0u32);
            for pause in pauses {
                now += TimeDelta::milliseconds(pause);
                admitted += u32::from(limits.request(SOURCE, now).is_admitted);
            }
            let allowed = 50.0 + (now - start).as_seconds_f64() * 2.0;
            prop_assert!(f64::from(admitted) <= allowed + 1e-6);
            prop_assert!(limits.report(now).peak <= 50.0);
        }
    }
}
