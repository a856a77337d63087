//! The loss of `ClickHouse` under load: its process is killed while everybody searches, and comes back by itself.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};

use super::connection::{Connection, Request};
use super::load::{Engine, Load, Run, Sample};
use super::processes;
use super::quantiles::{Quantiles, milliseconds};
use super::row::{Budget, Latency, Row, per};
use crate::interruption;

/// Load before the kill, and after `ClickHouse` has come back.
const STEADY: Duration = Duration::from_secs(3);
/// Longer nobody waits for `ClickHouse` to come back.
const RETURN_BOUND: Duration = Duration::from_secs(90);
/// Between two looks whether it is back.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The first searches after the loss may take so many milliseconds longer.
const FIRST_BUDGET: f64 = 300.0;

/// What is asked while `ClickHouse` is away.
pub(crate) struct Outage {
    pub(crate) server: u32,
    pub(crate) port: u16,
    pub(crate) connections: usize,
    /// Enough for the whole outage.
    pub(crate) load: Vec<Request>,
    /// Questions by which its return is noticed; others than the load's.
    pub(crate) looks: Vec<Request>,
}

impl Outage {
    /// Kills `ClickHouse` under load.
    pub(crate) fn measure(&self) -> anyhow::Result<Vec<Row>> {
        let load = Load {
            port: self.port,
            connections: self.connections,
            requests: &self.load,
        };
        let (run, killed) = load.run_beside(|enough, began| {
            pause(STEADY)?;
            let victim = processes::find(self.server, "clickhouse")
                .context("the server has no process whose name contains `clickhouse`")?;
            let victim = i32::try_from(victim).ok().and_then(Pid::from_raw);
            kill_process(victim.context("a process without a number")?, Signal::KILL)
                .context("killing ClickHouse")?;
            let killed = began.elapsed();
            self.wait_for_return()?;
            pause(STEADY)?;
            enough.store(true, Ordering::Relaxed);
            Ok(killed)
        })?;
        Ok(rows(&run, killed, self.connections))
    }

    fn wait_for_return(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + RETURN_BOUND;
        let mut connection = Connection::to(self.port);
        for look in self.looks.iter().cycle() {
            // An answer that fails is counted where the load meets the same.
            let answered = connection.exchange(look).is_ok();
            if answered && Engine::of(connection.body()) == Engine::ClickHouse || Instant::now() >= deadline {
                break;
            }
            pause(LOOK_EVERY)?;
        }
        Ok(())
    }
}

/// Lets the load go on; in steps, so that Ctrl-C is heard.
fn pause(bound: Duration) -> anyhow::Result<()> {
    let until = Instant::now() + bound;
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        interruption::check()?;
        thread::sleep(left.min(Duration::from_millis(50)));
    }
    Ok(())
}

fn rows(run: &Run, killed: Duration, connections: usize) -> Vec<Row> {
    let samples = &run.samples;
    let before = samples.iter().filter(|sample| sample.ended() <= killed);
    let usual = Quantiles::of(before.map(|sample| sample.took)).percentile(50);
    let later = || samples.iter().filter(|sample| sample.ended() > killed);
    let failed = later().filter(|sample| sample.outcome.is_err()).count();
    // Who asked before that moment got his answer from the process that died.
    let back = later()
        .filter(|sample| sample.began > killed && sample.is_by(Engine::ClickHouse))
        .map(Sample::ended)
        .min();
    let first = later()
        .filter(|sample| sample.is_by(Engine::Postgres))
        .map(|sample| milliseconds(sample.ended().saturating_sub(killed)))
        .reduce(f64::min);
    let under_way = later().filter(|sample| sample.began <= killed);
    let hit: Vec<&Sample> = under_way.collect();
    let during: Vec<&Sample> = later()
        .filter(|sample| sample.began > killed && back.is_none_or(|back| sample.ended() < back))
        .collect();

    let hit = Latency::of_samples(hit.iter().copied(), connections);
    let added = hit
        .times
        .longest()
        .zip(usual)
        .map(|(longest, usual)| (longest - usual).max(0.0));
    let mut rows = vec![
        Row::quantity(
            "outage_failed",
            "ClickHouse killed: searches that failed",
            per(failed, 1.0),
            "searches",
        )
        .within(Budget::AtMost(0.0))
        .note(format!(
            "{} searches were answered after the kill",
            later().count() - failed
        )),
    ];
    rows.push(found(
        "outage_first_answer",
        "from the kill to the first answer by Postgres",
        first,
        "ms",
        Some(FIRST_BUDGET),
    ));
    rows.push(found(
        "outage_added",
        "time added to the slowest search under way",
        added,
        "ms",
        Some(FIRST_BUDGET),
    ));
    rows.push(found(
        "outage_return",
        "from the kill to the next answer by ClickHouse",
        back.map(|back| (back.saturating_sub(killed)).as_secs_f64()),
        "s",
        None,
    ));
    rows.push(Row::latency(
        "outage_under_way",
        "searches under way at the kill",
        hit,
    ));
    rows.push(Row::latency(
        "outage_during",
        "searches from then until ClickHouse is back",
        Latency::of_samples(during.iter().copied(), connections),
    ));
    rows
}

