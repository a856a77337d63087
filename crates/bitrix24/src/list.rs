//! Long lists, read page after page by the rows' numbers.
//!
//! An offset costs the portal more with every page and skips rows that move; `ID > last one` costs always the same.
//! [`pages`] reads so: one request when the reader asks for the next page and not before, several pages in one
//! request where [`ListQuery::chained`] says so, and an error instead of an endless loop when a portal ignores the
//! condition. Every page tells the number to go on from, so a reader can stop, be killed, and resume.
//!
//! ```no_run
//! # async fn example(client: certlens_bitrix24::PortalClient) -> Result<(), certlens_bitrix24::list::ListError> {
//! use certlens_bitrix24::EntityType;
//! use certlens_bitrix24::list::{ListQuery, rows};
//! use futures::TryStreamExt;
//!
//! let query = ListQuery::items(EntityType::Company).select(["id", "title"]).chained(10);
//! let mut companies = rows(&client, query);
//! while let Some(company) = companies.try_next().await? {
//!     println!("{}: {:?}", company.id, company.fields.get("title"));
//! }
//! # Ok(())
//! # }
//! ```

mod chunks;
mod page;
mod query;

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use serde_json::{Map, Value};

use crate::client::batch::{Batch, CommandOutcome};
use crate::client::{CallError, PortalClient};
use crate::error_code::ErrorCode;
pub use chunks::read_in_batches;
use page::{Reading, read_page};
pub use query::{Cursor, ListQuery};

/// Rows on a page; portals don't let callers choose.
pub const PAGE_SIZE: usize = 50;

/// A row of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its number: the list goes on behind it.
    pub id: u64,
    /// Its fields.
    pub fields: Map<String, Value>,
}

/// What one request brought: one page, or several chained ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The rows, ascending by number.
    pub rows: Vec<Row>,
    /// The number to go on from, see [`ListQuery::after`].
    pub cursor: u64,
    /// Whether nothing follows.
    pub is_last: bool,
}

/// Why a list can't be read on.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The request failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The portal sent rows that it was told not to send: reading on would never end.
    #[error(
        "the portal's list {method} does not go on behind row {cursor}: it ignores the condition or the order"
    )]
    Stalled {
        /// The method.
        method: String,
        /// The last row that was read.
        cursor: u64,
    },
    /// The result is no list.
    #[error("the result of {method} is not a list")]
    NotAList {
        /// The method.
        method: String,
    },
}

impl ListError {
    /// The failed request, unless the portal's answer was at fault.
    pub fn call(&self) -> Option<&CallError> {
        match self {
            Self::Call(error) => Some(error),
            _ => None,
        }
    }
}

/// Reads a list request by request; the next request is sent when the stream is asked for its next page. It ends
/// behind the last page and behind an error.
pub fn pages(client: &PortalClient, query: ListQuery) -> BoxStream<'static, Result<Page, ListError>> {
    let client = client.clone();
    let start = Some(Position {
        cursor: query.after,
        chained: query.chained,
    });
    stream::try_unfold(start, move |position| {
        let (client, query) = (client.clone(), query.clone());
        async move {
            let Some(position) = position else {
                return Ok(None);
            };
            let (page, chained) = request(&client, &query, position).await?;
            let next = (!page.is_last).then_some(Position {
                cursor: page.cursor,
                chained,
            });
            Ok(Some((page, next)))
        }
    })
    .boxed()
}

/// Reads a list row by row; [`Row::id`] is the number to resume from.
pub fn rows(client: &PortalClient, query: ListQuery) -> BoxStream<'static, Result<Row, ListError>> {
    pages(client, query)
        .map_ok(|page| stream::iter(page.rows.into_iter().map(Ok)))
        .try_flatten()
        .boxed()
}

/// Where the reading is, and how many pages one request may bring from here on.
#[derive(Debug, Clone, Copy)]
struct Position {
    cursor: u64,
    chained: usize,
}

/// Sends one request. A portal that doesn't manage so many pages in its minute, or in one answer, is
/// asked for half of them.
async fn request(
    client: &PortalClient,
    query: &ListQuery,
    position: Position,
) -> Result<(Page, usize), ListError> {
    let mut chained = position.chained;
    loop {
        let outcome = if chained <= 1 {
            single(client, query, position.cursor).await
        } else {
            chain(client, query, position.cursor, chained).await
        };
        match outcome {
            Err(ListError::Call(error)) if chained > 1 && is_too_slow(&error) => chained /= 2,
            outcome => return outcome.map(|page| (page, chained)),
        }
    }
}

fn is_too_slow(error: &CallError) -> bool {
    matches!(error, CallError::TimedOut | CallError::TooLarge)
        || error.code() == Some(&ErrorCode::BatchLengthExceeded)
        || matches!(error, CallError::Unreadable { status } if (502..=504).contains(status))
}

async fn single(client: &PortalClient, query: &ListQuery, after: u64) -> Result<Page, ListError> {
    let reply = client.call(&query.method, query.parameters(after)).await?;
    let (rows, reading) = read_page(query, reply.result, after)?;
    if reading == Reading::NotBehind {
        return Err(stalled(query, after));
    }
    Ok(page(rows, after, reading == Reading::Last))
}

fn stalled(query: &ListQuery, cursor: u64) -> ListError {
    ListError::Stalled {
        method: query.method.clone(),
        cursor,
    }
}

fn page(rows: Vec<Row>, after: u64, is_last: bool) -> Page {
    Page {
        cursor: rows.last().map_or(after, |row| row.id),
        rows,
        is_last,
    }
}

/// Several pages in one request, each going on behind the fiftieth row of the page before it.
///
/// A page with fewer rows has no fiftieth: the portal then takes the reference for a text, that is for zero, and
/// the next page begins from the start. Such pages are recognised and dropped.
async fn chain(
    client: &PortalClient,
    query: &ListQuery,
    after: u64,
    chained: usize,
) -> Result<Page, ListError> {
    let key = |position: usize| format!("p{position}");
    let batch = (0..chained).fold(Batch::chain(), |batch, position| match position.checked_sub(1) {
        None => batch.command(key(position), query.command(after)),
        Some(previous) => batch.command(key(position), query.command_behind(&key(previous))),
    });
    let mut reply = client.batch(&batch).await?;

    let mut rows: Vec<Row> = Vec::new();
    for position in 0..chained {
        let cursor = rows.last().map_or(after, |row| row.id);
        let is_first = position == 0;
        let result = match reply.take(&key(position)) {
            CommandOutcome::Done(result) => result,
            CommandOutcome::Failed(error) if is_first => return Err(CallError::Refused(error).into()),
            CommandOutcome::NotExecuted if is_first => {
                return Err(ListError::NotAList {
                    method: query.method.clone(),
                });
            }
            // The next request begins behind what was read, and shows the error if it lasts.
            CommandOutcome::Failed(_) | CommandOutcome::NotExecuted => break,
        };
        match read_page(query, result, cursor) {
            Ok((more, Reading::Last)) => {
                rows.extend(more);
                return Ok(page(rows, after, true));
            }
            Ok((more, Reading::Full)) => rows.extend(more),
            Ok((_, Reading::NotBehind)) if is_first => return Err(stalled(query, cursor)),
            Err(error) if is_first => return Err(error),
            Ok((_, Reading::NotBehind)) | Err(_) => break,
        }
    }
    Ok(page(rows, after, false))
}

#[cfg(test)]
mod tests;
