//! `certlens portal repair`: does all that can be done for a portal without its people, and says what they have to do.

use crate::configuration::Configuration;
use crate::data::Data;
use crate::state;
use certlens_bitrix24::MemberId;
use certlens_portals::{RepairOutcome, RepairReport};
use certlens_store::PortalState;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::io::{self, Write};
use std::process::ExitCode;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report<'a> {
    member_id: &'a str,
    at: DateTime<Utc>,
    is_healthy: bool,
    steps: Vec<Step>,
    needs: Vec<Need<'a>>,
}

#[derive(Debug, Serialize)]
struct Step {
    #[serde(rename = "step")]
    name: &'static str,
    outcome: &'static str,
    findings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Need<'a> {
    #[serde(rename = "need")]
    kind: &'static str,
    sentence: String,
    link: Option<&'a str>,
}

/// Runs the command for one portal, or for all that have the application. Success: they work; else somebody has to do
/// something, and the report says who and what.
pub(super) async fn run(
    configuration: &Configuration,
    member_id: Option<&MemberId>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let data = Data::open(configuration).await?;
    let outcome = repair(configuration, &data, member_id, json).await;
    data.close().await;
    Ok(if outcome? {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Whether all of them work now.
async fn repair(
    configuration: &Configuration,
    data: &Data,
    member_id: Option<&MemberId>,
    json: bool,
) -> anyhow::Result<bool> {
    let portals = state::services(configuration, data)?.portals;
    let wanted = match member_id {
        Some(member_id) => vec![(member_id.clone(), None)],
        None => present(data).await?,
    };
    let mut are_healthy = true;
    for (member_id, domain) in wanted {
        let report = portals.repair(&member_id).await?;
        are_healthy &= report.is_healthy();
        let mut output = io::stdout().lock();
        if json {
            serde_json::to_writer(&mut output, &listed(&member_id, &report))?;
            writeln!(output)?;
        } else {
            if let Some(domain) = domain {
                writeln!(output, "{domain} ({member_id})")?;
            }
            print(&mut output, &report)?;
        }
        output.flush()?;
    }
    Ok(are_healthy)
}

/// The portals that have not removed the application, with their hosts.
async fn present(data: &Data) -> anyhow::Result<Vec<(MemberId, Option<String>)>> {
    let portals = data.store().portals().await?;
    portals
        .into_iter()
        .filter(|portal| portal.state != PortalState::Uninstalled)
        .map(|portal| {
            Ok((
                MemberId::parse(portal.member_id.as_str())?,
                Some(portal.address.domain),
            ))
        })
        .collect()
}

fn listed<'a>(member_id: &'a MemberId, report: &'a RepairReport) -> Report<'a> {
    Report {
        member_id: member_id.as_str(),
        at: report.at,
        is_healthy: report.is_healthy(),
        steps: report
            .steps
            .iter()
            .map(|step| Step {
                name: step.name.key(),
                outcome: step.outcome.key(),
                findings: step.findings.iter().map(ToString::to_string).collect(),
            })
            .collect(),
        needs: report
            .needs
            .iter()
            .map(|need| Need {
                kind: need.key(),
                sentence: need.to_string(),
                link: need.link(),
            })
            .collect(),
    }
}

fn print(output: &mut impl Write, report: &RepairReport) -> io::Result<()> {
    for step in &report.steps {
        let mark = match step.outcome {
            RepairOutcome::Fine => "ok     ",
            RepairOutcome::Mended => "mended ",
            RepairOutcome::Skipped => "skipped",
            RepairOutcome::Failed => "FAILED ",
        };
        writeln!(output, "{mark}  {}", step.name.key())?;
        for finding in &step.findings {
            writeln!(output, "           {finding}")?;
        }
    }
    if report.is_healthy() {
        return writeln!(output, "the portal works");
    }
    writeln!(output, "what has to be done:")?;
    for (number, need) in (1..).zip(&report.needs) {
        writeln!(output, "{number}. {need}")?;
    }
    if report.needs.is_empty() {
        writeln!(output, "look at the failed steps above")?;
    }
    Ok(())
}
