//! What boards of large counterparties count, from one snapshot of Postgres.

use super::{SNAPSHOT, Snapshots, only};
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
        let mut snapshot = self.postgres.begin_with(SNAPSHOT).await?;
        let counterparty = only(&mut snapshot, asked).await?;
        let question = CellsQuestion::of(query, &counterparty, today);
        let counted = postgres_engine::cells(&mut snapshot, &question).await?;
        snapshot.commit().await?;
        Ok(counted)
    }
}
