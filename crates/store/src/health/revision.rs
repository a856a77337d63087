//! A number that is another when something changed that the monitor shows: open pages ask for it, and then for themselves.

use super::Store;
use crate::{MemberId, StoreError};

impl Store {
    /// Opaque: compared with an earlier one, it tells whether anything that the monitor shows of this portal, or of all,
    /// changed. What only grows older changes nothing.
    pub async fn monitor_revision(&self, scope: Option<&MemberId>) -> Result<i64, StoreError> {
        // Numbers that grow, counts of what waits, and moments of the last change: no large table is read as a whole.
        let revision = sqlx::query_scalar!(
            r#"SELECT hashtextextended(concat_ws('|',
                   (SELECT max(id) FROM audit_log WHERE $1::text IS NULL OR member_id = $1),
                   (SELECT string_agg(id || state, ',') FROM (
                        SELECT id, state FROM recounts ORDER BY id DESC LIMIT 3) AS latest),
                   (SELECT string_agg(registry || ':' || data_version, ',' ORDER BY registry) FROM registry_state),
                   (SELECT string_agg(concat(id, state, read, stage, taken_back), ',') FROM (
                        SELECT id, state, read, stage, taken_back FROM imports ORDER BY started_at DESC, id LIMIT 3) AS latest),
                   (SELECT string_agg(id || breaker, ',' ORDER BY id) FROM processes),
                   (SELECT max(id) FROM news WHERE settled_at IS NULL AND ($1::text IS NULL OR member_id = $1)),
                   (SELECT string_agg(state || ':' || pieces, ',' ORDER BY state) FROM (
                        SELECT state, count(*) AS pieces FROM notification_items
                        WHERE state IN ('waiting', 'sending', 'unassignable', 'dead')
                          AND ($1::text IS NULL OR member_id = $1)
                        GROUP BY state) AS items),
                   (SELECT concat(count(*), ':', max(id)) FROM portal_events
                    WHERE state <> 'done' AND ($1::text IS NULL OR member_id = $1)),
                   (SELECT concat(max(last_started_at), ':', max(last_success_at), ':', count(last_error))
                    FROM portal_jobs WHERE $1::text IS NULL OR member_id = $1),
                   (SELECT concat(max(state_changed_at), ':', max(install_began_at), ':', count(*))
                    FROM portals WHERE $1::text IS NULL OR member_id = $1),
                   (SELECT concat(max(renewed_at), ':', max(ended_at)) FROM chains WHERE $1::text IS NULL OR member_id = $1),
                   (SELECT max(updated_at) FROM portal_settings WHERE $1::text IS NULL OR member_id = $1),
                   (SELECT concat(count(*), ':', max(changed_at)) FROM subscriptions WHERE member_id = $1),
                   (SELECT concat(max(paused_until), ':', count(paused_until))
                    FROM notification_senders WHERE $1::text IS NULL OR member_id = $1),
                   (SELECT concat(max(id), ':', count(*)) FROM work_pauses),
                   (SELECT concat(max(ran_at), ':', count(failed_step))
                    FROM portal_canaries WHERE $1::text IS NULL OR member_id = $1),
                   (SELECT concat(max(id), ':', count(hidden_at))
                    FROM answer_deviations WHERE $1::text IS NULL OR member_id = $1)
               ), 0) AS "revision!""#,
            scope.map(MemberId::as_str),
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(revision)
    }
}
