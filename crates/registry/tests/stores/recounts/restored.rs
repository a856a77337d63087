//! After a restoration that left documents out: they come again by imports.

use super::tracked::{Tracked, Wish};
use crate::stores::document;
use certlens_domain::document::Document;
use certlens_domain::status::Status;

const INN: &str = "7707083893";

/// As a restoration leaves it: subscriptions and versions are there, documents are only known.
async fn lose_the_documents(world: &Tracked) {
    for statement in [
        "INSERT INTO known_documents (registry, document_key, status, rf_status)
         SELECT registry, document_key, status, rf_status FROM documents",
        "TRUNCATE documents, parties, party_identifiers, party_counts, counted_pairs, removed_places,
                  document_status_changes, document_territory_changes, imports CASCADE",
        "UPDATE registry_state SET loaded = false, documents = 0, data_date = NULL, import_id = NULL",
    ] {
        world.execute(statement).await;
    }
}

#[tokio::test]
async fn documents_that_come_again_are_no_news_but_what_happened_to_them_meanwhile_is() {
    let world = Tracked::create().await;
    world.import(&[document(1, INN), document(2, INN)]).await;
    world.subscribe(&Wish::all(&[INN])).await;
    world.recount().await;
    lose_the_documents(&world).await;

    let suspended = Document {
        status: Status::Suspended,
        ..document(1, INN)
    };
    world
        .import(&[suspended, document(2, INN), document(3, INN)])
        .await;
    world.recount().await;

    assert_eq!(world.kinds().await, ["new_document 3", "suspended 1 2"]);
    world.end().await;
}

#[tokio::test]
async fn later_changes_of_documents_that_came_again_are_told_as_ever() {
    let world = Tracked::create().await;
    world.import(&[document(1, INN)]).await;
    world.subscribe(&Wish::all(&[INN])).await;
    world.recount().await;
    lose_the_documents(&world).await;
    world.import(&[document(1, INN)]).await;
    world.recount().await;
    assert_eq!(world.kinds().await, [""; 0]);

    let terminated = Document {
        status: Status::Terminated,
        ..document(1, INN)
    };
    world.import(&[terminated]).await;
    world.recount().await;

    assert_eq!(world.kinds().await, ["terminated 1 3"]);
    world.end().await;
}
