//! `GET /metrics`: what the process counted, for Prometheus. Nothing here names a portal or a counterparty.

use crate::state::AppState;
use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use std::time::Duration;

/// Bounds of the histograms of times, in seconds: around the budgets of docs/performance.md.
const SECONDS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0,
];
/// Bounds of the histograms of counts.
const COUNTS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// Measurements that nobody fetches must not pile up.
const TIDY_EVERY: Duration = Duration::from_secs(5);

/// The process has one recorder, however many routers the tests make of it.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/metrics", get(metrics))
}

/// Starts counting; done once. The returned work tidies up what was counted, for as long as it runs.
pub fn start() -> impl Future<Output = ()> + Send + 'static {
    let recorder = recorder();
    async move {
        let Some(recorder) = recorder else {
            return;
        };
        let mut tick = tokio::time::interval(TIDY_EVERY);
        loop {
            tick.tick().await;
            recorder.run_upkeep();
        }
    }
}

fn recorder() -> Option<&'static PrometheusHandle> {
    RECORDER
        .get_or_init(|| match install() {
            Ok(handle) => Some(handle),
            Err(error) => {
                tracing::warn!(%error, "metrics are not recorded");
                None
            }
        })
        .as_ref()
}

fn install() -> Result<PrometheusHandle, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_questions".to_owned()), &COUNTS)?
        .install_recorder()
}

async fn metrics() -> impl IntoResponse {
    let text = recorder().map(PrometheusHandle::render).unwrap_or_default();
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
}
