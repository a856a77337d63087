//! `docs/licences.md`: every package that comes into the programs, its version and its licence, as cargo knows them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::layout::Layout;

const HEAD: &str = "# Licences of dependencies

Made by `cargo xtask licences` from `Cargo.lock`; `cargo xtask check` fails when it is not current. All packages that any of the
programs, the browser's half or the tests can bring along are listed, for Linux and WebAssembly. Which licences are allowed stands
in `deny.toml`.

";

/// Writes the list.
pub(crate) fn write(layout: &Layout) -> anyhow::Result<()> {
    let file = file(layout);
    fs::write(&file, list(layout)?).with_context(|| format!("writing {}", file.display()))
}

/// Fails when the list is not what it should be.
pub(crate) fn check(layout: &Layout) -> anyhow::Result<()> {
    let file = file(layout);
    let found = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    if found != list(layout)? {
        bail!("{} is not current: run `cargo xtask licences`", file.display());
    }
    Ok(())
}

fn file(layout: &Layout) -> PathBuf {
    layout.root().join("docs/licences.md")
}

fn list(layout: &Layout) -> anyhow::Result<String> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["metadata", "--format-version", "1", "--locked"]);
    for platform in ["x86_64-unknown-linux-gnu", "wasm32-unknown-unknown"] {
        command.args(["--filter-platform", platform]);
    }
    let output = command
        .current_dir(layout.root())
        .output()
        .context("running cargo metadata")?;
    if !output.status.success() {
        bail!(
            "cargo metadata failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let metadata: Value =
        serde_json::from_slice(&output.stdout).context("reading what cargo metadata says")?;
    rendered(&metadata)
}

fn rendered(metadata: &Value) -> anyhow::Result<String> {
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata lists no packages")?;
    let mut by_licence: BTreeMap<&str, u32> = BTreeMap::new();
    let mut rows = Vec::new();
    // Our own packages have no source.
    for package in packages.iter().filter(|package| !package["source"].is_null()) {
        let text = |name: &str| package[name].as_str().unwrap_or_default();
        let licence = package["license"].as_str().unwrap_or("see the package");
        *by_licence.entry(licence).or_default() += 1;
        rows.push((text("name"), text("version"), licence));
    }
    rows.sort_unstable();
    rows.dedup();
    let mut list = HEAD.to_owned();
    // Writing to a text does not fail.
    let _ = writeln!(list, "| licence | packages |\n|---|---|");
    for (licence, packages) in by_licence {
        let _ = writeln!(list, "| {licence} | {packages} |");
    }
    let _ = writeln!(list, "\n| package | version | licence |\n|---|---|---|");
    for (name, version, licence) in rows {
        let _ = writeln!(list, "| {name} | {version} | {licence} |");
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn list_has_foreign_packages_by_name_and_counts_their_licences() {
        let metadata = json!({"packages": [
            {"name": "zeta", "version": "2.0.0", "license": "MIT", "source": "registry"},
            {"name": "alpha", "version": "1.0.0", "license": null, "source": "registry"},
            {"name": "certlens", "version": "0.1.0", "license": "Apache-2.0", "source": null},
        ]});

        let list = rendered(&metadata).unwrap();

        assert!(list.contains("| MIT | 1 |"), "{list}");
        assert!(
            list.ends_with("| alpha | 1.0.0 | see the package |\n| zeta | 2.0.0 | MIT |\n"),
            "{list}"
        );
        assert!(!list.contains("certlens |"), "{list}");
    }
}
