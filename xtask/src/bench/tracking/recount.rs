//! Recounts: after an import, with nothing new, and of everything.
//!
//! The counterparties that are tracked are drawn as documents name them, each once, so that the largest are among them.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use super::database::Database;
use crate::bench::row::{Budget, Row};
use crate::bench::stock::{Stock, Wanted};
use crate::http::request_with;
use crate::interruption;
use crate::stack::Server;

/// Documents that an import brings.
const NEW: usize = 10_000;
/// From so many identifiers on the larger budget counts.
const MANY: u64 = 100_000;
/// The longest recount that is waited for.
const BOUND: Duration = Duration::from_mins(20);
/// The portal of the subscriptions.
const PORTAL: &str = "be9cbe9cbe9cbe9cbe9cbe9cbe9cbe9c";

/// Rows for so many tracked identifiers.
pub(super) fn rows(
    server: &Server,
    stock: &Stock,
    wanted: Wanted,
    identifiers: u64,
) -> anyhow::Result<Vec<Row>> {
    let database = Database::of(server, &stock.data_dir)?;
    forget(&database)?;
    eprintln!("bench: {identifiers} identifiers are tracked");
    subscribe(&database, wanted.documents, identifiers)?;
    let recounts = Recounts { server };
    let enrolled = recounts.request()?;
    let outcome = measured(&recounts, &database, stock, wanted, identifiers, &enrolled);
    forget(&database)?;
    outcome
}

fn measured(
    recounts: &Recounts<'_>,
    database: &Database,
    stock: &Stock,
    wanted: Wanted,
    identifiers: u64,
    enrolled: &Value,
) -> anyhow::Result<Vec<Row>> {
    let keys = keys(identifiers);
    let budget = Budget::AtMost(if identifiers < MANY { 1.0 } else { 60.0 });
    let tracked = format!(
        "{} identifiers of {} subscriptions",
        enrolled["identifiers"], enrolled["subscriptions"]
    );
    let row = |key, name: &str, recount: &Value| {
        let seconds = recount["seconds"].as_f64().unwrap_or_default();
        Row::quantity(key, format!("{identifiers} tracked: {name}"), seconds, "s")
            .note(format!("{tracked}; {} news found", recount["found"]))
    };
    let mut rows = vec![row(
        keys.enrolled,
        "first recount after they were subscribed",
        enrolled,
    )];
    let file = stock.data_dir.with_file_name("new.jsonl");
    write_new_documents(recounts.server.program(), wanted, &file)?;
    let last = recounts.latest()?;
    recounts.server.import_quietly("jsonl", &file)?;
    fs::remove_file(&file).with_context(|| format!("removing {}", file.display()))?;
    let imported = recounts.wait_for("after the import", |recount| {
        recount["occasion"] == "import" && recount["run"].as_i64() > last
    })?;
    rows.push(
        row(
            keys.imported,
            "recount after an import of 10,000 documents",
            &imported,
        )
        .within(budget),
    );
    rows.push(row(
        keys.nothing,
        "recount with nothing new",
        &recounts.request()?,
    ));
    // One subscription that has seen nothing makes everything worth a look; nobody has its identifier.
    database.run(&format!(
        "INSERT INTO subscriptions (member_id, entity_type, entity_id, user_id, news, since_version, since_day)
         VALUES ('{PORTAL}', 'company', 1, 1, '{{new_document}}', 0, current_date);
         UPDATE recount_mark SET version = 0"
    ))?;
    let everything = recounts.request()?;
    let everything = row(
        keys.everything,
        "recount of everything, the mark at 0",
        &everything,
    );
    rows.push(if identifiers < MANY {
        everything
    } else {
        everything.within(budget)
    });
    Ok(rows)
}

/// Keys that stay the same over versions.
struct Keys {
    enrolled: &'static str,
    imported: &'static str,
    nothing: &'static str,
    everything: &'static str,
}

const fn keys(identifiers: u64) -> Keys {
    if identifiers < MANY {
        Keys {
            enrolled: "recount_13k_first",
            imported: "recount_13k",
            nothing: "recount_13k_nothing",
            everything: "recount_13k_everything",
        }
    } else {
        Keys {
            enrolled: "recount_1m_first",
            imported: "recount_1m",
            nothing: "recount_1m_nothing",
            everything: "recount_1m_everything",
        }
    }
}

/// Takes the subscriptions of this measurement away, with their news.
fn forget(database: &Database) -> anyhow::Result<()> {
    database
        .run(&format!("DELETE FROM portals WHERE member_id = '{PORTAL}'"))
        .map(|_| ())
}

