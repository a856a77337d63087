//! Figures over time: what all processes counted and measured, by the minute and by the hour.
//!
//! Each process adds what it gathered since it last did ([`Store::add_telemetry`]); rows of the same minute are added up,
//! whoever wrote them, so nothing depends on which process it was or on its restarts. [`Store::roll_up_telemetry`] makes
//! hours out of minutes and forgets what is old. Which metrics are kept is said in [`series`]; that the table stays small
//! follows from it. May know: names of metrics. Must not know: what they mean, how they are drawn.

mod portal;
mod quantile;
mod reading;
mod roll_up;
pub mod series;

pub use portal::{PortalFigure, PortalTotal};
pub use quantile::quantile;
pub use reading::{Point, Span};
pub use roll_up::RolledUp;

use crate::{Store, StoreError};
use serde::Serialize;
use std::time::Duration;

/// More figures than this in a minute are not written: a label that takes any value must not fill the table.
pub const MOST_FIGURES: usize = 500;

/// What a process gathered of one series since it last wrote.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// The metric's name.
    pub series: &'static str,
    /// The values of its labels, in their order, with a stroke between them.
    pub label: String,
    /// Increments, looks or observations.
    pub samples: u64,
    /// Their sum.
    pub total: f64,
    /// The highest of them.
    pub peak: f64,
    /// Of a histogram: how many observations lay within each of [`series::SECONDS`], the last above all.
    pub buckets: Option<Vec<u64>>,
}

impl Store {
    /// Adds what was gathered during the last `gathered` to the minute in the middle of that time, by the database's
    /// clock.
    pub async fn add_telemetry(&self, figures: &[Figure], gathered: Duration) -> Result<(), StoreError> {
        if figures.is_empty() {
            return Ok(());
        }
        let kept = figures.len().min(MOST_FIGURES);
        let rows = serde_json::to_value(&figures[..kept])
            .map_err(|_| StoreError::inconsistent("telemetry", "figures"))?;
        // In one order, so that two processes that write the same rows don't wait for each other in a circle.
        sqlx::query!(
            "INSERT INTO telemetry AS kept (step, series, label, at, samples, total, peak, buckets)
             SELECT 'minute', series, label,
                    date_trunc('minute', clock_timestamp() - make_interval(secs => $2), 'UTC'),
                    samples, total, peak, buckets
             FROM jsonb_to_recordset($1) AS added (
                series text, label text, samples bigint, total double precision, peak double precision,
                buckets bigint[])
             ORDER BY series COLLATE \"C\", label COLLATE \"C\"
             ON CONFLICT (step, series, label, at) DO UPDATE SET
                samples = kept.samples + excluded.samples,
                total = kept.total + excluded.total,
                peak = greatest(kept.peak, excluded.peak),
                buckets = added_buckets(kept.buckets, excluded.buckets)",
            rows,
            gathered.as_secs_f64().min(3600.0) / 2.0,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
