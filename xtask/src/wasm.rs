//! The browser's half: compiled, bound to JavaScript, optimised, compressed, and put where the server looks for it.

mod fingerprint;
mod naming;
pub(crate) mod toolchain;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::layout::Layout;
use crate::program::Invocation;
use naming::Names;
use toolchain::WasmToolchain;

/// Budget of a page's compressed WASM in bytes.
pub(crate) const BUDGET: u64 = 250_000;
/// The modules: the feature of `frontend` that makes one, and its name.
const MODULES: [(&str, &str); 2] = [("card", "certlens"), ("overview", "certlens-overview")];
/// Features of WASM that every browser since 2023 has, and that rustc uses by default.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Builds the browser's half when its sources have changed, and checks its size.
pub(crate) fn build(layout: &Layout) -> anyhow::Result<()> {
    let toolchain =
        WasmToolchain::find(layout).context("no Rust tool chain for WASM: run `cargo xtask setup`")?;
    let site = layout.site();
    let package = site.join("pkg");
    let wanted = fingerprint::of(layout, &toolchain)?;
    if fingerprint::is(&site, &wanted) {
        return check_sizes(&package, &naming::read(&site)?);
    }
    // Gone while we work: an interrupted build is no build.
    fingerprint::forget(&site);
    if package.exists() {
        fs::remove_dir_all(&package).with_context(|| format!("emptying {}", package.display()))?;
    }
    for (feature, name) in MODULES {
        println!("wasm: compiling {name}");
        let compiled = compile(layout, &toolchain, feature)?;
        println!("wasm: binding and optimising {name}");
        bind(&compiled, &package, name)?;
        optimise(layout, &package.join(format!("{name}_bg.wasm")))?;
    }
    join_styles(layout, &package.join("certlens.css"))?;
    copy(&layout.join("frontend/start.js"), &package.join("start.js"))?;
    copy_tree(&layout.join("public"), &site)?;
    let names = naming::name_by_content(&site, &package)?;
    compress(layout, &package)?;
    check_sizes(&package, &names)?;
    fingerprint::note(&site, &wanted)
}

fn compile(layout: &Layout, toolchain: &WasmToolchain, feature: &str) -> anyhow::Result<PathBuf> {
    // A target directory of its own: another compiler's artefacts must not push the server's out.
    let target = layout.target().join("wasm");
    toolchain
        .cargo()
        .args([
            "build",
            "--locked",
            "--lib",
            "-p",
            "certlens-frontend",
            "--profile",
            "wasm-release",
            "--no-default-features",
            "--features",
            feature,
        ])
        .args(["--target", toolchain::TARGET])
        .arg("--target-dir")
        .arg(&target)
        .directory(layout.root())
        .bound(Duration::from_mins(30))
        .run()?;
    Ok(target
        .join(toolchain::TARGET)
        .join("wasm-release/certlens_frontend.wasm"))
}

fn bind(compiled: &Path, package: &Path, name: &str) -> anyhow::Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(compiled).out_name(name).typescript(false);
    bindgen.web(true)?.generate(package).context("wasm-bindgen")
}

fn optimise(layout: &Layout, module: &Path) -> anyhow::Result<()> {
    Invocation::new(layout.build_tools().join("node_modules/.bin/wasm-opt"))
        .arg("-Oz")
        .args(FEATURES)
        .args([
            "--strip-debug",
            "--strip-producers",
            "--strip-target-features",
            "-o",
        ])
        .args([module, module])
        .run()
}

/// One file from all style sheets, in the order of their names.
fn join_styles(layout: &Layout, joined: &Path) -> anyhow::Result<()> {
    let directory = layout.join("style");
    let mut sheets = files_of(&directory)?;
    sheets.retain(|path| path.extension().is_some_and(|extension| extension == "css"));
    let mut content = String::new();
    for sheet in sheets {
        content
            .push_str(&fs::read_to_string(&sheet).with_context(|| format!("reading {}", sheet.display()))?);
        content.push('\n');
    }
    fs::write(joined, content).with_context(|| format!("writing {}", joined.display()))
}

fn copy_tree(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to).with_context(|| format!("making {}", to.display()))?;
    for path in files_of(from)? {
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy_tree(&path, &target)?;
        } else {
            copy(&path, &target)?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::copy(from, to).with_context(|| format!("copying {}", from.display()))?;
    Ok(())
}

/// What is in a directory, by name; nothing when there is no such directory.
fn files_of(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(directory).with_context(|| format!("reading {}", directory.display()))?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

/// Writes `.br` and `.gz` beside each file, so that the server compresses nothing while it serves.
fn compress(layout: &Layout, package: &Path) -> anyhow::Result<()> {
    Invocation::new("node")
        .arg(layout.build_tools().join("compress.js"))
        .arg(package)
        .run()
}

/// Says the size of each module; one over the budget fails the build.
fn check_sizes(package: &Path, names: &Names) -> anyhow::Result<()> {
    MODULES.iter().try_for_each(|(_, name)| {
        let module = names
            .get(&format!("{name}_bg.wasm"))
            .with_context(|| format!("the build has no module {name}"))?;
        check_size(name, &package.join(format!("{module}.br")))
    })
}

fn check_size(name: &str, compressed: &Path) -> anyhow::Result<()> {
    let raw = fs::metadata(compressed.with_extension(""))?.len();
    let size = fs::metadata(compressed)?.len();
    println!("wasm: {name}: {raw} bytes, {size} compressed with brotli (budget {BUDGET})");
    if size > BUDGET {
        bail!(
            "the browser's half of {name} has {size} bytes compressed, {} over its budget",
            size - BUDGET
        );
    }
    Ok(())
}
