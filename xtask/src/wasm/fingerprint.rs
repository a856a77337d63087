//! Whether the browser's half on disk was made of today's sources.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use anyhow::Context as _;

use super::files_of;
use super::toolchain::WasmToolchain;
use crate::layout::Layout;

/// What goes into the browser's half.
const SOURCES: [&str; 11] = [
    "app",
    "frontend",
    "crates/domain",
    "style",
    "public",
    "Cargo.toml",
    "Cargo.lock",
    "xtask/node/compress.js",
    "xtask/node/package-lock.json",
    "xtask/src/wasm.rs",
    "xtask/src/wasm",
];

/// A number that differs when a source, its name, or the compiler does.
pub(super) fn of(layout: &Layout, toolchain: &WasmToolchain) -> anyhow::Result<String> {
    let mut hasher = DefaultHasher::new();
    toolchain.to_string().hash(&mut hasher);
    for source in SOURCES {
        add(&layout.join(source), &mut hasher)?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn add(path: &Path, hasher: &mut DefaultHasher) -> anyhow::Result<()> {
    if path.is_dir() {
        return files_of(path)?.iter().try_for_each(|inside| add(inside, hasher));
    }
    path.hash(hasher);
    fs::read(path)
        .with_context(|| format!("reading {}", path.display()))?
        .hash(hasher);
    Ok(())
}

pub(super) fn is(site: &Path, fingerprint: &str) -> bool {
    fs::read_to_string(site.join(".fingerprint")).is_ok_and(|present| present == fingerprint)
}

pub(super) fn note(site: &Path, fingerprint: &str) -> anyhow::Result<()> {
    fs::write(site.join(".fingerprint"), fingerprint).context("noting what the browser's half was made of")
}

pub(super) fn forget(site: &Path) {
    // Missing is what we want.
    let _ = fs::remove_file(site.join(".fingerprint"));
}
