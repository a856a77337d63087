//! What nobody counts while it happens: how the stores stand, how this process fares. Asked for every few seconds, so that a
//! scrape asks nobody.

use super::own_process;
use certlens_registry::{BreakerState, Search};
use certlens_store::{BackupStanding, Measured, ProcessReport, Store, backup_late_after};
use chrono::{DateTime, Utc};
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often. Gauges are so old at most.
const EVERY: Duration = Duration::from_secs(15);
/// A store that does not answer in this time is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is measured.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Our memory.
    pub store: Store,
    /// The documents.
    pub search: Search,
    /// The directory whose disk fills up.
    pub data_dir: PathBuf,
    /// How often the database is backed up; `None`: never.
    pub backup_every: Option<Duration>,
}

/// Measures until `stop` is cancelled, and takes the process off the list then.
pub(super) async fn run(subject: &Subject, stop: &CancellationToken) {
    let id = Uuid::new_v4();
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stop.cancelled() => break,
        }
        match tokio::time::timeout(PATIENCE, measure(subject, id)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => failed(&*error),
            Err(late) => failed(&late),
        }
    }
    if let Err(error) = subject.store.end_process(id).await {
        tracing::debug!(
            error = &error as &dyn Error,
            "the process stays on the list for a day"
        );
    }
}

