//! `certlens portal forget-tokens`: after the loss of the secret key, what it protected is forgotten.

use crate::configuration::Configuration;
use crate::data::Data;
use certlens_store::{Store, StoreError, Unreadable};
use std::io::{self, Write};
use std::process::ExitCode;

/// Runs the command. `is_key_lost`: application tokens are forgotten as well, all of them.
pub(super) async fn run(
    configuration: &Configuration,
    is_confirmed: bool,
    is_key_lost: bool,
) -> anyhow::Result<ExitCode> {
    let data = Data::open(configuration).await?;
    let outcome = forget(&data.store(), is_confirmed, is_key_lost).await;
    data.close().await;
    let (found, application_tokens) = outcome?;
    let mut output = io::stdout().lock();
    print(&mut output, &found, is_confirmed)?;
    if let Some(number) = application_tokens {
        writeln!(
            output,
            "{number} further application tokens are forgotten: each is learnt anew when an administrator opens the application"
        )?;
    }
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// What was unreadable, and how many application tokens went besides.
async fn forget(
    store: &Store,
    is_confirmed: bool,
    is_key_lost: bool,
) -> Result<(Unreadable, Option<u64>), StoreError> {
    if !is_confirmed {
        return Ok((store.unreadable().await?, None));
    }
    let found = store.forget_unreadable().await?;
    let application_tokens = if is_key_lost {
        Some(store.forget_application_tokens().await?)
    } else {
        None
    };
    Ok((found, application_tokens))
}

fn print(output: &mut impl Write, found: &Unreadable, is_confirmed: bool) -> io::Result<()> {
    if found.is_empty() {
        return writeln!(
            output,
            "the secret key opens every token and secret that is stored; none is forgotten"
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
