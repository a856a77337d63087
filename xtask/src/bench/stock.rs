//! The documents that are searched: generated and imported part by part, or those of an earlier run that wanted the
//! same. Filling a stock measures the import.
//!
//! A part is written to a file before its import begins and removed afterwards: the generator's work is not counted,
//! and twelve million documents need no room twice.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use super::counterparty::{Counterparties, Sampling};
use super::row::{Budget, Row, per};
use crate::interruption;
use crate::layout::Layout;
use crate::program::end_group;
use crate::stack::Server;

/// Raised when the same seed gives other documents.
const GENERATOR: u32 = 1;
/// Documents in a part.
const PART: usize = 1_000_000;
/// So many documents, evenly spread, are looked at for their applicants.
const SAMPLED: u64 = 60_000;
/// The budget of the import into both stores, documents a second.
const IMPORT_BUDGET: f64 = 50_000.0;

/// Which stock is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) documents: u64,
    pub(crate) seed: u64,
}

/// What to do about the stock of an earlier run, on the command line.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct EarlierOptions {
    /// Use the documents of an earlier run, or fail; without this they are used when they are the wanted ones
    #[arg(long, conflicts_with = "fresh")]
    reuse: bool,
    /// Generate and import the documents anew
    #[arg(long)]
    fresh: bool,
}

impl EarlierOptions {
    pub(crate) const fn choice(self) -> Earlier {
        match (self.reuse, self.fresh) {
            (true, _) => Earlier::Demand,
            (_, true) => Earlier::Discard,
            (false, false) => Earlier::UseIfRight,
        }
    }
}

/// What to do about the stock of an earlier run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Earlier {
    /// Use it when it is what is wanted.
    UseIfRight,
    /// Use it, or fail.
    Demand,
    /// Begin anew.
    Discard,
}

/// Documents in both stores, and whom to ask about.
pub(crate) struct Stock {
    pub(crate) data_dir: PathBuf,
    pub(crate) counterparties: Counterparties,
    filling: Value,
}

impl Wanted {
    /// A twelfth belongs to one applicant: 1,000,000 of 12,000,000.
    pub(crate) fn heaviest(self) -> u64 {
        self.documents / 12
    }

    /// What a stock must say of itself to be the wanted one.
    fn stamp(self, layout: &Layout) -> anyhow::Result<Value> {
        Ok(json!({
            "generator": GENERATOR,
            "documents": self.documents,
            "seed": self.seed,
            "migrations": format!("{:016x}", migrations(layout)?),
        }))
    }
}

/// Finds or fills the stock. `start` starts a server on a data directory.
pub(crate) fn prepare(
    layout: &Layout,
    program: &Path,
    wanted: Wanted,
    earlier: Earlier,
    start: impl FnOnce(&Path) -> anyhow::Result<Server>,
) -> anyhow::Result<Stock> {
    let directory = layout.data_directory("target/bench");
    let (data_dir, stamp) = (directory.join("data"), directory.join("stock.json"));
    let whom = directory.join("counterparties.json");
    let content = wanted.stamp(layout)?;
    if earlier != Earlier::Discard
        && let Some(filling) = filling_of(&stamp, &content)
    {
        eprintln!("bench: using the documents that are in {}", data_dir.display());
        let counterparties = Counterparties::read(&whom)?;
        return Ok(Stock {
            data_dir,
            counterparties,
            filling,
        });
    }
    if earlier == Earlier::Demand {
        bail!(
            "there are no such documents in {}; leave `--reuse` out to make them",
            data_dir.display()
        );
    }
    if directory.exists() {
        fs::remove_dir_all(&directory).with_context(|| format!("emptying {}", directory.display()))?;
    }
    fs::create_dir_all(&data_dir).with_context(|| format!("making {}", data_dir.display()))?;
    let server = start(&data_dir)?;
    let (filling, counterparties) = fill(program, wanted, &server, &directory)?;
    counterparties.write(&whom)?;
    let full = json!({"stock": content, "filling": filling});
    fs::write(&stamp, full.to_string()).with_context(|| format!("writing {}", stamp.display()))?;
    Ok(Stock {
        data_dir,
        counterparties,
        filling,
    })
}

/// What was noted when this very stock was filled; `None` for another stock or none.
fn filling_of(stamp: &Path, wanted: &Value) -> Option<Value> {
    let noted: Value = serde_json::from_slice(&fs::read(stamp).ok()?).ok()?;
    (noted["stock"] == *wanted).then(|| noted["filling"].clone())
}

