//! `certlens portal list`: all portals, by domain.

use crate::configuration::Configuration;
use crate::data::Data;
use certlens_store::{MemberId, Portal, PortalState};
use serde::Serialize;
use std::io::{self, Write};
use std::process::ExitCode;

/// What `--json` prints of a portal.
#[derive(Debug, Serialize)]
struct Listed<'a> {
    member_id: &'a MemberId,
    domain: &'a str,
    state: PortalState,
}

/// Prints the list.
pub(super) async fn run(configuration: &Configuration, json: bool) -> anyhow::Result<ExitCode> {
    let data = Data::open(configuration).await?;
    let portals = data.store().portals().await;
    data.close().await;
    let portals = portals?;

    let mut output = io::stdout().lock();
    if json {
        print_json(&mut output, &portals)?;
    } else {
        print_table(&mut output, &portals)?;
    }
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn print_json(output: &mut impl Write, portals: &[Portal]) -> anyhow::Result<()> {
    let listed: Vec<_> = portals
        .iter()
        .map(|portal| Listed {
            member_id: &portal.member_id,
            domain: &portal.address.domain,
            state: portal.state,
        })
        .collect();
    serde_json::to_writer(&mut *output, &listed)?;
    writeln!(output)?;
    Ok(())
}

fn print_table(output: &mut impl Write, portals: &[Portal]) -> io::Result<()> {
    if portals.is_empty() {
        return writeln!(output, "no portal has installed the application yet");
    }
    writeln!(
        output,
        "{:<32}  {:<12}  {:<16}  domain",
        "member_id", "state", "seen (UTC)"
    )?;
    for portal in portals {
        let seen = portal.seen_at.format("%Y-%m-%d %H:%M");
        writeln!(
            output,
            "{:<32}  {:<12}  {seen:<16}  {}",
            portal.member_id,
            portal.state.key(),
            portal.address.domain
        )?;
    }
    Ok(())
}
