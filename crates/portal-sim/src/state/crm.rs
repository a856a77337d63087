//! Companies, leads and deals, and how both generations of REST methods show them.
//!
//! The classic methods write everything as text under upper-case names, `crm.item.*` integers under camel case.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::seed::SeedItem;

/// The moment at which everything in the portal was created: the content is the same on every start.
pub(crate) const CREATED: &str = "2026-09-01T10:00:00+03:00";

/// The types of items that the simulator has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntityKind {
    /// A lead.
    Lead,
    /// A deal.
    Deal,
    /// A company.
    Company,
}

impl EntityKind {
    /// All types, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::Company, Self::Lead, Self::Deal];

    /// The word in addresses: `/crm/deal/details/5/`.
    pub fn path(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Deal => "deal",
            Self::Company => "company",
        }
    }

    /// The type of that word.
    pub fn from_path(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.path().eq_ignore_ascii_case(word))
    }

    /// The type of that `entityTypeId`.
    pub fn from_type_id(type_id: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.type_id() == type_id)
    }

    /// `entityTypeId` of the REST interface.
    pub fn type_id(self) -> u64 {
        match self {
            Self::Lead => 1,
            Self::Deal => 2,
            Self::Company => 4,
        }
    }

    /// The placement of a card's tab.
    pub fn tab_placement(self) -> String {
        format!("CRM_{}_DETAIL_TAB", self.path().to_ascii_uppercase())
    }
}

/// A company, lead or deal.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// Its type.
    pub kind: EntityKind,
    /// Its number.
    pub id: u64,
    /// Its title.
    pub title: String,
    /// The company of a lead or deal.
    pub company_id: Option<u64>,
    /// Who is responsible.
    pub assigned_by_id: u64,
    /// Only administrators see it.
    pub restricted: bool,
    /// Other fields by their classic names.
    pub fields: Map<String, Value>,
}

/// The CRM's content.
#[derive(Debug, Default)]
pub(crate) struct Crm {
    items: BTreeMap<(EntityKind, u64), Item>,
    /// Rows of `crm.requisite.list`, with every value as text.
    pub requisites: Vec<Map<String, Value>>,
}

impl Crm {
    /// The content of a seed.
    pub(crate) fn new(companies: Vec<SeedItem>, leads: Vec<SeedItem>, deals: Vec<SeedItem>) -> Self {
        let mut crm = Self::default();
        for (kind, seeds) in [
            (EntityKind::Company, companies),
            (EntityKind::Lead, leads),
            (EntityKind::Deal, deals),
        ] {
            for mut seed in seeds {
                for requisite in std::mem::take(&mut seed.requisites) {
                    crm.add_requisite(seed.id, requisite);
                }
                crm.items.insert((kind, seed.id), Item::new(kind, seed));
            }
        }
        crm
    }

    /// The item of that type and number.
    pub(crate) fn item(&self, kind: EntityKind, id: u64) -> Option<&Item> {
        self.items.get(&(kind, id))
    }

    /// All items of a type by number.
    pub(crate) fn items(&self, kind: EntityKind) -> impl Iterator<Item = &Item> {
        self.items.values().filter(move |item| item.kind == kind)
    }

    /// The rows of a company's details.
    pub(crate) fn requisites_of(&self, company: u64) -> impl Iterator<Item = &Map<String, Value>> {
        let company = company.to_string();
        self.requisites
            .iter()
            .filter(move |row| row.get("ENTITY_ID").and_then(Value::as_str) == Some(&company))
    }

    fn add_requisite(&mut self, company: u64, seed: Map<String, Value>) {
        let mut row: Map<String, Value> = [
            ("ID", json!((self.requisites.len() + 1).to_string())),
            ("ENTITY_TYPE_ID", json!(EntityKind::Company.type_id().to_string())),
            ("ENTITY_ID", json!(company.to_string())),
            ("PRESET_ID", json!("1")),
            ("DATE_CREATE", json!(CREATED)),
            ("DATE_MODIFY", json!("")),
            ("CREATED_BY_ID", json!("1")),
            ("MODIFY_BY_ID", Value::Null),
            ("NAME", json!("")),
            ("CODE", json!("")),
            ("XML_ID", json!("")),
            ("ORIGINATOR_ID", Value::Null),
            ("ACTIVE", json!("Y")),
            ("ADDRESS_ONLY", json!("N")),
            ("SORT", json!("500")),
            ("RQ_COMPANY_NAME", Value::Null),
            ("RQ_INN", Value::Null),
            ("RQ_KPP", Value::Null),
            ("RQ_OGRN", Value::Null),
            ("RQ_OGRNIP", Value::Null),
            ("RQ_BIN", Value::Null),
            ("RQ_IIN", Value::Null),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        row.extend(
            seed.into_iter()
                .map(|(name, value)| (name.to_ascii_uppercase(), as_text(&value))),
        );
        self.requisites.push(row);
    }
}

impl Item {
    fn new(kind: EntityKind, seed: SeedItem) -> Self {
        Self {
            kind,
            id: seed.id,
            title: seed.title,
            company_id: seed.company_id,
            assigned_by_id: seed.assigned_by_id.unwrap_or(1),
            restricted: seed.restricted,
            fields: seed.fields,
        }
    }

