//! `certlens portal forget-tokens`: after the loss of the secret key, what it protected is forgotten.

use crate::configuration::Configuration;
use crate::data::Data;
use certlens_store::Unreadable;
use std::io::{self, Write};
use std::process::ExitCode;

/// Runs the command.
pub(super) async fn run(configuration: &Configuration, is_confirmed: bool) -> anyhow::Result<ExitCode> {
    let data = Data::open(configuration).await?;
    let store = data.store();
    let found = if is_confirmed {
        store.forget_unreadable().await
    } else {
        store.unreadable().await
    };
    data.close().await;
    let mut output = io::stdout().lock();
    print(&mut output, &found?, is_confirmed)?;
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn print(output: &mut impl Write, found: &Unreadable, is_confirmed: bool) -> io::Result<()> {
    if found.is_empty() {
        return writeln!(
            output,
            "the secret key opens everything that is stored; nothing is forgotten"
        );
    }
    for client_id in &found.applications {
        writeln!(
            output,
            "application  {client_id}  enter its secret again: certlens portal application add {client_id}"
        )?;
    }
    for member_id in &found.portals {
        writeln!(
            output,
            "portal       {member_id}  an administrator has to open the application there once"
        )?;
    }
    if is_confirmed {
        writeln!(output, "{} chains of tokens are forgotten", found.chains.len())
    } else {
        writeln!(
            output,
            "nothing was forgotten; the same with --yes forgets {} chains of tokens for ever",
            found.chains.len()
        )
    }
}
