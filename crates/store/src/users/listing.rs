//! People as administrators look at them: who is there, away or gone, and how many subscriptions they have.

use chrono::{DateTime, NaiveDate, Utc};
use std::str::FromStr;

use crate::queue::stuck::containing;
use crate::{MemberId, Store, StoreError, UserId};

/// How somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PersonState {
    /// Works there.
    Active,
    /// Left.
    Dismissed,
    /// The portal does not list the person, or has not said.
    Unknown,
    /// Works there and is away today.
    Absent,
    /// Works there and administers the portal.
    Administrator,
}

impl PersonState {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Active,
        Self::Absent,
        Self::Administrator,
        Self::Dismissed,
        Self::Unknown,
    ];

    /// The key in addresses.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Dismissed => "dismissed",
            Self::Unknown => "unknown",
            Self::Absent => "absent",
            Self::Administrator => "administrator",
        }
    }
}

/// The text names no state of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a person is active, absent, administrator, dismissed or unknown")]
pub struct UnknownPersonState;

impl FromStr for PersonState {
    type Err = UnknownPersonState;

    fn from_str(key: &str) -> Result<Self, UnknownPersonState> {
        Self::ALL
            .into_iter()
            .find(|state| state.key() == key)
            .ok_or(UnknownPersonState)
    }
}

/// In which order people are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PeopleOrder {
    /// By portal and number.
    #[default]
    Number,
    /// By name; those without one first.
    Name,
    /// By how many active subscriptions they have.
    Subscriptions,
    /// By when it was noticed that they left; who did not leave first.
    Dismissed,
}

/// A place in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeoplePlace {
    /// What the person is ordered by, as [`ListedPerson::place_in`] writes it.
    pub value: String,
    /// The person's portal.
    pub member_id: String,
    /// The person's number.
    pub user: UserId,
}

/// Which people are wanted.
#[derive(Debug, Clone, Default)]
pub struct PeopleQuery<'a> {
    /// Of this portal.
    pub member_id: Option<&'a MemberId>,
    /// Who stand so.
    pub state: Option<PersonState>,
    /// With this text in their name, or with this number.
    pub text: Option<&'a str>,
    /// Only those who have active subscriptions or such as wait because they left.
    pub with_subscriptions: bool,
    /// This one alone.
    pub user: Option<UserId>,
    /// In which order.
    pub order: PeopleOrder,
    /// The other way round.
    pub is_descending: bool,
    /// After this place.
    pub after: Option<PeoplePlace>,
    /// At most so many.
    pub limit: i64,
}

/// A person in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPerson {
    /// The portal.
    pub member_id: MemberId,
    /// Its domain.
    pub domain: String,
    /// The user's number.
    pub user: UserId,
    /// The name, where the portal told it.
    pub name: Option<String>,
    /// The name as the database orders it, empty where there is none.
    pub name_in_order: String,
    /// Whether the user works in the portal; `None`: the portal has not said, or does not list the user.
    pub is_active: Option<bool>,
    /// Whether the user administers the portal, as far as was seen.
    pub is_administrator: bool,
    /// Away until this day, that day included.
    pub absent_until: Option<NaiveDate>,
    /// When it was noticed that the user left.
    pub dismissed_at: Option<DateTime<Utc>>,
    /// Active subscriptions.
    pub subscriptions: i64,
    /// Archived ones that wait for the user's return or somebody who takes them over.
    pub waiting: i64,
}

/// What was read of a portal's people as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StaffReadings {
    /// The latest complete reading of the users.
    pub users_read_at: Option<DateTime<Utc>>,
    /// The latest complete reading of the departments.
    pub departments_read_at: Option<DateTime<Utc>>,
    /// Why the portal does not show its departments, in its own words.
    pub departments_refused: Option<String>,
}

struct Row {
    member_id: String,
    domain: String,
    user_id: i64,
    name: Option<String>,
    name_in_order: String,
    is_active: Option<bool>,
    is_administrator: bool,
    absent_until: Option<NaiveDate>,
    dismissed_at: Option<DateTime<Utc>>,
    subscriptions: i64,
    waiting: i64,
}

impl TryFrom<Row> for ListedPerson {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            member_id: MemberId::parse(&row.member_id)
                .map_err(|_| StoreError::inconsistent("portal_users", "member_id"))?,
            domain: row.domain,
            user: UserId(row.user_id),
            name: row.name,
            name_in_order: row.name_in_order,
            is_active: row.is_active,
            is_administrator: row.is_administrator,
            absent_until: row.absent_until,
            dismissed_at: row.dismissed_at,
            subscriptions: row.subscriptions,
            waiting: row.waiting,
        })
    }
}

