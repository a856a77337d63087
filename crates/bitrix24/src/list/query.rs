//! What to read: method, parameters, and where the list keeps its order. Pure.

use serde_json::{Map, Value};

use super::PAGE_SIZE;
use crate::client::batch::{Command, Reference};
use crate::event::form;
use crate::frame::placement::EntityType;

/// How a method names the things that reading by number needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The parameter that orders by number: `order[ID]`.
    pub order: &'static str,
    /// The parameter for "behind this number": `filter[>ID]`.
    pub filter: &'static str,
    /// The row's field with the number: `ID`.
    pub row_id: &'static str,
    /// Where the result keeps the rows: an empty path when the result is the list itself.
    pub rows: &'static [&'static str],
}

impl Cursor {
    /// `crm.requisite.list`, `crm.company.list` and their like.
    pub const CLASSIC: Self = Self {
        order: "order[ID]",
        filter: "filter[>ID]",
        row_id: "ID",
        rows: &[],
    };
    /// `crm.item.list`.
    pub const ITEMS: Self = Self {
        order: "order[id]",
        filter: "filter[>id]",
        row_id: "id",
        rows: &["items"],
    };
    /// `user.get`: what is ordered by stands in a parameter of its own, see [`crate::crm::all_users`].
    pub const USERS: Self = Self {
        order: "order",
        filter: "FILTER[>ID]",
        row_id: "ID",
        rows: &[],
    };
    /// `tasks.task.list`: filters by one name, answers by another.
    pub const TASKS: Self = Self {
        order: "order[ID]",
        filter: "filter[>ID]",
        row_id: "id",
        rows: &["tasks"],
    };
}

/// A list to read. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    pub(super) method: String,
    pub(super) cursor: Cursor,
    pub(super) after: u64,
    pub(super) chained: usize,
    parameters: Vec<(String, String)>,
}

impl ListQuery {
    /// A list of any method.
    pub fn new(method: impl Into<String>, cursor: Cursor) -> Self {
        Self {
            method: method.into(),
            cursor,
            after: 0,
            chained: 1,
            parameters: Vec::new(),
        }
    }

    /// Items of a type by `crm.item.list`, custom fields under their original names.
    pub fn items(entity_type: EntityType) -> Self {
        Self::new("crm.item.list", Cursor::ITEMS)
            .with("entityTypeId", entity_type.type_id())
            .with("useOriginalUfNames", "Y")
    }

    /// Items of a type by the classic method (`crm.lead.list`, …), for portals without the newer one.
    pub fn classic_items(entity_type: EntityType) -> Self {
        let method = format!("crm.{}.list", entity_type.code().to_ascii_lowercase());
        Self::new(method, Cursor::CLASSIC)
    }

    /// Sets of details (requisites) of all companies and contacts.
    pub fn requisites() -> Self {
        Self::new("crm.requisite.list", Cursor::CLASSIC)
    }

    /// Adds a parameter, named as PHP does: `filter[ENTITY_TYPE_ID]`; names ending in `[]` make a list.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl std::fmt::Display) -> Self {
        self.parameters.push((name.into(), value.to_string()));
        self
    }

    /// Names the fields to read. The number must be among them.
    #[must_use]
    pub fn select<I: IntoIterator<Item: std::fmt::Display>>(self, fields: I) -> Self {
        fields
            .into_iter()
            .fold(self, |query, field| query.with("select[]", field))
    }

    /// Begins behind this number: [`super::Page::cursor`] of an earlier reading.
    #[must_use]
    pub fn after(mut self, cursor: u64) -> Self {
        self.after = cursor;
        self
    }

    /// Reads up to `pages` pages (at most 50) with one request, which counts once against the portal's budget but
    /// must be done within the portal's minute: ten are usual.
    #[must_use]
    pub fn chained(mut self, pages: usize) -> Self {
        self.chained = pages.clamp(1, 50);
        self
    }

    /// The parameters of a call of its own.
    pub(super) fn parameters(&self, after: u64) -> Value {
        let after = after.to_string();
        let pairs = self.pairs().chain([(self.cursor.filter, after.as_str())]);
        let mut parameters: Map<String, Value> = form::nest(pairs);
        // Without counting rows: the count costs more than the page.
        parameters.insert("start".to_owned(), Value::from(-1));
        Value::Object(parameters)
    }

    /// The first command of a chain.
    pub(super) fn command(&self, after: u64) -> Command {
        self.unplaced_command().with(self.cursor.filter, after)
    }

    /// A command that goes on behind the last row of the full page under `key`.
    pub(super) fn command_behind(&self, key: &str) -> Command {
        let rows = self.cursor.rows.iter().fold(Reference::to(key), Reference::then);
        let last = rows.then(PAGE_SIZE - 1).then(self.cursor.row_id);
        self.unplaced_command().with_reference(self.cursor.filter, last)
    }

    fn unplaced_command(&self) -> Command {
        self.pairs()
            .fold(Command::new(&self.method), |command, (name, value)| {
                command.with(name, value)
            })
            .with("start", -1)
    }

    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let given = self
            .parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        given.chain([(self.cursor.order, "ASC")])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parameters_of_a_list_order_and_filter_by_number_without_counting() {
        let query = ListQuery::requisites()
            .with("filter[ENTITY_TYPE_ID]", 4)
            .select(["ID", "RQ_INN"]);
        assert_eq!(
            query.parameters(17),
            json!({
                "filter": {"ENTITY_TYPE_ID": "4", ">ID": "17"},
                "order": {"ID": "ASC"},
                "select": ["ID", "RQ_INN"],
                "start": -1,
            })
        );
    }

    #[test]
    fn command_behind_a_page_refers_to_its_fiftieth_row() {
        let query = ListQuery::items(EntityType::Deal);
        let expected = Command::new("crm.item.list")
            .with("entityTypeId", 2)
            .with("useOriginalUfNames", "Y")
            .with("order[id]", "ASC")
            .with("start", -1)
            .with_reference(
                "filter[>id]",
                Reference::to("p0").then("items").then(49).then("id"),
            );
        assert_eq!(query.command_behind("p0"), expected);
    }
}
