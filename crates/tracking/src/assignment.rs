//! Who is made responsible for an item: a pure function over facts.
//!
//! Rules are asked in the order of the settings. Each names candidates: who is responsible for the card, who subscribed
//! (the earliest first), the portal's user for such cases, the heads of departments from the nearest upwards. The first
//! candidate who can take it is chosen; of everybody who was passed over the reason is kept. A refusal by the portal is
//! a fact like others: ask again with the refused user among [`Facts::refused`].
//!
//! Partners with access to some groups are taken like employees where a rule names them: the portal itself made them
//! responsible, or let them open the card, and has the last word.
//!
//! Knows no database, no portal, no clock.

use std::collections::HashSet;

use certlens_domain::people::Standing;
pub use certlens_domain::people::{Department, People, Person, WhyNot};
pub use certlens_domain::tracking::{Assignment, AssignmentRule};
use chrono::NaiveDate;

/// What the rules are asked of.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Who is responsible for the card; `None`: nobody, or not known.
    pub responsible_id: Option<u64>,
    /// Who subscribed, the earliest first.
    pub subscriber_ids: &'a [u64],
    /// The people of the portal.
    pub people: &'a People,
    /// Whom the portal refused for this item.
    pub refused: &'a HashSet<u64>,
    /// The day on which it is asked, UTC.
    pub today: NaiveDate,
}

/// Somebody whom a rule named and who was not chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PassedOver {
    /// The rule.
    pub rule: AssignmentRule,
    /// The user.
    pub user_id: u64,
    /// Why.
    pub why: WhyNot,
}

/// Who is responsible, and who was passed over on the way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// The rule that decided, and the user; `None`: nobody can take it.
    pub chosen: Option<(AssignmentRule, u64)>,
    /// In the order in which they were asked; one whom two rules named stands there for each of them.
    pub passed_over: Vec<PassedOver>,
}

/// Asks the rules in their order.
pub fn assign(assignment: &Assignment, facts: &Facts<'_>) -> Decision {
    let mut decision = Decision::default();
    for &rule in &assignment.rules {
        let mut asked: Vec<u64> = Vec::new();
        for user_id in candidates(rule, assignment, facts) {
            if asked.contains(&user_id) {
                continue;
            }
            asked.push(user_id);
            match why_not(user_id, facts) {
                None => {
                    decision.chosen = Some((rule, user_id));
                    return decision;
                }
                Some(why) => decision.passed_over.push(PassedOver { rule, user_id, why }),
            }
        }
    }
    decision
}

/// Whom a rule names, in its order.
fn candidates(rule: AssignmentRule, assignment: &Assignment, facts: &Facts<'_>) -> Vec<u64> {
    match rule {
        AssignmentRule::Responsible => facts.responsible_id.into_iter().collect(),
        AssignmentRule::Subscriber => facts.subscriber_ids.to_vec(),
        AssignmentRule::Fallback => assignment.fallback_user_id.into_iter().collect(),
        AssignmentRule::DepartmentHead => facts
            .responsible_id
            .iter()
            .chain(facts.subscriber_ids)
            .flat_map(|user_id| facts.people.heads_above(*user_id))
            .collect(),
    }
}

/// Why this user can't take it. What the portal says of the person counts before what it said of this item.
fn why_not(user_id: u64, facts: &Facts<'_>) -> Option<WhyNot> {
    match facts.people.standing(user_id, facts.today) {
        Standing::Dismissed => Some(WhyNot::Dismissed),
        Standing::Unknown => Some(WhyNot::Unknown),
        _ if facts.refused.contains(&user_id) => Some(WhyNot::Refused),
        Standing::Absent => Some(WhyNot::Absent),
        Standing::Present => None,
    }
}

#[cfg(test)]
mod tests;
