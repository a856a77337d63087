//! Portals as the operator lists them: filtered, in three orders, page by page, each with what is wrong with it.

use crate::{MemberId, PortalState, Store, StoreError};
use chrono::{DateTime, Utc};

/// A portal of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPortal {
    /// Its stable name.
    pub member_id: MemberId,
    /// Its host.
    pub domain: String,
    /// Its state.
    pub state: PortalState,
    /// Why it is suspended.
    pub state_reason: Option<String>,
    /// Since when it is in this state.
    pub state_changed_at: DateTime<Utc>,
    /// Latest proved request from the portal.
    pub seen_at: DateTime<Utc>,
    /// Living chains of tokens.
    pub living_chains: i64,
    /// Those of administrators.
    pub administrators_chains: i64,
    /// Tabs and events that the portal refused when bindings were last put in order.
    pub missing_bindings: i64,
    /// Kinds of work that failed last time.
    pub failing_jobs: i64,
    /// Events that were given up; counted up to 1,000.
    pub failed_events: i64,
    /// Notification items that were given up, or that nobody can take.
    pub stuck_items: i64,
    /// Active subscriptions.
    pub subscriptions: i64,
}

/// The order of the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PortalOrder {
    /// By host.
    #[default]
    Domain,
    /// By the moment of the latest change of state.
    Since,
    /// By the moment of the latest proved request.
    Seen,
}

impl PortalOrder {
    /// What the list's pages begin after: the row's place in this order.
    pub fn place(self, portal: &ListedPortal) -> PortalPlace {
        let micros = |at: DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        PortalPlace {
            value: match self {
                Self::Domain => portal.domain.clone(),
                Self::Since => micros(portal.state_changed_at),
                Self::Seen => micros(portal.seen_at),
            },
            member_id: portal.member_id.to_string(),
        }
    }
}

/// A place in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalPlace {
    value: String,
    member_id: String,
}

impl PortalPlace {
    /// The place as it travels.
    pub fn text(&self) -> String {
        format!("{}~{}", self.member_id, self.value)
    }

    /// A place that travelled, if it can be one in this order.
    pub fn read(text: &str, order: PortalOrder) -> Option<Self> {
        let (member_id, value) = text.split_once('~')?;
        let is_possible = match order {
            PortalOrder::Domain => true,
            PortalOrder::Since | PortalOrder::Seen => DateTime::parse_from_rfc3339(value).is_ok(),
        };
        is_possible.then(|| Self {
            value: value.to_owned(),
            member_id: member_id.to_owned(),
        })
    }
}

/// What is listed.
#[derive(Debug, Clone, Default)]
pub struct PortalQuery<'a> {
    /// One portal only.
    pub member_id: Option<&'a MemberId>,
    /// In this state only.
    pub state: Option<PortalState>,
    /// With this text in the host or the name.
    pub text: Option<&'a str>,
    /// Only those with something wrong.
    pub with_trouble: bool,
    /// In which order.
    pub order: PortalOrder,
    /// The other way round.
    pub is_descending: bool,
    /// After this place.
    pub after: Option<PortalPlace>,
    /// At most so many.
    pub limit: i64,
}

struct Row {
    member_id: String,
    domain: String,
    state: String,
    state_reason: Option<String>,
    state_changed_at: DateTime<Utc>,
    seen_at: DateTime<Utc>,
    living_chains: i64,
    administrators_chains: i64,
    missing_bindings: i64,
    failing_jobs: i64,
    failed_events: i64,
    stuck_items: i64,
    subscriptions: i64,
}

impl TryFrom<Row> for ListedPortal {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let inconsistent = |column| StoreError::inconsistent("portals", column);
        Ok(Self {
            member_id: MemberId::parse(&row.member_id).map_err(|_| inconsistent("member_id"))?,
            domain: row.domain,
            state: row.state.parse().map_err(|_| inconsistent("state"))?,
            state_reason: row.state_reason,
            state_changed_at: row.state_changed_at,
            seen_at: row.seen_at,
            living_chains: row.living_chains,
            administrators_chains: row.administrators_chains,
            missing_bindings: row.missing_bindings,
            failing_jobs: row.failing_jobs,
            failed_events: row.failed_events,
            stuck_items: row.stuck_items,
            subscriptions: row.subscriptions,
        })
    }
}

