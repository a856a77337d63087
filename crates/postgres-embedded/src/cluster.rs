//! The files of a cluster: made once with `initdb`, the password beside it, and what a killed run left behind.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::account::Account;
use crate::programs::PostgresPrograms;
use crate::server::as_account;
use crate::{DATABASE, PostgresError, USER};

/// How long a server of an earlier run may take to end.
const LEFTOVER_BOUND: Duration = Duration::from_secs(20);

pub(crate) fn data_directory(directory: &Path) -> PathBuf {
    directory.join("cluster")
}

/// Makes the cluster when there is none; returns the superuser's password.
///
/// A cluster is made under another name and renamed when complete, so that an interrupted run leaves none half made.
pub(crate) async fn ensure(
    programs: &PostgresPrograms,
    account: &Account,
    directory: &Path,
) -> Result<String, PostgresError> {
    let password_file = directory.join("password");
    let cluster = data_directory(directory);
    if cluster.join("PG_VERSION").is_file() {
        return read(&password_file);
    }
    let unfinished = directory.join("cluster.unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(failed_at(&unfinished))?;
    }
    let password = generate_password()?;
    write_private(&password_file, &password)?;
    account.take(&password_file, 0o600)?;
    initialise(programs, account, &unfinished, &password_file).await?;
    create_database(programs, account, &unfinished).await?;
    fs::rename(&unfinished, &cluster).map_err(failed_at(&cluster))?;
    tracing::info!(directory = %cluster.display(), version = programs.major_version, "database cluster made");
    Ok(password)
}

async fn initialise(
    programs: &PostgresPrograms,
    account: &Account,
    cluster: &Path,
    password_file: &Path,
) -> Result<(), PostgresError> {
    let mut command = Command::from(as_account(account, &programs.initdb()));
    command
        .arg("--pgdata")
        .arg(cluster)
        .args([
            "--username",
            USER,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ])
        .arg("--pwfile")
        .arg(password_file)
        .stdin(Stdio::null());
    let output = command
        .output()
        .await
        .map_err(|source| tool_error(&source, cluster))?;
    succeeded(&output, &programs.initdb(), cluster)
}

/// Creates the database in single-user mode: no client library, no listening server, no race.
async fn create_database(
    programs: &PostgresPrograms,
    account: &Account,
    cluster: &Path,
) -> Result<(), PostgresError> {
    let mut child = Command::from(as_account(account, &programs.postgres()))
        .arg("--single")
        .arg("-D")
        .arg(cluster)
        .arg("postgres")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| tool_error(&source, cluster))?;
    if let Some(mut input) = child.stdin.take() {
        let statement = format!("CREATE DATABASE {DATABASE}\n");
        input
            .write_all(statement.as_bytes())
            .await
            .map_err(failed_at(cluster))?;
    }
    let output = child.wait_with_output().await.map_err(failed_at(cluster))?;
    succeeded(&output, &programs.postgres(), cluster)
}

/// Ends a server of an earlier run that was killed without its child, and removes a lock file that nobody holds.
///
/// Callers hold their own lock on the directory, so a server found here belongs to nobody.
pub(crate) async fn end_leftover_server(directory: &Path) -> Result<(), PostgresError> {
    let cluster = data_directory(directory);
    let lock = cluster.join("postmaster.pid");
    let Ok(content) = fs::read_to_string(&lock) else {
        return Ok(());
    };
    let process_id = content
        .lines()
        .next()
        .and_then(|line| line.trim().parse::<i32>().ok());
    if let Some(pid) = process_id.and_then(Pid::from_raw)
        && serves(pid, &cluster)
    {
        let process_id = pid.as_raw_nonzero().get().unsigned_abs();
        tracing::warn!(process_id, "ending a Postgres that an earlier run left behind");
        // An error means that it has just ended.
        let _ = rustix::process::kill_process(pid, Signal::INT);
        let deadline = tokio::time::Instant::now() + LEFTOVER_BOUND;
        while serves(pid, &cluster) {
            if tokio::time::Instant::now() >= deadline {
                return Err(PostgresError::StillRunning {
                    path: directory.to_path_buf(),
                    process_id,
                });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    end_orphans(directory, &cluster).await?;
    match fs::remove_file(&lock) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(PostgresError::Directory { path: lock, source })
        }
        _ => Ok(()),
    }
}

/// Ends the children of a server that was killed. Until the last of them is gone a new server beside them would ruin the
/// data, and without the lock file, which we remove, it could not know.
async fn end_orphans(directory: &Path, cluster: &Path) -> Result<(), PostgresError> {
    let deadline = tokio::time::Instant::now() + LEFTOVER_BOUND;
    let mut signal = Signal::QUIT;
    loop {
        let orphans = orphans(cluster);
        let Some(first) = orphans.first() else {
            return Ok(());
        };
        if tokio::time::Instant::now() >= deadline {
            return Err(PostgresError::StillRunning {
                path: directory.to_path_buf(),
                process_id: first.as_raw_nonzero().get().unsigned_abs(),
            });
        }
        for orphan in orphans {
            // An error means that it has just ended.
            let _ = rustix::process::kill_process(orphan, signal);
        }
        // A stopped process does not hear the first.
        tokio::time::sleep(Duration::from_millis(200)).await;
        signal = Signal::KILL;
    }
}

/// Processes that work in the cluster.
fn orphans(cluster: &Path) -> Vec<Pid> {
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    processes
        .filter_map(|process| process.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(Pid::from_raw)
        .filter(|pid| serves(*pid, cluster))
        .collect()
}

/// Whether process `pid` is a live Postgres on `cluster`: process ids are used again, so the number alone says
/// nothing. A server's working directory is its cluster.
fn serves(pid: Pid, cluster: &Path) -> bool {
    let process = PathBuf::from("/proc").join(pid.as_raw_nonzero().to_string());
    let named_postgres =
        fs::read_to_string(process.join("comm")).is_ok_and(|name| name.trim_end() == "postgres");
    named_postgres && fs::read_link(process.join("cwd")).is_ok_and(|place| place == cluster)
}

fn generate_password() -> Result<String, PostgresError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| PostgresError::Entropy(error.to_string()))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

fn write_private(path: &Path, content: &str) -> Result<(), PostgresError> {
    fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(content.as_bytes()))
        .map_err(failed_at(path))
}

fn read(path: &Path) -> Result<String, PostgresError> {
    fs::read_to_string(path)
        .map(|content| content.trim().to_owned())
        .map_err(failed_at(path))
}

fn failed_at(path: &Path) -> impl Fn(std::io::Error) -> PostgresError {
    move |source| PostgresError::Directory {
        path: path.to_path_buf(),
        source,
    }
}

/// `setpriv` is the only program that is run by its bare name, so a missing file means that one.
pub(crate) fn tool_error(source: &std::io::Error, path: &Path) -> PostgresError {
    if source.kind() == std::io::ErrorKind::NotFound {
        return PostgresError::ToolMissing {
            program: "setpriv",
            package: "util-linux",
        };
    }
    PostgresError::Start {
        path: path.to_path_buf(),
        reason: format!("the program could not be run: {source}"),
        log: String::new(),
    }
}

fn succeeded(output: &Output, program: &Path, cluster: &Path) -> Result<(), PostgresError> {
    if output.status.success() {
        return Ok(());
    }
    let printed = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = printed.lines().collect::<Vec<_>>();
    Err(PostgresError::Initialise {
        program: program.to_path_buf(),
        path: cluster.to_path_buf(),
        output: lines[lines.len().saturating_sub(5)..].join("; "),
    })
}
