//! Documents: registries that were never loaded or have grown old, imports that failed, hang or rejected much.

use super::{problem, unread};
use crate::address::{Address, ScreenName};
use crate::overview::facts::Facts;
use crate::screen::{Link, Problem, Tone};
use crate::texts::Texts;
use certlens_domain::freshness::RegistryFreshness;
use certlens_registry::ImportState;
use chrono::{DateTime, TimeDelta, Utc};

/// Registries publish daily; two missed days are an accident, three are none.
const STALE: TimeDelta = TimeDelta::days(3);
/// Nobody should decide by documents so old.
const OLD: TimeDelta = TimeDelta::days(14);
/// The newest document of an imported registry is rarely older.
const DATA_STALE: TimeDelta = TimeDelta::days(30);
/// The largest import takes a quarter of that.
const HANGS: TimeDelta = TimeDelta::hours(4);
/// More rejected rows in a hundred mean that the format changed.
const MANY_REJECTED: f64 = 1.0;

pub(super) fn look(facts: &Facts, texts: Texts, found: &mut Vec<Problem>) {
    match &facts.registries {
        Ok(registries) => registries.iter().for_each(|registry| {
            if let Some(mut problem) = of_registry(registry, facts, texts) {
                if facts.is_operator {
                    problem.links.push(to_imports(texts));
                }
                found.push(problem);
            }
        }),
        Err(why) => found.push(unread("registries", why, facts, texts)),
    }
    if !facts.is_operator {
        return;
    }
    match &facts.imports {
        Ok(imports) => {
            for import in imports {
                let finished = import.finished_at.unwrap_or(import.started_at);
                let mut told = match import.state.as_str() {
                    "failed" => problem(
                        "import_failed",
                        Tone::Bad,
                        Some(finished),
                        texts.import_failed(
                            &import.source,
                            &import.input,
                            import.error.as_deref().unwrap_or("—"),
                        ),
                    ),
                    "interrupted" => problem(
                        "import_failed",
                        Tone::Bad,
                        Some(import.started_at),
                        texts.import_failed(
                            &import.source,
                            &import.input,
                            texts.import_lead(ImportState::Interrupted),
                        ),
                    ),
                    "running" if facts.now - import.started_at > HANGS => problem(
                        "import_hangs",
                        Tone::Warning,
                        Some(import.started_at),
                        texts.import_hangs(&import.source, &import.input),
                    ),
                    "done" if percent(import.rejected, import.read) > MANY_REJECTED => problem(
                        "import_rejects",
                        Tone::Warning,
                        Some(finished),
                        texts.import_rejects(&import.source, import.rejected, import.read),
                    ),
                    _ => continue,
                };
                told.links.push(to_imports(texts));
                found.push(told);
            }
        }
        Err(why) => found.push(unread("imports", why, facts, texts)),
    }
}

fn of_registry(registry: &RegistryFreshness, facts: &Facts, texts: Texts) -> Option<Problem> {
    let name = texts.registry_in_full(registry.registry);
    if !registry.loaded {
        let told = texts.registry_missing(name, facts.is_operator);
        return Some(problem("registry_missing", Tone::Warning, None, told));
    }
    let imported: Option<DateTime<Utc>> = registry
        .last_import
        .as_ref()
        .and_then(|import| import.finished_at);
    if let Some(at) = imported.filter(|at| facts.now - *at > STALE) {
        let age = facts.now - at;
        let tone = if age > OLD { Tone::Bad } else { Tone::Warning };
        let told = texts.registry_stale(name, age, facts.is_operator);
        return Some(problem("registry_stale", tone, Some(at), told));
    }
    let newest = registry.data_date.filter(|day| facts.today - *day > DATA_STALE)?;
    let told = texts.registry_data_old(name, newest, facts.is_operator);
    let since = newest.and_hms_opt(0, 0, 0).map(|midnight| midnight.and_utc());
    Some(problem("registry_data_old", Tone::Warning, since, told))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "rows of a file are far fewer than 2^52"
)]
fn percent(part: i64, whole: i64) -> f64 {
    if whole <= 0 {
        0.0
    } else {
        100.0 * part as f64 / whole as f64
    }
}

fn to_imports(texts: Texts) -> Link {
    Link::to(
        texts.screen(ScreenName::Imports),
        &Address::of(ScreenName::Imports),
    )
}
