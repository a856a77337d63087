//! `GET /api/v1/documents`: a counterparty's documents, page by page.

use super::caller::Caller;
use super::question::{About, days, invalid, of_query, of_search, optional, several};
use crate::http::error::Problem;
use axum::Json;
use axum::extract::State;
use axum_extra::extract::{Query, QueryRejection};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use certlens_domain::analytics::AnalyticsQuery;
use certlens_domain::documents_page::{
    DocumentFilter, DocumentsQuery, FoundDocument, MOST_DOCUMENTS_A_PAGE, PageCursor,
};
use certlens_formats::canonical::regulation;
use certlens_registry::Search;
use chrono::Utc;
use serde::{Deserialize, Serialize};

const USUAL_LIMIT: u32 = 50;
/// Longer than any number or any phrase that somebody looks for.
const LONGEST_TEXT: usize = 200;

/// The parameters beside those of [`About`].
#[derive(Debug, Deserialize)]
pub(super) struct Filters {
    /// Repeated values of one parameter are alternatives.
    #[serde(default)]
    registry: Vec<String>,
    #[serde(default)]
    status: Vec<String>,
    #[serde(default)]
    tr: Vec<String>,
    kind: Option<String>,
    registered_from: Option<String>,
    registered_to: Option<String>,
    /// Looked for in products and numbers.
    text: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

/// A page of documents.
#[derive(Debug, Serialize)]
pub(super) struct DocumentsAnswer {
    items: Vec<FoundDocument>,
    /// Opaque; to be handed back as `cursor`. Missing on the last page.
    next: Option<String>,
}

pub(super) async fn documents(
    _: Caller,
    State(search): State<Search>,
    about: Result<Query<About>, QueryRejection>,
    filters: Result<Query<Filters>, QueryRejection>,
) -> Result<Json<DocumentsAnswer>, Problem> {
    let Query(about) = about.map_err(of_query)?;
    let Query(filters) = filters.map_err(of_query)?;
    let question = filters.question(about.question()?)?;
    let today = Utc::now().date_naive();
    let page = search.documents(&question, today).await.map_err(of_search)?;
    Ok(Json(DocumentsAnswer {
        items: page.items,
        next: page.next.as_ref().map(opaque),
    }))
}

impl Filters {
    fn question(self, about: AnalyticsQuery) -> Result<DocumentsQuery, Problem> {
        let limit = limit(self.limit.as_deref())?;
        let cursor = self.cursor.as_deref().filter(|cursor| !cursor.is_empty());
        Ok(DocumentsQuery {
            filter: self.filter()?,
            after: cursor.map(place).transpose()?,
            ..DocumentsQuery::newest(about, limit)
        })
    }
}

impl Filters {
    fn filter(&self) -> Result<DocumentFilter, Problem> {
        let (from, to) = days(self.registered_from.as_deref(), self.registered_to.as_deref())?;
        let text = self
            .text
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty());
        if text.is_some_and(|text| text.chars().count() > LONGEST_TEXT) {
            let sentence = format!("`text` must not be longer than {LONGEST_TEXT} characters");
            return Err(invalid("text", sentence));
        }
        Ok(DocumentFilter {
            registries: several("registry", &self.registry)?,
            kind: optional("kind", self.kind.as_deref())?,
            statuses: several("status", &self.status)?,
            // A code in any spelling; an unknown one is looked for as it is.
            technical_regulations: self.tr.iter().filter_map(|code| regulation(code)).collect(),
            registered_from: from,
            registered_to: to,
            text: text.map(str::to_owned),
            ..DocumentFilter::default()
        })
    }
}

fn limit(text: Option<&str>) -> Result<u32, Problem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(USUAL_LIMIT);
    };
    text.parse()
        .ok()
        .filter(|limit| (1..=MOST_DOCUMENTS_A_PAGE).contains(limit))
        .ok_or_else(|| {
            let sentence = format!("`limit` must be a whole number from 1 to {MOST_DOCUMENTS_A_PAGE}");
            invalid("limit", sentence)
        })
}

/// A place as text that nobody should look into.
fn opaque(place: &PageCursor) -> String {
    // Three plain fields always serialise.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default())
}

fn place(cursor: &str) -> Result<PageCursor, Problem> {
    URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| invalid("cursor", "`cursor` must be the `next` of an earlier page"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use certlens_domain::registry::Registry;
    use chrono::NaiveDate;

    #[test]
    fn place_of_an_opaque_cursor_is_the_place_that_made_it() {
        let made = PageCursor {
            registered_on: NaiveDate::from_ymd_opt(2025, 8, 28).unwrap(),
            registry: Registry::RfDeclarations,
            document_key: "20536296".to_owned(),
        };
        assert_eq!(place(&opaque(&made)).unwrap(), made);
    }

    #[test]
    fn place_of_a_made_up_cursor_is_refused() {
        for cursor in ["x", "e30", "ё", "AAAA"] {
            assert!(place(cursor).is_err(), "{cursor}");
        }
    }
}
