//! The kinds of work that are done for each portal in the background, and when.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// The key of the job that reads a portal's users. Tracking does it; here it is only made due.
pub const STAFF_JOB: &str = "staff";

/// Up to so much earlier or later an hourly look comes.
const SPREAD: Duration = Duration::from_millis(SPREAD_MILLISECONDS);
const SPREAD_MILLISECONDS: u64 = 5 * 60 * 1_000;

/// A kind of background work. The keys are in the database: they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum JobKind {
    /// Finds out whether a portal that says so has really removed the application.
    ConfirmDeparture,
    /// Brings the bindings in order.
    Reconcile,
    /// Writes cards' chosen identifiers into fields of the CRM.
    Mirror,
    /// Finds the custom fields that hold identifiers.
    DetectFields,
    /// Reads the whole CRM into the index.
    Crawl,
    /// Reads what changed since the latest reading, in case an event was lost.
    CatchUp,
}

impl JobKind {
    /// All of them.
    pub(crate) const ALL: [Self; 6] = [
        Self::ConfirmDeparture,
        Self::Reconcile,
        Self::Mirror,
        Self::DetectFields,
        Self::Crawl,
        Self::CatchUp,
    ];

    /// The key in the database.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::ConfirmDeparture => "confirm_departure",
            Self::Reconcile => "reconcile",
            Self::Mirror => "mirror",
            Self::DetectFields => "detect_fields",
            Self::Crawl => "crawl",
            Self::CatchUp => "catch_up",
        }
    }

    /// Whether it reads whole lists, so that it may take minutes.
    pub(crate) const fn is_long(self) -> bool {
        matches!(self, Self::Crawl | Self::CatchUp)
    }

    /// The kind of this key.
    pub(crate) fn of(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// When a job that succeeded is due again.
    pub(crate) const fn every(self) -> Option<Duration> {
        match self {
            Self::ConfirmDeparture | Self::Mirror => None,
            Self::Reconcile => Some(Duration::from_hours(1)),
            Self::DetectFields | Self::CatchUp => Some(Duration::from_hours(24)),
            Self::Crawl => Some(Duration::from_hours(7 * 24)),
        }
    }

    /// The same, spread a little where all portals might be due at once: hourly looks come between 55 and 65 minutes after
    /// one another.
    pub(crate) fn next(self) -> Option<Duration> {
        let every = self.every()?;
        Some(match self {
            Self::Reconcile => {
                let random = RandomState::new().hash_one(());
                every.saturating_sub(SPREAD) + Duration::from_millis(random % (2 * SPREAD_MILLISECONDS))
            }
            _ => every,
        })
    }
}

/// How a job ended without an error.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is done; what to keep of it.
    Done(Option<serde_json::Value>),
    /// The process is shutting down: another worker goes on.
    Interrupted,
}

/// How long a job that failed `attempts` times waits: 15 s, doubling up to an hour.
pub(crate) fn pause_after(attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(8);
    Duration::from_secs((15 << doublings).min(3_600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_kinds_key_is_the_kind() {
        for kind in JobKind::ALL {
            assert_eq!(JobKind::of(kind.key()), Some(kind));
        }
        assert_eq!(JobKind::of("unknown"), None);
    }

    #[test]
    fn next_hourly_look_comes_within_five_minutes_of_the_hour_and_not_always_at_once() {
        let minutes: Vec<u64> = (0..50)
            .filter_map(|_| JobKind::Reconcile.next())
            .map(|next| next.as_secs() / 60)
            .collect();
        assert!(
            minutes.iter().all(|minutes| (55..65).contains(minutes)),
            "{minutes:?}"
        );
        assert!(minutes.iter().any(|other| *other != minutes[0]));
        assert_eq!(JobKind::Crawl.next(), JobKind::Crawl.every());
    }

    #[test]
    fn pause_after_failures_doubles_up_to_an_hour() {
        let pauses: Vec<u64> = [0, 1, 2, 3, 9, 1_000]
            .map(|attempts| pause_after(attempts).as_secs())
            .to_vec();
        assert_eq!(pauses, [15, 15, 30, 60, 3_600, 3_600]);
    }
}
