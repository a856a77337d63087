//! What became of items: written under the lease only, many at once.

use std::time::Duration;

use certlens_domain::people::WhyNot;
use certlens_domain::tracking::AssignmentRule;
use uuid::Uuid;

use super::{ITEM_ATTEMPTS, ItemId, SenderLease};
use crate::{Store, StoreError, UserId, seconds};

/// The result of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemResult {
    /// The item.
    pub id: ItemId,
    /// What became of it.
    pub outcome: ItemOutcome,
}

/// What became of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemOutcome {
    /// It is in the portal.
    Sent {
        /// The portal's number of the object, where it gave one.
        object: Option<String>,
        /// For whom, and by which rule; nobody for a comment.
        assigned: Option<(AssignmentRule, UserId)>,
    },
    /// By rule it is not to appear.
    Skipped(String),
    /// Nobody is left who could take it. Kept, and tried again after this time or when people change.
    Unassignable {
        /// Why each of them could not.
        reason: String,
        /// When it is tried again by itself.
        after: Duration,
    },
    /// It will fail again; kept for people to look at.
    Dead(String),
    /// It is not in the portal; again after the stored back-off. The attempt counts.
    Failed(String),
    /// It is not in the portal, and that says nothing of the item; again after this time. The attempt doesn't count.
    PutBack {
        /// Why.
        reason: String,
        /// When it is due again.
        after: Duration,
    },
    /// It may be in the portal: looked for after this time, before it is sent again.
    Uncertain {
        /// Why.
        reason: String,
        /// When the portal can't be at work on it any more.
        after: Duration,
    },
}

/// A person who was passed over for an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The item.
    pub item_id: ItemId,
    /// By which rule they were named.
    pub rule: AssignmentRule,
    /// The person.
    pub user_id: UserId,
    /// Why not.
    pub reason: WhyNot,
    /// The portal's words, where it gave any.
    pub words: Option<String>,
}

/// Results as columns.
#[derive(Default)]
struct Columns {
    ids: Vec<Uuid>,
    states: Vec<&'static str>,
    reasons: Vec<Option<String>>,
    pauses: Vec<Option<f64>>,
    uncertain: Vec<bool>,
    counted: Vec<bool>,
    objects: Vec<Option<String>>,
    rules: Vec<Option<&'static str>>,
    users: Vec<Option<i64>>,
}

impl Columns {
    fn add(&mut self, result: &ItemResult) {
        let (state, reason, pause, is_uncertain, is_counted) = match &result.outcome {
            ItemOutcome::Sent { .. } => ("sent", None, None, false, true),
            ItemOutcome::Skipped(reason) => ("skipped", Some(reason), None, false, true),
            ItemOutcome::Unassignable { reason, after } => {
                ("unassignable", Some(reason), Some(*after), false, true)
            }
            ItemOutcome::Dead(reason) => ("dead", Some(reason), None, false, true),
            ItemOutcome::Failed(reason) => ("waiting", Some(reason), None, false, true),
            ItemOutcome::PutBack { reason, after } => ("waiting", Some(reason), Some(*after), false, false),
            ItemOutcome::Uncertain { reason, after } => ("waiting", Some(reason), Some(*after), true, true),
        };
        let (object, assigned) = match &result.outcome {
            ItemOutcome::Sent { object, assigned } => (object.clone(), *assigned),
            _ => (None, None),
        };
        self.ids.push(result.id.0);
        self.states.push(state);
        self.reasons.push(reason.map(|reason| cut(reason)));
        self.pauses.push(pause.map(seconds));
        self.uncertain.push(is_uncertain);
        self.counted.push(is_counted);
        self.objects.push(object);
        self.rules.push(assigned.map(|(rule, _)| rule.key()));
        self.users.push(assigned.map(|(_, user)| user.0));
    }
}

/// A reason of bounded length: portals may say a lot.
fn cut(reason: &str) -> String {
    reason.chars().take(500).collect()
}

