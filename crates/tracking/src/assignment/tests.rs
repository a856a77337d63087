//! Assignment: a table of portals, and laws that hold in every portal.

use std::collections::{HashMap, HashSet};

use proptest::collection::{hash_map, hash_set, vec};
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use AssignmentRule::{DepartmentHead, Fallback, Responsible, Subscriber};

const RESPONSIBLE: u64 = 1;
const SUBSCRIBER: u64 = 2;
const SECOND_SUBSCRIBER: u64 = 3;
const FALLBACK: u64 = 4;
const HEAD_OF_SALES: u64 = 5;
const DIRECTOR: u64 = 6;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 21).unwrap()
}

fn there(department_ids: &[u64]) -> Person {
    Person {
        is_active: Some(true),
        is_employee: Some(true),
        absent_until: None,
        department_ids: department_ids.to_vec(),
    }
}

/// Everybody is there. Sales (20) belongs to the company (10); the responsible works in sales.
fn portal() -> People {
    People {
        is_read: true,
        persons: HashMap::from([
            (RESPONSIBLE, there(&[20])),
            (SUBSCRIBER, there(&[10])),
            (SECOND_SUBSCRIBER, there(&[10])),
            (FALLBACK, there(&[10])),
            (HEAD_OF_SALES, there(&[20])),
            (DIRECTOR, there(&[10])),
        ]),
        departments: HashMap::from([
            (
                10,
                Department {
                    parent_id: None,
                    head_id: Some(DIRECTOR),
                },
            ),
            (
                20,
                Department {
                    parent_id: Some(10),
                    head_id: Some(HEAD_OF_SALES),
                },
            ),
        ]),
    }
}

fn all_rules() -> Assignment {
    Assignment {
        fallback_user_id: Some(FALLBACK),
        ..Assignment::default()
    }
}

fn facts<'a>(people: &'a People, refused: &'a HashSet<u64>) -> Facts<'a> {
    Facts {
        responsible_id: Some(RESPONSIBLE),
        subscriber_ids: &[SUBSCRIBER, SECOND_SUBSCRIBER],
        people,
        refused,
        today: today(),
    }
}

#[rstest]
#[case::everybody_is_there(&[], Some((Responsible, RESPONSIBLE)))]
#[case::responsible_left(&[RESPONSIBLE], Some((Subscriber, SUBSCRIBER)))]
#[case::first_subscriber_left_too(&[RESPONSIBLE, SUBSCRIBER], Some((Subscriber, SECOND_SUBSCRIBER)))]
#[case::all_subscribers_left(&[RESPONSIBLE, SUBSCRIBER, SECOND_SUBSCRIBER], Some((Fallback, FALLBACK)))]
#[case::fallback_left_too(
    &[RESPONSIBLE, SUBSCRIBER, SECOND_SUBSCRIBER, FALLBACK],
    Some((DepartmentHead, HEAD_OF_SALES))
)]
#[case::head_left_too(
    &[RESPONSIBLE, SUBSCRIBER, SECOND_SUBSCRIBER, FALLBACK, HEAD_OF_SALES],
    Some((DepartmentHead, DIRECTOR))
)]
#[case::nobody_is_there(
    &[RESPONSIBLE, SUBSCRIBER, SECOND_SUBSCRIBER, FALLBACK, HEAD_OF_SALES, DIRECTOR],
    None
)]
fn first_rule_that_names_somebody_who_can_take_it_decides(
    #[case] gone: &[u64],
    #[case] chosen: Option<(AssignmentRule, u64)>,
    #[values(WhyNot::Dismissed, WhyNot::Absent, WhyNot::Unknown, WhyNot::Refused)] why: WhyNot,
) {
    let mut people = portal();
    let mut refused = HashSet::new();
    for id in gone {
        let person = people.persons.get_mut(id).unwrap();
        match why {
            WhyNot::Dismissed => person.is_active = Some(false),
            WhyNot::Absent => person.absent_until = Some(today()),
            WhyNot::Unknown => person.is_active = None,
            WhyNot::Refused => {
                refused.insert(*id);
            }
        }
    }

    let decision = assign(&all_rules(), &facts(&people, &refused));

    assert_eq!(decision.chosen, chosen);
    let passed_over: Vec<u64> = decision.passed_over.iter().map(|one| one.user_id).collect();
    assert_eq!(passed_over, gone);
    assert!(decision.passed_over.iter().all(|one| one.why == why));
}

