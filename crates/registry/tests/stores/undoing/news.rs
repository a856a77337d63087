//! Who tracks something is told nothing by an undoing, and nothing any more of what was undone.

use super::{COMPANY, last_import};
use crate::recounts::tracked::{Tracked, Wish};
use crate::stores::document;
use certlens_domain::document::Document;
use certlens_domain::status::Status;

fn suspended(number: u32) -> Document {
    Document {
        status: Status::Suspended,
        ..document(number, COMPANY)
    }
}

async fn undo_last(world: &Tracked) {
    let import = last_import(&world.stores).await;
    world
        .stores
        .importer_with(None)
        .undo(import, "a test")
        .await
        .unwrap();
}

#[tokio::test]
async fn undoing_tells_nothing_and_what_was_found_but_not_told_is_forgotten() {
    let world = Tracked::create().await;
    world.import(&[document(1, COMPANY)]).await;
    world.subscribe(&Wish::all(&[COMPANY])).await;
    world.import(&[document(2, COMPANY)]).await;
    world.recount().await;
    world.import(&[suspended(1), document(3, COMPANY)]).await;
    world.recount().await;
    let found = world.kinds().await.len();
    assert_eq!(found, 3, "documents 2 and 3 are new, document 1 is suspended");

    undo_last(&world).await;

    assert_eq!(world.kinds().await, ["new_document 2"]);
    assert_eq!(world.recount().await.found, 0);
    assert_eq!(world.kinds().await, ["new_document 2"]);
    world.end().await;
}

#[tokio::test]
async fn what_nobody_looked_at_before_it_was_undone_is_never_found() {
    let world = Tracked::create().await;
    world.import(&[document(1, COMPANY)]).await;
    world.subscribe(&Wish::all(&[COMPANY])).await;
    world.import(&[document(2, COMPANY)]).await;
    world
        .import(&[suspended(1), suspended(2), document(3, COMPANY)])
        .await;

    undo_last(&world).await;
    world.recount().await;

    assert_eq!(world.kinds().await, ["new_document 2"], "of the import before");
    world.end().await;
}

#[tokio::test]
async fn what_was_told_stays_told_and_is_not_told_again_when_it_is_imported_anew() {
    let world = Tracked::create().await;
    world.subscribe(&Wish::all(&[COMPANY])).await;
    world.import(&[document(1, COMPANY)]).await;
    world.recount().await;
    world.execute("UPDATE news SET settled_at = now()").await;

    undo_last(&world).await;
    world.import(&[document(1, COMPANY)]).await;
    world.recount().await;

    assert_eq!(world.kinds().await, ["new_document 1"]);
    world.end().await;
}

#[tokio::test]
async fn what_was_found_but_not_told_is_found_again_when_it_is_imported_anew() {
    let world = Tracked::create().await;
    world.subscribe(&Wish::all(&[COMPANY])).await;
    world.import(&[document(1, COMPANY)]).await;
    world.recount().await;

    undo_last(&world).await;
    assert_eq!(world.kinds().await, [""; 0]);
    world.import(&[document(1, COMPANY)]).await;
    world.recount().await;

    assert_eq!(world.kinds().await, ["new_document 1"]);
    world.end().await;
}
