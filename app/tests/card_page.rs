//! The card's page as the server renders it: what a reader finds in the HTML without any script.

use certlens_app::card::model::{Answer, Card, Failure, Findings, ListedIdentifier, Notice, Origin};
use certlens_app::shell::{CardDocument, Head};
use certlens_domain::analytics::{
    Analytics, AnalyticsQuery, Bridge, Engine, LearnedPair, RegistrySummary, RoleCounts,
    TechnicalRegulationCount, Totals, TrendMonth,
};
use certlens_domain::document::{Document, Party, Role};
use certlens_domain::documents_page::{FoundDocument, MatchBasis};
use certlens_domain::identifier::Identifier;
use certlens_domain::language::Language;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use certlens_domain::trend::Month;
use chrono::NaiveDate;
use leptos::prelude::*;
use std::collections::BTreeMap;

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day of the calendar")
}

fn listed(text: &str) -> ListedIdentifier {
    ListedIdentifier {
        identifier: Identifier::parse(text).expect("an identifier"),
        origin: Origin::Requisite("Основные".to_owned()),
        chosen: true,
    }
}

fn findings() -> Findings {
    let query = AnalyticsQuery::about([listed("7707083893").identifier]);
    let registries = Registry::ALL
        .into_iter()
        .map(|registry| RegistrySummary {
            registry,
            loaded: registry != Registry::KgDeclarations,
            data_date: (registry != Registry::KgDeclarations).then(|| day(2026, 11, 18)),
            certificates: if registry == Registry::RfCertificates {
                12
            } else {
                0
            },
            declarations: if registry == Registry::RfDeclarations {
                1_188
            } else {
                0
            },
        })
        .collect();
    let mut month = Month::of(day(2022, 3, 1));
    let mut trend = Vec::new();
    for index in 0..50_u64 {
        trend.push(TrendMonth {
            month,
            certificates: index % 3,
            declarations: 10 + index * 7 % 31,
        });
        month = month.next();
    }
    let analytics = Analytics {
        totals: Totals {
            documents: 1_200,
            certificates: 12,
            declarations: 1_188,
            active: 803,
            expiring_90d: 41,
            not_valid_in_rf: 0,
        },
        by_status: BTreeMap::from([
            (Status::Active, 803),
            (Status::Suspended, 37),
            (Status::Expired, 360),
        ]),
        by_technical_regulation: vec![
            TechnicalRegulationCount {
                code: "ТР ТС 004/2011".to_owned(),
                documents: 900,
            },
            TechnicalRegulationCount {
                code: "ТР ТС 020/2011".to_owned(),
                documents: 870,
            },
        ],
        by_role: RoleCounts {
            applicant: 1_200,
            manufacturer: 0,
        },
        trend,
        elapsed_ms: 4.2,
        ..Analytics::empty(&query, Engine::ClickHouse, registries)
    };
    let document = Document {
        registry: Registry::RfDeclarations,
        source_id: Some("20536296".to_owned()),
        number: "ЕАЭС N RU Д-CN.РА01.В.12345/25".to_owned(),
        kind: DocumentKind::Declaration,
        status: Status::Active,
        status_label: "Действует".to_owned(),
        registered_on: day(2025, 8, 28),
        valid_until: None,
        applicant: Party::default(),
        manufacturer: Party::default(),
        technical_regulations: vec!["ТР ТС 004/2011".to_owned()],
        product: "Чайник <script>alert(1)</script>".to_owned(),
        tn_ved: Vec::new(),
        scheme: None,
        certification_body: None,
        url: Some("https://pub.fsa.gov.ru/rds/declaration/view/20536296/common".to_owned()),
    };
    let newest = vec![FoundDocument {
        document,
        key: "20536296".to_owned(),
        role: Role::Applicant,
        match_basis: MatchBasis::Id,
        rf_status: None,
    }];
    Findings { analytics, newest }
}

fn card(answer: Answer) -> Card {
    Card {
        language: Language::En,
        today: day(2026, 11, 21),
        title: "Northern Kettles <& Sons>".to_owned(),
        notice: None,
        identifiers: vec![listed("7707083893")],
        unreadable: Vec::new(),
        lead_entry: None,
        answer,
    }
}

fn rendered(card: Card) -> String {
    let head = Head {
        language: card.language,
        title: card.title.clone(),
        session_token: "token".to_owned(),
        bx24_library: "https://api.bitrix24.com/api/v1/".to_owned(),
    };
    let owner = Owner::new();
    owner.with(|| {
        provide_context(card);
        view! { <CardDocument head /> }.to_html()
    })
}

