//! `certlens-clickhouse`: the ClickHouse engine, loaded from its library, behind ClickHouse's HTTP interface on the
//! loopback interface. Started and supervised by the library of this package; it ends when its standard input does, and
//! the kernel kills it when its parent dies, so it never outlives the process that started it.

mod directory;
mod facade;
mod library;
mod request;
mod session;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::serve::ListenerExt as _;
use clap::Parser;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::directory::{DataDirectory, DirectoryError, EngineVersion};
use crate::facade::Credentials;
use crate::library::{Engine, Place};
use crate::session::{Sessions, Size};

/// How long statements may go on after the end was asked for.
const CLOSING_BOUND: Duration = Duration::from_secs(10);

/// The ClickHouse engine in a process of its own. Reads the password for its user from the first line of its
/// standard input, prints `ready ADDRESS` (or `in-use PROCESS`, or `newer-data HELD OURS`), and ends when its standard
/// input ends.
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
    /// Memory that one statement may use, in bytes.
    #[arg(long, default_value_t = 2 << 30)]
    statement_memory: u64,
    /// The engine's settings file: total memory, caches.
    #[arg(long)]
    settings_file: Option<PathBuf>,
    /// The process that started this one: when it dies, this one is killed.
    #[arg(long)]
    parent: Option<i32>,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    name_the_process();
    let arguments = Arguments::parse();
    if let Some(parent) = arguments.parent
        && let Err(error) = die_with(parent)
    {
        tracing::error!(error = format!("{error:#}"), "nobody supervises this engine");
        return ExitCode::FAILURE;
    }
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
    let outcome = runtime.block_on(serve(arguments));
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

    let (library, settings_file) = (arguments.library, arguments.settings_file);
    let data_directory = arguments.data_directory;
    let size = Size {
        connections: arguments.connections,
        statement_memory: arguments.statement_memory,
    };
    let opening = tokio::task::spawn_blocking(move || {
        let place = Place {
            data_directory: &data_directory,
            settings_file: settings_file.as_deref(),
        };
        open(&library, place, size)
    });
    // The directory stays ours until the engine is closed.
    let (_directory, sessions) = opening.await?.inspect_err(announce_refusal)?;
    let sessions = Arc::new(sessions);
    let listener = TcpListener::bind(arguments.listen)
        .await
        .context("binding the address")?;
    announce(&format!("ready {}", listener.local_addr()?))?;
    let listener = listener.tap_io(|stream| {
        // A small answer must not wait for the acknowledgement of the one before.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });

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

/// Checks that the data are for us, opens them, and notes who did.
fn open(library: &Path, place: Place<'_>, size: Size) -> anyhow::Result<(DataDirectory, Sessions)> {
    let directory = DataDirectory::claim(place.data_directory)?;
    let engine = Engine::load(library)?;
    let version: Option<EngineVersion> = engine.version().and_then(|text| text.parse().ok());
    let version = version.context("the engine library does not tell its version")?;
    directory.refuse_newer(version)?;
    let sessions = Sessions::open(engine, place, size)?;
    directory.note(version)?;
    Ok((directory, sessions))
}

/// Tells the parent, in words for a program, the two refusals that it has sentences for.
fn announce_refusal(error: &anyhow::Error) {
    let announcement = match error.downcast_ref::<DirectoryError>() {
        Some(DirectoryError::InUse { process_id }) => format!("in-use {process_id}"),
        Some(DirectoryError::NewerData { held, ours }) => format!("newer-data {held} {ours}"),
        _ => return,
    };
    if let Err(error) = announce(&announcement) {
        tracing::warn!(error = format!("{error:#}"), "the parent can't be told");
    }
}

/// Asks the kernel to kill us when the thread that started us ends, stopped or not.
fn die_with(parent: i32) -> anyhow::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))
        .context("asking to be killed with the parent")?;
    let alive = rustix::process::getppid().is_some_and(|pid| pid.as_raw_nonzero().get() == parent);
    anyhow::ensure!(alive, "the parent {parent} is gone already");
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

fn announce(line: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush().context("announcing how it went")
}

/// The kernel cuts names at 15 characters, and those who look for the engine look for `clickhouse`.
fn name_the_process() {
    // Only a name for people: without it everything works.
    let _ = std::fs::write("/proc/self/comm", "clickhouse-lens");
}