fn failed(error: &(dyn Error + 'static)) {
    metrics::counter!("certlens_measurement_failures_total").increment(1);
    tracing::warn!(
        error,
        "the stores can't be measured; gauges show what was last measured"
    );
}

async fn measure(subject: &Subject, id: Uuid) -> Result<(), Box<dyn Error + Send + Sync>> {
    subject.search.look_after_clickhouse().await;
    show_engines(&subject.search);
    let memory = own_process::resident_bytes();
    let disk = own_process::disk(&subject.data_dir);
    show_process(memory, disk);

    let before = Utc::now();
    let measured = subject.store.measured().await?;
    let skew = skew(before, measured.now, Utc::now());
    show_store(&measured, skew);
    show_registries(subject, measured.now).await?;

    let backups = subject.store.backup_standing().await?;
    gauge("certlens_backup_age_seconds", backup_age(&backups, measured.now));
    gauge(
        "certlens_backup_late_after_seconds",
        backup_late_after(subject.backup_every).as_secs_f64(),
    );

    let opens_secrets = subject.store.opens_secrets().await?;
    gauge(
        "certlens_secrets_readable",
        if opens_secrets == Some(false) { 0.0 } else { 1.0 },
    );
    let signed = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    subject
        .store
        .report_process(&ProcessReport {
            id,
            name: own_process::name(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            clock_skew: skew,
            breaker: breaker(&subject.search),
            memory_bytes: memory.map(signed),
            free_disk_bytes: disk.map(|(free, _)| signed(free)),
            total_disk_bytes: disk.map(|(_, size)| signed(size)),
            opens_secrets,
        })
        .await?;
    Ok(())
}

/// Nothing to lose is as good as a backup of this moment.
fn backup_age(standing: &BackupStanding, now: DateTime<Utc>) -> f64 {
    match (&standing.last, standing.portals_since) {
        (Some(last), _) => last.age,
        (None, None) => 0.0,
        (None, Some(since)) => (now - since).as_seconds_f64().max(0.0),
    }
}

/// Our clock minus the database's, which looked at its own somewhere between our two looks.
fn skew(before: DateTime<Utc>, theirs: DateTime<Utc>, after: DateTime<Utc>) -> f64 {
    let seconds = |span: chrono::TimeDelta| span.as_seconds_f64();
    if theirs < before {
        seconds(before - theirs)
    } else if theirs > after {
        -seconds(theirs - after)
    } else {
        0.0
    }
}

/// A probe on its way changes nothing for those who look: it is left alone.
fn breaker(search: &Search) -> &'static str {
    match search.breaker() {
        None => "off",
        Some(BreakerState::Closed) => BreakerState::Closed.key(),
        Some(BreakerState::HalfOpen | BreakerState::Open) => BreakerState::Open.key(),
    }
}

fn show_engines(search: &Search) {
    if let Some(state) = search.breaker() {
        gauge("certlens_clickhouse_breaker_state", state.gauge());
    }
}

#[expect(clippy::cast_precision_loss, reason = "bytes and files below 2^52")]
fn show_process(memory: Option<u64>, disk: Option<(u64, u64)>) {
    if let Some(bytes) = memory {
        gauge("process_resident_memory_bytes", bytes as f64);
    }
    if let Some(files) = own_process::open_files() {
        gauge("process_open_fds", files as f64);
    }
    if let Some((free, size)) = disk {
        gauge("certlens_disk_free_bytes", free as f64);
        gauge("certlens_disk_size_bytes", size as f64);
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of rows are far below 2^52")]
fn show_store(measured: &Measured, skew: f64) {
    for (state, portals) in [
        ("installed", measured.installed),
        ("suspended", measured.suspended),
        ("needs_reauth", measured.needs_reauth),
        ("installing", measured.installing),
        ("uninstalled", measured.uninstalled),
    ] {
        metrics::gauge!("certlens_portals", "state" => state).set(portals as f64);
    }
    for (state, chains) in [
        ("living", measured.living_chains),
        ("ended", measured.ended_chains),
    ] {
        metrics::gauge!("certlens_token_chains", "state" => state).set(chains as f64);
    }
    gauge("certlens_portals_without_token", measured.without_token as f64);
    gauge("certlens_portals_paused", measured.paused_portals as f64);
    gauge("certlens_rest_budget_fullest_ratio", measured.fullest_budget);
    gauge("certlens_rest_slowed_portals", measured.slowed_portals as f64);
    gauge("certlens_rest_parked_methods", measured.parked_methods as f64);
    gauge("certlens_recount_overdue_seconds", measured.recount_overdue);
    // Before the first one came to its end there is no age.
    if let Some(age) = measured.recount_age {
        gauge("certlens_recount_age_seconds", age);
    }
    gauge("certlens_subscriptions", measured.subscriptions as f64);
    gauge("certlens_items_overdue_seconds", measured.items_overdue);
    gauge("certlens_canary_failures", measured.canaries_failing as f64);
    gauge("certlens_canary_age_seconds", measured.canary_age);
    gauge("certlens_portals_deviating", measured.portals_deviating as f64);
    gauge("certlens_clock_skew_seconds", skew);
}

#[expect(clippy::cast_precision_loss, reason = "numbers of rows are far below 2^52")]
async fn show_registries(subject: &Subject, now: DateTime<Utc>) -> Result<(), Box<dyn Error + Send + Sync>> {
    for registry in subject.search.freshness().await? {
        let key = registry.registry.key();
        metrics::gauge!("certlens_registry_loaded", "registry" => key).set(if registry.loaded {
            1.0
        } else {
            0.0
        });
        metrics::gauge!("certlens_registry_documents", "registry" => key).set(registry.documents as f64);
        if let Some(at) = registry.last_import.and_then(|import| import.finished_at) {
            metrics::gauge!("certlens_registry_age_seconds", "registry" => key)
                .set((now - at).as_seconds_f64());
        }
        if let Some(midnight) = registry.data_date.and_then(|day| day.and_hms_opt(0, 0, 0)) {
            metrics::gauge!("certlens_registry_data_age_seconds", "registry" => key)
                .set((now - midnight.and_utc()).as_seconds_f64().max(0.0));
        }
    }
    for import in subject.search.latest_imports().await? {
        let failed = if import.state == "failed" { 1.0 } else { 0.0 };
        let rejected = import.rejected as f64 / import.read.max(1) as f64;
        metrics::gauge!("certlens_import_last_failed", "source" => import.source.clone()).set(failed);
        metrics::gauge!("certlens_import_last_rejected_ratio", "source" => import.source).set(rejected);
    }
    Ok(())
}

fn gauge(name: &'static str, value: f64) {
    metrics::gauge!(name).set(value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;
    use rstest::rstest;

    #[rstest]
    #[case::between_our_two_looks(10_500, 0.0)]
    #[case::the_database_is_behind(7_000, 3.0)]
    #[case::the_database_is_ahead(16_000, -5.0)]
    fn skew_is_only_what_the_question_itself_does_not_explain(#[case] theirs: i64, #[case] expected: f64) {
        let at = |milliseconds| Utc.timestamp_millis_opt(milliseconds).unwrap();
        assert!((skew(at(10_000), at(theirs), at(11_000)) - expected).abs() < 1e-9);
    }
}
