//! Items of the CRM as far as all types have the same: read one by one, or as lists page by page.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use serde_json::{Map, Value};

use super::links;
use super::methods::{self, Methods, is_call_of_unknown_method, is_unknown_method};
use crate::client::batch::CommandOutcome;
use crate::client::{ApiError, CallError, PortalClient};
use crate::error_code::ErrorCode;
use crate::frame::placement::EntityType;
use crate::identity::{EntityId, UserId};
use crate::lenient;
use crate::list::{self, ListError, ListQuery, read_in_batches};

/// An item, with what its type has in common with the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its type.
    pub entity_type: EntityType,
    /// Its number.
    pub id: EntityId,
    /// Its title, perhaps empty.
    pub title: String,
    /// Who is responsible for it; perhaps somebody who left.
    pub responsible: Option<UserId>,
    /// The companies that it names, its own company first. Of a company: none. Lists don't show a parent company
    /// (`parentId4`): only reading the item by itself does.
    pub linked_companies: Vec<EntityId>,
    /// When it was last changed.
    pub updated_at: Option<DateTime<Utc>>,
    /// Its custom fields by their original names (`UF_CRM_…`), as far as they were asked for.
    pub custom_fields: BTreeMap<String, Value>,
}

impl Item {
    /// Reads the fields of either generation of methods; `None` without a number. Fields named in `company_fields`
    /// hold companies only, so a plain number in them is a company.
    pub fn read(
        entity_type: EntityType,
        fields: &Map<String, Value>,
        company_fields: &[String],
    ) -> Option<Self> {
        let id = methods::link(fields, &["id", "ID"])?;
        Some(Self::of_fields(entity_type, id, fields, company_fields))
    }

    pub(super) fn of_fields(
        entity_type: EntityType,
        id: EntityId,
        fields: &Map<String, Value>,
        company_fields: &[String],
    ) -> Self {
        let linked_companies = match entity_type {
            EntityType::Company => Vec::new(),
            _ => links::companies(fields, company_fields),
        };
        Self {
            entity_type,
            id,
            title: methods::text(fields, &["title", "TITLE"]),
            responsible: methods::link(fields, &["assignedById", "ASSIGNED_BY_ID"])
                .map(|user| UserId(user.get())),
            linked_companies,
            updated_at: methods::field(fields, &["updatedTime", "DATE_MODIFY"])
                .and_then(lenient::point_in_time),
            custom_fields: methods::custom_fields(fields),
        }
    }

    /// The texts of a custom field: one, several, or none.
    pub fn texts(&self, field: &str) -> Vec<String> {
        self.custom_fields
            .get(field)
            .map(lenient::texts)
            .unwrap_or_default()
    }
}

/// Which items to list, and which of their fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemSelection {
    entity_type: EntityType,
    custom_fields: Vec<String>,
    company_fields: Vec<String>,
    updated_since: Option<DateTime<Utc>>,
    after: u64,
    chained: usize,
}

impl ItemSelection {
    /// All items of a type, without custom fields.
    pub fn new(entity_type: EntityType) -> Self {
        Self {
            entity_type,
            custom_fields: Vec::new(),
            company_fields: Vec::new(),
            updated_since: None,
            after: 0,
            chained: 1,
        }
    }

    /// Reads these custom fields as well.
    #[must_use]
    pub fn custom_fields<I: IntoIterator<Item: Into<String>>>(mut self, names: I) -> Self {
        self.custom_fields.extend(names.into_iter().map(Into::into));
        self
    }

    /// Reads these custom fields, of which it is known that they hold companies only, and takes their plain numbers
    /// for companies.
    #[must_use]
    pub fn company_fields<I: IntoIterator<Item: Into<String>>>(mut self, names: I) -> Self {
        self.company_fields.extend(names.into_iter().map(Into::into));
        self
    }

    /// Only items changed at this time or later.
    #[must_use]
    pub fn updated_since(mut self, time: DateTime<Utc>) -> Self {
        self.updated_since = Some(time);
        self
    }

    /// Begins behind this number, see [`ItemPage::cursor`].
    #[must_use]
    pub fn after(mut self, cursor: u64) -> Self {
        self.after = cursor;
        self
    }

    /// Reads so many pages with one request, see [`ListQuery::chained`].
    #[must_use]
    pub fn chained(mut self, pages: usize) -> Self {
        self.chained = pages;
        self
    }

    fn query(&self, generation: Methods) -> ListQuery {
        let (query, fields, changed): (_, [&str; 5], _) = match generation {
            Methods::Items => (
                ListQuery::items(self.entity_type),
                ["id", "title", "assignedById", "updatedTime", "companyId"],
                "filter[>=updatedTime]",
            ),
            Methods::Classic => (
                ListQuery::classic_items(self.entity_type),
                ["ID", "TITLE", "ASSIGNED_BY_ID", "DATE_MODIFY", "COMPANY_ID"],
                "filter[>=DATE_MODIFY]",
            ),
        };
        // A company has no company: portals may refuse a field that the type doesn't have.
        let own = if self.entity_type == EntityType::Company {
            4
        } else {
            5
        };
        let custom = self
            .custom_fields
            .iter()
            .chain(&self.company_fields)
            .map(String::as_str);
        let query = query
            .select(fields.into_iter().take(own).chain(custom))
            .after(self.after)
            .chained(self.chained);
        match self.updated_since {
            Some(time) => query.with(changed, time.to_rfc3339_opts(SecondsFormat::Secs, false)),
            None => query,
        }
    }
}

