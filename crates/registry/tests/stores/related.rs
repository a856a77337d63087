//! Companies that stand beside a counterparty.

use crate::stores::{Stores, about, day, document};
use certlens_domain::document::{Document, Party};
use certlens_domain::related::{Related, RelatedReason};

const ASKED: &str = "7707083893";
const ASKED_OGRN: &str = "1027700132195";

fn party(name: &str, inn: Option<&str>, ogrn: Option<&str>) -> Party {
    Party {
        name: name.to_owned(),
        inn: inn.map(str::to_owned),
        ogrn: ogrn.map(str::to_owned),
        ..Party::default()
    }
}

fn between(id: u32, applicant: Party, manufacturer: Party) -> Document {
    Document {
        applicant,
        manufacturer,
        ..document(id, ASKED)
    }
}

async fn related(stores: &Stores, identifiers: &[&str]) -> Vec<Related> {
    let asked = about(identifiers).identifiers;
    let related = stores.postgres_search().related(&asked, day(2026, 3, 2)).await;
    related.unwrap()
}

fn summary(related: &[Related]) -> Vec<(&str, RelatedReason, u64, &str)> {
    related
        .iter()
        .map(|related| {
            (
                related.name.as_str(),
                related.reason,
                related.documents,
                related.identifiers[0].value.as_str(),
            )
        })
        .collect()
}

#[tokio::test]
async fn companies_beside_the_asked_one_are_suggested_each_with_its_reason() {
    let stores = Stores::create().await;
    let asked = || party("ПАО «Пример»", Some(ASKED), None);
    let seller = || party("ООО «Продавец»", Some("5012345678"), None);
    let works = || party("Завод", None, Some("1035000000001"));
    let stranger = || party("Чужой", Some("5099999999"), None);
    stores
        .import_documents(&[
            between(
                1,
                party("ПАО «Пример»", Some(ASKED), Some(ASKED_OGRN)),
                Party::default(),
            ),
            between(2, asked(), works()),
            between(3, asked(), works()),
            between(4, seller(), asked()),
            between(5, asked(), party("Nameless works", None, None)),
            between(6, stranger(), works()),
            between(7, asked(), asked()),
        ])
        .await;

    let found = related(&stores, &[ASKED]).await;

    assert_eq!(
        summary(&found),
        [
            (
                "ПАО «Пример»",
                RelatedReason::SameApplicantOtherIdentifier,
                1,
                ASKED_OGRN
            ),
            (
                "ООО «Продавец»",
                RelatedReason::AuthorisedPersonOf,
                1,
                "5012345678"
            ),
            ("Завод", RelatedReason::ManufacturerOf, 2, "1035000000001"),
        ]
    );
    assert!(found.iter().all(|related| !related.sampled));
    stores.drop_all().await;
}

#[tokio::test]
async fn what_is_asked_already_is_not_suggested() {
    let stores = Stores::create().await;
    let both = party("ПАО", Some(ASKED), Some(ASKED_OGRN));
    stores
        .import_documents(&[
            between(1, both.clone(), Party::default()),
            between(
                2,
                party("ПАО", Some(ASKED), None),
                party("ПАО", None, Some(ASKED_OGRN)),
            ),
        ])
        .await;

    assert_eq!(related(&stores, &[ASKED, ASKED_OGRN]).await, []);
    let by_number = related(&stores, &[ASKED]).await;
    assert_eq!(by_number.len(), 1, "{by_number:?}");
    assert_eq!(by_number[0].reason, RelatedReason::SameApplicantOtherIdentifier);
    stores.drop_all().await;
}

#[tokio::test]
async fn of_a_large_company_only_the_newest_documents_are_looked_at() {
    let stores = Stores::create().await;
    let documents: Vec<Document> = (0..6_000_u32)
        .map(|id| Document {
            registered_on: day(2020, 1, 1) + chrono::Days::new(u64::from(id / 4)),
            manufacturer: match id {
                0 => party("Старый завод", Some("5000000001"), None),
                5_999 => party("Новый завод", Some("5000000002"), None),
                _ => Party::default(),
            },
            ..document(id, ASKED)
        })
        .collect();
    stores.import_documents(&documents).await;

    let found = related(&stores, &[ASKED]).await;

    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].name, "Новый завод");
    assert!(found[0].sampled);
    stores.drop_all().await;
}

#[tokio::test]
async fn unknown_company_has_nobody_beside_it() {
    let stores = Stores::create().await;
    assert_eq!(related(&stores, &[ASKED]).await, []);
    stores.drop_all().await;
}
