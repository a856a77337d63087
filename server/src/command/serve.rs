//! `certlens serve`: the server, with its engines, until it is asked to stop.

use crate::backups::Backups;
use crate::configuration::Configuration;
use crate::connections;
use crate::data::Data;
use crate::http;
use crate::retention;
use crate::shutdown::{StopCause, StopSignal};
use crate::state::AppState;
use crate::telemetry::{self, Subject};
use anyhow::Context as _;
use certlens_portals::Worker;
use certlens_registry::{ImportError, Importer, Search};
use certlens_tracking::TrackingWorker;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpSocket;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// How long open requests may take to end after a signal to stop.
const PATIENCE: Duration = Duration::from_secs(10);
/// Connections that wait to be taken.
const WAITING_CONNECTIONS: u32 = 1024;
/// Between two attempts to bring ClickHouse up to date.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Between two looks whether ClickHouse has become another.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Runs the server until SIGINT or SIGTERM. Without addresses of a database and a search engine it runs both by
/// itself in the data directory.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub async fn run(configuration: &Configuration, _args: Args) -> anyhow::Result<ExitCode> {
    let mut stop = StopSignal::listen()?;
    // Before the engines: a taken port is found out at once.
    let address = reserve(configuration.listen).with_context(|| cannot_listen(configuration.listen))?;
    let Some(data) = Data::open_for_service(configuration, &mut stop).await? else {
        return Ok(ExitCode::SUCCESS);
    };
    let outcome = match AppState::new(configuration, &data) {
        Ok(state) => {
            let search = state.services.search.clone();
            let keeping = tokio::spawn(keep_clickhouse(data.importer(configuration), search));
            let backups = data.backups(configuration);
            let outcome = measured(configuration, state, backups, address, stop).await;
            keeping.abort();
            outcome
        }
        Err(error) => Err(error),
    };
    data.close().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

/// Takes the address without answering there yet: a balancer that finds the port closed asks another process, while
/// an open one that nobody serves would keep it waiting for as long as the start takes.
fn reserve(address: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // A predecessor's closed connections don't keep the address; one that still listens does.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

fn cannot_listen(address: SocketAddr) -> String {
    format!("can't listen on {address}; is it in use? See CERTLENS_LISTEN")
}

/// Keeps ClickHouse up to date, however long it is away and whatever became of its data meanwhile: makes its tables,
/// completes what an interrupted import or one without ClickHouse left undone. Until then Postgres answers searches.
async fn keep_clickhouse(importer: Importer, search: Search) {
    let mut pause = FIRST_PAUSE;
    loop {
        match importer.restore_clickhouse().await {
            Ok(()) => {
                pause = FIRST_PAUSE;
                if search.breaker().is_none() {
                    return;
                }
                until_it_lacks_something(&search).await;
                continue;
            }
            // It publishes at its end; whether it could is looked at afterwards.
            Err(ImportError::Busy) => tracing::debug!("an import is running and will complete earlier ones"),
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "ClickHouse is away or lacks documents; Postgres answers, and it is tried again"
            ),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Returns when ClickHouse answers and is not what Postgres is. While it does not answer, nothing can be done for it.
async fn until_it_lacks_something(search: &Search) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        // While Postgres is away nobody knows what it should be.
        if let Ok(state) = search.engine_state().await
            && (state.behind || state.refuses || state.published.is_some_and(|held| held > state.version))
        {
            return;
        }
    }
}

/// Serves, and measures and counts meanwhile; the last minute's figures are written before this ends.
async fn measured(
    configuration: &Configuration,
    state: AppState,
    backups: Backups,
    address: TcpSocket,
    stop: StopSignal,
) -> anyhow::Result<()> {
    let subject = Subject {
        store: state.services.store.clone(),
        search: state.services.search.clone(),
        data_dir: configuration.data_dir.clone(),
        backup_every: configuration.backups.every,
    };
    let measuring_ends = CancellationToken::new();
    let measuring = tokio::spawn(telemetry::run(subject, measuring_ends.clone()));
    let backing_up = tokio::spawn(backups.run(state.services.store.clone(), measuring_ends.clone()));
    let outcome = serve(configuration, state, address, stop).await;
    measuring_ends.cancel();
    if let Err(error) = backing_up.await {
        tracing::error!(%error, "scheduled backups ended badly");
    }
    if tokio::time::timeout(PATIENCE, measuring).await.is_err() {
        tracing::warn!("the last minute's figures were not written");
    }
    outcome
}

async fn serve(
    configuration: &Configuration,
    state: AppState,
    address: TcpSocket,
    mut stop: StopSignal,
) -> anyhow::Result<()> {
    let listener = address
        .listen(WAITING_CONNECTIONS)
        .with_context(|| cannot_listen(configuration.listen))?;
    let router = http::router(&state);
    let work_ends = state.stop.clone();
    let draining = state.draining.clone();
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
        cause = stop.received() => {
            draining.begin();
            let patience = match cause {
                StopCause::Interrupted => Duration::ZERO,
                StopCause::Terminated => configuration.drain,
            };
            tokio::select! {
                ended = &mut server => return ended.context("the server ended by itself"),
                () = tokio::time::sleep(patience) => {}
                _ = stop.received() => {}
            }
        }
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
