//! Stores in which somebody tracks identifiers, and the short words of these tests.

use crate::stores::{Stores, json_lines};
use certlens_domain::document::Document;
use certlens_domain::tracking::NewsKind;
use certlens_formats::ImportSource;
use certlens_registry::{ImportInput, RecountOutcome, Recounter};
use chrono::NaiveDate;
use sqlx::PgConnection;
use std::io::Cursor;

/// The portal of the subscriptions.
const PORTAL: &str = "000102030405060708090a0b0c0d0e0f";
/// The number that these recounts have in the list.
const RUN: i64 = 1;
/// As a rule, tests look at the world on this day.
pub(crate) const TODAY: &str = "2026-03-10";

pub(crate) struct Tracked {
    pub(crate) stores: Stores,
    pub(crate) recounter: Recounter,
}

/// What a subscription wants.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) identifiers: Vec<&'static str>,
    pub(crate) news: Vec<NewsKind>,
    pub(crate) registries: Option<Vec<&'static str>>,
    pub(crate) expiring_days: i32,
    /// The day on which it is made.
    pub(crate) day: NaiveDate,
}

impl Wish {
    /// All news of these identifiers, terms from 30 days on.
    pub(crate) fn all(identifiers: &[&'static str]) -> Self {
        Self {
            identifiers: identifiers.to_vec(),
            news: NewsKind::ALL.to_vec(),
            registries: None,
            expiring_days: 30,
            day: date(TODAY),
        }
    }

    pub(crate) fn of(kinds: &[NewsKind], identifiers: &[&'static str]) -> Self {
        Self {
            news: kinds.to_vec(),
            ..Self::all(identifiers)
        }
    }
}

/// Subscription, kind, document and occurrence.
pub(crate) type Told = (i64, String, String, String);

impl Tracked {
    pub(crate) async fn create() -> Self {
        let stores = Stores::create().await;
        sqlx::query(
            "INSERT INTO portals (member_id, domain, client_endpoint, origin, authorization_server, state)
             VALUES ($1, 'a.example', 'https://a.example/rest/', 'https://a.example', 'https://oauth.example', 'installing')",
        )
        .bind(PORTAL)
        .execute(stores.postgres())
        .await
        .unwrap();
        sqlx::query("UPDATE recount_mark SET day = $1")
            .bind(date(TODAY))
            .execute(stores.postgres())
            .await
            .unwrap();
        let recounter = Recounter::new(stores.postgres().clone()).on(date(TODAY));
        Self { stores, recounter }
    }

    pub(crate) async fn subscribe(&self, wish: &Wish) -> i64 {
        let mut connection = self.stores.postgres().acquire().await.unwrap();
        subscribe_on(&mut connection, wish).await
    }

    pub(crate) async fn import(&self, documents: &[Document]) {
        self.import_as(ImportSource::Jsonl, json_lines(documents)).await;
    }

    pub(crate) async fn import_as(&self, source: ImportSource, text: String) {
        let input = ImportInput::reader("test", Cursor::new(text.into_bytes()));
        self.stores
            .importer_with(None)
            .import(source, input, |_| {})
            .await
            .unwrap();
    }

    pub(crate) async fn recount(&self) -> RecountOutcome {
        self.recounter.recount(RUN).await.unwrap()
    }

    /// Recounts on another day.
    pub(crate) async fn recount_on(&self, day: &str) -> RecountOutcome {
        self.recounter.clone().on(date(day)).recount(RUN).await.unwrap()
    }

    /// All news so far, in an order of their own.
    pub(crate) async fn told(&self) -> Vec<Told> {
        sqlx::query_as(
            "SELECT subscription_id, kind, concat(registry, ' ', document_key), occurrence FROM news ORDER BY 1, 2, 3, 4",
        )
        .fetch_all(self.stores.postgres())
        .await
        .unwrap()
    }

    /// Kind, document and occurrence of all news so far.
    pub(crate) async fn kinds(&self) -> Vec<String> {
        let told = self.told().await.into_iter();
        told.map(|(_, kind, document, occurrence)| {
            let document = document.split(' ').next_back().unwrap_or_default().to_owned();
            format!("{kind} {document} {occurrence}").trim_end().to_owned()
        })
        .collect()
    }

    pub(crate) async fn execute(&self, statement: &'static str) {
        sqlx::query(statement)
            .execute(self.stores.postgres())
            .await
            .unwrap();
    }

    /// As if nothing had happened yet: quicker than another database.
    pub(crate) async fn empty(&self) {
        for statement in [
            "TRUNCATE documents, parties, party_identifiers, party_counts, counted_pairs, removed_places, registry_state,
                      document_status_changes, document_territory_changes, rf_territory_statuses, imports,
                      subscriptions, subscription_identifiers, news CASCADE",
            "UPDATE recount_mark SET version = 0, day = '2026-03-10', pass_from = NULL, pass_to = NULL,
                    pass_from_day = NULL, pass_day = NULL, pass_block = NULL, pass_file = NULL",
        ] {
            self.execute(statement).await;
        }
    }

    pub(crate) async fn end(self) {
        self.stores.drop_all().await;
    }
}

/// Subscribes as the product does: the baseline is read in the subscription's own transaction.
pub(crate) async fn subscribe_on(connection: &mut PgConnection, wish: &Wish) -> i64 {
    let news: Vec<&str> = wish.news.iter().map(|kind| kind.key()).collect();
    sqlx::query_scalar(
        "WITH made AS (
             INSERT INTO subscriptions (
                 member_id, entity_type, entity_id, user_id, news, registries, expiring_days, since_version, since_day
             )
             SELECT $1, 'company', 1, 7, $2, $3::text[]::registry[], $4,
                    (SELECT coalesce(max(data_version), 0) FROM registry_state), $5
             RETURNING id
         ), identified AS (
             INSERT INTO subscription_identifiers (subscription_id, identifier) SELECT id, unnest($6::text[]) FROM made
         )
         SELECT id FROM made",
    )
    .bind(PORTAL)
    .bind(&news)
    .bind(&wish.registries)
    .bind(wish.expiring_days)
    .bind(wish.day)
    .bind(&wish.identifiers)
    .fetch_one(connection)
    .await
    .unwrap()
}

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
