//! Every kind of news, and what is none.

use super::tracked::{Tracked, Wish, date};
use crate::stores::document;
use certlens_domain::document::{Document, Party};
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use certlens_domain::tracking::NewsKind;
use certlens_formats::ImportSource;
use rstest::rstest;

const INN: &str = "7707083893";
const OTHER: &str = "5403055932";

fn with_status(number: u32, status: Status) -> Document {
    Document {
        status,
        ..document(number, INN)
    }
}

fn until(number: u32, end: &str) -> Document {
    Document {
        valid_until: Some(date(end)),
        ..document(number, INN)
    }
}

#[tokio::test]
async fn what_was_there_when_somebody_subscribed_is_no_news() {
    let world = Tracked::create().await;
    world
        .import(&[with_status(1, Status::Suspended), until(2, "2026-03-20")])
        .await;

    world.subscribe(&Wish::all(&[INN])).await;
    let outcome = world.recount().await;

    assert_eq!(world.kinds().await, [""; 0]);
    assert_eq!(
        (outcome.subscriptions, outcome.identifiers, outcome.found),
        (1, 1, 0)
    );
    world.end().await;
}

#[tokio::test]
async fn new_document_is_news_once_in_either_role_for_everybody_who_tracks_one_of_its_identifiers() {
    let world = Tracked::create().await;
    let first = world.subscribe(&Wish::all(&[INN, "1027700132195"])).await;
    let second = world.subscribe(&Wish::all(&[OTHER])).await;
    world.subscribe(&Wish::all(&["0814162716"])).await;
    let mut both = document(1, INN);
    both.applicant.ogrn = Some("1027700132195".to_owned());
    both.manufacturer.inn = Some(OTHER.to_owned());

    world.import(&[both.clone()]).await;
    let outcome = world.recount().await;
    world.import(&[both]).await;
    let again = world.recount().await;

    let new = |subscription| {
        (
            subscription,
            "new_document".to_owned(),
            "rf_declarations 1".to_owned(),
            String::new(),
        )
    };
    assert_eq!(world.told().await, [new(first), new(second)]);
    assert_eq!(
        (outcome.from_version, outcome.to_version, outcome.found),
        (0, 1, 2)
    );
    assert_eq!((again.from_version, again.to_version, again.found), (1, 1, 0));
    let carried: Vec<Vec<String>> =
        sqlx::query_scalar("SELECT identifiers FROM news ORDER BY subscription_id")
            .fetch_all(world.stores.postgres())
            .await
            .unwrap();
    assert_eq!(carried, [vec!["1027700132195", INN], vec![OTHER]]);
    world.end().await;
}

#[rstest]
#[case::suspended(Status::Active, Status::Suspended, &["suspended 1 2"])]
#[case::terminated(Status::Suspended, Status::Terminated, &["terminated 1 2"])]
#[case::invalid(Status::Terminated, Status::Invalid, &["terminated 1 2"])]
#[case::expired(Status::Active, Status::Expired, &[])]
#[case::in_force_again(Status::Suspended, Status::Renewed, &[])]
#[tokio::test]
async fn change_of_a_status_is_news_by_what_it_changed_to(
    #[case] from: Status,
    #[case] to: Status,
    #[case] news: &[&str],
) {
    let world = Tracked::create().await;
    world.import(&[with_status(1, from)]).await;
    world.subscribe(&Wish::all(&[INN])).await;

    world.import(&[with_status(1, to)]).await;
    world.recount().await;

    assert_eq!(world.kinds().await, news);
    world.end().await;
}

#[tokio::test]
async fn status_that_changes_twice_is_told_twice_even_when_both_changes_came_between_two_recounts() {
    let world = Tracked::create().await;
    world.import(&[with_status(1, Status::Active)]).await;
    world.subscribe(&Wish::all(&[INN])).await;
    for status in [Status::Suspended, Status::Renewed, Status::Suspended] {
        world.import(&[with_status(1, status)]).await;
    }

    world.recount().await;
    let relabelled = Document {
        status_label: "Приостановлена".to_owned(),
        ..with_status(1, Status::Suspended)
    };
    world.import(&[relabelled]).await;
    world.recount().await;

    assert_eq!(world.kinds().await, ["suspended 1 2", "suspended 1 4"]);
    world.end().await;
}

