//! Debian's packages, installed as root or through sudo.

use std::path::Path;
use std::time::Duration;

use crate::program::{Invocation, find};

const BOUND: Duration = Duration::from_mins(20);

pub(crate) fn is_debian() -> bool {
    Path::new("/etc/debian_version").is_file() && find("apt-get").is_some()
}

/// Installs packages, refreshing the lists first; nothing when there are none to install.
pub(crate) fn install(packages: &[&str]) -> anyhow::Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    println!("setup: Debian packages {}", packages.join(" "));
    apt(packages)?.args(["update", "--quiet=2"]).run()?;
    apt(packages)?
        .args(["install", "--yes", "--quiet=2", "--no-install-recommends"])
        .args(packages)
        .run()
}

fn apt(packages: &[&str]) -> anyhow::Result<Invocation> {
    let root = rustix::process::geteuid().is_root();
    anyhow::ensure!(
        root || find("sudo").is_some(),
        "Debian packages are missing, and this is neither root nor is sudo there; as root, run: apt-get install {}",
        packages.join(" ")
    );
    let invocation = if root {
        Invocation::new("env")
    } else {
        Invocation::new("sudo").arg("env").asks_questions()
    };
    Ok(invocation
        .args(["DEBIAN_FRONTEND=noninteractive", "apt-get"])
        .bound(BOUND))
}
