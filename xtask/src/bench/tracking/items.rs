//! Notification items into one portal: at the pace that portals allow, and as fast as the product and a portal without
//! limits can.
//!
//! News are written into the database as a recount leaves them; everything after that is the product's own: it plans,
//! asks the portal for cards, assigns and sends. Times are the database's: of items' making and of their arrival.

use std::fs;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::database::Database;
use crate::bench::cards;
use crate::bench::row::{Budget, Row};
use crate::bench::stock::Stock;
use crate::stack::{Server, Stack};

/// Number of the first company in the portal.
const FIRST: u32 = 101;
/// The design's budget is for so many items, in seconds.
const BUDGETED: (u32, f64) = (13_000, 180.0);
/// The longest sending that is waited for, in minutes.
const BOUND: u32 = 25;

/// Rows for so many items, each in a card of its own; ends the server.
pub(super) fn rows(server: Server, stock: &Stock, items: u32) -> anyhow::Result<Vec<Row>> {
    let database = Database::of(&server, &stock.data_dir)?;
    let seed = stock.data_dir.with_file_name("companies.json");
    fs::write(&seed, companies(items).to_string()).with_context(|| format!("writing {}", seed.display()))?;
    eprintln!("bench: a portal with {items} companies is read");
    let opened = server.open_portal(Some(&seed))?;
    let outcome = cards::wait_for_crawl(&opened).and_then(|()| {
        let portal = Portal::of(&opened, database)?;
        let outcome = portal.measure(items);
        portal.forget()?;
        outcome
    });
    drop(opened);
    outcome
}

/// What the simulator starts with.
fn companies(items: u32) -> Value {
    let companies: Vec<Value> = (FIRST..FIRST + items)
        .map(|id| json!({"id": id, "title": format!("Компания {id}")}))
        .collect();
    json!({"companies": companies})
}

/// How fast items may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// Two requests a second after a burst, as portals allow.
    Portals,
    /// Neither the portal nor we count.
    Unlimited,
}

struct Portal<'stack> {
    stack: &'stack Stack,
    database: Database,
    member_id: String,
}

/// What became of a run.
struct Sent {
    planning: f64,
    seconds: f64,
    requests: u64,
}

impl<'stack> Portal<'stack> {
    fn of(stack: &'stack Stack, database: Database) -> anyhow::Result<Self> {
        let state: Value = serde_json::from_str(&stack.portal_request("GET", "/__sim/state")?.body)
            .context("the simulator's state is no JSON")?;
        let member_id = state["member_id"]
            .as_str()
            .context("the simulator's state names no member_id")?;
        ensure!(
            member_id.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{member_id} is no member_id"
        );
        Ok(Self {
            stack,
            database,
            member_id: member_id.to_owned(),
        })
    }

    fn measure(&self, items: u32) -> anyhow::Result<Vec<Row>> {
        eprintln!("bench: {items} items at 2 requests a second");
        let paced = self.send(items, Pace::Portals)?;
        eprintln!("bench: {items} items without a limit");
        let unlimited = self.send(items, Pace::Unlimited)?;
        let per_second = |sent: &Sent| f64::from(items) / sent.seconds.max(0.001);
        let name = |what: &str| format!("{items} items into one portal {what}");
        let time =
            Row::quantity("items_at_2_requests", name("at 2 requests/s"), paced.seconds, "s").note(format!(
                "{:.0} items/s with {} requests, of which a rested portal takes the first 50 at once",
                per_second(&paced),
                paced.requests
            ));
        Ok(vec![
            Row::quantity(
                "items_planned",
                format!("{items} news made into items"),
                paced.planning,
                "s",
            )
            .note("from the first portion's beginning to the last one's"),
            if items == BUDGETED.0 {
                time.within(Budget::AtMost(BUDGETED.1))
            } else {
                time
            },
            Row::quantity(
                "items_at_2_requests_rate",
                name("at 2 requests/s"),
                per_second(&paced),
                "items/s",
            ),
            Row::quantity("items_unlimited", name("without a limit"), unlimited.seconds, "s")
                .note(format!("{} requests", unlimited.requests)),
            Row::quantity(
                "items_unlimited_rate",
                name("without a limit"),
                per_second(&unlimited),
                "items/s",
            ),
        ])
    }

