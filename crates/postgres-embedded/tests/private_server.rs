//! A private server from start to stop, on the machine's real Postgres.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use certlens_postgres_embedded::{PostgresOptions, PrivatePostgres};
use sqlx::{Connection as _, PgConnection};

/// A directory that the unprivileged user of a server started by root can reach.
fn reachable_directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755))
        .expect("the mode of our own directory");
    directory
}

async fn start(directory: &Path) -> PrivatePostgres {
    let options = PostgresOptions {
        memory: Some(2 << 30),
        ..PostgresOptions::new(directory.join("postgres"))
    };
    PrivatePostgres::start(&options)
        .await
        .expect("a private Postgres")
}

async fn ask(server: &PrivatePostgres, question: &'static str) -> String {
    let mut connection = PgConnection::connect(&server.url()).await.expect("a connection");
    sqlx::query_scalar(question)
        .fetch_one(&mut connection)
        .await
        .expect("an answer")
}

#[tokio::test]
async fn start_in_an_empty_directory_makes_a_utf8_database_with_code_point_order() {
    let directory = reachable_directory();

    let server = start(directory.path()).await;

    assert_eq!(ask(&server, "SHOW server_encoding").await, "UTF8");
    assert_eq!(ask(&server, "SELECT current_database()::text").await, "certlens");
    assert_eq!(
        ask(
            &server,
            "SELECT datcollate::text FROM pg_database WHERE datname = current_database()"
        )
        .await,
        "C.UTF-8"
    );
    assert_eq!(ask(&server, "SHOW listen_addresses").await, "127.0.0.1");
    assert_eq!(ask(&server, "SHOW synchronous_commit").await, "on");
    assert_eq!(ask(&server, "SHOW fsync").await, "on");
    assert_eq!(ask(&server, "SHOW shared_buffers").await, "128MB");
    assert_eq!(ask(&server, "SHOW wal_level").await, "minimal");
    assert_ne!(ask(&server, "SHOW wal_compression").await, "off");
    server.stop().await;
}

#[tokio::test]
async fn connect_with_a_wrong_password_is_refused() {
    let directory = reachable_directory();
    let server = start(directory.path()).await;
    let (head, tail) = server
        .url()
        .rsplit_once('@')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let wrong = format!("{}:wrong@{tail}", head.rsplit_once(':').unwrap().0);

    let refused = PgConnection::connect(&wrong).await;

    assert!(refused.is_err());
    server.stop().await;
}

#[tokio::test]
async fn start_again_after_a_stop_finds_the_data() {
    let directory = reachable_directory();
    let first = start(directory.path()).await;
    let mut connection = PgConnection::connect(&first.url()).await.unwrap();
    sqlx::raw_sql("CREATE TABLE kept AS SELECT 'yes'::text AS answer")
        .execute(&mut connection)
        .await
        .unwrap();
    first.stop().await;

    let second = start(directory.path()).await;

    assert_eq!(ask(&second, "SELECT answer FROM kept").await, "yes");
    second.stop().await;
}

#[tokio::test]
async fn start_after_the_server_was_killed_recovers() {
    let directory = reachable_directory();
    let first = start(directory.path()).await;
    let process = rustix::process::Pid::from_raw(i32::try_from(first.process_id()).unwrap()).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
    first.stop().await;

    let second = start(directory.path()).await;

    assert_eq!(ask(&second, "SELECT 'alive'::text").await, "alive");
    second.stop().await;
}

fn pid(process_id: impl TryInto<i32, Error: std::fmt::Debug>) -> rustix::process::Pid {
    let process_id = process_id.try_into().expect("a process number");
    rustix::process::Pid::from_raw(process_id).expect("a process number is not zero")
}

/// Asks until somebody answers; without bound, because the test's runner has one.
async fn ask_until_it_answers(server: &PrivatePostgres, question: &'static str) -> String {
    loop {
        if let Ok(mut connection) = PgConnection::connect(&server.url()).await
            && let Ok(answer) = sqlx::query_scalar(question).fetch_one(&mut connection).await
        {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_server_that_is_killed_is_started_again_on_the_same_port_with_its_data() {
    let directory = reachable_directory();
    let server = start(directory.path()).await;
    let mut connection = PgConnection::connect(&server.url()).await.unwrap();
    sqlx::raw_sql("CREATE TABLE kept AS SELECT 'yes'::text AS answer")
        .execute(&mut connection)
        .await
        .unwrap();
    let (first, port) = (server.process_id(), server.port());

    rustix::process::kill_process(pid(first), rustix::process::Signal::KILL).unwrap();

    assert_eq!(
        ask_until_it_answers(&server, "SELECT answer FROM kept").await,
        "yes"
    );
    assert_eq!(server.port(), port);
    server.stop().await;
}

/// No process, or one that ended and that nobody has asked for yet: in a container there may be nobody who does.
fn is_gone(process_id: i32) -> bool {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{process_id}/stat")) else {
        return true;
    };
    // The name stands in brackets and may hold anything.
    let state = status.rsplit(") ").next().and_then(|rest| rest.chars().next());
    matches!(state, Some('Z' | 'X'))
}

#[tokio::test]
async fn no_server_is_started_beside_what_a_killed_one_left_behind() {
    let directory = reachable_directory();
    let server = start(directory.path()).await;
    let mut connection = PgConnection::connect(&server.url()).await.unwrap();
    let orphan: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    // One that does not hear that its server is gone.
    rustix::process::kill_process(pid(orphan), rustix::process::Signal::STOP).unwrap();

    rustix::process::kill_process(pid(server.process_id()), rustix::process::Signal::KILL).unwrap();

    assert_eq!(ask_until_it_answers(&server, "SELECT 'back'::text").await, "back");
    assert!(is_gone(orphan), "it lives beside the new server");
    server.stop().await;
}

#[tokio::test]
async fn debug_of_a_running_server_hides_the_password() {
    let directory = reachable_directory();
    let server = start(directory.path()).await;
    let password = std::fs::read_to_string(directory.path().join("postgres/password")).unwrap();

    let shown = format!("{server:?}");

    assert!(!shown.contains(password.trim()));
    server.stop().await;
}
