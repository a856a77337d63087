//! What boards of large counterparties count. A count reads all documents of a counterparty, as some pages do, so it waits
//! for the same permits.

use super::{ClickHouseLane, HEAVY_PATIENCE, Unanswered};
use crate::search::board::{Cell, CellsQuestion};
use crate::search::state::StoreVersion;
use std::time::Duration;

impl ClickHouseLane {
    /// How long a question may take that reads very much.
    pub(in crate::search) fn heavy_patience(&self) -> Duration {
        self.deadline * HEAVY_PATIENCE
    }

    /// What the documents of a board have in common, counted.
    pub(in crate::search) async fn cells(
        &self,
        asked: &CellsQuestion,
        version: StoreVersion,
    ) -> Result<Vec<Cell>, Unanswered> {
        self.guard.allows()?;
        let patience = self.heavy_patience();
        let _permit = tokio::time::timeout(patience, self.pages.acquire())
            .await
            .map_err(|_| Unanswered::QueueFull)?
            .map_err(|_| Unanswered::QueueFull)?;
        let cells = self.guard.engine.cells(asked, version);
        Box::pin(self.guard.guarded(patience, cells)).await
    }
}
