//! Rows of boards from one snapshot of Postgres.

use super::{SNAPSHOT, Snapshots, only};
use crate::search::SearchError;
use crate::search::board::{FoundRows, RememberedRows, WantedRows};
use crate::search::counterparty::Counterparty;
use crate::search::parties::AskedIdentifiers;
use crate::search::postgres_engine;
use crate::search::state::StoreVersion;

impl Snapshots {
    /// The parties of the asked identifiers and their rows, whatever the version.
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
        let (found, _) = postgres_engine::rows(&mut snapshot, &recalled.rest).await?;
        snapshot.commit().await?;
        remembered.keep(&recalled.rest, version, &found);
        Ok((counterparty, recalled.with(&found)))
    }

    /// The rows of parties that have some in this version of the store, by one statement; `None` when the store is not in
    /// this version any more.
    pub(in crate::search) async fn rows_in_version(
        &self,
        wanted: &WantedRows,
        version: StoreVersion,
    ) -> Result<Option<FoundRows>, SearchError> {
        let _permit = self.permit().await?;
        let mut connection = self.postgres.acquire().await?;
        let (found, read_in) = postgres_engine::rows(&mut connection, wanted).await?;
        Ok((read_in == Some(version.number)).then_some(found))
    }
}
