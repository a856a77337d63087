//! Figures over time: lines out of what was kept. Pure.
//!
//! Where nothing was measured because no server ran, a line has a gap; where servers ran and nothing happened, a count is zero.

use crate::open::View;
use crate::screen::{Chart, Series};
use certlens_store::telemetry::{Point, Span, quantile, series};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// The budget of a search in docs/performance.md, in milliseconds.
const SEARCH_BUDGET: f64 = 250.0;
/// The engines in the order of their speed.
const ENGINES: [&str; 3] = ["cache", "clickhouse", "postgres"];

/// The charts for this viewer: what is of all portals together is the operator's, who looks at all of them.
pub(super) fn charts(points: &[Point], span: Span, view: &View<'_>) -> Vec<Chart> {
    let kept = Kept::new(points, span, view.now);
    let mut charts = of_searches(&kept, view);
    if view.viewer.is_operator() && view.scope.is_whole() {
        charts.extend(of_work(&kept, view));
        charts.extend(of_service(&kept, view));
    }
    charts
}

fn of_searches(kept: &Kept<'_>, view: &View<'_>) -> Vec<Chart> {
    let texts = view.texts;
    let by_engine = ENGINES.map(|engine| {
        let searches = kept.observations(series::SEARCH_SECONDS, engine);
        (texts.engine(engine).to_owned(), searches)
    });
    let latency = kept.latency(series::SEARCH_SECONDS);
    vec![
        kept.chart(
            view,
            texts.chart_search(),
            texts.milliseconds(),
            latency,
            Some(SEARCH_BUDGET),
        ),
        kept.chart(
            view,
            texts.chart_engines(),
            texts.searches_unit(),
            by_engine.to_vec(),
            None,
        ),
    ]
}

fn of_work(kept: &Kept<'_>, view: &View<'_>) -> Vec<Chart> {
    let texts = view.texts;
    let items = ["sent", "unassignable", "dead"].map(|outcome| {
        let items = kept.sums(series::ITEMS, Some(outcome));
        (texts.item_outcome(outcome).to_owned(), items)
    });
    let recounts = vec![
        (
            texts.slowest().to_owned(),
            kept.peaks(series::RECOUNT_SECONDS, false),
        ),
        (
            texts.late_by().to_owned(),
            kept.peaks(series::RECOUNT_OVERDUE, true),
        ),
    ];
    vec![
        kept.chart(
            view,
            texts.chart_queue(),
            texts.pieces_unit(),
            kept.queues(),
            None,
        ),
        kept.chart(
            view,
            texts.chart_items(),
            texts.pieces_unit(),
            items.to_vec(),
            None,
        ),
        kept.chart(view, texts.chart_recounts(), texts.seconds_unit(), recounts, None),
    ]
}

fn of_service(kept: &Kept<'_>, view: &View<'_>) -> Vec<Chart> {
    let texts = view.texts;
    let opens = kept.latency(series::OPEN_SECONDS);
    let calls = [
        (texts.rest_calls(), series::REST_CALLS),
        (texts.rest_throttled(), series::REST_THROTTLED),
        (texts.rest_errors(), series::REST_ERRORS),
    ]
    .map(|(name, series)| (name.to_owned(), kept.sums(series, None)));
    let rows = vec![
        (
            texts.rows_stored().to_owned(),
            kept.import_rows(&["new", "changed"]),
        ),
        (texts.rows_rejected().to_owned(), kept.import_rows(&["rejected"])),
    ];
    let memory = vec![(texts.largest_server().to_owned(), kept.megabytes(series::MEMORY))];
    vec![
        kept.chart(view, texts.chart_opens(), texts.milliseconds(), opens, None),
        kept.chart(
            view,
            texts.chart_rest(),
            texts.requests_unit(),
            calls.to_vec(),
            None,
        ),
        kept.chart(view, texts.chart_imports(), texts.rows_unit(), rows, None),
        kept.chart(view, texts.chart_memory(), texts.megabytes(), memory, None),
    ]
}

