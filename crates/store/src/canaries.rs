//! What the latest look at each portal found. Written by whoever looked; knows no step's meaning.

use crate::{CrmEntity, EntityType, MemberId, Store, StoreError};
use chrono::{DateTime, Utc};
use serde_json::Value;

/// What a look found, to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct CanaryFinding<'a> {
    /// The steps as they were taken.
    pub steps: &'a Value,
    /// The first that failed, and in whose words.
    pub failure: Option<(&'a str, &'a str)>,
    /// Whether the portal was seen. Else only the steps are kept: a failure found before neither ends nor counts once more.
    pub is_conclusive: bool,
}

/// The latest look.
#[derive(Debug, Clone, PartialEq)]
pub struct Canary {
    /// When.
    pub ran_at: DateTime<Utc>,
    /// The steps as they were taken.
    pub steps: Value,
    /// The first that failed.
    pub failed_step: Option<String>,
    /// Why, in the portal's or our words.
    pub words: Option<String>,
    /// How many looks in a row failed.
    pub failures: i32,
    /// Since when.
    pub failing_since: Option<DateTime<Utc>>,
}

impl Store {
    /// Keeps what a look found in place of the latest one. Nothing for a portal that isn't there.
    pub async fn keep_canary(
        &self,
        member_id: &MemberId,
        finding: &CanaryFinding<'_>,
    ) -> Result<(), StoreError> {
        let (step, words) = finding.failure.unzip();
        sqlx::query!(
            "INSERT INTO portal_canaries AS known (member_id, steps, failed_step, words, failures, failing_since)
             SELECT member_id, $2, $3, $4, CASE WHEN $3::text IS NULL THEN 0 ELSE 1 END,
                    CASE WHEN $3::text IS NULL THEN NULL ELSE now() END
             FROM portals WHERE member_id = $1
             ON CONFLICT (member_id) DO UPDATE
             SET ran_at = now(), steps = excluded.steps,
                 failed_step = CASE WHEN $5 THEN excluded.failed_step ELSE known.failed_step END,
                 words = CASE WHEN $5 THEN excluded.words ELSE known.words END,
                 failures = CASE WHEN NOT $5 THEN known.failures
                                 WHEN excluded.failed_step IS NULL THEN 0 ELSE known.failures + 1 END,
                 failing_since = CASE WHEN NOT $5 THEN known.failing_since
                                      WHEN excluded.failed_step IS NULL THEN NULL
                                      ELSE coalesce(known.failing_since, now()) END",
            member_id.as_str(),
            finding.steps,
            step,
            words,
            finding.is_conclusive,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The latest look; `None`: nobody looked yet.
    pub async fn canary(&self, member_id: &MemberId) -> Result<Option<Canary>, StoreError> {
        Ok(sqlx::query_as!(
            Canary,
            "SELECT ran_at, steps, failed_step, words, failures, failing_since
             FROM portal_canaries WHERE member_id = $1",
            member_id.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// A card of each type that can be looked at: the one that was read last.
    pub async fn cards_to_look_at(&self, member_id: &MemberId) -> Result<Vec<CrmEntity>, StoreError> {
        let mut cards = Vec::new();
        for entity_type in EntityType::ALL {
            let id = sqlx::query_scalar!(
                "SELECT entity_id FROM crm_items WHERE member_id = $1 AND entity_type = $2
                 ORDER BY read_at DESC LIMIT 1",
                member_id.as_str(),
                entity_type.key(),
            )
            .fetch_optional(&self.pool)
            .await?;
            cards.extend(id.map(|id| CrmEntity::new(entity_type, id)));
        }
        Ok(cards)
    }
}
