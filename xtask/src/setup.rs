//! `cargo xtask setup`, and the same as the first step of the other commands: brings what is missing, through package
//! managers only, and nothing when all is there.

mod debian;
pub(crate) mod packages;

use anyhow::bail;
pub(crate) use debian::install as install_debian_packages;

use crate::layout::Layout;
use crate::program::{Invocation, find};
use crate::requirement::{NeededFor, Requirement, Source, inspect};
use crate::wasm::toolchain;

/// What the set-up is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Building and running.
    Build,
    /// Tests too.
    Everything,
}

impl Purpose {
    fn needs(self, requirement: &Requirement) -> bool {
        match requirement.needed_for {
            NeededFor::Everything => true,
            NeededFor::Tests => self == Self::Everything,
            NeededFor::Comfort => false,
        }
    }
}

/// Brings what is missing for `purpose`.
pub(crate) fn run(layout: &Layout, purpose: Purpose) -> anyhow::Result<()> {
    let missing = inspect(layout)
        .into_iter()
        .filter(|requirement| requirement.found.is_none() && purpose.needs(requirement))
        .collect::<Vec<_>>();
    if missing.is_empty() {
        return Ok(());
    }
    refuse_what_we_cannot_bring(&missing)?;
    let wanted = missing.iter().filter_map(|requirement| match requirement.source {
        Source::Debian(packages) => Some(packages),
        _ => None,
    });
    debian::install(&wanted.flatten().copied().collect::<Vec<_>>())?;
    let absent = |name: &str| missing.iter().any(|requirement| requirement.name == name);
    if absent("clippy and rustfmt") {
        println!("setup: clippy and rustfmt");
        Invocation::new("rustup")
            .args(["component", "add", "clippy", "rustfmt"])
            .run()?;
    }
    if absent("WASM target") {
        toolchain::install(layout)?;
    }
    packages::install(&layout.build_tools())?;
    if purpose == Purpose::Everything {
        packages::install(&layout.end2end())?;
    }
    let still = inspect(layout);
    let still = still
        .iter()
        .filter(|requirement| requirement.found.is_none() && purpose.needs(requirement));
    let still = still.map(describe).collect::<Vec<_>>();
    anyhow::ensure!(
        still.is_empty(),
        "the set-up is done, and yet there are missing:\n{}",
        still.join("\n")
    );
    println!("setup: done");
    Ok(())
}

/// Before anything is done: on a system that we can't equip, say all that is missing at once.
fn refuse_what_we_cannot_bring(missing: &[Requirement]) -> anyhow::Result<()> {
    let debian = debian::is_debian();
    let for_person = missing.iter().filter(|requirement| match requirement.source {
        Source::Person => true,
        Source::Debian(_) => !debian,
        Source::Setup => requirement.name == "clippy and rustfmt" && find("rustup").is_none(),
    });
    let for_person = for_person.map(describe).collect::<Vec<_>>();
    if for_person.is_empty() {
        return Ok(());
    }
    bail!(
        "these are missing and can't be installed from here (set-up knows Debian only):\n{}",
        for_person.join("\n")
    )
}

fn describe(requirement: &Requirement) -> String {
    format!("  {}: {}", requirement.name, requirement.remedy)
}
