//! The whole way, from an import to items in a portal, against a plain reference: whatever order imports,
//! subscriptions, recounts, sends, faults of the portal and killed processes come in, each piece of news that is due is
//! told in its card once, and nothing else is.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::time::Duration;

use certlens_domain::subscription::{TermsChange, WantedTerms};
use certlens_domain::tracking::{NewsKind, NotificationKind};
use certlens_formats::ImportSource;
use certlens_portal_sim::RestFault;
use certlens_registry::{ImportInput, Importer};
use certlens_store::{CrmEntity, EntityType, RecountOccasion, UserId};
use certlens_tracking::notification::notify_at;
use certlens_tracking::recounting::recount_now;
use certlens_tracking::subscriptions::Asker;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::world::{FIRST, MANAGER, World, eventually, stored, tempo};

const INNS: [&str; 4] = ["7707083893", "7728168971", "7736050003", "5403055932"];
const CARDS: i64 = 3;
const KIND: NotificationKind = NotificationKind::Todo;

/// A state of a document, as a line of an import gives it.
#[derive(Debug, Clone, Copy)]
struct Line {
    document: u8,
    is_suspended: bool,
}

impl Line {
    /// A document belongs to one company for ever.
    fn inn(self) -> &'static str {
        INNS[usize::from(self.document) % INNS.len()]
    }

    fn json(self) -> String {
        let document = self.document;
        let status = if self.is_suspended { "suspended" } else { "active" };
        let line = json!({
            "registry": "rf_declarations", "source_id": format!("source-{document}"),
            "number": format!("ЕАЭС N RU Д-CN.РА01.В.{document:05}/25"), "kind": "declaration", "status": status,
            "status_label": status, "registered_on": "2025-08-28", "valid_until": "2090-08-27",
            "applicant": {"name": "ООО", "country": "RU", "inn": self.inn()}, "manufacturer": {"name": "", "country": "CN"},
            "technical_regulations": ["ТР ТС 004/2011"], "product": "Чайник", "tn_ved": ["8516108000"],
        });
        format!("{line}\n")
    }
}

#[derive(Debug, Clone)]
enum Step {
    Import(Vec<Line>),
    Subscribe {
        card: i64,
        inns: Vec<usize>,
        news: Vec<NewsKind>,
    },
    Recount,
    Notify,
    KillRecount(u64),
    KillNotify(u64),
    Fault(RestFault),
}

/// What must be told: card, kind, document, and how often (a document may be suspended again).
type Told = BTreeMap<(i64, NewsKind, String), i64>;

