//! From what is there and what is wanted to the writes that are missing. Pure.

use url::Url;

use super::state::{BoundEvent, BoundPlacement, Inspection, Listing};
use super::{Comparison, EventBinding, Failure, Outcome, PlacementBinding, Presence, Report, Wanted};
use crate::client::batch::Command;

/// What a write is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Bind,
    Unbind,
}

/// One command that changes the portal.
#[derive(Debug, Clone)]
pub(super) struct Write {
    /// Its place in the order of execution.
    pub(super) number: usize,
    pub(super) step: Step,
    pub(super) command: Command,
}

/// What a wanted binding needs.
#[derive(Debug)]
enum Need {
    Nothing,
    Bind(Write),
    /// First gone, then there.
    Rebind(Vec<Write>, Write),
    /// The portal doesn't say what it has.
    Unknown(Failure),
}

/// The writes, in the order in which they may be executed: what is missing first, so that an interruption leaves
/// too much rather than too little.
#[derive(Debug)]
pub(super) struct Plan {
    placements: Vec<(PlacementBinding, Need)>,
    events: Vec<(EventBinding, Need)>,
    left_overs: Vec<(String, Write)>,
}

/// Counts the writes.
struct Numbers(usize);

impl Numbers {
    fn write(&mut self, step: Step, command: Command) -> Write {
        self.0 += 1;
        Write {
            number: self.0,
            step,
            command,
        }
    }
}

impl Plan {
    pub(super) fn of(inspection: &Inspection, wanted: &Wanted) -> Self {
        let mut numbers = Numbers(0);
        let placements = wanted
            .placements
            .iter()
            .map(|binding| {
                (
                    binding.clone(),
                    placement_need(&inspection.placements, binding, &mut numbers),
                )
            })
            .collect();
        let events = wanted
            .events
            .iter()
            .map(|binding| {
                (
                    binding.clone(),
                    event_need(&inspection.events, binding, &mut numbers),
                )
            })
            .collect();
        let left_overs = left_overs(inspection, wanted, &mut numbers);
        Self {
            placements,
            events,
            left_overs,
        }
    }

    /// The writes in batches of at most `size`; what is bound anew stays behind its removal.
    pub(super) fn chunks(&self, size: usize) -> Vec<Vec<&Write>> {
        let needs = || {
            let placements = self.placements.iter().map(|(_, need)| need);
            placements.chain(self.events.iter().map(|(_, need)| need))
        };
        let mut writes: Vec<&Write> = Vec::new();
        writes.extend(needs().filter_map(|need| match need {
            Need::Bind(write) => Some(write),
            _ => None,
        }));
        for need in needs() {
            if let Need::Rebind(removals, bind) = need {
                writes.extend(removals);
                writes.push(bind);
            }
        }
        writes.extend(self.left_overs.iter().map(|(_, write)| write));
        writes.chunks(size).map(<[&Write]>::to_vec).collect()
    }

    pub(super) fn report(
        self,
        inspection: &Inspection,
        outcome_of: impl Fn(&Write) -> Result<(), Failure>,
    ) -> Report {
        let outcome = |need: &Need| match need {
            Need::Nothing => Outcome::Kept,
            // Some portals show their registrations to administrators only.
            Need::Unknown(_) if inspection.is_administrator == Some(false) => {
                Outcome::Failed(Failure::NotAdministrator)
            }
            Need::Unknown(failure) => Outcome::Failed(failure.clone()),
            Need::Bind(write) => outcome_of(write).map_or_else(Outcome::Failed, |()| Outcome::Bound),
            Need::Rebind(removals, bind) => removals
                .iter()
                .chain([bind])
                .try_for_each(&outcome_of)
                .map_or_else(Outcome::Failed, |()| Outcome::Rebound),
        };
        let placements = self.placements.iter();
        let events = self.events.iter();
        let (mut removed, mut remaining) = (0, Vec::new());
        for (name, write) in &self.left_overs {
            match outcome_of(write) {
                Ok(()) => removed += 1,
                Err(failure) => remaining.push((name.clone(), failure)),
            }
        }
        Report {
            placements: placements
                .map(|(binding, need)| (binding.placement.clone(), outcome(need)))
                .collect(),
            events: events
                .map(|(binding, need)| (binding.event.clone(), outcome(need)))
                .collect(),
            removed,
            remaining,
            is_administrator: inspection.is_administrator,
            is_installed: inspection.is_installed,
            application_number: inspection.application_number,
        }
    }

    /// What the plan found, before anything is written.
    pub(super) fn comparison(&self) -> Comparison {
        let presence = |need: &Need| match need {
            Need::Nothing => Presence::Present,
            Need::Bind(_) => Presence::Missing,
            Need::Rebind(..) => Presence::Altered,
            Need::Unknown(failure) => Presence::Unknown(failure.clone()),
        };
        let (placements, events) = (self.placements.iter(), self.events.iter());
        Comparison {
            placements: placements
                .map(|(binding, need)| (binding.placement.clone(), presence(need)))
                .collect(),
            events: events
                .map(|(binding, need)| (binding.event.clone(), presence(need)))
                .collect(),
            left_overs: self.left_overs.iter().map(|(name, _)| name.clone()).collect(),
        }
    }
}

