//! When ClickHouse is left alone: a circuit breaker as a pure state machine. Time is told to it.
//!
//! Closed: ClickHouse is asked. It opens when nobody answers (at once: the next caller must not wait again), after a
//! few refusals in a row, or when half of the recent answers were slow. Open: nobody waits for ClickHouse; a probe goes
//! out after a pause that grows. Half open: the probe is on its way. A probe that is answered closes it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Refusals in a row that open the breaker.
const REFUSALS_TO_OPEN: u32 = 3;
/// Of so many recent answers …
const RECENT_ANSWERS: usize = 20;
/// … so many slow ones open the breaker.
const SLOW_TO_OPEN: usize = 10;
/// The pause before the first probe.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause between two probes.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Whether ClickHouse is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// It is asked.
    Closed,
    /// It is not asked; a probe is on its way.
    HalfOpen,
    /// It is not asked before the next probe.
    Open,
}

impl BreakerState {
    /// Its stable name: `closed`, `half_open`, `open`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half_open",
            Self::Open => "open",
        }
    }

    /// The value of the gauge `certlens_clickhouse_breaker_state`.
    pub const fn gauge(self) -> f64 {
        match self {
            Self::Closed => 0.0,
            Self::HalfOpen => 1.0,
            Self::Open => 2.0,
        }
    }
}

/// How asking ClickHouse ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It answered in good time.
    Answered,
    /// It answered late.
    Late,
    /// It answered that it can't.
    Refused,
    /// It can't be reached, or did not answer before the deadline.
    Silent,
}

/// The state machine.
#[derive(Debug)]
pub(super) struct Breaker {
    state: BreakerState,
    refusals_in_a_row: u32,
    /// Whether the recent answers were slow, oldest first.
    recent: VecDeque<bool>,
    pause: Duration,
    next_probe: Option<Instant>,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            state: BreakerState::Closed,
            refusals_in_a_row: 0,
            recent: VecDeque::with_capacity(RECENT_ANSWERS),
            pause: FIRST_PAUSE,
            next_probe: None,
        }
    }
}

impl Breaker {
    pub(super) const fn state(&self) -> BreakerState {
        self.state
    }

    /// Notes how a search ended; tells whether this opened the breaker. Searches that were under way when it opened
    /// change nothing.
    pub(super) fn note(&mut self, outcome: Outcome, now: Instant) -> bool {
        if self.state != BreakerState::Closed {
            return false;
        }
        self.refusals_in_a_row = match outcome {
            Outcome::Refused => self.refusals_in_a_row + 1,
            Outcome::Answered | Outcome::Late | Outcome::Silent => 0,
        };
        if self.recent.len() == RECENT_ANSWERS {
            self.recent.pop_front();
        }
        self.recent.push_back(outcome == Outcome::Late);
        let slow = self.recent.iter().filter(|slow| **slow).count();
        let opens =
            outcome == Outcome::Silent || self.refusals_in_a_row >= REFUSALS_TO_OPEN || slow >= SLOW_TO_OPEN;
        if opens {
            self.state = BreakerState::Open;
            self.pause = FIRST_PAUSE;
            self.next_probe = now.checked_add(self.pause);
        }
        opens
    }

    /// When the next probe is due; `None` while none is wanted.
    pub(super) fn next_probe(&self) -> Option<Instant> {
        match self.state {
            BreakerState::Open => self.next_probe,
            BreakerState::Closed | BreakerState::HalfOpen => None,
        }
    }

    /// A probe goes out.
    pub(super) fn begin_probe(&mut self) {
        if self.state == BreakerState::Open {
            self.state = BreakerState::HalfOpen;
        }
    }

    /// A probe came back.
    pub(super) fn end_probe(&mut self, answered: bool, now: Instant) {
        if answered {
            *self = Self::default();
        } else {
            self.state = BreakerState::Open;
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            self.next_probe = now.checked_add(self.pause);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn noted(outcomes: impl IntoIterator<Item = Outcome>) -> Breaker {
        let mut breaker = Breaker::default();
        for outcome in outcomes {
            breaker.note(outcome, Instant::now());
        }
        breaker
    }

    #[rstest]
    #[case::one_silence_is_enough(vec![Outcome::Answered, Outcome::Silent], true)]
    #[case::three_refusals_in_a_row(vec![Outcome::Refused; 3], true)]
    #[case::an_answer_between_refusals(
        vec![Outcome::Refused, Outcome::Refused, Outcome::Answered, Outcome::Refused, Outcome::Refused], false)]
    #[case::half_of_the_recent_answers_late([vec![Outcome::Answered; 30], vec![Outcome::Late; 10]].concat(), true)]
    #[case::fewer_than_half_late([vec![Outcome::Late; 9], vec![Outcome::Answered; 40]].concat(), false)]
    #[case::late_ones_long_ago_are_forgotten(
        [vec![Outcome::Late; 9], vec![Outcome::Answered; 20], vec![Outcome::Late; 9]].concat(), false)]
    fn breaker_opens_on_silence_on_refusals_in_a_row_and_on_slowness(
        #[case] outcomes: Vec<Outcome>,
        #[case] opens: bool,
    ) {
        assert_eq!(noted(outcomes).state() == BreakerState::Open, opens);
    }

    #[test]
    fn only_the_outcome_that_opens_it_says_so() {
        let mut breaker = Breaker::default();
        let now = Instant::now();
        assert!(!breaker.note(Outcome::Answered, now));
        assert!(breaker.note(Outcome::Silent, now));
        assert!(!breaker.note(Outcome::Silent, now), "one was still under way");
        assert!(!breaker.note(Outcome::Answered, now));
        assert_eq!(breaker.state(), BreakerState::Open);
    }

    #[test]
    fn pause_between_probes_doubles_up_to_the_longest_and_begins_anew_after_recovery() {
        let start = Instant::now();
        let mut breaker = Breaker::default();
        breaker.note(Outcome::Silent, start);
        let mut pauses = vec![breaker.next_probe().unwrap() - start];
        for _ in 0..8 {
            breaker.begin_probe();
            assert_eq!(
                (breaker.state(), breaker.next_probe()),
                (BreakerState::HalfOpen, None)
            );
            breaker.end_probe(false, start);
            pauses.push(breaker.next_probe().unwrap() - start);
        }
        let milliseconds: Vec<_> = pauses.iter().map(Duration::as_millis).collect();
        assert_eq!(milliseconds, [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);

        breaker.begin_probe();
        breaker.end_probe(true, start);
        assert_eq!(
            (breaker.state(), breaker.next_probe()),
            (BreakerState::Closed, None)
        );
        breaker.note(Outcome::Silent, start);
        assert_eq!(breaker.next_probe().unwrap() - start, FIRST_PAUSE);
    }

    #[test]
    fn recovery_forgets_what_was_slow_before() {
        let mut breaker = noted([Outcome::Late; 10]);
        breaker.begin_probe();
        breaker.end_probe(true, Instant::now());
        for _ in 0..9 {
            assert!(!breaker.note(Outcome::Late, Instant::now()));
        }
    }
}
