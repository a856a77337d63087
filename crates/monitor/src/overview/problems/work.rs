//! Recounts and notifications that are behind their time.

use super::{problem, unread};
use crate::Action;
use crate::address::{Address, ScreenName};
use crate::overview::facts::Facts;
use crate::recounts::RecountAction;
use crate::screen::{Button, Link, Problem, Tone};
use crate::texts::Texts;
use chrono::TimeDelta;

/// Whoever leads looks every second; another takes over within half a minute.
const NOBODY_BEGINS: TimeDelta = TimeDelta::minutes(2);
/// So late a recount is a matter for somebody now.
const VERY_LATE: TimeDelta = TimeDelta::minutes(30);
/// A recount of a million identifiers takes a part of that.
const HANGS: TimeDelta = TimeDelta::minutes(30);
/// Failures in a row that are no accident any more.
const FAILS_FOR_GOOD: i64 = 3;
/// A minute's worth of sending for most portals.
const ITEMS_LATE: TimeDelta = TimeDelta::minutes(10);
/// People wait for their news by now.
const ITEMS_VERY_LATE: TimeDelta = TimeDelta::hours(1);
/// The longest period between two notifications that can be chosen is a day.
const UNPLANNED: TimeDelta = TimeDelta::hours(26);

pub(super) fn look(facts: &Facts, texts: Texts, found: &mut Vec<Problem>) {
    recounts(facts, texts, found);
    notifications(facts, texts, found);
}

fn recounts(facts: &Facts, texts: Texts, found: &mut Vec<Problem>) {
    let health = match &facts.recounts {
        Ok(health) => health,
        Err(why) => {
            found.push(unread("recounts", why, facts, texts));
            return;
        }
    };
    let mut add = |mut problem: Problem| {
        if facts.is_operator {
            let recount = Button::new(
                texts.recount_now(),
                &Action::Recount(RecountAction::Everything {}),
            );
            problem.buttons.push(recount.asking());
        }
        found.push(problem);
    };
    if health.failures > 0 {
        let tone = if health.failures >= FAILS_FOR_GOOD {
            Tone::Bad
        } else {
            Tone::Warning
        };
        let error = health.error.as_deref().filter(|_| facts.is_operator);
        let told = texts.recount_fails(health.failures, error);
        add(problem("recount_fails", tone, health.failed_since, told));
    }
    if let Some(since) = health.running_since {
        if health.now - since > HANGS {
            add(problem(
                "recount_hangs",
                Tone::Warning,
                Some(since),
                texts.recount_hangs(health.now - since),
            ));
        }
        return;
    }
    let waiting_since = [Some(health.due_at), health.requested_since]
        .into_iter()
        .flatten()
        .min();
    // After a failure the pause is meant.
    if let Some(since) =
        waiting_since.filter(|since| health.now - *since > NOBODY_BEGINS && health.failures == 0)
    {
        let late = health.now - since;
        let tone = if late > VERY_LATE {
            Tone::Bad
        } else {
            Tone::Warning
        };
        let told = texts.recount_late(late, facts.recount_every);
        add(problem("recount_late", tone, Some(since), told));
    }
}

fn notifications(facts: &Facts, texts: Texts, found: &mut Vec<Problem>) {
    let health = match &facts.notifications {
        Ok(health) => health,
        Err(why) => {
            found.push(unread("notifications", why, facts, texts));
            return;
        }
    };
    if let Some(since) = health.due_since.filter(|since| facts.now - *since > ITEMS_LATE) {
        let late = facts.now - since;
        let tone = if late > ITEMS_VERY_LATE {
            Tone::Bad
        } else {
            Tone::Warning
        };
        let mut told = problem(
            "items_late",
            tone,
            Some(since),
            texts.items_late(health.due, late),
        );
        told.links.push(to_queue(facts, texts, "items", "waiting"));
        found.push(told);
    }
    if let Some(since) = health
        .unplanned_since
        .filter(|since| facts.now - *since > UNPLANNED)
    {
        let told = texts.news_unplanned(facts.now - since);
        found.push(problem("news_unplanned", Tone::Warning, Some(since), told));
    }
}

/// The queue with this kind and state.
pub(super) fn to_queue(facts: &Facts, texts: Texts, kind: &str, state: &str) -> Link {
    let mut address = Address::of(ScreenName::Queue)
        .with("kind", kind)
        .with("state", state);
    if let Some(portal) = &facts.portal {
        address = address.of_portal(portal);
    }
    Link::to(texts.screen(ScreenName::Queue), &address)
}