/// The reference: what is known of documents, who subscribed, what is due.
#[derive(Default)]
struct Reference {
    is_suspended: BTreeMap<u8, bool>,
    subscriptions: Vec<(i64, BTreeSet<&'static str>, Vec<NewsKind>)>,
    due: Told,
}

impl Reference {
    fn import(&mut self, lines: &[Line]) {
        // Of several lines about one document the last one counts.
        let last: BTreeMap<u8, Line> = lines.iter().map(|line| (line.document, *line)).collect();
        for line in last.into_values() {
            let happened = match self.is_suspended.insert(line.document, line.is_suspended) {
                None => Some(NewsKind::NewDocument),
                Some(false) if line.is_suspended => Some(NewsKind::Suspended),
                Some(_) => None,
            };
            let Some(happened) = happened else { continue };
            let cards: BTreeSet<i64> = self
                .subscriptions
                .iter()
                .filter(|(_, inns, news)| inns.contains(line.inn()) && news.contains(&happened))
                .map(|(card, _, _)| *card)
                .collect();
            for card in cards {
                let told = (card, happened, format!("source-{}", line.document));
                *self.due.entry(told).or_default() += 1;
            }
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let line = (0..12_u8, any::<bool>()).prop_map(|(document, is_suspended)| Line {
        document,
        is_suspended,
    });
    let news = prop::sample::subsequence(vec![NewsKind::NewDocument, NewsKind::Suspended], 1..=2);
    let subscribe = (0..CARDS, prop::sample::subsequence(vec![0, 1, 2, 3], 1..=3), news);
    let fault = prop::sample::select(vec![
        RestFault::WriteExecutedBut500,
        RestFault::WriteExecutedButReset,
        RestFault::BatchExecutedHalf,
        RestFault::ConnectionReset,
    ]);
    prop_oneof![
        4 => prop::collection::vec(line, 1..6).prop_map(Step::Import),
        3 => subscribe.prop_map(|(card, inns, news)| Step::Subscribe { card, inns, news }),
        2 => Just(Step::Recount),
        2 => Just(Step::Notify),
        2 => (0..40_u64).prop_map(Step::KillRecount),
        2 => (0..300_u64).prop_map(Step::KillNotify),
        1 => fault.prop_map(Step::Fault),
    ]
}

#[test]
fn each_due_piece_of_news_is_told_once_and_none_undue_in_any_order_of_things() {
    let mut runner = TestRunner::new(Config {
        cases: 6,
        failure_persistence: None,
        max_shrink_iters: 0,
        ..Config::default()
    });
    runner
        .run(&prop::collection::vec(step(), 6..20), |steps| {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(live_through(steps));
            Ok(())
        })
        .unwrap();
}

async fn live_through(steps: Vec<Step>) {
    let world = World::start(5).await;
    let rejects = tempfile::TempDir::new().unwrap();
    let importer = Importer::new(world.pool().clone(), None, rejects.path());
    let mut reference = Reference::default();
    for step in &steps {
        match step {
            Step::Import(lines) => {
                let text: String = lines.iter().map(|line| line.json()).collect();
                let input = ImportInput::reader("model.jsonl", Cursor::new(text.into_bytes()));
                importer.import(ImportSource::Jsonl, input, |_| {}).await.unwrap();
                reference.import(lines);
            }
            Step::Subscribe { card, inns, news } => {
                subscribe(&world, *card, inns, news).await;
                let inns = inns.iter().map(|inn| INNS[*inn]).collect();
                reference.subscriptions.push((*card, inns, news.clone()));
            }
            Step::Recount => recount(&world).await,
            Step::Notify => notify(&world).await,
            // What is dropped in the middle is what a killed process leaves: an open transaction, a lease, a request.
            Step::KillRecount(after) => {
                let _ = timeout(Duration::from_millis(*after), recount(&world)).await;
            }
            Step::KillNotify(after) => {
                let _ = timeout(Duration::from_millis(*after), notify(&world)).await;
            }
            Step::Fault(fault) => world.portal().set_fault_times(*fault, 1),
        }
    }

    recount(&world).await;
    eventually("everything is told", async || {
        // A portal in trouble is left alone for longer than a test lasts.
        world
            .store()
            .resume_sending(&stored(&world.portal()))
            .await
            .unwrap();
        notify(&world).await;
        let open = "SELECT (SELECT count(*) FROM news WHERE settled_at IS NULL)
                         + (SELECT count(*) FROM notification_items WHERE state <> 'sent')";
        world.number(open).await == 0
    })
    .await;

    // A fault that nothing met is not to be met by the look at the portal.
    world.portal().clear_faults();
    assert_eq!(told(&world).await, reference.due, "{steps:?}");
    world.assert_each_once(&world.portal(), KIND).await;
    world.close().await;
}

async fn subscribe(world: &World, card: i64, inns: &[usize], news: &[NewsKind]) {
    let wanted = TermsChange::check(WantedTerms {
        identifiers: Some(inns.iter().map(|inn| INNS[*inn].to_owned()).collect()),
        news: Some(news.to_vec()),
        ..WantedTerms::default()
    });
    let entity = CrmEntity {
        entity_type: EntityType::Company,
        id: FIRST + card,
    };
    let manager = UserId(i64::try_from(MANAGER).unwrap());
    let member_id = stored(&world.portal());
    world
        .tracking
        .subscribe(&member_id, entity, manager, &wanted.unwrap(), Asker::Operator)
        .await
        .unwrap();
}

async fn recount(world: &World) {
    recount_now(&world.another_process(), RecountOccasion::Command)
        .await
        .unwrap();
}

async fn notify(world: &World) {
    let process = world.another_process();
    let within = Duration::from_secs(20);
    notify_at(&process, &tempo(), &CancellationToken::new(), within)
        .await
        .unwrap();
}

/// What items that are sent tell.
async fn told(world: &World) -> Told {
    let rows: Vec<(i64, String, String, i64)> = sqlx::query_as(
        "SELECT told.entity_id, told.kind, told.document_key, count(*)
         FROM item_news AS told JOIN notification_items AS item ON item.id = told.item_id AND item.state = 'sent'
         GROUP BY 1, 2, 3",
    )
    .fetch_all(world.pool())
    .await
    .unwrap();
    rows.into_iter()
        .map(|(card, kind, document, times)| ((card - FIRST, kind.parse().unwrap(), document), times))
        .collect()
}
