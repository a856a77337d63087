//! What holds of any rows and any filter.

use super::*;
use crate::search::board::row::{BoardRow, Interner, Texts};
use crate::search::filter::Condition;
use proptest::prelude::*;

const REGULATIONS: [&str; 3] = ["ТР ТС 004/2011", "ТР ТС 020/2011", "x"];
const CODES: [&str; 4] = ["8516108000", "8509", "3304990000", "9"];
const BODIES: [&str; 3] = ["", "ОС А", "ОС Б"];
const SCHEMES: [&str; 5] = ["", "1Д", "2d", "4с", "10с"];
const ORIGINS: [&str; 3] = ["", "CN", "RU"];
const PRODUCTS: [&str; 3] = ["", "чайник", "щит"];

fn some<T: Clone + std::fmt::Debug + 'static>(values: &[T], most: usize) -> impl Strategy<Value = Vec<T>> {
    proptest::sample::subsequence(values.to_vec(), 0..most)
}

fn one<T: Clone + std::fmt::Debug + 'static>(values: &[T]) -> impl Strategy<Value = T> {
    proptest::sample::select(values.to_vec())
}

fn row() -> impl Strategy<Value = BoardRow> {
    let alone = (
        one(&Registry::ALL[..3]),
        any::<bool>(),
        one(&Status::ALL),
        0_u64..800,
        proptest::option::of(0_u64..800),
    );
    let named = (
        some(&REGULATIONS, 3),
        some(&CODES, 3),
        one(&SCHEMES),
        one(&BODIES),
        one(&ORIGINS),
        one(&PRODUCTS),
    );
    let rf_status = proptest::option::weighted(0.2, one(&Status::ALL));
    (alone, named, rf_status).prop_map(|(alone, named, rf_status)| {
        let (registry, certificate, status, age, end) = alone;
        let (regulations, codes, scheme, body, origin, product) = named;
        let mut interner = Interner::default();
        BoardRow {
            registry,
            kind: if certificate {
                DocumentKind::Certificate
            } else {
                DocumentKind::Declaration
            },
            status,
            registered_on: days_ago(age),
            valid_until: end.map(|days| days_ago(400) + Days::new(days)),
            technical_regulations: interner.list(regulations),
            tn_ved: interner.tn_ved(codes),
            scheme: interner.scheme(scheme),
            certification_body: interner.text(body),
            origin: interner.text(origin),
            rf_status,
            texts: Some(Box::new(Texts {
                product: product.into(),
                number_key: format!("RU{age}").into(),
            })),
            ..declaration()
        }
    })
}

/// Most conditions of a filter are empty, or nothing would be left to count.
fn filter() -> impl Strategy<Value = DocumentFilter> {
    let owned = |values: Vec<&'static str>| texts(&values);
    let days = || proptest::option::weighted(0.2, (0_u64..800).prop_map(days_ago));
    let last_days = || {
        proptest::option::weighted(
            0.15,
            (0_u64..800).prop_map(|days| days_ago(400) + Days::new(days)),
        )
    };
    let closed = (
        some(&Registry::ALL[..3], 3),
        proptest::option::weighted(0.3, any::<bool>()),
        some(&Status::ALL, 6),
        some(&Production::ALL, 3),
    );
    let open = (
        some(&REGULATIONS, 3).prop_map(owned),
        some(&["85", "8516", "33", "9"], 3).prop_map(owned),
        some(&BODIES, 3).prop_map(owned),
        some(&["", "1д", "4с"], 3).prop_map(owned),
        some(&ORIGINS, 3).prop_map(owned),
    );
    let text = proptest::option::weighted(0.2, one(&["ЧАЙ", "7", "щит", " "]));
    let asks = proptest::array::uniform8(proptest::bool::weighted(0.3));
    let others = (text, proptest::bool::weighted(0.1), asks);
    (closed, open, (days(), days(), last_days(), last_days()), others).prop_map(
        |(closed, open, days, (text, not_valid_in_rf, asks))| DocumentFilter {
            registries: if asks[0] { closed.0 } else { Vec::new() },
            kind: closed.1.map(|certificate| {
                if certificate {
                    DocumentKind::Certificate
                } else {
                    DocumentKind::Declaration
                }
            }),
            statuses: if asks[1] { closed.2 } else { Vec::new() },
            production: if asks[2] { closed.3 } else { Vec::new() },
            technical_regulations: if asks[3] { open.0 } else { Vec::new() },
            tn_ved: if asks[4] { open.1 } else { Vec::new() },
            certification_bodies: if asks[5] { open.2 } else { Vec::new() },
            schemes: if asks[6] { open.3 } else { Vec::new() },
            origins: if asks[7] { open.4 } else { Vec::new() },
            registered_from: days.0,
            registered_to: days.1,
            ends_from: days.2,
            ends_to: days.3,
            text: text.map(str::to_owned),
            not_valid_in_rf,
        },
    )
}

