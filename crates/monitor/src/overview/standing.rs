//! How it goes: the figures below the problems, and the tables of registries, recounts and budgets.

use super::charts::merged;
use super::facts::{Facts, Known, Unread};
use crate::address::{Address, ScreenName};
use crate::open::{Monitor, View};
use crate::screen::{Figure, Figures, Tone};
use crate::table::{Cell, Column, Row, Table};
use certlens_store::telemetry::{Point, PortalTotal, Span, quantile, series};
use certlens_store::{Measured, QueueDepth, RecountRecord, RecountState, StoreError};

/// So many of the latest recounts are shown.
const RECOUNTS: u32 = 10;
/// What a portal allows in an hour: two requests a second.
const CALLS_AN_HOUR: f64 = 7_200.0;

/// What the figures are made from, beside the facts.
pub(super) struct Standing {
    queue: Known<Vec<QueueDepth>>,
    recounts: Known<Vec<RecountRecord>>,
    budgets: Known<Vec<PortalTotal>>,
    /// Of all portals: the operator's only.
    measured: Option<Known<Measured>>,
}

impl Standing {
    pub(super) async fn collect(monitor: &Monitor, view: &View<'_>, span: Span) -> Self {
        let (store, scope) = (&monitor.store, view.scope.portal());
        let measured = async {
            if view.viewer.is_operator() && scope.is_none() {
                Some(known(store.measured().await))
            } else {
                None
            }
        };
        let (queue, recounts, budgets, measured) = tokio::join!(
            store.queue_depths(scope),
            store.recounts(RECOUNTS),
            store.busiest_portals(series::REST_CALLS, span.length(), scope),
            measured,
        );
        Self {
            queue: known(queue),
            recounts: known(recounts),
            budgets: known(budgets),
            measured,
        }
    }

    pub(super) fn figures(&self, facts: &Facts, points: &[Point], view: &View<'_>) -> Figures {
        let mut figures = self.of_searches(points, view);
        figures.extend(self.of_work(facts, view));
        if let Some(measured) = &self.measured {
            figures.extend(of_service(measured.as_ref().ok(), facts, points, view));
        }
        Figures { title: None, figures }
    }

    #[expect(clippy::unused_self, reason = "the three are made alike")]
    fn of_searches(&self, points: &[Point], view: &View<'_>) -> Vec<Figure> {
        let texts = view.texts;
        let searches: Vec<&Point> = points
            .iter()
            .filter(|point| point.series == series::SEARCH_SECONDS)
            .collect();
        let buckets = merged(&searches);
        let milliseconds =
            |q| quantile(&series::SECONDS, &buckets, q).map(|seconds| texts.milliseconds_of(seconds));
        let all: i64 = searches.iter().map(|point| point.samples).sum();
        let share = |engine: &str| {
            let part: i64 = searches
                .iter()
                .filter(|point| point.label == engine)
                .map(|point| point.samples)
                .sum();
            percent(part, all)
        };
        let shares = (all > 0).then(|| texts.shares(share("cache"), share("clickhouse"), share("postgres")));
        let failures = sum(points, series::SEARCH_FAILURES, None);
        let (hits, misses) = (
            sum(points, series::CACHE_HITS, None),
            sum(points, series::CACHE_MISSES, None),
        );
        vec![
            figure(
                texts.figure_search(),
                milliseconds(0.95),
                milliseconds(0.5).map(|p50| format!("p50 {p50}")),
            ),
            figure(texts.figure_searches(), Some(texts.number(all)), shares),
            Figure {
                tone: if failures > 0 { Tone::Warning } else { Tone::Plain },
                ..figure(texts.figure_search_failures(), Some(texts.number(failures)), None)
            },
            figure(
                texts.figure_cache(),
                (hits + misses > 0).then(|| format!("{} %", percent(hits, hits + misses))),
                Some(texts.of_questions(hits + misses)),
            ),
        ]
    }

