//! One process with private engines, as on a single machine: itself and each of its children killed, one after the other,
//! each started again by whoever started it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::process::Command;

use crate::fleet::Kept;
use crate::world::{free_port, logs, processes_in};

/// The parts of a single machine.
#[derive(Debug, Clone, Copy)]
enum Part {
    Service,
    Postgres,
    ClickHouse,
}

fn start(data_dir: &Path) -> Kept {
    let port = free_port();
    let data_dir = data_dir.to_path_buf();
    Kept::start(port, logs().join(format!("alone-{port}.log")), move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certlens"));
        command
            .arg("serve")
            .env("CERTLENS_DATABASE_URL", "")
            .env("CERTLENS_CLICKHOUSE_URL", "")
            .env("CERTLENS_CLICKHOUSE_MEMORY", "1GiB")
            .env("CERTLENS_DATA_DIR", &data_dir)
            .env("CERTLENS_LISTEN", format!("127.0.0.1:{port}"))
            .env("RUST_LOG", "info")
            .current_dir("/");
        command
    })
}

/// The process that leads the part: of Postgres's many the one that its lock file names.
fn process(data_dir: &Path, part: Part) -> Option<Pid> {
    match part {
        Part::Service => None,
        Part::Postgres => {
            let lock = std::fs::read_to_string(data_dir.join("postgres/cluster/postmaster.pid")).ok()?;
            Pid::from_raw(lock.lines().next()?.trim().parse().ok()?)
        }
        Part::ClickHouse => processes_in(&data_dir.join("clickhouse/data")).first().copied(),
    }
}

/// Ready, with both engines at work; without bound, because the test's runner has one.
async fn until_whole(client: &reqwest::Client, service: &Kept) {
    loop {
        let get = async |path| {
            let answer = client
                .get(service.url(path))
                .timeout(Duration::from_secs(5))
                .send()
                .await
                .ok()?;
            let is_fine = answer.status().is_success();
            Some((is_fine, answer.text().await.ok()?))
        };
        let is_ready = matches!(get("/readyz").await, Some((true, _)));
        let asks_clickhouse = get("/metrics").await.is_some_and(|(_, text)| {
            text.lines()
                .any(|line| line.starts_with("certlens_clickhouse_breaker_state") && line.ends_with(" 0"))
        });
        if is_ready && asks_clickhouse {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_machine_is_whole_again_after_each_of_its_processes_was_killed() {
    let directory = TempDir::new().unwrap();
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let data_dir = directory.path().join("data");
    let service = start(&data_dir);
    let client = reqwest::Client::new();
    until_whole(&client, &service).await;

    for part in [
        Part::Postgres,
        Part::ClickHouse,
        Part::Service,
        Part::Postgres,
        Part::Service,
    ] {
        match part {
            Part::Service => service.kill(),
            Part::Postgres | Part::ClickHouse => {
                let victim = process(&data_dir, part).unwrap();
                kill_process(victim, Signal::KILL).unwrap();
                while process(&data_dir, part).is_none_or(|process| process == victim) {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        until_whole(&client, &service).await;
    }

    assert_eq!(
        service.crashes(),
        0,
        "the loss of an engine does not end the service"
    );
    service.stop().await;
    let log = service.log();
    assert!(!log.contains("panicked"), "{log}");
    assert_eq!(
        processes_in(&data_dir.join("postgres/cluster")),
        [],
        "nothing is left behind"
    );
    assert_eq!(processes_in(&data_dir.join("clickhouse/data")), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_machine_serves_though_its_clickhouse_does_not_come_up_and_takes_it_when_it_does() {
    let directory = TempDir::new().unwrap();
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let data_dir = directory.path().join("data");
    let data = data_dir.join("clickhouse/data");
    std::fs::create_dir_all(&data).unwrap();
    // Of an engine that will be written some day.
    let version = data.join("certlens.version");
    std::fs::write(&version, "99.1.1\n").unwrap();
    let client = reqwest::Client::new();

    let service = start(&data_dir);
    loop {
        let answer = client.get(service.url("/readyz")).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let log = service.log();
    std::fs::remove_file(&version).unwrap();
    until_whole(&client, &service).await;

    assert!(log.contains("written by ClickHouse 99.1"), "it says why: {log}");
    assert_eq!(service.crashes(), 0);
    service.stop().await;
}
