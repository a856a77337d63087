//! What people may do with stuck work: another chance, giving up for good. Many pieces at once, of one portal or, for the
//! operator, of all; what is not stuck any more is left alone.

use super::WorkId;
use crate::notification_items::ItemId;
use crate::{MemberId, Store, StoreError};

/// Pieces of work by their tables.
#[derive(Default)]
struct Sorted {
    events: Vec<i64>,
    items: Vec<uuid::Uuid>,
    portals: Vec<String>,
    kinds: Vec<String>,
}

impl Sorted {
    fn of(ids: &[WorkId]) -> Self {
        let mut sorted = Self::default();
        for id in ids {
            match id {
                WorkId::Event(id) => sorted.events.push(id.0),
                WorkId::Item(ItemId(id)) => sorted.items.push(*id),
                WorkId::Job(member_id, kind) => {
                    sorted.portals.push(member_id.to_string());
                    sorted.kinds.push(kind.clone());
                }
            }
        }
        sorted
    }
}

impl Store {
    /// Gives stuck work another chance at once; how many pieces there were.
    pub async fn retry_work(&self, member_id: Option<&MemberId>, ids: &[WorkId]) -> Result<u64, StoreError> {
        let sorted = Sorted::of(ids);
        let portal = member_id.map(MemberId::as_str);
        let mut transaction = self.pool.begin().await?;
        let events = sqlx::query!(
            "UPDATE portal_events SET
                state = 'pending', attempts = 0, finished_at = NULL, due_at = clock_timestamp()
             WHERE id = ANY ($2) AND ($1::text IS NULL OR member_id = $1)
               AND (state = 'failed' OR state = 'pending' AND attempts > 0)",
            portal,
            &sorted.events,
        )
        .execute(&mut *transaction)
        .await?;
        let items = sqlx::query!(
            "UPDATE notification_items SET
                state = 'waiting', attempts = 0, chance_since = clock_timestamp(),
                due_at = greatest(clock_timestamp(), look_at)
             WHERE id = ANY ($2) AND ($1::text IS NULL OR member_id = $1)
               AND (state IN ('dead', 'unassignable') OR state = 'waiting' AND attempts > 0)",
            portal,
            &sorted.items,
        )
        .execute(&mut *transaction)
        .await?;
        let jobs = sqlx::query!(
            "UPDATE portal_jobs AS job SET attempts = 0, due_at = clock_timestamp()
             FROM unnest($2::text[], $3::text[]) AS named (member_id, kind)
             WHERE job.member_id = named.member_id AND job.kind = named.kind AND job.lease_id IS NULL
               AND job.last_error IS NOT NULL AND ($1::text IS NULL OR job.member_id = $1)",
            portal,
            &sorted.portals,
            &sorted.kinds,
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(events.rows_affected() + items.rows_affected() + jobs.rows_affected())
    }

    /// Gives all work of a kind that was given up or that nobody could take another chance; how many pieces there were.
    pub async fn retry_all_work(
        &self,
        member_id: Option<&MemberId>,
        kind: Option<&str>,
    ) -> Result<u64, StoreError> {
        let portal = member_id.map(MemberId::as_str);
        let events = sqlx::query!(
            "UPDATE portal_events SET
                state = 'pending', attempts = 0, finished_at = NULL, due_at = clock_timestamp()
             WHERE state = 'failed' AND ($1::text IS NULL OR member_id = $1) AND ($2::text IS NULL OR $2 = 'events')",
            portal,
            kind,
        )
        .execute(&self.pool)
        .await?;
        let items = sqlx::query!(
            "UPDATE notification_items SET
                state = 'waiting', attempts = 0, chance_since = clock_timestamp(),
                due_at = greatest(clock_timestamp(), look_at)
             WHERE state IN ('dead', 'unassignable') AND ($1::text IS NULL OR member_id = $1)
               AND ($2::text IS NULL OR $2 = 'items')",
            portal,
            kind,
        )
        .execute(&self.pool)
        .await?;
        let jobs = sqlx::query!(
            "UPDATE portal_jobs SET attempts = 0, due_at = clock_timestamp()
             WHERE last_error IS NOT NULL AND lease_id IS NULL AND ($1::text IS NULL OR member_id = $1)
               AND ($2::text IS NULL OR $2 = kind)",
            portal,
            kind,
        )
        .execute(&self.pool)
        .await?;
        Ok(events.rows_affected() + items.rows_affected() + jobs.rows_affected())
    }

    /// Gives stuck work up for good, with a person's reason; how many pieces there were. Jobs are left alone: they come
    /// again by themselves, and are stopped by a pause.
    pub async fn discard_work(
        &self,
        member_id: Option<&MemberId>,
        ids: &[WorkId],
        reason: &str,
    ) -> Result<u64, StoreError> {
        let sorted = Sorted::of(ids);
        let portal = member_id.map(MemberId::as_str);
        let mut transaction = self.pool.begin().await?;
        let events = sqlx::query!(
            "DELETE FROM portal_events
             WHERE id = ANY ($2) AND ($1::text IS NULL OR member_id = $1)
               AND (state = 'failed' OR state = 'pending' AND attempts > 0)",
            portal,
            &sorted.events,
        )
        .execute(&mut *transaction)
        .await?;
        let items = sqlx::query!(
            "UPDATE notification_items SET
                state = 'discarded', reason = $3, finished_at = clock_timestamp(), is_open = false
             WHERE id = ANY ($2) AND ($1::text IS NULL OR member_id = $1)
               AND state IN ('waiting', 'dead', 'unassignable')",
            portal,
            &sorted.items,
            reason,
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(events.rows_affected() + items.rows_affected())
    }
}
