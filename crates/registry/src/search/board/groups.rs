//! Boards of counterparties with very many documents: the engines count, and hand over cells instead of documents.

use super::cells::{Cell, CellsQuestion, board};
use crate::search::clickhouse_lane::{ClickHouseLane, hedged_after};
use crate::search::counterparty::Counterparty;
use crate::search::fallback::{NotFound, fell_back};
use crate::search::filter::FilterOfDay;
use crate::search::parties::AskedIdentifiers;
use crate::search::{Search, SearchError};
use certlens_domain::analytics::Engine;
use certlens_domain::board::{Board, BoardQuery};
use chrono::NaiveDate;
use std::pin::pin;

impl CellsQuestion {
    /// What is asked about this counterparty.
    pub(in crate::search) fn of(query: &BoardQuery, counterparty: &Counterparty, today: NaiveDate) -> Self {
        Self {
            parties: counterparty.ids(),
            role: query.about.role,
            filter: FilterOfDay::of(&query.filter, today),
        }
    }
}

/// The board of a counterparty of any size, or of what it has become when an import became visible meanwhile.
pub(super) async fn board_by_groups(
    search: &Search,
    query: &BoardQuery,
    counterparty: &Counterparty,
    today: NaiveDate,
) -> Result<Board, SearchError> {
    let filter = FilterOfDay::of(&query.filter, today);
    let board = |engine, counted: &[Cell]| Board {
        engine,
        ..board(counted, &filter)
    };
    let asked = AskedIdentifiers::of(&query.about);
    let by_postgres = async {
        let counted = search.snapshots.cells(query, &asked, today).await?;
        Ok(board(Engine::Postgres, &counted))
    };
    let Some(lane) = &search.clickhouse else {
        return by_postgres.await;
    };
    let question = CellsQuestion::of(query, counterparty, today);
    let mut clickhouse = pin!(cells_by_clickhouse(search, lane, &question, counterparty));
    match tokio::time::timeout(hedged_after(lane.heavy_patience()), &mut clickhouse).await {
        Ok(Ok(counted)) => return Ok(board(Engine::ClickHouse, &counted)),
        Ok(Err(reason)) => fell_back(reason.label()),
        Err(_) => {
            fell_back("late");
            let mut by_postgres = pin!(by_postgres);
            tokio::select! {
                board = &mut by_postgres => return board,
                counted = clickhouse => if let Ok(counted) = counted {
                    return Ok(board(Engine::ClickHouse, &counted));
                },
            }
            return by_postgres.await;
        }
    }
    by_postgres.await
}

/// What ClickHouse counted, if it is of the same state of the store as the counterparty.
async fn cells_by_clickhouse(
    search: &Search,
    lane: &ClickHouseLane,
    question: &CellsQuestion,
    counterparty: &Counterparty,
) -> Result<Vec<Cell>, NotFound> {
    let version = counterparty.state.version;
    let counted = lane
        .cells(question, version)
        .await
        .map_err(NotFound::Unanswered)?;
    // An import becomes visible in Postgres first. So what ClickHouse gave between two reads of the same version is of
    // this version, and no half of a publication.
    match search.state.read().await {
        Ok(state) if state.version == version => Ok(counted),
        Ok(_) | Err(_) => Err(NotFound::Moved),
    }
}
