//! The leads, deals and companies in which something is to appear: whether they are there, whether they are closed, who
//! is responsible. Fifty of one type with each command, fifty commands with each request.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::item::{ItemReading, read_items};
use super::methods::{self, Methods, is_unknown_method};
use crate::client::batch::{Command, CommandOutcome};
use crate::client::{ApiError, CallError, PortalClient};
use crate::frame::placement::EntityType;
use crate::identity::{EntityId, UserId};
use crate::lenient;
use crate::list::read_in_batches;

/// A list's page.
const NUMBERS_IN_A_COMMAND: usize = 50;

/// What is known of an item that is to own something.
#[derive(Debug, Clone, PartialEq)]
pub enum Owner {
    /// People still work on it.
    Open {
        /// Who is responsible; perhaps somebody who left.
        responsible: Option<UserId>,
    },
    /// A lead that was converted or given up, a deal that was won or lost. Companies never close.
    Closed,
    /// It doesn't exist any more.
    Gone,
    /// The client's user may not see it.
    AccessDenied,
    /// The portal refused to show it for another reason.
    Failed(ApiError),
}

/// Reads the state of many items, by their newer or classic methods.
pub async fn read_owners(
    client: &PortalClient,
    items: &[(EntityType, EntityId)],
) -> Result<HashMap<(EntityType, EntityId), Owner>, CallError> {
    let mut owners = HashMap::with_capacity(items.len());
    let unknown = read_by(Methods::Items, client, items, &mut owners).await?;
    if !unknown.is_empty() {
        let unreadable = read_by(Methods::Classic, client, &unknown, &mut owners).await?;
        let failed = |item| (item, Owner::Failed(methods::absent()));
        owners.extend(unreadable.into_iter().map(failed));
    }
    // A list leaves out what is deleted and what the user may not see; only reading by itself tells them apart.
    let missing: Vec<(EntityType, EntityId)> = items
        .iter()
        .copied()
        .filter(|item| !owners.contains_key(item))
        .collect();
    for (item, reading) in missing.iter().zip(read_items(client, &missing, &[]).await?) {
        let owner = match reading {
            // It came into being, or into view, between the two readings.
            ItemReading::Present(item) => Owner::Open {
                responsible: item.responsible,
            },
            ItemReading::Gone => Owner::Gone,
            ItemReading::AccessDenied => Owner::AccessDenied,
            ItemReading::Failed(error) => Owner::Failed(error),
        };
        owners.insert(*item, owner);
    }
    Ok(owners)
}

/// Lists items with one generation of methods; gives back those whose method the portal doesn't know.
async fn read_by(
    generation: Methods,
    client: &PortalClient,
    items: &[(EntityType, EntityId)],
    owners: &mut HashMap<(EntityType, EntityId), Owner>,
) -> Result<Vec<(EntityType, EntityId)>, CallError> {
    let mut by_type: BTreeMap<u32, (EntityType, Vec<EntityId>)> = BTreeMap::new();
    for &(entity_type, id) in items {
        let (_, ids) = by_type
            .entry(entity_type.type_id())
            .or_insert_with(|| (entity_type, Vec::new()));
        ids.push(id);
    }
    let chunks: Vec<(EntityType, Vec<EntityId>)> = by_type
        .into_values()
        .flat_map(|(entity_type, mut ids)| {
            ids.sort_unstable();
            ids.dedup();
            ids.chunks(NUMBERS_IN_A_COMMAND)
                .map(|chunk| (entity_type, chunk.to_vec()))
                .collect::<Vec<_>>()
        })
        .collect();
    let commands = chunks
        .iter()
        .map(|(entity_type, ids)| list(generation, *entity_type, ids))
        .collect();
    let outcomes = read_in_batches(client, commands).await?;
    let mut unknown = Vec::new();
    for ((entity_type, ids), outcome) in chunks.into_iter().zip(outcomes) {
        match outcome {
            CommandOutcome::Done(result) => {
                for row in rows(generation, result) {
                    if let Some(id) = methods::link(&row, &["id", "ID"]) {
                        owners.insert((entity_type, id), owner(entity_type, &row));
                    }
                }
            }
            CommandOutcome::Failed(error) if is_unknown_method(&error.code) => {
                unknown.extend(ids.into_iter().map(|id| (entity_type, id)));
            }
            CommandOutcome::Failed(error) => {
                let failed = |id| ((entity_type, id), Owner::Failed(error.clone()));
                owners.extend(ids.into_iter().map(failed));
            }
            CommandOutcome::NotExecuted => {
                let failed = |id| ((entity_type, id), Owner::Failed(methods::not_executed()));
                owners.extend(ids.into_iter().map(failed));
            }
        }
    }
    Ok(unknown)
}