impl Store {
    /// Notes that a request which may create these items goes out now, and for whom; its answer, or its end in the portal
    /// without one, comes within `answer_within`. Gives back those that may be sent: all of them, while the lease holds.
    pub async fn mark_uncertain(
        &self,
        lease: &SenderLease,
        items: &[(ItemId, Option<(AssignmentRule, UserId)>)],
        answer_within: Duration,
    ) -> Result<(), StoreError> {
        let ids: Vec<Uuid> = items.iter().map(|(id, _)| id.0).collect();
        let rules: Vec<Option<String>> = items
            .iter()
            .map(|(_, assigned)| assigned.map(|(rule, _)| rule.key().to_owned()))
            .collect();
        let users: Vec<Option<i64>> = items
            .iter()
            .map(|(_, assigned)| assigned.map(|(_, user)| user.0))
            .collect();
        let marked = sqlx::query!(
            "WITH held AS (
                SELECT member_id FROM notification_senders
                WHERE member_id = $1 AND lease_id = $2 AND lease_until > clock_timestamp()
                FOR SHARE
             )
             UPDATE notification_items AS item SET
                is_uncertain = true, look_at = clock_timestamp() + make_interval(secs => $6),
                assigned_rule = assigned.rule, responsible_id = assigned.user_id
             FROM held, unnest($3::uuid[], $4::text[], $5::bigint[]) AS assigned (id, rule, user_id)
             WHERE item.id = assigned.id AND item.member_id = held.member_id AND item.state = 'sending'
               AND item.lease_id = $2",
            lease.member_id.as_str(),
            lease.id,
            &ids,
            &rules as &[Option<String>],
            &users as &[Option<i64>],
            seconds(answer_within),
        )
        .execute(&self.pool)
        .await?;
        all(marked.rows_affected(), ids.len())
    }

    /// Writes what became of items. Those that failed too often are given up with the reason.
    pub async fn finish_items(&self, lease: &SenderLease, results: &[ItemResult]) -> Result<(), StoreError> {
        if results.is_empty() {
            return Ok(());
        }
        let mut columns = Columns::default();
        for result in results {
            columns.add(result);
        }
        let states: Vec<String> = columns.states.iter().map(|&state| state.to_owned()).collect();
        let rules: Vec<Option<String>> = columns.rules.iter().map(|rule| rule.map(str::to_owned)).collect();
        let written = sqlx::query!(
            "WITH held AS (
                SELECT member_id FROM notification_senders
                WHERE member_id = $1 AND lease_id = $2 AND lease_until > clock_timestamp()
                FOR SHARE
             ), result AS (
                SELECT given.*,
                       CASE WHEN given.state = 'waiting' AND given.is_counted AND NOT given.is_uncertain
                                 AND item.attempts >= $12 THEN 'dead' ELSE given.state END AS new_state,
                       clock_timestamp() + coalesce(make_interval(secs => given.pause), job_backoff(item.attempts))
                           AS new_due_at
                FROM unnest($3::uuid[], $4::text[], $5::text[], $6::double precision[], $7::boolean[], $8::boolean[],
                            $9::text[], $10::text[], $11::bigint[])
                    AS given (id, state, reason, pause, is_uncertain, is_counted, object, rule, user_id)
                JOIN notification_items AS item ON item.id = given.id
             )
             UPDATE notification_items AS item SET
                state = result.new_state,
                reason = result.reason,
                due_at = result.new_due_at,
                attempts = CASE WHEN result.new_state = 'unassignable' THEN 0
                                WHEN result.is_counted THEN item.attempts
                                ELSE greatest(item.attempts - 1, 0) END,
                chance_since = CASE WHEN result.new_state = 'unassignable' THEN clock_timestamp()
                                    ELSE item.chance_since END,
                is_uncertain = result.is_uncertain,
                look_at = CASE WHEN result.is_uncertain THEN result.new_due_at END,
                lease_id = NULL, lease_until = NULL,
                -- An item in doubt keeps for whom it was sent.
                assigned_rule = CASE WHEN result.is_uncertain THEN item.assigned_rule ELSE result.rule END,
                responsible_id = CASE WHEN result.is_uncertain THEN item.responsible_id ELSE result.user_id END,
                portal_object = coalesce(result.object, item.portal_object),
                finished_at = CASE WHEN result.new_state IN ('sent', 'skipped') THEN clock_timestamp() END
             FROM held, result
             WHERE item.id = result.id AND item.member_id = held.member_id AND item.state = 'sending'
               AND item.lease_id = $2",
            lease.member_id.as_str(),
            lease.id,
            &columns.ids,
            &states,
            &columns.reasons as &[Option<String>],
            &columns.pauses as &[Option<f64>],
            &columns.uncertain,
            &columns.counted,
            &columns.objects as &[Option<String>],
            &rules as &[Option<String>],
            &columns.users as &[Option<i64>],
            ITEM_ATTEMPTS,
        )
        .execute(&self.pool)
        .await?;
        all(written.rows_affected(), results.len())
    }

    /// Notes whom rules or the portal passed over. Items that the portal refused are surely not in it.
    pub async fn note_refusals(&self, lease: &SenderLease, refusals: &[Refusal]) -> Result<(), StoreError> {
        if refusals.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = refusals.iter().map(|refusal| refusal.item_id.0).collect();
        let rules: Vec<String> = refusals
            .iter()
            .map(|refusal| refusal.rule.key().to_owned())
            .collect();
        let users: Vec<i64> = refusals.iter().map(|refusal| refusal.user_id.0).collect();
        let reasons: Vec<String> = refusals
            .iter()
            .map(|refusal| refusal.reason.key().to_owned())
            .collect();
        let words: Vec<Option<String>> = refusals
            .iter()
            .map(|refusal| refusal.words.as_deref().map(cut))
            .collect();
        let held = sqlx::query_scalar!(
            r#"WITH held AS (
                SELECT member_id FROM notification_senders
                WHERE member_id = $1 AND lease_id = $2 AND lease_until > clock_timestamp()
                FOR SHARE
             ), given AS (
                SELECT * FROM unnest($3::uuid[], $4::text[], $5::bigint[], $6::text[], $7::text[]) WITH ORDINALITY
                    AS given (item_id, rule, user_id, reason, words, position)
             ), noted AS (
                INSERT INTO assignment_refusals (item_id, member_id, rule, user_id, reason, words)
                SELECT given.item_id, held.member_id, given.rule, given.user_id, given.reason, given.words
                FROM given CROSS JOIN held
                -- One that was noted since the item's last chance says the same.
                WHERE NOT EXISTS (
                    SELECT FROM assignment_refusals AS known
                    JOIN notification_items AS item ON item.id = known.item_id
                    WHERE known.item_id = given.item_id AND known.user_id = given.user_id AND known.rule = given.rule
                      AND known.reason = given.reason AND known.at >= item.chance_since)
                ORDER BY given.position
             ), cleared AS (
                UPDATE notification_items AS item SET is_uncertain = false, look_at = NULL
                FROM held
                WHERE item.member_id = held.member_id AND item.lease_id = $2 AND item.is_uncertain
                  AND item.id IN (SELECT given.item_id FROM given WHERE given.reason = 'refused')
             )
             SELECT count(*) AS "count!" FROM held"#,
            lease.member_id.as_str(),
            lease.id,
            &ids,
            &rules,
            &users,
            &reasons,
            &words as &[Option<String>],
        )
        .fetch_one(&self.pool)
        .await?;
        if held == 0 {
            return Err(StoreError::LeaseLost);
        }
        Ok(())
    }

    /// Stops sending to the portal for a while, with the reason: it refuses everything. Each pause in a row is longer, up
    /// to a quarter of an hour, unless the portal said how long (`after`).
    pub async fn pause_sender(
        &self,
        lease: &SenderLease,
        reason: &str,
        after: Option<Duration>,
    ) -> Result<(), StoreError> {
        let paused = sqlx::query!(
            "UPDATE notification_senders SET
                failures = failures + 1, pause_reason = $4,
                paused_until = clock_timestamp() + coalesce(
                    make_interval(secs => $3),
                    least(interval '15 seconds' * power(2, least(failures, 10)), interval '15 minutes')
                        * (1 + random() / 5))
             WHERE member_id = $1 AND lease_id = $2 AND lease_until > clock_timestamp()
               AND paused_until IS DISTINCT FROM 'infinity'",
            lease.member_id.as_str(),
            lease.id,
            after.map(seconds),
            cut(reason),
        )
        .execute(&self.pool)
        .await?;
        all(paused.rows_affected(), 1)
    }

    /// The portal works again.
    pub async fn note_portal_answers(&self, lease: &SenderLease) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE notification_senders SET failures = 0, paused_until = NULL, pause_reason = NULL
             WHERE member_id = $1 AND lease_id = $2 AND (failures > 0 OR paused_until < clock_timestamp())",
            lease.member_id.as_str(),
            lease.id,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

fn all(rows: u64, wanted: usize) -> Result<(), StoreError> {
    if usize::try_from(rows).is_ok_and(|rows| rows == wanted) {
        Ok(())
    } else {
        Err(StoreError::LeaseLost)
    }
}
