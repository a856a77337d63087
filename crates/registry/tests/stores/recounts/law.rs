//! The law of recounts: whatever is imported, subscribed and recounted in whatever order, the news are those that the
//! rules in words give.

use super::tracked::{Told, Tracked, Wish, date};
use certlens_domain::document::Document;
use certlens_domain::registry::Registry;
use certlens_domain::status::Status;
use certlens_domain::tracking::NewsKind;
use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use std::collections::{BTreeMap, BTreeSet};

const IDENTIFIERS: [&str; 4] = ["7707083893", "5403055932", "1027700132195", "0814162716"];
const BEGIN: &str = "2026-03-10";

#[derive(Debug, Clone)]
enum Step {
    Import(Vec<Document>),
    Subscribe(Wish),
    /// Days pass.
    Days(i64),
    Recount,
    /// Some portions only, as of a process that is killed.
    Portions(usize),
}

fn document() -> impl Strategy<Value = Document> {
    (
        0_u32..6,
        select(vec![Registry::RfDeclarations, Registry::Kz]),
        select(vec![
            Status::Active,
            Status::Extended,
            Status::Suspended,
            Status::Terminated,
            Status::Invalid,
        ]),
        select(vec![None, Some(5), Some(25), Some(31), Some(60), Some(400)]),
        select(IDENTIFIERS.to_vec()),
        select(IDENTIFIERS.to_vec()),
        any::<bool>(),
    )
        .prop_map(
            |(id, registry, status, days, applicant, manufacturer, is_reworded)| {
                let mut document = crate::stores::document(id, applicant);
                document.registry = registry;
                document.kind = registry.only_kind().unwrap_or(document.kind);
                document.status = status;
                document.valid_until = days.map(|days| date(BEGIN) + TimeDelta::days(days));
                document.manufacturer.ogrn = Some(manufacturer.to_owned());
                document.product = String::from(if is_reworded { "Чайник" } else { "" });
                document
            },
        )
}

fn wish() -> impl Strategy<Value = Wish> {
    (
        subsequence(IDENTIFIERS.to_vec(), 1..3),
        subsequence(NewsKind::ALL.to_vec(), 1..=5),
        select(vec![None, Some(vec!["kz"])]),
        select(vec![1, 30, 35]),
    )
        .prop_map(|(identifiers, news, registries, expiring_days)| Wish {
            identifiers,
            news,
            registries,
            expiring_days,
            day: date(BEGIN),
        })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => proptest::collection::vec(document(), 1..6).prop_map(Step::Import),
        2 => wish().prop_map(Step::Subscribe),
        1 => (1_i64..20).prop_map(Step::Days),
        3 => Just(Step::Recount),
        1 => (1_usize..4).prop_map(Step::Portions),
    ]
}

/// A stored document with its past.
#[derive(Debug, Clone)]
struct Stored {
    document: Document,
    first: i64,
    /// The version of the present term.
    term: i64,
    last: i64,
    /// Version and status of each change.
    changes: Vec<(i64, Status)>,
}

struct Subscription {
    id: i64,
    wish: Wish,
    since: i64,
}

/// The rules in words, one document and one subscription at a time.
struct Reference {
    version: i64,
    today: NaiveDate,
    stored: BTreeMap<(Registry, String), Stored>,
    subscriptions: Vec<Subscription>,
    /// What was looked at.
    mark: (i64, NaiveDate),
    told: BTreeSet<Told>,
}

impl Reference {
    fn import(&mut self, documents: &[Document]) {
        let version = self.version + 1;
        let last: BTreeMap<_, _> = documents
            .iter()
            .map(|document| ((document.registry, document.source_id.clone().unwrap()), document))
            .collect();
        for (key, document) in last {
            match self.stored.get_mut(&key) {
                None => {
                    let stored = Stored {
                        document: document.clone(),
                        first: version,
                        term: version,
                        last: version,
                        changes: Vec::new(),
                    };
                    self.stored.insert(key, stored);
                    self.version = version;
                }
                Some(stored) if stored.document != *document => {
                    let before = &stored.document;
                    if before.status != document.status {
                        stored.changes.push((version, document.status));
                    }
                    if before.valid_until != document.valid_until
                        || before.status.is_active() != document.status.is_active()
                    {
                        stored.term = version;
                    }
                    stored.last = version;
                    stored.document = document.clone();
                    self.version = version;
                }
                Some(_) => {}
            }
        }
    }

