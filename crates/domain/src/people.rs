//! The people of a portal, as far as it matters who can take work: who is there, who leads whom.
//!
//! Pure facts; who is chosen is decided elsewhere.

use chrono::NaiveDate;
use std::collections::HashMap;

/// What is known of a user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Whether the user still works in the portal; `None`: the portal has not said, or does not list the user.
    pub is_active: Option<bool>,
    /// Whether the user is an employee (else a partner with access to some groups); `None`: the portal has not said.
    pub is_employee: Option<bool>,
    /// Away until this day, that day included.
    pub absent_until: Option<NaiveDate>,
    /// The user's departments, in the portal's order.
    pub department_ids: Vec<u64>,
}

/// A department.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Department {
    /// The department that it belongs to.
    pub parent_id: Option<u64>,
    /// Its head.
    pub head_id: Option<u64>,
}

/// The people of one portal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    /// Whether the portal's whole list was ever read: only then does it mean something that a user is not in it.
    pub is_read: bool,
    /// By the portal's number of the user.
    pub persons: HashMap<u64, Person>,
    /// By the portal's number of the department; empty where the portal does not show its departments.
    pub departments: HashMap<u64, Department>,
}

/// Whether somebody can take work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// As far as we know; the portal has the last word.
    Present,
    /// The portal says that the user left.
    Dismissed,
    /// Somebody said that the user is away.
    Absent,
    /// The portal's list was read, and the user is not in it: a bot, a technical user, or nobody.
    Unknown,
}

/// Why somebody whom a rule of assignment named was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WhyNot {
    /// The user left the portal.
    Dismissed,
    /// The user is away.
    Absent,
    /// The portal does not list the user.
    Unknown,
    /// The portal refused the user for this item.
    Refused,
}

impl WhyNot {
    /// The key in the database; it never changes.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Dismissed => "dismissed",
            Self::Absent => "absent",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
        }
    }
}

impl People {
    /// Whether this user can take work on that day.
    pub fn standing(&self, user_id: u64, today: NaiveDate) -> Standing {
        let person = self.persons.get(&user_id);
        match person.and_then(|person| person.is_active) {
            Some(false) => return Standing::Dismissed,
            None if self.is_read => return Standing::Unknown,
            Some(true) | None => {}
        }
        let is_absent = person
            .and_then(|person| person.absent_until)
            .is_some_and(|last_day| today <= last_day);
        if is_absent {
            Standing::Absent
        } else {
            Standing::Present
        }
    }

    /// The heads of the user's departments, then of those above them, the nearest first; each once. Departments that
    /// belong to each other in a circle end it.
    pub fn heads_above(&self, user_id: u64) -> Vec<u64> {
        let mut level = self
            .persons
            .get(&user_id)
            .map(|person| person.department_ids.clone())
            .unwrap_or_default();
        let mut seen: Vec<u64> = Vec::new();
        let mut heads: Vec<u64> = Vec::new();
        while !level.is_empty() {
            let mut above = Vec::new();
            for id in level {
                if seen.contains(&id) {
                    continue;
                }
                seen.push(id);
                let Some(department) = self.departments.get(&id) else {
                    continue;
                };
                heads.extend(department.head_id.filter(|head| !heads.contains(head)));
                above.extend(department.parent_id);
            }
            level = above;
        }
        heads
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
    }

    fn portal(is_read: bool, person: Person) -> People {
        People {
            is_read,
            persons: HashMap::from([(7, person)]),
            departments: HashMap::new(),
        }
    }

    fn person(is_active: Option<bool>, absent_until: Option<NaiveDate>) -> Person {
        Person {
            is_active,
            absent_until,
            ..Person::default()
        }
    }

    #[rstest]
    #[case::active(true, Some(true), None, Standing::Present)]
    #[case::dismissed(true, Some(false), None, Standing::Dismissed)]
    #[case::dismissed_before_the_list_was_read(false, Some(false), None, Standing::Dismissed)]
    #[case::not_in_the_list(true, None, None, Standing::Unknown)]
    #[case::list_never_read(false, None, None, Standing::Present)]
    #[case::away_until_today(true, Some(true), Some(day(21)), Standing::Absent)]
    #[case::back_today(true, Some(true), Some(day(20)), Standing::Present)]
    #[case::away_in_a_list_never_read(false, None, Some(day(22)), Standing::Absent)]
    #[case::dismissed_while_away(true, Some(false), Some(day(22)), Standing::Dismissed)]
    fn standing_follows_what_the_portal_said_last(
        #[case] is_read: bool,
        #[case] is_active: Option<bool>,
        #[case] absent_until: Option<NaiveDate>,
        #[case] expected: Standing,
    ) {
        let people = portal(is_read, person(is_active, absent_until));
        assert_eq!(people.standing(7, day(21)), expected);
    }

    #[test]
    fn somebody_without_a_row_is_unknown_only_in_a_list_that_was_read() {
        assert_eq!(
            portal(true, Person::default()).standing(8, day(21)),
            Standing::Unknown
        );
        assert_eq!(
            portal(false, Person::default()).standing(8, day(21)),
            Standing::Present
        );
    }

    #[test]
    fn heads_above_go_up_the_tree_and_a_circle_ends_them() {
        let department = |parent_id, head_id| Department { parent_id, head_id };
        let mut people = portal(
            true,
            Person {
                department_ids: vec![30, 40, 99],
                ..Person::default()
            },
        );
        people.departments = HashMap::from([
            (1, department(Some(20), Some(100))),
            (20, department(Some(1), None)),
            (30, department(Some(20), Some(300))),
            (40, department(Some(1), Some(400))),
        ]);

        assert_eq!(people.heads_above(7), [300, 400, 100]);
        assert_eq!(people.heads_above(8), Vec::<u64>::new());
    }
}
