//! `certlens portal application`: local applications, each with keys of its own. Changes hold at once, also for servers
//! that run: nothing has to be restarted.

use crate::configuration::Configuration;
use crate::data::Data;
use crate::handed;
use anyhow::{Context as _, bail};
use certlens_store::{LocalApplication, MemberId, Store};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::Serialize;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Add a local application, or change the secret or the portal of one
    Add {
        /// Its client id, `local.…`, as the portal shows it
        #[arg(value_parser = named)]
        client_id: String,
        /// File with its client secret; without it, the secret is read from standard input
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
        /// The portal that may use it, 32 hexadecimal digits; without it, the first one that proves to
        #[arg(long, value_name = "MEMBER_ID", value_parser = member_id)]
        portal: Option<MemberId>,
    },
    /// Remove a local application; portals that installed it lose access
    Remove {
        /// Its client id
        #[arg(value_parser = named)]
        client_id: String,
    },
    /// List the local applications, never their secrets
    List {
        #[arg(long, help = "Print one JSON array: [{client_id, member_id, updated_at}]")]
        json: bool,
    },
}

fn member_id(text: &str) -> Result<MemberId, String> {
    MemberId::parse(text).map_err(|error| error.to_string())
}

/// Runs the command.
pub(super) async fn run(configuration: &Configuration, args: Args) -> anyhow::Result<ExitCode> {
    // What the user gives is read before engines start.
    let action = match args.action {
        Action::Add {
            client_id,
            secret_file,
            portal,
        } => Wish::Add {
            client_id,
            secret: secret(secret_file.as_ref())?,
            portal,
        },
        Action::Remove { client_id } => Wish::Remove { client_id },
        Action::List { json } => Wish::List { json },
    };
    let data = Data::open(configuration).await?;
    let outcome = carry_out(&data.store(), action).await;
    data.close().await;
    outcome
}

enum Wish {
    Add {
        client_id: String,
        secret: SecretString,
        portal: Option<MemberId>,
    },
    Remove {
        client_id: String,
    },
    List {
        json: bool,
    },
}

async fn carry_out(store: &Store, wish: Wish) -> anyhow::Result<ExitCode> {
    match wish {
        Wish::Add {
            client_id,
            secret,
            portal,
        } => {
            store
                .add_application(&client_id, &secret, portal.as_ref())
                .await?;
            let whose = portal.map_or_else(
                || "it will belong to the first portal that proves to use it".to_owned(),
                |portal| format!("it belongs to the portal {portal}"),
            );
            println!("{client_id} is stored; {whose}");
        }
        Wish::Remove { client_id } => {
            if !store.remove_application(&client_id).await? {
                bail!(
                    "there is no local application {client_id}; `certlens portal application list` shows all"
                );
            }
            println!("{client_id} is removed");
        }
        Wish::List { json } => print(&store.applications().await?, json)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A client id as Bitrix24 writes it.
fn named(client_id: &str) -> Result<String, String> {
    let client_id = client_id.trim();
    let plausible = (4..=128).contains(&client_id.len())
        && client_id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    if !plausible {
        return Err("a client id looks like local.66aa00bb11cc22.01234567; the portal shows it".to_owned());
    }
    Ok(client_id.to_owned())
}

fn secret(file: Option<&PathBuf>) -> anyhow::Result<SecretString> {
    let file = file.map_or(Path::new(handed::STANDARD_INPUT), PathBuf::as_path);
    let text =
        handed::text(file).with_context(|| format!("the secret can't be read from {}", file.display()))?;
    let secret = text.trim();
    if secret.is_empty() || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        bail!(
            "the client_secret is empty or has characters that no secret has; copy it from the portal once more"
        );
    }
    Ok(SecretString::from(secret))
}

/// What `--json` prints of an application.
#[derive(Debug, Serialize)]
struct Listed<'a> {
    client_id: &'a str,
    member_id: Option<&'a MemberId>,
    updated_at: DateTime<Utc>,
}

fn print(applications: &[LocalApplication], json: bool) -> anyhow::Result<()> {
    let mut output = io::stdout().lock();
    if json {
        let listed: Vec<_> = applications
            .iter()
            .map(|application| Listed {
                client_id: &application.client_id,
                member_id: application.member_id.as_ref(),
                updated_at: application.updated_at,
            })
            .collect();
        serde_json::to_writer(&mut output, &listed)?;
        writeln!(output)?;
    } else if applications.is_empty() {
        writeln!(output, "there are no local applications")?;
    } else {
        writeln!(output, "{:<44}  {:<32}  changed (UTC)", "client_id", "portal")?;
        for application in applications {
            let portal = application
                .member_id
                .as_ref()
                .map_or("(none yet)", MemberId::as_str);
            let changed = application.updated_at.format("%Y-%m-%d %H:%M");
            writeln!(output, "{:<44}  {portal:<32}  {changed}", application.client_id)?;
        }
    }
    output.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_no_client_id_is_refused_with_an_example() {
        assert!(named(" local.66aa00bb11cc22.01234567 ").is_ok());
        let error = named("my app").unwrap_err();
        assert!(error.contains("local."), "{error}");
    }

    #[test]
    fn a_secret_of_a_file_is_taken_without_its_line_end() {
        use secrecy::ExposeSecret as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        std::fs::write(&path, "abcDEF123\n").unwrap();

        assert_eq!(secret(Some(&path)).unwrap().expose_secret(), "abcDEF123");

        std::fs::write(&path, "\n").unwrap();
        assert!(secret(Some(&path)).is_err());
    }
}
