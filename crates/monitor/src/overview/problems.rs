//! What is wrong now, in words: a pure function from facts to problems, worst first.
//!
//! A problem says what is wrong, since when, what it means for people and what to do. Pure: time is a fact. What is
//! the operator's to mend (machines, imports, keys) is told to him; a portal's administrator is told what he feels of it.

mod backups;
mod engines;
mod imports;
mod portals;
mod processes;
mod work;

#[cfg(test)]
mod tests;

use super::facts::{Facts, Unread};
use crate::screen::{Problem, Tone};
use crate::texts::Texts;
use crate::texts::problems::Told;
use chrono::{DateTime, Utc};

/// Everything that is wrong, worst first, and among equals what has been for longest.
pub fn problems(facts: &Facts, texts: Texts) -> Vec<Problem> {
    let mut found = Vec::new();
    engines::look(facts, texts, &mut found);
    portals::look(facts, texts, &mut found);
    work::look(facts, texts, &mut found);
    imports::look(facts, texts, &mut found);
    processes::look(facts, texts, &mut found);
    backups::look(facts, texts, &mut found);
    found.sort_by_key(|problem: &Problem| {
        (
            std::cmp::Reverse(problem.tone),
            problem.since.unwrap_or(DateTime::<Utc>::MAX_UTC),
        )
    });
    found
}

/// A problem without links yet.
fn problem(key: &'static str, tone: Tone, since: Option<DateTime<Utc>>, told: Told) -> Problem {
    Problem {
        key,
        tone,
        what: told.what,
        since,
        means: told.means,
        advice: told.advice,
        links: Vec::new(),
        buttons: Vec::new(),
    }
}

/// What can't be read is a problem of its own: a silence is no good news.
fn unread(key: &'static str, unread: &Unread, facts: &Facts, texts: Texts) -> Problem {
    let told = texts.fact_unread(
        texts.fact_name(key),
        facts.is_operator.then_some(unread.why.as_str()),
    );
    problem(key, Tone::Bad, None, told)
}
