//! The looks that the doctor takes.

use super::finding::Finding;
use crate::configuration::Configuration;
use crate::data::Data;
use crate::site::page_files;
use crate::state::{GUESSABLE_TOKEN_LENGTH, site_dir};
use certlens_domain::freshness::RegistryFreshness;
use certlens_registry::EngineState;
use secrecy::ExposeSecret as _;
use std::fs;
use std::path::Path;

/// Less free space than this ends in a failed import sooner or later.
const LITTLE_SPACE: u64 = 5_000_000_000;

/// What was found in the stores.
pub(super) struct Stores {
    pub(super) findings: Vec<Finding>,
    pub(super) registries: Vec<RegistryFreshness>,
}

/// The directory can be written, and there is room in it.
pub(super) fn data_directory(directory: &Path) -> Finding {
    const CHECK: &str = "data directory";
    let shown = directory.display();
    let attempt = directory.join(".certlens-doctor");
    let written = fs::create_dir_all(directory)
        .and_then(|()| fs::write(&attempt, b"x"))
        .and_then(|()| fs::remove_file(&attempt));
    if let Err(error) = written {
        return Finding::problem(
            CHECK,
            format!("{shown} can't be written: {error}"),
            "give the user that runs certlens the right to write there, or name another directory in CERTLENS_DATA_DIR",
        );
    }
    match rustix::fs::statvfs(directory) {
        Err(error) => Finding::warning(
            CHECK,
            format!("how much space is left in {shown} is unknown: {error}"),
            "look at the disk yourself",
        ),
        Ok(disk) => free_space(&shown.to_string(), disk.f_bavail.saturating_mul(disk.f_frsize)),
    }
}

fn free_space(directory: &str, free: u64) -> Finding {
    const CHECK: &str = "data directory";
    let gigabytes = free / 1_000_000_000;
    let finding = format!("{gigabytes} GB are free in {directory}");
    if free < LITTLE_SPACE {
        return Finding::problem(
            CHECK,
            finding,
            "make room: imports and the engines stop when the disk is full",
        );
    }
    Finding::fine(CHECK, finding)
}

/// The operator's interfaces are open to nobody, or to those who know a token that can't be guessed.
pub(super) fn operator_token(configuration: &Configuration) -> Finding {
    const CHECK: &str = "operator token";
    match &configuration.operator_token {
        None => Finding::warning(
            CHECK,
            "CERTLENS_OPERATOR_TOKEN is not set: nobody can use the operator's interfaces",
            "set it to what `openssl rand -hex 24` prints",
        ),
        Some(token) if token.expose_secret().len() < GUESSABLE_TOKEN_LENGTH => Finding::warning(
            CHECK,
            "CERTLENS_OPERATOR_TOKEN is short enough to be guessed",
            "set it to what `openssl rand -hex 24` prints",
        ),
        Some(_) => Finding::fine(CHECK, "set"),
    }
}

/// Pages find their styles and their program.
pub(super) fn browser_files(configuration: &Configuration) -> Finding {
    const CHECK: &str = "browser's files";
    let directory = site_dir(configuration);
    match page_files(&directory) {
        Ok(_) => Finding::fine(CHECK, format!("complete in {}", directory.display())),
        Err(error) => Finding::warning(
            CHECK,
            error.to_string(),
            "start `certlens serve` anew afterwards: until then pages are text without styles and buttons",
        ),
    }
}

/// Both engines and what they hold.
pub(super) async fn stores(data: &Data) -> Stores {
    let search = data.search();
    let mut findings = Vec::new();
    if let Err(error) = search.ready().await {
        findings.push(Finding::problem(
            "Postgres",
            error.to_string(),
            "start it, or correct CERTLENS_DATABASE_URL",
        ));
        return Stores {
            findings,
            registries: Vec::new(),
        };
    }
    findings.push(Finding::fine(
        "Postgres",
        "answers, and its tables are up to date",
    ));
    match search.engine_state().await {
        Ok(state) => findings.push(clickhouse(&state)),
        Err(error) => findings.push(Finding::problem(
            "ClickHouse",
            error.to_string(),
            "look at the database",
        )),
    }
    match search.freshness().await {
        Ok(registries) => {
            findings.extend(registries.iter().map(freshness));
            Stores { findings, registries }
        }
        Err(error) => {
            findings.push(Finding::problem(
                "registries",
                error.to_string(),
                "look at the database",
            ));
            Stores {
                findings,
                registries: Vec::new(),
            }
        }
    }
}

