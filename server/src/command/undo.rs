//! `certlens undo`: takes an import back, as if it had never been.

use crate::command::COMMAND_LINE;
use crate::configuration::Configuration;
use crate::data::Data;
use crate::shutdown::StopSignal;
use anyhow::Context as _;
use certlens_registry::{ImportFilter, Importer, UndoSummary, Undoing};
use std::io::{self, Write as _};
use std::process::ExitCode;
use uuid::Uuid;

/// Imports that are listed when none is named.
const LISTED: u32 = 20;

/// Undoes an import: documents that it added go, documents that it changed get their former contents. Without a number the
/// newest imports are listed, with what can be undone. A running server need not be stopped.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Number of the import
    #[arg(value_name = "IMPORT")]
    import: Option<Uuid>,
    /// Print JSON: {removed, restored, entries}, or the list
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub async fn run(configuration: &Configuration, args: Args) -> anyhow::Result<ExitCode> {
    let mut stop = StopSignal::listen()?;
    let Some(data) = Data::open_unless_stopped(configuration, &mut stop).await? else {
        anyhow::bail!("interrupted before anything was undone");
    };
    let importer = data.importer(configuration);
    let outcome = tokio::select! {
        outcome = said(&importer, &args) => outcome,
        _ = stop.received() => Err(anyhow::anyhow!("interrupted; the import is as it was")),
    };
    data.close().await;
    writeln!(io::stdout(), "{}", outcome?).context("standard output can't be written")?;
    Ok(ExitCode::SUCCESS)
}

async fn said(importer: &Importer, args: &Args) -> anyhow::Result<String> {
    if let Some(import) = args.import {
        let undone = importer.undo(import, COMMAND_LINE).await?;
        if args.json {
            return Ok(serde_json::to_string(&undone)?);
        }
        let UndoSummary {
            removed,
            restored,
            entries,
        } = undone;
        return Ok(format!(
            "undone: {removed} documents removed, {restored} restored, {entries} entries of the list of Russia's territory"
        ));
    }
    let imports = importer.imports(&ImportFilter::default(), None, LISTED).await?;
    if args.json {
        return Ok(serde_json::to_string(&imports)?);
    }
    let lines = imports.items.iter().map(|entry| {
        let undoing = match &entry.undoing {
            Undoing::Possible => "can be undone".to_owned(),
            Undoing::UnderWay => "is being undone".to_owned(),
            Undoing::Nothing => String::new(),
            Undoing::NotKept => "not kept any more".to_owned(),
            Undoing::InTheWay { obstacle } => format!("after {}", obstacle.import),
        };
        let begun = entry.started_at.format("%Y-%m-%d %H:%M");
        format!(
            "{} {begun} {:<11} +{} ~{} {} {undoing}",
            entry.id,
            entry.state.key(),
            entry.new,
            entry.changed,
            entry.input
        )
    });
    let lines: Vec<String> = lines.collect();
    Ok(if lines.is_empty() {
        "there are no imports".to_owned()
    } else {
        lines.join("\n")
    })
}
