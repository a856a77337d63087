//! `certlens portal export` and `certlens portal erase`: everything that is kept of one portal, given away or deleted.

use crate::command::output::{Output, is_broken_pipe};
use crate::configuration::Configuration;
use crate::data::Data;
use anyhow::{Context as _, bail};
use certlens_store::{MemberId, RowsOfPortal, Store};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use tokio::sync::mpsc;

/// Lines that wait to be written.
const AT_ONCE: usize = 256;

/// Writes everything that is kept of the portal, without secrets.
pub(super) async fn export(
    configuration: &Configuration,
    member_id: &MemberId,
    out: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let output = Output::open(out)?;
    let data = Data::open(configuration).await?;
    let outcome = write(&data.store(), member_id, output).await;
    data.close().await;
    let rows = match outcome {
        // Whoever reads us has seen enough, as `head` does.
        Err(error) if is_broken_pipe(&error) => return Ok(ExitCode::SUCCESS),
        outcome => outcome?,
    };
    eprintln!("{rows} rows exported");
    Ok(ExitCode::SUCCESS)
}

async fn write(store: &Store, member_id: &MemberId, mut output: Output) -> anyhow::Result<u64> {
    let (lines, mut taken) = mpsc::channel::<String>(AT_ONCE);
    let taking = async move {
        while let Some(line) = taken.recv().await {
            output.writer.write_all(line.as_bytes())?;
            output.writer.write_all(b"\n")?;
        }
        Ok::<_, io::Error>(output)
    };
    let (exported, output) = tokio::join!(store.export_portal(member_id, lines), taking);
    let output = output.context("writing a row")?;
    let rows = exported?;
    output.complete()?;
    Ok(rows)
}

/// Deletes everything that is kept of the portal; without confirmation only says what that would be.
pub(super) async fn erase(
    configuration: &Configuration,
    member_id: &MemberId,
    is_confirmed: bool,
) -> anyhow::Result<ExitCode> {
    let data = Data::open(configuration).await?;
    let outcome = count_and_erase(&data.store(), member_id, is_confirmed).await;
    data.close().await;
    let rows = outcome?;
    let mut output = io::stdout().lock();
    for one in &rows {
        let note = if one.is_kept {
            " (stays, without the portal's name)"
        } else {
            ""
        };
        writeln!(output, "{:>12}  {}{note}", one.rows, one.table)?;
    }
    if is_confirmed {
        writeln!(output, "erased")?;
    } else {
        writeln!(
            output,
            "nothing was erased; the same with --yes deletes these rows for ever"
        )?;
    }
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

async fn count_and_erase(
    store: &Store,
    member_id: &MemberId,
    is_confirmed: bool,
) -> anyhow::Result<Vec<RowsOfPortal>> {
    let rows = store.rows_of_portal(member_id).await?;
    if rows.is_empty() {
        bail!("nothing is kept of the portal {member_id}; `certlens portal list` shows all portals");
    }
    if is_confirmed {
        store.erase(member_id).await?;
    }
    Ok(rows)
}