    fn of_work(&self, facts: &Facts, view: &View<'_>) -> Vec<Figure> {
        let texts = view.texts;
        let queue = self.queue.as_ref().ok();
        let pieces = |states: &[&str]| -> Option<i64> {
            Some(
                queue?
                    .iter()
                    .filter(|depth| states.contains(&depth.state.as_str()))
                    .map(|depth| depth.pieces)
                    .sum(),
            )
        };
        let oldest = queue
            .into_iter()
            .flatten()
            .filter(|depth| matches!(depth.state.as_str(), "waiting" | "late"))
            .filter_map(|depth| depth.oldest)
            .min()
            .map(|since| texts.oldest(&texts.span_in_words(view.now - since)));
        let address = view.address.beside(ScreenName::Queue);
        let dead = pieces(&["dead", "unassignable"]);
        let recounts = facts.recounts.as_ref().ok();
        let last = recounts
            .and_then(|health| health.succeeded_at)
            .map(|at| texts.span_in_words(facts.now - at));
        let next = recounts.map(|health| {
            if health.running_since.is_some() {
                texts.runs_now().to_owned()
            } else if health.due_at >= health.now {
                texts.next_in(&texts.span_in_words(health.due_at - health.now))
            } else {
                texts.overdue_by(&texts.span_in_words(health.now - health.due_at))
            }
        });
        vec![
            Figure {
                address: Some(address.to_string()),
                ..figure(
                    texts.figure_queue(),
                    pieces(&["waiting", "late", "running"]).map(|pieces| texts.number(pieces)),
                    oldest,
                )
            },
            Figure {
                tone: if dead.unwrap_or_default() > 0 {
                    Tone::Bad
                } else {
                    Tone::Good
                },
                address: Some(address.with("state", "dead").to_string()),
                ..figure(texts.figure_dead(), dead.map(|pieces| texts.number(pieces)), None)
            },
            figure(texts.figure_recount(), last, next),
        ]
    }

    pub(super) fn tables(&self, facts: &Facts, view: &View<'_>, span: Span) -> Vec<Table> {
        let mut tables = vec![registries(facts, view)];
        if let Ok(recounts) = &self.recounts {
            tables.push(recounts_table(recounts, facts, view));
        }
        if let Ok(budgets) = &self.budgets {
            tables.push(budgets_table(budgets, view, span));
        }
        tables
    }
}

fn of_service(measured: Option<&Measured>, facts: &Facts, points: &[Point], view: &View<'_>) -> Vec<Figure> {
    let texts = view.texts;
    let servers = facts.processes.as_ref().ok().map(|processes| {
        let breaker = |state: &str| {
            processes
                .iter()
                .filter(|process| process.breaker == state)
                .count()
        };
        (processes.len(), breaker("open") + breaker("half_open"))
    });
    let sent = sum(points, series::ITEMS, Some("sent"));
    let portals = Address::of(ScreenName::Portals).to_string();
    let backup = facts
        .backups
        .as_ref()
        .ok()
        .and_then(|standing| standing.last.as_ref());
    vec![
        figure(texts.figure_sent(), Some(texts.number(sent)), None),
        Figure {
            address: Some(portals.clone()),
            ..figure(
                texts.figure_portals(),
                measured.map(|measured| texts.number(measured.installed)),
                measured.map(|measured| texts.other_portals(measured.suspended + measured.needs_reauth)),
            )
        },
        Figure {
            tone: if measured.is_some_and(|measured| measured.without_token > 0) {
                Tone::Bad
            } else {
                Tone::Good
            },
            address: Some(portals),
            ..figure(
                texts.figure_tokens(),
                measured.map(|measured| texts.number(measured.living_chains)),
                measured.map(|measured| texts.ended_chains(measured.ended_chains, measured.without_token)),
            )
        },
        figure(
            texts.figure_budget(),
            measured.map(|measured| format!("{:.0} %", measured.fullest_budget * 100.0)),
            measured.map(|measured| texts.parked(measured.slowed_portals, measured.parked_methods)),
        ),
        Figure {
            tone: if servers.is_some_and(|(_, open)| open > 0) {
                Tone::Warning
            } else {
                Tone::Good
            },
            ..figure(
                texts.figure_servers(),
                servers.map(|(all, _)| all.to_string()),
                servers.map(|(_, open)| texts.breakers(open)),
            )
        },
        figure(
            texts.figure_backup(),
            backup.map(|last| texts.span_in_words(facts.now - last.at)),
            // The doctor says where it lies.
            backup.and_then(|last| last.file.rsplit('/').next().map(str::to_owned)),
        ),
    ]
}

fn registries(facts: &Facts, view: &View<'_>) -> Table {
    let texts = view.texts;
    let mut table = Table::new(
        "registries",
        texts.table_registries(),
        vec![
            Column::text("registry", texts.column_registry()),
            Column::number("documents", texts.column_documents()),
            Column::number("data", texts.column_data()),
            Column::number("imported", texts.column_imported()),
        ],
        texts.registries_unknown(),
    );
    table.rows = facts
        .registries
        .iter()
        .flatten()
        .map(|registry| {
            let imported = registry
                .last_import
                .as_ref()
                .and_then(|import| import.finished_at);
            let documents = if registry.loaded {
                Cell::Number(i64::try_from(registry.documents).unwrap_or(i64::MAX))
            } else {
                Cell::state(texts.never_loaded(), Tone::Warning)
            };
            Row::new(
                registry.registry.key(),
                vec![
                    Cell::Text(texts.registry_in_full(registry.registry).to_owned()),
                    documents,
                    registry.data_date.map_or(Cell::Nothing, Cell::Day),
                    Cell::moment(imported),
                ],
            )
        })
        .collect();
    table
}

