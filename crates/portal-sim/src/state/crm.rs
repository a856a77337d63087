//! The CRM's content: items, company details, custom fields, and what applications leave in cards.
//!
//! Plain data and its rules. How items look to callers is in [`item`], what callers may write in [`write`], lists in
//! [`query`]. No HTTP, no HTML, no rights.

pub(crate) mod filter;
pub(crate) mod item;
mod kind;
pub(crate) mod query;
pub(crate) mod requisite;
pub(crate) mod schema;
pub(crate) mod table;
pub(crate) mod userfield;
pub(crate) mod write;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, FixedOffset, TimeZone};
use serde_json::{Map, Value, json};

use crate::seed::{Seed, SeedItem};
pub(crate) use item::Item;
pub use kind::EntityKind;
use table::{Record, Table};
use userfield::UserFields;

/// The moment at which everything in the seed was created: the content is the same on every start.
pub(crate) const CREATED: &str = "2026-09-01T10:00:00+03:00";

/// Who writes and when.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    /// The user.
    pub user_id: u64,
    /// The moment, as the portal writes it.
    pub now: String,
}

/// The CRM's content.
#[derive(Debug)]
pub(crate) struct Crm {
    leads: Table,
    deals: Table,
    companies: Table,
    contacts: Table,
    restricted: BTreeSet<(EntityKind, u64)>,
    /// Company details: rows of `crm.requisite.*`.
    pub requisites: Table,
    /// The chosen details of a deal by `(entityTypeId, id)`: requisite, bank detail, and ours of both.
    pub requisite_links: BTreeMap<(u64, u64), [u64; 4]>,
    /// Custom fields.
    pub user_fields: UserFields,
    /// Activities of all kinds.
    pub activities: Table,
    /// Comments and log messages of timelines.
    pub timeline: Table,
    /// Tasks of the portal.
    pub tasks: Table,
    /// Notifications to users.
    pub notifications: Table,
    last_multiple: u64,
}

impl Default for Crm {
    fn default() -> Self {
        Self {
            leads: Table::indexed_by("COMPANY_ID"),
            deals: Table::indexed_by("COMPANY_ID"),
            companies: Table::default(),
            contacts: Table::indexed_by("COMPANY_ID"),
            restricted: BTreeSet::new(),
            requisites: Table::indexed_by("ENTITY_ID"),
            requisite_links: BTreeMap::new(),
            user_fields: UserFields::default(),
            activities: Table::indexed_by("OWNER_ID"),
            timeline: Table::indexed_by("ENTITY_ID"),
            tasks: Table::default(),
            notifications: Table::indexed_by("USER_ID"),
            last_multiple: 0,
        }
    }
}

impl Crm {
    /// The content of a whole seed: custom fields and contacts too.
    pub(crate) fn of_seed(seed: &mut Seed) -> Self {
        let mut crm = Self::default();
        for field in std::mem::take(&mut seed.user_fields) {
            if let Some(kind) = EntityKind::from_path(&field.entity) {
                crm.user_fields.add_seed(kind, &field);
            }
        }
        for (kind, items) in [
            (EntityKind::Company, std::mem::take(&mut seed.companies)),
            (EntityKind::Lead, std::mem::take(&mut seed.leads)),
            (EntityKind::Deal, std::mem::take(&mut seed.deals)),
            (EntityKind::Contact, std::mem::take(&mut seed.contacts)),
        ] {
            for item in items {
                crm.add_seed(kind, item);
            }
        }
        crm
    }

    /// Adds an item of a seed under its number.
    pub(crate) fn add_seed(&mut self, kind: EntityKind, seed: SeedItem) {
        if seed.restricted {
            self.restricted.insert((kind, seed.id));
        }
        for requisite in seed.requisites {
            self.requisites.add(requisite::seeded(seed.id, requisite));
        }
        let mut record = Record::new();
        if kind != EntityKind::Contact && !seed.title.is_empty() {
            record.insert(Cow::from("TITLE"), json!(seed.title));
        }
        for (name, number) in [
            ("COMPANY_ID", seed.company_id),
            ("ASSIGNED_BY_ID", seed.assigned_by_id),
        ] {
            if let Some(number) = number {
                record.insert(Cow::from(name), json!(number.to_string()));
            }
        }
        for (name, value) in seed.fields {
            self.add_seed_field(kind, &mut record, &name, &value);
        }
        self.table_mut(kind).put(seed.id, record);
    }

