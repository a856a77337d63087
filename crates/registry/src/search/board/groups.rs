//! Boards of counterparties with very many documents.

use super::reading;
use crate::search::counterparty::Counterparty;
use crate::search::{Search, SearchError};
use certlens_domain::board::{Board, BoardQuery};
use chrono::NaiveDate;

/// The board of a counterparty of any size.
pub(super) async fn board_by_groups(
    search: &Search,
    query: &BoardQuery,
    counterparty: &Counterparty,
    today: NaiveDate,
) -> Result<Board, SearchError> {
    reading::board_by_rows(search, query, counterparty, today).await
}
