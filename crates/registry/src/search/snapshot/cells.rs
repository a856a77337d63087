//! What boards of large counterparties count, from one snapshot of Postgres.

use super::{Snapshots, only};
use crate::search::SearchError;
use crate::search::board::{Cell, CellsQuestion};
use crate::search::parties::AskedIdentifiers;
use crate::search::postgres_engine;
use certlens_domain::board::BoardQuery;
use chrono::NaiveDate;

impl Snapshots {
    /// What the documents of a board have in common, counted.
    pub(in crate::search) async fn cells(
        &self,
        query: &BoardQuery,
        asked: &AskedIdentifiers,
        today: NaiveDate,
    ) -> Result<Vec<Cell>, SearchError> {
        let _permit = self.permit().await?;
        let mut snapshot = self.postgres.begin_with(COUNTING).await?;
        let counterparty = only(&mut snapshot, asked).await?;
        let question = CellsQuestion::of(query, &counterparty, today);
        let counted = postgres_engine::cells(&mut snapshot, &question).await?;
        snapshot.commit().await?;
        Ok(counted)
    }
}

/// One snapshot, as for other searches. The planner guesses that there are very many groups, and would sort the documents
/// once for each respect; with so much memory allowed it counts them in one pass, which takes some twenty megabytes of it.
const COUNTING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; \
                        SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL work_mem = '128MB'";