    /// Sends one item into each card.
    fn send(&self, items: u32, pace: Pace) -> anyhow::Result<Sent> {
        let member_id = &self.member_id;
        self.database.run(&format!(
            "DELETE FROM subscriptions WHERE member_id = '{member_id}';
             DELETE FROM notification_items WHERE member_id = '{member_id}'"
        ))?;
        let enforced = u8::from(pace == Pace::Portals);
        let limits = format!("/__sim/limits?plan=standard&reset=1&enforced={enforced}");
        self.stack.portal_request("POST", &limits)?;
        let before = self.requests()?;
        self.find_news(items)?;
        self.wait(pace)?;
        let requests = self.requests()?.saturating_sub(before);
        let row = self.database.run(&format!(
            "SELECT count(*) FILTER (WHERE state = 'sent'), extract(epoch FROM max(created_at) - min(created_at)),
                    extract(epoch FROM max(finished_at) - min(created_at)),
                    coalesce(min(reason) FILTER (WHERE state <> 'sent'), '')
             FROM notification_items WHERE member_id = '{member_id}'"
        ))?;
        let mut columns = row.splitn(4, '|');
        let mut next = || columns.next().unwrap_or_default().to_owned();
        let (sent, planning, seconds, reason) = (next(), next(), next(), next());
        ensure!(
            sent == items.to_string(),
            "{sent} of {items} items were sent within {BOUND} minutes: {reason}"
        );
        Ok(Sent {
            planning: planning.parse().context("the database tells no time")?,
            seconds: seconds.parse().context("the database tells no time")?,
            requests,
        })
    }

    /// What a recount leaves: news about documents of the stock, each for somebody in another card. The budgets are rested
    /// and the schedule is due.
    fn find_news(&self, items: u32) -> anyhow::Result<()> {
        let member_id = &self.member_id;
        self.database
            .run(&format!(
                "DELETE FROM portal_budgets;
                 DELETE FROM notification_schedules WHERE member_id = '{member_id}';
                 CREATE TEMPORARY TABLE told ON COMMIT DROP AS
                 SELECT row_number() OVER () AS number, registry, document_key
                 FROM (SELECT registry, document_key FROM documents LIMIT {items}) AS sample;
                 WITH subscribed AS (
                    INSERT INTO subscriptions (member_id, entity_type, entity_id, user_id, news, notification_kind,
                                               since_version, since_day)
                    SELECT '{member_id}', 'company', {FIRST} + number, 7, '{{new_document}}', 'todo', 0, current_date
                    FROM generate_series(0, {items} - 1) AS number
                    RETURNING id, entity_id
                 )
                 INSERT INTO news (subscription_id, member_id, kind, registry, document_key, identifiers, recount_id)
                 SELECT subscribed.id, '{member_id}', 'new_document', told.registry, told.document_key,
                        '{{7707083893}}', 1
                 FROM subscribed
                 JOIN told ON told.number
                           = (subscribed.entity_id - {FIRST}) % (SELECT count(*) FROM told) + 1"
            ))
            .map(|_| ())
    }

    /// Waits in the database until everything is told.
    fn wait(&self, pace: Pace) -> anyhow::Result<()> {
        let member_id = &self.member_id;
        let budgets = match pace {
            Pace::Portals => "",
            Pace::Unlimited => "DELETE FROM portal_budgets;",
        };
        self.database.tidy_up(&format!(
            "DO $$
             DECLARE ends timestamptz := clock_timestamp() + interval '{BOUND} minutes';
             BEGIN
                WHILE clock_timestamp() < ends AND (
                    EXISTS (SELECT FROM news WHERE member_id = '{member_id}' AND settled_at IS NULL)
                    OR EXISTS (SELECT FROM notification_items
                               WHERE member_id = '{member_id}' AND state IN ('waiting', 'sending')))
                LOOP
                    {budgets}
                    COMMIT;
                    PERFORM pg_sleep(0.05);
                END LOOP;
             END $$"
        ))
    }

    /// Requests that the portal has had: commands travel in batches.
    fn requests(&self) -> anyhow::Result<u64> {
        let counters: Value =
            serde_json::from_str(&self.stack.portal_request("GET", "/__sim/counters")?.body)
                .context("the simulator's counters are no JSON")?;
        Ok(counters["batch"].as_u64().unwrap_or_default())
    }

    /// Takes the portal away, with its subscriptions and items.
    fn forget(&self) -> anyhow::Result<()> {
        self.database
            .run(&format!(
                "DELETE FROM portals WHERE member_id = '{}'",
                self.member_id
            ))
            .map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::{FIRST, companies};

    #[test]
    fn each_item_has_a_company_of_its_own() {
        let content = companies(3);
        let numbers: Vec<u64> = content["companies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|company| company["id"].as_u64().unwrap())
            .collect();
        let first = u64::from(FIRST);
        assert_eq!(numbers, [first, first + 1, first + 2]);
    }
}
