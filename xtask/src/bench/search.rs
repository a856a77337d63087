//! `cargo xtask bench search`: the rows of the design's budgets that belong to search and import, on documents with a
//! heavy tail.
//!
//! Uncached means that the server has not been asked the question in its life: each search is about another
//! counterparty, or about the same in another manner.

use std::path::Path;

use anyhow::ensure;

use super::asking::Asking;
use super::cards::Cards;
use super::counterparty::Counterparties;
use super::derived;
use super::measurement::{Measurement, StockOptions, or_unmeasured};
use super::outage::Outage;
use super::plan::{Plan, Searches};
use super::processes;
use super::row::{Budget, Row};
use super::stock::Stock;
use crate::layout::Layout;
use crate::stack::Server;

/// The budgets of a search that nobody has asked before.
const ONE: Budget = Budget::NinetyFifth(20.0);
const AT_ONCE: Budget = Budget::NinetyFifth(100.0);
/// Searches for the heaviest applicant.
const HEAVY: usize = 200;
/// Requests asked again, of which the answers are in the cache.
const CACHED: usize = 1000;
/// The server's metric of how many questions went together.
const BATCHES: &str = "certlens_search_batch_questions";

/// What to measure on.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    stock: StockOptions,
    /// Counterparties searched for one after another; five times as many are searched for at once
    #[arg(long, value_name = "N", default_value_t = 2000)]
    searches: usize,
    /// Managers who search at once
    #[arg(long, value_name = "N", default_value_t = 100)]
    concurrency: usize,
    /// Leave out the pages of cards, which need the browser's half and a portal
    #[arg(long)]
    no_cards: bool,
}

pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    ensure!(options.concurrency > 0, "nobody would ask");
    let measurement = Measurement::prepare(layout, &options.stock, !options.no_cards)?;
    let stock = measurement.stock()?;
    Search { measurement, options }.run(&stock)
}

struct Search<'options> {
    measurement: Measurement<'options>,
    options: &'options Options,
}

