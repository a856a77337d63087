//! Figures of single portals, by the hour: how much of its budget a portal's calls take, what is opened there.

use super::Store;
use crate::{MemberId, StoreError};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// So many portals are listed at most.
const MOST_PORTALS: i64 = 50;

/// What a process counted of one portal since it last wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct PortalFigure {
    /// The portal.
    pub member_id: MemberId,
    /// The metric's name.
    pub series: &'static str,
    /// How much.
    pub total: f64,
}

/// What was counted of one portal.
#[derive(Debug, Clone, PartialEq)]
pub struct PortalTotal {
    /// The portal.
    pub member_id: MemberId,
    /// Its host.
    pub domain: String,
    /// How much.
    pub total: f64,
    /// The most of one hour.
    pub busiest_hour: f64,
}

impl Store {
    /// Adds to the present hour. Portals that were erased meanwhile are left out.
    pub async fn add_portal_telemetry(&self, figures: &[PortalFigure]) -> Result<(), StoreError> {
        if figures.is_empty() {
            return Ok(());
        }
        let portals: Vec<String> = figures
            .iter()
            .map(|figure| figure.member_id.as_str().to_owned())
            .collect();
        let series: Vec<String> = figures.iter().map(|figure| figure.series.to_owned()).collect();
        let totals: Vec<f64> = figures.iter().map(|figure| figure.total).collect();
        sqlx::query!(
            "INSERT INTO portal_telemetry AS kept (member_id, series, at, total)
             SELECT portals.member_id, added.series, date_trunc('hour', clock_timestamp(), 'UTC'), sum(added.total)
             FROM unnest($1::text[], $2::text[], $3::double precision[]) AS added (member_id, series, total)
             JOIN portals ON portals.member_id = added.member_id
             GROUP BY 1, 2, 3
             ORDER BY 1, 2
             ON CONFLICT (member_id, series, at) DO UPDATE SET total = kept.total + excluded.total",
            &portals,
            &series,
            &totals,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The portals of which most was counted in the last `within`, the busiest first; or the one that is named.
    pub async fn busiest_portals(
        &self,
        series: &str,
        within: Duration,
        only: Option<&MemberId>,
    ) -> Result<Vec<PortalTotal>, StoreError> {
        sqlx::query!(
            r#"SELECT counted.member_id, portals.domain, sum(counted.total) AS "total!",
                      max(counted.total) AS "busiest_hour!"
               FROM portal_telemetry AS counted JOIN portals ON portals.member_id = counted.member_id
               WHERE counted.series = $1 AND counted.at > clock_timestamp() - make_interval(secs => $2)
                 AND ($3::text IS NULL OR counted.member_id = $3)
               GROUP BY 1, 2 ORDER BY 3 DESC, 1 LIMIT $4"#,
            series,
            within.as_secs_f64(),
            only.map(MemberId::as_str),
            MOST_PORTALS,
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(PortalTotal {
                member_id: MemberId::parse(&row.member_id)
                    .map_err(|_| StoreError::inconsistent("portal_telemetry", "member_id"))?,
                domain: row.domain,
                total: row.total,
                busiest_hour: row.busiest_hour,
            })
        })
        .collect()
    }

    /// What was counted of the portal, hour by hour, the oldest first.
    pub async fn portal_hours(
        &self,
        member_id: &MemberId,
        series: &str,
        within: Duration,
    ) -> Result<Vec<(DateTime<Utc>, f64)>, StoreError> {
        let rows = sqlx::query!(
            "SELECT at, total FROM portal_telemetry
             WHERE member_id = $1 AND series = $2 AND at > clock_timestamp() - make_interval(secs => $3)
             ORDER BY at LIMIT 1000",
            member_id.as_str(),
            series,
            within.as_secs_f64(),
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.at, row.total)).collect())
    }
}
