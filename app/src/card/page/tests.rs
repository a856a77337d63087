//! The card's page as the server renders it: what a reader finds in the HTML without any script.

mod fixture;

use self::fixture::{answered, card, day, document, found, head, loaded, page_of, selection};
use super::*;
use crate::card::board::model::{Answered, BoardModel, Detail, LoadedBoard, Outcome};
use crate::card::open::CardOnBoard;
use crate::card::state::BoardState;
use crate::card::tracking::model::{CardTracking, Colleague, Tracked};
use crate::shell::{CardDocument, Head, Module, PageFiles};
use certlens_domain::analytics::{
    Analytics, AnalyticsQuery, Bridge, Engine, LearnedPair, RegistrySummary, Totals,
};
use certlens_domain::board::{Board, BoardTotals, ByKind, RegisteredCell, ValueCount, Values};
use certlens_domain::document::{Document, Party, Role};
use certlens_domain::document_detail::DocumentDetail;
use certlens_domain::documents_page::{DocumentsPage, FoundDocument, MatchBasis};
use certlens_domain::identifier::Identifier;
use certlens_domain::language::Language;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::selection::{CardChange, CardSelection, SelectionOrigin};
use certlens_domain::status::Status;
use certlens_domain::subscription::SubscriptionTerms;
use certlens_domain::tracking::NewsKind;
use certlens_domain::trend::Month;
use chrono::NaiveDate;
use futures::{FutureExt as _, StreamExt as _};
use std::collections::BTreeMap;
use std::sync::Arc;

