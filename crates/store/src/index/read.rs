//! Reading the index: one round trip per card.

use super::{IdentifierSource, IndexedIdentifier, IndexedItem, parsed, write::keys_of};
use crate::{CrmEntity, EntityType, MemberId, Store, StoreError, UserId};
use chrono::{DateTime, Utc};

const TABLE: &str = "crm_items";
/// Linked companies that a card shows; the rest would not fit on a page anyway.
const COMPANIES: i64 = 100;
/// Items that one search for identifiers gives.
const FOUND: i64 = 1_000;

/// What the index knows of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedCard {
    /// The card's own item.
    pub item: IndexedItem,
    /// Its linked companies as far as they are in the index, in the item's order. Empty for a company.
    pub companies: Vec<IndexedItem>,
}

impl IndexedCard {
    /// The linked companies that the index does not have.
    pub fn missing_company_ids(&self) -> Vec<i64> {
        self.item
            .company_ids
            .iter()
            .copied()
            .filter(|id| self.companies.iter().all(|company| company.entity.id != *id))
            .collect()
    }
}

/// How much of a portal is in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IndexSize {
    /// Leads.
    pub leads: i64,
    /// Deals.
    pub deals: i64,
    /// Companies.
    pub companies: i64,
    /// Distinct identifiers.
    pub identifiers: i64,
}

struct Row {
    entity_type: String,
    entity_id: i64,
    title: String,
    responsible_id: Option<i64>,
    company_ids: Vec<i64>,
    requisite_ids: Vec<i64>,
    modified_at: Option<DateTime<Utc>>,
    read_at: DateTime<Utc>,
    values: Vec<String>,
    identifiers: Vec<Option<String>>,
    sources: Vec<String>,
    source_names: Vec<String>,
}

impl TryFrom<Row> for IndexedItem {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let identifiers = row
            .values
            .into_iter()
            .zip(row.identifiers)
            .zip(row.sources.iter().zip(row.source_names))
            .map(|((value, identifier), (source, source_name))| {
                Ok(IndexedIdentifier {
                    value,
                    identifier,
                    source: match source.as_str() {
                        "requisite" => IdentifierSource::Requisite,
                        "field" => IdentifierSource::Field,
                        _ => return Err(StoreError::inconsistent("crm_identifiers", "source")),
                    },
                    source_name,
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            entity: CrmEntity::new(parsed(&row.entity_type, TABLE, "entity_type")?, row.entity_id),
            title: row.title,
            responsible_id: row.responsible_id.map(UserId),
            company_ids: row.company_ids,
            requisite_ids: row.requisite_ids,
            modified_at: row.modified_at,
            read_at: row.read_at,
            identifiers,
        })
    }
}

impl Store {
    /// What the index knows of an item and its linked companies; `None` when it does not know the item.
    ///
    /// Says nothing about who may see it: ask [`Store::has_access`].
    pub async fn indexed_card(
        &self,
        member_id: &MemberId,
        entity: CrmEntity,
    ) -> Result<Option<IndexedCard>, StoreError> {
        let mut items = sqlx::query_as!(
            Row,
            "WITH wanted AS (
                SELECT $2::text AS entity_type, $3::bigint AS entity_id, 0::bigint AS place
                UNION ALL
                SELECT 'company', company.id, company.place
                FROM crm_items AS card, unnest(card.company_ids) WITH ORDINALITY AS company (id, place)
                WHERE card.member_id = $1 AND card.entity_type = $2 AND card.entity_id = $3
                  AND company.place <= $4
             )
             SELECT item.entity_type, item.entity_id, item.title, item.responsible_id, item.company_ids,
                    item.modified_at, item.read_at,
                    coalesce(requisites.ids, '{}') AS \"requisite_ids!\",
                    coalesce(identifiers.values, '{}') AS \"values!\",
                    coalesce(identifiers.identifiers, '{}') AS \"identifiers!: Vec<Option<String>>\",
                    coalesce(identifiers.sources, '{}') AS \"sources!\",
                    coalesce(identifiers.source_names, '{}') AS \"source_names!\"
             FROM wanted
             JOIN crm_items AS item ON item.member_id = $1 AND item.entity_type = wanted.entity_type
                                   AND item.entity_id = wanted.entity_id
             LEFT JOIN LATERAL (
                SELECT array_agg(value ORDER BY position) AS values,
                       array_agg(identifier ORDER BY position) AS identifiers,
                       array_agg(source ORDER BY position) AS sources,
                       array_agg(source_name ORDER BY position) AS source_names
                FROM crm_identifiers AS own
                WHERE own.member_id = $1 AND own.entity_type = item.entity_type AND own.entity_id = item.entity_id
             ) AS identifiers ON true
             LEFT JOIN LATERAL (
                SELECT array_agg(requisite_id ORDER BY requisite_id) AS ids
                FROM crm_requisites AS own
                WHERE own.member_id = $1 AND own.entity_type = item.entity_type AND own.entity_id = item.entity_id
             ) AS requisites ON true
             ORDER BY wanted.place",
            member_id.as_str(),
            entity.entity_type.key(),
            entity.id,
            COMPANIES,
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(IndexedItem::try_from)
        .collect::<Result<Vec<_>, _>>()?
        .into_iter();
        Ok(items
            .next()
            .filter(|item| item.entity == entity)
            .map(|item| IndexedCard {
                item,
                companies: items.collect(),
            }))
    }

