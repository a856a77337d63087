//! `certlens portal`: the portals that installed the application, and their local applications.

mod application;
mod list;

use crate::configuration::Configuration;
use std::process::ExitCode;

/// Shows the portals that installed the application, and keeps the list of local applications.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List all portals, by domain
    List {
        #[arg(long, help = "Print one JSON array: [{member_id, domain, state}]")]
        json: bool,
    },
    /// Keep the list of local applications: those that a portal made for itself, outside the market
    Application(application::Args),
}

/// Runs the command.
pub async fn run(configuration: &Configuration, args: Args) -> anyhow::Result<ExitCode> {
    match args.action {
        Action::List { json } => list::run(configuration, json).await,
        Action::Application(args) => application::run(configuration, args).await,
    }
}