#[test]
fn page_of_findings_shows_figures_facets_and_documents_as_html() {
    let html = found(answered());

    for part in [
        "data-active=\"803\"",
        "data-expiring=\"41\"",
        "data-key=\"regulation:ТР ТС 004/2011\" data-documents=\"900\"",
        "data-key=\"status:suspended\" data-documents=\"37\"",
        "data-key=\"product:85\"",
        "declarations in force",
        "no limit",
        "28 Aug 2025",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
}

#[test]
fn every_mark_is_a_link_to_the_state_after_a_click_on_it() {
    let html = found(answered());

    assert!(html.contains("href=\"#status=suspended\""), "{html}");
    assert!(
        html.contains("href=\"#registered=2026-03-01..2026-03-31\""),
        "{html}"
    );
    let filtered = page_of(
        card(),
        BoardState::parse("#status=suspended"),
        Outcome::Answered(Arc::new(answered())),
    );
    assert!(
        filtered.contains("aria-label=\"Remove the filter: Status, Suspended\""),
        "{filtered}"
    );
    assert!(
        filtered.contains("href=\"#all\""),
        "the chip leads back: {filtered}"
    );
}

#[test]
fn registry_that_is_not_loaded_does_not_look_like_zero() {
    let html = found(answered());

    let line = |registry: &str| {
        let start = html.find(&format!("data-registry=\"{registry}\"")).unwrap();
        html[start..].split("</li>").next().unwrap().to_owned()
    };
    assert!(line("kg_declarations").contains("not loaded"));
    assert!(line("kz").contains(">0<"));
    assert!(!line("kz").contains("not loaded"));
}

#[test]
fn opened_document_shows_all_its_fields_and_both_statuses() {
    let mut answered = answered();
    answered.detail = Some(Detail::Found(Box::new(DocumentDetail {
        document: document(),
        key: "20536296".to_owned(),
        stored_status: Status::Active,
        rf_status: Some(Status::Suspended),
        rf_status_label: Some("Приостановлен".to_owned()),
        history: Vec::new(),
        first_seen: chrono::DateTime::UNIX_EPOCH,
        updated_at: None,
        data_date: Some(day(2026, 11, 18)),
    })));

    let html = found(answered);

    for part in [
        "href=\"https://pub.fsa.gov.ru/rds/declaration/view/20536296/common\"",
        "data-copy=\"ЕАЭС N RU Д-CN.РА01.В.12345/25\"",
        "8516108000",
        "3д · series",
        "In Russia",
        "The status has not changed since the first load.",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
}

#[test]
fn documents_say_how_they_were_found_and_what_holds_of_them_in_russia() {
    let mut answered = answered();
    let one = answered.documents.items[0].clone();
    answered.documents.items = vec![
        FoundDocument {
            match_basis: MatchBasis::IdInText,
            rf_status: Some(Status::Suspended),
            ..one.clone()
        },
        FoundDocument {
            match_basis: MatchBasis::Bridge,
            ..one
        },
    ];

    let html = found(answered);

    for part in [
        "number in a text",
        "by a paired number",
        "data-rf-status=\"suspended\"",
        "In Russia: suspended",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
}

#[test]
fn paired_numbers_are_named_with_what_they_rest_on_and_can_be_switched_off() {
    let mut answered = answered();
    answered.analytics.bridge = Bridge {
        pairs: vec![LearnedPair {
            asked: "7707083893".to_owned(),
            paired: "1027700132195".to_owned(),
            documents: 38,
            first_registered: day(2019, 1, 2),
            last_registered: day(2026, 2, 3),
        }],
        documents: 3,
    };

    let html = found(answered);

    for part in [
        "data-paired=\"1027700132195\"",
        "Stated together with 7707083893: 38\u{a0}documents, 2 Jan 2019 – 3 Feb 2026",
        "only by them: 3\u{a0}documents",
        "href=\"#pairs=off\"",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
}

#[test]
fn answer_without_pairs_says_nothing_of_them() {
    assert!(!found(answered()).contains("class=\"bridge"));
}

#[test]
fn texts_of_crm_and_registries_are_escaped() {
    let html = found(answered());

    assert!(html.contains("Northern Kettles &lt;&amp; Sons&gt;"));
    assert!(!html.contains("<script>alert"));
}

#[test]
fn nothing_on_the_page_is_styled_or_scripted_inline() {
    let html = found(answered());

    assert!(
        !html.contains(" style="),
        "the content security policy forbids inline styles"
    );
    assert!(!html.contains(" onclick="));
}

#[test]
fn wrong_check_digit_is_explained_beside_its_identifier() {
    let html = page_of(
        Card {
            selection: selection(&["7707083894"]),
            ..card()
        },
        BoardState::default(),
        Outcome::Answered(Arc::new(answered())),
    );

    assert!(
        html.contains("INN: the check digit at place 10 must be 3, but is 4."),
        "{html}"
    );
}

#[test]
fn card_without_identifiers_says_what_to_do() {
    let html = page_of(
        Card {
            selection: CardSelection::default(),
            ..card()
        },
        BoardState::default(),
        Outcome::NoIdentifiers { all_off: false },
    );

    assert!(html.contains("The card has no identifiers"));
    assert!(html.contains("details, or add an identifier above"));
}

#[test]
fn role_in_which_nothing_is_found_leads_back_to_all_roles() {
    let nothing = || {
        let mut answered = answered();
        answered.analytics.totals.documents = 0;
        Outcome::Answered(Arc::new(answered))
    };
    let in_a_role = page_of(card(), BoardState::parse("#role=manufacturer"), nothing());
    let in_any = page_of(card(), BoardState::default(), nothing());

    assert!(
        in_a_role.contains("Search in any role and by paired numbers"),
        "{in_a_role}"
    );
    assert!(!in_any.contains("Search in any role"), "{in_any}");
}

#[test]
fn failed_search_shows_the_requests_id() {
    let failure = Failure::Unavailable {
        request_id: Some("0190abc".to_owned()),
    };
    let html = page_of(card(), BoardState::default(), Outcome::Failed(failure));

    assert!(html.contains("The search is not available now"));
    assert!(html.contains("0190abc"));
}

#[test]
fn silent_portal_leaves_the_field_for_an_identifier() {
    let html = page_of(
        Card {
            notice: Some(Notice::PortalSilent),
            selection: CardSelection::default(),
            title: String::new(),
            ..card()
        },
        BoardState::default(),
        Outcome::NoIdentifiers { all_off: false },
    );

    assert!(html.contains("Bitrix24 did not answer"));
    assert!(html.contains("id=\"add-identifier\""));
}

#[tokio::test]
async fn page_of_a_board_that_is_on_its_way_comes_in_two_pieces() {
    let card = card();
    let (head, board) = (
        head(&card),
        loaded(
            &card,
            BoardState::default(),
            Outcome::Answered(Arc::new(answered())),
        ),
    );
    let (comes, waiting) = futures::channel::oneshot::channel();
    let coming = async move { waiting.await.unwrap() }.boxed().shared();
    let opened = CardOnBoard {
        card,
        board: ComingBoard::Underway(coming),
    };
    let owner = Owner::new();
    let mut page = owner.with(|| view! { <CardDocument head opened /> }.to_html_stream_in_order());

    let before = page.next().await.unwrap();
    comes.send(board).unwrap();
    let after: String = page.collect().await;

    assert!(
        before.contains("Northern Kettles") && before.contains("class=\"skeleton\""),
        "{before}"
    );
    assert!(
        before.contains("Counting the counterparty's documents"),
        "{before}"
    );
    assert!(!before.contains("data-part=\"lead\""), "{before}");
    assert!(after.starts_with("<section data-part=\"lead\""), "{after}");
    assert!(after.ends_with("</div></main></body></html>"), "{after}");
}

#[test]
fn page_says_who_tracks_the_card_and_keeps_quiet_where_it_may_not() {
    let own = Tracked {
        id: 7,
        terms: SubscriptionTerms {
            identifiers: vec!["7707083893".to_owned()],
            news: vec![NewsKind::NewDocument],
            registries: Vec::new(),
            expiring_days: 30,
            scope: None,
            notification_kind: None,
            assignment: None,
        },
        muted: None,
    };
    let colleague = |user_id| Colleague { user_id, name: None };
    let html_of = |tracking: Option<CardTracking>| {
        page_of(
            Card { tracking, ..card() },
            BoardState::default(),
            Outcome::NoIdentifiers { all_off: false },
        )
    };

    let untracked = html_of(Some(CardTracking::default()));
    let shared = html_of(Some(CardTracking {
        revision: 3,
        own: vec![own],
        colleagues: vec![colleague(5), colleague(6)],
    }));
    let unknown = html_of(None);

    assert!(
        untracked.contains("Track") && untracked.contains("<noscript>"),
        "{untracked}"
    );
    assert!(
        shared.contains("You track this") && shared.contains("with 2\u{a0}colleagues"),
        "{shared}"
    );
    assert!(!unknown.contains("id=\"track\""), "{unknown}");
}