fn found(
    key: &'static str,
    name: &'static str,
    value: Option<f64>,
    unit: &'static str,
    limit: Option<f64>,
) -> Row {
    let row = match value {
        Some(value) => Row::quantity(key, name, value, unit),
        None => Row::unmeasured(key, name, "it did not happen while the load lasted"),
    };
    match limit {
        Some(limit) => row.within(Budget::AtMost(limit)),
        None => row,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::load::{Engine, Run, Sample};
    use super::rows;

    fn sample(began: u64, took: u64, outcome: Result<Engine, &str>) -> Sample {
        Sample {
            began: Duration::from_millis(began),
            took: Duration::from_millis(took),
            outcome: outcome.map_err(str::to_owned),
        }
    }

    /// Value of each row that is a number, or the requests of each that is none.
    fn figures(samples: Vec<Sample>, killed: u64) -> Vec<(String, Option<f64>)> {
        let run = Run {
            samples,
            elapsed: Duration::from_secs(10),
        };
        let rows = rows(&run, Duration::from_millis(killed), 2);
        let json = rows.iter().map(super::Row::json);
        json.map(|row| {
            let figure = row["value"].as_f64().or_else(|| row["n"].as_f64());
            (row["key"].as_str().unwrap().to_owned(), figure)
        })
        .collect()
    }

    #[test]
    fn outage_tells_what_the_searches_under_way_waited_and_when_the_engine_was_back() {
        let figures = figures(
            vec![
                sample(0, 10, Ok(Engine::ClickHouse)),
                sample(500, 10, Ok(Engine::ClickHouse)),
                // Under way at the kill: one was answered from the dead engine's last bytes.
                sample(995, 10, Ok(Engine::ClickHouse)),
                sample(999, 111, Ok(Engine::Postgres)),
                sample(1200, 30, Ok(Engine::Postgres)),
                sample(1300, 5, Err("status 503")),
                sample(2990, 10, Ok(Engine::ClickHouse)),
                sample(3100, 10, Ok(Engine::ClickHouse)),
            ],
            1000,
        );
        let expected = [
            ("outage_failed", 1.0),
            ("outage_first_answer", 110.0),
            ("outage_added", 101.0),
            ("outage_return", 2.0),
            ("outage_under_way", 2.0),
            ("outage_during", 1.0),
        ];
        assert_eq!(
            figures,
            expected.map(|(key, figure)| (key.to_owned(), Some(figure)))
        );
    }

    #[test]
    fn engine_that_never_returns_is_not_reported_as_back() {
        let figures = figures(
            vec![
                sample(0, 10, Ok(Engine::ClickHouse)),
                sample(10, 9, Ok(Engine::Postgres)),
            ],
            12,
        );
        let back = figures.iter().find(|(key, _)| key == "outage_return");
        assert_eq!(back, Some(&("outage_return".to_owned(), None)));
    }
}
