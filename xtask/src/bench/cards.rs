//! Pages of cards: a portal whose companies hold documents, and their tabs opened as the portal opens them.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use super::connection::{Connection, Request};
use super::counterparty::{Counterparty, percent_encoded};
use crate::interruption;
use crate::stack::{Server, Stack};

/// Number of the first company in the portal.
const FIRST: usize = 101;
/// The crawl of the portal's CRM keeps to the portal's pace.
const CRAWL_BOUND: Duration = Duration::from_mins(10);
/// No request to the portal for so long: the crawl is over.
const SILENCE: Duration = Duration::from_secs(4);

/// A portal with the application, and a company for each counterparty.
pub(crate) struct Cards {
    pub(crate) stack: Stack,
    requests: Vec<Request>,
}

impl Cards {
    /// Starts a portal whose companies are these counterparties, and waits until their cards are known.
    pub(crate) fn open(
        server: Server,
        counterparties: &[&Counterparty],
        directory: &Path,
    ) -> anyhow::Result<Self> {
        let seed = directory.join("portal.json");
        fs::write(&seed, content(counterparties).to_string())
            .with_context(|| format!("writing {}", seed.display()))?;
        let stack = server.open_portal(Some(&seed))?;
        wait_for_crawl(&stack)?;
        let frame = stack.portal_request("GET", &format!("/__sim/frame?entity=company&id={FIRST}"))?;
        let frame: Value = serde_json::from_str(&frame.body).context("the simulator's frame is no JSON")?;
        let requests = (FIRST..FIRST + counterparties.len())
            .map(|company| open_request(&stack, &frame, company as u64))
            .collect::<anyhow::Result<Vec<_>>>()?;
        // The first open proves the token; it also shows that there is something to measure.
        let mut connection = Connection::to(stack.server.port());
        let status = requests.first().map(|request| connection.exchange(request));
        let status = status
            .context("there is no company to open")?
            .context("opening a card")?;
        let page = String::from_utf8_lossy(connection.body());
        let number = counterparties.first().and_then(|numbers| numbers.first());
        let number = number.map_or("", String::as_str);
        ensure!(
            status == 200 && page.contains(number),
            "the page of a card (status {status}, {} bytes) does not show its company's number {number}",
            page.len()
        );
        Ok(Self { stack, requests })
    }

    /// Opens the tab of each company but the first, whose tab has been opened.
    pub(crate) fn unopened(&self) -> &[Request] {
        self.requests.get(1..).unwrap_or_default()
    }

    /// Calls that the portal has had so far: a warm card needs none.
    pub(crate) fn portal_calls(&self) -> anyhow::Result<u64> {
        portal_calls(&self.stack)
    }
}

/// What the simulator starts with.
fn content(counterparties: &[&Counterparty]) -> Value {
    let companies: Vec<Value> = counterparties
        .iter()
        .zip(FIRST..)
        .map(|(numbers, id)| {
            let mut requisite = json!({"name": "Реквизиты", "RQ_COMPANY_NAME": format!("Компания {id}")});
            for number in *numbers {
                requisite[field(number)] = json!(number);
            }
            json!({"id": id, "title": format!("Компания {id}"), "requisites": [requisite]})
        })
        .collect();
    json!({"companies": companies})
}

/// The field of a set of details where a number of this length stands.
fn field(number: &str) -> &'static str {
    match number.len() {
        13 => "RQ_OGRN",
        15 => "RQ_OGRNIP",
        _ => "RQ_INN",
    }
}

/// Waits until the application has read the portal.
pub(crate) fn wait_for_crawl(stack: &Stack) -> anyhow::Result<()> {
    let deadline = Instant::now() + CRAWL_BOUND;
    let (mut known, mut since) = (portal_calls(stack)?, Instant::now());
    while since.elapsed() < SILENCE {
        interruption::check()?;
        if Instant::now() >= deadline {
            bail!("the portal is still being read after {} s", CRAWL_BOUND.as_secs());
        }
        thread::sleep(Duration::from_millis(250));
        let now = portal_calls(stack)?;
        if now != known {
            (known, since) = (now, Instant::now());
        }
    }
    Ok(())
}

fn portal_calls(stack: &Stack) -> anyhow::Result<u64> {
    let counters: Value = serde_json::from_str(&stack.portal_request("GET", "/__sim/counters")?.body)
        .context("the simulator's counters are no JSON")?;
    let methods = counters
        .as_object()
        .context("the simulator's counters are no object")?;
    Ok(methods.values().filter_map(Value::as_u64).sum())
}

/// The POST of one company's tab, made of that of another.
pub(crate) fn open_request(stack: &Stack, frame: &Value, company: u64) -> anyhow::Result<Request> {
    let query = frame["query"]
        .as_str()
        .context("the simulator's frame has no query")?;
    let fields = frame["fields"]
        .as_array()
        .context("the simulator's frame has no fields")?;
    let pairs: Vec<String> = fields
        .iter()
        .filter_map(|field| Some((field[0].as_str()?, field[1].as_str()?)))
        .map(|(name, value)| {
            let options = json!({"ID": company.to_string()}).to_string();
            let value = if name == "PLACEMENT_OPTIONS" {
                &options
            } else {
                value
            };
            format!("{name}={}", percent_encoded(value))
        })
        .collect();
    let path = format!("/bitrix/app?{query}");
    Ok(Request::post_form(&stack.server.host(), &path, &pairs.join("&")))
}

#[cfg(test)]
mod tests {
    use super::content;

    #[test]
    fn company_of_the_portal_has_each_number_in_its_field() {
        let counterparty = vec!["980000000001".to_owned(), "304980000000001".to_owned()];
        let content = content(&[&counterparty]);
        let requisite = &content["companies"][0]["requisites"][0];
        assert_eq!(requisite["RQ_INN"], "980000000001");
        assert_eq!(requisite["RQ_OGRNIP"], "304980000000001");
    }
}
