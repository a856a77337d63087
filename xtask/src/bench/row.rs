//! One row of figures: what was measured, how, and what the design allows.

use serde_json::{Map, Value, json};

use super::load::{Run, Sample};
use super::quantiles::Quantiles;

/// What the design allows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Budget {
    /// 95 of a hundred requests take at most so many milliseconds, and none fails.
    NinetyFifth(f64),
    /// At most so much, in the row's unit.
    AtMost(f64),
    /// At least so much, in the row's unit.
    AtLeast(f64),
}

/// What came out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Figures {
    /// Times of requests.
    Latency(Latency),
    /// A single number.
    Quantity {
        value: f64,
        unit: &'static str,
        /// Of how many observations; 1 for a plain measurement.
        observations: usize,
    },
    /// Nothing, because of this.
    Unmeasured(String),
}

/// Times of requests.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Latency {
    pub(crate) times: Quantiles,
    /// The connections that asked at the same time.
    pub(crate) connections: usize,
    pub(crate) per_second: f64,
    /// Milliseconds of processor time that the server and its engines spent on one request, where it was watched.
    pub(crate) processor: Option<f64>,
    /// Answers by engine.
    pub(crate) engines: Vec<(&'static str, usize)>,
    /// Requests that failed, and why the first of them did.
    pub(crate) failed: usize,
    pub(crate) first_failure: Option<String>,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// Stays the same over versions.
    pub(crate) key: &'static str,
    pub(crate) name: String,
    pub(crate) figures: Figures,
    pub(crate) budget: Option<Budget>,
    pub(crate) note: Option<String>,
}

impl Latency {
    pub(crate) fn of(run: &Run, connections: usize) -> Self {
        let latency = Self::of_samples(&run.samples, connections);
        let seconds = run.elapsed.as_secs_f64();
        let per_second = if seconds > 0.0 {
            per(latency.times.count(), seconds)
        } else {
            0.0
        };
        Self {
            per_second,
            ..latency
        }
    }

    /// Of some samples of a longer run: how many a second would say nothing.
    pub(crate) fn of_samples<'samples>(
        samples: impl IntoIterator<Item = &'samples Sample> + Clone,
        connections: usize,
    ) -> Self {
        let answered = samples
            .clone()
            .into_iter()
            .filter(|sample| sample.outcome.is_ok());
        let mut engines: Vec<(&'static str, usize)> = Vec::new();
        let mut failures = Vec::new();
        for sample in samples {
            match &sample.outcome {
                Ok(engine) => match engines.iter_mut().find(|(key, _)| *key == engine.key()) {
                    Some((_, count)) => *count += 1,
                    None => engines.push((engine.key(), 1)),
                },
                Err(reason) => failures.push((sample.ended(), reason)),
            }
        }
        engines.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let first_failure = failures.iter().min().map(|(_, reason)| (*reason).clone());
        Self {
            times: Quantiles::of(answered.map(|sample| sample.took)),
            connections,
            per_second: 0.0,
            processor: None,
            engines,
            failed: failures.len(),
            first_failure,
        }
    }
}

/// A number a unit.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of requests and documents are far below 2^52"
)]
pub(crate) fn per(count: usize, unit: f64) -> f64 {
    count as f64 / unit
}

impl Row {
    pub(crate) fn latency(key: &'static str, name: impl Into<String>, latency: Latency) -> Self {
        Self::of(key, name, Figures::Latency(latency))
    }

    pub(crate) fn quantity(
        key: &'static str,
        name: impl Into<String>,
        value: f64,
        unit: &'static str,
    ) -> Self {
        let figures = Figures::Quantity {
            value,
            unit,
            observations: 1,
        };
        Self::of(key, name, figures)
    }

    pub(crate) fn unmeasured(key: &'static str, name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::of(key, name, Figures::Unmeasured(reason.into()))
    }

    fn of(key: &'static str, name: impl Into<String>, figures: Figures) -> Self {
        Self {
            key,
            name: name.into(),
            figures,
            budget: None,
            note: None,
        }
    }

    pub(crate) fn within(self, budget: Budget) -> Self {
        Self {
            budget: Some(budget),
            ..self
        }
    }

    pub(crate) fn note(self, note: impl Into<String>) -> Self {
        Self {
            note: Some(note.into()),
            ..self
        }
    }

