//! Every metric of ours, in a sentence; and those that are shown as nothing before anything happened, so that an alert on
//! their growth works from the first time on.

use metrics::Unit;

/// A label, and the values under which a counter is shown from the beginning.
type Shown = (&'static str, &'static [&'static str]);

/// Counters: name, what is counted, and the labels under which it is shown from the beginning.
const COUNTERS: [(&str, &str, &[Shown]); 24] = [
    (
        "certlens_backup_failures_total",
        "Scheduled backups that were not made",
        &[],
    ),
    (
        "certlens_search_cache_hits_total",
        "Earlier answers that were still good",
        &[],
    ),
    (
        "certlens_search_cache_misses_total",
        "Questions that had to be computed",
        &[],
    ),
    (
        "certlens_search_failures_total",
        "Searches that ended without an answer",
        &[],
    ),
    (
        "certlens_search_fallbacks_total",
        "Questions that ClickHouse left to Postgres, by reason",
        &[(
            "reason",
            &[
                "breaker_open",
                "behind",
                "deadline",
                "failed",
                "queue_full",
                "late",
                "moved",
            ],
        )],
    ),
    (
        "certlens_clickhouse_breaker_changes_total",
        "Changes of the breaker, by the state that it came to",
        &[("to", &["closed", "half_open", "open"])],
    ),
    (
        "certlens_answer_deviations_total",
        "Answers of Bitrix24 that differ from what we know, by method",
        &[(
            "method",
            &[
                "crm.item.get",
                "crm.item.list",
                "crm.requisite.list",
                "profile",
                "user.get",
                "placement.get",
                "event.get",
                "frame",
                "event",
                "oauth token",
                "oauth app.info",
            ],
        )],
    ),
    (
        "certlens_http_panics_total",
        "Requests whose handler panicked",
        &[],
    ),
    (
        "certlens_requests_shed_total",
        "Requests that were refused because too many were under way",
        &[],
    ),
    (
        "certlens_connections_refused_total",
        "Connections that were refused because there were too many",
        &[],
    ),
    (
        "certlens_wrong_tokens_total",
        "Requests of the interface with a token that is none",
        &[],
    ),
    ("certlens_recount_found_total", "News that recounts found", &[]),
    ("certlens_recount_failures_total", "Recounts that failed", &[]),
    (
        "certlens_notification_items_total",
        "Notification items that an attempt came to an end with, by outcome",
        &[(
            "outcome",
            &["sent", "skipped", "unassignable", "dead", "repeated", "uncertain"],
        )],
    ),
    (
        "certlens_departed_subscriptions_total",
        "Subscriptions that followed an employee who left or came back",
        &[],
    ),
    (
        "certlens_rest_calls_total",
        "Requests to portals whose turn had come",
        &[],
    ),
    (
        "certlens_rest_throttled_total",
        "Requests to portals for which there was no room in time",
        &[],
    ),
    (
        "certlens_rest_errors_total",
        "Requests that portals refused or did not answer, by code",
        &[("code", &["unreachable", "timed_out", "other"])],
    ),
    (
        "certlens_rest_complaints_total",
        "Complaints of portals about how often they are called, by kind",
        &[("kind", &["rate_limited", "method_parked", "method_busy"])],
    ),
    (
        "certlens_token_renewals_total",
        "Renewals of access tokens, by outcome",
        &[("outcome", &["renewed", "ended", "failed"])],
    ),
    (
        "certlens_import_rows_total",
        "Rows of imports in this process, by source and outcome",
        &[],
    ),
    (
        "certlens_import_failures_total",
        "Imports in this process that failed",
        &[],
    ),
    (
        "certlens_telemetry_failures_total",
        "Minutes whose figures could not be written at once",
        &[],
    ),
    (
        "certlens_measurement_failures_total",
        "Measurements of the stores that failed",
        &[],
    ),
];

/// Gauges: name, unit, what is measured.
const GAUGES: [(&str, Option<Unit>, &str); 36] = [
    ("certlens_build_info", None, "1; its label is the version"),
    (
        "certlens_clickhouse_breaker_state",
        None,
        "0: ClickHouse is asked; 1: a probe is under way; 2: it is left alone",
    ),
    (
        "certlens_search_queue_depth",
        None,
        "Questions that wait for ClickHouse",
    ),
    (
        "certlens_queue_depth",
        None,
        "Pieces of work that wait, by kind and state",
    ),
    (
        "certlens_queue_oldest_seconds",
        Some(Unit::Seconds),
        "Age of the oldest of them",
    ),
    (
        "certlens_items_overdue_seconds",
        Some(Unit::Seconds),
        "For how long the oldest sendable item has been due",
    ),
    (
        "certlens_recount_leader",
        None,
        "1: this process runs the recounts",
    ),
    (
        "certlens_recount_identifiers",
        None,
        "Identifiers of the last recount",
    ),
    (
        "certlens_recount_overdue_seconds",
        Some(Unit::Seconds),
        "For how long the next recount has been due and not begun",
    ),
    (
        "certlens_recount_age_seconds",
        Some(Unit::Seconds),
        "Time since a recount last came to its end",
    ),
    ("certlens_subscriptions", None, "Active subscriptions"),
    ("certlens_portals", None, "Portals, by state"),
    (
        "certlens_canary_failures",
        None,
        "Installed portals whose latest hourly check failed",
    ),
    (
        "certlens_canary_age_seconds",
        Some(Unit::Seconds),
        "Time since the installed portal was checked that was not checked for longest",
    ),
    (
        "certlens_portals_deviating",
        None,
        "Portals that answered in the last day differently than we know, and nobody has seen it",
    ),
    (
        "certlens_portals_without_token",
        None,
        "Installed portals without any living chain of tokens",
    ),
    (
        "certlens_portals_paused",
        None,
        "Portals where nothing is sent for now",
    ),
    ("certlens_token_chains", None, "Chains of tokens, by state"),
    (
        "certlens_rest_budget_fullest_ratio",
        None,
        "How full the fullest portal's budget is; 1: a person would have to wait",
    ),
    (
        "certlens_rest_slowed_portals",
        None,
        "Portals that are called more slowly after their refusals",
    ),
    (
        "certlens_rest_parked_methods",
        None,
        "Methods that portals closed for a while",
    ),
    ("certlens_registry_loaded", None, "1: the registry was loaded"),
    ("certlens_registry_documents", None, "Documents of the registry"),
    (
        "certlens_registry_age_seconds",
        Some(Unit::Seconds),
        "Time since the registry was last imported",
    ),
    (
        "certlens_registry_data_age_seconds",
        Some(Unit::Seconds),
        "Time since its newest document was registered",
    ),
    (
        "certlens_import_last_failed",
        None,
        "1: the latest import of the source failed",
    ),
    (
        "certlens_import_last_rejected_ratio",
        None,
        "Share of rejected rows in the latest import of the source",
    ),
    (
        "certlens_store_version",
        None,
        "Version of the documents in each engine",
    ),
    (
        "certlens_clock_skew_seconds",
        Some(Unit::Seconds),
        "This process's clock minus the database's",
    ),
    (
        "certlens_secrets_readable",
        None,
        "0: the secret key does not open what is stored",
    ),
    (
        "certlens_backup_age_seconds",
        Some(Unit::Seconds),
        "Time since the last backup was completed, or since the first portal came",
    ),
    (
        "certlens_backup_late_after_seconds",
        Some(Unit::Seconds),
        "The age from which on it is too old: two of the configured intervals, and two hours",
    ),
    (
        "certlens_disk_free_bytes",
        Some(Unit::Bytes),
        "What is free on the data directory's disk",
    ),
    (
        "certlens_disk_size_bytes",
        Some(Unit::Bytes),
        "The size of that disk",
    ),
    (
        "process_resident_memory_bytes",
        Some(Unit::Bytes),
        "Memory of this process",
    ),
    ("process_open_fds", None, "Open files and sockets of this process"),
];

/// Histograms of seconds: name, what is timed.
const HISTOGRAMS: [(&str, &str); 7] = [
    (
        "certlens_search_seconds",
        "Searches: boards of cards and questions of programs, by the engine that answered",
    ),
    (
        "certlens_board_seconds",
        "Boards of cards, by the engine that answered",
    ),
    (
        "certlens_card_open_seconds",
        "Openings of cards and of the main page, by outcome",
    ),
    (
        "certlens_http_request_seconds",
        "Requests, by class of the answer's status",
    ),
    ("certlens_recount_seconds", "Recounts"),
    (
        "certlens_rest_wait_seconds",
        "Waiting for a portal's turn, by priority",
    ),
    ("certlens_import_seconds", "Imports in this process"),
];

/// Describes all and shows the counters.
pub(super) fn describe() {
    for (name, description, labels) in COUNTERS {
        metrics::describe_counter!(name, description);
        match labels.first() {
            None if is_labelled_by_data(name) => {}
            None => metrics::counter!(name).increment(0),
            Some((label, values)) => {
                for value in *values {
                    metrics::counter!(name, *label => *value).increment(0);
                }
            }
        }
    }
    for (name, unit, description) in GAUGES {
        match unit {
            Some(unit) => metrics::describe_gauge!(name, unit, description),
            None => metrics::describe_gauge!(name, description),
        }
    }
    for (name, description) in HISTOGRAMS {
        metrics::describe_histogram!(name, Unit::Seconds, description);
    }
    metrics::describe_histogram!(
        "certlens_search_batch_questions",
        "Questions of one batch for ClickHouse"
    );
    for kind in ["events", "items"] {
        for state in ["waiting", "dead"] {
            metrics::gauge!("certlens_queue_depth", "kind" => kind, "state" => state).set(0.0);
            metrics::gauge!("certlens_queue_oldest_seconds", "kind" => kind, "state" => state).set(0.0);
        }
    }
    metrics::gauge!("certlens_recount_leader").set(0.0);
    metrics::gauge!("certlens_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

/// Whether the values of its labels are known only when something happens.
fn is_labelled_by_data(name: &str) -> bool {
    matches!(
        name,
        "certlens_import_rows_total" | "certlens_departed_subscriptions_total"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_follow_the_conventions_and_stand_once() {
        let mut names = BTreeSet::new();
        for (name, ..) in COUNTERS {
            assert!(name.ends_with("_total"), "{name} is a counter");
            assert!(names.insert(name), "{name} stands twice");
        }
        for (name, unit, _) in GAUGES {
            assert!(!name.ends_with("_total"), "{name} is no counter");
            assert_eq!(name.ends_with("_seconds"), unit == Some(Unit::Seconds), "{name}");
            assert_eq!(name.ends_with("_bytes"), unit == Some(Unit::Bytes), "{name}");
            assert!(names.insert(name), "{name} stands twice");
        }
        for (name, _) in HISTOGRAMS {
            assert!(name.ends_with("_seconds"), "{name} is timed in seconds");
            assert!(names.insert(name), "{name} stands twice");
        }
    }

    #[test]
    fn everything_that_is_kept_is_described() {
        let described: BTreeSet<&str> = COUNTERS
            .iter()
            .map(|one| one.0)
            .chain(GAUGES.iter().map(|one| one.0))
            .chain(HISTOGRAMS.iter().map(|one| one.0))
            .collect();
        for kept in certlens_store::telemetry::series::KEPT {
            assert!(described.contains(kept), "{kept}");
        }
    }
}
