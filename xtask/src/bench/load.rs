//! The load generator: so many connections, each a thread, each asking its next question when the last is answered.
//!
//! A closed loop tells how long a manager waits while so many others wait as well; it does not tell what happens when
//! more come than can be served.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::connection::{Connection, Request};
use crate::interruption;

/// A server so slow that a load takes longer has shown what it can do: the rest is not asked.
const ROW_BOUND: Duration = Duration::from_mins(3);

/// Who made an answer, as the answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Engine {
    ClickHouse,
    Postgres,
    Cache,
    /// The answer does not say.
    Unsaid,
}

/// Only a hundred identifiers with their flaws stand before the engine.
const BEGINNING: usize = 4096;

impl Engine {
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::ClickHouse => "clickhouse",
            Self::Postgres => "postgres",
            Self::Cache => "cache",
            Self::Unsaid => "unsaid",
        }
    }

    /// Found as text near the beginning: parsing every answer would take the processor from those who make them.
    pub(crate) fn of(body: &[u8]) -> Self {
        let body = &body[..body.len().min(BEGINNING)];
        let starts = |key: &[u8]| body.windows(key.len()).any(|window| window == key);
        if starts(br#""engine":"clickhouse""#) {
            Self::ClickHouse
        } else if starts(br#""engine":"postgres""#) {
            Self::Postgres
        } else if starts(br#""engine":"cache""#) {
            Self::Cache
        } else {
            Self::Unsaid
        }
    }
}

/// One request and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Since the load began.
    pub(crate) began: Duration,
    /// From the first byte sent to the last byte read.
    pub(crate) took: Duration,
    /// Who answered, or why there is no answer.
    pub(crate) outcome: Result<Engine, String>,
}

impl Sample {
    pub(crate) fn ended(&self) -> Duration {
        self.began + self.took
    }

    pub(crate) fn is_by(&self, engine: Engine) -> bool {
        self.outcome == Ok(engine)
    }
}

/// All requests of a load, in no order.
#[derive(Debug, Default)]
pub(crate) struct Run {
    pub(crate) samples: Vec<Sample>,
    pub(crate) elapsed: Duration,
}

/// What to ask, and how.
pub(crate) struct Load<'requests> {
    pub(crate) port: u16,
    pub(crate) connections: usize,
    /// Each is asked once, by whoever is free.
    pub(crate) requests: &'requests [Request],
}

impl Load<'_> {
    /// Asks all questions, or as many as three minutes allow.
    pub(crate) fn run(&self) -> anyhow::Result<Run> {
        self.run_beside(|_, _| Ok(())).map(|(run, ())| run)
    }

    /// Asks until all is asked or three minutes are over, or until `beside`, which runs at the same time, sets its flag. The instant is the load's
    /// beginning.
    pub(crate) fn run_beside<T>(
        &self,
        beside: impl FnOnce(&AtomicBool, Instant) -> anyhow::Result<T>,
    ) -> anyhow::Result<(Run, T)> {
        let (next, enough) = (AtomicUsize::new(0), AtomicBool::new(false));
        let barrier = Barrier::new(self.connections + 1);
        let mut run = Run::default();
        let began = Instant::now();
        let beside = thread::scope(|scope| {
            let clients: Vec<_> = (0..self.connections)
                .map(|_| scope.spawn(|| self.client(began, &next, &enough, &barrier)))
                .collect();
            barrier.wait();
            let beside = beside(&enough, began);
            if beside.is_err() {
                enough.store(true, Ordering::Relaxed);
            }
            for client in clients {
                // A thread that panicked has said so by itself.
                run.samples.extend(client.join().unwrap_or_default());
            }
            beside
        })?;
        interruption::check()?;
        let first = run.samples.iter().map(|sample| sample.began).min();
        let last = run.samples.iter().map(Sample::ended).max();
        run.elapsed = last.unwrap_or_default().saturating_sub(first.unwrap_or_default());
        Ok((run, beside))
    }

    fn client(
        &self,
        began: Instant,
        next: &AtomicUsize,
        enough: &AtomicBool,
        barrier: &Barrier,
    ) -> Vec<Sample> {
        let mut connection = Connection::to(self.port);
        let mut samples = Vec::new();
        barrier.wait();
        while !enough.load(Ordering::Relaxed) && !interruption::requested() && began.elapsed() < ROW_BOUND {
            let Some(request) = self.requests.get(next.fetch_add(1, Ordering::Relaxed)) else {
                break;
            };
            let asked = Instant::now();
            let answer = connection.exchange(request);
            let took = asked.elapsed();
            samples.push(Sample {
                began: asked - began,
                took,
                outcome: match answer {
                    Ok(200) => Ok(Engine::of(connection.body())),
                    Ok(status) => Err(format!("status {status}")),
                    Err(error) => Err(error.to_string()),
                },
            });
        }
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::Engine;

    #[test]
    fn engine_is_found_in_the_answer_and_unsaid_where_it_says_nothing() {
        let answer = br#"{"identifiers":[],"engine":"postgres","registries":[]}"#;
        assert_eq!(Engine::of(answer), Engine::Postgres);
        assert_eq!(Engine::of(br#"{"engine":"cache"}"#), Engine::Cache);
        assert_eq!(Engine::of(b"<html>"), Engine::Unsaid);
        assert_eq!(Engine::of(b""), Engine::Unsaid);
    }
}