fn recounts_table(recounts: &[RecountRecord], facts: &Facts, view: &View<'_>) -> Table {
    let texts = view.texts;
    let every = chrono::TimeDelta::from_std(facts.recount_every).unwrap_or_default();
    let mut table = Table::new(
        "recounts",
        texts.table_recounts(&texts.span_in_words(every)),
        vec![
            Column::number("run", texts.column_run()),
            Column::number("began", texts.column_began()),
            Column::text("occasion", texts.column_occasion()),
            Column::text("state", texts.column_state()),
            Column::number("took", texts.column_took()),
            Column::number("identifiers", texts.column_identifiers()),
            Column::number("found", texts.column_found()),
        ],
        texts.no_recounts(),
    );
    // What was found, and of how many, is of all portals together.
    let is_whole = view.viewer.is_operator() && view.scope.is_whole();
    let of_all = |number: Option<i64>| number.filter(|_| is_whole).map_or(Cell::Nothing, Cell::Number);
    table.rows = recounts
        .iter()
        .map(|run| {
            let tone = match run.state {
                RecountState::Done => Tone::Good,
                RecountState::Failed => Tone::Bad,
                RecountState::Requested | RecountState::Running => Tone::Plain,
            };
            Row::new(
                run.run.to_string(),
                vec![
                    Cell::Number(run.run.number()),
                    Cell::moment(run.started_at),
                    Cell::Text(texts.recount_occasion(run.occasion).to_owned()),
                    Cell::state(texts.recount_state(run.state), tone),
                    run.seconds.map_or(Cell::Nothing, Cell::Seconds),
                    of_all(run.identifiers),
                    of_all(run.found),
                ],
            )
        })
        .collect();
    table
}

fn budgets_table(budgets: &[PortalTotal], view: &View<'_>, span: Span) -> Table {
    let texts = view.texts;
    let mut table = Table::new(
        "budgets",
        texts.table_budgets(match span {
            Span::Day => texts.span_day(),
            Span::Month => texts.span_month(),
        }),
        vec![
            Column::text("portal", texts.portal()),
            Column::number("calls", texts.rest_calls()),
            Column::number("busiest", texts.column_busiest()),
            Column::number("share", texts.column_share()),
        ],
        texts.no_calls(),
    );
    table.rows = budgets
        .iter()
        .map(|portal| {
            let address = Address::about(ScreenName::Portals, portal.member_id.as_str());
            let name = if view.viewer.is_operator() {
                Cell::link(portal.domain.clone(), &address)
            } else {
                Cell::Text(portal.domain.clone())
            };
            let share = portal.busiest_hour / CALLS_AN_HOUR * 100.0;
            let tone = if share >= 80.0 { Tone::Warning } else { Tone::Plain };
            Row::new(
                portal.member_id.as_str(),
                vec![
                    name,
                    Cell::Number(whole(portal.total)),
                    Cell::Number(whole(portal.busiest_hour)),
                    Cell::state(format!("{share:.0} %"), tone),
                ],
            )
        })
        .collect();
    table
}

fn figure(label: &str, value: Option<String>, hint: Option<String>) -> Figure {
    Figure {
        label: label.to_owned(),
        value: value.unwrap_or_else(|| "—".to_owned()),
        hint,
        tone: Tone::Plain,
        address: None,
    }
}

fn known<T>(answer: Result<T, StoreError>) -> Known<T> {
    answer.map_err(|error| {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "a figure of the overview can't be read"
        );
        Unread {
            why: error.to_string(),
        }
    })
}

/// The sum of a counter.
fn sum(points: &[Point], name: &str, label: Option<&str>) -> i64 {
    let meant = points
        .iter()
        .filter(|point| point.series == name && label.is_none_or(|label| point.label == label));
    whole(meant.map(|point| point.total).sum())
}

#[expect(clippy::cast_possible_truncation, reason = "counts are far below 2^63")]
fn whole(value: f64) -> i64 {
    value.round() as i64
}

fn percent(part: i64, all: i64) -> i64 {
    if all == 0 {
        0
    } else {
        (part * 200 + all) / (all * 2)
    }
}
