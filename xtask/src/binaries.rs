//! The server and the programs beside it: built by cargo, with the engine's library linked to their side.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use crate::layout::Layout;
use crate::program::Invocation;
use crate::requirement::engine_library;

/// How the programs are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// For tests: quick to build.
    Dev,
    /// For people: quick to run.
    Release,
}

impl Profile {
    pub(crate) fn directory(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

/// Builds the programs, and puts the engine's library where they look for it.
pub(crate) fn build(layout: &Layout, profile: Profile) -> anyhow::Result<()> {
    let cargo = Invocation::cargo()
        .directory(layout.root())
        .bound(Duration::from_mins(45));
    let cargo = cargo.args(["build", "--locked"]);
    match profile {
        // Everything at once, tests too: built apart, crates would be compiled twice for their features' sake.
        Profile::Dev => cargo
            .args(["--workspace", "--exclude", "certlens-frontend", "--all-targets"])
            .run()?,
        Profile::Release => cargo
            .args([
                "--release",
                "--bins",
                "-p",
                "certlens",
                "-p",
                "certlens-clickhouse-embedded",
            ])
            .args(["-p", "certlens-portal-sim"])
            .run()?,
    }
    link_engine_library(layout, &layout.programs(profile))
}

fn link_engine_library(layout: &Layout, programs: &Path) -> anyhow::Result<()> {
    let library = engine_library(layout)
        .context("the ClickHouse engine library is missing: run `cargo xtask setup`")?;
    let link = programs.join("libchdb.so");
    if fs::read_link(&link).is_ok_and(|present| present == library) {
        return Ok(());
    }
    // Missing is fine.
    let _ = fs::remove_file(&link);
    symlink(&library, &link).with_context(|| format!("linking {}", link.display()))
}
