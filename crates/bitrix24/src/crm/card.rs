//! The one batch of a card open: who looks, the item, its company, and the company's details.
//!
//! Leads and deals name their company; a company is its own. A deal may name more companies in custom fields: their
//! numbers are told, reading them is a second request ([`super::read_companies`]).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::company::{Company, LinkedCompany};
use super::item::Item;
use super::methods::{self, Methods, absent, is_unknown_method, not_executed};
use super::requisite;
use crate::client::batch::{Batch, BatchReply, Command, CommandOutcome};
use crate::client::{ApiError, CallError, PortalClient};
use crate::error_code::ErrorCode;
use crate::frame::placement::EntityType;
use crate::identity::{EntityId, UserId};
use crate::lenient;

/// A card's item as the viewing user may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// The item's type.
    pub entity_type: EntityType,
    /// The item's number.
    pub id: EntityId,
    /// The item's title.
    pub title: String,
    /// Who is responsible for it.
    pub responsible: Option<UserId>,
    /// When it was last changed.
    pub updated_at: Option<DateTime<Utc>>,
    /// The company behind it: its own one, or itself.
    pub company: LinkedCompany,
    /// All companies that a lead or a deal names, its own one first.
    pub linked_companies: Vec<EntityId>,
    /// The item's own custom fields by their original names (`UF_CRM_…`), for identifiers kept in one of them.
    pub custom_fields: BTreeMap<String, Value>,
    /// Who looks; `None` when the portal doesn't say.
    pub viewer: Option<Viewer>,
}

/// The client's user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The user's number.
    pub id: UserId,
    /// First and last name, perhaps empty.
    pub name: String,
    /// Whether the user administers the portal.
    pub is_administrator: bool,
}

impl Card {
    /// The company, when it could be read.
    pub fn known_company(&self) -> Option<&Company> {
        match &self.company {
            LinkedCompany::Known(company) => Some(company),
            LinkedCompany::None | LinkedCompany::Unreadable(..) => None,
        }
    }

