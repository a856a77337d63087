//! What the machine must have, how we see whether it has it, and what to do when not. Looks only; changes nothing.

use std::fs;
use std::path::{Path, PathBuf};

use crate::layout::Layout;
use crate::program::{Invocation, find};
use crate::setup::packages;
use crate::wasm::toolchain::WasmToolchain;

/// Oldest Postgres that serves.
const OLDEST_POSTGRES: u32 = 14;
/// Oldest Rust that compiles the workspace, by its minor version.
const OLDEST_RUST: u32 = 94;
/// Oldest Node that the npm packages run on.
const OLDEST_NODE: u32 = 20;

/// What a requirement is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NeededFor {
    /// Demo and tests.
    Everything,
    /// Tests only.
    Tests,
    /// Nothing: it makes things better.
    Comfort,
}

/// Who can bring it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A package of Debian.
    Debian(&'static [&'static str]),
    /// Our own set-up, from package managers, without the system's help.
    Setup,
    /// Only the person at the machine.
    Person,
}

/// One requirement and its state on this machine.
#[derive(Debug, Clone)]
pub(crate) struct Requirement {
    pub(crate) name: &'static str,
    pub(crate) needed_for: NeededFor,
    pub(crate) source: Source,
    /// What was found, or `None`.
    pub(crate) found: Option<String>,
    /// How to get it.
    pub(crate) remedy: &'static str,
}

/// Looks at everything.
pub(crate) fn inspect(layout: &Layout) -> Vec<Requirement> {
    [toolchain(), system(), own(layout), comfort()].concat()
}

fn toolchain() -> Vec<Requirement> {
    let everything = NeededFor::Everything;
    vec![
        requirement(
            "Rust 1.94+",
            everything,
            Source::Person,
            rust(),
            "rustup update stable",
        ),
        requirement(
            "clippy and rustfmt",
            NeededFor::Tests,
            Source::Setup,
            cargo_tools(),
            "rustup component add clippy rustfmt",
        ),
        requirement(
            "Node 20+",
            everything,
            Source::Person,
            node(),
            "install Node 20 or newer, with npm",
        ),
        requirement(
            "npm",
            everything,
            Source::Person,
            path_of(&["npm"]),
            "install npm (it comes with Node)",
        ),
    ]
}

fn system() -> Vec<Requirement> {
    vec![
        requirement(
            "PostgreSQL 14+",
            NeededFor::Everything,
            Source::Debian(&["postgresql"]),
            postgres(),
            "install the PostgreSQL server (Debian: postgresql); it need not run",
        ),
        requirement(
            "setpriv",
            NeededFor::Everything,
            Source::Debian(&["util-linux"]),
            path_of(&["setpriv"]),
            "install util-linux",
        ),
        requirement(
            "Chromium",
            NeededFor::Tests,
            Source::Debian(&["chromium"]),
            chromium().map(|path| path.display().to_string()),
            "install Chromium (Debian: chromium)",
        ),
        requirement(
            "fonts Open Sans and DejaVu",
            NeededFor::Tests,
            Source::Debian(&["fonts-open-sans", "fonts-dejavu-core"]),
            fonts(),
            "install Open Sans and DejaVu below /usr/share/fonts/truetype, as end2end/fonts.conf names them (Debian: \
             fonts-open-sans, fonts-dejavu-core)",
        ),
    ]
}

fn own(layout: &Layout) -> Vec<Requirement> {
    let setup = "cargo xtask setup";
    let everything = NeededFor::Everything;
    let wasm = WasmToolchain::find(layout).map(|toolchain| toolchain.to_string());
    let library = engine_library(layout).map(|path| path.display().to_string());
    let build_tools = packages::installed(&layout.build_tools()).then(|| "installed".to_owned());
    let end2end = packages::installed(&layout.end2end()).then(|| "installed".to_owned());
    vec![
        requirement(
            "WASM target",
            everything,
            Source::Setup,
            wasm,
            "rustup target add wasm32-unknown-unknown",
        ),
        requirement(
            "npm packages of the build",
            everything,
            Source::Setup,
            build_tools,
            setup,
        ),
        requirement(
            "ClickHouse engine library",
            everything,
            Source::Setup,
            library,
            setup,
        ),
        requirement(
            "npm packages of the tests",
            NeededFor::Tests,
            Source::Setup,
            end2end,
            setup,
        ),
    ]
}

fn comfort() -> Vec<Requirement> {
    let nextest = Invocation::cargo().args(["nextest", "--version"]).capture();
    let nextest = nextest
        .ok()
        .and_then(|text| text.lines().next().map(str::to_owned));
    vec![requirement(
        "cargo-nextest",
        NeededFor::Comfort,
        Source::Person,
        nextest,
        "cargo install cargo-nextest --locked (without it, `cargo test` runs the tests)",
    )]
}

fn requirement(
    name: &'static str,
    needed_for: NeededFor,
    source: Source,
    found: Option<String>,
    remedy: &'static str,
) -> Requirement {
    Requirement {
        name,
        needed_for,
        source,
        found,
        remedy,
    }
}

/// The engine's library among the npm packages.
pub(crate) fn engine_library(layout: &Layout) -> Option<PathBuf> {
    let packages = fs::read_dir(layout.build_tools().join("node_modules/@chdb")).ok()?;
    packages
        .flatten()
        .map(|package| package.path().join("libchdb.so"))
        .find(|library| library.is_file())
}

/// The browser of the tests.
pub(crate) fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find_map(find)
}

fn path_of(programs: &[&str]) -> Option<String> {
    programs
        .iter()
        .find_map(|program| find(program))
        .map(|path| path.display().to_string())
}

fn rust() -> Option<String> {
    let version = Invocation::new("rustc").arg("--version").capture().ok()?;
    (number_at(&version, 1)? >= OLDEST_RUST).then_some(version)
}

fn cargo_tools() -> Option<String> {
    let present = |tool: &str| Invocation::cargo().args([tool, "--version"]).succeeds();
    (present("clippy") && present("fmt")).then(|| "installed".to_owned())
}

fn node() -> Option<String> {
    let version = Invocation::new("node").arg("--version").capture().ok()?;
    (number_at(&version, 0)? >= OLDEST_NODE).then_some(version)
}

fn postgres() -> Option<String> {
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let debian = debian.map(|entry| entry.path().join("bin/postgres"));
    let programs = debian.chain(find("initdb").and(find("postgres")));
    programs
        .filter_map(|program| Invocation::new(program).arg("--version").capture().ok())
        .find(|version| number_at(version, 0).is_some_and(|major| major >= OLDEST_POSTGRES))
}

/// The fonts that `end2end/fonts.conf` names.
fn fonts() -> Option<String> {
    let truetype = Path::new("/usr/share/fonts/truetype");
    ["open-sans/OpenSans-Regular.ttf", "dejavu/DejaVuSans.ttf"]
        .iter()
        .all(|font| truetype.join(font).is_file())
        .then(|| truetype.display().to_string())
}

/// The number at place `index` of the first version in a text: place 1 of `rustc 1.95.0 (…)` is 95.
fn number_at(text: &str, index: usize) -> Option<u32> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let version = text[start..]
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .next()?;
    version.split('.').nth(index)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::number_at;

    #[test]
    fn number_at_a_place_of_what_programs_print_is_read() {
        assert_eq!(number_at("rustc 1.95.0 (59807616e 2026-04-14)", 1), Some(95));
        assert_eq!(number_at("v20.20.2", 0), Some(20));
        assert_eq!(
            number_at("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)", 0),
            Some(15)
        );
        assert_eq!(number_at("none", 0), None);
    }
}
