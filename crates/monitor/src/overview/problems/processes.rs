//! The servers: silent ones, clocks, disks, keys, versions. The operator's matter.

use super::{problem, unread};
use crate::overview::facts::Facts;
use crate::screen::{Problem, Tone};
use crate::texts::Texts;
use certlens_store::Process;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;

/// A server reports every quarter of a minute.
const SILENT: TimeDelta = TimeDelta::minutes(2);
/// Signatures and sessions bear this much.
const SKEW: f64 = 5.0;
/// Fresh tokens count as ended, sessions as not yet begun.
const GREAT_SKEW: f64 = 60.0;
/// As the doctor has it: imports and the engines stop when the disk is full.
const LITTLE_SPACE: i64 = 5_000_000_000;
/// In a hundred of the disk; on a large one, only below [`PLENTY`].
const LITTLE_SHARE: i64 = 10;
const PLENTY: i64 = 50_000_000_000;

/// Whether the process gave a sign of life lately.
pub(super) fn is_alive(process: &Process, now: DateTime<Utc>) -> bool {
    now - process.seen_at <= SILENT
}

pub(super) fn look(facts: &Facts, texts: Texts, found: &mut Vec<Problem>) {
    if !facts.is_operator {
        return;
    }
    let processes = match &facts.processes {
        Ok(processes) => processes,
        Err(why) => {
            found.push(unread("processes", why, facts, texts));
            return;
        }
    };
    let (alive, silent): (Vec<&Process>, Vec<&Process>) =
        processes.iter().partition(|process| is_alive(process, facts.now));
    for process in silent {
        let told = texts.process_silent(&process.name);
        found.push(problem(
            "process_silent",
            Tone::Warning,
            Some(process.seen_at),
            told,
        ));
    }
    for process in &alive {
        of_process(process, texts, found);
    }
    let versions: BTreeSet<&str> = alive.iter().map(|process| process.version.as_str()).collect();
    if versions.len() > 1 {
        let since = alive.iter().map(|process| process.started_at).max();
        let versions: Vec<&str> = versions.into_iter().collect();
        found.push(problem(
            "several_versions",
            Tone::Warning,
            since,
            texts.several_versions(&versions.join(", ")),
        ));
    }
}

fn of_process(process: &Process, texts: Texts, found: &mut Vec<Problem>) {
    if process.opens_secrets == Some(false) {
        found.push(problem(
            "secret_key",
            Tone::Bad,
            None,
            texts.secret_key(&process.name),
        ));
    }
    if process.clock_skew.abs() > SKEW {
        let tone = if process.clock_skew.abs() > GREAT_SKEW {
            Tone::Bad
        } else {
            Tone::Warning
        };
        found.push(problem(
            "clock_skew",
            tone,
            None,
            texts.clock_skew(&process.name, process.clock_skew),
        ));
    }
    let (Some(free), Some(total)) = (process.free_disk_bytes, process.total_disk_bytes) else {
        return;
    };
    let is_little = free < LITTLE_SPACE;
    let is_small_share = free < PLENTY && free < total / 100 * LITTLE_SHARE;
    if is_little || is_small_share {
        let tone = if is_little { Tone::Bad } else { Tone::Warning };
        found.push(problem(
            "disk_full",
            tone,
            None,
            texts.disk_full(&process.name, free, total),
        ));
    }
}