/// Subscriptions of applicants with so many identifiers in all, one for each.
fn subscribe(database: &Database, documents: u64, identifiers: u64) -> anyhow::Result<()> {
    // Three documents looked at for one identifier: some applicants are met more than once, some have one number.
    let percent = (identifiers.saturating_mul(300))
        .div_ceil(documents.max(1))
        .min(100);
    database.run(&format!(
        "INSERT INTO portals (member_id, domain, client_endpoint, origin, authorization_server, state)
         VALUES ('{PORTAL}', 'bench.example', 'https://bench.example/rest/', 'https://bench.example',
                 'https://oauth.example', 'installing');
         CREATE TEMPORARY TABLE drawn ON COMMIT DROP AS
         SELECT number, identifiers
         FROM (
             SELECT row_number() OVER disorder AS number, identifiers,
                    sum(cardinality(identifiers)) OVER disorder AS so_far
             FROM (
                 SELECT DISTINCT ON (identifiers[1]) identifiers
                 FROM (
                     SELECT array_remove(ARRAY[applicant_inn, applicant_ogrn, applicant_bin, applicant_unp], NULL)
                                AS identifiers
                     FROM documents TABLESAMPLE BERNOULLI ({percent}) REPEATABLE (1)
                 ) AS met
                 WHERE cardinality(identifiers) > 0
                 ORDER BY identifiers[1], cardinality(identifiers) DESC
             ) AS company
             WINDOW disorder AS (ORDER BY md5(identifiers[1]) ROWS UNBOUNDED PRECEDING)
         ) AS ranked
         WHERE so_far <= {identifiers};
         INSERT INTO subscriptions (member_id, entity_type, entity_id, user_id, news, since_version, since_day)
         SELECT '{PORTAL}', 'company', number, 1, '{{new_document,suspended,terminated,expiring,rf_territory}}',
                (SELECT max(data_version) FROM registry_state), current_date
         FROM drawn;
         INSERT INTO subscription_identifiers (subscription_id, identifier)
         SELECT DISTINCT subscriptions.id, unnest(drawn.identifiers)
         FROM drawn JOIN subscriptions ON subscriptions.member_id = '{PORTAL}'
                                          AND subscriptions.entity_id = drawn.number"
    ))?;
    database.tidy_up("VACUUM ANALYZE subscriptions, subscription_identifiers")
}

/// Documents of the companies of the stock, under numbers that nobody has seen.
fn write_new_documents(program: &Path, wanted: Wanted, file: &Path) -> anyhow::Result<()> {
    let mut generator = Command::new(program)
        .arg("demo-data")
        .args(["--documents", &wanted.documents.to_string()])
        .args(["--seed", &wanted.seed.to_string()])
        .args(["--heaviest", &wanted.heaviest().to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {}", program.display()))?;
    let output = generator.stdout.take().context("the generator has no output")?;
    let written = renamed(output, file);
    // It goes on writing otherwise.
    generator.kill().context("ending the generator")?;
    generator.wait().context("waiting for the generator's end")?;
    let written = written?;
    ensure!(written == NEW, "the generator wrote {written} documents only");
    Ok(())
}

fn renamed(output: impl std::io::Read, file: &Path) -> anyhow::Result<usize> {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)?
        .as_micros();
    let mut target =
        BufWriter::new(File::create(file).with_context(|| format!("making {}", file.display()))?);
    let mut written = 0;
    for line in BufReader::new(output).lines().take(NEW) {
        let line = line.context("reading the generator")?;
        let mut document: Value = serde_json::from_str(&line).context("a generated document is no JSON")?;
        document["source_id"] = json!(format!("{now}-{written}"));
        writeln!(target, "{document}").with_context(|| format!("writing {}", file.display()))?;
        written += 1;
    }
    target
        .flush()
        .with_context(|| format!("writing {}", file.display()))?;
    Ok(written)
}

/// The server's list of recounts.
struct Recounts<'server> {
    server: &'server Server,
}

impl Recounts<'_> {
    /// Asks for one and waits for its end.
    fn request(&self) -> anyhow::Result<Value> {
        let run = self.call("POST", "/api/v1/recount")?["run"].as_i64();
        ensure!(run.is_some(), "the server names no recount");
        self.wait_for("on request", |recount| recount["run"].as_i64() == run)
    }

    /// The number of the latest.
    fn latest(&self) -> anyhow::Result<Option<i64>> {
        Ok(self.call("GET", "/api/v1/recounts?limit=1")?["items"][0]["run"].as_i64())
    }

    /// The recount that is meant, when it is done.
    fn wait_for(&self, which: &str, is_meant: impl Fn(&Value) -> bool) -> anyhow::Result<Value> {
        let deadline = Instant::now() + BOUND;
        while Instant::now() < deadline {
            interruption::check()?;
            let list = self.call("GET", "/api/v1/recounts?limit=20")?;
            let meant = list["items"]
                .as_array()
                .into_iter()
                .flatten()
                .find(|one| is_meant(one));
            match meant {
                Some(recount) if recount["state"] == "done" => return Ok(recount.clone()),
                Some(recount) if recount["state"] == "failed" => {
                    bail!("the recount {which} failed: {}", recount["error"])
                }
                _ => thread::sleep(Duration::from_millis(200)),
            }
        }
        bail!("the recount {which} did not end within {BOUND:?}")
    }

    fn call(&self, method: &str, path: &str) -> anyhow::Result<Value> {
        let token = format!("Bearer {}", self.server.operator_token);
        let headers = [("Authorization", token.as_str())];
        let answer = request_with(method, "127.0.0.1", self.server.port(), path, &headers)?;
        ensure!(
            matches!(answer.status, 200 | 202),
            "{path} answers {}: {}",
            answer.status,
            answer.body.trim()
        );
        serde_json::from_str(&answer.body).with_context(|| format!("{path} answers no JSON"))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::Value;

    use super::renamed;

    #[test]
    fn new_documents_are_those_of_the_stock_under_numbers_of_their_own() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("new.jsonl");
        let stock = "{\"source_id\":\"1\",\"applicant\":{\"inn\":\"9800000001\"}}\n".repeat(2);

        assert_eq!(renamed(stock.as_bytes(), &file).unwrap(), 2);

        let written = fs::read_to_string(&file).unwrap();
        let documents: Vec<Value> = written
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert!(
            documents
                .iter()
                .all(|one| one["applicant"]["inn"] == "9800000001")
        );
        assert_ne!(documents[0]["source_id"], "1");
        assert_ne!(documents[0]["source_id"], documents[1]["source_id"]);
    }
}
