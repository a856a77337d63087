//! The same law for boards: both engines, what is remembered, and a plain count give the same.

use super::{Case, Question, document, imported, question};
use crate::stores::Stores;
use certlens_domain::analytics::Engine;
use certlens_domain::board::{Board, BoardQuery};
use certlens_domain::document::Document;
use certlens_domain::documents_page::DocumentFilter;
use certlens_domain::scheme::Production;
use certlens_registry::Search;
use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::cell::Cell;

const CODES: [&str; 6] = ["8516108000", "8509", "8516", "3304990000", "9", "ОКПД 27"];
const BODIES: [&str; 4] = ["", "ОС «Проба»", "ОС 'кавычки' \\ \"", "oс проба"];
const SCHEMES: [&str; 6] = ["", " 1Д ", "2d", "4C", "10с", "р.V  пр.1"];
const ORIGINS: [&str; 3] = ["", "CN", "RU"];

fn some(values: &'static [&'static str], most: usize) -> impl Strategy<Value = Vec<String>> {
    let all: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
    proptest::sample::subsequence(all, 0..most)
}

fn named(values: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    proptest::option::weighted(0.8, proptest::sample::select(values.to_vec()))
        .prop_map(|value| value.map(str::to_owned))
}

/// A document with everything that a board looks at.
pub(crate) fn whole_document() -> impl Strategy<Value = Document> {
    let conformity = (some(&CODES, 4), named(&SCHEMES), named(&BODIES), named(&ORIGINS));
    (document(), conformity).prop_map(|(mut document, (codes, scheme, body, origin))| {
        document.tn_ved = codes;
        document.scheme = scheme;
        document.certification_body = body;
        document.manufacturer.country = origin;
        document
    })
}

/// A question with conditions on everything that a board looks at; most are empty, or nothing would be left to count.
pub(crate) fn whole_question() -> impl Strategy<Value = Question> {
    let ends = || proptest::option::weighted(0.2, -400_i64..800);
    let lists = (
        some(&["85", "33", "8516"], 3),
        some(&BODIES, 3),
        some(&["", "1д", "4с", "10с"], 3),
        proptest::sample::subsequence(Production::ALL.to_vec(), 0..3),
        some(&ORIGINS, 3),
    );
    let asks = proptest::array::uniform5(proptest::bool::weighted(0.3));
    let others = (asks, proptest::bool::weighted(0.1), ends(), ends());
    (question(), lists, others).prop_map(
        |(mut question, lists, (asks, not_valid_in_rf, ends_from, ends_to))| {
            let (codes, bodies, schemes, production, origins) = lists;
            let day = |days| super::today() + chrono::TimeDelta::days(days);
            question.filter = DocumentFilter {
                tn_ved: if asks[0] { codes } else { Vec::new() },
                certification_bodies: if asks[1] { bodies } else { Vec::new() },
                schemes: if asks[2] { schemes } else { Vec::new() },
                production: if asks[3] { production } else { Vec::new() },
                origins: if asks[4] { origins } else { Vec::new() },
                not_valid_in_rf,
                ends_from: ends_from.map(day),
                ends_to: ends_to.map(day),
                ..question.filter
            };
            question
        },
    )
}

/// The board without who gave it and how long it took.
fn plain(board: Board) -> Board {
    Board {
        engine: Engine::Cache,
        elapsed_ms: 0.0,
        ..board
    }
}

#[test]
fn boards_of_both_engines_and_of_memory_are_those_of_a_plain_count() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let stores = runtime.block_on(Stores::create());
    let cases = Cell::new(0);
    let files = proptest::collection::vec(proptest::collection::vec(whole_document(), 1..60), 1..3);
    let questions = proptest::collection::vec(whole_question(), 1..12);
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

async fn agree(stores: &Stores, case: &Case, files: Vec<Vec<Document>>, questions: &[Question]) {
    let oracle = imported(stores, case, files).await;
    let searches = [
        (stores.search().without_cache(), Engine::ClickHouse),
        (stores.postgres_search().without_cache(), Engine::Postgres),
        (
            stores.search().without_cache().with_boards_by_groups(),
            Engine::ClickHouse,
        ),
        (
            stores.postgres_search().without_cache().with_boards_by_groups(),
            Engine::Postgres,
        ),
    ];
    let remembering = [
        stores.search(),
        stores.postgres_search(),
        stores.search().with_boards_by_groups(),
    ];
    for question in questions {
        let query = BoardQuery {
            about: case.query(question),
            filter: question.filter.clone(),
        };
        let today = super::today() + Days::new(question.days_later);
        let expected = oracle.board(&query, today);
        for (search, engine) in &searches {
            let board = search.board(&query, today).await.unwrap();
            if board.totals.documents > 0 {
                assert_eq!(board.engine, *engine);
            }
            assert_eq!(plain(board), expected, "{engine}, {query:?}");
        }
        for search in &remembering {
            assert_eq!(asked_twice(search, &query, today).await, expected, "{query:?}");
        }
    }
}

/// The first answer may come from what was read for another question, the second one is the first one.
async fn asked_twice(search: &Search, query: &BoardQuery, today: NaiveDate) -> Board {
    let first = search.board(query, today).await.unwrap();
    let again = search.board(query, today).await.unwrap();
    assert_eq!(again.engine, Engine::Cache);
    assert_eq!(plain(again), plain(first.clone()));
    plain(first)
}