    fn recount(&mut self) {
        for subscription in &self.subscriptions {
            for stored in self.stored.values() {
                if concerns(&subscription.wish, &stored.document) {
                    self.told
                        .extend(news(self.mark, self.today, subscription, stored));
                }
            }
        }
        self.mark = (self.version, self.today);
    }
}

fn concerns(wish: &Wish, document: &Document) -> bool {
    let carries = |identifier: &&str| {
        let stated = [&document.applicant.inn, &document.manufacturer.ogrn];
        stated.iter().any(|stated| stated.as_deref() == Some(identifier))
    };
    let is_in = |registries: &Vec<&str>| registries.contains(&document.registry.key());
    wish.identifiers.iter().any(carries) && wish.registries.as_ref().is_none_or(is_in)
}

/// What is told of one document after the mark.
fn news(
    (version, day): (i64, NaiveDate),
    today: NaiveDate,
    subscription: &Subscription,
    stored: &Stored,
) -> Vec<Told> {
    let (wish, since, document) = (&subscription.wish, subscription.since, &stored.document);
    let mut happened = Vec::new();
    let is_touched = stored.last > version;
    if is_touched && stored.first > since {
        happened.push((NewsKind::NewDocument, String::new()));
    }
    for (at, status) in &stored.changes {
        let kind = match status {
            Status::Suspended => NewsKind::Suspended,
            Status::Terminated | Status::Invalid => NewsKind::Terminated,
            _ => continue,
        };
        if *at > version && *at > since {
            happened.push((kind, at.to_string()));
        }
    }
    if let Some(end) = document.valid_until.filter(|_| document.status.is_active()) {
        let period = TimeDelta::days(wish.expiring_days.into());
        let was_there = stored.term <= since && end <= wish.day + period;
        let came_near = end > day + period && end <= today + period;
        let is_near = is_touched && end >= today && end <= today + period;
        if !was_there && (came_near || is_near) {
            happened.push((NewsKind::Expiring, end.to_string()));
        }
    }
    let name = format!(
        "{} {}",
        document.registry,
        document.source_id.as_deref().unwrap_or_default()
    );
    happened
        .into_iter()
        .filter(|(kind, _)| wish.news.contains(kind))
        .map(|(kind, occurrence)| (subscription.id, kind.key().to_owned(), name.clone(), occurrence))
        .collect()
}

async fn check(world: &Tracked, steps: Vec<Step>) -> Result<(), TestCaseError> {
    world.empty().await;
    let begin = date(BEGIN);
    let mut reference = Reference {
        version: 0,
        today: begin,
        stored: BTreeMap::new(),
        subscriptions: Vec::new(),
        mark: (0, begin),
        told: BTreeSet::new(),
    };
    for step in steps.into_iter().chain([Step::Recount]) {
        let recounter = world.recounter.clone().on(reference.today).in_portions(3, 1);
        match step {
            Step::Import(documents) => {
                // The last line of a document counts: lines that replace each other in one file are another law's.
                let last: BTreeMap<_, _> = documents
                    .into_iter()
                    .map(|document| ((document.registry, document.source_id.clone()), document))
                    .collect();
                let documents: Vec<_> = last.into_values().collect();
                world.import(&documents).await;
                reference.import(&documents);
            }
            Step::Subscribe(wish) => {
                let wish = Wish {
                    day: reference.today,
                    ..wish
                };
                let id = world.subscribe(&wish).await;
                reference.subscriptions.push(Subscription {
                    id,
                    wish,
                    since: reference.version,
                });
            }
            Step::Days(days) => reference.today += TimeDelta::days(days),
            Step::Recount => {
                recounter.recount(1).await.unwrap();
                reference.recount();
                let told = world.told().await;
                let distinct: BTreeSet<_> = told.iter().cloned().collect();
                prop_assert_eq!(told.len(), distinct.len());
                prop_assert_eq!(&distinct, &reference.told);
            }
            Step::Portions(portions) => {
                for _ in 0..portions {
                    recounter.step(1).await.unwrap();
                }
                // Whoever comes next ends the pass: as of the day on which it began, before anything else happens.
                recounter.recount(2).await.unwrap();
                reference.recount();
            }
        }
    }
    Ok(())
}

#[test]
fn whatever_happens_in_whatever_order_the_news_are_those_of_the_rules() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config {
        cases: 32,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    };
    let steps = proptest::collection::vec(step(), 4..16);
    let world = runtime.block_on(Tracked::create());
    TestRunner::new(config)
        .run(&steps, |steps| runtime.block_on(check(&world, steps)))
        .unwrap();
    runtime.block_on(world.end());
}