    fn add_seed_field(&mut self, kind: EntityKind, record: &mut Record, name: &str, value: &Value) {
        if let Some(field) = schema::find(schema::fields(kind), name) {
            let value = if field.shape == schema::Shape::Multiple {
                let rows = table::texts(value).into_iter().map(|text| {
                    self.last_multiple += 1;
                    json!({"ID": self.last_multiple.to_string(), "VALUE_TYPE": "WORK", "VALUE": text, "TYPE_ID": name})
                });
                rows.collect()
            } else {
                as_text(value)
            };
            record.insert(Cow::from(field.name), value);
        } else if name.starts_with("UF_") {
            self.user_fields.ensure(kind, name, value.is_array());
            let value = match value {
                Value::Array(items) => items.iter().map(as_text).collect(),
                value => as_text(value),
            };
            record.insert(Cow::from(name.to_owned()), value);
        }
    }

    /// The rows of a type.
    pub(crate) fn table(&self, kind: EntityKind) -> &Table {
        match kind {
            EntityKind::Lead => &self.leads,
            EntityKind::Deal => &self.deals,
            EntityKind::Company => &self.companies,
            EntityKind::Contact => &self.contacts,
        }
    }

    fn table_mut(&mut self, kind: EntityKind) -> &mut Table {
        match kind {
            EntityKind::Lead => &mut self.leads,
            EntityKind::Deal => &mut self.deals,
            EntityKind::Company => &mut self.companies,
            EntityKind::Contact => &mut self.contacts,
        }
    }

    /// A row of a type as an item.
    pub(crate) fn as_item<'a>(&self, kind: EntityKind, id: u64, record: &'a Record) -> Item<'a> {
        Item {
            kind,
            id,
            record,
            restricted: self.restricted.contains(&(kind, id)),
        }
    }

    /// The item of that type and number.
    pub(crate) fn item(&self, kind: EntityKind, id: u64) -> Option<Item<'_>> {
        Some(self.as_item(kind, id, self.table(kind).get(id)?))
    }

    /// All items of a type by number.
    pub(crate) fn items(&self, kind: EntityKind) -> impl DoubleEndedIterator<Item = Item<'_>> {
        self.table(kind)
            .rows()
            .map(move |(id, record)| self.as_item(kind, id, record))
    }

    /// A company's leads, deals or contacts.
    pub(crate) fn items_of_company(&self, kind: EntityKind, company: u64) -> Vec<Item<'_>> {
        let rows = self.table(kind).rows_with(&company.to_string());
        rows.map(|(id, record)| self.as_item(kind, id, record)).collect()
    }

    /// The rows of a company's details.
    pub(crate) fn requisites_of(&self, company: u64) -> impl Iterator<Item = (u64, &Record)> {
        let company_type = EntityKind::Company.type_id();
        self.requisites
            .rows_with(&company.to_string())
            .filter(move |(_, record)| table::number(record, "ENTITY_TYPE_ID") == Some(company_type))
    }

    /// Adds an item; its number.
    pub(crate) fn add(&mut self, kind: EntityKind, changes: Record, writer: &Writer) -> u64 {
        let mut record = Record::new();
        write::apply(&mut record, changes, &mut self.last_multiple);
        for name in ["DATE_CREATE", "DATE_MODIFY", "MOVED_TIME", "LAST_ACTIVITY_TIME"] {
            record.insert(Cow::from(name), json!(writer.now));
        }
        for name in ["CREATED_BY_ID", "MODIFY_BY_ID", "MOVED_BY_ID", "LAST_ACTIVITY_BY"] {
            record.insert(Cow::from(name), json!(writer.user_id.to_string()));
        }
        record
            .entry(Cow::from("ASSIGNED_BY_ID"))
            .or_insert_with(|| json!(writer.user_id.to_string()));
        let id = self.table_mut(kind).add(record);
        let default_title = match kind {
            EntityKind::Deal => Some(format!("Сделка #{id}")),
            EntityKind::Lead => Some(format!("Лид #{id}")),
            EntityKind::Company | EntityKind::Contact => None,
        };
        if let Some(title) = default_title {
            self.table_mut(kind).change(id, |record| {
                record.entry(Cow::from("TITLE")).or_insert_with(|| json!(title));
            });
        }
        id
    }

    /// Changes an item; whether there is one.
    pub(crate) fn update(&mut self, kind: EntityKind, id: u64, changes: Record, writer: &Writer) -> bool {
        let mut next = self.last_multiple;
        let found = self.table_mut(kind).change(id, |record| {
            let moved = ["STATUS_ID", "STAGE_ID"].iter().any(|name| {
                changes
                    .get(*name)
                    .is_some_and(|stage| record.get(*name) != Some(stage))
            });
            write::apply(record, changes, &mut next);
            let user = json!(writer.user_id.to_string());
            record.insert(Cow::from("DATE_MODIFY"), json!(writer.now));
            record.insert(Cow::from("MODIFY_BY_ID"), user.clone());
            if moved {
                record.insert(Cow::from("MOVED_TIME"), json!(writer.now));
                record.insert(Cow::from("MOVED_BY_ID"), user);
                let stage = table::text(record, "STAGE_ID");
                let closed = !stage.is_empty() && stage_semantic(&stage) != "P";
                record.insert(Cow::from("CLOSED"), json!(if closed { "Y" } else { "N" }));
            }
        });
        self.last_multiple = next;
        found
    }

    /// Removes an item with its details; the numbers of these.
    pub(crate) fn remove(&mut self, kind: EntityKind, id: u64) -> Option<Vec<u64>> {
        self.table_mut(kind).remove(id)?;
        let type_id = kind.type_id().to_string();
        let details: Vec<u64> = self
            .requisites
            .rows_with(&id.to_string())
            .filter(|(_, record)| table::text(record, "ENTITY_TYPE_ID") == type_id)
            .map(|(id, _)| id)
            .collect();
        for detail in &details {
            self.requisites.remove(*detail);
        }
        Some(details)
    }
}