impl ListedPerson {
    /// Where the person stands in this order.
    pub fn place_in(&self, order: PeopleOrder) -> PeoplePlace {
        PeoplePlace {
            value: match order {
                PeopleOrder::Number => self.member_id.to_string(),
                PeopleOrder::Name => self.name_in_order.clone(),
                PeopleOrder::Subscriptions => self.subscriptions.to_string(),
                PeopleOrder::Dismissed => self
                    .dismissed_at
                    .map_or_else(|| "-infinity".to_owned(), |at| at.to_rfc3339()),
            },
            member_id: self.member_id.to_string(),
            user: self.user,
        }
    }
}

/// One page in one order: the same statement but for what comes first and the direction.
macro_rules! page {
    ($store:expr, $query:expr, $column:literal, $value:literal, $beyond:literal, $direction:literal) => {
        sqlx::query_as!(
            Row,
            "SELECT person.member_id, portal.domain, person.user_id, person.name, person.is_active,
                    lower(coalesce(person.name, '')) AS \"name_in_order!\",
                    person.is_administrator, person.absent_until, person.dismissed_at,
                    wishes.active AS \"subscriptions!\", wishes.waiting AS \"waiting!\"
             FROM portal_users AS person
             JOIN portals AS portal ON portal.member_id = person.member_id
             CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE own.state = 'active') AS active,
                       count(*) FILTER (WHERE own.reason = 'user_dismissed') AS waiting
                FROM subscriptions AS own
                WHERE own.member_id = person.member_id AND own.user_id = person.user_id
             ) AS wishes
             WHERE ($1::text IS NULL OR person.member_id = $1)
               AND CASE $2::text
                      WHEN 'active' THEN person.is_active
                      WHEN 'dismissed' THEN NOT person.is_active
                      WHEN 'unknown' THEN person.is_active IS NULL
                      WHEN 'absent' THEN person.is_active IS DISTINCT FROM false
                                         AND person.absent_until >= (now() AT TIME ZONE 'UTC')::date
                      WHEN 'administrator' THEN person.is_active IS DISTINCT FROM false AND person.is_administrator
                      ELSE true END
               AND ($3::text IS NULL OR person.name ILIKE $3 OR person.user_id::text = $4)
               AND (NOT $5::boolean OR wishes.active > 0 OR wishes.waiting > 0)
               AND ($6::text IS NULL OR
                    (" + $column + ", person.member_id, person.user_id) " + $beyond + " (" + $value + ", $7::text, $8::bigint))
               AND ($9::bigint IS NULL OR person.user_id = $9)
             ORDER BY " + $column + " " + $direction + ", person.member_id " + $direction + ", person.user_id " + $direction + "
             LIMIT $10",
            $query.member_id.map(MemberId::as_str),
            $query.state.map(PersonState::key),
            $query.text.map(containing),
            $query.text,
            $query.with_subscriptions,
            $query.after.as_ref().map(|place| place.value.as_str()),
            $query.after.as_ref().map(|place| place.member_id.as_str()),
            $query.after.as_ref().map(|place| place.user.0),
            $query.user.map(|user| user.0),
            $query.limit,
        )
        .fetch_all(&$store.pool)
        .await?
    };
}

impl Store {
    /// A page of people.
    pub async fn listed_people(&self, query: &PeopleQuery<'_>) -> Result<Vec<ListedPerson>, StoreError> {
        let rows = match (query.order, query.is_descending) {
            (PeopleOrder::Number, false) => page!(self, query, "person.member_id", "$6::text", ">", "ASC"),
            (PeopleOrder::Number, true) => page!(self, query, "person.member_id", "$6::text", "<", "DESC"),
            (PeopleOrder::Name, false) => {
                page!(
                    self,
                    query,
                    "lower(coalesce(person.name, ''))",
                    "$6::text",
                    ">",
                    "ASC"
                )
            }
            (PeopleOrder::Name, true) => {
                page!(
                    self,
                    query,
                    "lower(coalesce(person.name, ''))",
                    "$6::text",
                    "<",
                    "DESC"
                )
            }
            (PeopleOrder::Subscriptions, false) => {
                page!(self, query, "wishes.active", "$6::text::bigint", ">", "ASC")
            }
            (PeopleOrder::Subscriptions, true) => {
                page!(self, query, "wishes.active", "$6::text::bigint", "<", "DESC")
            }
            (PeopleOrder::Dismissed, false) => page!(
                self,
                query,
                "coalesce(person.dismissed_at, '-infinity')",
                "$6::text::timestamptz",
                ">",
                "ASC"
            ),
            (PeopleOrder::Dismissed, true) => page!(
                self,
                query,
                "coalesce(person.dismissed_at, '-infinity')",
                "$6::text::timestamptz",
                "<",
                "DESC"
            ),
        };
        rows.into_iter().map(ListedPerson::try_from).collect()
    }

    /// What was read of the portal's people as a whole.
    pub async fn staff_readings(&self, member_id: &MemberId) -> Result<StaffReadings, StoreError> {
        let readings = sqlx::query_as!(
            StaffReadings,
            "SELECT users_read_at, departments_read_at, departments_refused FROM portal_staff WHERE member_id = $1",
            member_id.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(readings.unwrap_or_default())
    }
}
