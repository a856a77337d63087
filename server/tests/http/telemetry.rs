//! Figures of a running server: at `/metrics` for Prometheus, and in the store over time.

use crate::freshness::{declaration, import};
use crate::living::{Living, member_id, until};
use axum::http::StatusCode;
use certlens::telemetry::{self, Subject};
use certlens_formats::ImportSource;
use certlens_portal_sim::{EntityKind, Simulator, SimulatorOptions};
use certlens_store::RecountOccasion;
use certlens_store::telemetry::{Span, series};
use certlens_tracking::TrackingWorker;
use certlens_tracking::recounting::recount_now;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const DASHBOARD: &str = include_str!("../../../docs/operations/grafana-dashboard.json");
const ALERTS: &str = include_str!("../../../docs/operations/alerts.yml");

/// The metrics that a text names, as Prometheus stores them: without the endings of a histogram's parts.
fn metrics_in(text: &str) -> BTreeSet<String> {
    text.split(|letter: char| !(letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_'))
        .filter(|word| word.starts_with("certlens_") || word.starts_with("process_"))
        .map(|word| {
            ["_bucket", "_sum", "_count"]
                .into_iter()
                .find_map(|ending| word.strip_suffix(ending))
                .unwrap_or(word)
                .to_owned()
        })
        .collect()
}

/// A server that measures itself, on which everything happened that is counted.
struct Busy {
    living: Living,
    simulator: Simulator,
    stop: CancellationToken,
    measuring: JoinHandle<()>,
    tracking: JoinHandle<()>,
}

impl Busy {
    async fn start() -> Self {
        // Before anything is counted.
        telemetry::start();
        let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
        let living = Living::beside(&simulator).await;
        living.install(&simulator).await;
        let card = simulator.open_frame_form(EntityKind::Company, 101);
        assert_eq!(living.post("/bitrix/app", &card).await.status, StatusCode::OK);
        let document = declaration(1, Some("7707083893"), None, "active", "");
        import(&living.server, ImportSource::Jsonl, document).await;
        let search = living
            .server
            .get_as_operator("/api/v1/analytics?id=7707083893")
            .await;
        assert_eq!(search.status, StatusCode::OK, "{}", search.body);
        let services = &living.state.services;
        recount_now(&services.tracking, RecountOccasion::Command)
            .await
            .unwrap();

        let stop = CancellationToken::new();
        let subject = Subject {
            store: living.store(),
            search: services.search.clone(),
            data_dir: living.server.configuration.data_dir.clone(),
            backup_every: living.server.configuration.backups.every,
        };
        let tracking = TrackingWorker::new(services.tracking.clone()).run(stop.clone());
        let measuring = tokio::spawn(telemetry::run(subject, stop.clone()));
        let tracking = tokio::spawn(tracking);
        until("the server is listed", || async {
            !living.store().processes().await.unwrap().is_empty()
        })
        .await;
        Self {
            living,
            simulator,
            stop,
            measuring,
            tracking,
        }
    }

    /// Stops as a server does; the store stays open.
    async fn stop(self) -> Living {
        self.stop.cancel();
        self.measuring.await.unwrap();
        self.tracking.await.unwrap();
        self.living
    }
}

#[tokio::test]
async fn every_metric_of_the_dashboard_and_of_the_alerts_is_there() {
    let busy = Busy::start().await;

    let scraped = busy.living.server.get("/metrics").await.body;

    let there = metrics_in(&scraped);
    for (file, text) in [("dashboard", DASHBOARD), ("alerts", ALERTS)] {
        let named = metrics_in(text);
        assert!(named.len() > 20, "the {file} names metrics");
        let missing: Vec<&String> = named.difference(&there).collect();
        assert!(missing.is_empty(), "{file}: {missing:?} of\n{scraped}");
    }
    busy.stop().await.close().await;
}

#[tokio::test]
async fn scrape_names_neither_a_portal_nor_a_counterparty() {
    let busy = Busy::start().await;

    let scraped = busy.living.server.get("/metrics").await.body;

    let member_id = busy.simulator.member_id();
    let host = busy.simulator.portal_url().replace("http://", "");
    for secret in [member_id.as_str(), host.as_str(), "7707083893", "access-"] {
        assert!(!scraped.contains(secret), "{secret} in\n{scraped}");
    }
    // The calls are counted all the same.
    assert!(scraped.contains("certlens_rest_calls_total "), "{scraped}");
    busy.stop().await.close().await;
}

#[tokio::test]
async fn figures_of_the_last_minute_are_in_the_store_when_the_server_has_stopped() {
    let busy = Busy::start().await;
    let portal = member_id(&busy.simulator);

    let living = busy.stop().await;

    let store = living.store();
    let kept: BTreeSet<String> = store
        .telemetry(&series::KEPT, Span::Day)
        .await
        .unwrap()
        .into_iter()
        .map(|point| point.series)
        .collect();
    for expected in [
        series::SEARCH_SECONDS,
        series::OPEN_SECONDS,
        series::RECOUNT_SECONDS,
        series::REST_CALLS,
        series::IMPORT_ROWS,
        series::CHAINS,
        series::MEMORY,
    ] {
        assert!(kept.contains(expected), "{expected} is not among {kept:?}");
    }
    let day = Duration::from_hours(24);
    let calls = store
        .busiest_portals(series::REST_CALLS, day, Some(&portal))
        .await
        .unwrap();
    assert!(calls[0].total >= 1.0, "{calls:?}");
    assert_eq!(
        store.processes().await.unwrap(),
        [],
        "a server that stopped is no longer listed"
    );
    living.close().await;
}

#[tokio::test]
async fn an_opening_of_a_card_is_one_search_by_whoever_read_it_and_the_next_one_the_caches() {
    telemetry::start();
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let searches = async || -> (u64, u64) {
        let scrape = living.server.get("/metrics").await.body;
        let of = |engine: &str| -> u64 {
            let start = format!("certlens_search_seconds_count{{engine=\"{engine}\"}} ");
            let line = scrape.lines().find_map(|line| line.strip_prefix(&start));
            line.map_or(0, |count| count.parse().unwrap())
        };
        (of("cache"), of("clickhouse") + of("postgres"))
    };

    let card = simulator.open_frame_form(EntityKind::Company, 101);
    assert_eq!(living.post("/bitrix/app", &card).await.status, StatusCode::OK);
    let first = searches().await;
    assert_eq!(living.post("/bitrix/app", &card).await.status, StatusCode::OK);
    let second = searches().await;

    assert_eq!((first, second), ((0, 1), (1, 1)), "by the cache, by an engine");
    living.close().await;
}

#[test]
fn each_alert_says_what_is_wrong_and_what_to_do() {
    let rules: Vec<&str> = ALERTS.split("- alert: ").skip(1).collect();
    assert!(rules.len() > 20);
    for rule in rules {
        for part in ["expr: ", "severity: ", "summary: \"", "action: \""] {
            assert!(rule.contains(part), "{part} is missing in {rule}");
        }
    }
}

#[test]
fn dashboard_is_whole() {
    let dashboard: serde_json::Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        let targets = panel["targets"].as_array().unwrap();
        assert!(
            !targets.is_empty() && targets.iter().all(|target| target["expr"].is_string()),
            "{panel}"
        );
    }
}