/// What a stage means: `P` in work, `S` won, `F` lost.
pub(crate) fn stage_semantic(stage: &str) -> &'static str {
    match stage.rsplit(':').next().unwrap_or(stage) {
        "WON" | "CONVERTED" => "S",
        "LOSE" | "JUNK" | "APOLOGY" => "F",
        _ => "P",
    }
}

/// A moment as the portal writes it, in its own zone.
pub(crate) fn portal_time<Zone: TimeZone>(moment: &DateTime<Zone>) -> String {
    let zone = FixedOffset::east_opt(3 * 3600);
    zone.map_or_else(
        || moment.to_utc().to_rfc3339(),
        |zone| {
            moment
                .with_timezone(&zone)
                .format("%Y-%m-%dT%H:%M:%S%:z")
                .to_string()
        },
    )
}

/// A scalar as the classic methods write it.
pub(crate) fn as_text(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.to_string()),
        Value::Bool(flag) => json!(if *flag { "Y" } else { "N" }),
        other => other.clone(),
    }
}

/// A JSON map with classic names as a record.
pub(crate) fn record_of(map: Map<String, Value>) -> Record {
    map.into_iter()
        .map(|(name, value)| (Cow::from(name.to_ascii_uppercase()), as_text(&value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Crm {
        Crm::of_seed(&mut Seed::sample().unwrap())
    }

    #[test]
    fn classic_item_has_texts_and_modern_one_integers() {
        let crm = sample();
        let deal = crm.item(EntityKind::Deal, 301).unwrap();

        assert_eq!(deal.classic(&crm.user_fields)["COMPANY_ID"], json!("101"));
        assert_eq!(deal.modern(&crm.user_fields, true)["companyId"], json!(101));
        assert_eq!(deal.modern(&crm.user_fields, true)["stageId"], json!("NEW"));
    }

    #[test]
    fn modern_item_keeps_custom_names_only_when_asked() {
        let crm = sample();
        let lead = crm.item(EntityKind::Lead, 213).unwrap();

        assert!(lead.modern(&crm.user_fields, true).contains_key("UF_CRM_INN"));
        assert!(lead.modern(&crm.user_fields, false).contains_key("ufCrmInn"));
    }

    #[test]
    fn update_moves_the_date_and_tells_who() {
        let mut crm = sample();
        let writer = Writer {
            user_id: 7,
            now: "2026-11-01T09:00:00+03:00".to_owned(),
        };
        let changes = Record::from([(Cow::from("STAGE_ID"), json!("WON"))]);

        assert!(crm.update(EntityKind::Deal, 301, changes, &writer));

        let row = crm.item(EntityKind::Deal, 301).unwrap().classic(&crm.user_fields);
        assert_eq!(row["DATE_MODIFY"], json!(writer.now));
        assert_eq!(row["MODIFY_BY_ID"], json!("7"));
        assert_eq!(
            (&row["CLOSED"], &row["STAGE_SEMANTIC_ID"]),
            (&json!("Y"), &json!("S"))
        );
    }
}
