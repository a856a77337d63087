//! Passes: whatever interrupts, overlaps or comes between, each piece of news is found once.

use super::tracked::{Tracked, Wish, date, subscribe_on};
use crate::stores::document;
use certlens_domain::document::Document;
use certlens_domain::status::Status;
use certlens_registry::{RecountStep, Recounter};
use std::pin::pin;
use std::time::Duration;

const INN: &str = "7707083893";
const OTHER: &str = "5403055932";

/// Documents enough to fill some blocks.
fn many() -> Vec<Document> {
    (0..200).map(|number| document(number, INN)).collect()
}

/// Reads the table two blocks at a time.
fn in_small_portions(world: &Tracked) -> Recounter {
    world.recounter.clone().in_portions(10, 2)
}

async fn count(world: &Tracked) -> usize {
    world.told().await.len()
}

#[tokio::test]
async fn recount_that_is_killed_between_portions_goes_on_where_it_was() {
    let world = Tracked::create().await;
    world.subscribe(&Wish::all(&[INN])).await;
    world.import(&many()).await;
    let killed = in_small_portions(&world);
    for _ in 0..5 {
        killed.step(1).await.unwrap();
    }
    let before = count(&world).await;
    drop(killed);

    let outcome = in_small_portions(&world).recount(2).await.unwrap();

    assert!(
        (1..200).contains(&before),
        "some portions had their news: {before}"
    );
    assert_eq!(count(&world).await, 200);
    assert_eq!(outcome.found, 200 - before as u64);
    world.end().await;
}

#[tokio::test]
async fn recount_that_is_killed_inside_a_portion_leaves_nothing_of_it() {
    let world = Tracked::create().await;
    world.subscribe(&Wish::all(&[INN])).await;
    world.import(&many()).await;
    let mut obstacle = world.stores.postgres().begin().await.unwrap();
    sqlx::query("LOCK TABLE news IN SHARE MODE")
        .execute(&mut *obstacle)
        .await
        .unwrap();
    {
        let recounter = in_small_portions(&world);
        let mut killed = pin!(recounter.recount(1));
        tokio::select! {
            _ = &mut killed => panic!("it could not write"),
            () = waits_for_news(&world) => {}
        }
    }
    obstacle.rollback().await.unwrap();

    let outcome = world.recount().await;

    assert_eq!((outcome.found, count(&world).await), (200, 200));
    world.end().await;
}

