//! Portals that are not as they should be, each with what is the matter, since when, and in whose words.

use super::Store;
use crate::{MemberId, StoreError};
use chrono::{DateTime, Utc};

/// So many portals are named of each trouble.
pub const LISTED: i64 = 20;

/// What can be the matter with a portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TroubleKind {
    /// The portal suspended the application, or is itself suspended.
    Suspended,
    /// No chain opens the portal any more: somebody must open the application there.
    NeedsReauth,
    /// It removed the application, within the last seven days.
    Uninstalled,
    /// It counts as installed, and no token of it lives.
    NoToken,
    /// It refuses tabs or events of ours.
    BindingsMissing,
    /// An installation began more than an hour ago and was never finished.
    Unfinished,
    /// Nothing is sent there for now.
    SendingPaused,
    /// Its request budget is used up, by us or by others.
    BudgetExhausted,
    /// It closed methods for a while.
    MethodsParked,
    /// Work for it has failed at least three times in a row.
    WorkFails,
    /// Events of it were given up.
    DeadEvents,
    /// Items for it were given up.
    DeadItems,
    /// Items for it can be assigned to nobody.
    UnassignableItems,
    /// The hourly look at it failed.
    CanaryFails,
    /// It answers otherwise than we know it to.
    AnswersDiffer,
}

impl TroubleKind {
    /// All, in the order in which they are told.
    pub const ALL: [Self; 15] = [
        Self::Suspended,
        Self::NeedsReauth,
        Self::Uninstalled,
        Self::NoToken,
        Self::BindingsMissing,
        Self::Unfinished,
        Self::SendingPaused,
        Self::BudgetExhausted,
        Self::MethodsParked,
        Self::WorkFails,
        Self::DeadEvents,
        Self::DeadItems,
        Self::UnassignableItems,
        Self::CanaryFails,
        Self::AnswersDiffer,
    ];

    /// The key in the query.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Suspended => "suspended",
            Self::NeedsReauth => "needs_reauth",
            Self::Uninstalled => "uninstalled",
            Self::NoToken => "no_token",
            Self::BindingsMissing => "bindings_missing",
            Self::Unfinished => "unfinished",
            Self::SendingPaused => "sending_paused",
            Self::BudgetExhausted => "budget_exhausted",
            Self::MethodsParked => "methods_parked",
            Self::WorkFails => "work_fails",
            Self::DeadEvents => "dead_events",
            Self::DeadItems => "dead_items",
            Self::UnassignableItems => "unassignable_items",
            Self::CanaryFails => "canary_fails",
            Self::AnswersDiffer => "answers_differ",
        }
    }
}

/// A portal and what is the matter with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalTrouble {
    /// What.
    pub kind: TroubleKind,
    /// Where.
    pub member_id: MemberId,
    /// The portal's host.
    pub domain: String,
    /// Scheme and host of the portal's pages.
    pub origin: String,
    /// Since when, as far as it is known.
    pub since: Option<DateTime<Utc>>,
    /// The portal's or the last attempt's own words.
    pub words: Option<String>,
    /// How many pieces: items, events, bindings, methods.
    pub pieces: i64,
    /// How many portals have this trouble, those that are not listed included.
    pub portals: i64,
}