    /// The items that have one of these normalised identifiers themselves; at most 1,000.
    pub async fn items_with_identifiers(
        &self,
        member_id: &MemberId,
        identifiers: &[String],
    ) -> Result<Vec<CrmEntity>, StoreError> {
        sqlx::query!(
            "SELECT DISTINCT entity_type, entity_id FROM crm_identifiers
             WHERE member_id = $1 AND identifier = ANY ($2)
             ORDER BY entity_type, entity_id
             LIMIT $3",
            member_id.as_str(),
            identifiers,
            FOUND,
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(CrmEntity::new(
                parsed(&row.entity_type, "crm_identifiers", "entity_type")?,
                row.entity_id,
            ))
        })
        .collect()
    }

    /// The items that these sets of company details belong to, as far as the index knows them.
    pub async fn items_with_requisites(
        &self,
        member_id: &MemberId,
        requisite_ids: &[i64],
    ) -> Result<Vec<CrmEntity>, StoreError> {
        sqlx::query!(
            "SELECT DISTINCT entity_type, entity_id FROM crm_requisites
             WHERE member_id = $1 AND requisite_id = ANY ($2)
             ORDER BY entity_type, entity_id",
            member_id.as_str(),
            requisite_ids,
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(CrmEntity::new(
                parsed(&row.entity_type, "crm_requisites", "entity_type")?,
                row.entity_id,
            ))
        })
        .collect()
    }

    /// Which of these items the index knows.
    pub async fn indexed_among(
        &self,
        member_id: &MemberId,
        entities: &[CrmEntity],
    ) -> Result<Vec<CrmEntity>, StoreError> {
        let (entity_types, entity_ids) = keys_of(entities.iter().copied());
        sqlx::query!(
            "SELECT item.entity_type, item.entity_id
             FROM unnest($2::text[], $3::bigint[]) AS asked (entity_type, entity_id)
             JOIN crm_items AS item ON item.member_id = $1 AND item.entity_type = asked.entity_type
                                   AND item.entity_id = asked.entity_id",
            member_id.as_str(),
            &entity_types,
            &entity_ids,
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(CrmEntity::new(
                parsed(&row.entity_type, TABLE, "entity_type")?,
                row.entity_id,
            ))
        })
        .collect()
    }

    /// How much of the portal is in the index.
    pub async fn index_size(&self, member_id: &MemberId) -> Result<IndexSize, StoreError> {
        let mut size = IndexSize::default();
        let counts = sqlx::query!(
            "SELECT entity_type, count(*) AS \"count!\" FROM crm_items WHERE member_id = $1 GROUP BY entity_type",
            member_id.as_str(),
        )
        .fetch_all(&self.pool)
        .await?;
        for row in counts {
            match parsed::<EntityType>(&row.entity_type, TABLE, "entity_type")? {
                EntityType::Lead => size.leads = row.count,
                EntityType::Deal => size.deals = row.count,
                EntityType::Company => size.companies = row.count,
            }
        }
        size.identifiers = sqlx::query_scalar!(
            "SELECT count(DISTINCT identifier) AS \"count!\" FROM crm_identifiers
             WHERE member_id = $1 AND identifier IS NOT NULL",
            member_id.as_str(),
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(size)
    }
}
