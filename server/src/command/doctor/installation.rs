//! The installation as a whole: secret key, clock, servers, backups.

use super::finding::Finding;
use crate::configuration::Configuration;
use crate::data::Data;
use certlens_store::{BackupStanding, Measured, Process, Store, StoreError, backup_late_after};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// Signatures and sessions bear this much.
const SKEW: f64 = 5.0;
/// Fresh tokens count as ended, sessions as not yet begun.
const GREAT_SKEW: f64 = 60.0;
/// A server reports every quarter of a minute.
const SILENT: TimeDelta = TimeDelta::minutes(2);
/// What is due for longer is done by nobody.
const OVERDUE: f64 = 3600.0;

/// All looks.
pub(super) async fn look(configuration: &Configuration, data: &Data) -> Vec<Finding> {
    let store = data.store();
    let before = Utc::now();
    let measured = store.measured().await;
    let after = Utc::now();
    let mut findings = vec![read("secret key", store.opens_secrets().await, secret_key)];
    match measured {
        Ok(measured) => {
            findings.push(clock(before, measured.now, after));
            findings.push(read("servers", store.processes().await, |processes| {
                servers(&processes, &measured)
            }));
        }
        Err(error) => findings.push(unread("clock", &error)),
    }
    findings.push(backups(configuration, &store).await);
    findings
}

fn unread(check: &'static str, error: &StoreError) -> Finding {
    Finding::problem(check, error.to_string(), "look at the database")
}

fn read<T>(check: &'static str, read: Result<T, StoreError>, look: impl FnOnce(T) -> Finding) -> Finding {
    match read {
        Ok(known) => look(known),
        Err(error) => unread(check, &error),
    }
}

fn secret_key(opens: Option<bool>) -> Finding {
    const CHECK: &str = "secret key";
    match opens {
        None => Finding::fine(CHECK, "nothing is stored that it would have to open"),
        Some(true) => Finding::fine(CHECK, "opens the stored tokens"),
        Some(false) => Finding::problem(
            CHECK,
            "does not open the stored tokens: nothing is sent and no portal is read",
            "set CERTLENS_SECRET_KEY to the key that this database was written with; if it is lost, follow \"lost secret \
             key\" in docs/recovery.md",
        ),
    }
}

/// The database looked at its clock somewhere between our two looks.
fn clock(before: DateTime<Utc>, theirs: DateTime<Utc>, after: DateTime<Utc>) -> Finding {
    const CHECK: &str = "clock";
    let skew = if theirs < before {
        (before - theirs).as_seconds_f64()
    } else if theirs > after {
        (theirs - after).as_seconds_f64()
    } else {
        0.0
    };
    let finding = format!("this machine's clock and the database's differ by {skew:.1} s");
    let remedy = "set both by a time service (chrony, systemd-timesyncd)";
    if skew > GREAT_SKEW {
        Finding::problem(CHECK, finding, remedy)
    } else if skew > SKEW {
        Finding::warning(CHECK, finding, remedy)
    } else {
        Finding::fine(CHECK, finding)
    }
}

fn servers(processes: &[Process], measured: &Measured) -> Finding {
    const CHECK: &str = "servers";
    let living = processes
        .iter()
        .filter(|process| measured.now - process.seen_at <= SILENT)
        .count();
    if living == 0 {
        return Finding::warning(
            CHECK,
            "no `certlens serve` runs on this database",
            "start it: cards are closed, and nothing is sent",
        );
    }
    if measured.recount_overdue > OVERDUE || measured.items_overdue > OVERDUE {
        return Finding::warning(
            CHECK,
            format!("{living} running, but work is overdue for more than an hour"),
            "look at the overview of the monitor and at the log",
        );
    }
    Finding::fine(CHECK, format!("{living} running, no work is overdue"))
}

async fn backups(configuration: &Configuration, store: &Store) -> Finding {
    let every = configuration.backups.every;
    match store.backup_standing().await {
        Ok(standing) => backup(&standing, every),
        Err(error) => unread("backups", &error),
    }
}

fn backup(standing: &BackupStanding, every: Option<Duration>) -> Finding {
    const CHECK: &str = "backups";
    const REMEDY: &str = "run `certlens backup`, and keep a copy of the file on another machine";
    if let Some((at, why)) = &standing.failed {
        let at = at.format("%Y-%m-%d %H:%M");
        return Finding::problem(
            CHECK,
            format!("the scheduled one of {at} UTC failed: {why}"),
            "make room or correct CERTLENS_BACKUP_DIR; it is tried again every 15 minutes",
        );
    }
    let Some(last) = &standing.last else {
        return if standing.portals_since.is_none() {
            Finding::fine(CHECK, "none, and no portal whose data could be lost")
        } else {
            Finding::warning(CHECK, "there is none of this database", REMEDY)
        };
    };
    let at = last.at.format("%Y-%m-%d %H:%M");
    let finding = format!(
        "the last one is of {at} UTC: {} ({} bytes)",
        last.file, last.bytes
    );
    if last.age > backup_late_after(every).as_secs_f64() {
        return Finding::warning(CHECK, format!("{finding}; that is too long ago"), REMEDY);
    }
    Finding::fine(CHECK, finding)
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;
    use certlens_store::LastBackup;

    fn standing(age: f64) -> BackupStanding {
        BackupStanding {
            last: Some(LastBackup {
                at: "2026-11-22T03:00:00Z".parse().unwrap(),
                age,
                file: "/b/one.backup".to_owned(),
                bytes: 7,
                node: "a".to_owned(),
            }),
            failed: None,
            portals_since: Some("2026-01-01T03:00:00Z".parse().unwrap()),
        }
    }

    #[test]
    fn old_failed_and_missing_backups_are_found_and_a_fresh_one_is_fine() {
        let of = |standing: &BackupStanding| backup(standing, Some(Duration::from_hours(24))).verdict;
        assert_eq!(of(&standing(3_600.0)), Verdict::Fine);
        assert_eq!(of(&standing(200_000.0)), Verdict::Warning);
        let failed = BackupStanding {
            failed: Some((Utc::now(), "the disk is full".to_owned())),
            ..standing(3_600.0)
        };
        assert_eq!(of(&failed), Verdict::Problem);
        let none = BackupStanding {
            last: None,
            ..standing(0.0)
        };
        assert_eq!(of(&none), Verdict::Warning);
        let nothing_to_lose = BackupStanding {
            portals_since: None,
            ..none
        };
        assert_eq!(of(&nothing_to_lose), Verdict::Fine);
    }

    #[test]
    fn clock_that_is_off_by_minutes_is_a_problem_and_by_seconds_a_warning() {
        let now: DateTime<Utc> = "2026-11-22T03:00:00Z".parse().unwrap();
        let of = |seconds: i64| clock(now, now + TimeDelta::seconds(seconds), now).verdict;
        assert_eq!(of(0), Verdict::Fine);
        assert_eq!(of(-20), Verdict::Warning);
        assert_eq!(of(300), Verdict::Problem);
        assert_eq!(of(-300), Verdict::Problem);
    }

    #[test]
    fn key_that_opens_nothing_is_a_problem_that_names_the_document() {
        let finding = secret_key(Some(false));
        assert_eq!(finding.verdict, Verdict::Problem);
        assert!(finding.remedy.unwrap().contains("docs/recovery.md"));
        assert_eq!(secret_key(None).verdict, Verdict::Fine);
    }
}