/// Until somebody waits for the lock of the table of news.
async fn waits_for_news(world: &Tracked) {
    let waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'news'::regclass AND NOT granted)";
    while !sqlx::query_scalar::<_, bool>(waiting)
        .fetch_one(world.stores.postgres())
        .await
        .unwrap()
    {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn recounts_at_once_take_turns_and_find_each_piece_once() {
    let world = Tracked::create().await;
    world.subscribe(&Wish::all(&[INN])).await;
    world.import(&many()).await;
    let (one, two) = (in_small_portions(&world), in_small_portions(&world));

    let (one, two) = tokio::join!(one.recount(1), two.recount(2));

    let found = one.unwrap().found + two.unwrap().found;
    assert_eq!((found, count(&world).await), (200, 200));
    world.end().await;
}

#[tokio::test]
async fn subscription_that_commits_after_a_recount_which_did_not_see_it_loses_nothing() {
    let world = Tracked::create().await;
    world.subscribe(&Wish::all(&[OTHER])).await;
    world.import(&[document(1, INN), document(2, OTHER)]).await;
    world.recount().await;

    // It reads version 1; version 2 comes and is looked at before it commits.
    let mut subscribing = world.stores.postgres().begin().await.unwrap();
    let late = subscribe_on(&mut subscribing, &Wish::all(&[INN])).await;
    world.import(&[document(3, INN), document(4, OTHER)]).await;
    let unseen = world.recount().await;
    subscribing.commit().await.unwrap();
    let seen = world.recount().await;
    let again = world.recount().await;

    assert_eq!((unseen.to_version, unseen.found), (2, 1));
    assert_eq!((seen.from_version, seen.to_version, seen.found), (1, 2, 1));
    assert_eq!((again.from_version, again.found), (2, 0));
    let told = world.told().await;
    assert_eq!(told.len(), 3);
    assert!(
        told.iter()
            .any(|(who, _, what, _)| *who == late && what == "rf_declarations 3")
    );
    world.end().await;
}

#[tokio::test]
async fn subscription_that_comes_between_portions_does_not_count_in_that_pass_and_loses_nothing() {
    let world = Tracked::create().await;
    world.subscribe(&Wish::all(&[INN])).await;
    // Its baseline lies before the import, its commit behind the first portions.
    let mut subscribing = world.stores.postgres().begin().await.unwrap();
    subscribe_on(&mut subscribing, &Wish::all(&[INN])).await;
    world.import(&many()).await;
    let recounter = in_small_portions(&world);
    for _ in 0..5 {
        recounter.step(1).await.unwrap();
    }
    subscribing.commit().await.unwrap();

    recounter.recount(1).await.unwrap();

    assert_eq!(count(&world).await, 400);
    world.end().await;
}

#[tokio::test]
async fn import_between_portions_loses_nothing_of_what_it_moves() {
    let world = Tracked::create().await;
    world.subscribe(&Wish::all(&[INN])).await;
    world.import(&many()).await;
    let recounter = in_small_portions(&world);
    for _ in 0..5 {
        recounter.step(1).await.unwrap();
    }
    world.execute("VACUUM documents").await;
    let suspended: Vec<_> = many()
        .into_iter()
        .map(|document| Document {
            status: Status::Suspended,
            ..document
        })
        .collect();
    world.import(&suspended).await;

    recounter.recount(1).await.unwrap();

    let told = world.told().await;
    let of = |kind: &str| told.iter().filter(|(_, told, ..)| told == kind).count();
    assert_eq!((of("new_document"), of("suspended"), told.len()), (200, 200, 400));
    world.end().await;
}

#[tokio::test]
async fn table_that_is_rewritten_between_portions_is_looked_at_from_its_beginning() {
    let world = Tracked::create().await;
    world.subscribe(&Wish::all(&[INN])).await;
    world.import(&many()).await;
    let recounter = in_small_portions(&world);
    for _ in 0..5 {
        recounter.step(1).await.unwrap();
    }
    // In the opposite order: what was not looked at lies where the pass has been.
    world
        .execute("CREATE INDEX backwards ON documents (document_key DESC)")
        .await;
    world.execute("CLUSTER documents USING backwards").await;

    recounter.recount(1).await.unwrap();

    assert_eq!(count(&world).await, 200);
    world.end().await;
}

#[tokio::test]
async fn recount_with_nothing_new_writes_nothing_and_says_how_much_is_tracked() {
    let world = Tracked::create().await;
    world.subscribe(&Wish::all(&[INN, OTHER])).await;
    world.import(&[document(1, INN)]).await;
    world.recount().await;

    let step = world.recounter.step(2).await.unwrap();
    let outcome = world.recount().await;

    let day = date(super::tracked::TODAY);
    assert_eq!(step, RecountStep::UpToDate { version: 1, day });
    assert_eq!(
        (outcome.subscriptions, outcome.identifiers, outcome.found),
        (1, 2, 0)
    );
    world.end().await;
}

#[tokio::test]
async fn clock_that_is_set_back_repeats_nothing_and_takes_no_day_back() {
    let world = Tracked::create().await;
    world.subscribe(&Wish::all(&[INN])).await;
    world.import(&[document(1, INN)]).await;
    world.recount_on("2026-03-12").await;

    let back = world.recount_on("2026-03-01").await;

    assert_eq!((back.day, back.found), (date("2026-03-12"), 0));
    world.end().await;
}

#[tokio::test]
async fn thousands_that_are_enrolled_at_once_are_looked_for_at_once() {
    let world = Tracked::create().await;
    world.subscribe(&Wish::all(&[INN])).await;
    world
        .execute(
            "INSERT INTO subscription_identifiers (subscription_id, identifier)
             SELECT id, '98' || number FROM subscriptions, generate_series(1, 3000) AS number",
        )
        .await;
    // Statistics of a moment when nobody was enrolled.
    world.execute("ANALYZE subscription_identifiers").await;
    world.import(&many()).await;

    let outcome = world.recount().await;

    assert_eq!((outcome.identifiers, outcome.found), (3001, 200));
    world.end().await;
}
