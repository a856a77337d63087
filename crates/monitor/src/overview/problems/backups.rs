//! Backups of the database: failed, old, none. The operator's matter.

use super::{problem, unread};
use crate::overview::facts::Facts;
use crate::screen::{Problem, Tone};
use crate::texts::Texts;
use chrono::TimeDelta;

pub(super) fn look(facts: &Facts, texts: Texts, found: &mut Vec<Problem>) {
    if !facts.is_operator {
        return;
    }
    let standing = match &facts.backups {
        Ok(standing) => standing,
        Err(why) => {
            found.push(unread("backups", why, facts, texts));
            return;
        }
    };
    // Without portals there is nothing to lose.
    let Some(portals_since) = standing.portals_since else {
        return;
    };
    if let Some((at, why)) = &standing.failed {
        found.push(problem(
            "backup_failed",
            Tone::Bad,
            Some(*at),
            texts.backup_failed(why),
        ));
        return;
    }
    let last = standing.last.as_ref().map(|last| last.at);
    let since = last.unwrap_or(portals_since);
    let late_after = TimeDelta::from_std(facts.backup_late_after).unwrap_or(TimeDelta::MAX);
    if facts.now - since > late_after {
        found.push(problem(
            "backup_old",
            Tone::Warning,
            Some(since),
            texts.backup_old(last.is_some(), late_after),
        ));
    }
}