/// One page in one order: the same statement but for the place and the direction, so that each has its index.
macro_rules! page {
    ($store:expr, $query:expr, $column:literal, $value:literal, $beyond:literal, $direction:literal) => {
        sqlx::query_as!(
            Row,
            "SELECT portal.member_id, portal.domain, portal.state, portal.state_reason, portal.state_changed_at,
                    portal.seen_at, chains.living AS \"living_chains!\",
                    chains.administrators AS \"administrators_chains!\",
                    jobs.missing AS \"missing_bindings!\", jobs.failing AS \"failing_jobs!\",
                    events.failed AS \"failed_events!\", items.stuck AS \"stuck_items!\",
                    wishes.active AS \"subscriptions!\"
             FROM portals AS portal,
             LATERAL (
                SELECT count(*) AS living, count(*) FILTER (WHERE chain.is_administrator) AS administrators
                FROM chains AS chain WHERE chain.member_id = portal.member_id AND chain.ended_at IS NULL
             ) AS chains,
             LATERAL (
                SELECT count(*) FILTER (WHERE job.last_error IS NOT NULL) AS failing,
                       coalesce(max(jsonb_array_length(jsonb_path_query_array(
                            job.progress, '$.bindings[*].outcome.failed'))) FILTER (WHERE job.kind = 'reconcile'), 0)
                            ::bigint AS missing
                FROM portal_jobs AS job WHERE job.member_id = portal.member_id
             ) AS jobs,
             LATERAL (
                SELECT count(*) AS failed FROM (
                    SELECT FROM portal_events AS event
                    WHERE event.member_id = portal.member_id AND event.state = 'failed' LIMIT 1000
                ) AS given_up
             ) AS events,
             LATERAL (
                SELECT count(*) AS stuck FROM notification_items AS item
                WHERE item.member_id = portal.member_id AND item.state IN ('unassignable', 'dead')
             ) AS items,
             LATERAL (
                SELECT count(*) AS active FROM subscriptions AS wish
                WHERE wish.member_id = portal.member_id AND wish.state = 'active'
             ) AS wishes
             WHERE ($1::text IS NULL OR portal.member_id = $1)
               AND ($2::text IS NULL OR portal.state = $2)
               AND ($3::text IS NULL OR strpos(portal.domain, $3) > 0 OR strpos(portal.member_id, $3) > 0)
               AND (NOT $4 OR portal.state <> 'installed' OR chains.administrators = 0 OR jobs.failing > 0
                    OR jobs.missing > 0 OR events.failed > 0 OR items.stuck > 0
                    OR EXISTS (SELECT FROM portal_canaries AS canary
                               WHERE canary.member_id = portal.member_id AND canary.failed_step IS NOT NULL))
               AND ($5::text IS NULL OR (" + $column + ", portal.member_id) " + $beyond + " (" + $value + ", $6::text))
             ORDER BY " + $column + $direction + ", portal.member_id" + $direction + "
             LIMIT $7",
            $query.member_id.map(MemberId::as_str),
            $query.state.map(PortalState::key),
            $query.text.map(str::to_lowercase),
            $query.with_trouble,
            $query.after.as_ref().map(|place| place.value.as_str()),
            $query.after.as_ref().map(|place| place.member_id.as_str()),
            $query.limit,
        )
        .fetch_all(&$store.pool)
        .await?
    };
}

impl Store {
    /// A page of the list.
    pub async fn listed_portals(&self, query: &PortalQuery<'_>) -> Result<Vec<ListedPortal>, StoreError> {
        let rows = match (query.order, query.is_descending) {
            (PortalOrder::Domain, false) => page!(self, query, "portal.domain", "$5::text", ">", " ASC"),
            (PortalOrder::Domain, true) => page!(self, query, "portal.domain", "$5::text", "<", " DESC"),
            (PortalOrder::Since, false) => {
                page!(
                    self,
                    query,
                    "portal.state_changed_at",
                    "$5::text::timestamptz",
                    ">",
                    " ASC"
                )
            }
            (PortalOrder::Since, true) => {
                page!(
                    self,
                    query,
                    "portal.state_changed_at",
                    "$5::text::timestamptz",
                    "<",
                    " DESC"
                )
            }
            (PortalOrder::Seen, false) => {
                page!(
                    self,
                    query,
                    "portal.seen_at",
                    "$5::text::timestamptz",
                    ">",
                    " ASC"
                )
            }
            (PortalOrder::Seen, true) => {
                page!(
                    self,
                    query,
                    "portal.seen_at",
                    "$5::text::timestamptz",
                    "<",
                    " DESC"
                )
            }
        };
        rows.into_iter().map(ListedPortal::try_from).collect()
    }
}
