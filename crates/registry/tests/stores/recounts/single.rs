//! A recount of one identifier finds what the next recount would find for it, and nothing twice.

use super::tracked::{Tracked, Wish, date};
use crate::stores::document;
use certlens_domain::document::Document;
use certlens_domain::status::Status;

const INN: &str = "7707083893";
const OTHER: &str = "5403055932";

/// The number that this recount has in the list.
const RUN: i64 = 2;

fn suspended(number: u32, inn: &str) -> Document {
    Document {
        status: Status::Suspended,
        ..document(number, inn)
    }
}

fn until(number: u32, inn: &str, end: &str) -> Document {
    Document {
        valid_until: Some(date(end)),
        ..document(number, inn)
    }
}

/// Something of each kind happens to both companies.
async fn eventful(world: &Tracked) {
    world.import(&[document(1, INN), document(2, OTHER)]).await;
    world.subscribe(&Wish::all(&[INN])).await;
    world.subscribe(&Wish::all(&[OTHER, INN])).await;
    world.recount().await;
    world
        .import(&[
            suspended(1, INN),
            suspended(2, OTHER),
            document(3, INN),
            document(4, OTHER),
            until(5, INN, "2026-03-20"),
        ])
        .await;
}

#[tokio::test]
async fn recount_of_one_finds_its_news_only_and_the_next_recount_finds_the_rest() {
    let world = Tracked::create().await;
    eventful(&world).await;

    let outcome = world.recounter.recount_identifier(RUN, INN).await.unwrap();

    assert_eq!((outcome.identifiers, outcome.subscriptions), (1, 2));
    let mut kinds = world.kinds().await;
    kinds.dedup();
    let mut of_one = kinds.clone();
    of_one.sort();
    of_one.dedup();
    assert_eq!(
        of_one,
        [
            "expiring 5 2026-03-20",
            "new_document 3",
            "new_document 5",
            "suspended 1 2"
        ]
    );
    assert_eq!(outcome.found, 8, "both subscriptions track it");
    let rest = world.recount().await;
    assert_eq!(rest.found, 2, "of the other company");
    world.end().await;
}

#[tokio::test]
async fn recounts_of_all_identifiers_one_by_one_find_what_one_recount_of_all_finds() {
    let (one_by_one, at_once) = (Tracked::create().await, Tracked::create().await);
    eventful(&one_by_one).await;
    eventful(&at_once).await;

    for identifier in [INN, OTHER] {
        one_by_one
            .recounter
            .recount_identifier(RUN, identifier)
            .await
            .unwrap();
    }
    at_once.recount().await;

    assert_eq!(one_by_one.told().await, at_once.told().await);
    assert_eq!(one_by_one.recount().await.found, 0);
    one_by_one.end().await;
    at_once.end().await;
}

#[tokio::test]
async fn recount_of_one_finds_terms_that_came_near_since_the_last_recount() {
    let world = Tracked::create().await;
    world.import(&[until(1, INN, "2026-04-20")]).await;
    world.subscribe(&Wish::all(&[INN])).await;
    world.recount().await;
    let early = world.recounter.recount_identifier(RUN, INN).await.unwrap();

    let late = world
        .recounter
        .clone()
        .on(date("2026-03-25"))
        .recount_identifier(RUN, INN)
        .await
        .unwrap();

    assert_eq!((early.found, late.found), (0, 1));
    assert_eq!(world.kinds().await, ["expiring 1 2026-04-20"]);
    assert_eq!(world.recount_on("2026-03-25").await.found, 0);
    world.end().await;
}

#[tokio::test]
async fn recount_of_one_finds_nothing_of_what_was_there_when_somebody_subscribed() {
    let world = Tracked::create().await;
    world
        .import(&[suspended(1, INN), until(2, INN, "2026-03-20")])
        .await;
    world.subscribe(&Wish::all(&[INN])).await;
    world.recount().await;

    let outcome = world.recounter.recount_identifier(RUN, INN).await.unwrap();

    assert_eq!(outcome.found, 0);
    world.end().await;
}