    /// The card's item by itself.
    pub fn item(&self) -> Item {
        Item {
            entity_type: self.entity_type,
            id: self.id,
            title: self.title.clone(),
            responsible: self.responsible,
            linked_companies: self.linked_companies.clone(),
            updated_at: self.updated_at,
            custom_fields: self.custom_fields.clone(),
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

/// Which card to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardQuery {
    entity_type: EntityType,
    id: EntityId,
    company_fields: Vec<String>,
}

impl CardQuery {
    /// A lead, a deal or a company.
    pub fn new(entity_type: EntityType, id: EntityId) -> Self {
        Self {
            entity_type,
            id,
            company_fields: Vec::new(),
        }
    }

    /// Takes plain numbers in these custom fields for companies, because they may hold nothing else
    /// ([`super::CustomField::holds_companies_only`]).
    #[must_use]
    pub fn company_fields<I: IntoIterator<Item: Into<String>>>(mut self, names: I) -> Self {
        self.company_fields.extend(names.into_iter().map(Into::into));
        self
    }

    /// Reads the card in one request; in a second one only where a portal doesn't know the methods of the first.
    pub async fn read(&self, client: &PortalClient) -> Result<Card, CardError> {
        if !matches!(
            self.entity_type,
            EntityType::Lead | EntityType::Deal | EntityType::Company
        ) {
            return Err(CardError::UnsupportedType);
        }
        let (mut methods, mut asks_viewer) = (Methods::Items, true);
        loop {
            let reply = client.batch(&self.batch(methods, asks_viewer)).await?;
            match self.interpret(methods, reply) {
                Ok(card) => return Ok(card),
                // The first of the chain: without it nothing else was run.
                Err(Refusal::OfViewer(_)) if asks_viewer => asks_viewer = false,
                Err(Refusal::OfCard(error))
                    if methods == Methods::Items && is_unknown_method(&error.code) =>
                {
                    methods = Methods::Classic;
                }
                Err(Refusal::OfViewer(error) | Refusal::OfCard(error)) => return Err(error.into()),
                Err(Refusal::Absent) => return Err(CardError::NotFound),
            }
        }
    }

    /// A chain: whoever may not read the card or the company gets nothing of what follows.
    fn batch(&self, methods: Methods, asks_viewer: bool) -> Batch {
        let batch = if asks_viewer {
            Batch::chain().command("viewer", Command::new("profile"))
        } else {
            Batch::chain()
        };
        let batch = batch.command("card", methods.get(self.entity_type).with("id", self.id));
        let requisites = requisite::of_one_company();
        if self.entity_type == EntityType::Company {
            return batch.command("requisites", requisites.with("filter[ENTITY_ID]", self.id));
        }
        let company = methods
            .get(EntityType::Company)
            .with_reference("id", methods.company_reference("card"));
        batch.command("company", company).command(
            "requisites",
            requisites.with_reference("filter[ENTITY_ID]", methods.company_reference("card")),
        )
    }

    fn interpret(&self, methods: Methods, mut reply: BatchReply) -> Result<Card, Refusal> {
        let viewer = match reply.take("viewer") {
            CommandOutcome::Done(profile) => viewer(profile),
            CommandOutcome::Failed(error) => return Err(Refusal::OfViewer(error)),
            CommandOutcome::NotExecuted => None,
        };
        let fields = match reply.take("card") {
            CommandOutcome::Done(result) => methods.fields(result),
            CommandOutcome::Failed(error) => return Err(Refusal::OfCard(error)),
            CommandOutcome::NotExecuted => return Err(Refusal::OfCard(not_executed())),
        };
        if fields.is_empty() {
            return Err(Refusal::OfCard(methods::unreadable()));
        }
        if is_of_another(&fields, self.id) {
            return Err(Refusal::Absent);
        }
        let requisites = reply.take("requisites");
        let item = Item::of_fields(self.entity_type, self.id, &fields, &self.company_fields);
        let own = methods::link(&fields, &["companyId", "COMPANY_ID"]);
        let company = if self.entity_type == EntityType::Company {
            LinkedCompany::Known(Company::read(self.id, &fields, requisites))
        } else {
            match (own, reply.take("company")) {
                (None, _) => LinkedCompany::None,
                (Some(id), CommandOutcome::Done(result)) => {
                    let fields = methods.fields(result);
                    if fields.is_empty() || is_of_another(&fields, id) {
                        LinkedCompany::Unreadable(id, absent())
                    } else {
                        LinkedCompany::Known(Company::read(id, &fields, requisites))
                    }
                }
                (Some(id), CommandOutcome::Failed(error)) => LinkedCompany::Unreadable(id, error),
                (Some(id), CommandOutcome::NotExecuted) => LinkedCompany::Unreadable(id, not_executed()),
            }
        };
        Ok(Card {
            entity_type: self.entity_type,
            id: self.id,
            title: item.title,
            responsible: item.responsible,
            updated_at: item.updated_at,
            company,
            linked_companies: item.linked_companies,
            custom_fields: item.custom_fields,
            viewer,
        })
    }
}

/// Reads a lead, a deal or a company with its company's details, see [`CardQuery`].
///
/// ```no_run
/// # async fn example(client: certlens_bitrix24::PortalClient) -> Result<(), certlens_bitrix24::crm::CardError> {
/// use certlens_bitrix24::{EntityId, EntityType, crm};
///
/// let id = EntityId::new(8061).expect("not zero");
/// let card = crm::read_card(&client, EntityType::Deal, id).await?;
/// if let Some(company) = card.known_company() {
///     println!("{} with {} sets of details", company.title, company.requisites.len());
/// }
/// # Ok(())
/// # }
/// ```
pub async fn read_card(
    client: &PortalClient,
    entity_type: EntityType,
    id: EntityId,
) -> Result<Card, CardError> {
    CardQuery::new(entity_type, id).read(client).await
}

/// Why a batch has no card.
#[derive(Debug)]
enum Refusal {
    OfViewer(ApiError),
    OfCard(ApiError),
    Absent,
}

/// Whether a portal answered with another item than the one that was asked for.
fn is_of_another(fields: &Map<String, Value>, id: EntityId) -> bool {
    methods::link(fields, &["id", "ID"]).is_some_and(|answered| answered != id)
}

/// Who a client's user is: by `profile`, which every scope allows. `None` for a deactivated user.
pub async fn read_viewer(client: &PortalClient) -> Result<Option<Viewer>, CallError> {
    Ok(viewer(client.call("profile", Value::Null).await?.result))
}

/// The user out of a `profile`, which is empty for a deactivated one.
fn viewer(profile: Value) -> Option<Viewer> {
    let profile = lenient::object(profile);
    let names: Vec<String> = ["NAME", "LAST_NAME"]
        .into_iter()
        .filter_map(|name| profile.get(name).and_then(lenient::non_empty_text))
        .collect();
    Some(Viewer {
        id: UserId(lenient::positive_integer(profile.get("ID")?)?),
        name: names.join(" "),
        is_administrator: profile.get("ADMIN").is_some_and(lenient::is_yes),
    })
}

#[cfg(test)]
mod tests;