/// What one request brought.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemPage {
    /// The items, ascending by number.
    pub items: Vec<Item>,
    /// The number to go on from.
    pub cursor: u64,
    /// Whether nothing follows.
    pub is_last: bool,
}

/// Lists items request by request, as [`list::pages`] does; on portals without `crm.item.list` by the type's classic
/// method.
///
/// ```no_run
/// # async fn example(client: certlens_bitrix24::PortalClient) -> Result<(), certlens_bitrix24::list::ListError> {
/// use certlens_bitrix24::EntityType;
/// use certlens_bitrix24::crm::{ItemSelection, item_pages};
/// use futures::TryStreamExt;
///
/// let selection = ItemSelection::new(EntityType::Lead).custom_fields(["UF_CRM_INN"]).chained(10);
/// let mut pages = item_pages(&client, selection);
/// while let Some(page) = pages.try_next().await? {
///     println!("{} leads, go on from {}", page.items.len(), page.cursor);
/// }
/// # Ok(())
/// # }
/// ```
pub fn item_pages(
    client: &PortalClient,
    selection: ItemSelection,
) -> BoxStream<'static, Result<ItemPage, ListError>> {
    let client = client.clone();
    let pages = {
        let selection = selection.clone();
        async move {
            let mut newer = list::pages(&client, selection.query(Methods::Items));
            match newer.next().await {
                Some(Err(ListError::Call(error))) if is_call_of_unknown_method(&error) => {
                    list::pages(&client, selection.query(Methods::Classic))
                }
                first => stream::iter(first).chain(newer).boxed(),
            }
        }
    };
    stream::once(pages)
        .flatten()
        .map_ok(move |page| ItemPage {
            items: page
                .rows
                .iter()
                .filter_map(|row| Item::read(selection.entity_type, &row.fields, &selection.company_fields))
                .collect(),
            cursor: page.cursor,
            is_last: page.is_last,
        })
        .boxed()
}

/// What reading one item gave.
#[derive(Debug, Clone, PartialEq)]
pub enum ItemReading {
    /// The item.
    Present(Item),
    /// It doesn't exist any more.
    Gone,
    /// The user may not see it.
    AccessDenied,
    /// The portal refused for another reason.
    Failed(ApiError),
}

impl ItemReading {
    fn of(
        generation: Methods,
        entity_type: EntityType,
        outcome: CommandOutcome,
        company_fields: &[String],
    ) -> Self {
        match outcome {
            CommandOutcome::Done(result) => {
                Item::read(entity_type, &generation.fields(result), company_fields)
                    .map_or_else(|| Self::Failed(methods::unreadable()), Self::Present)
            }
            CommandOutcome::Failed(error) => match error.code {
                ErrorCode::NotFound => Self::Gone,
                ErrorCode::AccessDenied | ErrorCode::IntranetUsersOnly => Self::AccessDenied,
                _ => Self::Failed(error),
            },
            CommandOutcome::NotExecuted => Self::Failed(methods::not_executed()),
        }
    }

    fn is_of_unknown_method(&self) -> bool {
        matches!(self, Self::Failed(error) if is_unknown_method(&error.code))
    }
}

/// Reads items by their numbers with all their custom fields, fifty with each request; the answers stand in the
/// order of the numbers. For `company_fields` see [`Item::read`].
pub async fn read_items(
    client: &PortalClient,
    items: &[(EntityType, EntityId)],
    company_fields: &[String],
) -> Result<Vec<ItemReading>, CallError> {
    let mut readings = read_by(Methods::Items, client, items, company_fields).await?;
    let unknown: Vec<usize> = (0..items.len())
        .filter(|&index| readings[index].is_of_unknown_method())
        .collect();
    if !unknown.is_empty() {
        let again: Vec<_> = unknown.iter().map(|&index| items[index]).collect();
        let classic = read_by(Methods::Classic, client, &again, company_fields).await?;
        for (index, reading) in unknown.into_iter().zip(classic) {
            readings[index] = reading;
        }
    }
    Ok(readings)
}

async fn read_by(
    generation: Methods,
    client: &PortalClient,
    items: &[(EntityType, EntityId)],
    company_fields: &[String],
) -> Result<Vec<ItemReading>, CallError> {
    let commands = items
        .iter()
        .map(|&(entity_type, id)| generation.get(entity_type).with("id", id))
        .collect();
    let outcomes = read_in_batches(client, commands).await?;
    Ok(items
        .iter()
        .zip(outcomes)
        .map(|(&(entity_type, _), outcome)| ItemReading::of(generation, entity_type, outcome, company_fields))
        .collect())
}

#[cfg(test)]
mod tests;
