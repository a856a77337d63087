//! `cargo xtask sqlx`: the committed folder `.sqlx`, by which queries are checked at compile time without a database,
//! made anew from a private Postgres with all migrations.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;

use crate::binaries::Profile;
use crate::engines::logs;
use crate::layout::Layout;
use crate::program::Invocation;
use crate::service::Service;
use crate::setup::{self, Purpose};

/// Packages with checked queries.
const PACKAGES: [&str; 3] = ["certlens-backup", "certlens-registry", "certlens-store"];
const FOLDER: &str = ".sqlx";

pub(crate) fn prepare(layout: &Layout) -> anyhow::Result<()> {
    setup::run(layout, Purpose::Build)?;
    let (_server, url) = start_postgres(layout)?;
    migrate(layout, &url)?;
    let folder = layout.join(FOLDER);
    let previous = layout.target().join("sqlx-previous");
    let _ = fs::remove_dir_all(&previous);
    if folder.is_dir() {
        fs::rename(&folder, &previous).context("setting the previous folder aside")?;
    }
    fs::create_dir_all(&folder)?;
    for package in PACKAGES {
        touch(layout, package)?;
    }
    let mut cargo = Invocation::cargo().args(["check", "--locked", "--all-targets"]);
    for package in PACKAGES {
        cargo = cargo.args(["-p", package]);
    }
    cargo
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", &folder)
        .env("DATABASE_URL", &url)
        .directory(layout.root())
        .bound(Duration::from_mins(20))
        .run()
        .inspect_err(|_| {
            // The committed folder is worth more than half of a new one.
            let _ = fs::remove_dir_all(&folder);
            let _ = fs::rename(&previous, &folder);
        })?;
    println!("{FOLDER}: {} queries", fs::read_dir(&folder)?.count());
    Ok(())
}

/// A Postgres without the rest of the product: that compiles only when the queries are prepared.
fn start_postgres(layout: &Layout) -> anyhow::Result<(Service, String)> {
    Invocation::cargo()
        .args([
            "build",
            "--locked",
            "-p",
            "certlens-postgres-embedded",
            "--example",
            "private_postgres",
        ])
        .directory(layout.root())
        .run()?;
    let program = layout.programs(Profile::Dev).join("examples/private_postgres");
    let directory = layout.data_directory("target/sqlx-postgres");
    let argument = directory.display().to_string();
    let mut service = Service::start("postgres", &program, &[&argument], &[], &logs(layout))?;
    service.wait_until(Duration::from_mins(2), || service_port(&logs(layout)).is_some())?;
    let port = service_port(&logs(layout)).context("the private Postgres gives no port")?;
    let password = fs::read_to_string(directory.join("password")).context("reading the database password")?;
    Ok((
        service,
        format!(
            "postgres://certlens:{}@127.0.0.1:{port}/certlens",
            password.trim()
        ),
    ))
}

fn service_port(logs: &Path) -> Option<u16> {
    let log = fs::read_to_string(logs.join("postgres.log")).ok()?;
    log.lines()
        .find_map(|line| line.strip_prefix("ready on port ")?.parse().ok())
}

/// The migrations in their order, on an empty schema.
fn migrate(layout: &Layout, url: &str) -> anyhow::Result<()> {
    Invocation::new("psql")
        .arg("--version")
        .capture()
        .context("psql is needed (Debian: postgresql-client)")?;
    let mut files = fs::read_dir(layout.join("migrations/postgres"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    let psql = |arguments: &[&str]| {
        Invocation::new("psql")
            .args(["--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", url])
            .args(arguments)
    };
    psql(&[
        "--command",
        "SET client_min_messages = warning",
        "--command",
        "DROP SCHEMA public CASCADE",
    ])
    .run()?;
    psql(&["--command", "CREATE SCHEMA public"]).run()?;
    files
        .iter()
        .try_for_each(|file| psql(&["--file", &file.display().to_string()]).run())
}

/// Makes cargo expand the macros again.
fn touch(layout: &Layout, package: &str) -> anyhow::Result<()> {
    let name = package.strip_prefix("certlens-").unwrap_or(package);
    let source = layout.join("crates").join(name).join("src/lib.rs");
    let file = fs::OpenOptions::new().append(true).open(&source)?;
    file.set_modified(SystemTime::now())
        .with_context(|| format!("touching {}", source.display()))
}
