//! Work that does not come by itself, or comes late: given up, without anybody to take it, failed and waiting. Over all
//! portals or one, page by page.

use std::str::FromStr;

use chrono::{DateTime, Utc};

use super::WorkId;
use crate::{CrmEntity, MemberId, Store, StoreError};

/// How work is stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StuckState {
    /// Given up: it waits for somebody.
    Dead,
    /// Nobody can take it for now.
    Unassignable,
    /// It failed and is tried again by itself.
    Late,
}

impl StuckState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Dead, Self::Unassignable, Self::Late];

    /// The key in addresses.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Dead => "dead",
            Self::Unassignable => "unassignable",
            Self::Late => "late",
        }
    }
}

/// The text names no state of stuck work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stuck work is dead, unassignable or late")]
pub struct UnknownStuckState;

impl FromStr for StuckState {
    type Err = UnknownStuckState;

    fn from_str(key: &str) -> Result<Self, UnknownStuckState> {
        Self::ALL
            .into_iter()
            .find(|state| state.key() == key)
            .ok_or(UnknownStuckState)
    }
}

/// A place in the list: behind this piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StuckPlace {
    /// When it came.
    pub since: DateTime<Utc>,
    /// Its name.
    pub key: String,
}

/// The order of the list, by the moment at which work came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StuckOrder {
    /// The latest first.
    #[default]
    LatestFirst,
    /// The other way round.
    EarliestFirst,
}

/// Which stuck work is wanted; what is left out does not matter.
#[derive(Debug, Clone, Default)]
pub struct StuckQuery<'a> {
    /// Of this portal.
    pub member_id: Option<&'a MemberId>,
    /// Of this kind.
    pub kind: Option<&'a str>,
    /// Stuck like this.
    pub state: Option<StuckState>,
    /// With this text in its reason or name.
    pub text: Option<&'a str>,
    /// In which order.
    pub order: StuckOrder,
    /// Behind this place.
    pub after: Option<StuckPlace>,
    /// At most so many.
    pub limit: i64,
}

/// A piece of stuck work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StuckWork {
    /// Its name.
    pub id: WorkId,
    /// The portal.
    pub member_id: MemberId,
    /// The portal's domain, where it is known.
    pub domain: Option<String>,
    /// `events`, `items` or the kind of a job.
    pub kind: String,
    /// The event's name, the kind of item.
    pub what: String,
    /// How it is stuck.
    pub state: StuckState,
    /// Why, in the words of whoever refused.
    pub reason: String,
    /// How often it was tried.
    pub attempts: i32,
    /// When it came.
    pub since: DateTime<Utc>,
    /// When it is tried again by itself.
    pub due_at: Option<DateTime<Utc>>,
    /// The card that it is about.
    pub entity: Option<CrmEntity>,
}

impl StuckWork {
    /// The place behind it.
    pub fn place(&self) -> StuckPlace {
        StuckPlace {
            since: self.since,
            key: self.id.to_string(),
        }
    }
}

struct Row {
    key: String,
    member_id: String,
    domain: Option<String>,
    kind: String,
    what: String,
    state: String,
    reason: Option<String>,
    attempts: i32,
    since: DateTime<Utc>,
    due_at: Option<DateTime<Utc>>,
    entity_type: Option<String>,
    entity_id: Option<i64>,
}

impl TryFrom<Row> for StuckWork {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let inconsistent = |column| StoreError::inconsistent("notification_items", column);
        let entity = match (row.entity_type, row.entity_id) {
            (Some(entity_type), Some(id)) => entity_type
                .parse()
                .ok()
                .map(|entity_type| CrmEntity::new(entity_type, id)),
            _ => None,
        };
        Ok(Self {
            id: row.key.parse().map_err(|_| inconsistent("id"))?,
            member_id: MemberId::parse(&row.member_id).map_err(|_| inconsistent("member_id"))?,
            domain: row.domain,
            kind: row.kind,
            what: row.what,
            state: row.state.parse().map_err(|_| inconsistent("state"))?,
            reason: row.reason.unwrap_or_default(),
            attempts: row.attempts,
            since: row.since,
            due_at: row.due_at,
            entity,
        })
    }
}