#[tokio::test]
async fn status_on_russias_territory_is_news_whichever_side_of_the_list_moved() {
    let world = Tracked::create().await;
    let foreign = |id: &str, number: &str| Document {
        registry: Registry::Kz,
        source_id: Some(id.to_owned()),
        number: number.to_owned(),
        kind: DocumentKind::Certificate,
        ..document(1, INN)
    };
    let list = |rows: &str| format!("number,reg_date,id_status_in_rf\n{rows}");
    world
        .import(&[
            foreign("a", "ЕАЭС KZ 7500533.01.01.06080"),
            foreign("b", "ЕАЭС KZ 1"),
        ])
        .await;
    world.subscribe(&Wish::of(&[NewsKind::RfTerritory], &[INN])).await;

    let listed = list("ЕАЭС KZ 7500533.01.01.06080,,15\n");
    world.import_as(ImportSource::RfTerritory, listed.clone()).await;
    // The second gets the listed number; a third comes with it: that one is new, not changed.
    let renumbered = foreign("b", "ЕАЭС KZ 7500533.01.01.06080");
    let fresh = foreign("c", "ЕАЭС KZ 7500533.01.01.06080");
    world.import(&[renumbered, fresh]).await;
    world.recount().await;
    world.import_as(ImportSource::RfTerritory, listed).await;
    world
        .import_as(
            ImportSource::RfTerritory,
            list("ЕАЭС KZ 7500533.01.01.06080,,3\n"),
        )
        .await;
    world.recount().await;

    assert_eq!(
        world.kinds().await,
        [
            "rf_territory a 2",
            "rf_territory a 4",
            "rf_territory b 3",
            "rf_territory b 4",
            "rf_territory c 4"
        ]
    );
    world.end().await;
}

#[tokio::test]
async fn term_that_comes_near_is_told_on_its_day_once_and_missed_days_are_caught_up() {
    let world = Tracked::create().await;
    let ends = ["2026-04-09", "2026-04-10", "2026-04-12", "2026-05-20"];
    let documents: Vec<_> = (1..).zip(ends).map(|(number, end)| until(number, end)).collect();
    world.import(&documents).await;
    world.subscribe(&Wish::all(&[INN])).await;
    world
        .subscribe(&Wish {
            expiring_days: 1,
            ..Wish::of(&[NewsKind::Expiring], &[INN])
        })
        .await;

    world.recount().await;
    assert_eq!(
        world.kinds().await,
        [""; 0],
        "the first ends on the thirtieth day from the day of subscribing"
    );
    world.recount_on("2026-03-11").await;
    assert_eq!(world.kinds().await, ["expiring 2 2026-04-10"]);
    // Nobody recounted for weeks: for the second subscription one day's documents have even ended.
    world.recount_on("2026-04-11").await;
    world.recount_on("2026-04-11").await;

    assert_eq!(
        world.kinds().await,
        [
            "expiring 2 2026-04-10",
            "expiring 3 2026-04-12",
            "expiring 1 2026-04-09",
            "expiring 2 2026-04-10",
            "expiring 3 2026-04-12",
        ]
    );
    world.end().await;
}