    /// A field's text, empty when there is none.
    pub(crate) fn text(&self, name: &str) -> String {
        self.fields
            .get(name)
            .map(as_text)
            .and_then(|text| text.as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// As `crm.<type>.get` shows it: texts under upper-case names, several values as lists.
    pub(crate) fn classic(&self) -> Map<String, Value> {
        let mut row = Map::new();
        row.insert("ID".to_owned(), json!(self.id.to_string()));
        row.insert("TITLE".to_owned(), json!(self.title));
        if self.kind != EntityKind::Company {
            row.insert(
                "COMPANY_ID".to_owned(),
                json!(self.company_id.unwrap_or(0).to_string()),
            );
        }
        row.insert(
            "ASSIGNED_BY_ID".to_owned(),
            json!(self.assigned_by_id.to_string()),
        );
        row.insert("CREATED_BY_ID".to_owned(), json!("1"));
        row.insert("DATE_CREATE".to_owned(), json!(CREATED));
        row.insert("DATE_MODIFY".to_owned(), json!(CREATED));
        row.insert("OPENED".to_owned(), json!("Y"));
        row.insert("COMMENTS".to_owned(), Value::Null);
        for (name, value) in &self.fields {
            let value = match name.as_str() {
                "PHONE" | "EMAIL" | "WEB" => json!([{
                    "ID": (self.id * 10).to_string(), "VALUE_TYPE": "WORK", "VALUE": as_text(value), "TYPE_ID": name
                }]),
                _ => as_text(value),
            };
            row.insert(name.clone(), value);
        }
        row
    }

    /// As `crm.item.get` shows it: integers under camel case; custom fields keep their names when asked to.
    pub(crate) fn modern(&self, original_custom_names: bool) -> Map<String, Value> {
        let mut row = Map::new();
        row.insert("id".to_owned(), json!(self.id));
        row.insert("entityTypeId".to_owned(), json!(self.kind.type_id()));
        row.insert("title".to_owned(), json!(self.title));
        row.insert("createdTime".to_owned(), json!(CREATED));
        row.insert("updatedTime".to_owned(), json!(CREATED));
        row.insert("createdBy".to_owned(), json!(1));
        row.insert("updatedBy".to_owned(), json!(1));
        row.insert("assignedById".to_owned(), json!(self.assigned_by_id));
        row.insert("opened".to_owned(), json!("Y"));
        if self.kind != EntityKind::Company {
            row.insert("companyId".to_owned(), json!(self.company_id.unwrap_or(0)));
            row.insert("contactId".to_owned(), Value::Null);
        }
        let mut multiple = Vec::new();
        for (name, value) in &self.fields {
            match name.as_str() {
                "PHONE" | "EMAIL" | "WEB" => multiple.push(json!({
                    "id": self.id * 10, "typeId": name, "valueType": "WORK", "value": as_text(value)
                })),
                "OPPORTUNITY" => {
                    let amount: f64 = self.text(name).parse().unwrap_or(0.0);
                    row.insert("opportunity".to_owned(), json!(amount));
                }
                _ if name.starts_with("UF_") && original_custom_names => {
                    row.insert(name.clone(), value.clone());
                }
                "STATUS_ID" => {
                    row.insert("stageId".to_owned(), value.clone());
                }
                _ => {
                    row.insert(modern_name(name), value.clone());
                }
            }
        }
        row.insert("fm".to_owned(), Value::Array(multiple));
        row
    }
}

/// `STAGE_ID` as `stageId`, `UF_CRM_INN` as `ufCrm_INN`.
fn modern_name(classic: &str) -> String {
    if let Some(custom) = classic.strip_prefix("UF_CRM_") {
        return format!("ufCrm_{custom}");
    }
    let mut words = classic.split('_').map(str::to_ascii_lowercase);
    let first = words.next().unwrap_or_default();
    words.fold(first, |mut name, word| {
        let mut letters = word.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.push_str(letters.as_str());
        name
    })
}

/// A scalar as the classic methods write it.
fn as_text(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.to_string()),
        Value::Bool(flag) => json!(if *flag { "Y" } else { "N" }),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    fn sample() -> Crm {
        let seed = Seed::sample().unwrap();
        Crm::new(seed.companies, seed.leads, seed.deals)
    }

    #[test]
    fn classic_item_has_texts_and_modern_one_integers() {
        let crm = sample();
        let deal = crm.item(EntityKind::Deal, 301).unwrap();
        assert_eq!(deal.classic()["COMPANY_ID"], json!("101"));
        assert_eq!(deal.modern(true)["companyId"], json!(101));
        assert_eq!(deal.modern(true)["stageId"], json!("NEW"));
    }

    #[test]
    fn modern_item_keeps_custom_names_only_when_asked() {
        let crm = sample();
        let lead = crm.item(EntityKind::Lead, 213).unwrap();
        assert!(lead.modern(true).contains_key("UF_CRM_INN"));
        assert!(lead.modern(false).contains_key("ufCrm_INN"));
    }

    #[test]
    fn requisites_of_a_company_are_texts() {
        let crm = sample();
        let row = crm.requisites_of(101).next().unwrap();
        assert_eq!(row["ENTITY_TYPE_ID"], json!("4"));
        assert_eq!(row["RQ_INN"].as_str().map(str::len), Some(10));
    }
}