/// The filter without a facet's own condition.
fn without(filter: &DocumentFilter, condition: Condition) -> DocumentFilter {
    let mut filter = filter.clone();
    match condition {
        Condition::Registry => filter.registries.clear(),
        Condition::Kind => filter.kind = None,
        Condition::Status => filter.statuses.clear(),
        Condition::TechnicalRegulation => filter.technical_regulations.clear(),
        Condition::TnVed => filter.tn_ved.clear(),
        Condition::CertificationBody => filter.certification_bodies.clear(),
        Condition::Scheme => filter.schemes.clear(),
        Condition::Production => filter.production.clear(),
        Condition::Origin => filter.origins.clear(),
        Condition::Registered => (filter.registered_from, filter.registered_to) = (None, None),
        Condition::Ends => (filter.ends_from, filter.ends_to) = (None, None),
        Condition::Other => (filter.text, filter.not_valid_in_rf) = (None, false),
    }
    filter
}

const FACETS: [Condition; 11] = [
    Condition::Registry,
    Condition::Kind,
    Condition::Status,
    Condition::TechnicalRegulation,
    Condition::TnVed,
    Condition::CertificationBody,
    Condition::Scheme,
    Condition::Production,
    Condition::Origin,
    Condition::Registered,
    Condition::Ends,
];

/// What the facet of a condition shows.
fn facet(board: &Board, condition: Condition) -> String {
    match condition {
        Condition::Registry => format!("{:?}", board.by_registry),
        Condition::Kind => format!("{:?}", board.by_kind),
        Condition::Status => format!("{:?}", board.by_status),
        Condition::TechnicalRegulation => format!("{:?}", board.by_technical_regulation),
        // Positions are those below chosen groups, which has a test of its own.
        Condition::TnVed => format!("{:?}", board.by_product_group),
        Condition::CertificationBody => format!("{:?}", board.by_certification_body),
        Condition::Scheme => format!("{:?}", board.by_scheme),
        Condition::Production => format!("{:?}", board.by_production),
        Condition::Origin => format!("{:?}", board.by_origin),
        Condition::Registered => format!("{:?}", board.registered),
        Condition::Ends => format!("{:?}", board.ends),
        Condition::Other => format!("{:?} {:?} {:?}", board.totals, board.by_role, board.facts),
    }
}

/// The rows that fit a filter.
fn fitting(rows: &[BoardRow], filter: &DocumentFilter) -> Vec<BoardRow> {
    let fits = |row: &&BoardRow| folded(std::slice::from_ref(row), filter).totals.documents == 1;
    rows.iter().filter(fits).cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn facet_shows_what_an_unfiltered_board_shows_of_the_documents_that_fit_all_other_conditions(
        rows in proptest::collection::vec(row(), 0..40),
        filter in filter(),
    ) {
        let board = folded(&rows, &filter);
        for condition in FACETS {
            let others = without(&filter, condition);
            let fitting = folded(&fitting(&rows, &others), &DocumentFilter::default());
            prop_assert_eq!(facet(&board, condition), facet(&fitting, condition), "{:?}", condition);
        }
        let fitting = folded(&fitting(&rows, &filter), &DocumentFilter::default());
        prop_assert_eq!(facet(&board, Condition::Other), facet(&fitting, Condition::Other));
    }

    #[test]
    fn facet_with_one_value_a_document_sums_up_to_the_documents_without_its_condition(
        rows in proptest::collection::vec(row(), 0..40),
        filter in filter(),
    ) {
        let board = folded(&rows, &filter);
        let sum = |values: &Values| values.listed.iter().map(|listed| listed.documents).sum::<u64>();
        let sums = [
            (Condition::Registry, board.by_registry.values().map(|kinds| kinds.documents()).sum::<u64>()),
            (Condition::Kind, board.by_kind.documents()),
            (Condition::Status, board.by_status.values().sum()),
            (Condition::CertificationBody, sum(&board.by_certification_body)),
            (Condition::Scheme, sum(&board.by_scheme)),
            (Condition::Production, board.by_production.values().sum()),
            (Condition::Origin, sum(&board.by_origin)),
            (Condition::Registered, board.registered.iter().map(|cell| cell.documents).sum()),
        ];
        for (condition, sum) in sums {
            let others = folded(&rows, &without(&filter, condition));
            prop_assert_eq!(sum, others.totals.documents, "{:?}", condition);
        }
    }
}
