//! `certlens-clickhouse`: the ClickHouse engine, loaded from its library, behind ClickHouse's HTTP interface on the
//! loopback interface. Started and supervised by the library of this package; it ends when its standard input does,
//! so it never outlives the process that started it.

mod facade;
mod library;
mod request;
mod session;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::facade::Credentials;
use crate::library::Engine;
use crate::session::Sessions;

/// How long statements may go on after the end was asked for.
const CLOSING_BOUND: Duration = Duration::from_secs(10);

/// The ClickHouse engine in a process of its own. Reads the password for its user from the first line of its
/// standard input, prints `ready ADDRESS`, and ends when its standard input ends.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The engine's library, libchdb.so.
    #[arg(long)]
    library: PathBuf,
    /// Directory of the databases.
    #[arg(long)]
    data_directory: PathBuf,
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// User that may ask.
    #[arg(long, default_value = "certlens")]
    user: String,
    /// Statements that run at once; more wait.
    #[arg(long, default_value_t = 4)]
    connections: u32,
    /// Memory that one statement may use, in MiB.
    #[arg(long, default_value_t = 2048)]
    statement_memory: u64,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    name_the_process();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the asynchronous runtime could not be started");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(serve(Arguments::parse()));
    // A read of standard input may be pending for ever.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "the engine could not be served");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: Arguments) -> anyhow::Result<()> {
    let mut input = BufReader::new(tokio::io::stdin());
    let mut password = String::new();
    input
        .read_line(&mut password)
        .await
        .context("reading the password from standard input")?;
    let credentials = Credentials {
        user: arguments.user,
        password: password.trim_end().to_owned(),
    };
    anyhow::ensure!(
        !credentials.password.is_empty(),
        "the first line of standard input must be a password"
    );

    let sessions = {
        let (library, directory) = (arguments.library, arguments.data_directory);
        let (count, memory) = (arguments.connections, arguments.statement_memory << 20);
        tokio::task::spawn_blocking(move || {
            let engine = Engine::load(&library)?;
            Sessions::open(engine, &directory, count, memory)
        })
        .await??
    };
    let sessions = Arc::new(sessions);
    let listener = TcpListener::bind(arguments.listen)
        .await
        .context("binding the address")?;
    announce(listener.local_addr()?)?;

    let end = CancellationToken::new();
    tokio::spawn(watch_for_end(input, end.clone()));
    let router = facade::router(Arc::clone(&sessions), credentials);
    let serving = axum::serve(listener, router).with_graceful_shutdown(end.clone().cancelled_owned());
    let overrun = async {
        end.cancelled().await;
        tokio::time::sleep(CLOSING_BOUND).await;
    };
    tokio::select! {
        served = serving.into_future() => served.context("serving")?,
        () = overrun => abandon(),
    }
    if tokio::time::timeout(CLOSING_BOUND, sessions.close())
        .await
        .is_err()
    {
        abandon();
    }
    Ok(())
}

/// The engine can't be closed while a statement runs, and a running statement can't be cancelled. Its tables are safe:
/// parts appear on disk complete or not at all.
fn abandon() -> ! {
    tracing::warn!("statements still run after the time allowed: ending without closing the engine");
    std::process::abort()
}

/// Ends everything when the parent closes our standard input (or dies), or somebody sends `SIGTERM`.
async fn watch_for_end(mut input: BufReader<tokio::io::Stdin>, end: CancellationToken) {
    let mut ignored = Vec::new();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => tokio::select! {
            _ = input.read_to_end(&mut ignored) => {}
            _ = terminated.recv() => {}
        },
        Err(error) => {
            tracing::warn!(%error, "SIGTERM can't be handled");
            let _ = input.read_to_end(&mut ignored).await;
        }
    }
    end.cancel();
}

fn announce(address: SocketAddr) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "ready {address}")?;
    output.flush().context("announcing the address")
}

/// The kernel cuts names at 15 characters, and those who look for the engine look for `clickhouse`.
fn name_the_process() {
    // Only a name for people: without it everything works.
    let _ = std::fs::write("/proc/self/comm", "clickhouse-lens");
}
