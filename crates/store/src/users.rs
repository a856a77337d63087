//! The users of portals: what was read of them as a whole, and what is seen of one of them by the way.
//!
//! A reading comes in one piece: one that ended half-way is never written, and makes nobody unknown. Who was active and
//! is not in a complete reading is unknown from then on, not dismissed: portals list neither bots nor technical users.

mod listing;

use std::collections::HashMap;

use certlens_domain::people::{Department, People, Person};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::{MemberId, Store, StoreError, UserId};

pub use listing::{
    ListedPerson, PeopleOrder, PeoplePlace, PeopleQuery, PersonState, StaffReadings, UnknownPersonState,
};

const TABLE: &str = "portal_users";
/// Users in one statement.
const PORTION: usize = 2_000;
/// Users that a list for people to choose from shows at most.
const MOST_LISTED: i64 = 2_000;

/// A user as the portal lists them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadUser {
    /// The user's number.
    pub user_id: UserId,
    /// First and last name; an empty one leaves a known one.
    pub name: String,
    /// Whether the user still works in the portal.
    pub is_active: bool,
    /// Whether the user is an employee; `None`: the portal does not say.
    pub is_employee: Option<bool>,
    /// The user's departments, in the portal's order.
    pub department_ids: Vec<i64>,
}

/// A department as the portal lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadDepartment {
    /// Its number.
    pub department_id: i64,
    /// Its name.
    pub name: String,
    /// The department that it belongs to.
    pub parent_id: Option<i64>,
    /// Its head.
    pub head_id: Option<UserId>,
}

/// What a complete reading changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UsersRead {
    /// Users in the list.
    pub users: u64,
    /// Those of them who left.
    pub dismissed: u64,
    /// Who was active and is not listed any more.
    pub unknown: u64,
}

/// A user, for lists that people choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownUser {
    /// The user's number.
    pub user_id: UserId,
    /// The name, where the portal told it.
    pub name: Option<String>,
    /// Whether the user works in the portal; `None`: the portal has not said, or does not list the user.
    pub is_active: Option<bool>,
    /// Away until this day, that day included.
    pub absent_until: Option<NaiveDate>,
}

