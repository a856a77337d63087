//! `certlens restore`: a backup brought back, whole or one portal of it; or only looked into.

mod report;

use crate::backups::passphrase_of;
use crate::command::{COMMAND_LINE, sentences};
use crate::configuration::Configuration;
use crate::data::{BareDatabase, Data, present_secret_keys};
use anyhow::{Context as _, bail};
use certlens_backup::{Head, Keys, RestoredPortal, Summary, keeping};
use certlens_store::{
    Actor, AuditEnd, AuditId, AuditOutcome, MemberId, NewAuditEntry, SecretKey, Store, StoreError,
};
use report::Report;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use std::error::Error;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Stands for a file.
const NEWEST: &str = "newest";

/// Restores a backup into an empty database, or one portal of it into a database that lives. Without --yes nothing is
/// changed: the file is read to its end and what is in it is listed. Servers have to be stopped for a whole restoration,
/// and may run while one portal is restored.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own on the command line"
)]
pub struct Args {
    /// The backup, or `newest`: the newest scheduled one, with --portal the newest that has this portal
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Restore this portal only, 32 hexadecimal digits; everybody else's data stay as they are
    #[arg(long, value_name = "MEMBER_ID", value_parser = member_id, conflicts_with_all = ["replace", "secret_key_only"])]
    portal: Option<MemberId>,
    /// Really do it
    #[arg(long)]
    yes: bool,
    /// The database may have something in it: all of that is lost
    #[arg(long)]
    replace: bool,
    /// Print the secret key that a backup with a passphrase carries, and restore nothing
    #[arg(long, conflicts_with_all = ["yes", "replace", "json"])]
    secret_key_only: bool,
    /// File whose first line is the backup's passphrase; without it the secret key opens the backup
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    #[arg(
        long,
        help = "Print one JSON object: {is_restored, made_at, migration, contents, tables, portals, doubtful_items, next}"
    )]
    json: bool,
}

fn member_id(text: &str) -> Result<MemberId, String> {
    MemberId::parse(text).map_err(|error| error.to_string())
}

/// Runs the command.
pub async fn run(configuration: &Configuration, mut args: Args) -> anyhow::Result<ExitCode> {
    let found = present_secret_keys(configuration)?;
    let present = found.as_deref();
    let keys = Keys {
        secret_key: present.map(|keys| Arc::new(keys.current().clone())),
        other_key: present.and_then(|keys| keys.other().cloned().map(Arc::new)),
        passphrase: args.passphrase_file.as_deref().map(passphrase_of).transpose()?,
    };
    if args.file.as_os_str() == NEWEST {
        args.file = newest(&configuration.backups.folder, &keys, args.portal.as_ref()).await?;
        tracing::info!(file = %args.file.display(), "the newest backup");
    }
    if args.secret_key_only {
        return print_secret_key(&args, keys).await;
    }
    let report = match (&args.portal, args.yes) {
        (_, false) => {
            let summary = certlens_backup::summary(&args.file, keys).await?;
            if let Some(portal) = &args.portal {
                ensure_has(&summary, portal)?;
            }
            Report::of_summary(summary, args.portal.as_ref())
        }
        (None, true) => whole(configuration, &args, keys).await?,
        (Some(portal), true) => one_portal(configuration, &args, keys, portal).await?,
    };
    let mut output = io::stdout().lock();
    if args.json {
        serde_json::to_writer(&mut output, &report)?;
        writeln!(output)?;
    } else {
        write!(output, "{report}")?;
    }
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The newest of the scheduled backups, or the newest that has this portal: one that was made after a portal's data were
/// erased lacks them.
async fn newest(folder: &Path, keys: &Keys, portal: Option<&MemberId>) -> anyhow::Result<PathBuf> {
    let files = keeping::scheduled(folder)?;
    let Some(portal) = portal else {
        let file = files.into_iter().next();
        return file.with_context(|| format!("there is no backup in {}", folder.display()));
    };
    for file in files {
        match certlens_backup::summary(&file, keys.clone()).await {
            Ok(summary) if summary.portals.iter().any(|one| one.member_id == portal.as_str()) => {
                return Ok(file);
            }
            Ok(_) => {}
            // An older one may do.
            Err(error) => {
                tracing::warn!(file = %file.display(), error = &error as &dyn Error, "a backup can't be used");
            }
        }
    }
    bail!("no backup in {} has the portal {portal}", folder.display())
}

fn ensure_has(summary: &Summary, portal: &MemberId) -> anyhow::Result<()> {
    let is_there = summary.portals.iter().any(|one| one.member_id == portal.as_str());
    anyhow::ensure!(
        is_there,
        "the backup has no portal {portal}; without --portal its portals are listed"
    );
    Ok(())
}

async fn print_secret_key(args: &Args, keys: Keys) -> anyhow::Result<ExitCode> {
    let key = certlens_backup::secret_key_of(&args.file, keys).await?.context(
        "the backup carries no secret key: only those that were made with a passphrase do. Set a new key, and have an \
         administrator open the application in each portal",
    )?;
    writeln!(io::stdout(), "{}", key.expose_secret()).context("standard output can't be written")?;
    Ok(ExitCode::SUCCESS)
}

async fn whole(configuration: &Configuration, args: &Args, keys: Keys) -> anyhow::Result<Report> {
    let carried = if keys.passphrase.is_some() {
        certlens_backup::secret_key_of(&args.file, keys.clone()).await?
    } else {
        None
    };
    let new_key = differing(configuration, &keys, carried.as_ref())?;
    let mut database = BareDatabase::open(configuration).await?;
    let restored =
        certlens_backup::restore_all(&mut database.connection, &args.file, keys.clone(), args.replace).await;
    database.close().await;
    let restored = restored?;
    let wants_rotation = restored.summary.head.is_of_the_other_key(&keys);
    if let Some(key) = new_key {
        put_in_place(configuration, key)?;
    }
    Ok(Report::of_whole(restored, wants_rotation))
}

/// The key that the backup carries, when it is to be put into the data directory. One that stands in the configuration
/// can only be changed there.
fn differing<'a>(
    configuration: &Configuration,
    keys: &Keys,
    carried: Option<&'a SecretString>,
) -> anyhow::Result<Option<&'a SecretString>> {
    let Some(carried) = carried else {
        return Ok(None);
    };
    let is_the_same = |key: &Arc<SecretKey>| key.to_base64().expose_secret() == carried.expose_secret();
    // What the other one opens is written anew afterwards.
    if keys.secret_key.iter().chain(&keys.other_key).any(is_the_same) {
        return Ok(None);
    }
    if configuration.secret_key.is_some() {
        bail!(
            "CERTLENS_SECRET_KEY is another key than the one that the tokens of this backup are encrypted with. Set it to \
             what `certlens restore FILE --passphrase-file FILE --secret-key-only` prints, then restore"
        );
    }
    Ok(Some(carried))
}