/// A page of items by their numbers.
fn list(generation: Methods, entity_type: EntityType, ids: &[EntityId]) -> Command {
    let (mut command, names, filter): (_, &[&str], _) = match generation {
        Methods::Items => (
            Command::new("crm.item.list").with("entityTypeId", entity_type.type_id()),
            match entity_type {
                EntityType::Lead => &["id", "assignedById", "stageSemanticId"],
                EntityType::Deal => &["id", "assignedById", "stageSemanticId", "closed"],
                _ => &["id", "assignedById"],
            },
            "filter[@id]",
        ),
        Methods::Classic => (
            Command::new(format!("crm.{}.list", entity_type.code().to_ascii_lowercase())),
            match entity_type {
                EntityType::Lead => &["ID", "ASSIGNED_BY_ID", "STATUS_SEMANTIC_ID"],
                EntityType::Deal => &["ID", "ASSIGNED_BY_ID", "STAGE_SEMANTIC_ID", "CLOSED"],
                _ => &["ID", "ASSIGNED_BY_ID"],
            },
            "filter[@ID]",
        ),
    };
    for (position, name) in names.iter().enumerate() {
        command = command.with(format!("select[{position}]"), name);
    }
    for (position, id) in ids.iter().enumerate() {
        command = command.with(format!("{filter}[{position}]"), id.get());
    }
    // Counting all rows would only cost.
    command.with("start", -1)
}

fn rows(generation: Methods, result: Value) -> Vec<Map<String, Value>> {
    let list = match generation {
        Methods::Items => lenient::object(result).remove("items").unwrap_or_default(),
        Methods::Classic => result,
    };
    lenient::rows(list).into_iter().map(lenient::object).collect()
}

fn owner(entity_type: EntityType, row: &Map<String, Value>) -> Owner {
    let semantic = methods::text(
        row,
        &["stageSemanticId", "STATUS_SEMANTIC_ID", "STAGE_SEMANTIC_ID"],
    );
    let is_closed = match entity_type {
        EntityType::Lead => matches!(semantic.as_str(), "S" | "F"),
        EntityType::Deal => {
            matches!(semantic.as_str(), "S" | "F")
                || methods::field(row, &["closed", "CLOSED"]).is_some_and(lenient::is_yes)
        }
        _ => false,
    };
    if is_closed {
        return Owner::Closed;
    }
    Owner::Open {
        responsible: methods::link(row, &["assignedById", "ASSIGNED_BY_ID"]).map(|user| UserId(user.get())),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    const OPEN: Owner = Owner::Open {
        responsible: Some(UserId(7)),
    };

    #[rstest]
    #[case(EntityType::Lead, json!({"id": 1, "assignedById": 7, "stageSemanticId": "P"}), OPEN)]
    #[case(EntityType::Lead, json!({"id": 1, "assignedById": 7, "stageSemanticId": "S"}), Owner::Closed)]
    #[case(EntityType::Lead, json!({"ID": "1", "ASSIGNED_BY_ID": "7", "STATUS_SEMANTIC_ID": "F"}), Owner::Closed)]
    #[case(EntityType::Deal, json!({"id": 1, "assignedById": 7, "stageSemanticId": "P", "closed": "N"}), OPEN)]
    #[case(EntityType::Deal, json!({"id": 1, "assignedById": 7, "closed": "Y"}), Owner::Closed)]
    #[case(EntityType::Deal, json!({"ID": "1", "ASSIGNED_BY_ID": "7", "STAGE_SEMANTIC_ID": "F"}), Owner::Closed)]
    #[case(EntityType::Company, json!({"id": 1, "assignedById": 7, "stageSemanticId": "F"}), OPEN)]
    #[case(EntityType::Company, json!({"id": 1, "assignedById": 0}), Owner::Open { responsible: None })]
    fn owner_of_a_row_is_open_or_closed(
        #[case] entity_type: EntityType,
        #[case] row: Value,
        #[case] expected: Owner,
    ) {
        assert_eq!(owner(entity_type, &lenient::object(row)), expected);
    }
}
