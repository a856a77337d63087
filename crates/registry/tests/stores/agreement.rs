//! The law of this crate: ClickHouse, Postgres and an independent count give the same numbers and the same pages.

mod board;

pub(crate) use self::board::{whole_document, whole_question};
use crate::books::assert_postgres_agrees;
use crate::oracle::{Oracle, Shown};
use crate::stores::{Stores, about, day, numbers};
use certlens_domain::analytics::{AnalyticsQuery, Engine, RoleFilter};
use certlens_domain::board::BoardQuery;
use certlens_domain::document::{Document, Party};
use certlens_domain::document_number::search_key;
use certlens_domain::documents_page::{DocumentFilter, DocumentsOrder, DocumentsQuery};
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use certlens_registry::Search;
use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::cell::Cell;

const REGULATIONS: [&str; 4] = [
    "ТР ТС 004/2011",
    "ТР ТС 020/2011",
    "О «странном» предмете, 'кавычки' \\ \"",
    "x{},y",
];

const PRODUCTS: [&str; 5] = [
    "",
    "Чайник электрический, 1,5 л",
    "ЧАЙНИКИ; ёмкость ЁМКАЯ (\"Тип-2\")",
    "Kettle XL-5 50%_off 'new' \\ q",
    "Щит ЩРн-12 / Panel",
];

/// Parts of products and numbers, in other cases and spellings; wildcards of LIKE are nothing but letters.
const TEXTS: [&str; 12] = [
    "чайник",
    "ЁМКОСТЬ",
    "kettle xl",
    "%",
    "_",
    "\\",
    "'",
    "щрн-12 /",
    "№ 0",
    "7",
    "n0000",
    "нет такого",
];

fn today() -> NaiveDate {
    day(2026, 3, 2)
}

/// A party with some of the identifiers 0 to 3 of each kind.
fn party() -> impl Strategy<Value = Party> {
    let kinds = (0_u32..5, 0_u32..8, 0_u32..20, any::<bool>());
    kinds.prop_map(|(inn, ogrn, bin, in_text)| Party {
        name: "ООО".to_owned(),
        in_text,
        inn: (inn < 4).then(|| inn.to_string()),
        ogrn: (ogrn < 4).then(|| ogrn.to_string()),
        bin: (bin < 4).then(|| bin.to_string()),
        ..Party::default()
    })
}

/// Most documents are alike in most respects, so that many fall into one group of the engines; the ends of validity
/// lie around the limits of the rule of dates.
fn document() -> impl Strategy<Value = Document> {
    let ends = prop_oneof![
        Just(None),
        prop_oneof![Just(-1_i64), Just(0), Just(89), Just(90), Just(91), -400_i64..800].prop_map(Some)
    ];
    (
        prop_oneof![4 => Just(1_usize), 1 => 0_usize..6],
        proptest::bool::weighted(0.2),
        0_u32..40,
        prop_oneof![4 => Just(0_usize), 1 => 0_usize..10],
        prop_oneof![4 => Just(10_u64), 1 => 0_u64..700],
        ends,
        (party(), party(), proptest::sample::select(PRODUCTS.to_vec())),
        prop_oneof![3 => Just(vec![REGULATIONS[0]]), 1 => proptest::sample::subsequence(REGULATIONS.to_vec(), 0..4)],
    )
        .prop_map(
            |(registry, certificate, id, status, age, end, (applicant, manufacturer, product), regulations)| {
                let registry = Registry::ALL[registry];
                let kind = if certificate {
                    DocumentKind::Certificate
                } else {
                    DocumentKind::Declaration
                };
                Document {
                    registry,
                    source_id: Some(id.to_string()),
                    number: format!("№ {id:02}"),
                    kind: registry.only_kind().unwrap_or(kind),
                    status: Status::ALL[status],
                    status_label: String::new(),
                    registered_on: today().checked_sub_days(Days::new(age)).unwrap(),
                    valid_until: end.map(|days| today() + chrono::TimeDelta::days(days)),
                    applicant,
                    manufacturer,
                    technical_regulations: regulations.into_iter().map(str::to_owned).collect(),
                    product: product.to_owned(),
                    tn_ved: Vec::new(),
                    scheme: None,
                    certification_body: None,
                    url: None,
                }
            },
        )
}

#[derive(Debug, Clone)]
pub(crate) struct Question {
    inns: Vec<u32>,
    ogrns: Vec<u32>,
    bins: Vec<u32>,
    role: RoleFilter,
    bridge: bool,
    days_later: u64,
    filter: DocumentFilter,
    order: DocumentsOrder,
}

