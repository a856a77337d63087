//! The one batch of a card open: the item, its company, and the company's details.
//!
//! Leads and deals name their company; a company is its own. The newer methods (`crm.item.get`) are tried first,
//! the classic ones only where a portal doesn't know them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::requisite::{self, Requisite};
use crate::client::batch::{Batch, BatchReply, Command, CommandOutcome, Reference};
use crate::client::{ApiError, CallError, PortalClient};
use crate::error_code::ErrorCode;
use crate::frame::placement::EntityType;
use crate::identity::EntityId;
use crate::lenient;

/// A card's item as the viewing user may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// The item's title.
    pub title: String,
    /// The company behind it.
    pub company: LinkedCompany,
    /// The item's own custom fields by their original names (`UF_CRM_…`), for identifiers kept in one of them.
    pub custom_fields: BTreeMap<String, Value>,
}

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
    /// Its sets of details, active ones first; empty as well when the user may not read them.
    pub requisites: Vec<Requisite>,
    /// Its own custom fields.
    pub custom_fields: BTreeMap<String, Value>,
}

impl Card {
    /// The company, when it could be read.
    pub fn known_company(&self) -> Option<&Company> {
        match &self.company {
            LinkedCompany::Known(company) => Some(company),
            LinkedCompany::None | LinkedCompany::Unreadable(..) => None,
        }
    }
}

/// Why a card could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// The user may not see the item.
    #[error("the user may not see this item in Bitrix24")]
    AccessDenied,
    /// The item doesn't exist.
    #[error("the item does not exist in Bitrix24; perhaps it was deleted")]
    NotFound,
    /// This type of items has no company, or isn't supported.
    #[error("cards of this type are not supported")]
    UnsupportedType,
    /// The call failed.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl From<ApiError> for CardError {
    fn from(error: ApiError) -> Self {
        match error.code {
            ErrorCode::AccessDenied | ErrorCode::UserAccessError | ErrorCode::IntranetUsersOnly => {
                Self::AccessDenied
            }
            ErrorCode::NotFound => Self::NotFound,
            _ => Self::Call(CallError::Refused(error)),
        }
    }
}

/// Reads a lead, a deal or a company with its company's details, in one request.
pub async fn read_card(
    client: &PortalClient,
    entity_type: EntityType,
    id: EntityId,
) -> Result<Card, CardError> {
    if !matches!(
        entity_type,
        EntityType::Lead | EntityType::Deal | EntityType::Company
    ) {
        return Err(CardError::UnsupportedType);
    }
    let methods = Methods::Items;
    match interpret(
        methods,
        entity_type,
        id,
        client.batch(&methods.batch(entity_type, id)).await?,
    ) {
        Err(CardError::Call(error)) if error.code() == Some(&ErrorCode::MethodNotFound) => {
            let methods = Methods::Classic;
            interpret(
                methods,
                entity_type,
                id,
                client.batch(&methods.batch(entity_type, id)).await?,
            )
        }
        card => card,
    }
}

/// Which generation of methods reads the items.
#[derive(Debug, Clone, Copy)]
enum Methods {
    /// `crm.item.get`, the same for all types.
    Items,
    /// `crm.lead.get`, `crm.deal.get`, `crm.company.get` of older installations.
    Classic,
}

impl Methods {
    fn get(self, entity_type: EntityType) -> Command {
        match self {
            Self::Items => Command::new("crm.item.get")
                .with("entityTypeId", entity_type.type_id())
                // Otherwise custom fields come under names that can't be turned back.
                .with("useOriginalUfNames", "Y"),
            Self::Classic => Command::new(format!("crm.{}.get", entity_type.code().to_ascii_lowercase())),
        }
    }

    /// Where a result keeps the number of the item's company.
    fn company_reference(self) -> Reference {
        match self {
            Self::Items => Reference::to("card").then("item").then("companyId"),
            Self::Classic => Reference::to("card").then("COMPANY_ID"),
        }
    }

    /// A chain: whoever may not read the card or the company gets nothing of what follows.
    fn batch(self, entity_type: EntityType, id: EntityId) -> Batch {
        let batch = Batch::chain().command("card", self.get(entity_type).with("id", id));
        let requisites = Command::new("crm.requisite.list")
            .with("filter[ENTITY_TYPE_ID]", EntityType::Company.type_id())
            .with("start", -1);
        let requisites = requisite::FIELDS
            .iter()
            .fold(requisites, |command, field| command.with("select[]", field));
        if entity_type == EntityType::Company {
            return batch.command("requisites", requisites.with("filter[ENTITY_ID]", id));
        }
        batch
            .command(
                "company",
                self.get(EntityType::Company)
                    .with_reference("id", self.company_reference()),
            )
            .command(
                "requisites",
                requisites.with_reference("filter[ENTITY_ID]", self.company_reference()),
            )
    }

    /// The item's fields out of a result.
    fn fields(self, result: Value) -> Map<String, Value> {
        let mut fields = lenient::object(result);
        match self {
            Self::Items => fields.remove("item").map(lenient::object).unwrap_or_default(),
            Self::Classic => fields,
        }
    }
}

fn interpret(
    methods: Methods,
    entity_type: EntityType,
    id: EntityId,
    mut reply: BatchReply,
) -> Result<Card, CardError> {
    let fields = match reply.take("card") {
        CommandOutcome::Done(result) => methods.fields(result),
        CommandOutcome::Failed(error) => return Err(error.into()),
        CommandOutcome::NotExecuted => Map::new(),
    };
    if fields.is_empty() {
        return Err(CardError::NotFound);
    }
    let requisites = reply.take("requisites");
    let (title, custom_fields) = (title_of(&fields), custom_fields(&fields));
    let company = if entity_type == EntityType::Company {
        LinkedCompany::Known(company(id, &fields, requisites))
    } else {
        let linked = lenient::value_ignoring_case(&fields, "companyId")
            .or_else(|| fields.get("COMPANY_ID"))
            .and_then(lenient::positive_integer)
            .and_then(EntityId::new);
        match (linked, reply.take("company")) {
            (None, _) => LinkedCompany::None,
            (Some(id), CommandOutcome::Done(result)) => {
                LinkedCompany::Known(company(id, &methods.fields(result), requisites))
            }
            (Some(id), CommandOutcome::Failed(error)) => LinkedCompany::Unreadable(id, error),
            (Some(id), CommandOutcome::NotExecuted) => {
                let error = ApiError {
                    code: ErrorCode::Unnamed,
                    description: String::new(),
                    status: None,
                };
                LinkedCompany::Unreadable(id, error)
            }
        }
    };
    Ok(Card {
        title,
        company,
        custom_fields,
    })
}

fn company(id: EntityId, fields: &Map<String, Value>, requisites: CommandOutcome) -> Company {
    let requisites = match requisites {
        CommandOutcome::Done(rows) => requisite::of_company(rows, id.get()),
        CommandOutcome::Failed(_) | CommandOutcome::NotExecuted => Vec::new(),
    };
    Company {
        id,
        title: title_of(fields),
        requisites,
        custom_fields: custom_fields(fields),
    }
}

fn title_of(fields: &Map<String, Value>) -> String {
    lenient::value_ignoring_case(fields, "title")
        .and_then(lenient::non_empty_text)
        .unwrap_or_default()
}

fn custom_fields(fields: &Map<String, Value>) -> BTreeMap<String, Value> {
    fields
        .iter()
        .filter(|(name, _)| name.starts_with("UF_"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests;
