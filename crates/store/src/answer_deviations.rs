//! Where portals answered otherwise than we know them to: how often, since when, and the shape of one such value.
//!
//! Rows are bounded by portal, go with it, and are forgotten when nothing like them was seen for a month. Knows words for
//! shapes, and no method.

use crate::{MemberId, Store, StoreError};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// So many are kept of a portal: those that were seen last.
pub const KEPT_OF_A_PORTAL: i64 = 200;

/// What was noticed since the last time, to be added to what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticedDeviation {
    /// The method that answered.
    pub method: String,
    /// The field.
    pub field: String,
    /// What is known, as a stable word.
    pub expected: String,
    /// What came, as a stable word.
    pub found: String,
    /// The value's shape: at most 500 bytes, no letters and digits of it.
    pub sample: String,
    /// How often.
    pub times: u64,
}

/// A kind of answers that differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerDeviation {
    /// Names it.
    pub id: i64,
    /// The method that answered.
    pub method: String,
    /// The field.
    pub field: String,
    /// What is known, as a stable word.
    pub expected: String,
    /// What came, as a stable word.
    pub found: String,
    /// The shape of the latest such value.
    pub sample: String,
    /// How often.
    pub times: i64,
    /// Since when.
    pub first_seen_at: DateTime<Utc>,
    /// When last.
    pub last_seen_at: DateTime<Utc>,
    /// Who saw it and wants to hear no more of it.
    pub hidden_by: Option<String>,
    /// Since when.
    pub hidden_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Adds what was noticed. Nothing for a portal that isn't there: its answers are nobody's concern any more.
    pub async fn note_deviations(
        &self,
        member_id: &MemberId,
        noticed: &[NoticedDeviation],
    ) -> Result<(), StoreError> {
        if noticed.is_empty() {
            return Ok(());
        }
        let column = |of: fn(&NoticedDeviation) -> &str| -> Vec<String> {
            noticed.iter().map(|one| of(one).replace('\0', "")).collect()
        };
        let times: Vec<i64> = noticed
            .iter()
            .map(|one| i64::try_from(one.times.max(1)).unwrap_or(i64::MAX))
            .collect();
        let mut transaction = self.pool.begin().await?;
        sqlx::query!(
            "INSERT INTO answer_deviations AS known (member_id, method, field, expected, found, sample, times)
             SELECT portal.member_id, noticed.method, noticed.field, noticed.expected, noticed.found,
                    max(noticed.sample), sum(noticed.times)::bigint
             FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[])
                  AS noticed (method, field, expected, found, sample, times)
             JOIN portals AS portal ON portal.member_id = $1
             GROUP BY portal.member_id, noticed.method, noticed.field, noticed.expected, noticed.found
             -- Processes that note the same must not wait for each other crosswise.
             ORDER BY 2, 3, 4, 5
             ON CONFLICT (member_id, method, field, expected, found) DO UPDATE
             SET times = known.times + excluded.times, sample = excluded.sample, last_seen_at = now()",
            member_id.as_str(),
            &column(|one| &one.method),
            &column(|one| &one.field),
            &column(|one| &one.expected),
            &column(|one| &one.found),
            &column(|one| &one.sample),
            &times,
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "DELETE FROM answer_deviations WHERE id IN (
                 SELECT id FROM answer_deviations WHERE member_id = $1
                 ORDER BY last_seen_at DESC, id DESC OFFSET $2)",
            member_id.as_str(),
            KEPT_OF_A_PORTAL,
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Everything that is kept of a portal: what nobody has seen yet first, then what was seen last.
    pub async fn deviations(&self, member_id: &MemberId) -> Result<Vec<AnswerDeviation>, StoreError> {
        Ok(sqlx::query_as!(
            AnswerDeviation,
            "SELECT id, method, field, expected, found, sample, times, first_seen_at, last_seen_at, hidden_by, hidden_at
             FROM answer_deviations WHERE member_id = $1
             ORDER BY hidden_at IS NOT NULL, last_seen_at DESC, id",
            member_id.as_str(),
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// One of a portal's; `None` when it has no such one.
    pub async fn deviation(
        &self,
        member_id: &MemberId,
        id: i64,
    ) -> Result<Option<AnswerDeviation>, StoreError> {
        Ok(sqlx::query_as!(
            AnswerDeviation,
            "SELECT id, method, field, expected, found, sample, times, first_seen_at, last_seen_at, hidden_by, hidden_at
             FROM answer_deviations WHERE member_id = $1 AND id = $2",
            member_id.as_str(),
            id,
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Hides one, or all of a portal's that are not hidden yet; how many.
    pub async fn hide_deviations(
        &self,
        member_id: &MemberId,
        id: Option<i64>,
        by: &str,
    ) -> Result<u64, StoreError> {
        let outcome = sqlx::query!(
            "UPDATE answer_deviations SET hidden_by = $3, hidden_at = now()
             WHERE member_id = $1 AND ($2::bigint IS NULL OR id = $2) AND hidden_at IS NULL",
            member_id.as_str(),
            id,
            by,
        )
        .execute(&self.pool)
        .await?;
        Ok(outcome.rows_affected())
    }

    /// Shows one again; whether it was hidden.
    pub async fn show_deviation(&self, member_id: &MemberId, id: i64) -> Result<bool, StoreError> {
        let outcome = sqlx::query!(
            "UPDATE answer_deviations SET hidden_by = NULL, hidden_at = NULL
             WHERE member_id = $1 AND id = $2 AND hidden_at IS NOT NULL",
            member_id.as_str(),
            id,
        )
        .execute(&self.pool)
        .await?;
        Ok(outcome.rows_affected() > 0)
    }

    /// Forgets what was not seen for this time; should it come again, it is news.
    pub async fn purge_deviations(&self, kept: Duration) -> Result<u64, StoreError> {
        let outcome = sqlx::query!(
            "DELETE FROM answer_deviations WHERE last_seen_at < now() - make_interval(secs => $1)",
            crate::seconds(kept),
        )
        .execute(&self.pool)
        .await?;
        Ok(outcome.rows_affected())
    }
}
