//! Company details (requisites) and the identifiers in them.

use std::collections::BTreeMap;

use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use serde::Deserialize;
use serde_json::Value;

use crate::client::batch::{Command, CommandOutcome};
use crate::client::{ApiError, CallError, PortalClient};
use crate::frame::placement::EntityType;
use crate::identity::EntityId;
use crate::lenient;
use crate::list::{self, ListError, ListQuery, read_in_batches};

/// The fields that are read, for `select`: those of [`Requisite`], and all custom ones.
pub(crate) const FIELDS: [&str; 17] = [
    "ID",
    "ENTITY_TYPE_ID",
    "ENTITY_ID",
    "PRESET_ID",
    "NAME",
    "ACTIVE",
    "SORT",
    "RQ_COMPANY_NAME",
    "RQ_COMPANY_FULL_NAME",
    "RQ_INN",
    "RQ_KPP",
    "RQ_OGRN",
    "RQ_OGRNIP",
    "RQ_BIN",
    "RQ_IIN",
    "RQ_VAT_ID",
    "UF_*",
];

/// One set of details of a company. A company may have several: branches, several countries. Identifiers are as
/// people typed them, unchecked; empty ones are `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Requisite {
    /// The set's own number.
    #[serde(rename = "ID", default, deserialize_with = "lenient::optional_id")]
    pub id: Option<u64>,
    /// The title of the set of details (`NAME`).
    #[serde(rename = "NAME", default, deserialize_with = "lenient::optional_text")]
    pub name: Option<String>,
    /// The company's short name.
    #[serde(
        rename = "RQ_COMPANY_NAME",
        default,
        deserialize_with = "lenient::optional_text"
    )]
    pub company_name: Option<String>,
    /// Tax number (Russia; by custom also of other countries).
    #[serde(rename = "RQ_INN", default, deserialize_with = "lenient::optional_text")]
    pub inn: Option<String>,
    /// State registration number of a Russian company.
    #[serde(rename = "RQ_OGRN", default, deserialize_with = "lenient::optional_text")]
    pub ogrn: Option<String>,
    /// State registration number of a Russian sole trader.
    #[serde(rename = "RQ_OGRNIP", default, deserialize_with = "lenient::optional_text")]
    pub ogrnip: Option<String>,
    /// Business identification number of Kazakhstan.
    #[serde(rename = "RQ_BIN", default, deserialize_with = "lenient::optional_text")]
    pub bin: Option<String>,
    /// Individual identification number of Kazakhstan.
    #[serde(rename = "RQ_IIN", default, deserialize_with = "lenient::optional_text")]
    pub iin: Option<String>,
    /// Code of the reason for registration: says which branch, identifies nobody.
    #[serde(rename = "RQ_KPP", default, deserialize_with = "lenient::optional_text")]
    pub kpp: Option<String>,
    /// Whether the set is in use.
    #[serde(
        rename = "ACTIVE",
        default = "active_by_default",
        deserialize_with = "lenient::yes_or_no"
    )]
    pub active: bool,
    /// Position among the company's sets, ascending.
    #[serde(rename = "SORT", default, deserialize_with = "sort")]
    pub sort: i64,
    /// The owner's type, to check that the portal filtered.
    #[serde(rename = "ENTITY_TYPE_ID", default, deserialize_with = "lenient::optional_id")]
    pub(crate) owner_type: Option<u64>,
    /// The owner, to check that the portal filtered.
    #[serde(rename = "ENTITY_ID", default, deserialize_with = "lenient::optional_id")]
    pub(crate) owner: Option<u64>,
    /// Whatever else came: custom fields (`UF_…`) and identifiers of other countries (`RQ_…`), by their names.
    #[serde(flatten)]
    pub other_fields: BTreeMap<String, Value>,
}

impl Requisite {
    /// Reads a row of a list; `None` for what is no row.
    pub fn read(row: Value) -> Option<Self> {
        serde_json::from_value(row).ok()
    }

    /// The company that the set belongs to; `None` for a contact's.
    pub fn company(&self) -> Option<EntityId> {
        (self.owner_type == Some(u64::from(EntityType::Company.type_id())))
            .then_some(self.owner)
            .flatten()
            .and_then(EntityId::new)
    }

    /// The non-empty texts of another field, such as a custom one.
    pub fn texts(&self, field: &str) -> Vec<String> {
        self.other_fields
            .get(field)
            .map(lenient::texts)
            .unwrap_or_default()
    }
}

fn active_by_default() -> bool {
    true
}

fn sort<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(lenient::non_empty_text(&value)
        .and_then(|text| text.parse().ok())
        .unwrap_or_default())
}

/// The sets of details of one company out of a list's rows, active ones first, then by `SORT`.
///
/// Rows of other owners are dropped: a portal that could not resolve the owner in a filter may send anything.
pub(crate) fn of_company(rows: Value, company: u64) -> Vec<Requisite> {
    let mut requisites: Vec<Requisite> = lenient::rows(rows)
        .into_iter()
        .filter_map(Requisite::read)
        .filter(|requisite| requisite.company().map(EntityId::get) == Some(company))
        .collect();
    requisites.sort_by_key(|requisite| (!requisite.active, requisite.sort));
    requisites
}

