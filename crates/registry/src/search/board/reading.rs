//! The board out of rows: from memory, from ClickHouse, or from Postgres.

use super::document::documents;
use super::fold::fold;
use super::memory::RecalledRows;
use super::row::{FoundRows, WantedRows};
use crate::search::clickhouse_lane::{ClickHouseLane, hedged_after};
use crate::search::counterparty::Counterparty;
use crate::search::fallback::{NotFound, fell_back};
use crate::search::page::Needle;
use crate::search::parties::AskedIdentifiers;
use crate::search::{Search, SearchError};
use certlens_domain::analytics::Engine;
use certlens_domain::board::{Board, BoardQuery};
use chrono::NaiveDate;
use std::pin::pin;

/// The board of this counterparty, or of what it has become when an import became visible meanwhile.
pub(super) async fn board_by_rows(
    search: &Search,
    query: &BoardQuery,
    counterparty: &Counterparty,
    today: NaiveDate,
) -> Result<Board, SearchError> {
    let with_texts = query.filter.text.as_deref().and_then(Needle::of).is_some();
    let version = counterparty.state.version;
    let recalled = search
        .rows
        .recall(WantedRows::of(counterparty, with_texts), version);
    let board = |counterparty: &Counterparty, engine, found: &FoundRows| Board {
        engine,
        ..fold(
            documents(&counterparty.ids(), found),
            &query.filter,
            query.about.role,
            today,
        )
    };
    if recalled.is_complete() {
        return Ok(board(counterparty, Engine::Cache, &recalled.alone()));
    }
    let by_postgres = {
        let (recalled, board) = (recalled.clone(), &board);
        async move {
            let found = search.snapshots.rows_in_version(&recalled.rest, version).await?;
            if let Some(found) = found {
                search.rows.keep(&recalled.rest, version, &found);
                return Ok(board(counterparty, Engine::Postgres, &recalled.with(&found)));
            }
            // An import became visible meanwhile: everything again, in one snapshot.
            let asked = AskedIdentifiers::of(&query.about);
            let (counterparty, found) = search.snapshots.rows(&asked, with_texts, &search.rows).await?;
            Ok(board(&counterparty, Engine::Postgres, &found))
        }
    };
    let Some(lane) = &search.clickhouse else {
        return by_postgres.await;
    };
    let hedge = hedged_after(lane.patience_for(recalled.rest.rows()));
    let mut clickhouse = pin!(rows_by_clickhouse(search, lane, recalled, counterparty));
    match tokio::time::timeout(hedge, &mut clickhouse).await {
        Ok(Ok(found)) => return Ok(board(counterparty, Engine::ClickHouse, &found)),
        Ok(Err(reason)) => fell_back(reason.label()),
        Err(_) => {
            fell_back("late");
            let mut by_postgres = pin!(by_postgres);
            tokio::select! {
                board = &mut by_postgres => return board,
                found = clickhouse => if let Ok(found) = found {
                    return Ok(board(counterparty, Engine::ClickHouse, &found));
                },
            }
            return by_postgres.await;
        }
    }
    by_postgres.await
}

/// The rows that ClickHouse gave, if they are of the same state of the store as the counterparty.
async fn rows_by_clickhouse(
    search: &Search,
    lane: &ClickHouseLane,
    recalled: RecalledRows,
    counterparty: &Counterparty,
) -> Result<FoundRows, NotFound> {
    let version = counterparty.state.version;
    let found = lane
        .rows(recalled.rest.clone(), version)
        .await
        .map_err(NotFound::Unanswered)?;
    // An import becomes visible in Postgres first. So what ClickHouse gave between two reads of the same version is of
    // this version, and no half of a publication.
    match search.state.read().await {
        Ok(state) if state.version == version => {
            search.rows.keep(&recalled.rest, version, &found);
            Ok(recalled.with(&found))
        }
        Ok(_) | Err(_) => Err(NotFound::Moved),
    }
}
