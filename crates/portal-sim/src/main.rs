//! `portal-sim`: the portal simulator as a program.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use certlens_portal_sim::{GeneratedSeed, Plan, Seed, Simulator, SimulatorOptions};
use clap::{Parser, ValueEnum};

/// How many portals' addresses are printed; `GET /__sim/portals` has the others.
const PORTALS_SHOWN: usize = 5;

/// A Bitrix24 portal simulator for demos and tests. Keeps everything in memory.
#[derive(Debug, Parser)]
#[command(name = "portal-sim", version)]
struct Arguments {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// Host name of the first portal, without a port [default: the seed's, else portal-a.localhost].
    #[arg(long)]
    portal_host: Option<String>,
    /// How many portals to start with: portal-a.localhost, portal-b.localhost, ….
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    portals: u32,
    /// Address of the application under test.
    #[arg(long, default_value = "http://app.localhost:3000")]
    app_url: String,
    /// Path of the application's handler of the authorization-code flow.
    #[arg(long, default_value = "/bitrix/login")]
    login_path: String,
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
    /// The portals' content as JSON; a sample is built in.
    #[arg(long, value_name = "FILE")]
    seed_file: Option<PathBuf>,
    /// So many generated companies after the sample's.
    #[arg(long, conflicts_with = "seed_file")]
    companies: Option<u64>,
    /// So many generated leads [default: a third of the companies].
    #[arg(long, requires = "companies")]
    leads: Option<u64>,
    /// So many generated deals [default: half of the companies].
    #[arg(long, requires = "companies")]
    deals: Option<u64>,
    /// Which content is generated: the same number gives the same.
    #[arg(long, default_value_t = 7, requires = "companies")]
    random: u64,
    /// The portals' plan: how many requests they bear.
    #[arg(long, value_enum, default_value_t = PlanName::Standard)]
    plan: PlanName,
    /// Count requests over the limit, but don't refuse them.
    #[arg(long)]
    no_limits: bool,
    /// Longest delay of an event in milliseconds.
    #[arg(long, default_value_t = 120)]
    event_delay: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PlanName {
    /// 50 requests at once, 2 per second.
    Standard,
    /// 250 requests at once, 5 per second.
    Enterprise,
}

impl Arguments {
    fn seed(&self) -> anyhow::Result<Option<Seed>> {
        if let Some(file) = &self.seed_file {
            let shown = file.display().to_string();
            let text = std::fs::read_to_string(file).with_context(|| format!("can't read {shown}"))?;
            let seed = Seed::from_json(&text).with_context(|| format!("can't use {shown}"))?;
            return Ok(Some(seed));
        }
        let Some(companies) = self.companies else {
            return Ok(None);
        };
        let seed = Seed::generated(GeneratedSeed {
            companies,
            leads: self.leads.unwrap_or(companies / 3),
            deals: self.deals.unwrap_or(companies / 2),
            random: self.random,
        })?;
        Ok(Some(seed))
    }
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
    let simulator = Simulator::start(SimulatorOptions {
        seed: arguments.seed()?,
        listen: arguments.listen,
        portal_host: arguments.portal_host,
        portals: arguments.portals,
        app_url: arguments.app_url,
        login_path: arguments.login_path,
        client_id: arguments.client_id,
        client_secret: arguments.client_secret,
        plan: match arguments.plan {
            PlanName::Standard => Plan::STANDARD,
            PlanName::Enterprise => Plan::ENTERPRISE,
        },
        limits: !arguments.no_limits,
        event_delay_ms: (arguments.event_delay.min(20), arguments.event_delay),
    })
    .await?;
    print_addresses(&simulator);
    tokio::select! {
        () = simulator.run() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted.context("can't listen for Ctrl-C")?,
    }
    Ok(())
}

fn print_addresses(simulator: &Simulator) {
    // The one line that a starting program waits for.
    println!(
        "portal {} authorization {}",
        simulator.portal_url(),
        simulator.auth_url()
    );
    let portals = simulator.portals();
    for portal in portals.iter().take(PORTALS_SHOWN) {
        println!("  {}/  webhook {}", portal.portal_url(), portal.webhook_url());
    }
    if portals.len() > PORTALS_SHOWN {
        println!("  … and {} more", portals.len() - PORTALS_SHOWN);
    }
    println!("  control http://{}/__sim/state", simulator.address());
}
