//! All documents of a counterparty that pass a filter, as many as there are: page after page behind one stream.

use super::page::MOST_DOCUMENTS_AT_ONCE;
use super::{Search, SearchError};
use certlens_domain::documents_page::{DocumentsQuery, FoundDocument};
use chrono::NaiveDate;
use futures::stream::{self, Stream, TryStreamExt as _};

/// The first page is small, so that its reader has something to do soon; each further one is twice as large.
const FIRST_PAGE: u32 = 200;

impl Search {
    /// The documents of [`Search::documents`] without an end, from `query.after` on; `query.limit` is not heeded.
    ///
    /// In constant memory, as fast as they are taken, and without holding a connection between two pages. Each page
    /// begins after the place of the last document, so a document that does not change while they are read comes
    /// exactly once, whatever is imported meanwhile; one that is imported or changed meanwhile comes or not, as its
    /// place lies ahead or behind.
    pub fn documents_stream(
        &self,
        query: DocumentsQuery,
        today: NaiveDate,
    ) -> impl Stream<Item = Result<FoundDocument, SearchError>> + Send + use<> {
        self.document_pages(query, today)
            .map_ok(|page| stream::iter(page.into_iter().map(Ok)))
            .try_flatten()
    }

    /// The same documents, in the portions in which they are read: 200 to 2,000 at once.
    pub fn document_pages(
        &self,
        query: DocumentsQuery,
        today: NaiveDate,
    ) -> impl Stream<Item = Result<Vec<FoundDocument>, SearchError>> + Send + use<> {
        let search = self.clone();
        let first = DocumentsQuery {
            limit: FIRST_PAGE,
            ..query
        };
        stream::try_unfold(Some(first), move |next| {
            let search = search.clone();
            async move {
                let Some(query) = next else { return Ok(None) };
                let (page, _) = Box::pin(search.page(&query, today)).await?;
                let next = page.next.map(|place| DocumentsQuery {
                    after: Some(place),
                    limit: query.limit.saturating_mul(2).min(MOST_DOCUMENTS_AT_ONCE),
                    ..query
                });
                Ok(Some((page.items, next)))
            }
        })
    }
}
