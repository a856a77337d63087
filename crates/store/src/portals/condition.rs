//! How a portal is, for those who look after it: its chains of tokens, its work, its address, and figures of all else.
//! No secret is read here.

use crate::chains::{ChainEnd, ChainId, ChainSource};
use crate::jobs::Job;
use crate::{MemberId, Store, StoreError, UserId};
use chrono::{DateTime, Utc};
use serde_json::Value;

/// More chains than a portal's users begin in half a year.
const CHAINS: i64 = 100;

/// A chain of tokens, without its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainRecord {
    /// Its row.
    pub id: ChainId,
    /// The application that it belongs to.
    pub client_id: String,
    /// In whose name it opens the portal.
    pub user_id: UserId,
    /// That user's name, where it is known.
    pub user_name: Option<String>,
    /// Where it began.
    pub source: ChainSource,
    /// Whether the user is an administrator of the portal.
    pub is_administrator: bool,
    /// When it began; `None` for chains of earlier versions.
    pub began_at: Option<DateTime<Utc>>,
    /// When its present, or last, pair was stored.
    pub renewed_at: DateTime<Utc>,
    /// Until when its present, or last, access token holds.
    pub expires_at: DateTime<Utc>,
    /// When and why it ended; `None` for a living one.
    pub ended: Option<(DateTime<Utc>, ChainEnd)>,
}

/// A kind of background work of a portal.
#[derive(Debug, Clone, PartialEq)]
pub struct JobOfKind {
    /// The kind's key.
    pub kind: String,
    /// How it stands.
    pub job: Job,
}

/// Events of one name that were given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedEvents {
    /// The event's name.
    pub event: String,
    /// How many.
    pub events: i64,
    /// When the latest was given up.
    pub last_at: DateTime<Utc>,
    /// Why the latest was.
    pub last_error: String,
}

/// Everything else about a portal that is a number or a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalFigures {
    /// When the portal was first known.
    pub created_at: DateTime<Utc>,
    /// When the authorization server last vouched for the address; `None`: before that was noted.
    pub address_proved_at: Option<DateTime<Utc>>,
    /// The host before the present one, and when the portal left it.
    pub former_domain: Option<(String, DateTime<Utc>)>,
    /// The application's number on the portal.
    pub application_number: Option<i64>,
    /// The language in which administrators see the portal.
    pub language: Option<String>,
    /// People that the portal lists as working there.
    pub users: i64,
    /// Those of them who are known to administer it.
    pub administrators: i64,
    /// When the list of users was last read as a whole.
    pub users_read_at: Option<DateTime<Utc>>,
    /// Active subscriptions.
    pub subscriptions: i64,
    /// Notification items that wait or are on their way.
    pub items_waiting: i64,
    /// Notification items that were given up, or that nobody can take.
    pub items_stuck: i64,
    /// Events that wait; counted up to 100,000.
    pub events_waiting: i64,
    /// Until when nothing is sent to the portal, and why; `infinity` is the far end of the calendar.
    pub sending_paused: Option<(DateTime<Utc>, String)>,
    /// Methods of the portal that used up their time, and until when.
    pub parked_methods: i64,
}

