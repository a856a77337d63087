//! Companies and their details, read by their numbers.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::item::Item;
use super::methods::{self, Methods, is_unknown_method};
use super::requisite::{self, Requisite};
use crate::client::batch::CommandOutcome;
use crate::client::{ApiError, CallError, PortalClient};
use crate::frame::placement::EntityType;
use crate::identity::{EntityId, UserId};
use crate::list::read_in_batches;

/// The company of an item.
#[derive(Debug, Clone, PartialEq)]
pub enum LinkedCompany {
    /// The item names no company.
    None,
    /// The item names one that the user may not see, or that is gone.
    Unreadable(EntityId, ApiError),
    /// The company and its details.
    Known(Company),
}

/// A company and its details.
#[derive(Debug, Clone, PartialEq)]
pub struct Company {
    /// The company's number.
    pub id: EntityId,
    /// Its title.
    pub title: String,
    /// Who is responsible for it.
    pub responsible: Option<UserId>,
    /// When it was last changed.
    pub updated_at: Option<DateTime<Utc>>,
    /// Its sets of details, active ones first; empty as well when the portal refused them.
    pub requisites: Vec<Requisite>,
    /// Why the details could not be read: then nobody knows whether there are any, and what was known stays true.
    pub requisites_refused: Option<ApiError>,
    /// Its own custom fields.
    pub custom_fields: BTreeMap<String, Value>,
}

impl Company {
    /// The company as an item, without its details.
    pub fn item(&self) -> Item {
        Item {
            entity_type: EntityType::Company,
            id: self.id,
            title: self.title.clone(),
            responsible: self.responsible,
            linked_companies: Vec::new(),
            updated_at: self.updated_at,
            custom_fields: self.custom_fields.clone(),
        }
    }

    /// A company out of its fields and of a list of details.
    pub(super) fn read(id: EntityId, fields: &Map<String, Value>, requisites: CommandOutcome) -> Self {
        let (requisites, requisites_refused) = match requisites {
            CommandOutcome::Done(rows) if requisite::is_readable(&rows) => {
                (requisite::of_company(rows, id.get()), None)
            }
            CommandOutcome::Done(_) => (Vec::new(), Some(methods::unreadable())),
            CommandOutcome::Failed(error) => (Vec::new(), Some(error)),
            CommandOutcome::NotExecuted => (Vec::new(), Some(methods::not_executed())),
        };
        let item = Item::of_fields(EntityType::Company, id, fields, &[]);
        Self {
            id,
            title: item.title,
            responsible: item.responsible,
            updated_at: item.updated_at,
            requisites,
            requisites_refused,
            custom_fields: item.custom_fields,
        }
    }
}

/// Reads companies and their details, 25 with each request; the answers stand in the order of the numbers. A company
/// that the user may not see, or that is gone, is [`LinkedCompany::Unreadable`].
pub async fn read_companies(
    client: &PortalClient,
    ids: &[EntityId],
) -> Result<Vec<LinkedCompany>, CallError> {
    let companies = read_by(Methods::Items, client, ids).await?;
    let is_unknown = |company: &LinkedCompany| matches!(company, LinkedCompany::Unreadable(_, error) if is_unknown_method(&error.code));
    if !companies.is_empty() && companies.iter().all(is_unknown) {
        return read_by(Methods::Classic, client, ids).await;
    }
    Ok(companies)
}

async fn read_by(
    generation: Methods,
    client: &PortalClient,
    ids: &[EntityId],
) -> Result<Vec<LinkedCompany>, CallError> {
    let commands = ids.iter().flat_map(|id| {
        let company = generation.get(EntityType::Company).with("id", id);
        [company, requisite::of_one_company().with("filter[ENTITY_ID]", id)]
    });
    let mut outcomes = read_in_batches(client, commands.collect()).await?.into_iter();
    let mut companies = Vec::with_capacity(ids.len());
    for &id in ids {
        let company = outcomes.next().unwrap_or(CommandOutcome::NotExecuted);
        let requisites = outcomes.next().unwrap_or(CommandOutcome::NotExecuted);
        companies.push(match company {
            CommandOutcome::Done(result) => {
                let fields = generation.fields(result);
                if methods::link(&fields, &["id", "ID"]) == Some(id) {
                    LinkedCompany::Known(Company::read(id, &fields, requisites))
                } else {
                    LinkedCompany::Unreadable(id, methods::absent())
                }
            }
            CommandOutcome::Failed(error) => LinkedCompany::Unreadable(id, error),
            CommandOutcome::NotExecuted => LinkedCompany::Unreadable(id, methods::not_executed()),
        });
    }
    Ok(companies)
}