#[test]
fn page_of_findings_shows_numbers_tiles_and_documents_as_html() {
    let html = rendered(card(Answer::Found(Box::new(findings()))));

    for part in [
        "data-figure=\"active\" data-count=\"803\"",
        "data-figure=\"expiring\" data-count=\"41\"",
        "data-regulation=\"ТР ТС 004/2011\" data-count=\"900\"",
        "data-status=\"suspended\" data-count=\"37\"",
        "href=\"https://pub.fsa.gov.ru/rds/declaration/view/20536296/common\"",
        "no limit",
        "28 Aug 2025",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
}

#[test]
fn registry_that_is_not_loaded_does_not_look_like_zero() {
    let html = rendered(card(Answer::Found(Box::new(findings()))));

    let tile = |registry: &str| {
        let start = html.find(&format!("data-registry=\"{registry}\"")).unwrap();
        html[start..].split("</li>").next().unwrap().to_owned()
    };
    assert!(tile("kg_declarations").contains("not loaded"));
    assert!(tile("kg_declarations").contains("—"));
    assert!(tile("kz").contains(">0<"));
    assert!(!tile("kz").contains("not loaded"));
}

#[test]
fn documents_say_how_they_were_found_and_what_holds_of_them_in_russia() {
    let mut findings = findings();
    let found = findings.newest[0].clone();
    findings.newest = vec![
        FoundDocument {
            match_basis: MatchBasis::IdInText,
            rf_status: Some(Status::Suspended),
            ..found.clone()
        },
        FoundDocument {
            match_basis: MatchBasis::Bridge,
            ..found
        },
    ];
    findings.analytics.totals.not_valid_in_rf = 7;

    let html = rendered(card(Answer::Found(Box::new(findings))));

    for part in [
        "number in a text",
        "by a paired number",
        "data-rf-status=\"suspended\"",
        "In Russia: suspended",
        "data-figure=\"not-valid-in-rf\" data-count=\"7\"",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
}

#[test]
fn paired_numbers_are_named_with_what_they_rest_on_and_can_be_switched_off() {
    let mut findings = findings();
    findings.analytics.bridge = Bridge {
        pairs: vec![LearnedPair {
            asked: "7707083893".to_owned(),
            paired: "1027700132195".to_owned(),
            documents: 38,
            first_registered: day(2019, 1, 2),
            last_registered: day(2026, 2, 3),
        }],
        documents: 3,
    };

    let html = rendered(card(Answer::Found(Box::new(findings))));

    for part in [
        "data-paired=\"1027700132195\"",
        "Stated together with 7707083893: 38\u{a0}documents, 2 Jan 2019 – 3 Feb 2026",
        "only by them: 3\u{a0}documents",
        "Only the given numbers",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
}

#[test]
fn answer_without_pairs_says_nothing_of_them() {
    let html = rendered(card(Answer::Found(Box::new(findings()))));

    assert!(!html.contains("data-bridge"));
}

#[test]
fn texts_of_crm_and_registries_are_escaped() {
    let html = rendered(card(Answer::Found(Box::new(findings()))));

    assert!(html.contains("Northern Kettles &lt;&amp; Sons&gt;"));
    assert!(!html.contains("<script>alert"));
}

#[test]
fn nothing_on_the_page_is_styled_or_scripted_inline() {
    let html = rendered(card(Answer::Found(Box::new(findings()))));

    assert!(
        !html.contains(" style="),
        "the content security policy forbids inline styles"
    );
    assert!(!html.contains(" onclick="));
}

#[test]
fn wrong_check_digit_is_explained_beside_its_identifier() {
    let html = rendered(Card {
        identifiers: vec![listed("7707083894")],
        ..card(Answer::Found(Box::new(findings())))
    });

    assert!(
        html.contains("INN: the check digit at place 10 must be 3, but is 4."),
        "{html}"
    );
}

#[test]
fn card_without_identifiers_says_what_to_do() {
    let html = rendered(Card {
        identifiers: Vec::new(),
        ..card(Answer::NoIdentifiers)
    });

    assert!(html.contains("The card has no identifiers"));
    assert!(
        html.contains("company’s details")
            || html.contains("company&#x27;s details")
            || html.contains("company's details")
    );
}

#[test]
fn failed_search_shows_the_requests_id() {
    let html = rendered(card(Answer::Failed(Failure::Unavailable {
        request_id: Some("0190abc".to_owned()),
    })));

    assert!(html.contains("The search is not available now"));
    assert!(html.contains("0190abc"));
}

#[test]
fn ended_session_says_to_reload_and_offers_no_retry() {
    let html = rendered(card(Answer::Failed(Failure::SessionEnded)));

    assert!(html.contains("Reload the card"));
    assert!(!html.contains("Try again"));
}

#[test]
fn silent_portal_leaves_the_field_for_an_identifier() {
    let html = rendered(Card {
        notice: Some(Notice::PortalSilent),
        identifiers: Vec::new(),
        title: String::new(),
        ..card(Answer::NoIdentifiers)
    });

    assert!(html.contains("Bitrix24 did not answer"));
    assert!(html.contains("class=\"add__field\""));
}
