//! Who takes what the crates count: Prometheus's recorder, and beside it, for the series that are kept, our own sums.

use super::gathered::{Gathered, PORTAL, SeriesKey};
use certlens_store::MemberId;
use certlens_store::telemetry::series;
use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use std::error::Error;
use std::sync::Arc;

/// Bounds of the histograms of counts.
const COUNTS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// The two ends of what is recorded.
pub(super) struct Recording {
    pub(super) prometheus: PrometheusHandle,
    pub(super) gathered: Arc<Gathered>,
}

/// Makes the process's recorder. Fails when there is one already.
pub(super) fn install() -> Result<Recording, Box<dyn Error>> {
    let prometheus = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &series::SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_questions".to_owned()), &COUNTS)?
        .build_recorder();
    let recording = Recording {
        prometheus: prometheus.handle(),
        gathered: Arc::default(),
    };
    let recorder = FanOut {
        prometheus,
        gathered: Arc::clone(&recording.gathered),
    };
    metrics::set_global_recorder(recorder).map_err(|error| error.to_string())?;
    Ok(recording)
}

struct FanOut {
    prometheus: PrometheusRecorder,
    gathered: Arc<Gathered>,
}

/// A series that is kept beside Prometheus's.
struct Kept<Handle> {
    shown: Handle,
    series: SeriesKey,
    portal: Option<MemberId>,
    gathered: Arc<Gathered>,
}

impl FanOut {
    /// The handle as it is, or with our sums beside it.
    fn beside<Handle>(&self, key: &Key, shown: Handle) -> Result<Arc<Kept<Handle>>, Handle> {
        let Some(name) = series::kept(key.name()) else {
            return Err(shown);
        };
        let values: Vec<&str> = key
            .labels()
            .filter(|label| label.key() != PORTAL)
            .map(metrics::Label::value)
            .collect();
        let portal = key
            .labels()
            .find(|label| label.key() == PORTAL)
            .and_then(|label| MemberId::parse(label.value()).ok());
        Ok(Arc::new(Kept {
            shown,
            series: (name, values.join("/")),
            portal,
            gathered: Arc::clone(&self.gathered),
        }))
    }
}

/// The key as Prometheus gets it: without the portal.
fn public(key: &Key) -> Key {
    if !key.labels().any(|label| label.key() == PORTAL) {
        return key.clone();
    }
    let labels: Vec<metrics::Label> = key
        .labels()
        .filter(|label| label.key() != PORTAL)
        .cloned()
        .collect();
    Key::from_parts(key.name().to_owned(), labels)
}

impl Recorder for FanOut {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.prometheus.describe_counter(key, unit, description);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.prometheus.describe_gauge(key, unit, description);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.prometheus.describe_histogram(key, unit, description);
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        let shown = self.prometheus.register_counter(&public(key), metadata);
        self.beside(key, shown)
            .map_or_else(|shown| shown, Counter::from_arc)
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        let shown = self.prometheus.register_gauge(&public(key), metadata);
        self.beside(key, shown)
            .map_or_else(|shown| shown, Gauge::from_arc)
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        let shown = self.prometheus.register_histogram(&public(key), metadata);
        self.beside(key, shown)
            .map_or_else(|shown| shown, Histogram::from_arc)
    }
}

impl CounterFn for Kept<Counter> {
    fn increment(&self, value: u64) {
        self.shown.increment(value);
        if value == 0 {
            return;
        }
        self.gathered.count(&self.series, value);
        if let Some(portal) = &self.portal {
            self.gathered.count_for_portal(portal, self.series.0, value);
        }
    }

    /// Nothing that is kept is counted elsewhere.
    fn absolute(&self, value: u64) {
        self.shown.absolute(value);
    }
}

impl GaugeFn for Kept<Gauge> {
    fn increment(&self, value: f64) {
        self.shown.increment(value);
        self.gathered.show(&self.series, |shown| shown + value);
    }

    fn decrement(&self, value: f64) {
        self.shown.decrement(value);
        self.gathered.show(&self.series, |shown| shown - value);
    }

    fn set(&self, value: f64) {
        self.shown.set(value);
        self.gathered.show(&self.series, |_| value);
    }
}

impl HistogramFn for Kept<Histogram> {
    fn record(&self, value: f64) {
        self.shown.record(value);
        self.gathered.observe(&self.series, value);
    }
}
