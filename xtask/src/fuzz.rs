//! `cargo xtask fuzz`: the parsers of foreign input under a fuzzer's instruments; and `cargo xtask audit`: dependencies against known
//! holes. Both need tools that are compiled for minutes, so nothing installs them by the way.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::layout::Layout;
use crate::program::Invocation;

/// What is fuzzed, and for how long.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// The target; without it, all of them one after the other
    target: Option<String>,
    /// How long each is fuzzed
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

/// Runs cargo-fuzz.
pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    if !Invocation::cargo().args(["fuzz", "--version"]).succeeds() {
        bail!(
            "cargo-fuzz is not installed: `cargo install cargo-fuzz --locked`. Without it `cargo test -p certlens-fuzz-targets` runs the \
             corpus and some thousand changes of it"
        );
    }
    let package = layout.root().join("fuzz");
    // The versions that the service is built with.
    fs::copy(layout.root().join("Cargo.lock"), package.join("Cargo.lock")).context("copying Cargo.lock")?;
    let targets = targets(layout)?;
    let wanted: Vec<&String> =
        match &options.target {
            Some(target) => {
                let known = targets.iter().find(|known| *known == target);
                vec![known.with_context(|| {
                    format!("there is no target {target}; there are {}", targets.join(", "))
                })?]
            }
            None => targets.iter().collect(),
        };
    for target in wanted {
        println!("\n== {target}");
        // What the fuzzer finds goes into the first folder; the samples of the project stay as they are.
        let found = package.join("target/found").join(target);
        fs::create_dir_all(&found).with_context(|| format!("creating {}", found.display()))?;
        Invocation::cargo()
            .args(["fuzz", "run", target])
            .args([found, package.join("corpus").join(target)])
            .arg("--")
            .arg(format!("-max_total_time={}", options.seconds))
            .args(["-rss_limit_mb=2048", "-timeout=20", "-max_len=65536"])
            // The fuzzer's instruments are options of nightly compilers; the project's own compiler takes them as well when told so.
            .env("RUSTC_BOOTSTRAP", "1")
            .directory(layout.root())
            // The first one is compiled before.
            .bound(Duration::from_secs(options.seconds) + Duration::from_mins(30))
            .run()?;
    }
    Ok(())
}

/// The names of the targets: of the programs in `fuzz/fuzz_targets`.
fn targets(layout: &Layout) -> anyhow::Result<Vec<String>> {
    let folder = layout.root().join("fuzz/fuzz_targets");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// Asks cargo-deny and cargo-audit, as far as they are installed.
pub(crate) fn audit(layout: &Layout) -> anyhow::Result<()> {
    let mut asked = false;
    if Invocation::cargo().args(["deny", "--version"]).succeeds() {
        asked = true;
        println!("== licences, bans, sources");
        let offline = Invocation::cargo().args(["deny", "check", "licenses", "bans", "sources"]);
        offline.directory(layout.root()).run()?;
        println!("== advisories (their list is fetched)");
        Invocation::cargo()
            .args(["deny", "check", "advisories"])
            .directory(layout.root())
            .run()?;
    }
    if Invocation::cargo().args(["audit", "--version"]).succeeds() {
        asked = true;
        println!("== cargo audit (its list is fetched)");
        Invocation::cargo().arg("audit").directory(layout.root()).run()?;
    }
    if !asked {
        bail!(
            "neither cargo-deny nor cargo-audit is installed: `cargo install cargo-deny cargo-audit --locked`"
        );
    }
    Ok(())
}
