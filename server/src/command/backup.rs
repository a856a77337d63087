//! `certlens backup`: everything that cannot be had again, in one encrypted file.

use crate::configuration::Configuration;
use crate::data::Data;
use crate::shutdown::StopSignal;
use anyhow::Context as _;
use certlens_backup::Contents;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

/// Backs the database up, as it is at one moment, while servers run: portals, tokens, settings, selections, subscriptions,
/// the queue and the log. Documents of the registries come again by imports; with --with-documents they are in the file
/// as well. `certlens restore` brings it back. The secret key opens the file; with a passphrase that does, too, and the
/// file carries the secret key.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// File to write; it appears when it is complete [default: a new one beside the scheduled backups]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Documents, their history and figures over time as well: gigabytes
    #[arg(long)]
    with_documents: bool,
    #[arg(
        long,
        value_name = "FILE",
        help = "File whose first line is a passphrase that opens the backup as well [default: \
                CERTLENS_BACKUP_PASSPHRASE_FILE]"
    )]
    passphrase_file: Option<PathBuf>,
    #[arg(long, help = "Print one JSON object: {file, bytes, tables, rows, migration}")]
    json: bool,
}

/// Runs the command.
pub async fn run(configuration: &Configuration, args: Args) -> anyhow::Result<ExitCode> {
    let mut stop = StopSignal::listen()?;
    let Some(data) = Data::open_unless_stopped(configuration, &mut stop).await? else {
        anyhow::bail!("interrupted before anything was backed up");
    };
    let contents = if args.with_documents {
        Contents::Everything
    } else {
        Contents::Own
    };
    let backups = data.backups(configuration);
    let outcome = tokio::select! {
        outcome = backups.make(args.out, contents, args.passphrase_file.as_deref()) => outcome,
        _ = stop.received() => Err(anyhow::anyhow!("interrupted; no file was written")),
    };
    data.close().await;
    let made = outcome?;
    let line = if args.json {
        serde_json::to_string(&made)?
    } else {
        format!(
            "{}: {} bytes, {} rows of {} tables",
            made.file.display(),
            made.bytes,
            made.rows,
            made.tables
        )
    };
    writeln!(io::stdout(), "{line}").context("standard output can't be written")?;
    Ok(ExitCode::SUCCESS)
}