impl Search<'_> {
    fn run(&self, stock: &Stock) -> anyhow::Result<()> {
        let plan = Plan::of(&stock.counterparties, self.options.searches);
        let mut rows = stock.import_rows();

        let server = self.measurement.start(&stock.data_dir, Vec::new())?;
        eprintln!("bench: waiting until the engines have tidied up");
        processes::wait_until_quiet(server.process())?;
        let machine = self.measurement.machine(&server);
        rows.extend(self.searches(&server, &stock.counterparties, &plan.searches)?);
        rows.extend(or_unmeasured(
            "outage",
            "ClickHouse killed",
            self.outage(&server, &plan),
        )?);
        if self.options.no_cards {
            rows.push(derived::memory(server.process(), "without pages of cards"));
            drop(server);
        } else {
            rows.extend(self.cards(server, &plan, &stock.data_dir)?);
        }
        let alone = self.postgres_only(stock, &plan.postgres_only);
        rows.extend(or_unmeasured("postgres", "Postgres alone", alone)?);
        rows.extend(derived::ratios(&rows));
        self.measurement.print(machine, rows);
        Ok(())
    }

    /// Searches by both engines as people run them.
    fn searches(
        &self,
        server: &Server,
        counterparties: &Counterparties,
        plan: &Searches,
    ) -> anyhow::Result<Vec<Row>> {
        let (asking, crowd) = (Asking(server), self.options.concurrency);
        asking.warm_up(&plan.warm_up)?;
        asking.warm_up(&counterparties.about_the_heaviest(0, 4))?;
        let heavy = counterparties.about_the_heaviest(10, HEAVY);
        let heavy_at_once = counterparties.about_the_heaviest(10 + HEAVY, HEAVY * 10);
        let pages = counterparties.pages_of_the_heaviest();

        let mut rows = vec![
            asking
                .row("search", "one counterparty", 1, &plan.single)?
                .within(ONE),
            asking
                .row("search_heaviest", "the heaviest applicant", 1, &heavy)?
                .within(ONE)
                .note("asked with a number that nobody has beside its own, each time another, so that nothing is cached"),
            asking
                .row("page_heaviest", "its first page, filtered", 1, &pages)?
                .within(ONE)
                .note("each by another registry, status and regulation together; some pages are empty"),
        ];
        let batches = asking.metric(BATCHES);
        rows.push(
            asking
                .row("search_at_once", "one counterparty", crowd, &plan.at_once)?
                .within(AT_ONCE),
        );
        rows.push(derived::questions_a_query(batches, asking.metric(BATCHES)));
        rows.push(
            asking
                .row(
                    "search_heaviest_at_once",
                    "the heaviest applicant",
                    crowd,
                    &heavy_at_once,
                )?
                .within(AT_ONCE),
        );
        rows.extend(self.cached(&asking, &plan.single)?);
        Ok(rows)
    }

    /// The same questions once more, many times.
    fn cached(&self, asking: &Asking<'_>, asked: &[String]) -> anyhow::Result<Vec<Row>> {
        let asked = &asked[..asked.len().min(CACHED)];
        // What the cache has dropped meanwhile is in it again.
        asking.warm_up(asked)?;
        let repeated = |times: usize| -> Vec<String> {
            let endless = asked.iter().cycle();
            endless.take(asked.len() * times).cloned().collect()
        };
        Ok(vec![
            asking
                .row("search_cached", "the same again", 1, &repeated(3))?
                .within(Budget::NinetyFifth(1.0)),
            asking
                .row(
                    "search_cached_at_once",
                    "the same again",
                    self.options.concurrency,
                    &repeated(20),
                )?
                .note("the processors are full: the time is the length of the queue, see how many a second"),
        ])
    }

    fn outage(&self, server: &Server, plan: &Plan<'_>) -> anyhow::Result<Vec<Row>> {
        eprintln!("bench: ClickHouse is killed under load");
        let asking = Asking(server);
        let outage = Outage {
            server: server.process(),
            port: server.port(),
            connections: self.options.concurrency,
            load: asking.requests(&plan.outage),
            looks: asking.requests(&plan.looks),
        };
        outage.measure()
    }

    /// Pages of cards, and the memory of the server after all; ends the server.
    fn cards(&self, server: Server, plan: &Plan<'_>, directory: &Path) -> anyhow::Result<Vec<Row>> {
        let (key, name) = ("card", "page of a card");
        let before = derived::memory(server.process(), "without pages of cards");
        eprintln!("bench: a portal with {} companies is read", plan.cards.len());
        let cards = match Cards::open(server, &plan.cards, directory) {
            Ok(cards) => cards,
            Err(error) => {
                let mut rows = or_unmeasured(key, name, Err(error))?;
                rows.push(before);
                return Ok(rows);
            }
        };
        let calls = cards.portal_calls()?;
        let server = &cards.stack.server;
        let row = Asking(server).row_of(key, name, self.options.concurrency, cards.unopened())?;
        let calls = cards.portal_calls()?.saturating_sub(calls);
        Ok(vec![
            row.within(Budget::NinetyFifth(150.0)).note(format!(
                "each of another company; {calls} calls to the portal meanwhile"
            )),
            derived::memory(server.process(), "with searches, outage and pages of cards"),
        ])
    }

    /// The same kinds of questions to a server that has Postgres alone.
    fn postgres_only(&self, stock: &Stock, plan: &Searches) -> anyhow::Result<Vec<Row>> {
        let off = vec![("CERTLENS_CLICKHOUSE_URL", "off".to_owned())];
        let server = self.measurement.start(&stock.data_dir, off)?;
        let asking = Asking(&server);
        let heavy = stock.counterparties.about_the_heaviest(10, HEAVY);
        let pages = stock.counterparties.pages_of_the_heaviest();
        asking.warm_up(&plan.warm_up)?;
        Ok(vec![
            asking.row(
                "postgres_search",
                "Postgres alone: one counterparty",
                1,
                &plan.single,
            )?,
            asking.row(
                "postgres_search_heaviest",
                "Postgres alone: the heaviest applicant",
                1,
                &heavy,
            )?,
            asking.row(
                "postgres_page_heaviest",
                "Postgres alone: its first page, filtered",
                1,
                &pages,
            )?,
            asking.row(
                "postgres_search_at_once",
                "Postgres alone: one counterparty",
                self.options.concurrency,
                &plan.at_once,
            )?,
        ])
    }
}
