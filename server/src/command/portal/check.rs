//! `certlens portal check`: looks at a portal as the hourly look does, and says what it found and where answers differ.

use crate::configuration::Configuration;
use crate::data::Data;
use crate::state::AppState;
use certlens_bitrix24::MemberId;
use certlens_portals::{CanaryOutcome, CanaryReport, CanaryStepReport};
use certlens_store::AnswerDeviation;
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
    steps: &'a [CanaryStepReport],
    deviations: Vec<Deviation<'a>>,
}

#[derive(Debug, Serialize)]
struct Deviation<'a> {
    method: &'a str,
    field: &'a str,
    expected: &'a str,
    found: &'a str,
    sample: &'a str,
    times: i64,
    first_seen_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    hidden_by: Option<&'a str>,
}

impl<'a> Deviation<'a> {
    fn of(deviation: &'a AnswerDeviation) -> Self {
        Self {
            method: &deviation.method,
            field: &deviation.field,
            expected: &deviation.expected,
            found: &deviation.found,
            sample: &deviation.sample,
            times: deviation.times,
            first_seen_at: deviation.first_seen_at,
            last_seen_at: deviation.last_seen_at,
            hidden_by: deviation.hidden_by.as_deref(),
        }
    }
}

/// Runs the command. Success: every step passed, or had nothing to look at.
pub(super) async fn run(
    configuration: &Configuration,
    member_id: &MemberId,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let data = Data::open(configuration).await?;
    let looked = look(configuration, &data, member_id).await;
    data.close().await;
    let (report, deviations) = looked?;
    let mut output = io::stdout().lock();
    if json {
        let report = Report {
            member_id: member_id.as_str(),
            at: report.at,
            is_healthy: report.is_healthy(),
            steps: &report.steps,
            deviations: deviations.iter().map(Deviation::of).collect(),
        };
        serde_json::to_writer(&mut output, &report)?;
        writeln!(output)?;
    } else {
        print(&mut output, &report, &deviations)?;
    }
    output.flush()?;
    Ok(if report.is_healthy() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn look(
    configuration: &Configuration,
    data: &Data,
    member_id: &MemberId,
) -> anyhow::Result<(CanaryReport, Vec<AnswerDeviation>)> {
    let state = AppState::new(configuration, data)?;
    let portals = &state.services.portals;
    let report = portals.check(member_id).await?;
    portals.keep_deviations().await?;
    let stored = certlens_store::MemberId::parse(member_id.as_str())?;
    Ok((report, state.services.store.deviations(&stored).await?))
}

fn print(output: &mut impl Write, report: &CanaryReport, deviations: &[AnswerDeviation]) -> io::Result<()> {
    for step in &report.steps {
        let mark = match step.outcome {
            CanaryOutcome::Passed => "ok     ",
            CanaryOutcome::Skipped => "skipped",
            CanaryOutcome::Failed => "FAILED ",
        };
        write!(output, "{mark}  {}", step.step.key())?;
        if step.words.is_empty() {
            writeln!(output)?;
        } else {
            writeln!(output, ": {}", step.words)?;
        }
    }
    let shown: Vec<&AnswerDeviation> = deviations
        .iter()
        .filter(|deviation| deviation.hidden_at.is_none())
        .collect();
    if shown.is_empty() {
        writeln!(output, "answers: as known")?;
    } else {
        writeln!(output, "answers that differ:")?;
    }
    for deviation in shown {
        writeln!(
            output,
            "  {}, {}: {} expected, {} found; {} times since {}, last {}; such as {}",
            deviation.method,
            deviation.field,
            deviation.expected,
            deviation.found,
            deviation.times,
            deviation.first_seen_at.format("%Y-%m-%d %H:%M"),
            deviation.last_seen_at.format("%Y-%m-%d %H:%M"),
            deviation.sample,
        )?;
    }
    if let Some(failure) = report.failure() {
        writeln!(
            output,
            "the step {} fails; certlens portal repair mends what can be mended from here",
            failure.step.key()
        )
    } else {
        writeln!(output, "the portal works")
    }
}