/// The statement in one order: sqlx checks literals only. A part for each table and state, so that each has its index and
/// reads no more rows than the page has.
macro_rules! page {
    ($store:expr, $query:expr, $behind:literal, $order:literal) => {{
        let query = $query;
        let after = query.after.as_ref();
        sqlx::query_as!(
            Row,
            r#"
            SELECT work.key AS "key!", work.member_id AS "member_id!", portal.domain AS "domain?", work.kind AS "kind!",
                   work.what AS "what!", work.state AS "state!", work.reason, work.attempts AS "attempts!",
                   work.since AS "since!", work.due_at, work.entity_type, work.entity_id
            FROM (
                (SELECT 'item-' || id AS key, member_id, 'items' AS kind, kind AS what, 'dead' AS state, reason, attempts,
                        created_at AS since, NULL::timestamptz AS due_at, entity_type, entity_id
                 FROM notification_items
                 WHERE state = 'dead' AND ($1::text IS NULL OR member_id = $1)
                   AND ($2::text IS NULL OR $2 = 'items') AND ($3::text IS NULL OR $3 = 'dead')
                   AND ($4::text IS NULL OR concat_ws(' ', reason, kind, entity_id::text) ILIKE $4)
                   AND ($5::timestamptz IS NULL OR (created_at, 'item-' || id)"#
                + $behind
                + r#"($5, $6::text))
                 ORDER BY created_at "#
                + $order
                + ", 1 "
                + $order
                + r#" LIMIT $7)
                UNION ALL
                (SELECT 'item-' || id, member_id, 'items', kind, 'unassignable', reason, attempts, created_at, due_at,
                        entity_type, entity_id
                 FROM notification_items
                 WHERE state = 'unassignable' AND ($1::text IS NULL OR member_id = $1)
                   AND ($2::text IS NULL OR $2 = 'items') AND ($3::text IS NULL OR $3 = 'unassignable')
                   AND ($4::text IS NULL OR concat_ws(' ', reason, kind, entity_id::text) ILIKE $4)
                   AND ($5::timestamptz IS NULL OR (created_at, 'item-' || id)"#
                + $behind
                + r#"($5, $6::text))
                 ORDER BY created_at "#
                + $order
                + ", 1 "
                + $order
                + r#" LIMIT $7)
                UNION ALL
                (SELECT 'item-' || id, member_id, 'items', kind, 'late', reason, attempts, created_at, due_at,
                        entity_type, entity_id
                 FROM notification_items
                 WHERE state = 'waiting' AND attempts > 0 AND ($1::text IS NULL OR member_id = $1)
                   AND ($2::text IS NULL OR $2 = 'items') AND ($3::text IS NULL OR $3 = 'late')
                   AND ($4::text IS NULL OR concat_ws(' ', reason, kind, entity_id::text) ILIKE $4)
                   AND ($5::timestamptz IS NULL OR (created_at, 'item-' || id)"#
                + $behind
                + r#"($5, $6::text))
                 ORDER BY created_at "#
                + $order
                + ", 1 "
                + $order
                + r#" LIMIT $7)
                UNION ALL
                (SELECT 'event-' || id, member_id, 'events', event, 'dead', last_error, attempts, received_at,
                        NULL::timestamptz, subject_kind, subject_id
                 FROM portal_events
                 WHERE state = 'failed' AND ($1::text IS NULL OR member_id = $1)
                   AND ($2::text IS NULL OR $2 = 'events') AND ($3::text IS NULL OR $3 = 'dead')
                   AND ($4::text IS NULL OR concat_ws(' ', last_error, event, subject_id::text) ILIKE $4)
                   AND ($5::timestamptz IS NULL OR (received_at, 'event-' || id)"#
                + $behind
                + r#"($5, $6::text))
                 ORDER BY received_at "#
                + $order
                + ", 1 "
                + $order
                + r#" LIMIT $7)
                UNION ALL
                (SELECT 'event-' || id, member_id, 'events', event, 'late', last_error, attempts, received_at, due_at,
                        subject_kind, subject_id
                 FROM portal_events
                 WHERE state = 'pending' AND attempts > 0 AND ($1::text IS NULL OR member_id = $1)
                   AND ($2::text IS NULL OR $2 = 'events') AND ($3::text IS NULL OR $3 = 'late')
                   AND ($4::text IS NULL OR concat_ws(' ', last_error, event, subject_id::text) ILIKE $4)
                   AND ($5::timestamptz IS NULL OR (received_at, 'event-' || id)"#
                + $behind
                + r#"($5, $6::text))
                 ORDER BY received_at "#
                + $order
                + ", 1 "
                + $order
                + r#" LIMIT $7)
                UNION ALL
                (SELECT 'job-' || member_id || '-' || kind, member_id, kind, kind, 'late', last_error, attempts,
                        coalesce(last_started_at, due_at), due_at, NULL, NULL
                 FROM portal_jobs
                 WHERE last_error IS NOT NULL AND ($1::text IS NULL OR member_id = $1)
                   AND ($2::text IS NULL OR $2 = kind) AND ($3::text IS NULL OR $3 = 'late')
                   AND ($4::text IS NULL OR concat_ws(' ', last_error, kind) ILIKE $4)
                   AND coalesce(last_started_at, due_at) IS NOT NULL
                   AND ($5::timestamptz IS NULL
                        OR (coalesce(last_started_at, due_at), 'job-' || member_id || '-' || kind)"#
                + $behind
                + r#"($5, $6::text))
                 ORDER BY 8 "#
                + $order
                + ", 1 "
                + $order
                + r#" LIMIT $7)
            ) AS work
            LEFT JOIN portals AS portal ON portal.member_id = work.member_id
            ORDER BY work.since "#
                + $order
                + ", work.key "
                + $order
                + " LIMIT $7",
            query.member_id.map(MemberId::as_str),
            query.kind,
            query.state.map(StuckState::key),
            query.text.map(containing),
            after.map(|place| place.since),
            after.map(|place| place.key.as_str()),
            query.limit,
        )
        .fetch_all(&$store.pool)
        .await?
    }};
}

impl Store {
    /// A page of stuck work.
    pub async fn stuck_work(&self, query: &StuckQuery<'_>) -> Result<Vec<StuckWork>, StoreError> {
        let rows = match query.order {
            StuckOrder::LatestFirst => page!(self, query, " < ", "DESC"),
            StuckOrder::EarliestFirst => page!(self, query, " > ", "ASC"),
        };
        rows.into_iter().map(StuckWork::try_from).collect()
    }
}

/// The pattern of texts that contain this one, whatever it looks like.
pub(crate) fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::containing;

    #[test]
    fn pattern_takes_every_letter_for_itself() {
        assert_eq!(containing("50%_a\\b"), "%50\\%\\_a\\\\b%");
    }
}
