//! Work that people stopped: a kind in a portal, a kind in all portals, everything in a portal. Every claim looks here, so
//! that a pause holds in all processes and outlives them; what is on its way ends.

use chrono::{DateTime, Utc};

use crate::{MemberId, Store, StoreError};

/// Work that nobody begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkPause {
    /// In this portal; `None`: in all of them.
    pub member_id: Option<MemberId>,
    /// The portal's domain, where it is known.
    pub domain: Option<String>,
    /// `events`, `items`, the kind of a job, or [`super::EVERYTHING`].
    pub kind: String,
    /// Why, in a person's words.
    pub reason: String,
    /// Who said so.
    pub paused_by: String,
    /// Since when.
    pub paused_at: DateTime<Utc>,
}

impl Store {
    /// Lets nobody begin work of this kind in the portal, or in all; once more changes the reason.
    pub async fn pause_work(
        &self,
        member_id: Option<&MemberId>,
        kind: &str,
        reason: &str,
        paused_by: &str,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO work_pauses AS pause (member_id, kind, reason, paused_by) VALUES ($1, $2, $3, $4)
             ON CONFLICT (coalesce(member_id, ''), kind) DO UPDATE SET
                reason = excluded.reason, paused_by = excluded.paused_by",
            member_id.map(MemberId::as_str),
            kind,
            reason,
            paused_by,
        )
        .execute(&self.pool)
        .await
        .map_err(|error| match member_id {
            Some(member_id) => StoreError::of_write(error, member_id),
            None => error.into(),
        })?;
        Ok(())
    }

    /// Ends a pause; whether there was one. Items of a portal that refused everything a moment ago are tried at once too.
    pub async fn resume_work(&self, member_id: Option<&MemberId>, kind: &str) -> Result<bool, StoreError> {
        let ended = sqlx::query!(
            "DELETE FROM work_pauses WHERE member_id IS NOT DISTINCT FROM $1 AND kind = $2",
            member_id.map(MemberId::as_str),
            kind,
        )
        .execute(&self.pool)
        .await?;
        if let Some(member_id) = member_id
            && matches!(kind, super::ITEMS | super::EVERYTHING)
        {
            self.resume_sending(member_id).await?;
        }
        Ok(ended.rows_affected() > 0)
    }

    /// The pauses of a portal with those of all portals, or every pause; the latest first.
    pub async fn work_pauses(&self, member_id: Option<&MemberId>) -> Result<Vec<WorkPause>, StoreError> {
        sqlx::query!(
            r#"SELECT pause.member_id, portal.domain AS "domain?", pause.kind, pause.reason, pause.paused_by,
                      pause.paused_at
               FROM work_pauses AS pause LEFT JOIN portals AS portal ON portal.member_id = pause.member_id
               WHERE $1::text IS NULL OR pause.member_id IS NULL OR pause.member_id = $1
               ORDER BY pause.paused_at DESC, pause.id DESC LIMIT 500"#,
            member_id.map(MemberId::as_str),
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(WorkPause {
                member_id: row
                    .member_id
                    .map(|member_id| MemberId::parse(&member_id))
                    .transpose()
                    .map_err(|_| StoreError::inconsistent("work_pauses", "member_id"))?,
                domain: row.domain,
                kind: row.kind,
                reason: row.reason,
                paused_by: row.paused_by,
                paused_at: row.paused_at,
            })
        })
        .collect()
    }
}
