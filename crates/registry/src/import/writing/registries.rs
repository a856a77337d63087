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
    changed: i64,
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

    /// A document was taken away for good.
    pub(super) fn removed(&mut self, registry: Registry) {
        self.changes.entry(registry).or_default().new -= 1;
        self.differs(registry);
    }

    /// A document that an earlier import had written was replaced.
    pub(super) fn changed(&mut self, registry: Registry) {
        self.changes.entry(registry).or_default().changed += 1;
    }

    /// Whether the store gets another version.
    pub(super) fn moves(&self) -> bool {
        self.changes.values().any(|change| change.differs)
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
                // What the registry was: whoever undoes this import needs it.
                sqlx::query!(
                    "INSERT INTO import_registries (
                         import_id, registry, latest, new, changed, former_loaded, former_data_date, former_import_id,
                         former_imported_at
                     )
                     SELECT $2, asked.registry, $3, $4, $5, coalesce(known.loaded, false), known.data_date, known.import_id,
                            known.imported_at
                     FROM (SELECT $1::text::registry) AS asked (registry)
                     LEFT JOIN registry_state AS known ON known.registry = asked.registry",
                    registry.key(),
                    import,
                    latest,
                    change.new,
                    change.changed,
                )
                .execute(&mut *connection)
                .await?;
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

    /// What the undoing of an import means: fewer documents, another version; and each registry that the import brought
    /// rows of is what the other imports made it.
    pub(super) async fn undo(
        &self,
        connection: &mut PgConnection,
        import: Uuid,
        version: i64,
    ) -> Result<(), sqlx::Error> {
        for (registry, change) in self.changes.iter().filter(|(_, change)| change.differs) {
            sqlx::query!(
                "UPDATE registry_state SET documents = documents + $2, data_version = $3
                 WHERE registry = $1::text::registry",
                registry.key(),
                change.new,
                version,
            )
            .execute(&mut *connection)
            .await?;
        }
        // Before the first import that is noted, the registry was what that one found.
        sqlx::query!(
            "UPDATE registry_state AS known
             SET loaded = first.former_loaded OR last.import_id IS NOT NULL,
                 data_date = greatest(first.former_data_date, latest.day),
                 import_id = coalesce(last.import_id, first.former_import_id),
                 imported_at = coalesce(last.imported_at, first.former_imported_at)
             FROM import_registries AS own
             CROSS JOIN LATERAL (
                 SELECT former_loaded, former_data_date, former_import_id, former_imported_at
                 FROM import_registries AS noted WHERE noted.registry = own.registry
                 ORDER BY imported_at LIMIT 1
             ) AS first
             LEFT JOIN LATERAL (
                 SELECT noted.import_id, noted.imported_at
                 FROM import_registries AS noted JOIN imports ON imports.id = noted.import_id AND imports.state = 'done'
                 WHERE noted.registry = own.registry AND noted.import_id <> $1
                 ORDER BY noted.imported_at DESC LIMIT 1
             ) AS last ON true
             CROSS JOIN LATERAL (
                 SELECT max(noted.latest) AS day
                 FROM import_registries AS noted JOIN imports ON imports.id = noted.import_id AND imports.state = 'done'
                 WHERE noted.registry = own.registry AND noted.import_id <> $1
             ) AS latest
             WHERE own.import_id = $1 AND known.registry = own.registry",
            import,
        )
        .execute(connection)
        .await?;
        Ok(())
    }
}