fn clickhouse(state: &EngineState) -> Finding {
    const CHECK: &str = "ClickHouse";
    match (state.clickhouse, state.published) {
        (None, _) => Finding::fine(
            CHECK,
            "off by CERTLENS_CLICKHOUSE_URL; Postgres answers every search",
        ),
        (Some(_), None) => Finding::problem(
            CHECK,
            "does not answer; Postgres answers every search, more slowly where many documents are counted",
            "start it, or correct CERTLENS_CLICKHOUSE_URL; the embedded engine's log is clickhouse/clickhouse.log in the data \
             directory",
        ),
        (Some(_), Some(_)) if state.behind => Finding::warning(
            CHECK,
            "answers, but lacks the latest imports; Postgres answers until it has them",
            "wait for the running import, or run any import again: it completes earlier ones",
        ),
        (Some(_), Some(_)) => Finding::fine(CHECK, "answers, and holds every import"),
    }
}

fn freshness(freshness: &RegistryFreshness) -> Finding {
    let check = format!("registry {}", freshness.registry);
    if !freshness.loaded {
        return Finding::warning(
            check,
            "not loaded: how many documents a counterparty holds in it is unknown",
            "import it: `certlens import --help` names the sources",
        );
    }
    let day = |day: Option<chrono::NaiveDate>| {
        day.map_or_else(|| "an unknown day".to_owned(), |day| day.to_string())
    };
    let held = format!(
        "{} documents, registered up to {}",
        freshness.documents,
        day(freshness.data_date)
    );
    let Some(import) = &freshness.last_import else {
        return Finding::fine(check, held);
    };
    let imported = import.finished_at.map(|at| at.date_naive());
    let finding = format!("{held}, last import {} ({})", day(imported), import.source);
    if import.rejected == 0 {
        return Finding::fine(check, finding);
    }
    let rejects = import
        .rejects_file
        .as_deref()
        .map_or_else(String::new, |file| format!(" in {file}"));
    Finding::warning(
        check,
        format!(
            "{finding}; {} of its {} rows were rejected",
            import.rejected, import.read
        ),
        format!("look at the reasons{rejects}"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;
    use certlens_domain::freshness::ImportRecord;
    use certlens_domain::registry::Registry;
    use chrono::{NaiveDate, TimeZone as _, Utc};

    fn loaded(rejected: u64) -> RegistryFreshness {
        RegistryFreshness {
            registry: Registry::Kz,
            loaded: true,
            data_date: NaiveDate::from_ymd_opt(2026, 1, 31),
            documents: 12,
            last_import: Some(ImportRecord {
                source: "kz".to_owned(),
                input: "kz.xml".to_owned(),
                started_at: Utc.with_ymd_and_hms(2026, 2, 1, 3, 4, 5).unwrap(),
                finished_at: Some(Utc.with_ymd_and_hms(2026, 2, 1, 3, 5, 0).unwrap()),
                read: 14,
                new: 12,
                changed: 0,
                unchanged: 14 - 12 - rejected,
                rejected,
                rejects_file: Some("rejects/kz.jsonl".to_owned()),
            }),
        }
    }

    #[test]
    fn fresh_registry_is_fine_and_says_how_fresh() {
        let finding = freshness(&loaded(0));
        assert_eq!(finding.verdict, Verdict::Fine);
        assert_eq!(
            finding.finding,
            "12 documents, registered up to 2026-01-31, last import 2026-02-01 (kz)"
        );
    }

    #[test]
    fn rejected_rows_and_missing_registries_are_warnings_that_say_what_to_do() {
        let rejected = freshness(&loaded(2));
        assert_eq!(rejected.verdict, Verdict::Warning);
        assert!(rejected.remedy.unwrap().contains("rejects/kz.jsonl"));
        let missing = freshness(&RegistryFreshness {
            loaded: false,
            last_import: None,
            ..loaded(0)
        });
        assert_eq!(missing.verdict, Verdict::Warning);
    }

    #[test]
    fn little_space_is_a_problem() {
        assert_eq!(free_space("data", 4_999_999_999).verdict, Verdict::Problem);
        assert_eq!(free_space("data", 5_000_000_000).verdict, Verdict::Fine);
    }

    #[test]
    fn directory_that_cannot_be_written_is_a_problem_that_names_it() {
        let finding = data_directory(Path::new("/proc/certlens"));
        assert_eq!(finding.verdict, Verdict::Problem);
        assert!(finding.finding.contains("/proc/certlens"), "{}", finding.finding);
    }
}
