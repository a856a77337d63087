//! From a state and identifiers to a board: all that is asked of the search, at the same time.

use super::model::{Answered, BoardModel, Detail, LoadedBoard, Outcome};
use super::place;
use crate::card::compare;
use crate::card::model::Failure;
use crate::card::open::RequestId;
use crate::card::state::BoardState;
use crate::catalogue::Texts;
use crate::services::Services;
use certlens_domain::analytics::AnalyticsQuery;
use certlens_domain::board::BoardQuery;
use certlens_domain::documents_page::{DocumentFilter, DocumentsQuery, PageCursor};
use certlens_domain::identifier::Identifier;
use certlens_registry::SearchError;
use chrono::NaiveDate;
use std::sync::Arc;

/// How many documents a page of the table holds.
pub(crate) const DOCUMENTS_A_PAGE: u32 = 20;

/// The board of these identifiers on the day `today`. Without any, `any_listed` tells whether there are some that are switched off.
pub(crate) async fn load(
    services: &Services,
    texts: Texts,
    identifiers: Vec<Identifier>,
    any_listed: bool,
    state: BoardState,
    today: NaiveDate,
    request_id: Option<&RequestId>,
) -> LoadedBoard {
    let outcome = if identifiers.is_empty() {
        Outcome::NoIdentifiers { all_off: any_listed }
    } else {
        // On the heap: what waits here is large, and callers' futures contain it.
        match Box::pin(answered(services, identifiers, &state, today)).await {
            Ok(answered) => Outcome::Answered(Arc::new(answered)),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "search failed");
                Outcome::Failed(Failure::Unavailable {
                    request_id: request_id.map(|id| id.0.clone()),
                })
            }
        }
    };
    LoadedBoard {
        model: BoardModel { texts, today, state },
        outcome,
    }
}

async fn answered(
    services: &Services,
    identifiers: Vec<Identifier>,
    state: &BoardState,
    today: NaiveDate,
) -> Result<Answered, SearchError> {
    let about = AnalyticsQuery {
        role: state.role,
        bridge: !state.without_pairs,
        ..AnalyticsQuery::about(identifiers)
    };
    let whole = BoardQuery {
        about: about.clone(),
        filter: DocumentFilter::default(),
    };
    let filtered = BoardQuery {
        filter: state.filter.clone(),
        ..whole.clone()
    };
    let documents = DocumentsQuery {
        filter: state.filter.clone(),
        order: state.order,
        after: after(state),
        ..DocumentsQuery::newest(about.clone(), DOCUMENTS_A_PAGE)
    };
    let search = &services.search;
    let detail = async {
        let Some(opened) = &state.document else {
            return Ok(None);
        };
        let found = search.document(opened.registry, &opened.key, today).await?;
        Ok(Some(found.map_or(Detail::Missing, |detail| {
            Detail::Found(Box::new(detail))
        })))
    };
    let filtered = async {
        if state.is_filtered() {
            search.board(&filtered, today).await.map(Some)
        } else {
            Ok(None)
        }
    };
    let related = async {
        if state.related {
            search.related(&about.identifiers, today).await.map(Some)
        } else {
            Ok(None)
        }
    };
    // The numbers come out of what the board has read: asked for at the same time, both would read it.
    let whole = async {
        let board = search.board(&whole, today).await?;
        let analytics = search.analytics_beside_board(&about, today).await?;
        Ok((board, analytics))
    };
    let comparison = async {
        match &state.compare {
            Some(chosen) => Ok(Some(
                compare::load::comparison(search, &about, chosen, today).await,
            )),
            None => Ok(None),
        }
    };
    let ((whole, analytics), filtered, documents, detail, related, comparison) = tokio::try_join!(
        whole,
        filtered,
        search.documents(&documents, today),
        detail,
        related,
        comparison
    )?;
    Ok(Answered {
        analytics,
        board: filtered.unwrap_or_else(|| whole.clone()),
        whole,
        next: documents.next.as_ref().map(place::written),
        documents,
        detail,
        related,
        comparison,
    })
}

/// Where the page of documents begins. A place of another order, as in an address that somebody changed by hand, is none.
fn after(state: &BoardState) -> Option<PageCursor> {
    let place = place::read(state.after.as_deref()?)?;
    (place.order == state.order).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use certlens_domain::documents_page::DocumentsOrder;
    use certlens_domain::registry::Registry;

    #[test]
    fn place_of_another_order_or_of_no_page_begins_at_the_first_page() {
        let place = PageCursor {
            order: DocumentsOrder::Oldest,
            registered_on: NaiveDate::from_ymd_opt(2025, 8, 28).unwrap(),
            valid_until: None,
            registry: Registry::RfDeclarations,
            document_key: "20536296".to_owned(),
        };
        let state = |order, after: &str| BoardState {
            order,
            after: Some(after.to_owned()),
            ..BoardState::default()
        };
        let written = place::written(&place);

        assert_eq!(after(&state(DocumentsOrder::Oldest, &written)), Some(place));
        assert_eq!(after(&state(DocumentsOrder::Newest, &written)), None);
        assert_eq!(after(&state(DocumentsOrder::Newest, "made up")), None);
        assert_eq!(after(&BoardState::default()), None);
    }
}
