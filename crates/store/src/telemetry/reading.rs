//! Figures read for a chart: so few points that a line can be drawn through them.

use super::Store;
use crate::StoreError;
use chrono::{DateTime, Utc};
use std::time::Duration;

/// A chart has at most so many points of all its lines together.
const MOST_POINTS: i64 = 20_000;

/// How far back a chart looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Span {
    /// 24 hours, a point for each quarter of an hour.
    Day,
    /// 30 days, a point for each six hours.
    Month,
}

impl Span {
    /// How far back.
    pub const fn length(self) -> Duration {
        match self {
            Self::Day => Duration::from_hours(24),
            Self::Month => Duration::from_hours(24 * 30),
        }
    }

    /// What one point covers.
    pub const fn point(self) -> Duration {
        match self {
            Self::Day => Duration::from_mins(15),
            Self::Month => Duration::from_hours(6),
        }
    }

    const fn step(self) -> &'static str {
        match self {
            Self::Day => "minute",
            Self::Month => "hour",
        }
    }
}

/// What happened to a series during one point's time, in all processes together.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The metric's name.
    pub series: String,
    /// The values of its labels, with a stroke between them.
    pub label: String,
    /// The beginning of the point's time.
    pub at: DateTime<Utc>,
    /// Increments, looks or observations.
    pub samples: i64,
    /// Their sum.
    pub total: f64,
    /// The highest of them.
    pub peak: f64,
    /// Of a histogram: see [`super::Figure::buckets`].
    pub buckets: Option<Vec<i64>>,
}

impl Point {
    /// What a gauge showed on average.
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 looks")]
    pub fn mean(&self) -> f64 {
        if self.samples == 0 {
            return 0.0;
        }
        self.total / self.samples as f64
    }

    /// See [`super::quantile`]; `None` when this is no histogram, or is an empty one.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let buckets: Vec<u64> = self
            .buckets
            .as_ref()?
            .iter()
            .map(|held| held.unsigned_abs())
            .collect();
        super::quantile(&super::series::SECONDS, &buckets, q)
    }
}

impl Store {
    /// The points of these series up to now, by series, label and time.
    pub async fn telemetry(&self, series: &[&str], span: Span) -> Result<Vec<Point>, StoreError> {
        let series: Vec<String> = series.iter().map(|&one| one.to_owned()).collect();
        Ok(sqlx::query_as!(
            Point,
            r#"SELECT series, label,
                      date_bin(make_interval(secs => $4), at, '2000-01-01 00:00:00Z') AS "at!",
                      sum(samples)::bigint AS "samples!", sum(total) AS "total!", max(peak) AS "peak!",
                      sum_of_buckets(buckets) AS buckets
               FROM telemetry
               WHERE step = $1 AND series = ANY ($2) AND at > clock_timestamp() - make_interval(secs => $3)
               GROUP BY 1, 2, 3
               ORDER BY 1, 2, 3
               LIMIT $5"#,
            span.step(),
            &series,
            span.length().as_secs_f64(),
            span.point().as_secs_f64(),
            MOST_POINTS,
        )
        .fetch_all(&self.pool)
        .await?)
    }
}