impl Store {
    /// The portal's chains of tokens: living ones first, best first, then ended ones, the latest first; at most 100.
    pub async fn chain_records(&self, member_id: &MemberId) -> Result<Vec<ChainRecord>, StoreError> {
        let inconsistent = |column| StoreError::inconsistent("chains", column);
        sqlx::query!(
            "SELECT chain.id, chain.client_id, chain.user_id, known.name AS \"user_name?\", chain.source,
                    chain.is_administrator, chain.began_at, chain.renewed_at, chain.expires_at, chain.ended_at,
                    chain.end_reason
             FROM chains AS chain
             LEFT JOIN portal_users AS known ON known.member_id = chain.member_id AND known.user_id = chain.user_id
             WHERE chain.member_id = $1
             ORDER BY chain.ended_at DESC NULLS FIRST, chain.is_administrator DESC, chain.renewed_at DESC, chain.id
             LIMIT $2",
            member_id.as_str(),
            CHAINS,
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            let ended = match (row.ended_at, row.end_reason) {
                (Some(at), Some(reason)) => {
                    Some((at, reason.parse().map_err(|_| inconsistent("end_reason"))?))
                }
                _ => None,
            };
            Ok(ChainRecord {
                id: ChainId(row.id),
                client_id: row.client_id,
                user_id: UserId(row.user_id),
                user_name: row.user_name,
                source: row.source.parse().map_err(|_| inconsistent("source"))?,
                is_administrator: row.is_administrator,
                began_at: row.began_at,
                renewed_at: row.renewed_at,
                expires_at: row.expires_at,
                ended,
            })
        })
        .collect()
    }

    /// All kinds of work of the portal, by kind.
    pub async fn jobs_of(&self, member_id: &MemberId) -> Result<Vec<JobOfKind>, StoreError> {
        struct Row {
            kind: String,
            due_at: Option<DateTime<Utc>>,
            is_running: bool,
            attempts: i32,
            progress: Option<Value>,
            last_error: Option<String>,
            last_started_at: Option<DateTime<Utc>>,
            last_success_at: Option<DateTime<Utc>>,
        }
        let rows = sqlx::query_as!(
            Row,
            "SELECT kind, due_at, coalesce(lease_until > clock_timestamp(), false) AS \"is_running!\", attempts,
                    progress, last_error, last_started_at, last_success_at
             FROM portal_jobs WHERE member_id = $1 ORDER BY kind",
            member_id.as_str(),
        )
        .fetch_all(&self.pool)
        .await?;
        let job_of = |row: Row| JobOfKind {
            kind: row.kind,
            job: Job {
                due_at: row.due_at,
                is_running: row.is_running,
                attempts: row.attempts,
                progress: row.progress,
                last_error: row.last_error,
                last_started_at: row.last_started_at,
                last_success_at: row.last_success_at,
            },
        };
        Ok(rows.into_iter().map(job_of).collect())
    }

    /// Events of the portal that were given up, by name, the latest first; of the newest 1,000 of them.
    pub async fn failed_events_by_name(&self, member_id: &MemberId) -> Result<Vec<FailedEvents>, StoreError> {
        Ok(sqlx::query_as!(
            FailedEvents,
            "SELECT event, count(*) AS \"events!\", max(finished_at) AS \"last_at!\",
                    (array_agg(last_error ORDER BY finished_at DESC))[1] AS \"last_error!\"
             FROM (SELECT event, finished_at, last_error FROM portal_events
                   WHERE member_id = $1 AND state = 'failed' ORDER BY id DESC LIMIT 1000) AS failed
             GROUP BY event ORDER BY max(finished_at) DESC",
            member_id.as_str(),
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Figures of the portal; `None` for an unknown one.
    pub async fn portal_figures(&self, member_id: &MemberId) -> Result<Option<PortalFigures>, StoreError> {
        let row = sqlx::query!(
            "SELECT portal.created_at, portal.address_proved_at, portal.former_domain, portal.moved_at,
                    portal.application_number, portal.language, staff.users_read_at AS \"users_read_at?\",
                    CASE WHEN sender.paused_until > clock_timestamp()
                        THEN least(sender.paused_until, '9999-12-31 00:00:00+00') END AS paused_until,
                    sender.pause_reason AS \"pause_reason?\",
                    (SELECT count(*) FROM portal_users AS person
                     WHERE person.member_id = portal.member_id AND person.is_active) AS \"users!\",
                    (SELECT count(*) FROM portal_users AS person
                     WHERE person.member_id = portal.member_id AND person.is_active AND person.is_administrator)
                        AS \"administrators!\",
                    (SELECT count(*) FROM subscriptions AS wish
                     WHERE wish.member_id = portal.member_id AND wish.state = 'active') AS \"subscriptions!\",
                    (SELECT count(*) FROM notification_items AS item
                     WHERE item.member_id = portal.member_id AND item.state IN ('waiting', 'sending'))
                        AS \"items_waiting!\",
                    (SELECT count(*) FROM notification_items AS item
                     WHERE item.member_id = portal.member_id AND item.state IN ('unassignable', 'dead'))
                        AS \"items_stuck!\",
                    (SELECT count(*) FROM (
                        SELECT FROM portal_events AS event
                        WHERE event.member_id = portal.member_id AND event.state = 'pending' LIMIT 100000
                     ) AS pending) AS \"events_waiting!\",
                    (SELECT count(*) FROM parked_methods AS parked
                     WHERE parked.member_id = portal.member_id AND parked.until > clock_timestamp())
                        AS \"parked_methods!\"
             FROM portals AS portal
             LEFT JOIN portal_staff AS staff ON staff.member_id = portal.member_id
             LEFT JOIN notification_senders AS sender ON sender.member_id = portal.member_id
             WHERE portal.member_id = $1",
            member_id.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| PortalFigures {
            created_at: row.created_at,
            address_proved_at: row.address_proved_at,
            former_domain: row.former_domain.zip(row.moved_at),
            application_number: row.application_number,
            language: row.language,
            users: row.users,
            administrators: row.administrators,
            users_read_at: row.users_read_at,
            subscriptions: row.subscriptions,
            items_waiting: row.items_waiting,
            items_stuck: row.items_stuck,
            events_waiting: row.events_waiting,
            sending_paused: row.paused_until.zip(row.pause_reason),
            parked_methods: row.parked_methods,
        }))
    }

    /// Notes the application's number on the portal.
    pub async fn note_application_number(&self, member_id: &MemberId, number: u64) -> Result<(), StoreError> {
        let Ok(number) = i64::try_from(number) else {
            return Ok(());
        };
        sqlx::query!(
            "UPDATE portals SET application_number = $2
             WHERE member_id = $1 AND application_number IS DISTINCT FROM $2",
            member_id.as_str(),
            number,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
