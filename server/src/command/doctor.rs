//! `certlens doctor`: does everything work, and what to do where it does not.
//!
//! Looks and says; it mends nothing. Each look is a function of its own in [`checks`]; the finding is plain data, so that
//! the words can be tested without engines.

mod checks;
mod finding;
mod installation;
mod portals;

use crate::configuration::Configuration;
use crate::data::Data;
use crate::shutdown::StopSignal;
use certlens_domain::freshness::RegistryFreshness;
use finding::{Finding, Verdict};
use serde::Serialize;
use std::io::{self, Write};
use std::process::ExitCode;

/// Checks the data directory, the browser's files, both engines and their migrations, the secret key, the clock, backups, the
/// servers that run, every portal's tokens and bindings as they were last seen, and the freshness of each registry. Exit code
/// 0: all is well or only warnings; 1: something has to be mended. Private engines that do not run are started for the check.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ask every portal now whether its tokens and bindings are in order; changes nothing there
    #[arg(long)]
    portals: bool,
    /// Print one JSON object: {healthy, findings, registries}
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report {
    healthy: bool,
    findings: Vec<Finding>,
    registries: Vec<RegistryFreshness>,
}

/// Runs the command.
pub async fn run(configuration: &Configuration, args: Args) -> anyhow::Result<ExitCode> {
    let mut stop = StopSignal::listen()?;
    let mut findings = vec![
        checks::data_directory(&configuration.data_dir),
        checks::operator_token(configuration),
        checks::browser_files(configuration),
    ];
    let mut registries = Vec::new();
    match Data::open_unless_stopped(configuration, &mut stop).await {
        Err(error) => findings.push(Finding::problem(
            "engines",
            format!("{error:#}"),
            "see the sentence above; nothing else can be checked before the engines run",
        )),
        Ok(None) => anyhow::bail!("interrupted; nothing was checked"),
        Ok(Some(data)) => {
            let looked = checks::stores(&data).await;
            findings.extend(looked.findings);
            registries = looked.registries;
            findings.extend(installation::look(configuration, &data).await);
            findings.extend(portals::look(configuration, &data, args.portals).await);
            data.close().await;
        }
    }
    let healthy = findings.iter().all(|finding| finding.verdict != Verdict::Problem);
    let report = Report {
        healthy,
        findings,
        registries,
    };
    print(&report, args.json)?;
    Ok(if healthy {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn print(report: &Report, json: bool) -> anyhow::Result<()> {
    let mut output = io::stdout().lock();
    if json {
        serde_json::to_writer(&mut output, report)?;
        writeln!(output)?;
    } else {
        for finding in &report.findings {
            writeln!(output, "{finding}")?;
        }
    }
    output.flush()?;
    Ok(())
}
