//! `GET /api/v1/documents`: a counterparty's documents, page by page.

use super::caller::Caller;
use super::question::{About, PeriodFields, days, invalid, of_query, of_search, optional, several, switch};
use crate::http::error::Problem;
use axum::Json;
use axum::extract::State;
use axum_extra::extract::{Query, QueryRejection};
use certlens_app::calendar::Calendar;
use certlens_app::card::board::place;
use certlens_domain::analytics::AnalyticsQuery;
use certlens_domain::documents_page::{
    DocumentFilter, DocumentsOrder, DocumentsQuery, FoundDocument, MOST_DOCUMENTS_A_PAGE, PageCursor,
};
use certlens_domain::scheme::{Production, normalised};
use certlens_formats::canonical::regulation;
use certlens_registry::Search;
use serde::{Deserialize, Serialize};

const USUAL_LIMIT: u32 = 50;
/// Longer than any number or any phrase that somebody looks for.
const LONGEST_TEXT: usize = 200;
/// Codes have ten digits; documents and people name their beginnings.
const TN_VED_DIGITS: std::ops::RangeInclusive<usize> = 2..=10;

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
    ends_from: Option<String>,
    ends_to: Option<String>,
    /// Looked for in products and numbers.
    text: Option<String>,
    /// First digits.
    #[serde(default)]
    tn_ved: Vec<String>,
    /// Here, in `scheme` and in `origin` an empty value stands for documents that name none.
    #[serde(default)]
    body: Vec<String>,
    #[serde(default)]
    scheme: Vec<String>,
    #[serde(default)]
    production: Vec<String>,
    #[serde(default)]
    origin: Vec<String>,
    not_valid_in_rf: Option<String>,
    order: Option<String>,
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
    State(calendar): State<Calendar>,
    about: Result<Query<About>, QueryRejection>,
    filters: Result<Query<Filters>, QueryRejection>,
) -> Result<Json<DocumentsAnswer>, Problem> {
    let Query(about) = about.map_err(of_query)?;
    let Query(filters) = filters.map_err(of_query)?;
    let question = filters.question(about.question()?)?;
    let today = calendar.today();
    let page = search.documents(&question, today).await.map_err(of_search)?;
    Ok(Json(DocumentsAnswer {
        items: page.items,
        next: page.next.as_ref().map(place::written),
    }))
}

const REGISTERED: PeriodFields = PeriodFields {
    from: "registered_from",
    to: "registered_to",
};
const ENDS: PeriodFields = PeriodFields {
    from: "ends_from",
    to: "ends_to",
};

impl Filters {
    fn question(self, about: AnalyticsQuery) -> Result<DocumentsQuery, Problem> {
        let limit = limit(self.limit.as_deref())?;
        let order = order(self.order.as_deref())?;
        let cursor = self.cursor.as_deref().filter(|cursor| !cursor.is_empty());
        Ok(DocumentsQuery {
            filter: self.filter()?,
            order,
            after: cursor.map(|cursor| after(cursor, order)).transpose()?,
            ..DocumentsQuery::newest(about, limit)
        })
    }

    fn filter(&self) -> Result<DocumentFilter, Problem> {
        let (registered_from, registered_to) = days(
            REGISTERED,
            self.registered_from.as_deref(),
            self.registered_to.as_deref(),
        )?;
        let (ends_from, ends_to) = days(ENDS, self.ends_from.as_deref(), self.ends_to.as_deref())?;
        Ok(DocumentFilter {
            registries: several("registry", &self.registry)?,
            kind: optional("kind", self.kind.as_deref())?,
            statuses: several("status", &self.status)?,
            // A code in any spelling; an unknown one is looked for as it is.
            technical_regulations: self.tr.iter().filter_map(|code| regulation(code)).collect(),
            registered_from,
            registered_to,
            text: text(self.text.as_deref())?,
            tn_ved: first_digits(&self.tn_ved)?,
            certification_bodies: self.body.iter().map(|body| body.trim().to_owned()).collect(),
            schemes: self.scheme.iter().map(|scheme| normalised(scheme)).collect(),
            production: production(&self.production)?,
            origins: self
                .origin
                .iter()
                .map(|country| country.trim().to_uppercase())
                .collect(),
            ends_from,
            ends_to,
            not_valid_in_rf: switch("not_valid_in_rf", self.not_valid_in_rf.as_deref())?,
        })
    }
}

