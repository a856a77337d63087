//! The board, counted plainly: each facet goes through the documents again, with the filter without its own condition.

use super::{Found, Oracle, passes};
use certlens_domain::analytics::{Engine, RoleCounts};
use certlens_domain::board::{
    Board, BoardFacts, BoardQuery, BoardTotals, ByKind, EndsCell, MOST_VALUES, RegisteredCell, ValueCount,
    Values,
};
use certlens_domain::document::Document;
use certlens_domain::documents_page::DocumentFilter;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::scheme::{Production, normalised};
use certlens_domain::status::Status;
use certlens_domain::trend::Month;
use chrono::{Days, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};

/// Documents that fit a filter, on a day.
struct Fitting<'oracle> {
    found: Vec<Found<'oracle>>,
    today: NaiveDate,
}

impl Oracle {
    /// The board that both engines must give; as if from memory, and in no time.
    pub(crate) fn board(&self, query: &BoardQuery, today: NaiveDate) -> Board {
        let fitting = |change: &dyn Fn(&mut DocumentFilter)| {
            let mut filter = query.filter.clone();
            change(&mut filter);
            let asked = self.asked(&query.about);
            let mut found = self.found(&asked.all, query.about.role);
            found.retain(|found| passes(&filter, found.document, self.rf_status(found.document), today));
            Fitting { found, today }
        };
        let all = fitting(&|_| {});
        let any_code = fitting(&|filter| filter.tn_ved.clear());
        let chosen = &query.filter.tn_ved;
        let below_groups = !chosen.is_empty() && chosen.iter().all(|first| first.len() == 2);
        let listed = |position: &String| !below_groups || chosen.contains(&position[..2].to_owned());
        let registered = fitting(&|filter| (filter.registered_from, filter.registered_to) = (None, None));
        let ends = fitting(&|filter| (filter.ends_from, filter.ends_to) = (None, None));
        Board {
            engine: Engine::Cache,
            elapsed_ms: 0.0,
            totals: all.totals(&|document| self.rf_status(document)),
            by_registry: fitting(&|filter| filter.registries.clear()).by_registry(),
            by_kind: fitting(&|filter| filter.kind = None).by_kind(&|_| true),
            by_status: fitting(&|filter| filter.statuses.clear())
                .count(|document| vec![document.status.on(today, document.valid_until)]),
            by_technical_regulation: values(
                fitting(&|filter| filter.technical_regulations.clear())
                    .count(|document| document.technical_regulations.clone()),
            ),
            by_product_group: values(any_code.count(|document| first_digits(document, 2))),
            by_product_position: values(any_code.count(|document| {
                first_digits(document, 4)
                    .into_iter()
                    .filter(listed)
                    .collect::<Vec<_>>()
            })),
            by_certification_body: values(
                fitting(&|filter| filter.certification_bodies.clear())
                    .count(|document| vec![document.certification_body.clone().unwrap_or_default()]),
            ),
            by_scheme: values(
                fitting(&|filter| filter.schemes.clear())
                    .count(|document| vec![normalised(document.scheme.as_deref().unwrap_or_default())]),
            ),
            by_production: fitting(&|filter| filter.production.clear())
                .count(|document| vec![Production::of(document.scheme.as_deref().unwrap_or_default())]),
            by_origin: values(
                fitting(&|filter| filter.origins.clear())
                    .count(|document| vec![document.manufacturer.country.clone().unwrap_or_default()]),
            ),
            by_role: all.roles(),
            registered: registered.registered(),
            ends: ends.ends(),
            facts: all.facts(),
        }
    }
}