/// A key that was there, made by a start without the backup, is kept beside.
fn put_in_place(configuration: &Configuration, key: &SecretString) -> anyhow::Result<()> {
    let file = configuration.secret_key_file();
    std::fs::create_dir_all(&configuration.data_dir)
        .with_context(|| format!("the secret key's file {} can't be written", file.display()))?;
    SecretKey::parse(key.expose_secret())?.replace(&file, &free_name(&file))?;
    Ok(())
}

/// A name beside the key's file that none kept by an earlier restoration has.
fn free_name(file: &Path) -> PathBuf {
    let mut name = file.with_extension("key.before-restore");
    let mut number = 2_u32;
    while name.exists() {
        name = file.with_extension(format!("key.before-restore-{number}"));
        number += 1;
    }
    name
}

async fn one_portal(
    configuration: &Configuration,
    args: &Args,
    keys: Keys,
    portal: &MemberId,
) -> anyhow::Result<Report> {
    let head = certlens_backup::file::head_of(&args.file)?;
    let wants_rotation = head.is_of_the_other_key(&keys);
    let data = Data::open(configuration).await?;
    let restored = restored_portal(&data, &args.file, &head, keys, portal).await;
    data.close().await;
    Ok(Report::of_portal(&head, restored?, wants_rotation))
}

async fn restored_portal(
    data: &Data,
    file: &Path,
    head: &Head,
    keys: Keys,
    portal: &MemberId,
) -> anyhow::Result<RestoredPortal> {
    let store = data.store();
    // Other processes write with the key that opens what is there: what is restored must be theirs, too.
    anyhow::ensure!(
        store.opens_secrets().await? != Some(false),
        "the secret key does not open the tokens in this database: set CERTLENS_SECRET_KEY to the key that its servers have, and \
         CERTLENS_SECRET_KEY_PREVIOUS to the backup's if that is another one"
    );
    // An entry names its portal, so that it goes with it: of one that is not there, it can only be begun afterwards.
    let begun = if store.portal(portal).await?.is_some() {
        Some(begin_audit(&store, portal).await?)
    } else {
        None
    };
    let restored = async {
        let mut connection = data.store_connection().await?;
        anyhow::Ok(certlens_backup::restore_portal(&mut connection, file, keys, portal).await?)
    };
    let restored = restored.await;
    let end = end_of_audit(head, file, &restored);
    let ended = async {
        let entry = match begun {
            Some(entry) => entry,
            None if restored.is_err() => return Ok(()),
            None => begin_audit(&store, portal).await?,
        };
        store.end_audit(entry, &end).await
    };
    // What was done is done.
    if let Err(error) = ended.await {
        tracing::error!(
            error = &error as &dyn Error,
            "the restoration, or its end, is missing in the audit log"
        );
    }
    restored
}

async fn begin_audit(store: &Store, portal: &MemberId) -> Result<AuditId, StoreError> {
    let actor = Actor {
        user: None,
        name: COMMAND_LINE.to_owned(),
    };
    let entry = NewAuditEntry {
        member_id: Some(portal),
        actor: &actor,
        action: "portals.restore",
        subject: portal.as_str(),
        reason: None,
        request_id: None,
    };
    store.begin_audit(&entry).await
}

fn end_of_audit(head: &Head, file: &Path, restored: &anyhow::Result<RestoredPortal>) -> AuditEnd {
    let (outcome, message, rows) = match restored {
        Ok(restored) => {
            let rows: u64 = restored.tables.iter().map(|table| table.rows).sum();
            let message = format!("{rows} rows restored from the backup of {}", head.made_at);
            (AuditOutcome::Done, message, Some(rows))
        }
        Err(error) => (AuditOutcome::Failed, sentences(error.as_ref()), None),
    };
    AuditEnd {
        outcome,
        message,
        before: None,
        after: rows
            .map(|rows| json!({"file": file.to_string_lossy(), "made_at": head.made_at, "rows": rows})),
    }
}