/// Whether a list of details is one that tells whose they are. Nothing is known from another: least of all that a company
/// has no details.
pub fn is_readable(rows: &Value) -> bool {
    let is_empty_list = rows.as_array().is_some_and(Vec::is_empty);
    let rows = lenient::rows(rows.clone());
    is_empty_list
        || (!rows.is_empty()
            && rows.into_iter().all(|row| {
                Requisite::read(row).is_some_and(|row| row.owner.is_some() && row.owner_type.is_some())
            }))
}

/// Reads the details of one company; the caller adds `filter[ENTITY_ID]`.
pub(super) fn of_one_company() -> Command {
    let command = Command::new("crm.requisite.list")
        .with("filter[ENTITY_TYPE_ID]", EntityType::Company.type_id())
        .with("start", -1);
    FIELDS
        .iter()
        .fold(command, |command, field| command.with("select[]", field))
}

/// Reads the details of companies, fifty companies with each request. A company without details has an empty list;
/// a company whose details the portal refuses is among the refusals.
pub async fn requisites_of(
    client: &PortalClient,
    companies: &[EntityId],
) -> Result<BTreeMap<EntityId, Result<Vec<Requisite>, ApiError>>, CallError> {
    let commands = companies
        .iter()
        .map(|id| of_one_company().with("filter[ENTITY_ID]", id))
        .collect();
    let outcomes = read_in_batches(client, commands).await?;
    let read = |(&id, outcome): (&EntityId, CommandOutcome)| {
        let requisites = match outcome {
            CommandOutcome::Done(rows) if is_readable(&rows) => Ok(of_company(rows, id.get())),
            CommandOutcome::Done(_) => Err(super::methods::unreadable()),
            CommandOutcome::Failed(error) => Err(error),
            CommandOutcome::NotExecuted => Err(super::methods::not_executed()),
        };
        (id, requisites)
    };
    Ok(companies.iter().zip(outcomes).map(read).collect())
}

/// What one request brought.
#[derive(Debug, Clone, PartialEq)]
pub struct RequisitePage {
    /// The sets of details, ascending by their own numbers; [`Requisite::company`] names the owner.
    pub requisites: Vec<Requisite>,
    /// The number to go on from.
    pub cursor: u64,
    /// Whether nothing follows.
    pub is_last: bool,
}

/// Lists the details of all companies, as [`list::pages`] does: behind the set with the number `after`, `chained`
/// pages with one request.
pub fn requisite_pages(
    client: &PortalClient,
    after: u64,
    chained: usize,
) -> BoxStream<'static, Result<RequisitePage, ListError>> {
    let query = ListQuery::requisites()
        .with("filter[ENTITY_TYPE_ID]", EntityType::Company.type_id())
        .select(FIELDS)
        .after(after)
        .chained(chained);
    list::pages(client, query)
        .map_ok(|page| RequisitePage {
            requisites: page
                .rows
                .into_iter()
                .filter_map(|row| Requisite::read(Value::Object(row.fields)))
                .filter(|requisite| requisite.company().is_some())
                .collect(),
            cursor: page.cursor,
            is_last: page.is_last,
        })
        .boxed()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_company_orders_active_sets_first_and_drops_foreign_rows() {
        let rows = json!([
            {"ENTITY_TYPE_ID": "4", "ENTITY_ID": "17", "NAME": "old", "ACTIVE": "N", "SORT": "1", "RQ_INN": "1"},
            {"ENTITY_TYPE_ID": "4", "ENTITY_ID": "17", "NAME": "branch", "ACTIVE": "Y", "SORT": "500", "RQ_INN": ""},
            {"ENTITY_TYPE_ID": 4, "ENTITY_ID": 17, "NAME": "main", "SORT": 10, "RQ_INN": 7_707_083_893_u64, "RQ_OGRN": null},
            {"ENTITY_TYPE_ID": "4", "ENTITY_ID": "18", "NAME": "foreign", "RQ_INN": "2"},
            {"ENTITY_TYPE_ID": "3", "ENTITY_ID": "17", "NAME": "a contact's", "RQ_INN": "3"},
        ]);

        let requisites = of_company(rows, 17);

        let names: Vec<_> = requisites
            .iter()
            .filter_map(|requisite| requisite.name.as_deref())
            .collect();
        assert_eq!(names, ["main", "branch", "old"]);
        assert_eq!(requisites[0].inn.as_deref(), Some("7707083893"));
        assert_eq!(requisites[0].ogrn, None);
        assert_eq!(requisites[1].inn, None);
    }

    #[test]
    fn of_company_of_no_list_is_empty() {
        assert!(of_company(json!(false), 17).is_empty());
        assert!(of_company(json!([false, 3, []]), 17).is_empty());
    }
}