/// What was kept, by the moments of a line's points.
struct Kept<'a> {
    points: &'a [Point],
    moments: Vec<DateTime<Utc>>,
    /// Moments in which a server ran.
    measured: BTreeSet<DateTime<Utc>>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

type Values = Vec<(DateTime<Utc>, Option<f64>)>;

impl<'a> Kept<'a> {
    fn new(points: &'a [Point], span: Span, now: DateTime<Utc>) -> Self {
        let step = TimeDelta::from_std(span.point()).unwrap_or(TimeDelta::minutes(15));
        let from = now - TimeDelta::from_std(span.length()).unwrap_or(TimeDelta::days(1));
        // As the store bins them: whole steps since midnight of some day.
        let seconds = step.num_seconds();
        let first = from.timestamp().div_euclid(seconds) * seconds;
        let moments = (0..)
            .map_while(|place: i64| DateTime::from_timestamp(first + place * seconds, 0))
            .take_while(|at| *at <= now)
            .collect();
        Self {
            points,
            moments,
            measured: points
                .iter()
                .filter(|point| point.series == series::MEMORY)
                .map(|point| point.at)
                .collect(),
            from,
            to: now,
        }
    }

    fn chart(
        &self,
        view: &View<'_>,
        title: &str,
        unit: &str,
        lines: Vec<(String, Values)>,
        limit: Option<f64>,
    ) -> Chart {
        Chart {
            title: title.to_owned(),
            unit: unit.to_owned(),
            from: self.from,
            to: self.to,
            series: lines
                .into_iter()
                .map(|(name, points)| Series { name, points })
                .collect(),
            limit,
            empty: view.texts.chart_empty().to_owned(),
        }
    }

    /// A line: the value of each moment out of the points that are meant.
    fn line(
        &self,
        is_meant: impl Fn(&Point) -> bool,
        value: impl Fn(&[&Point]) -> Option<f64>,
        otherwise: Option<f64>,
    ) -> Values {
        let mut by_moment: BTreeMap<DateTime<Utc>, Vec<&Point>> = BTreeMap::new();
        for point in self.points.iter().filter(|point| is_meant(point)) {
            by_moment.entry(point.at).or_default().push(point);
        }
        self.moments
            .iter()
            .map(|at| {
                let found = by_moment.get(at).and_then(|points| value(points));
                let nothing = otherwise.filter(|_| self.measured.contains(at));
                (*at, found.or(nothing))
            })
            .collect()
    }

    /// What half of the observations took at most, and 95 of a hundred.
    fn latency(&self, name: &str) -> Vec<(String, Values)> {
        [("p50", 0.5), ("p95", 0.95)]
            .map(|(label, q)| (label.to_owned(), self.quantiles(name, q)))
            .to_vec()
    }

    /// A quantile of all labels together, in milliseconds.
    fn quantiles(&self, name: &str, q: f64) -> Values {
        self.line(
            |point| point.series == name,
            |points| quantile(&series::SECONDS, &merged(points), q).map(|seconds| seconds * 1000.0),
            None,
        )
    }

    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 observations")]
    fn observations(&self, name: &str, label: &str) -> Values {
        self.line(
            |point| point.series == name && point.label == label,
            |points| Some(points.iter().map(|point| point.samples).sum::<i64>() as f64),
            Some(0.0),
        )
    }

    fn sums(&self, name: &str, label: Option<&str>) -> Values {
        self.line(
            |point| point.series == name && label.is_none_or(|label| point.label == label),
            |points| Some(points.iter().map(|point| point.total).sum()),
            Some(0.0),
        )
    }

    fn import_rows(&self, outcomes: &[&str]) -> Values {
        self.line(
            |point| {
                let outcome = point.label.rsplit('/').next().unwrap_or_default();
                point.series == series::IMPORT_ROWS && outcomes.contains(&outcome)
            },
            |points| Some(points.iter().map(|point| point.total).sum()),
            Some(0.0),
        )
    }

    fn peaks(&self, name: &str, is_gauge: bool) -> Values {
        self.line(
            |point| point.series == name,
            |points| points.iter().map(|point| point.peak).reduce(f64::max),
            is_gauge.then_some(0.0),
        )
    }

