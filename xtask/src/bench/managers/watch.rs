//! What a load costs: processor time of the service and of its engines, memory and open files over time.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use super::super::processes::{self, Share};
use crate::interruption;

/// Between two looks at memory and open files.
const EVERY: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(200);
/// The first third of a run fills caches and connections; a slope of fewer observations, ten minutes of them, is noise.
const FEWEST_OBSERVATIONS: usize = 60;

/// Which processes are watched.
pub(super) struct Watch {
    /// The one that runs the engines.
    ancestor: u32,
    servers: Vec<u32>,
}

/// One look: at what time, in seconds; how much memory in MB and how many open files all processes of the service have.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Look {
    at: f64,
    memory: f64,
    descriptors: f64,
}

/// What it cost.
#[derive(Debug)]
pub(super) struct Cost {
    pub(super) began: Instant,
    pub(super) elapsed: Duration,
    pub(super) service: Duration,
    pub(super) postgres: Duration,
    pub(super) clickhouse: Duration,
    /// Of one process, in MB.
    pub(super) most_memory: f64,
    looks: Vec<Look>,
}

/// How something grows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slope {
    pub(super) an_hour: f64,
    first: f64,
    last: f64,
    most: f64,
    observations: usize,
}

impl fmt::Display for Slope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "from {:.0} to {:.0}, at most {:.0}; the median of the slopes between {} observations after the first third",
            self.first, self.last, self.most, self.observations
        )
    }
}

impl Watch {
    pub(super) fn of(ancestor: u32, servers: &[u32]) -> Self {
        Self {
            ancestor,
            servers: servers.to_vec(),
        }
    }

    /// Watches for so long.
    pub(super) fn during(&self, time: Duration) -> anyhow::Result<Cost> {
        let (before, began) = (self.shares(), Instant::now());
        let mut looks = Vec::new();
        let mut most_memory: f64 = 0.0;
        let mut next = Duration::ZERO;
        while began.elapsed() < time {
            interruption::check()?;
            if began.elapsed() >= next {
                let look = self.look(began.elapsed());
                most_memory = self
                    .servers
                    .iter()
                    .filter_map(|server| processes::memory(*server))
                    .fold(most_memory, f64::max);
                looks.extend(look);
                next += EVERY.min(time / 4);
            }
            thread::sleep(STEP.min(time));
        }
        let after = self.shares();
        Ok(Cost {
            began,
            elapsed: began.elapsed(),
            service: after[0].saturating_sub(before[0]),
            postgres: after[1].saturating_sub(before[1]),
            clickhouse: after[2].saturating_sub(before[2]),
            most_memory,
            looks,
        })
    }

    fn shares(&self) -> [Duration; 3] {
        let own = |process: &u32| processes::processor_time_of(*process, Share::Itself);
        [
            self.servers.iter().map(own).sum(),
            processes::processor_time_of(self.ancestor, Share::Descendants("postgres")),
            processes::processor_time_of(self.ancestor, Share::Descendants("clickhouse")),
        ]
    }

    fn look(&self, at: Duration) -> Option<Look> {
        let sum = |figure: fn(u32) -> Option<f64>| {
            self.servers
                .iter()
                .map(|server| figure(*server))
                .sum::<Option<f64>>()
        };
        Some(Look {
            at: at.as_secs_f64(),
            memory: sum(processes::memory)?,
            descriptors: sum(processes::descriptors)?,
        })
    }
}

impl Cost {
    pub(super) fn total(&self) -> Duration {
        self.service + self.postgres + self.clickhouse
    }

    pub(super) fn memory_slope(&self) -> Option<Slope> {
        slope(&self.looks, |look| look.memory)
    }

    pub(super) fn descriptors_slope(&self) -> Option<Slope> {
        slope(&self.looks, |look| look.descriptors)
    }
}

/// The median of the slopes between all pairs of what was seen after the first third. What leaks grows between most of them; the
/// hourly work for all portals, a few minutes with more of everything, does not tilt it as it would a line of least squares.
fn slope(looks: &[Look], figure: impl Fn(&Look) -> f64) -> Option<Slope> {
    let looks = &looks[looks.len() / 3..];
    if looks.len() < FEWEST_OBSERVATIONS {
        return None;
    }
    let mut slopes: Vec<f64> = looks
        .iter()
        .enumerate()
        .flat_map(|(position, one)| looks[position + 1..].iter().map(move |other| (one, other)))
        .map(|(one, other)| (figure(other) - figure(one)) / (other.at - one.at))
        .collect();
    slopes.sort_unstable_by(f64::total_cmp);
    Some(Slope {
        an_hour: slopes[slopes.len() / 2] * 3_600.0,
        first: figure(looks.first()?),
        last: figure(looks.last()?),
        most: looks.iter().map(&figure).fold(f64::MIN, f64::max),
        observations: looks.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::{Look, slope};

    fn looks(memory: impl Fn(f64) -> f64, number: u32) -> Vec<Look> {
        (0..number)
            .map(|number| {
                let at = f64::from(number) * 10.0;
                Look {
                    at,
                    memory: memory(at),
                    descriptors: 10.0,
                }
            })
            .collect()
    }

    #[test]
    fn slope_of_what_grows_evenly_is_its_growth_whatever_the_beginning_was() {
        let looks = looks(|at| if at < 100.0 { at * 50.0 } else { 400.0 + at / 100.0 }, 120);

        let memory = slope(&looks, |look| look.memory).unwrap();

        assert!((memory.an_hour - 36.0).abs() < 0.01, "{memory}");
        assert_eq!(memory.observations, 80);
    }

    #[test]
    fn slope_is_not_tilted_by_a_few_minutes_with_more_of_it() {
        let looks = looks(|at| if at > 1_100.0 { 900.0 } else { 400.0 }, 120);

        let memory = slope(&looks, |look| look.memory).unwrap();

        assert!(memory.an_hour.abs() < f64::EPSILON, "{memory}");
        assert!((memory.most - 900.0).abs() < f64::EPSILON);
    }

    #[test]
    fn slope_of_what_stays_is_nothing_and_of_few_looks_unknown() {
        let descriptors = slope(&looks(|_| 5.0, 90), |look| look.descriptors).unwrap();
        assert!(descriptors.an_hour.abs() < f64::EPSILON, "{descriptors}");
        assert!(slope(&looks(|_| 5.0, 80), |look| look.memory).is_none());
    }
}