#[tokio::test]
async fn term_is_told_when_a_change_brings_it_near_but_not_when_something_else_changes() {
    let world = Tracked::create().await;
    let suspended = Document {
        status: Status::Suspended,
        ..until(4, "2026-03-20")
    };
    let documents = [
        until(1, "2026-03-20"),
        until(2, "2030-01-01"),
        until(3, "2030-01-01"),
        suspended,
    ];
    world.import(&documents).await;
    world.subscribe(&Wish::of(&[NewsKind::Expiring], &[INN])).await;

    let reworded = Document {
        product: "Чайник".to_owned(),
        ..until(1, "2026-03-20")
    };
    let ended = until(3, "2026-03-09");
    let in_force_again = Document {
        status: Status::Renewed,
        ..until(4, "2026-03-20")
    };
    let fresh = until(5, "2026-03-10");
    world
        .import(&[reworded, until(2, "2026-03-21"), ended, in_force_again, fresh])
        .await;
    world.recount().await;

    assert_eq!(
        world.kinds().await,
        [
            "expiring 2 2026-03-21",
            "expiring 4 2026-03-20",
            "expiring 5 2026-03-10"
        ]
    );
    world.end().await;
}

#[tokio::test]
async fn prolonged_document_is_told_again_when_its_new_term_comes_near() {
    let world = Tracked::create().await;
    world.subscribe(&Wish::of(&[NewsKind::Expiring], &[INN])).await;
    world.import(&[until(1, "2026-04-01")]).await;
    world.recount().await;

    world.import(&[until(1, "2026-08-01")]).await;
    world.recount().await;
    world.recount_on("2026-07-02").await;

    assert_eq!(
        world.kinds().await,
        ["expiring 1 2026-04-01", "expiring 1 2026-08-01"]
    );
    world.end().await;
}

#[tokio::test]
async fn only_kinds_and_registries_that_were_asked_for_are_told() {
    let world = Tracked::create().await;
    world
        .subscribe(&Wish {
            registries: Some(vec!["kz", "rf_certificates"]),
            ..Wish::all(&[INN])
        })
        .await;
    world.subscribe(&Wish::of(&[NewsKind::Suspended], &[INN])).await;
    let kazakh = Document {
        registry: Registry::Kz,
        kind: DocumentKind::Certificate,
        ..document(2, INN)
    };

    world.import(&[document(1, INN), kazakh]).await;
    world.recount().await;

    assert_eq!(world.kinds().await, ["new_document 2"]);
    world.end().await;
}

#[tokio::test]
async fn new_document_that_gets_a_tracked_identifier_later_is_news_and_an_old_one_is_not() {
    let world = Tracked::create().await;
    world.import(&[document(1, OTHER)]).await;
    world.subscribe(&Wish::all(&[INN])).await;
    world.import(&[document(2, OTHER)]).await;
    world.recount().await;

    world.import(&[document(1, INN), document(2, INN)]).await;
    world.recount().await;

    assert_eq!(world.kinds().await, ["new_document 2"]);
    world.end().await;
}

#[tokio::test]
async fn identifier_that_joins_later_has_a_baseline_of_its_own() {
    let world = Tracked::create().await;
    let subscription = world.subscribe(&Wish::all(&[OTHER])).await;
    let mut of_both = document(3, INN);
    of_both.manufacturer = Party {
        inn: Some(OTHER.to_owned()),
        ..Party::default()
    };
    world
        .import(&[document(1, OTHER), document(2, INN), of_both])
        .await;
    sqlx::query(
        "INSERT INTO subscription_identifiers (subscription_id, identifier, since_version, since_day)
         VALUES ($1, $2, 1, '2026-03-10')",
    )
    .bind(subscription)
    .bind(INN)
    .execute(world.stores.postgres())
    .await
    .unwrap();

    world.recount().await;
    world.import(&[document(4, INN)]).await;
    world.recount().await;

    assert_eq!(
        world.kinds().await,
        ["new_document 1", "new_document 3", "new_document 4"]
    );
    world.end().await;
}

#[tokio::test]
async fn archived_subscription_finds_nothing() {
    let world = Tracked::create().await;
    world.subscribe(&Wish::all(&[INN])).await;
    world
        .execute("UPDATE subscriptions SET state = 'archived', reason = 'unsubscribed', archived_at = now()")
        .await;

    world.import(&[document(1, INN)]).await;
    let outcome = world.recount().await;

    assert_eq!(world.kinds().await, [""; 0]);
    assert_eq!((outcome.subscriptions, outcome.to_version), (0, 1));
    world.end().await;
}