impl Store {
    /// The portals in trouble, of each kind those that have it for longest; at most [`LISTED`] of a kind.
    #[expect(
        clippy::too_many_lines,
        reason = "one statement, a paragraph for each trouble"
    )]
    pub async fn portal_troubles(&self, scope: Option<&MemberId>) -> Result<Vec<PortalTrouble>, StoreError> {
        let rows = sqlx::query!(
            r#"
            WITH trouble (kind, member_id, since, words, pieces) AS (
                SELECT state, member_id, state_changed_at, state_reason, 1::bigint
                FROM portals
                WHERE state IN ('suspended', 'needs_reauth') AND ($1::text IS NULL OR member_id = $1)
                UNION ALL
                SELECT 'uninstalled', member_id, uninstalled_at, NULL, 1
                FROM portals
                WHERE state = 'uninstalled' AND uninstalled_at > now() - interval '7 days'
                  AND ($1::text IS NULL OR member_id = $1)
                UNION ALL
                SELECT 'unfinished', member_id, install_began_at, NULL, 1
                FROM portals
                WHERE state = 'installing' AND install_began_at < now() - interval '1 hour'
                  AND ($1::text IS NULL OR member_id = $1)
                UNION ALL
                SELECT 'no_token', portal.member_id, last.ended_at, last.end_reason, 1
                FROM portals AS portal
                LEFT JOIN LATERAL (
                    SELECT ended_at, end_reason FROM chains
                    WHERE chains.member_id = portal.member_id ORDER BY ended_at DESC NULLS LAST LIMIT 1
                ) AS last ON true
                WHERE portal.state = 'installed' AND ($1::text IS NULL OR portal.member_id = $1)
                  AND NOT EXISTS (
                      SELECT FROM chains WHERE chains.member_id = portal.member_id AND chains.ended_at IS NULL)
                UNION ALL
                SELECT 'bindings_missing', job.member_id, job.last_success_at, refused.words, refused.pieces
                FROM portal_jobs AS job
                CROSS JOIN LATERAL (
                    SELECT count(*) AS pieces, min(binding->'outcome'->>'failed') AS words
                    FROM jsonb_array_elements(
                        CASE jsonb_typeof(job.progress->'bindings')
                            WHEN 'array' THEN job.progress->'bindings' ELSE '[]' END
                    ) AS binding
                    WHERE jsonb_typeof(binding->'outcome') = 'object' AND binding->'outcome' ? 'failed'
                ) AS refused
                WHERE job.kind = 'reconcile' AND refused.pieces > 0 AND ($1::text IS NULL OR job.member_id = $1)
                UNION ALL
                SELECT 'sending_paused', sender.member_id, sender.served_at, sender.pause_reason,
                       (SELECT count(*) FROM notification_items AS item
                        WHERE item.member_id = sender.member_id AND item.state = 'waiting')
                FROM notification_senders AS sender
                WHERE sender.paused_until > now() AND ($1::text IS NULL OR sender.member_id = $1)
                UNION ALL
                -- Stopped by a person.
                SELECT 'sending_paused', portal.member_id, min(pause.paused_at),
                       min(pause.paused_by || ': ' || pause.reason),
                       (SELECT count(*) FROM notification_items AS item
                        WHERE item.member_id = portal.member_id AND item.state = 'waiting')
                FROM work_pauses AS pause
                JOIN portals AS portal ON pause.member_id IS NULL OR pause.member_id = portal.member_id
                WHERE pause.kind IN ('items', '*') AND portal.state = 'installed'
                  AND ($1::text IS NULL OR portal.member_id = $1)
                GROUP BY portal.member_id
                UNION ALL
                -- Nearly a person's burst of calls is booked ahead.
                SELECT 'budget_exhausted', member_id, slowed_at, NULL, 1
                FROM portal_budgets
                WHERE (booked_until > clock_timestamp() + interval '18 seconds' OR slowed_until > clock_timestamp())
                  AND ($1::text IS NULL OR member_id = $1)
                UNION ALL
                SELECT 'methods_parked', member_id, NULL, string_agg(method, ', ' ORDER BY method), count(*)
                FROM parked_methods
                WHERE until > clock_timestamp() AND ($1::text IS NULL OR member_id = $1)
                GROUP BY member_id
                UNION ALL
                SELECT 'work_fails', member_id, min(coalesce(last_success_at, last_started_at)),
                       (array_agg(kind || ': ' || last_error ORDER BY attempts DESC))[1], count(*)
                FROM portal_jobs
                WHERE last_error IS NOT NULL AND attempts >= 3 AND ($1::text IS NULL OR member_id = $1)
                  -- The look at the portal is a part of this job, and tells it in plain words.
                  AND NOT (kind = 'reconcile' AND EXISTS (
                      SELECT FROM portal_canaries AS canary
                      WHERE canary.member_id = portal_jobs.member_id AND canary.failed_step IS NOT NULL))
                GROUP BY member_id
                UNION ALL
                -- A portal that suspended us, or that nobody's token opens, has its own trouble, as have missing bindings.
                SELECT 'canary_fails', canary.member_id, canary.failing_since,
                       canary.failed_step || E'\t' || canary.words, canary.failures::bigint
                FROM portal_canaries AS canary
                JOIN portals AS portal ON portal.member_id = canary.member_id AND portal.state = 'installed'
                WHERE canary.failed_step <> 'bindings' AND ($1::text IS NULL OR canary.member_id = $1)
                  AND EXISTS (
                      SELECT FROM chains WHERE chains.member_id = canary.member_id AND chains.ended_at IS NULL)
                UNION ALL
                -- The one that was met most often speaks for all.
                SELECT 'answers_differ', member_id, min(first_seen_at),
                       (array_agg(concat_ws(E'\t', method, field, expected, found) ORDER BY times DESC, id))[1], count(*)
                FROM answer_deviations
                WHERE hidden_at IS NULL AND last_seen_at > now() - interval '7 days'
                  AND ($1::text IS NULL OR member_id = $1)
                GROUP BY member_id
                UNION ALL
                SELECT 'dead_events', member_id, min(received_at), (array_agg(last_error ORDER BY id DESC))[1], count(*)
                FROM portal_events
                WHERE state = 'failed' AND ($1::text IS NULL OR member_id = $1)
                GROUP BY member_id
                UNION ALL
                SELECT CASE stuck.state WHEN 'dead' THEN 'dead_items' ELSE 'unassignable_items' END, stuck.member_id,
                       stuck.since, latest.reason, stuck.pieces
                FROM (
                    SELECT member_id, state, min(created_at) AS since, count(*) AS pieces
                    FROM notification_items
                    WHERE state IN ('dead', 'unassignable') AND ($1::text IS NULL OR member_id = $1)
                    GROUP BY member_id, state
                ) AS stuck
                CROSS JOIN LATERAL (
                    SELECT reason FROM notification_items AS item
                    WHERE item.member_id = stuck.member_id AND item.state = stuck.state
                      AND item.state IN ('dead', 'unassignable')
                    ORDER BY item.created_at DESC LIMIT 1
                ) AS latest
            ), ranked AS (
                SELECT trouble.*, portals.domain, portals.origin,
                       row_number() OVER (PARTITION BY kind ORDER BY since NULLS LAST, trouble.member_id) AS place,
                       count(*) OVER (PARTITION BY kind) AS portals
                FROM trouble JOIN portals ON portals.member_id = trouble.member_id
                WHERE portals.state <> 'uninstalled' OR trouble.kind = 'uninstalled'
            )
            SELECT kind AS "kind!", member_id AS "member_id!", domain AS "domain!", origin AS "origin!", since, words, pieces AS "pieces!",
                   portals AS "portals!"
            FROM ranked WHERE place <= $2 ORDER BY kind, place
            "#,
            scope.map(MemberId::as_str),
            LISTED,
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let inconsistent = |column| StoreError::inconsistent("portals", column);
                Ok(PortalTrouble {
                    kind: TroubleKind::ALL
                        .into_iter()
                        .find(|kind| kind.key() == row.kind)
                        .ok_or_else(|| inconsistent("state"))?,
                    member_id: MemberId::parse(&row.member_id).map_err(|_| inconsistent("member_id"))?,
                    domain: row.domain,
                    origin: row.origin,
                    since: row.since,
                    words: row.words,
                    pieces: row.pieces,
                    portals: row.portals,
                })
            })
            .collect()
    }
}