impl<'oracle> Fitting<'oracle> {
    fn documents(&self) -> impl Iterator<Item = &'oracle Document> {
        self.found.iter().map(|found| found.document)
    }

    /// Documents by value, each once under each of its values.
    fn count<T: Ord>(&self, of: impl Fn(&Document) -> Vec<T>) -> BTreeMap<T, u64> {
        let mut counts = BTreeMap::new();
        for document in self.documents() {
            for value in of(document).into_iter().collect::<BTreeSet<T>>() {
                *counts.entry(value).or_default() += 1;
            }
        }
        counts
    }

    fn number(&self, holds: impl Fn(&Document) -> bool) -> u64 {
        self.documents().filter(|document| holds(document)).count() as u64
    }

    fn by_kind(&self, holds: &dyn Fn(&Document) -> bool) -> ByKind {
        let of = |kind| self.number(|document| document.kind == kind && holds(document));
        ByKind {
            certificates: of(DocumentKind::Certificate),
            declarations: of(DocumentKind::Declaration),
        }
    }

    fn by_registry(&self) -> BTreeMap<Registry, ByKind> {
        Registry::ALL
            .into_iter()
            .map(|registry| (registry, self.by_kind(&|document| document.registry == registry)))
            .filter(|(_, kinds)| kinds.documents() > 0)
            .collect()
    }

    fn in_force(&self, document: &Document) -> bool {
        let stored = matches!(
            document.status,
            Status::Active | Status::Renewed | Status::Extended
        );
        stored && document.valid_until.is_none_or(|end| end >= self.today)
    }

    fn totals(&self, rf_status: &dyn Fn(&Document) -> Option<Status>) -> BoardTotals {
        let kinds = self.by_kind(&|_| true);
        let active = self.by_kind(&|document| self.in_force(document));
        let ends = |days| {
            let last = self.today + Days::new(days);
            self.number(|document| {
                self.in_force(document) && document.valid_until.is_some_and(|end| end <= last)
            })
        };
        let next_end = self
            .documents()
            .filter(|document| self.in_force(document))
            .filter_map(|document| document.valid_until)
            .min();
        BoardTotals {
            documents: self.found.len() as u64,
            certificates: kinds.certificates,
            declarations: kinds.declarations,
            active: active.documents(),
            active_certificates: active.certificates,
            active_declarations: active.declarations,
            expiring_30d: ends(30),
            expiring_60d: ends(60),
            expiring_90d: ends(90),
            not_valid_in_rf: self.number(|document| {
                matches!(rf_status(document), Some(Status::Suspended | Status::Terminated))
            }),
            first_registered: self.documents().map(|document| document.registered_on).min(),
            last_registered: self.documents().map(|document| document.registered_on).max(),
            next_end,
            next_end_documents: self.number(|document| {
                next_end.is_some() && self.in_force(document) && document.valid_until == next_end
            }),
        }
    }

    fn roles(&self) -> RoleCounts {
        RoleCounts {
            applicant: self.found.iter().filter(|found| found.applicant).count() as u64,
            manufacturer: self.found.iter().filter(|found| found.manufacturer).count() as u64,
        }
    }

    fn registered(&self) -> Vec<RegisteredCell> {
        let cells = self.count(|document| {
            let month = Month::of(document.registered_on);
            vec![(month, document.registry, document.kind)]
        });
        let cell = |((month, registry, kind), documents)| RegisteredCell {
            month,
            registry,
            kind,
            documents,
        };
        cells.into_iter().map(cell).collect()
    }

    fn ends(&self) -> Vec<EndsCell> {
        let cells = self.count(|document| {
            let end = document.valid_until.filter(|_| self.in_force(document));
            end.map(|end| (Month::of(end), document.registry, document.kind))
                .into_iter()
                .collect()
        });
        let cell = |((month, registry, kind), documents)| EndsCell {
            month,
            registry,
            kind,
            documents,
        };
        cells.into_iter().map(cell).collect()
    }

    fn facts(&self) -> BoardFacts {
        let last_year = self.today - Days::new(364)..=self.today;
        let year_before = self.today - Days::new(729)..=self.today - Days::new(365);
        let body_in = |year: &std::ops::RangeInclusive<NaiveDate>| {
            let bodies = self.count(|document| {
                let body = document.certification_body.clone();
                body.filter(|body| !body.is_empty() && year.contains(&document.registered_on))
                    .into_iter()
                    .collect()
            });
            values(bodies).listed.into_iter().next()
        };
        let days = self.count(|document| {
            let day = document.registered_on;
            if last_year.contains(&day) {
                vec![day]
            } else {
                vec![]
            }
        });
        let most = days.values().max();
        BoardFacts {
            last_year: self.number(|document| last_year.contains(&document.registered_on)),
            year_before: self.number(|document| year_before.contains(&document.registered_on)),
            busiest_day: days
                .iter()
                .rfind(|(_, documents)| Some(*documents) == most)
                .map(|(day, documents)| (*day, *documents)),
            body_last_year: body_in(&last_year),
            body_year_before: body_in(&year_before),
        }
    }
}

/// The beginnings of a document's codes that consist of so many digits.
fn first_digits(document: &Document, digits: usize) -> Vec<String> {
    let first = |code: &String| code.chars().take(digits).collect::<String>();
    let whole = |first: &String| first.len() == digits && first.chars().all(|letter| letter.is_ascii_digit());
    document.tn_ved.iter().map(first).filter(whole).collect()
}

/// Most documents first, then by value; the first ones of them.
fn values(counts: BTreeMap<String, u64>) -> Values {
    let mut listed: Vec<ValueCount> = counts
        .into_iter()
        .map(|(value, documents)| ValueCount { value, documents })
        .collect();
    listed.sort_by(|one, other| {
        other
            .documents
            .cmp(&one.documents)
            .then(one.value.cmp(&other.value))
    });
    let more = listed.len().saturating_sub(MOST_VALUES) as u64;
    listed.truncate(MOST_VALUES);
    Values { listed, more }
}
