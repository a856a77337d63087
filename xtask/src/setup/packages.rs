//! npm packages, exactly those of a lockfile.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use crate::program::Invocation;

const LOCKFILE: &str = "package-lock.json";
/// A copy of the lockfile that the installed packages are of.
const INSTALLED: &str = "node_modules/.installed-lockfile";

/// Whether the packages in `directory` are those of its lockfile.
pub(crate) fn installed(directory: &Path) -> bool {
    match (
        fs::read(directory.join(LOCKFILE)),
        fs::read(directory.join(INSTALLED)),
    ) {
        (Ok(wanted), Ok(present)) => wanted == present,
        _ => false,
    }
}

/// Installs the packages of `directory`'s lockfile; nothing when they are there.
pub(crate) fn install(directory: &Path) -> anyhow::Result<()> {
    if installed(directory) {
        return Ok(());
    }
    println!("setup: npm packages of {}", directory.display());
    Invocation::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        // The tests use the system's Chromium.
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
        .directory(directory)
        .bound(Duration::from_mins(20))
        .run()?;
    fs::copy(directory.join(LOCKFILE), directory.join(INSTALLED)).context("noting what is installed")?;
    Ok(())
}
