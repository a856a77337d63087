//! What is measured every few seconds for gauges: one statement, numbers only, nothing that names a portal.

use super::Store;
use crate::StoreError;
use chrono::{DateTime, Utc};

/// How the whole installation stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The database's clock, at the moment of the measurement.
    pub now: DateTime<Utc>,
    /// Portals on which the application is installed and works.
    pub installed: i64,
    /// Portals that suspended the application.
    pub suspended: i64,
    /// Portals that nobody's token opens any more.
    pub needs_reauth: i64,
    /// Portals whose installation is under way.
    pub installing: i64,
    /// Portals that removed the application.
    pub uninstalled: i64,
    /// Chains of tokens that live.
    pub living_chains: i64,
    /// Chains of tokens that ended.
    pub ended_chains: i64,
    /// Installed portals without a living chain.
    pub without_token: i64,
    /// How full the fullest portal's budget is: 1 = a person would have to wait.
    pub fullest_budget: f64,
    /// Portals whose pace is slowed down by refusals.
    pub slowed_portals: i64,
    /// Methods that portals closed for a while.
    pub parked_methods: i64,
    /// Portals where nothing is sent for now.
    pub paused_portals: i64,
    /// For how long the next recount has been due, in seconds; 0 while one runs.
    pub recount_overdue: f64,
    /// Since the last recount came to its end, in seconds; `None`: none ever did.
    pub recount_age: Option<f64>,
    /// Active subscriptions.
    pub subscriptions: i64,
    /// For how long the oldest item has been due that could be sent, in seconds.
    pub items_overdue: f64,
    /// Installed portals whose latest look failed.
    pub canaries_failing: i64,
    /// Since the portal was looked at that has not been looked at for longest, in seconds.
    pub canary_age: f64,
    /// Portals that answered in the last day otherwise than we know them to, and nobody has seen it yet.
    pub portals_deviating: i64,
}

impl Store {
    /// Measures.
    pub async fn measured(&self) -> Result<Measured, StoreError> {
        Ok(sqlx::query_as!(
            Measured,
            r#"WITH states AS (
                   SELECT count(*) FILTER (WHERE state = 'installed') AS installed,
                          count(*) FILTER (WHERE state = 'suspended') AS suspended,
                          count(*) FILTER (WHERE state = 'needs_reauth') AS needs_reauth,
                          count(*) FILTER (WHERE state = 'installing') AS installing,
                          count(*) FILTER (WHERE state = 'uninstalled') AS uninstalled,
                          count(*) FILTER (WHERE state = 'installed' AND NOT EXISTS (
                              SELECT FROM chains
                              WHERE chains.member_id = portals.member_id AND ended_at IS NULL)) AS without_token
                   FROM portals
               ), tokens AS (
                   SELECT count(*) FILTER (WHERE ended_at IS NULL) AS living,
                          count(*) FILTER (WHERE ended_at IS NOT NULL) AS ended
                   FROM chains
               ), budgets AS (
                   SELECT coalesce(max(extract(epoch FROM booked_until - clock_timestamp())), 0)::double precision
                              AS booked,
                          count(*) FILTER (WHERE slowed_until > clock_timestamp()) AS slowed
                   FROM portal_budgets WHERE booked_until > clock_timestamp() OR slowed_until > clock_timestamp()
               )
               SELECT clock_timestamp() AS "now!",
                      installed AS "installed!", suspended AS "suspended!", needs_reauth AS "needs_reauth!",
                      installing AS "installing!", uninstalled AS "uninstalled!",
                      living AS "living_chains!", ended AS "ended_chains!", without_token AS "without_token!",
                      greatest(booked, 0) / 20 AS "fullest_budget!", slowed AS "slowed_portals!",
                      (SELECT count(*) FROM parked_methods WHERE until > clock_timestamp()) AS "parked_methods!",
                      (SELECT count(*) FROM notification_senders WHERE paused_until > clock_timestamp())
                          AS "paused_portals!",
                      CASE WHEN EXISTS (SELECT FROM recounts WHERE state = 'running') THEN 0 ELSE
                          (SELECT greatest(extract(epoch FROM clock_timestamp() - due_at), 0)::double precision
                           FROM recount_schedule) END AS "recount_overdue!",
                      (SELECT extract(epoch FROM clock_timestamp() - finished_at)::double precision
                       FROM recounts WHERE state = 'done' ORDER BY id DESC LIMIT 1) AS recount_age,
                      (SELECT count(*) FROM subscriptions WHERE state = 'active') AS "subscriptions!",
                      coalesce((
                          SELECT greatest(extract(epoch FROM clock_timestamp() - min(next.due_at)), 0)::double precision
                          FROM portals
                          LEFT JOIN notification_senders AS sender ON sender.member_id = portals.member_id
                          CROSS JOIN LATERAL (
                              SELECT due_at FROM notification_items AS item
                              WHERE item.member_id = portals.member_id AND item.state IN ('waiting', 'unassignable')
                                AND item.state = 'waiting'
                              ORDER BY due_at LIMIT 1
                          ) AS next
                          WHERE portals.state = 'installed'
                            AND (sender.paused_until IS NULL OR sender.paused_until <= clock_timestamp())
                            AND NOT is_work_paused(portals.member_id, 'items')), 0)
                          AS "items_overdue!",
                      (SELECT count(*) FROM portal_canaries AS canary
                       JOIN portals ON portals.member_id = canary.member_id AND portals.state = 'installed'
                       WHERE canary.failed_step IS NOT NULL) AS "canaries_failing!",
                      (SELECT coalesce(max(extract(epoch FROM clock_timestamp() - coalesce(canary.ran_at,
                                  greatest(portal.installed_at, portal.state_changed_at)))), 0)::double precision
                       FROM portals AS portal
                       LEFT JOIN portal_canaries AS canary ON canary.member_id = portal.member_id
                       WHERE portal.state = 'installed') AS "canary_age!",
                      (SELECT count(DISTINCT member_id) FROM answer_deviations
                       WHERE hidden_at IS NULL AND last_seen_at > now() - interval '1 day') AS "portals_deviating!"
               FROM states, tokens, budgets"#
        )
        .fetch_one(&self.pool)
        .await?)
    }
}
