//! `certlens recount`: looks for news of tracked identifiers once, and sends the notifications that are due.

use crate::configuration::Configuration;
use crate::data::Data;
use crate::shutdown::StopSignal;
use crate::state;
use anyhow::Context as _;
use certlens_domain::duration::ShortDuration;
use certlens_registry::RecountOutcome;
use certlens_store::{RecountId, RecountOccasion};
use certlens_tracking::notification::{NotifySummary, notify_now};
use certlens_tracking::{Tracking, recounting};
use serde::Serialize;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How long requests to portals may still take after a signal to stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks once for news of all tracked identifiers, plans notifications of whatever was not told yet, and sends those
/// that are due. A running server need not be stopped: nothing is told twice.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How long to wait until portals have taken what is due, such as 90s; the server sends the rest
    #[arg(long, value_name = "TIME", default_value = "15m")]
    timeout: ShortDuration,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report {
    run: RecountId,
    #[serde(flatten)]
    outcome: RecountOutcome,
    /// Of looking for news alone.
    seconds: f64,
    notifications: NotifySummary,
}

/// Runs the command.
pub async fn run(configuration: &Configuration, args: Args) -> anyhow::Result<ExitCode> {
    let mut stop = StopSignal::listen()?;
    let Some(data) = Data::open_unless_stopped(configuration, &mut stop).await? else {
        anyhow::bail!("interrupted before the recount began");
    };
    let outcome = recount(configuration, &data, &args, &mut stop).await;
    data.close().await;
    let report = outcome?;
    print(&report, args.json).context("standard output can't be written")?;
    Ok(ExitCode::SUCCESS)
}

async fn recount(
    configuration: &Configuration,
    data: &Data,
    args: &Args,
    stop: &mut StopSignal,
) -> anyhow::Result<Report> {
    let tracking = state::services(configuration, data)?.tracking;
    let began = Instant::now();
    let recounted = tokio::select! {
        recounted = recounting::recount_now(&tracking, RecountOccasion::Command) => recounted,
        _ = stop.received() => {
            anyhow::bail!("interrupted; what was found stays, the next recount goes on there")
        }
    };
    let (run, outcome) = recounted?;
    let seconds = began.elapsed().as_secs_f64();
    let notifications = notify(&tracking, args, stop).await?;
    Ok(Report {
        run,
        outcome,
        seconds,
        notifications,
    })
}

/// A signal ends the sending in good order: what a portal may have taken must be noted.
async fn notify(tracking: &Tracking, args: &Args, stop: &mut StopSignal) -> anyhow::Result<NotifySummary> {
    let ends = CancellationToken::new();
    let mut notifying = std::pin::pin!(notify_now(tracking, &ends, args.timeout.get()));
    tokio::select! {
        summary = &mut notifying => return Ok(summary?),
        _ = stop.received() => {}
    }
    ends.cancel();
    if tokio::time::timeout(PATIENCE, notifying).await.is_err() {
        tracing::warn!("portals did not answer in time; what they took is looked up before it is sent again");
    }
    anyhow::bail!("interrupted; the server, or the next recount, sends the rest")
}

fn print(report: &Report, is_json: bool) -> anyhow::Result<()> {
    let mut output = io::stdout().lock();
    if is_json {
        serde_json::to_writer(&mut output, report)?;
        writeln!(output)?;
    } else {
        let (outcome, items) = (report.outcome, report.notifications);
        writeln!(
            output,
            "recount {}: {} news for {} subscriptions with {} identifiers, in {:.3} s (versions {} to {}, as of {})",
            report.run,
            outcome.found,
            outcome.subscriptions,
            outcome.identifiers,
            report.seconds,
            outcome.from_version,
            outcome.to_version,
            outcome.day
        )?;
        writeln!(
            output,
            "notifications: {} planned, {} sent, {} waiting, {} skipped, {} without anybody to take them, {} given up",
            items.planned, items.sent, items.waiting, items.skipped, items.unassignable, items.dead
        )?;
    }
    output.flush()?;
    Ok(())
}
