//! Rows of boards from one snapshot of Postgres.

use super::{SNAPSHOT, Snapshots, only};
use crate::search::SearchError;
use crate::search::board::{FoundRows, RememberedRows, WantedRows};
use crate::search::counterparty::Counterparty;
use crate::search::parties::AskedIdentifiers;
use crate::search::postgres_engine;

impl Snapshots {
    /// The parties of the asked identifiers and their rows.
    pub(in crate::search) async fn rows(
        &self,
        asked: &AskedIdentifiers,
        with_texts: bool,
        remembered: &RememberedRows,
    ) -> Result<(Counterparty, FoundRows), SearchError> {
        let _permit = self.permit().await?;
        let mut snapshot = self.postgres.begin_with(SNAPSHOT).await?;
        let counterparty = only(&mut snapshot, asked).await?;
        let version = counterparty.state.version;
        // Whoever had the permit before may have asked about the same parties.
        let recalled = remembered.recall(WantedRows::of(&counterparty, with_texts), version);
        let found = postgres_engine::rows(&mut snapshot, &recalled.rest).await?;
        snapshot.commit().await?;
        remembered.keep(&recalled.rest, version, &found);
        Ok((counterparty, recalled.with(&found)))
    }
}