impl Store {
    /// Writes a complete reading of the portal's users.
    pub async fn note_users(
        &self,
        member_id: &MemberId,
        users: &[ReadUser],
    ) -> Result<UsersRead, StoreError> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query!(
            "INSERT INTO portal_staff AS staff (member_id, users_read_at) VALUES ($1, now())
             ON CONFLICT (member_id) DO UPDATE SET users_read_at = excluded.users_read_at",
            member_id.as_str(),
        )
        .execute(&mut *transaction)
        .await
        .map_err(|error| StoreError::of_write(error, member_id))?;
        for portion in users.chunks(PORTION) {
            // What is only read here says nothing of who administers the portal: as if it had been noted for ever ago.
            sqlx::query!(
                "INSERT INTO portal_users AS known (
                    member_id, user_id, noted_at, name, is_active, is_employee, department_ids, dismissed_at, read_at)
                 SELECT $1, listed.user_id, '-infinity', nullif(listed.name, ''), listed.is_active,
                        listed.is_employee, listed.department_ids,
                        CASE WHEN NOT listed.is_active THEN now() END, now()
                 FROM jsonb_to_recordset($2) AS listed (
                    user_id bigint, name text, is_active boolean, is_employee boolean, department_ids bigint[])
                 ON CONFLICT (member_id, user_id) DO UPDATE SET
                    name = coalesce(excluded.name, known.name),
                    is_active = excluded.is_active,
                    is_employee = excluded.is_employee,
                    department_ids = excluded.department_ids,
                    dismissed_at = CASE WHEN NOT excluded.is_active
                        THEN coalesce(known.dismissed_at, excluded.dismissed_at) END,
                    read_at = excluded.read_at",
                member_id.as_str(),
                Json(cleaned(portion)) as Json<Vec<ReadUser>>,
            )
            .execute(&mut *transaction)
            .await?;
        }
        // The transaction has one time: who has another was not in the list.
        let unknown = sqlx::query!(
            "UPDATE portal_users SET is_active = NULL
             WHERE member_id = $1 AND is_active AND read_at IS DISTINCT FROM now()",
            member_id.as_str(),
        )
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        transaction.commit().await?;
        let dismissed = users.iter().filter(|user| !user.is_active).count();
        Ok(UsersRead {
            users: count(users.len()),
            dismissed: count(dismissed),
            unknown,
        })
    }

    /// Writes a complete reading of the portal's departments.
    pub async fn note_departments(
        &self,
        member_id: &MemberId,
        departments: &[ReadDepartment],
    ) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query!(
            "INSERT INTO portal_staff AS staff (member_id, departments_read_at) VALUES ($1, now())
             ON CONFLICT (member_id) DO UPDATE SET
                departments_read_at = excluded.departments_read_at, departments_refused = NULL",
            member_id.as_str(),
        )
        .execute(&mut *transaction)
        .await
        .map_err(|error| StoreError::of_write(error, member_id))?;
        sqlx::query!(
            "DELETE FROM portal_departments WHERE member_id = $1",
            member_id.as_str()
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "INSERT INTO portal_departments (member_id, department_id, name, parent_id, head_id)
             SELECT DISTINCT ON (listed.department_id) $1, listed.department_id, listed.name, listed.parent_id,
                    listed.head_id
             FROM jsonb_to_recordset($2) AS listed (
                department_id bigint, name text, parent_id bigint, head_id bigint)",
            member_id.as_str(),
            Json(departments) as Json<&[ReadDepartment]>,
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Notes that the portal does not show its departments, and why. What was read before stays.
    pub async fn note_departments_refused(
        &self,
        member_id: &MemberId,
        words: &str,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO portal_staff AS staff (member_id, departments_refused) VALUES ($1, $2)
             ON CONFLICT (member_id) DO UPDATE SET departments_refused = excluded.departments_refused",
            member_id.as_str(),
            words.replace('\0', ""),
        )
        .execute(&self.pool)
        .await
        .map_err(|error| StoreError::of_write(error, member_id))?;
        Ok(())
    }

    /// Why the portal does not show its departments, in its own words; `None` when it does, or was never asked.
    pub async fn departments_refused(&self, member_id: &MemberId) -> Result<Option<String>, StoreError> {
        let words = sqlx::query_scalar!(
            "SELECT departments_refused FROM portal_staff WHERE member_id = $1",
            member_id.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(words.flatten())
    }

    /// Notes that this user was seen at work: whoever was taken for dismissed is back.
    pub async fn note_presence(&self, member_id: &MemberId, user: UserId) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO portal_users AS known (member_id, user_id, noted_at, is_active)
             VALUES ($1, $2, '-infinity', true)
             ON CONFLICT (member_id, user_id) DO UPDATE SET is_active = true, dismissed_at = NULL
             WHERE known.is_active IS DISTINCT FROM true",
            member_id.as_str(),
            user.0,
        )
        .execute(&self.pool)
        .await
        .map_err(|error| StoreError::of_write(error, member_id))?;
        Ok(())
    }

    /// Notes until which day (included) this user is away; `None`: the user is there. Whether the user is known. Items
    /// that nobody could take are tried again at once.
    pub async fn set_absence(
        &self,
        member_id: &MemberId,
        user: UserId,
        until: Option<NaiveDate>,
    ) -> Result<bool, StoreError> {
        let outcome = sqlx::query!(
            "UPDATE portal_users SET absent_until = $3 WHERE member_id = $1 AND user_id = $2",
            member_id.as_str(),
            user.0,
            until,
        )
        .execute(&self.pool)
        .await?;
        self.wake_unassignable(member_id).await?;
        Ok(outcome.rows_affected() > 0)
    }

    /// What is known of this user's standing; `None` for one of whom nothing was ever noted.
    pub async fn known_user(
        &self,
        member_id: &MemberId,
        user: UserId,
    ) -> Result<Option<KnownUser>, StoreError> {
        let row = sqlx::query!(
            "SELECT name, is_active, absent_until FROM portal_users WHERE member_id = $1 AND user_id = $2",
            member_id.as_str(),
            user.0,
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| KnownUser {
            user_id: user,
            name: row.name,
            is_active: row.is_active,
            absent_until: row.absent_until,
        }))
    }

    /// The names of these users as far as they are known.
    pub(crate) async fn user_names(
        &self,
        member_id: &MemberId,
        users: &[i64],
    ) -> Result<HashMap<i64, String>, StoreError> {
        Ok(sqlx::query!(
            "SELECT user_id, name AS \"name!\" FROM portal_users
             WHERE member_id = $1 AND user_id = ANY ($2) AND name IS NOT NULL",
            member_id.as_str(),
            users,
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| (row.user_id, row.name))
        .collect())
    }

    /// Users for a list to choose from, by name: who is there, and who left with active or waiting subscriptions.
    /// At most 2,000.
    pub async fn users(&self, member_id: &MemberId) -> Result<Vec<KnownUser>, StoreError> {
        let rows = sqlx::query!(
            "SELECT user_id, name, is_active, absent_until FROM portal_users AS person
             WHERE member_id = $1 AND (
                is_active AND is_employee IS DISTINCT FROM false
                OR NOT is_active AND EXISTS (
                    SELECT FROM subscriptions AS waiting
                    WHERE waiting.member_id = person.member_id AND waiting.user_id = person.user_id
                      AND (waiting.state = 'active' OR waiting.reason = 'user_dismissed')))
             ORDER BY name NULLS LAST, user_id
             LIMIT $2",
            member_id.as_str(),
            MOST_LISTED,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| KnownUser {
                user_id: UserId(row.user_id),
                name: row.name,
                is_active: row.is_active,
                absent_until: row.absent_until,
            })
            .collect())
    }

    /// The people of the portal, as assignment asks of them.
    pub async fn people(&self, member_id: &MemberId) -> Result<People, StoreError> {
        let is_read = sqlx::query_scalar!(
            "SELECT EXISTS (SELECT FROM portal_staff WHERE member_id = $1 AND users_read_at IS NOT NULL)
                AS \"is_read!\"",
            member_id.as_str(),
        )
        .fetch_one(&self.pool)
        .await?;
        let rows = sqlx::query!(
            "SELECT user_id, is_active, is_employee, absent_until, department_ids
             FROM portal_users WHERE member_id = $1",
            member_id.as_str(),
        )
        .fetch_all(&self.pool)
        .await?;
        let inconsistent = |column| move |_| StoreError::inconsistent(TABLE, column);
        let mut persons = HashMap::with_capacity(rows.len());
        for row in rows {
            let person = Person {
                is_active: row.is_active,
                is_employee: row.is_employee,
                absent_until: row.absent_until,
                department_ids: numbers(row.department_ids),
            };
            persons.insert(
                u64::try_from(row.user_id).map_err(inconsistent("user_id"))?,
                person,
            );
        }
        let departments = sqlx::query!(
            "SELECT department_id, parent_id, head_id FROM portal_departments WHERE member_id = $1",
            member_id.as_str(),
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(People {
            is_read,
            persons,
            departments: departments
                .into_iter()
                .filter_map(|row| {
                    let department = Department {
                        parent_id: number(row.parent_id),
                        head_id: number(row.head_id),
                    };
                    Some((number(Some(row.department_id))?, department))
                })
                .collect(),
        })
    }
}

/// Texts of portals may hold what Postgres can't; and a user stands there once.
fn cleaned(users: &[ReadUser]) -> Vec<ReadUser> {
    let mut by_number: HashMap<i64, ReadUser> = HashMap::with_capacity(users.len());
    for user in users {
        let user = ReadUser {
            name: user.name.replace('\0', ""),
            ..user.clone()
        };
        by_number.insert(user.user_id.0, user);
    }
    by_number.into_values().collect()
}

fn numbers(stored: Vec<i64>) -> Vec<u64> {
    stored
        .into_iter()
        .filter_map(|stored| number(Some(stored)))
        .collect()
}

fn number(stored: Option<i64>) -> Option<u64> {
    u64::try_from(stored?).ok().filter(|number| *number > 0)
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
