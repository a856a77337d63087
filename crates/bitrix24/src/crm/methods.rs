//! The two generations of methods that read items, and what differs between their answers. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::client::batch::{Command, Reference};
use crate::client::{ApiError, CallError};
use crate::error_code::ErrorCode;
use crate::frame::placement::EntityType;
use crate::identity::EntityId;
use crate::lenient;

/// Which generation of methods is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Methods {
    /// `crm.item.get`, the same for all types.
    Items,
    /// `crm.lead.get`, `crm.deal.get`, `crm.company.get` of older installations.
    Classic,
}

impl Methods {
    /// Reads an item; the caller adds `id`.
    pub(super) fn get(self, entity_type: EntityType) -> Command {
        match self {
            Self::Items => Command::new("crm.item.get")
                .with("entityTypeId", entity_type.type_id())
                // Otherwise custom fields come under names that can't be turned back.
                .with("useOriginalUfNames", "Y"),
            Self::Classic => Command::new(format!("crm.{}.get", entity_type.code().to_ascii_lowercase())),
        }
    }

    /// Where the result under `key` keeps the number of the item's company.
    pub(super) fn company_reference(self, key: &str) -> Reference {
        match self {
            Self::Items => Reference::to(key).then("item").then("companyId"),
            Self::Classic => Reference::to(key).then("COMPANY_ID"),
        }
    }

    /// The item's fields out of a result.
    pub(super) fn fields(self, result: Value) -> Map<String, Value> {
        let mut fields = lenient::object(result);
        match self {
            Self::Items => fields.remove("item").map(lenient::object).unwrap_or_default(),
            Self::Classic => fields,
        }
    }
}

/// Whether a portal says that it has no such method. It says "insufficient scope" as well, for methods that none of
/// the granted scopes has on this portal.
pub(super) fn is_unknown_method(code: &ErrorCode) -> bool {
    matches!(code, ErrorCode::MethodNotFound | ErrorCode::InsufficientScope)
}

/// The same of a call.
pub(super) fn is_call_of_unknown_method(error: &CallError) -> bool {
    error.code().is_some_and(is_unknown_method)
}

/// What a command that never ran is reported as.
pub(super) fn not_executed() -> ApiError {
    ApiError {
        code: ErrorCode::Unnamed,
        description: "the portal did not get to this command".to_owned(),
        status: None,
    }
}

/// What an answer is reported as that should have an item in it and has none that can be read. It says nothing about the
/// item: portals say of a missing one that it is not found.
pub(super) fn unreadable() -> ApiError {
    ApiError {
        code: ErrorCode::Unnamed,
        description: "the portal's answer has no item that can be read".to_owned(),
        status: None,
    }
}

/// What an answer without the item is reported as.
pub(super) fn absent() -> ApiError {
    ApiError {
        code: ErrorCode::NotFound,
        description: "the portal sent nothing about this item".to_owned(),
        status: None,
    }
}

/// A field by its newer or classic name.
pub(super) fn field<'a>(fields: &'a Map<String, Value>, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| fields.get(*name))
}

/// An item's number in a field; zero and nothing are none.
pub(super) fn link(fields: &Map<String, Value>, names: &[&str]) -> Option<EntityId> {
    names
        .iter()
        .filter_map(|name| fields.get(*name))
        .find_map(lenient::positive_integer)
        .and_then(EntityId::new)
}

/// A text field, empty when there is nothing in it.
pub(super) fn text(fields: &Map<String, Value>, names: &[&str]) -> String {
    field(fields, names)
        .and_then(lenient::non_empty_text)
        .unwrap_or_default()
}

/// The custom fields, by their original names.
pub(super) fn custom_fields(fields: &Map<String, Value>) -> BTreeMap<String, Value> {
    fields
        .iter()
        .filter(|(name, _)| name.starts_with("UF_"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