#[test]
fn rules_that_are_left_out_are_not_asked() {
    let (people, refused) = (portal(), HashSet::from([RESPONSIBLE]));
    let assignment = Assignment {
        rules: vec![Responsible, DepartmentHead],
        fallback_user_id: Some(FALLBACK),
    };
    let decision = assign(&assignment, &facts(&people, &refused));
    assert_eq!(decision.chosen, Some((DepartmentHead, HEAD_OF_SALES)));
}

#[test]
fn without_a_responsible_the_head_is_the_first_subscribers() {
    let (people, refused) = (portal(), HashSet::new());
    let assignment = Assignment {
        rules: vec![DepartmentHead],
        fallback_user_id: None,
    };
    let facts = Facts {
        responsible_id: None,
        ..facts(&people, &refused)
    };
    assert_eq!(
        assign(&assignment, &facts).chosen,
        Some((DepartmentHead, DIRECTOR))
    );
}

#[test]
fn a_portal_whose_people_were_never_read_decides_by_itself() {
    let (people, refused) = (People::default(), HashSet::from([RESPONSIBLE]));
    let decision = assign(&all_rules(), &facts(&people, &refused));
    assert_eq!(decision.chosen, Some((Subscriber, SUBSCRIBER)));
    assert_eq!(decision.passed_over[0].why, WhyNot::Refused);
}

#[test]
fn somebody_whom_two_rules_name_is_passed_over_by_both() {
    let (people, refused) = (portal(), HashSet::from([RESPONSIBLE]));
    let facts = Facts {
        subscriber_ids: &[RESPONSIBLE, RESPONSIBLE],
        ..facts(&people, &refused)
    };
    let decision = assign(&all_rules(), &facts);
    let rules: Vec<AssignmentRule> = decision.passed_over.iter().map(|one| one.rule).collect();
    assert_eq!(rules, [Responsible, Subscriber]);
    assert_eq!(decision.chosen, Some((Fallback, FALLBACK)));
}

/// Users and departments of the generated portals.
const MOST: u64 = 12;

fn any_person() -> impl Strategy<Value = Person> {
    (
        proptest::option::of(any::<bool>()),
        proptest::option::of(-3_i64..3),
        vec(0..MOST, 0..3),
    )
        .prop_map(|(is_active, days, department_ids)| Person {
            is_active,
            is_employee: None,
            absent_until: days.map(|days| today() + chrono::Duration::days(days)),
            department_ids,
        })
}

fn any_people() -> impl Strategy<Value = People> {
    let department = (proptest::option::of(0..MOST), proptest::option::of(0..MOST))
        .prop_map(|(parent_id, head_id)| Department { parent_id, head_id });
    (
        any::<bool>(),
        hash_map(0..MOST, any_person(), 0..10),
        hash_map(0..MOST, department, 0..8),
    )
        .prop_map(|(is_read, persons, departments)| People {
            is_read,
            persons,
            departments,
        })
}

fn any_assignment() -> impl Strategy<Value = Assignment> {
    let rules = Just(AssignmentRule::ALL.to_vec()).prop_shuffle();
    (
        rules,
        0..=AssignmentRule::ALL.len(),
        proptest::option::of(0..MOST),
    )
        .prop_map(|(rules, kept, fallback_user_id)| Assignment {
            rules: rules.into_iter().take(kept).collect(),
            fallback_user_id,
        })
}

#[derive(Debug, Clone)]
struct Case {
    assignment: Assignment,
    responsible_id: Option<u64>,
    subscriber_ids: Vec<u64>,
    people: People,
    refused: HashSet<u64>,
}

