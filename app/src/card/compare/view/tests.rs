//! The comparison as the server renders it.

use super::super::chosen::Counterparty;
use super::super::model::{Found, Other, Sought};
use super::super::sample::{board, found_document, today};
use super::*;
use crate::card::state::BoardState;
use crate::catalogue::Texts;
use certlens_domain::analytics::{Analytics, AnalyticsQuery, Engine};
use certlens_domain::document_detail::NumberMatch;
use certlens_domain::documents_page::DocumentsPage;
use certlens_domain::identifier::Identifier;
use certlens_domain::language::Language;
use certlens_domain::related::{Related, RelatedIdentifier, RelatedReason};
use rstest::rstest;

const OWN: &str = "7707083893";
const OTHER: &str = "7736050003";

fn other(value: &str, found: Option<(&str, u64)>) -> Other {
    Other {
        counterparty: Counterparty::of([value]).unwrap(),
        found: found.map(|(name, declarations)| Found {
            name: Some(name.to_owned()),
            board: board(declarations, 0),
        }),
    }
}

fn comparison(others: Vec<Other>) -> Comparison {
    Comparison {
        own_name: Some("Общество с ограниченной ответственностью «А»".to_owned()),
        others,
        already: Vec::new(),
        sought: None,
        proposals: Some(Vec::new()),
    }
}

fn page(fragment: &str, comparison: Option<Comparison>) -> String {
    let query = AnalyticsQuery::about([Identifier::parse(OWN).unwrap()]);
    let answered = Answered {
        analytics: Analytics::empty(&query, Engine::ClickHouse, Vec::new()),
        whole: board(120, 3),
        board: board(120, 3),
        documents: DocumentsPage {
            items: Vec::new(),
            next: None,
        },
        detail: None,
        related: None,
        comparison,
        next: None,
    };
    let model = BoardModel {
        texts: Texts(Language::En),
        today: today(),
        state: BoardState::parse(fragment),
    };
    let html = Owner::new().with(|| view! { <Compare model answered=Arc::new(answered) /> }.to_html());
    html.replace('\u{a0}', " ")
}

#[test]
fn nobody_asked_for_a_comparison_leaves_an_empty_place() {
    assert!(page("#all", None).contains("data-part=\"compare\" hidden"));
}

#[test]
fn open_comparison_without_others_asks_for_one() {
    let html = page("#compare=", Some(comparison(Vec::new())));
    assert!(html.contains("Compare with whom?"), "{html}");
    assert!(html.contains("data-state=\"#compare=\""), "{html}");
    assert!(!html.contains("<table"), "{html}");
}

