//! What an import replaces is kept, so that the import can be undone; up to a limit, so that disks don't fill up.
//!
//! Documents that an import adds are kept by nobody: they are known by the import's number in `documents`.

use super::held::Held;
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// How much is kept, and whose documents were replaced.
pub(super) struct Keeping {
    most: u64,
    kept: u64,
    is_given_up: bool,
    /// Documents replaced, by the import that had written them.
    replaced: HashMap<Uuid, i64>,
}

impl Keeping {
    /// Keeps up to so many documents. An import that replaces more can't be undone, and keeps nothing.
    pub(super) fn up_to(most: u64) -> Self {
        Self {
            most,
            kept: 0,
            is_given_up: most == 0,
            replaced: HashMap::new(),
        }
    }

    /// Whether what is replaced now is to be kept.
    pub(super) const fn is_wanted(&self) -> bool {
        !self.is_given_up
    }

    /// Documents kept; `None` when they were too many.
    pub(super) fn kept(&self) -> Option<u64> {
        (!self.is_given_up).then_some(self.kept)
    }

    /// These documents were replaced. Those that earlier lines of the same file had written stand in nobody's way.
    pub(super) async fn note(
        &mut self,
        connection: &mut PgConnection,
        import: Uuid,
        held: &[Held],
    ) -> Result<(), sqlx::Error> {
        for held in held.iter().filter(|held| !held.by_this_import) {
            *self.replaced.entry(held.import).or_default() += 1;
            self.kept += 1;
        }
        if !self.is_given_up && self.kept > self.most {
            tracing::warn!(
                most = self.most,
                "the import replaces more documents than are kept; it can't be undone"
            );
            self.is_given_up = true;
            forget(connection, &[import]).await?;
        }
        Ok(())
    }

    /// Enters whose documents were replaced: this import now stands in the way of undoing those.
    pub(super) async fn write(&self, connection: &mut PgConnection, import: Uuid) -> Result<(), sqlx::Error> {
        let (earlier, documents): (Vec<Uuid>, Vec<i64>) = self
            .replaced
            .iter()
            .map(|(earlier, documents)| (*earlier, *documents))
            .unzip();
        sqlx::query!(
            "INSERT INTO import_overlaps (earlier, later, documents)
             SELECT earlier, $1, documents FROM unnest($2::uuid[], $3::bigint[]) AS replaced (earlier, documents)",
            import,
            &earlier,
            &documents,
        )
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// Deletes what is kept for these imports.
pub(in super::super) async fn forget(
    connection: &mut PgConnection,
    imports: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "DELETE FROM replaced_documents WHERE replaced_by = ANY($1)",
        imports
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "DELETE FROM replaced_territory_statuses WHERE replaced_by = ANY($1)",
        imports
    )
    .execute(connection)
    .await?;
    Ok(())
}