/// Stores made by other migrations are other stores.
fn migrations(layout: &Layout) -> anyhow::Result<u64> {
    let mut files = Vec::new();
    for engine in ["postgres", "clickhouse"] {
        let directory = layout.join("migrations").join(engine);
        let entries = fs::read_dir(&directory).with_context(|| format!("reading {}", directory.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_file() {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        let content = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        (file.file_name(), content).hash(&mut hasher);
    }
    Ok(hasher.finish())
}

fn fill(
    program: &Path,
    wanted: Wanted,
    server: &Server,
    directory: &Path,
) -> anyhow::Result<(Value, Counterparties)> {
    let mut generator = Generator::start(program, wanted)?;
    let mut sampling = Sampling::default();
    let part = directory.join("part.jsonl");
    let mut parts: Vec<Value> = Vec::new();
    let mut written = 0;
    let mut again = Value::Null;
    while written < wanted.documents {
        let documents = generator.write_part(&part, &mut sampling)?;
        ensure!(
            documents > 0,
            "the generator ended after {written} of {} documents",
            wanted.documents
        );
        written += documents as u64;
        let seconds = import(server, &part)?;
        eprintln!(
            "bench: {written} of {} documents, the last {documents} at {:.0} a second",
            wanted.documents,
            per(documents, seconds)
        );
        parts.push(json!({"documents": documents, "seconds": seconds}));
        if written >= wanted.documents {
            let seconds = import(server, &part)?;
            again = json!({"documents": documents, "seconds": seconds});
        }
    }
    fs::remove_file(&part).with_context(|| format!("removing {}", part.display()))?;
    Ok((json!({"parts": parts, "again": again}), sampling.finish()?))
}

/// Seconds that the import of a file takes.
fn import(server: &Server, file: &Path) -> anyhow::Result<f64> {
    let began = Instant::now();
    server.import_quietly("jsonl", file)?;
    Ok(began.elapsed().as_secs_f64())
}

/// A running `certlens demo-data`, which waits while nobody reads. Ended when dropped.
struct Generator {
    child: Child,
    lines: BufReader<ChildStdout>,
    written: u64,
    sample_every: u64,
}

impl Generator {
    fn start(program: &Path, wanted: Wanted) -> anyhow::Result<Self> {
        let mut child = Command::new(program)
            .arg("demo-data")
            .args(["--documents", &wanted.documents.to_string()])
            .args(["--seed", &wanted.seed.to_string()])
            .args(["--heaviest", &wanted.heaviest().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let output = child.stdout.take().context("the generator has no output")?;
        Ok(Self {
            child,
            lines: BufReader::with_capacity(1 << 20, output),
            written: 0,
            sample_every: (wanted.documents / SAMPLED).max(1),
        })
    }

    /// Writes the next part; how many documents it has.
    fn write_part(&mut self, file: &Path, sampling: &mut Sampling) -> anyhow::Result<usize> {
        let output = File::create(file).with_context(|| format!("making {}", file.display()))?;
        let mut output = BufWriter::with_capacity(1 << 20, output);
        let mut line = Vec::new();
        for documents in 0..PART {
            if documents.is_multiple_of(10_000) {
                interruption::check()?;
            }
            line.clear();
            if self
                .lines
                .read_until(b'\n', &mut line)
                .context("reading the generator")?
                == 0
            {
                output.flush()?;
                return Ok(documents);
            }
            if self.written.is_multiple_of(self.sample_every) {
                sampling.look_at(str::from_utf8(&line).context("a generated document is no text")?)?;
            }
            self.written += 1;
            output
                .write_all(&line)
                .with_context(|| format!("writing {}", file.display()))?;
        }
        output
            .flush()
            .with_context(|| format!("writing {}", file.display()))?;
        Ok(PART)
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        end_group(&mut self.child, Duration::from_secs(5));
    }
}

impl Stock {
    /// Rows of the import that filled this stock.
    pub(crate) fn import_rows(&self) -> Vec<Row> {
        let parts = self.filling["parts"].as_array().map_or(&[][..], Vec::as_slice);
        let mut rows = vec![rate_row("import", "import into both stores", parts)];
        if let [first, .., last] = parts {
            rows.push(rate_row(
                "import_first",
                "its first part",
                std::slice::from_ref(first),
            ));
            rows.push(rate_row(
                "import_last",
                "its last part",
                std::slice::from_ref(last),
            ));
        }
        let mut rows: Vec<Row> = rows
            .into_iter()
            .map(|row| row.within(Budget::AtLeast(IMPORT_BUDGET)))
            .collect();
        let again = std::slice::from_ref(&self.filling["again"]);
        rows.push(rate_row(
            "import_again",
            "the last part once more, all unchanged",
            again,
        ));
        rows
    }
}

fn rate_row(key: &'static str, name: &'static str, parts: &[Value]) -> Row {
    let sum = |field: &str| parts.iter().filter_map(|part| part[field].as_f64()).sum::<f64>();
    let (documents, seconds) = (sum("documents"), sum("seconds"));
    if seconds > 0.0 {
        Row::quantity(key, name, documents / seconds, "documents/s")
            .note(format!("{documents:.0} documents in {seconds:.1} s"))
    } else {
        Row::unmeasured(key, name, "the stock's stamp says nothing of it")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::{filling_of, rate_row};

    #[test]
    fn stock_with_another_seed_is_not_the_wanted_one() {
        let directory = tempfile::tempdir().unwrap();
        let stamp = directory.path().join("stock.json");
        let wanted = json!({"seed": 1, "documents": 10});
        assert_eq!(filling_of(&stamp, &wanted), None);

        fs::write(
            &stamp,
            json!({"stock": wanted, "filling": {"parts": []}}).to_string(),
        )
        .unwrap();
        assert_eq!(filling_of(&stamp, &wanted), Some(json!({"parts": []})));
        assert_eq!(filling_of(&stamp, &json!({"seed": 2, "documents": 10})), None);
    }

    #[test]
    fn rate_of_parts_weighs_them_by_their_length() {
        let parts = [
            json!({"documents": 100, "seconds": 1.0}),
            json!({"documents": 100, "seconds": 4.0}),
        ];
        let row = rate_row("import", "import", &parts).json();
        assert_eq!(row["value"], 40.0);
        assert!(rate_row("import", "import", &[]).json()["unmeasured"].is_string());
    }
}
