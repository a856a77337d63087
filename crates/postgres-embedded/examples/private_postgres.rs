//! Runs a private Postgres in the directory given until SIGTERM or SIGINT: `private_postgres DIRECTORY`.
//!
//! `cargo xtask sqlx` uses it: queries can't be prepared by a program that does not compile before they are.

use std::process::ExitCode;

use certlens_postgres_embedded::{PostgresOptions, PrivatePostgres};
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let Some(directory) = std::env::args_os().nth(1) else {
        eprintln!("usage: private_postgres DIRECTORY");
        return ExitCode::from(2);
    };
    let (Ok(mut interrupted), Ok(mut terminated)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        eprintln!("signals can't be handled");
        return ExitCode::FAILURE;
    };
    let server = match PrivatePostgres::start(&PostgresOptions::new(directory)).await {
        Ok(server) => server,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    println!("ready on port {}", server.port());
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    server.stop().await;
    ExitCode::SUCCESS
}
