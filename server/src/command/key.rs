//! `certlens key`: changing the secret key while the service runs.
//!
//! How secrets are written anew is known in `certlens_store::rotation`; which files hold keys, in the configuration.

use crate::configuration::Configuration;
use crate::data::Data;
use anyhow::{Context as _, bail};
use certlens_store::{Rotated, SecretKey};
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

/// Changes the secret key.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Make a new key in the data directory and keep the present one beside it; for installations without `CERTLENS_SECRET_KEY`.
    /// Restart the service then
    Begin,
    /// Write every stored secret anew with the present key. Safe while the service runs, and to call again
    Rotate {
        #[arg(long, help = "Print one JSON object: {rewritten, current, unreadable}")]
        json: bool,
    },
    /// Take the former key's file away, if nothing needs it any more
    End,
}

/// Runs the command.
pub async fn run(configuration: &Configuration, args: Args) -> anyhow::Result<ExitCode> {
    match args.action {
        Action::Begin => begin(configuration),
        Action::Rotate { json } => rotate(configuration, json).await,
        Action::End => end(configuration).await,
    }
}

fn begin(configuration: &Configuration) -> anyhow::Result<ExitCode> {
    if configuration.secret_key.is_some() {
        bail!(
            "the key is in CERTLENS_SECRET_KEY, not in the data directory: put it into CERTLENS_SECRET_KEY_PREVIOUS, a new one \
             (`openssl rand -base64 32`) into CERTLENS_SECRET_KEY, and restart the service; of several processes see \
             docs/operations"
        );
    }
    let (file, kept) = (configuration.secret_key_file(), configuration.previous_key_file());
    if SecretKey::load(&file)?.is_none() {
        bail!(
            "there is no key in {} yet; the first start makes one",
            file.display()
        );
    }
    if kept.exists() {
        bail!(
            "{} is there: a change of keys is under way. `certlens key rotate` completes it, `certlens key end` ends it",
            kept.display()
        );
    }
    SecretKey::renew(&file, &kept)?;
    println!(
        "{} is new, the former key is in {}.\nNow restart the service, then run `certlens key rotate`.",
        file.display(),
        kept.display()
    );
    Ok(ExitCode::SUCCESS)
}

async fn rotate(configuration: &Configuration, json: bool) -> anyhow::Result<ExitCode> {
    let data = Data::open(configuration).await?;
    let rotated = data.store().rotate_secrets(data.secret_keys()).await;
    data.close().await;
    let rotated = rotated?;
    if json {
        println!("{}", serde_json::to_string(&rotated)?);
    } else {
        println!("{}", words(rotated));
    }
    Ok(ExitCode::SUCCESS)
}

fn words(rotated: Rotated) -> String {
    let Rotated {
        rewritten,
        current,
        unreadable,
    } = rotated;
    let mut words =
        format!("{rewritten} secrets written anew, {current} were sealed with the present key already.");
    if unreadable > 0 {
        // Writing to a text does not fail.
        let _ = write!(
            words,
            "\n{unreadable} open with neither key: an earlier key was lost. Their portals need an administrator to open the application; \
             `certlens doctor` names them."
        );
    }
    words.push_str(
        "\nSessions of the former key end within 15 minutes (an operator's within 8 hours); then take the former key away: \
         CERTLENS_SECRET_KEY_PREVIOUS, or `certlens key end`.",
    );
    words
}

/// Refuses while anything needs the former key: only this installation's own two keys tell.
async fn ensure_needless(data: &Data, former: &SecretKey, kept: &Path) -> anyhow::Result<()> {
    let (keys, mark) = (data.secret_keys(), former.mark());
    if keys.current().mark() == mark {
        // A change that was cut off before the new key was there.
        return Ok(());
    }
    if keys.other().map(SecretKey::mark) != Some(mark) {
        bail!(
            "the settings name other keys than the one in {}, so nobody can tell what needs that: set \
             CERTLENS_SECRET_KEY_PREVIOUS to it, then repeat",
            kept.display()
        );
    }
    let store = data.store();
    let left = store.sealed_with_the_other_key().await?;
    if left > 0 {
        bail!("{left} secrets are still sealed with the former key; run `certlens key rotate` first");
    }
    // Without any rotation everything may have been renewed by itself; what recognises application tokens was not kept then.
    store.rotate_secrets(keys).await?;
    Ok(())
}

async fn end(configuration: &Configuration) -> anyhow::Result<ExitCode> {
    let kept = configuration.previous_key_file();
    let Some(former) = SecretKey::load(&kept)? else {
        bail!("there is no {}: no change of keys is under way", kept.display());
    };
    let data = Data::open(configuration).await?;
    let needless = ensure_needless(&data, &former, &kept).await;
    data.close().await;
    needless?;
    std::fs::remove_file(&kept).with_context(|| format!("{} can't be removed", kept.display()))?;
    println!(
        "{} is gone. Processes forget it when they are restarted.",
        kept.display()
    );
    Ok(ExitCode::SUCCESS)
}
