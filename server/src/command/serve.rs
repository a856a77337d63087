//! `certlens serve`: the server, with its engines, until it is asked to stop.

use crate::configuration::Configuration;
use crate::connections;
use crate::data::Data;
use crate::http;
use crate::retention;
use crate::shutdown::StopSignal;
use crate::state::AppState;
use crate::telemetry::{self, Subject};
use anyhow::Context as _;
use certlens_portals::Worker;
use certlens_registry::{ImportError, Importer};
use certlens_tracking::TrackingWorker;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// How long open requests may take to end after a signal to stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the server until SIGINT or SIGTERM. Without addresses of a database and a search engine it runs both by
/// itself in the data directory.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub async fn run(configuration: &Configuration, _args: Args) -> anyhow::Result<ExitCode> {
    let mut stop = StopSignal::listen()?;
    // Before the engines: a taken port is found out at once.
    let listener = TcpListener::bind(configuration.listen).await.with_context(|| {
        format!(
            "can't listen on {}; is it in use? See CERTLENS_LISTEN",
            configuration.listen
        )
    })?;
    let Some(data) = Data::open_unless_stopped(configuration, &mut stop).await? else {
        return Ok(ExitCode::SUCCESS);
    };
    let catching_up = tokio::spawn(catch_up(data.importer(configuration)));
    let outcome = measured(configuration, &data, listener, stop).await;
    catching_up.abort();
    data.close().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

/// Completes what an interrupted import left undone; until then Postgres answers searches.
async fn catch_up(importer: Importer) {
    match importer.catch_up().await {
        Ok(()) => {}
        Err(ImportError::Busy) => tracing::info!("an import is running and will complete earlier ones"),
        Err(error) => {
            tracing::warn!(%error, "ClickHouse lacks documents of an earlier import; Postgres answers");
        }
    }
}

/// Serves, and measures and counts meanwhile; the last minute's figures are written before this ends.
async fn measured(
    configuration: &Configuration,
    data: &Data,
    listener: TcpListener,
    stop: StopSignal,
) -> anyhow::Result<()> {
    let state = AppState::new(configuration, data)?;
    let subject = Subject {
        store: state.services.store.clone(),
        search: state.services.search.clone(),
        data_dir: configuration.data_dir.clone(),
    };
    let measuring_ends = CancellationToken::new();
    let measuring = tokio::spawn(telemetry::run(subject, measuring_ends.clone()));
    let outcome = serve(configuration, state, listener, stop).await;
    measuring_ends.cancel();
    if tokio::time::timeout(PATIENCE, measuring).await.is_err() {
        tracing::warn!("the last minute's figures were not written");
    }
    outcome
}

async fn serve(
    configuration: &Configuration,
    state: AppState,
    listener: TcpListener,
    mut stop: StopSignal,
) -> anyhow::Result<()> {
    let router = http::router(&state);
    let work_ends = state.stop.clone();
    let search = state.services.search.clone();
    let intake = state.services.monitor.intake().clone();
    let importing = tokio::spawn(async move { intake.work().await });
    let looking_ahead = tokio::spawn(async move { search.keep_largest_at_hand().await });
    let tracking = TrackingWorker::new(state.services.tracking).run(work_ends.clone());
    let worker = Worker::new(state.services.portals)
        .keeping_audit_log(configuration.retention.audit_log)
        .run(work_ends.clone());
    let rejects = (configuration.rejects_dir(), configuration.retention.rejects);
    tokio::spawn(retention::look_after_rejects(
        rejects.0,
        rejects.1,
        work_ends.clone(),
    ));
    let worker = tokio::spawn(async move { tokio::join!(worker, tracking) });
    tracing::info!(listen = %configuration.listen, public_url = configuration.public_url.as_str(), "serving");

    let (begin_end, end_begins) = oneshot::channel::<()>();
    let server = connections::serve(listener, router, configuration.connection_limits, async {
        // An error means that the sender is gone: that is an end as well.
        let _ = end_begins.await;
    });
    let mut server = std::pin::pin!(server);
    tokio::select! {
        ended = &mut server => return ended.context("the server ended by itself"),
        () = stop.received() => {}
    }
    looking_ahead.abort();
    // What it cuts short waits for the next start: nothing of it is visible.
    importing.abort();
    let _ = begin_end.send(());
    work_ends.cancel();
    let (server, worker) = tokio::join!(
        tokio::time::timeout(PATIENCE, server),
        tokio::time::timeout(PATIENCE, worker)
    );
    match worker {
        Ok(Ok(((), ()))) => {}
        Ok(Err(error)) => tracing::error!(%error, "the background work ended badly"),
        Err(_) => {
            tracing::warn!("background work was cut off; another process or the next start takes it up");
        }
    }
    let Ok(ended) = server else {
        tracing::warn!("requests were still open and have been cut off");
        return Ok(());
    };
    ended.context("the server did not end well")
}
