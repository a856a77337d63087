//! What an import would do: compares a file with what is stored, and stores nothing.

use super::ImportError;
use super::batch::Batch;
use super::writing::{Comparison, Merged, compare_territory, find};
use certlens_domain::registry::Registry;
use sqlx::PgConnection;
use uuid::Uuid;

/// A comparison under way, in the caller's transaction, which is to be rolled back.
pub(super) struct DryRun<'transaction> {
    connection: &'transaction mut PgConnection,
    import: Uuid,
    merged: Merged,
}

impl<'transaction> DryRun<'transaction> {
    /// The table of documents that count already is temporary: it lives and ends with the transaction.
    pub(super) async fn begin(
        connection: &'transaction mut PgConnection,
        import: Uuid,
    ) -> Result<Self, ImportError> {
        sqlx::query(
            r#"CREATE TEMPORARY TABLE differing_documents (
                   registry text NOT NULL, document_key text COLLATE "C" NOT NULL, PRIMARY KEY (registry, document_key)
               ) ON COMMIT DROP"#,
        )
        .execute(&mut *connection)
        .await?;
        Ok(Self {
            connection,
            import,
            merged: Merged::default(),
        })
    }

    /// What the rows so far would do.
    pub(super) const fn merged(&self) -> Merged {
        self.merged
    }

    pub(super) async fn compare(&mut self, batch: &Batch) -> Result<(), ImportError> {
        let by_registry = batch
            .documents
            .chunk_by(|one, other| one.registry == other.registry);
        for documents in by_registry {
            let registry = documents[0].registry;
            let comparisons = find(self.connection, registry, documents, self.import).await?;
            let keys = |is_wanted: fn(Comparison) -> bool| -> Vec<&str> {
                documents
                    .iter()
                    .zip(&comparisons)
                    .filter(|(_, comparison)| is_wanted(**comparison))
                    .map(|(incoming, _)| incoming.key.as_str())
                    .collect()
            };
            let new = keys(|comparison| comparison == Comparison::New);
            let changed = keys(|comparison| matches!(comparison, Comparison::Differs { .. }));
            self.merged.new += self.enter(registry, &new).await?;
            self.merged.changed += self.enter(registry, &changed).await?;
        }
        let territory = compare_territory(self.connection, &batch.territory, self.import).await?;
        self.merged.new += territory.new;
        self.merged.changed += territory.changed;
        Ok(())
    }

    /// How many of these documents did not count before.
    async fn enter(&mut self, registry: Registry, keys: &[&str]) -> Result<u64, sqlx::Error> {
        let entered = sqlx::query(
            "INSERT INTO differing_documents SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING",
        )
        .bind(registry.key())
        .bind(keys)
        .execute(&mut *self.connection)
        .await?;
        Ok(entered.rows_affected())
    }
}