fn text(text: Option<&str>) -> Result<Option<String>, Problem> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.chars().count() > LONGEST_TEXT) {
        let sentence = format!("`text` must not be longer than {LONGEST_TEXT} characters");
        return Err(invalid("text", sentence));
    }
    Ok(text.map(str::to_owned))
}

fn first_digits(codes: &[String]) -> Result<Vec<String>, Problem> {
    let given = codes
        .iter()
        .map(|code| code.trim())
        .filter(|code| !code.is_empty());
    given
        .map(|code| {
            let is_code =
                TN_VED_DIGITS.contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
            is_code.then(|| code.to_owned()).ok_or_else(|| {
                let sentence = "`tn_ved` must be the first 2 to 10 digits of a TN VED code, such as 8516";
                invalid("tn_ved", sentence)
            })
        })
        .collect()
}

fn production(keys: &[String]) -> Result<Vec<Production>, Problem> {
    let given = keys.iter().map(|key| key.trim()).filter(|key| !key.is_empty());
    given
        .map(|key| {
            Production::of_key(key).ok_or_else(|| {
                let sentence = "`production` is `series`, `batch`, `single` or `unknown`";
                invalid("production", sentence)
            })
        })
        .collect()
}

fn order(text: Option<&str>) -> Result<DocumentsOrder, Problem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(DocumentsOrder::default());
    };
    DocumentsOrder::of_key(text).ok_or_else(|| {
        let sentence = "`order` is `newest`, `oldest`, `ends_first` or `ends_last`";
        invalid("order", sentence)
    })
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

fn after(cursor: &str, order: DocumentsOrder) -> Result<PageCursor, Problem> {
    let place = place::read(cursor)
        .ok_or_else(|| invalid("cursor", "`cursor` must be the `next` of an earlier page"))?;
    if place.order != order {
        let sentence = format!(
            "`cursor` belongs to pages with `order={}`; ask for the next page in the same order, or for the first one \
             without `cursor`",
            place.order.key()
        );
        return Err(invalid("cursor", sentence));
    }
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use certlens_domain::registry::Registry;
    use chrono::NaiveDate;
    use rstest::rstest;

    fn made(order: DocumentsOrder, valid_until: Option<NaiveDate>) -> PageCursor {
        PageCursor {
            order,
            registered_on: NaiveDate::from_ymd_opt(2025, 8, 28).unwrap(),
            valid_until,
            registry: Registry::RfDeclarations,
            document_key: "20536296".to_owned(),
        }
    }

    #[test]
    fn place_of_an_opaque_cursor_is_the_place_that_made_it() {
        for order in DocumentsOrder::ALL {
            for end in [None, NaiveDate::from_ymd_opt(2030, 8, 27)] {
                let made = made(order, end);
                assert_eq!(after(&place::written(&made), order).unwrap(), made);
            }
        }
    }

    #[test]
    fn place_of_the_times_before_there_were_orders_continues_the_newest_pages() {
        let earlier = URL_SAFE_NO_PAD.encode(
            r#"{"registered_on":"2025-08-28","registry":"rf_declarations","document_key":"20536296"}"#,
        );
        let newest = after(&earlier, DocumentsOrder::Newest).unwrap();
        assert_eq!(newest, made(DocumentsOrder::Newest, None));
        assert!(after(&earlier, DocumentsOrder::EndsFirst).is_err());
    }

    #[test]
    fn place_of_a_made_up_cursor_is_refused() {
        for cursor in ["x", "e30", "ё", "AAAA"] {
            assert!(after(cursor, DocumentsOrder::Newest).is_err(), "{cursor}");
        }
    }

    #[rstest]
    #[case::digits(&["8516", " 85 "], Some(vec!["8516", "85"]))]
    #[case::empty_counts_as_missing(&[""], Some(vec![]))]
    #[case::too_short(&["8"], None)]
    #[case::too_long(&["85161080001"], None)]
    #[case::no_digits(&["85 16"], None)]
    fn first_digits_of_codes_are_two_to_ten(#[case] given: &[&str], #[case] expected: Option<Vec<&str>>) {
        let given: Vec<String> = given.iter().map(|&code| code.to_owned()).collect();
        let read = first_digits(&given).ok();
        assert_eq!(
            read,
            expected.map(|codes| codes.into_iter().map(str::to_owned).collect())
        );
    }
}