fn filter() -> impl Strategy<Value = DocumentFilter> {
    let codes: Vec<String> = REGULATIONS.iter().map(|&code| code.to_owned()).collect();
    let days = || proptest::option::weighted(0.2, (0_u64..700).prop_map(|age| today() - Days::new(age)));
    let kinds = vec![DocumentKind::Certificate, DocumentKind::Declaration];
    let lists = (
        proptest::sample::subsequence(Registry::ALL.to_vec(), 0..3),
        proptest::sample::subsequence(Status::ALL.to_vec(), 0..4),
        proptest::sample::subsequence(codes, 0..3),
    );
    // Most filters of a question are empty, or nothing would be left to compare.
    (
        lists,
        proptest::array::uniform3(proptest::bool::weighted(0.3)),
        proptest::option::weighted(0.2, proptest::sample::select(kinds)),
        (days(), days()),
        proptest::option::weighted(0.3, proptest::sample::select(TEXTS.to_vec())),
    )
        .prop_map(|(lists, filters, kind, days, text)| DocumentFilter {
            registries: if filters[0] { lists.0 } else { Vec::new() },
            statuses: if filters[1] { lists.1 } else { Vec::new() },
            technical_regulations: if filters[2] { lists.2 } else { Vec::new() },
            kind,
            registered_from: days.0,
            registered_to: days.1,
            text: text.map(str::to_owned),
            ..DocumentFilter::default()
        })
}

fn question() -> impl Strategy<Value = Question> {
    let some = |most| proptest::sample::subsequence(vec![0_u32, 1, 2, 3], 0..most);
    let role = prop_oneof![
        Just(RoleFilter::Any),
        Just(RoleFilter::Applicant),
        Just(RoleFilter::Manufacturer)
    ];
    (
        some(3),
        some(3),
        some(2),
        role,
        any::<bool>(),
        prop_oneof![2 => Just(0_u64), 1 => 0_u64..500],
        filter(),
        proptest::sample::select(DocumentsOrder::ALL.to_vec()),
    )
        .prop_filter("something is asked", |(inns, ogrns, bins, ..)| {
            !(inns.is_empty() && ogrns.is_empty() && bins.is_empty())
        })
        .prop_map(
            |(inns, ogrns, bins, role, bridge, days_later, filter, order)| Question {
                inns,
                ogrns,
                bins,
                role,
                bridge,
                days_later,
                filter,
                order,
            },
        )
}

/// All cases share the stores; each has identifiers and ids of its own, made from its number.
pub(crate) struct Case(pub(crate) u32);

impl Case {
    pub(crate) fn number(&self, index: &str) -> String {
        format!("№ {:05} {index}", self.0)
    }

    fn inn(&self, index: &str) -> String {
        format!("77{:07}{index}", self.0)
    }

    fn ogrn(&self, index: &str) -> String {
        format!("10{:010}{index}", self.0)
    }

    fn bin(&self, index: &str) -> String {
        format!("99{:09}{index}", self.0)
    }

    pub(crate) fn own(&self, mut document: Document) -> Document {
        document.source_id = document.source_id.map(|id| format!("{}-{id}", self.0));
        document.number = self.number(document.number.trim_start_matches("№ "));
        for party in [&mut document.applicant, &mut document.manufacturer] {
            party.inn = party.inn.take().map(|index| self.inn(&index));
            party.ogrn = party.ogrn.take().map(|index| self.ogrn(&index));
            party.bin = party.bin.take().map(|index| self.bin(&index));
        }
        document
    }

    fn query(&self, question: &Question) -> AnalyticsQuery {
        let inns = question.inns.iter().map(|index| self.inn(&index.to_string()));
        let ogrns = question.ogrns.iter().map(|index| self.ogrn(&index.to_string()));
        let bins = question.bins.iter().map(|index| self.bin(&index.to_string()));
        let values: Vec<String> = inns.chain(ogrns).chain(bins).collect();
        let mut query = about(&values.iter().map(String::as_str).collect::<Vec<_>>());
        query.role = question.role;
        query.bridge = question.bridge;
        query
    }
}

#[test]
fn both_engines_and_an_independent_count_agree_on_any_documents_and_questions() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let stores = runtime.block_on(Stores::create());
    let cases = Cell::new(0);
    let files = proptest::collection::vec(proptest::collection::vec(whole_document(), 1..60), 1..4);
    let questions = proptest::collection::vec(whole_question(), 1..8);
    let mut runner = TestRunner::new(Config {
        cases: 24,
        max_shrink_iters: 60,
        failure_persistence: None,
        ..Config::default()
    });

    let verdict = runner.run(&(files, questions), |(files, questions)| {
        cases.set(cases.get() + 1);
        let case = Case(cases.get());
        runtime.block_on(agree(&stores, &case, files, &questions));
        Ok(())
    });

    runtime.block_on(stores.drop_all());
    verdict.unwrap();
}

