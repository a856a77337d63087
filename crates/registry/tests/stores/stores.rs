//! Fresh stores for one test, and the short words that the tests speak.

use certlens_domain::analytics::{Analytics, AnalyticsQuery};
use certlens_domain::document::Document;
use certlens_domain::identifier::Identifier;
use certlens_formats::ImportSource;
use certlens_registry::{
    ClickHouseAddress, ClickHouseTopology, ImportError, ImportInput, ImportSummary, Importer, Search,
    UndoLimits, migrate_clickhouse,
};
use certlens_test_engines::TestDatabases;
use chrono::NaiveDate;
use std::io::Cursor;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// The stores of one test.
pub(crate) struct Stores {
    databases: TestDatabases,
    rejects: TempDir,
}

impl Stores {
    /// Empty, migrated stores.
    pub(crate) async fn create() -> Self {
        let stores = Self {
            databases: TestDatabases::create().await,
            rejects: TempDir::new().unwrap(),
        };
        migrate_clickhouse(&stores.clickhouse()).await.unwrap();
        stores
    }

    pub(crate) fn clickhouse(&self) -> ClickHouseAddress {
        let address = self.databases.clickhouse();
        ClickHouseAddress {
            url: address.url.clone(),
            user: address.user.clone(),
            password: address.password.clone().into(),
            database: address.database.clone(),
            topology: ClickHouseTopology::default(),
        }
    }

    pub(crate) fn postgres(&self) -> &sqlx::PgPool {
        self.databases.postgres()
    }

    pub(crate) fn rejects_directory(&self) -> &Path {
        self.rejects.path()
    }

    pub(crate) fn importer(&self) -> Importer {
        self.importer_with(Some(self.clickhouse()))
    }

    pub(crate) fn importer_with(&self, clickhouse: Option<ClickHouseAddress>) -> Importer {
        // All cases of a law import into the same stores: the twentieth must not make the first one's forgotten.
        let undo_limits = UndoLimits {
            imports: 1_000,
            ..UndoLimits::default()
        };
        Importer::new(self.postgres().clone(), clickhouse, self.rejects.path()).keeping(undo_limits)
    }

    /// Searches that ask ClickHouse; its deadline is so long that a busy machine does not decide who answers.
    pub(crate) fn search(&self) -> Search {
        Search::new(self.postgres().clone(), Some(self.clickhouse()))
            .with_clickhouse_deadline(Duration::from_mins(1))
    }

    /// Searches without ClickHouse.
    pub(crate) fn postgres_search(&self) -> Search {
        Search::new(self.postgres().clone(), None)
    }

    pub(crate) async fn import(
        &self,
        source: ImportSource,
        text: impl Into<Vec<u8>>,
    ) -> Result<ImportSummary, ImportError> {
        let input = ImportInput::reader("test.csv", Cursor::new(text.into()));
        self.importer().import(source, input, |_| {}).await
    }

    pub(crate) async fn import_documents(&self, documents: &[Document]) -> ImportSummary {
        self.import(ImportSource::Jsonl, json_lines(documents))
            .await
            .unwrap()
    }

    /// Imports documents with another threshold of counted parties.
    pub(crate) async fn import_documents_counting_from(&self, threshold: i64, documents: &[Document]) {
        let input = ImportInput::reader("test.jsonl", Cursor::new(json_lines(documents).into_bytes()));
        self.importer()
            .counting_from(threshold)
            .import(ImportSource::Jsonl, input, |_| {})
            .await
            .unwrap();
    }

    /// The number of documents that anybody can find, by an independent query.
    pub(crate) async fn stored_documents(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM documents")
            .fetch_one(self.postgres())
            .await
            .unwrap()
    }

    pub(crate) async fn drop_all(self) {
        self.databases.drop_all().await;
    }
}

pub(crate) fn json_lines(documents: &[Document]) -> String {
    documents
        .iter()
        .map(|document| serde_json::to_string(document).unwrap() + "\n")
        .collect()
}

pub(crate) fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

pub(crate) fn about(identifiers: &[&str]) -> AnalyticsQuery {
    AnalyticsQuery::about(identifiers.iter().map(|text| Identifier::parse(text).unwrap()))
}

/// The answer without who gave it and how long it took: what both engines must agree on.
pub(crate) fn numbers(analytics: Analytics) -> Analytics {
    Analytics {
        engine: certlens_domain::analytics::Engine::Cache,
        elapsed_ms: 0.0,
        ..analytics
    }
}

/// An active declaration of the company with this INN.
pub(crate) fn document(number: u32, inn: &str) -> Document {
    let line = format!(
        r#"{{"registry":"rf_declarations","source_id":"{number}","number":"ЕАЭС N RU Д-CN.РА01.В.{number:05}/25",
        "kind":"declaration","status":"active","status_label":"Действует","registered_on":"2025-08-28",
        "valid_until":"2030-08-27","applicant":{{"name":"ООО","inn":"{inn}"}},"technical_regulations":["ТР ТС 004/2011"]}}"#
    );
    serde_json::from_str(&line).unwrap()
}
