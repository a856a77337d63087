//! A card with a board of findings, and its page as HTML.

use super::*;

pub(super) fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

pub(super) fn selection(values: &[&str]) -> CardSelection {
    let mut selection = CardSelection::default();
    for value in values {
        selection.show(&CardChange::Add {
            value: (*value).to_owned(),
            label: None,
            origin: SelectionOrigin::Requisite,
            note: Some("Main".to_owned()),
        });
    }
    selection
}

pub(super) fn document() -> Document {
    Document {
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
        tn_ved: vec!["8516108000".to_owned()],
        scheme: Some("3д".to_owned()),
        certification_body: None,
        url: Some("https://pub.fsa.gov.ru/rds/declaration/view/20536296/common".to_owned()),
    }
}

pub(super) fn board() -> Board {
    let values = |listed: &[(&str, u64)]| Values {
        listed: listed
            .iter()
            .map(|(value, documents)| ValueCount {
                value: (*value).to_owned(),
                documents: *documents,
            })
            .collect(),
        more: 0,
    };
    let counts = ByKind {
        certificates: 12,
        declarations: 1_188,
    };
    Board {
        totals: BoardTotals {
            documents: 1_200,
            certificates: 12,
            declarations: 1_188,
            active: 803,
            active_declarations: 800,
            active_certificates: 3,
            expiring_90d: 41,
            ..BoardTotals::default()
        },
        by_registry: BTreeMap::from([
            (
                Registry::RfCertificates,
                ByKind {
                    declarations: 0,
                    ..counts
                },
            ),
            (
                Registry::RfDeclarations,
                ByKind {
                    certificates: 0,
                    ..counts
                },
            ),
        ]),
        by_kind: counts,
        by_status: BTreeMap::from([
            (Status::Active, 803),
            (Status::Suspended, 37),
            (Status::Expired, 360),
        ]),
        by_technical_regulation: values(&[("ТР ТС 004/2011", 900), ("ТР ТС 020/2011", 870)]),
        by_product_group: values(&[("85", 1_100)]),
        registered: vec![RegisteredCell {
            month: Month::of(day(2026, 3, 1)),
            registry: Registry::RfDeclarations,
            kind: DocumentKind::Declaration,
            documents: 7,
        }],
        ..Board::empty(Engine::ClickHouse)
    }
}

pub(super) fn answered() -> Answered {
    let query = AnalyticsQuery::about([Identifier::parse("7707083893").unwrap()]);
    let registries = Registry::ALL.into_iter().map(|registry| RegistrySummary {
        registry,
        loaded: registry != Registry::KgDeclarations,
        data_date: (registry != Registry::KgDeclarations).then(|| day(2026, 11, 18)),
        certificates: 0,
        declarations: 0,
    });
    let analytics = Analytics {
        totals: Totals {
            documents: 1_200,
            ..Totals::default()
        },
        ..Analytics::empty(&query, Engine::ClickHouse, registries.collect())
    };
    let found = FoundDocument {
        document: document(),
        key: "20536296".to_owned(),
        role: Role::Applicant,
        match_basis: MatchBasis::Id,
        rf_status: None,
    };
    Answered {
        analytics,
        whole: board(),
        board: board(),
        documents: DocumentsPage {
            items: vec![found],
            next: None,
        },
        detail: None,
        related: None,
        comparison: None,
        next: None,
    }
}

pub(super) fn card() -> Card {
    Card {
        language: Language::En,
        today: day(2026, 11, 21),
        title: "Northern Kettles <& Sons>".to_owned(),
        notice: None,
        selection: selection(&["7707083893"]),
        unreadable: Vec::new(),
        tracking: None,
        lead_entry: None,
    }
}

pub(super) fn files() -> Arc<PageFiles> {
    let module = |name: &str| Module {
        script: format!("/pkg/{name}.1.js"),
        wasm: format!("/pkg/{name}_bg.2.wasm"),
    };
    Arc::new(PageFiles {
        style: "/pkg/certlens.3.css".to_owned(),
        start: "/pkg/start.4.js".to_owned(),
        card: module("certlens"),
        overview: module("certlens-overview"),
    })
}

pub(super) fn head(card: &Card) -> Head {
    Head {
        language: card.language,
        title: card.title.clone(),
        session_token: "token".to_owned(),
        bx24_library: "https://api.bitrix24.com/api/v1/".to_owned(),
        files: Some(files()),
    }
}

pub(super) fn loaded(card: &Card, state: BoardState, outcome: Outcome) -> LoadedBoard {
    LoadedBoard {
        model: BoardModel {
            texts: Texts(card.language),
            today: card.today,
            state,
        },
        outcome,
    }
}

pub(super) fn page_of(card: Card, state: BoardState, outcome: Outcome) -> String {
    let head = head(&card);
    let board = ComingBoard::Here(Box::new(loaded(&card, state, outcome)));
    let opened = CardOnBoard { card, board };
    Owner::new().with(|| view! { <CardDocument head opened /> }.to_html())
}

pub(super) fn found(answered: Answered) -> String {
    page_of(
        card(),
        BoardState::default(),
        Outcome::Answered(Arc::new(answered)),
    )
}