    /// Whether the budget is met; `None` where there is none or nothing was measured.
    pub(crate) fn verdict(&self) -> Option<bool> {
        match (self.budget?, &self.figures) {
            (Budget::NinetyFifth(limit), Figures::Latency(latency)) => {
                Some(latency.failed == 0 && latency.times.percentile(95)? <= limit)
            }
            (Budget::AtMost(limit), Figures::Quantity { value, .. }) => Some(*value <= limit),
            (Budget::AtLeast(limit), Figures::Quantity { value, .. }) => Some(*value >= limit),
            _ => None,
        }
    }

    pub(crate) fn json(&self) -> Value {
        let mut row = match &self.figures {
            Figures::Latency(latency) => latency.json(),
            Figures::Quantity {
                value,
                unit,
                observations,
            } => fields(json!({"value": rounded(*value), "unit": unit, "n": observations})),
            Figures::Unmeasured(reason) => fields(json!({"unmeasured": reason})),
        };
        row.insert("key".to_owned(), json!(self.key));
        row.insert("name".to_owned(), json!(self.name));
        let budget = self.budget.map(|budget| match budget {
            Budget::NinetyFifth(limit) => json!({"p95_ms": limit}),
            Budget::AtMost(limit) => json!({"at_most": limit}),
            Budget::AtLeast(limit) => json!({"at_least": limit}),
        });
        row.insert("budget".to_owned(), json!(budget));
        row.insert("verdict".to_owned(), json!(self.verdict().map(verdict)));
        row.insert("note".to_owned(), json!(self.note));
        Value::Object(row)
    }
}

pub(crate) const fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}

impl Latency {
    fn json(&self) -> Map<String, Value> {
        let engines: Map<String, Value> = self
            .engines
            .iter()
            .map(|(engine, count)| ((*engine).to_owned(), json!(count)))
            .collect();
        fields(json!({
            "n": self.times.count(),
            "failed": self.failed,
            "first_failure": self.first_failure,
            "concurrency": self.connections,
            "p50_ms": self.times.percentile(50).map(rounded),
            "p95_ms": self.times.percentile(95).map(rounded),
            "p99_ms": self.times.percentile(99).map(rounded),
            "max_ms": self.times.longest().map(rounded),
            "per_second": rounded(self.per_second),
            "processor_ms": self.processor.map(rounded),
            "engines": engines,
        }))
    }
}

/// To thousandths: further digits say nothing.
fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

fn fields(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::load::{Engine, Run, Sample};
    use super::{Budget, Latency, Row};

    fn sample(milliseconds: u64, outcome: Result<Engine, &str>) -> Sample {
        Sample {
            began: Duration::ZERO,
            took: Duration::from_millis(milliseconds),
            outcome: outcome.map_err(str::to_owned),
        }
    }

    fn row(samples: Vec<Sample>) -> Row {
        let run = Run {
            samples,
            elapsed: Duration::from_secs(2),
        };
        Row::latency("search", "search", Latency::of(&run, 1)).within(Budget::NinetyFifth(20.0))
    }

    #[test]
    fn row_within_its_budget_is_met_and_tells_who_answered() {
        let answered = [Engine::Cache, Engine::ClickHouse, Engine::ClickHouse];
        let row = row(answered.map(|engine| sample(20, Ok(engine))).into());
        assert_eq!(row.verdict(), Some(true));
        let json = row.json();
        assert_eq!(json["verdict"], "met");
        assert_eq!(json["engines"]["clickhouse"], 2);
        assert_eq!(json["per_second"], 1.5);
        assert_eq!(json["p95_ms"], 20.0);
    }

    #[test]
    fn row_with_a_failed_request_or_a_slow_twentieth_is_missed() {
        let slow = row(vec![sample(5, Ok(Engine::Cache)), sample(21, Ok(Engine::Cache))]);
        assert_eq!(slow.verdict(), Some(false));
        let failed = row(vec![sample(5, Ok(Engine::Cache)), sample(1, Err("status 503"))]);
        assert_eq!(failed.verdict(), Some(false));
        assert_eq!(failed.json()["first_failure"], "status 503");
    }

    #[test]
    fn quantity_is_judged_by_the_side_that_its_budget_names() {
        let rate = Row::quantity("import", "import", 49_000.0, "documents/s");
        assert_eq!(rate.verdict(), None);
        assert_eq!(
            rate.clone().within(Budget::AtLeast(50_000.0)).verdict(),
            Some(false)
        );
        assert_eq!(rate.within(Budget::AtMost(50_000.0)).verdict(), Some(true));
        let missing = Row::unmeasured("card", "card", "no portal").within(Budget::AtMost(1.0));
        assert_eq!(missing.verdict(), None);
    }
}
