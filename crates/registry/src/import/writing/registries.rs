//! What an import means for each registry: documents more, a later day, another version.

use certlens_domain::registry::Registry;
use chrono::NaiveDate;
use sqlx::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Changes of the table `registry_state`, added up.
#[derive(Debug, Default)]
pub(super) struct RegistryChanges {
    changes: BTreeMap<Registry, Change>,
}

#[derive(Debug, Default)]
struct Change {
    /// The latest registration among the rows read; `None` when none were.
    latest: Option<NaiveDate>,
    new: i64,
    differs: bool,
}

impl RegistryChanges {
    /// A row of the registry was read.
    pub(super) fn read(&mut self, registry: Registry, registered_on: NaiveDate) {
        let change = self.changes.entry(registry).or_default();
        change.latest = change.latest.max(Some(registered_on));
    }

    /// A document was added.
    pub(super) fn added(&mut self, registry: Registry) {
        self.changes.entry(registry).or_default().new += 1;
        self.differs(registry);
    }

    /// Something of the registry differs from what was stored.
    pub(super) fn differs(&mut self, registry: Registry) {
        self.changes.entry(registry).or_default().differs = true;
    }

    /// A registry of which rows were read is loaded; its data reach to the latest registration among them. Its version
    /// moves only when something differs, so that answers kept elsewhere stay good.
    pub(super) async fn write(
        &self,
        connection: &mut PgConnection,
        import: Uuid,
        version: i64,
    ) -> Result<(), sqlx::Error> {
        for (registry, change) in &self.changes {
            if let Some(latest) = change.latest {
                sqlx::query!(
                    "INSERT INTO registry_state AS known (
                         registry, loaded, data_date, data_version, documents, import_id, imported_at
                     )
                     VALUES ($1::text::registry, true, $2, $3, $4, $5, now())
                     ON CONFLICT (registry) DO UPDATE SET
                         loaded = true, data_date = greatest(known.data_date, EXCLUDED.data_date),
                         documents = known.documents + EXCLUDED.documents, import_id = EXCLUDED.import_id,
                         imported_at = EXCLUDED.imported_at",
                    registry.key(),
                    latest,
                    version,
                    change.new,
                    import,
                )
                .execute(&mut *connection)
                .await?;
            }
            if change.differs {
                sqlx::query!(
                    "UPDATE registry_state SET data_version = $2 WHERE registry = $1::text::registry",
                    registry.key(),
                    version,
                )
                .execute(&mut *connection)
                .await?;
            }
        }
        Ok(())
    }
}
