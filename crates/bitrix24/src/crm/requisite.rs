//! Company details (requisites) and the identifiers in them.

use serde::Deserialize;
use serde_json::Value;

use crate::lenient;

/// The fields that [`Requisite`] reads, for `select`.
pub(crate) const FIELDS: [&str; 13] = [
    "ID",
    "ENTITY_TYPE_ID",
    "ENTITY_ID",
    "NAME",
    "ACTIVE",
    "SORT",
    "RQ_COMPANY_NAME",
    "RQ_INN",
    "RQ_KPP",
    "RQ_OGRN",
    "RQ_OGRNIP",
    "RQ_BIN",
    "RQ_IIN",
];

/// One set of details of a company. A company may have several: branches, several countries. Identifiers are as
/// people typed them, unchecked; empty ones are `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Requisite {
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
    let Value::Array(rows) = rows else {
        return Vec::new();
    };
    let mut requisites: Vec<Requisite> = rows
        .into_iter()
        .filter_map(|row| serde_json::from_value(row).ok())
        .filter(|requisite: &Requisite| requisite.owner_type == Some(4) && requisite.owner == Some(company))
        .collect();
    requisites.sort_by_key(|requisite| (!requisite.active, requisite.sort));
    requisites
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
