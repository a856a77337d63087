//! A Rust that compiles to WASM: rustup's, or, where rustup can't download the target, Debian's compiler with a
//! standard library that is built from Debian's sources.
//!
//! That standard library lies in a sysroot of our own below `target/`, so that nothing of the system is changed.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;

use crate::layout::Layout;
use crate::program::{Invocation, find};
use crate::setup::install_debian_packages;

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's compiler and what goes with it.
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-22"];
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_SOURCES: &str = "/usr/lib/rustlib/src/rust/library";
const DEBIAN_LINKER: &str = "/usr/bin/lld-22";

/// Variables by which rustup's cargo, which runs us, would lead another cargo to rustup's compiler.
const FOREIGN_VARIABLES: [&str; 6] = [
    "CARGO",
    "RUSTC",
    "RUSTUP_TOOLCHAIN",
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TARGET_DIR",
];

/// A tool chain that is ready to compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WasmToolchain {
    /// The one that compiles the server, with the target installed.
    Rustup { version: String },
    /// Debian's, with our sysroot.
    Debian { version: String, sysroot: PathBuf },
}

impl fmt::Display for WasmToolchain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rustup { version } => formatter.write_str(version),
            Self::Debian { version, .. } => write!(formatter, "Debian's {version}"),
        }
    }
}

impl WasmToolchain {
    /// The tool chain that is ready, if there is one.
    pub(crate) fn find(layout: &Layout) -> Option<Self> {
        let libraries = Invocation::new("rustc")
            .args(["--print", "target-libdir", "--target", TARGET])
            .capture();
        if libraries.is_ok_and(|directory| has_standard_library(Path::new(&directory))) {
            let version = Invocation::new("rustc").arg("--version").capture().ok()?;
            return Some(Self::Rustup { version });
        }
        let version = debian_version().ok()?;
        let sysroot = sysroot(layout, &version);
        let complete = has_standard_library(&libraries_of(&sysroot)) && Path::new(DEBIAN_LINKER).is_file();
        complete.then_some(Self::Debian { version, sysroot })
    }

    /// A cargo that compiles for [`TARGET`] when told to.
    pub(crate) fn cargo(&self) -> Invocation {
        match self {
            Self::Rustup { .. } => Invocation::cargo(),
            Self::Debian { sysroot, .. } => debian_cargo()
                // Encoded: a path may hold spaces. With a target given, it does not reach build scripts and macros.
                .env(
                    "CARGO_ENCODED_RUSTFLAGS",
                    format!("--sysroot\x1f{}", sysroot.display()),
                )
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER),
        }
    }
}

/// Installs the target: by rustup where it can, else Debian's way.
pub(crate) fn install(layout: &Layout) -> anyhow::Result<()> {
    println!("setup: WASM target");
    let by_rustup = find("rustup").is_some()
        && Invocation::new("rustup")
            .args(["target", "add", TARGET])
            .bound(Duration::from_mins(5))
            .succeeds();
    if by_rustup && WasmToolchain::find(layout).is_some() {
        return Ok(());
    }
    println!("setup: rustup can't bring the WASM target; Debian's compiler does it instead");
    let present = [DEBIAN_RUSTC, DEBIAN_CARGO, DEBIAN_SOURCES, DEBIAN_LINKER]
        .iter()
        .all(|path| Path::new(path).exists());
    if !present {
        install_debian_packages(&DEBIAN_PACKAGES).with_context(|| {
            format!("without Debian's packages, get the target by `rustup target add {TARGET}`")
        })?;
    }
    let version = debian_version()?;
    build_standard_library(layout, &sysroot(layout, &version))
}

/// Compiles the packaged sources as the dependencies of an empty crate, and keeps the libraries.
fn build_standard_library(layout: &Layout, sysroot: &Path) -> anyhow::Result<()> {
    println!("setup: building the standard library for WASM (about a minute)");
    let package = layout.target().join("wasm-standard-library");
    let source = package.join("src");
    fs::create_dir_all(&source).with_context(|| format!("making {}", source.display()))?;
    let manifest = "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
                    [profile.release]\nopt-level = \"z\"\npanic = \"abort\"\n";
    fs::write(package.join("Cargo.toml"), manifest)?;
    fs::write(source.join("lib.rs"), "")?;
    debian_cargo()
        .env("RUSTC_BOOTSTRAP", "1")
        .args([
            "build",
            "--quiet",
            "--release",
            "-Zbuild-std=std,panic_abort,proc_macro",
            "--target",
            TARGET,
        ])
        .directory(&package)
        .bound(Duration::from_mins(15))
        .run()?;
    let built = package.join("target").join(TARGET).join("release/deps");
    let libraries = libraries_of(sysroot);
    fs::create_dir_all(&libraries).with_context(|| format!("making {}", libraries.display()))?;
    let made = rust_libraries(&built);
    let (standard, others): (Vec<_>, Vec<_>) = made.iter().partition(|library| is_standard(library));
    anyhow::ensure!(
        !standard.is_empty(),
        "the build of the standard library made none in {}",
        built.display()
    );
    // The library by which a complete sysroot is known comes last: an interrupted copy is no sysroot.
    for library in others.into_iter().chain(standard) {
        if !name_of(library).starts_with("libempty-") {
            fs::copy(library, libraries.join(name_of(library)))
                .with_context(|| format!("copying {}", library.display()))?;
        }
    }
    Ok(())
}

fn debian_cargo() -> Invocation {
    let cargo = FOREIGN_VARIABLES
        .iter()
        .fold(Invocation::new(DEBIAN_CARGO), |cargo, name| {
            cargo.without_env(name)
        });
    cargo.env("RUSTC", DEBIAN_RUSTC)
}

fn debian_version() -> anyhow::Result<String> {
    anyhow::ensure!(
        Path::new(DEBIAN_SOURCES).is_dir(),
        "Debian's Rust sources are missing (rust-web-src)"
    );
    Invocation::new(DEBIAN_RUSTC).arg("--version").capture()
}

/// One sysroot for each version of the compiler: libraries of another are refused by it.
fn sysroot(layout: &Layout, version: &str) -> PathBuf {
    let version = version.split_whitespace().nth(1).unwrap_or("unknown");
    layout.target().join("wasm-sysroot").join(version)
}

fn libraries_of(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

fn has_standard_library(directory: &Path) -> bool {
    rust_libraries(directory)
        .iter()
        .any(|library| is_standard(library))
}

fn is_standard(library: &Path) -> bool {
    name_of(library).starts_with("libstd-")
}

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(OsStr::to_str).unwrap_or_default()
}

/// The `.rlib` files of a directory.
fn rust_libraries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .filter(|path| path.extension() == Some(OsStr::new("rlib")))
        .collect()
}
