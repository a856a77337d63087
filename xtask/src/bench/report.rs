//! The rows on a terminal, and as one JSON object.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::machine;
use super::row::{Budget, Figures, Latency, Row, verdict};

/// All that a measurement found.
pub(crate) struct Report {
    pub(crate) machine: Value,
    pub(crate) stock: Value,
    pub(crate) rows: Vec<Row>,
}

impl Report {
    pub(crate) fn json(&self) -> Value {
        json!({
            "machine": self.machine,
            "stock": self.stock,
            "rows": self.rows.iter().map(Row::json).collect::<Vec<_>>(),
        })
    }

    /// Requests first, then single numbers, then what is to be said about either.
    pub(crate) fn table(&self) -> String {
        let mut text = format!(
            "{}\n{} documents, seed {}\n\n",
            machine::described(&self.machine),
            self.stock["documents"],
            self.stock["seed"]
        );
        let mut requests = vec![
            [
                "milliseconds",
                "n",
                "at once",
                "p50",
                "p95",
                "p99",
                "max",
                "1/s",
                "CPU",
                "answered by",
                "budget",
                "",
            ]
            .map(str::to_owned)
            .to_vec(),
        ];
        let mut numbers = vec![["numbers", "", "", "budget", ""].map(str::to_owned).to_vec()];
        for row in &self.rows {
            match &row.figures {
                Figures::Latency(latency) => requests.push(request_cells(row, latency)),
                Figures::Quantity { value, unit, .. } => numbers.push(vec![
                    row.name.clone(),
                    number(*value),
                    (*unit).to_owned(),
                    budget(row),
                    judged(row),
                ]),
                Figures::Unmeasured(_) => numbers.push(vec![
                    row.name.clone(),
                    "–".to_owned(),
                    "not measured".to_owned(),
                    budget(row),
                    String::new(),
                ]),
            }
        }
        text.push_str(&aligned(&requests, &(1..=8)));
        text.push('\n');
        text.push_str(&aligned(&numbers, &(1..=1)));
        text.push('\n');
        for row in &self.rows {
            for remark in remarks(row) {
                // Writing to a string does not fail.
                let _ = writeln!(text, "{}: {remark}", distinct_name(row));
            }
        }
        text
    }
}

fn request_cells(row: &Row, latency: &Latency) -> Vec<String> {
    let time = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.1}"));
    let engines: Vec<&str> = latency.engines.iter().map(|(engine, _)| *engine).collect();
    vec![
        row.name.clone(),
        latency.times.count().to_string(),
        latency.connections.to_string(),
        time(latency.times.percentile(50)),
        time(latency.times.percentile(95)),
        time(latency.times.percentile(99)),
        time(latency.times.longest()),
        if latency.per_second > 0.0 {
            format!("{:.0}", latency.per_second)
        } else {
            "–".to_owned()
        },
        time(latency.processor),
        engines.join(", "),
        budget(row),
        judged(row),
    ]
}

fn budget(row: &Row) -> String {
    match row.budget {
        Some(Budget::NinetyFifth(limit)) => format!("p95 ≤ {}", number(limit)),
        Some(Budget::AtMost(limit)) => format!("≤ {}", number(limit)),
        Some(Budget::AtLeast(limit)) => format!("≥ {}", number(limit)),
        None => "–".to_owned(),
    }
}

fn judged(row: &Row) -> String {
    row.verdict().map(verdict).unwrap_or_default().to_owned()
}

fn remarks(row: &Row) -> Vec<String> {
    let mut remarks = Vec::new();
    match &row.figures {
        Figures::Latency(latency) => {
            if let Some(reason) = &latency.first_failure {
                remarks.push(format!("{} requests failed, the first: {reason}", latency.failed));
            }
            if let [_, _, ..] = latency.engines[..] {
                let engines = latency
                    .engines
                    .iter()
                    .map(|(engine, count)| format!("{count} {engine}"));
                remarks.push(engines.collect::<Vec<_>>().join(", "));
            }
        }
        Figures::Unmeasured(reason) => remarks.push(reason.clone()),
        Figures::Quantity { .. } => {}
    }
    remarks.extend(row.note.clone());
    remarks
}

/// Rows that differ only in how many ask are told apart.
fn distinct_name(row: &Row) -> String {
    match &row.figures {
        Figures::Latency(latency) => format!("{}, {} at once", row.name, latency.connections),
        _ => row.name.clone(),
    }
}

/// As many digits as say something.
fn number(value: f64) -> String {
    if value.fract() == 0.0 || value.abs() >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}

/// Columns as wide as their widest cell; some, of numbers, to the right.
fn aligned(rows: &[Vec<String>], to_the_right: &RangeInclusive<usize>) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (index, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let gap = if index == 0 { "" } else { "  " };
            // Writing to a string does not fail.
            let _ = if to_the_right.contains(&index) {
                write!(line, "{gap}{cell:>width$}")
            } else {
                write!(line, "{gap}{cell:<width$}")
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::super::load::{Engine, Run, Sample};
    use super::super::row::{Budget, Latency, Row};
    use super::Report;

    fn report() -> Report {
        let samples = (1..=20).map(|took| Sample {
            began: Duration::ZERO,
            took: Duration::from_millis(took),
            outcome: Ok(Engine::ClickHouse),
        });
        let run = Run {
            samples: samples.collect(),
            elapsed: Duration::from_millis(210),
        };
        let search = Row::latency("search", "one counterparty", Latency::of(&run, 1));
        Report {
            machine: json!({"cores": 2}),
            stock: json!({"documents": 1000, "seed": 1}),
            rows: vec![
                search.within(Budget::NinetyFifth(20.0)),
                Row::quantity("import", "import", 48_000.4, "documents/s").within(Budget::AtLeast(50_000.0)),
                Row::unmeasured("card", "card page", "there is no portal"),
            ],
        }
    }

    #[test]
    fn table_has_each_row_with_its_verdict_and_says_what_was_not_measured() {
        assert_eq!(
            report().table(),
            "2 cores\n\
             1000 documents, seed 1\n\n\
             milliseconds       n  at once   p50   p95   p99   max  1/s  CPU  answered by  budget\n\
             one counterparty  20        1  10.0  19.0  20.0  20.0   95    –  clickhouse   p95 ≤ 20  met\n\n\
             numbers                         budget\n\
             import     48000  documents/s   ≥ 50000  missed\n\
             card page      –  not measured  –\n\n\
             card page: there is no portal\n"
        );
    }

    #[test]
    fn json_has_each_row_by_its_key() {
        let json = report().json();
        assert_eq!(json["machine"]["cores"], 2);
        let keys: Vec<_> = json["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| &row["key"])
            .collect();
        assert_eq!(keys, ["search", "import", "card"]);
        assert_eq!(json["rows"][0]["verdict"], "met");
    }
}
