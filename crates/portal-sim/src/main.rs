//! `portal-sim`: the portal simulator as a program.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use certlens_portal_sim::{Seed, Simulator, SimulatorOptions};
use clap::Parser;

/// A Bitrix24 portal simulator for demos and tests. Keeps everything in memory.
#[derive(Debug, Parser)]
#[command(name = "portal-sim", version)]
struct Arguments {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// Host name of the portal, without a port [default: the seed's, else portal-a.localhost].
    #[arg(long)]
    portal_host: Option<String>,
    /// Address of the application under test.
    #[arg(long, default_value = "http://app.localhost:3000")]
    app_url: String,
    /// Client identifier of the application.
    #[arg(long, default_value = "app.certlens.demo")]
    client_id: String,
    /// Client secret of the application.
    #[arg(
        long,
        default_value = "certlens-demo-secret-for-the-simulator-only",
        hide_default_value = true
    )]
    client_secret: String,
    /// The portal's content as JSON; a sample is built in.
    #[arg(long, value_name = "FILE")]
    seed_file: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    let arguments = Arguments::parse();
    let seed = arguments
        .seed_file
        .map(|file| -> anyhow::Result<Seed> {
            let shown = file.display().to_string();
            let text = std::fs::read_to_string(&file).with_context(|| format!("can't read {shown}"))?;
            Seed::from_json(&text).with_context(|| format!("can't use {shown}"))
        })
        .transpose()?;
    let simulator = Simulator::start(SimulatorOptions {
        listen: arguments.listen,
        portal_host: arguments.portal_host,
        app_url: arguments.app_url,
        client_id: arguments.client_id,
        client_secret: arguments.client_secret,
        seed,
        ..SimulatorOptions::default()
    })
    .await?;
    // The one line that a starting program waits for.
    println!(
        "portal {} authorization {}",
        simulator.portal_url(),
        simulator.auth_url()
    );
    tokio::select! {
        () = simulator.run() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted.context("can't listen for Ctrl-C")?,
    }
    Ok(())
}