fn placement_need(
    bound: &Listing<BoundPlacement>,
    binding: &PlacementBinding,
    numbers: &mut Numbers,
) -> Need {
    let bound = match bound {
        Ok(bound) => bound,
        Err(error) => return Need::Unknown(Failure::Refused(error.clone())),
    };
    let code = binding.placement.code();
    let mut here = bound
        .iter()
        .filter(|row| row.code == code && is_same_address(&row.handler, &binding.handler));
    let Some(first) = here.next() else {
        return Need::Bind(numbers.write(Step::Bind, bind_placement(binding)));
    };
    let others: Vec<&BoundPlacement> = here.collect();
    if others.is_empty() && has_titles(first, binding) && first.user_id.is_none() {
        return Need::Nothing;
    }
    // A removal takes all rows of its address with it: one for each user that has rows of his own.
    let mut users: Vec<Option<u64>> = Vec::new();
    let mut removals = Vec::new();
    for row in std::iter::once(first).chain(others) {
        if !users.contains(&row.user_id) {
            users.push(row.user_id);
            removals.push(numbers.write(Step::Unbind, unbind_placement(row)));
        }
    }
    Need::Rebind(removals, numbers.write(Step::Bind, bind_placement(binding)))
}

/// Whether the portal shows no title that differs from a wanted one. What it doesn't show counts as right:
/// otherwise a portal that keeps its languages to itself would be written to on every run.
fn has_titles(row: &BoundPlacement, binding: &PlacementBinding) -> bool {
    let differs = |language: &str, title: &str| {
        row.titles
            .get(&language.to_ascii_lowercase())
            .is_some_and(|shown| shown != title)
    };
    if binding
        .titles
        .iter()
        .any(|(language, title)| differs(language, title))
    {
        return false;
    }
    let knows_languages = !row.titles.is_empty();
    let is_known = |shown: &String| binding.titles.iter().any(|(_, title)| title == shown);
    knows_languages || binding.titles.is_empty() || row.title.as_ref().is_none_or(is_known)
}

fn event_need(bound: &Listing<BoundEvent>, binding: &EventBinding, numbers: &mut Numbers) -> Need {
    let bound = match bound {
        Ok(bound) => bound,
        Err(error) => return Need::Unknown(Failure::Refused(error.clone())),
    };
    let code = binding.event.code();
    let mut here = bound
        .iter()
        .filter(|row| row.code == code && is_same_address(&row.handler, &binding.handler));
    let bind = Command::new("event.bind")
        .with("event", &code)
        .with("handler", &binding.handler)
        .with("auth_type", 0);
    let Some(first) = here.next() else {
        return Need::Bind(numbers.write(Step::Bind, bind));
    };
    let others: Vec<&BoundEvent> = here.collect();
    if others.is_empty() {
        return Need::Nothing;
    }
    let mut users: Vec<Option<u64>> = Vec::new();
    let mut removals = Vec::new();
    for row in std::iter::once(first).chain(others) {
        if !users.contains(&row.acting_user) {
            users.push(row.acting_user);
            removals.push(numbers.write(Step::Unbind, unbind_event(row)));
        }
    }
    Need::Rebind(removals, numbers.write(Step::Bind, bind))
}

fn left_overs(inspection: &Inspection, wanted: &Wanted, numbers: &mut Numbers) -> Vec<(String, Write)> {
    let mut left_overs: Vec<(String, Write)> = Vec::new();
    let mut seen: Vec<Command> = Vec::new();
    let mut remove = |name: String, command: Command| {
        // Doubled rows go with one removal.
        if !seen.contains(&command) {
            seen.push(command.clone());
            left_overs.push((name, numbers.write(Step::Unbind, command)));
        }
    };
    for row in inspection.placements.iter().flatten() {
        let is_wanted = wanted.placements.iter().any(|binding| {
            binding.placement.code() == row.code && is_same_address(&binding.handler, &row.handler)
        });
        if !is_wanted {
            remove(format!("{} {}", row.code, row.handler), unbind_placement(row));
        }
    }
    for row in inspection.events.iter().flatten() {
        let is_wanted = wanted.events.iter().any(|binding| {
            binding.event.code() == row.code && is_same_address(&binding.handler, &row.handler)
        });
        if !is_wanted {
            remove(format!("{} {}", row.code, row.handler), unbind_event(row));
        }
    }
    left_overs
}

fn bind_placement(binding: &PlacementBinding) -> Command {
    let title = binding.titles.first().map_or("", |(_, title)| title.as_str());
    let command = Command::new("placement.bind")
        .with("PLACEMENT", binding.placement.code())
        .with("HANDLER", &binding.handler)
        .with("TITLE", title);
    binding.titles.iter().fold(command, |command, (language, title)| {
        command.with(format!("LANG_ALL[{language}][TITLE]"), title)
    })
}

fn unbind_placement(row: &BoundPlacement) -> Command {
    let command = Command::new("placement.unbind")
        .with("PLACEMENT", &row.code)
        .with("HANDLER", &row.handler);
    match row.user_id {
        Some(user_id) => command.with("USER_ID", user_id),
        None => command,
    }
}

fn unbind_event(row: &BoundEvent) -> Command {
    Command::new("event.unbind")
        .with("event", &row.code)
        .with("handler", &row.handler)
        .with("auth_type", row.acting_user.unwrap_or(0))
}

/// Addresses are equal as addresses: a portal may write the host in another case, or without its default port.
fn is_same_address(one: &str, other: &str) -> bool {
    one == other || matches!((Url::parse(one), Url::parse(other)), (Ok(one), Ok(other)) if one == other)
}
