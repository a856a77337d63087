//! What the form of tracking knows and how it changes. Plain data and rules; no view, no I/O.

use certlens_domain::tracking::settings::{NotifyEvery, TrackingSettings};
use certlens_domain::tracking::{Assignment, AssignmentRule};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The intervals to choose from; one that a program chose stands beside them.
pub const INTERVALS: [Duration; 6] = [
    Duration::from_mins(15),
    Duration::from_hours(1),
    Duration::from_mins(150),
    Duration::from_hours(6),
    Duration::from_hours(24),
    Duration::from_hours(7 * 24),
];

/// The form, for administrators only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackingForm {
    /// As it is stored.
    pub settings: TrackingSettings,
    /// Who may be chosen for the rule `fallback`, by name.
    pub people: Vec<Colleague>,
    /// Why the portal does not show its departments, in its own words.
    pub departments_refused: Option<String>,
}

/// Somebody who works in the portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colleague {
    /// The portal's number of the user.
    pub id: u64,
    /// The name; empty where the portal has not told it.
    pub name: String,
}

/// A rule's place in the form: those that are asked in their order, then the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RulePlace {
    /// The rule.
    pub rule: AssignmentRule,
    /// Whether it is asked.
    pub is_asked: bool,
    /// Whether one that is asked stands before it.
    pub can_rise: bool,
    /// Whether one that is asked stands behind it.
    pub can_sink: bool,
}

/// All rules as the form shows them.
pub fn places(assignment: &Assignment) -> Vec<RulePlace> {
    let asked = &assignment.rules;
    let of_asked = asked.iter().enumerate().map(|(position, rule)| RulePlace {
        rule: *rule,
        is_asked: true,
        can_rise: position > 0,
        can_sink: position + 1 < asked.len(),
    });
    let others = AssignmentRule::ALL
        .iter()
        .filter(|rule| !asked.contains(rule))
        .map(|rule| RulePlace {
            rule: *rule,
            is_asked: false,
            can_rise: false,
            can_sink: false,
        });
    of_asked.chain(others).collect()
}

/// Takes a rule in, as the last one, or out. The last one stays: somebody has to be chosen.
pub fn toggle(assignment: &mut Assignment, rule: AssignmentRule) {
    match assignment.rules.iter().position(|asked| *asked == rule) {
        None => assignment.rules.push(rule),
        Some(position) => {
            let mut without = assignment.clone();
            without.rules.remove(position);
            if let Ok(usable) = without.checked() {
                *assignment = usable;
            }
        }
    }
}

/// Puts a rule before its neighbour, or behind the next one.
pub fn shift(assignment: &mut Assignment, rule: AssignmentRule, upwards: bool) {
    let Some(position) = assignment.rules.iter().position(|asked| *asked == rule) else {
        return;
    };
    let other = if upwards {
        position.checked_sub(1)
    } else {
        Some(position + 1)
    };
    if let Some(other) = other.filter(|other| *other < assignment.rules.len()) {
        assignment.rules.swap(position, other);
    }
}

/// The choices of an interval as texts of settings, the present one among them; an empty text leaves it to the service.
pub fn intervals(present: NotifyEvery) -> Vec<(String, NotifyEvery)> {
    let mut choices = vec![NotifyEvery::Service, NotifyEvery::AtOnce];
    choices.extend(INTERVALS.map(NotifyEvery::Every));
    if !choices.contains(&present) {
        choices.push(present);
    }
    choices
        .into_iter()
        .map(|every| (every.text().unwrap_or_default(), every))
        .collect()
}

/// The interval of such a text; `None` for none of them.
pub fn interval_of(text: &str) -> Option<NotifyEvery> {
    if text.is_empty() {
        return Some(NotifyEvery::Service);
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use AssignmentRule::{DepartmentHead, Fallback, Responsible, Subscriber};

    fn assignment(rules: &[AssignmentRule]) -> Assignment {
        Assignment {
            rules: rules.to_vec(),
            fallback_user_id: None,
        }
    }

    #[test]
    fn rules_that_are_not_asked_stand_behind_those_that_are() {
        let places = places(&assignment(&[Subscriber, Responsible]));
        let rules: Vec<_> = places.iter().map(|place| (place.rule, place.is_asked)).collect();
        assert_eq!(
            rules,
            [
                (Subscriber, true),
                (Responsible, true),
                (Fallback, false),
                (DepartmentHead, false)
            ]
        );
        let moves: Vec<_> = places
            .iter()
            .map(|place| (place.can_rise, place.can_sink))
            .collect();
        assert_eq!(
            moves,
            [(false, true), (true, false), (false, false), (false, false)]
        );
    }

    #[test]
    fn the_last_rule_by_which_somebody_can_be_chosen_stays() {
        let mut rules = assignment(&[Subscriber, Fallback]);
        toggle(&mut rules, Subscriber);
        assert_eq!(
            rules.rules,
            [Subscriber, Fallback],
            "nobody is there to fall back on"
        );
        toggle(&mut rules, Fallback);
        toggle(&mut rules, Subscriber);
        assert_eq!(rules.rules, [Subscriber]);
        toggle(&mut rules, Responsible);
        assert_eq!(rules.rules, [Subscriber, Responsible]);
    }

    #[test]
    fn a_rule_changes_places_with_its_neighbour_as_far_as_there_is_one() {
        let mut rules = assignment(&[Subscriber, Responsible, Fallback]);
        shift(&mut rules, Fallback, true);
        shift(&mut rules, Subscriber, true);
        shift(&mut rules, Responsible, false);
        shift(&mut rules, DepartmentHead, true);
        assert_eq!(rules.rules, [Subscriber, Fallback, Responsible]);
    }

    #[test]
    fn each_interval_to_choose_is_read_back_and_a_programs_choice_is_among_them() {
        let present = NotifyEvery::Every(Duration::from_mins(95));
        let choices = intervals(present);
        assert!(choices.iter().any(|(_, every)| *every == present));
        for (text, every) in choices {
            assert_eq!(interval_of(&text), Some(every));
        }
        assert_eq!(interval_of("1s"), None);
    }
}
