//! The search engine: silent, emptied, behind, or left alone.

use super::{problem, unread};
use crate::Action;
use crate::engines::EnginesAction;
use crate::overview::facts::Facts;
use crate::screen::{Button, Problem, Tone};
use crate::texts::Texts;
use chrono::{DateTime, TimeDelta, Utc};

/// A breaker that is open for less is about to close again.
const LEFT_ALONE: TimeDelta = TimeDelta::seconds(30);

pub(super) fn look(facts: &Facts, texts: Texts, found: &mut Vec<Problem>) {
    let state = match &facts.engines {
        Ok(state) => state,
        Err(why) => {
            found.push(unread("engines", why, facts, texts));
            return;
        }
    };
    if state.clickhouse.is_none() {
        return;
    }
    let since = left_alone_since(facts);
    let fill = |mut problem: Problem| {
        let button = Button::new(
            texts.fill_clickhouse(),
            &Action::Engines(EnginesAction::FillClickhouse {}),
        );
        problem.buttons.push(button.asking());
        problem
    };
    let told = match state.published {
        None if !facts.is_operator => problem("search_slow", Tone::Warning, since, texts.search_slow()),
        None if state.refuses => fill(problem(
            "clickhouse_refuses",
            Tone::Bad,
            since,
            texts.clickhouse_refuses(),
        )),
        None => problem("clickhouse_silent", Tone::Bad, since, texts.clickhouse_silent()),
        // The rest is no matter of a portal: Postgres answers.
        Some(_) if !facts.is_operator => return,
        Some(0) if state.version > 0 => fill(problem(
            "clickhouse_emptied",
            Tone::Bad,
            None,
            texts.clickhouse_emptied(),
        )),
        Some(published) if state.behind => {
            let told = texts.clickhouse_behind(published, state.version);
            fill(problem("clickhouse_behind", Tone::Warning, None, told))
        }
        Some(_) => match since.filter(|since| facts.now - *since >= LEFT_ALONE) {
            Some(since) => problem(
                "clickhouse_left_alone",
                Tone::Warning,
                Some(since),
                texts.clickhouse_left_alone(),
            ),
            None => return,
        },
    };
    found.push(told);
}

/// Since when the first of the servers has not been asking ClickHouse.
fn left_alone_since(facts: &Facts) -> Option<DateTime<Utc>> {
    let processes = facts.processes.as_ref().ok()?;
    processes
        .iter()
        .filter(|process| matches!(process.breaker.as_str(), "open" | "half_open"))
        .filter(|process| super::processes::is_alive(process, facts.now))
        .map(|process| process.breaker_since)
        .min()
}
