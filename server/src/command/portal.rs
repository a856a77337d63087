//! `certlens portal`: the portals that installed the application, their repair and their data, and local applications.

mod application;
mod belongings;
mod check;
mod forgetting;
mod list;
mod repair;

use crate::configuration::Configuration;
use certlens_store::MemberId;
use std::path::PathBuf;
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
    /// Prove a portal's tokens, bind its missing tabs and events, begin failed work anew; say what people have to do
    Repair {
        /// The portal, 32 hexadecimal digits as `certlens portal list` shows them
        #[arg(value_parser = platform_name, required_unless_present = "all")]
        member_id: Option<certlens_bitrix24::MemberId>,
        /// All portals that have not removed the application, one after the other
        #[arg(long, conflicts_with = "member_id")]
        all: bool,
        #[arg(
            long,
            help = "Print one JSON object for each portal: {member_id, is_healthy, steps, needs}"
        )]
        json: bool,
    },
    /// Forget tokens and secrets that the present secret key does not open, so that portals can bring new ones; without
    /// --yes only say which
    ForgetTokens {
        /// Really forget them: the former key, should it be found, opens nothing any more
        #[arg(long)]
        yes: bool,
        /// Forget every portal's application token, too, whatever else is readable: after a loss of the key that was noticed when
        /// visits had brought new tokens already, and portals' events are still not believed
        #[arg(long, requires = "yes")]
        key_lost: bool,
    },
    /// Look at a portal as the hourly check does: tokens, tabs and events, cards and their page; changes nothing there
    Check {
        /// The portal, 32 hexadecimal digits as `certlens portal list` shows them
        #[arg(value_parser = platform_name)]
        member_id: certlens_bitrix24::MemberId,
        #[arg(long, help = "Print one JSON object: {is_healthy, steps, deviations}")]
        json: bool,
    },
    /// Write everything that is kept of a portal as JSON lines, without tokens and secrets
    Export {
        /// The portal, 32 hexadecimal digits as `certlens portal list` shows them
        #[arg(value_parser = name)]
        member_id: MemberId,
        /// File to write; it appears when it is complete [default: standard output]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Delete everything that is kept of a portal; without --yes only say what that is
    Erase {
        /// The portal, 32 hexadecimal digits as `certlens portal list` shows them
        #[arg(value_parser = name)]
        member_id: MemberId,
        /// Really delete it: nothing brings it back but a backup
        #[arg(long)]
        yes: bool,
    },
    /// Keep the list of local applications: those that a portal made for itself, outside the market
    Application(application::Args),
}

fn name(text: &str) -> Result<MemberId, String> {
    MemberId::parse(text).map_err(|error| error.to_string())
}

fn platform_name(text: &str) -> Result<certlens_bitrix24::MemberId, String> {
    certlens_bitrix24::MemberId::parse(text).map_err(|error| error.to_string())
}

/// Runs the command.
pub async fn run(configuration: &Configuration, args: Args) -> anyhow::Result<ExitCode> {
    match args.action {
        Action::List { json } => list::run(configuration, json).await,
        Action::Repair { member_id, json, .. } => repair::run(configuration, member_id.as_ref(), json).await,
        Action::ForgetTokens { yes, key_lost } => forgetting::run(configuration, yes, key_lost).await,
        Action::Check { member_id, json } => check::run(configuration, &member_id, json).await,
        Action::Export { member_id, out } => {
            belongings::export(configuration, &member_id, out.as_deref()).await
        }
        Action::Erase { member_id, yes } => belongings::erase(configuration, &member_id, yes).await,
        Action::Application(args) => application::run(configuration, args).await,
    }
}