#[test]
fn columns_stand_under_their_names_with_what_stands_out() {
    let html = page(
        &format!("#compare={OTHER}"),
        Some(comparison(vec![other(OTHER, Some(("ООО «Б»", 40)))])),
    );
    for part in [
        "ООО «А» has 120 valid declarations, three times as many as ООО «Б» (40).",
        "title=\"Общество с ограниченной ответственностью «А»\"",
        "INN 7736050003",
        "this card",
        "the most",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
}

#[test]
fn figures_of_the_cards_column_lead_to_their_documents_and_keep_the_comparison() {
    let html = page(
        &format!("#compare={OTHER}"),
        Some(comparison(vec![other(OTHER, Some(("ООО «Б»", 40)))])),
    );
    let shown = "href=\"#kind=certificate&amp;status=active&amp;status=renewed&amp;status=extended&amp;compare=7736050003\"";
    assert_eq!(html.matches(shown).count(), 1, "only the card's own: {html}");
}

#[test]
fn column_is_taken_away_copied_and_added_to_the_card() {
    let html = page(
        &format!("#compare={OTHER},7728168971"),
        Some(comparison(vec![
            other(OTHER, Some(("ООО «Б»", 40))),
            other("7728168971", Some(("ООО «В»", 1))),
        ])),
    );
    for part in [
        "href=\"#compare=7728168971\"",
        "aria-label=\"Remove from the comparison: ООО «Б»\"",
        "data-copy=\"7736050003\"",
        "data-action=\"add\" data-change=\"[{",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
}

#[test]
fn failed_column_says_so_in_its_place_and_leaves_the_others() {
    let html = page(
        &format!("#compare={OTHER},7728168971"),
        Some(comparison(vec![
            other(OTHER, None),
            other("7728168971", Some(("ООО «В»", 1))),
        ])),
    );
    assert!(html.contains("not loaded"), "{html}");
    assert!(html.contains("data-action=\"retry\""), "{html}");
    assert!(html.contains("ООО «В»"), "{html}");
}

#[test]
fn columns_of_one_name_are_told_apart_by_their_numbers() {
    let html = page(
        &format!("#compare={OTHER}"),
        Some(comparison(vec![other(OTHER, Some(("ООО «А»", 40)))])),
    );
    assert!(html.contains("ООО «А» (7736050003)"), "{html}");
}

#[test]
fn five_counterparties_are_the_most_and_a_sentence_says_so() {
    let numbers = ["7736050003", "7728168971", "7702070139", "7744001497"];
    let others = numbers.map(|number| other(number, Some(("ООО «Б»", 4))));
    let html = page(
        &format!("#compare={}", numbers.join(",")),
        Some(comparison(others.into())),
    );
    assert!(
        html.contains("The comparison holds five counterparties"),
        "{html}"
    );
    assert!(!html.contains("<form"), "{html}");
}

#[test]
fn related_companies_are_proposed_with_their_reason() {
    let mut comparison = comparison(Vec::new());
    comparison.proposals = Some(vec![Related {
        name: "ООО «Завод»".to_owned(),
        identifiers: RelatedIdentifier::of_party(&found_document().document.manufacturer),
        reason: RelatedReason::ManufacturerOf,
        documents: 3,
        last_registered: today(),
        sampled: false,
    }]);
    let html = page("#compare=", Some(comparison));
    for part in [
        "href=\"#compare=7736050003\"",
        "Compare with ООО «Завод»",
        "makes what the counterparty certifies",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
}

#[rstest]
#[case::documents(
    Sought::Documents(vec![number_match()]),
    "href=\"#compare=7707083893\" data-key=\"compare:add:7707083893\""
)]
#[case::no_document(Sought::Documents(Vec::new()), "No loaded document has this number.")]
#[case::no_number(
    Sought::Unreadable(Identifier::parse("kettle").unwrap_err()),
    "kettle"
)]
#[case::failed(Sought::Failed, "Try again in a minute.")]
fn what_became_of_a_text_is_said_below_the_field(#[case] sought: Sought, #[case] said: &str) {
    let comparison = Comparison {
        sought: Some(sought),
        ..comparison(Vec::new())
    };
    let html = page("#compare=kettle", Some(comparison));
    assert!(html.contains(said), "{html}");
}

fn number_match() -> NumberMatch {
    let found = found_document();
    NumberMatch {
        registry: found.document.registry,
        key: found.key,
        number: found.document.number,
        registered_on: found.document.registered_on,
        applicant: found.document.applicant,
        status: found.document.status,
        exact: true,
    }
}

#[test]
fn cards_own_counterparty_has_no_second_column_and_the_next_link_forgets_it() {
    let comparison = Comparison {
        already: vec![Counterparty::of([OWN]).unwrap()],
        ..comparison(vec![other(OTHER, Some(("ООО «Б»", 40)))])
    };
    let html = page(&format!("#compare={OWN},{OTHER}"), Some(comparison));
    assert!(
        html.contains("7707083893 is the card's own counterparty: it is the first column."),
        "{html}"
    );
    assert!(html.contains("data-state=\"#compare=7736050003\""), "{html}");
}

#[test]
fn chosen_role_is_said_because_it_holds_for_all_columns() {
    let others = || vec![other(OTHER, Some(("ООО «Б»", 40)))];
    let in_a_role = page("#compare=7736050003&role=applicant", Some(comparison(others())));
    let in_any = page("#compare=7736050003", Some(comparison(others())));
    assert!(in_a_role.contains("Role: Applicant."), "{in_a_role}");
    assert!(!in_any.contains("Role: "), "{in_any}");
}
