//! `cargo xtask portal`: the portal simulator by itself, for work on the application and for other people's SDKs.

use std::time::Duration;

use clap::Args;

use crate::layout::Layout;
use crate::program::Invocation;

/// Long enough for a developer's day; Ctrl-C ends it earlier.
const A_DAY: Duration = Duration::from_hours(24);

/// What goes to the simulator.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Options of the simulator, such as `--portals 3 --companies 10000`; `--help` lists them
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Builds the simulator alone and runs it until Ctrl-C. Its addresses are the first lines that it prints.
pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    Invocation::cargo()
        .directory(layout.root())
        .args(["run", "--locked", "--release", "-p", "certlens-portal-sim", "--"])
        .args(&options.arguments)
        .bound(A_DAY)
        .run()
}