/// Parties with so many documents are counted.
pub(crate) const COUNTED_FROM: i64 = 3;

async fn agree(stores: &Stores, case: &Case, files: Vec<Vec<Document>>, questions: &[Question]) {
    let oracle = imported(stores, case, files).await;
    assert_answers_agree(stores, case, &oracle, questions).await;
}

/// Both engines, with and without what they remember, answer as the independent count does.
pub(crate) async fn assert_answers_agree(
    stores: &Stores,
    case: &Case,
    oracle: &Oracle,
    questions: &[Question],
) {
    let clickhouse = stores.search().without_cache().with_all_pages_by_clickhouse();
    let postgres = stores.postgres_search().without_cache();
    let remembering = [stores.search(), stores.postgres_search()];
    let after_board = stores.search();
    for search in &remembering {
        assert!(search.look_largest_up(today()).await.unwrap());
    }
    for question in questions {
        let query = case.query(question);
        let today = today().checked_add_days(Days::new(question.days_later)).unwrap();
        let by_clickhouse = clickhouse.analytics(&query, today).await.unwrap();
        let by_postgres = postgres.analytics(&query, today).await.unwrap();
        oracle.check(&query, &by_postgres, today);
        assert_eq!(by_postgres.engine, Engine::Postgres);
        if by_postgres.totals.documents > 0 {
            assert_eq!(by_clickhouse.engine, Engine::ClickHouse);
        }
        assert_eq!(numbers(by_clickhouse), numbers(by_postgres.clone()));
        // What the board of the same parties has read answers as well.
        let board = BoardQuery {
            about: query.clone(),
            filter: DocumentFilter::default(),
        };
        after_board.board(&board, today).await.unwrap();
        let out_of_rows = after_board.analytics(&query, today).await.unwrap();
        assert_eq!(numbers(out_of_rows), numbers(by_postgres.clone()));
        for search in &remembering {
            let remembered = search.analytics(&query, today).await.unwrap();
            assert_eq!(numbers(remembered), numbers(by_postgres.clone()));
        }
        let asked = DocumentsQuery {
            filter: question.filter.clone(),
            order: question.order,
            ..DocumentsQuery::newest(query, 3)
        };
        let expected = oracle.pages(&asked, today);
        assert_eq!(
            all_pages(&clickhouse, asked.clone(), today).await,
            expected,
            "ClickHouse, {asked:?}"
        );
        assert_eq!(
            all_pages(&postgres, asked.clone(), today).await,
            expected,
            "Postgres, {asked:?}"
        );
    }
}

/// Files in the stores and in the independent count; some of the case's numbers are on Russia's list before.
pub(crate) async fn imported(stores: &Stores, case: &Case, files: Vec<Vec<Document>>) -> Oracle {
    let mut oracle = Oracle::default();
    for (index, status) in [Status::Suspended, Status::Terminated, Status::Invalid]
        .into_iter()
        .enumerate()
    {
        let number = case.number(&format!("{:02}", index + 3));
        list_in_russia(stores, &number, status).await;
        oracle.list(&number, status);
    }
    for file in files {
        let file: Vec<Document> = file.into_iter().map(|document| case.own(document)).collect();
        oracle.import(&file);
        stores.import_documents_counting_from(COUNTED_FROM, &file).await;
        assert_postgres_agrees(stores).await;
    }
    oracle
}

/// Says that a document with this number has this status on Russia's territory.
async fn list_in_russia(stores: &Stores, number: &str, status: Status) {
    sqlx::query(
        "INSERT INTO rf_territory_statuses (number_key, number, status, status_label, import_id)
         VALUES ($1, $2, $3::document_status, '', gen_random_uuid())
         ON CONFLICT DO NOTHING",
    )
    .bind(search_key(number))
    .bind(number)
    .bind(status.key())
    .execute(stores.postgres())
    .await
    .unwrap();
}

/// What all pages show, page after page.
async fn all_pages(search: &Search, mut query: DocumentsQuery, today: NaiveDate) -> Vec<Shown> {
    let mut shown = Vec::new();
    loop {
        let page = search.documents(&query, today).await.unwrap();
        assert!(page.items.len() <= 3);
        shown.extend(page.items.into_iter().map(|item| Shown {
            registry: item.document.registry,
            source_id: item.document.source_id.unwrap(),
            role: item.role,
            match_basis: item.match_basis,
            rf_status: item.rf_status,
        }));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return shown,
        }
    }
}
