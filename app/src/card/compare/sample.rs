//! Boards and documents for the tests of a comparison.

use certlens_domain::analytics::Engine;
use certlens_domain::board::{Board, BoardTotals, ValueCount, Values};
use certlens_domain::document::{Document, Party, Role};
use certlens_domain::documents_page::{FoundDocument, MatchBasis};
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use chrono::NaiveDate;

/// 21.11.2026, the day on which all samples are looked at.
pub(super) fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 21).unwrap()
}

/// A counterparty with so many declarations and certificates, all in force.
pub(super) fn board(declarations: u64, certificates: u64) -> Board {
    let documents = declarations + certificates;
    Board {
        totals: BoardTotals {
            documents,
            declarations,
            certificates,
            active: documents,
            active_declarations: declarations,
            active_certificates: certificates,
            first_registered: NaiveDate::from_ymd_opt(2019, 3, 1),
            last_registered: NaiveDate::from_ymd_opt(2026, 11, 9),
            ..BoardTotals::default()
        },
        by_status: [(Status::Active, documents)].into(),
        ..Board::empty(Engine::ClickHouse)
    }
}

pub(super) fn values(listed: &[(&str, u64)]) -> Values {
    Values {
        listed: listed
            .iter()
            .map(|(value, documents)| ValueCount {
                value: (*value).to_owned(),
                documents: *documents,
            })
            .collect(),
        more: 0,
    }
}

/// A document of an applicant 7707083893 and a manufacturer 7736050003.
pub(super) fn found_document() -> FoundDocument {
    let party = |name: &str, inn: &str| Party {
        name: name.to_owned(),
        inn: Some(inn.to_owned()),
        ..Party::default()
    };
    FoundDocument {
        document: Document {
            registry: Registry::RfDeclarations,
            source_id: None,
            number: "ЕАЭС N RU Д-CN.РА01.В.12345/25".to_owned(),
            kind: DocumentKind::Declaration,
            status: Status::Active,
            status_label: String::new(),
            registered_on: today(),
            valid_until: None,
            applicant: party("ООО «Заявитель»", "7707083893"),
            manufacturer: party("ООО «Изготовитель»", "7736050003"),
            technical_regulations: Vec::new(),
            product: String::new(),
            tn_ved: Vec::new(),
            scheme: None,
            certification_body: None,
            url: None,
        },
        key: "1".to_owned(),
        role: Role::Applicant,
        match_basis: MatchBasis::Id,
        rf_status: None,
    }
}