    fn megabytes(&self, name: &str) -> Values {
        self.line(
            |point| point.series == name,
            |points| {
                points
                    .iter()
                    .map(|point| point.peak / 1_000_000.0)
                    .reduce(f64::max)
            },
            None,
        )
    }

    /// What waits, a line for each kind of work; kinds of which nothing ever waited have none.
    fn queues(&self) -> Vec<(String, Values)> {
        let kinds: BTreeSet<&str> = self
            .points
            .iter()
            .filter(|point| point.series == series::QUEUE_DEPTH && point.peak > 0.0)
            .map(|point| kind(&point.label))
            .collect();
        kinds
            .into_iter()
            .map(|wanted| {
                let values = self.line(
                    |point| point.series == series::QUEUE_DEPTH && kind(&point.label) == wanted,
                    |points| Some(points.iter().map(|point| point.mean()).sum()),
                    Some(0.0),
                );
                (wanted.to_owned(), values)
            })
            .collect()
    }
}

/// The kind of work in a label such as `items/waiting`.
fn kind(label: &str) -> &str {
    label.split('/').next().unwrap_or(label)
}

/// The buckets of several points, added up.
pub(super) fn merged(points: &[&Point]) -> Vec<u64> {
    let mut sum = vec![0; series::SECONDS.len() + 1];
    for buckets in points.iter().filter_map(|point| point.buckets.as_ref()) {
        for (sum, held) in sum.iter_mut().zip(buckets) {
            *sum += held.unsigned_abs();
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 21, 12, 7, 0).unwrap()
    }

    fn point(name: &str, label: &str, minutes_ago: i64, total: f64) -> Point {
        let at = now() - TimeDelta::minutes(minutes_ago);
        Point {
            series: name.to_owned(),
            label: label.to_owned(),
            at: DateTime::from_timestamp(at.timestamp() / 900 * 900, 0).unwrap(),
            samples: 1,
            total,
            peak: total,
            buckets: None,
        }
    }

    #[test]
    fn line_is_zero_where_nothing_happened_and_has_a_gap_where_no_server_ran() {
        let points = [
            point(series::MEMORY, "", 0, 1e6),
            point(series::MEMORY, "", 30, 1e6),
            point(series::REST_CALLS, "", 30, 7.0),
        ];
        let kept = Kept::new(&points, Span::Day, now());

        let calls = kept.sums(series::REST_CALLS, None);

        assert_eq!(calls.len(), 97);
        let last: Vec<Option<f64>> = calls.iter().rev().take(3).map(|(_, value)| *value).collect();
        assert_eq!(last, [Some(0.0), None, Some(7.0)]);
    }

    #[test]
    fn quantile_is_of_all_engines_together_in_milliseconds() {
        let mut fast = point(series::SEARCH_SECONDS, "cache", 0, 1.0);
        fast.buckets = Some(vec![10]);
        let mut slow = point(series::SEARCH_SECONDS, "postgres", 0, 1.0);
        slow.buckets = Some(vec![0, 0, 0, 0, 0, 0, 0, 10]);
        let points = [fast, slow];
        let kept = Kept::new(&points, Span::Day, now());

        let latest = |q| {
            kept.quantiles(series::SEARCH_SECONDS, q)
                .last()
                .unwrap()
                .1
                .unwrap()
        };

        assert!((latest(0.5) - 0.5).abs() < 1e-9);
        assert!((latest(1.0) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn queue_has_a_line_for_each_kind_of_work_that_ever_waited() {
        let points = [
            point(series::QUEUE_DEPTH, "items/waiting", 0, 5.0),
            point(series::QUEUE_DEPTH, "items/dead", 0, 2.0),
            point(series::QUEUE_DEPTH, "crawl/running", 0, 0.0),
        ];
        let kept = Kept::new(&points, Span::Day, now());

        let lines = kept.queues();

        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].0, "items");
        assert_eq!(lines[0].1.last().unwrap().1, Some(7.0));
    }
}