impl Case {
    fn facts(&self) -> Facts<'_> {
        Facts {
            responsible_id: self.responsible_id,
            subscriber_ids: &self.subscriber_ids,
            people: &self.people,
            refused: &self.refused,
            today: today(),
        }
    }

    fn decision(&self) -> Decision {
        assign(&self.assignment, &self.facts())
    }
}

fn any_case() -> impl Strategy<Value = Case> {
    (
        any_assignment(),
        proptest::option::of(0..MOST),
        vec(0..MOST, 0..4),
        any_people(),
        hash_set(0..MOST, 0..6),
    )
        .prop_map(
            |(assignment, responsible_id, subscriber_ids, people, refused)| Case {
                assignment,
                responsible_id,
                subscriber_ids,
                people,
                refused,
            },
        )
}

/// Whether this user may take it, said once more in plain words.
fn may(case: &Case, user_id: u64) -> bool {
    let person = case.people.persons.get(&user_id).cloned().unwrap_or_default();
    let is_there = person.is_active.unwrap_or(!case.people.is_read);
    let is_away = person.absent_until.is_some_and(|last_day| last_day >= today());
    is_there && !is_away && !case.refused.contains(&user_id)
}

proptest! {
    #[test]
    fn nobody_is_chosen_who_may_not(case in any_case()) {
        if let Some((rule, user_id)) = case.decision().chosen {
            prop_assert!(may(&case, user_id));
            prop_assert!(candidates(rule, &case.assignment, &case.facts()).contains(&user_id));
        }
    }

    #[test]
    fn everybody_before_the_chosen_one_is_passed_over_with_a_reason_in_the_order_of_the_rules(case in any_case()) {
        let decision = case.decision();
        let mut expected = Vec::new();
        'rules: for &rule in &case.assignment.rules {
            let mut of_rule: Vec<(AssignmentRule, u64)> = Vec::new();
            for user_id in candidates(rule, &case.assignment, &case.facts()) {
                if decision.chosen == Some((rule, user_id)) {
                    expected.extend(of_rule);
                    break 'rules;
                }
                if !of_rule.contains(&(rule, user_id)) {
                    of_rule.push((rule, user_id));
                }
            }
            expected.extend(of_rule);
        }
        let passed_over: Vec<(AssignmentRule, u64)> =
            decision.passed_over.iter().map(|one| (one.rule, one.user_id)).collect();
        prop_assert_eq!(passed_over, expected);
        for one in &decision.passed_over {
            prop_assert!(!may(&case, one.user_id));
        }
    }

    #[test]
    fn nobody_is_chosen_only_when_no_rule_names_anybody_who_may(case in any_case()) {
        if case.decision().chosen.is_none() {
            let named = case.assignment.rules.iter()
                .flat_map(|rule| candidates(*rule, &case.assignment, &case.facts()));
            for user_id in named {
                prop_assert!(!may(&case, user_id));
            }
        }
    }

    #[test]
    fn people_whom_no_rule_names_change_nothing(case in any_case(), strangers in vec(any_person(), 0..5)) {
        let mut crowded = case.clone();
        for (number, stranger) in (1_000..).zip(strangers) {
            crowded.people.persons.insert(number, stranger);
            crowded.refused.insert(number);
        }
        prop_assert_eq!(crowded.decision(), case.decision());
    }

    #[test]
    fn a_chosen_one_whom_the_portal_refuses_is_passed_over_and_the_rest_of_the_way_stays(case in any_case()) {
        let before = case.decision();
        if let Some((rule, user_id)) = before.chosen {
            let mut after = case;
            after.refused.insert(user_id);
            let decision = after.decision();
            prop_assert_eq!(&decision.passed_over[..before.passed_over.len()], &before.passed_over[..]);
            prop_assert_eq!(
                decision.passed_over[before.passed_over.len()],
                PassedOver { rule, user_id, why: WhyNot::Refused }
            );
        }
    }
}
