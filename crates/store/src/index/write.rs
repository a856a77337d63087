//! Writing the index: whole pages of items at once.

use super::IndexedItem;
use crate::{CrmEntity, EntityType, MemberId, Store, StoreError};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// Rows that one statement deletes, so that none runs for long.
const FORGOTTEN_AT_ONCE: i64 = 5_000;

impl Store {
    /// Writes a page of items: each takes the place of what was known of it, unless that was read later. A few
    /// statements in all, whatever the number of items. How many were written.
    ///
    /// A portal that removed the application keeps the index that it had ([`StoreError::Uninstalled`]).
    pub async fn index_items(&self, member_id: &MemberId, items: &[IndexedItem]) -> Result<u64, StoreError> {
        // Each item once, the latest reading, in one order for all writers: so that they wait for each other instead
        // of locking each other out.
        let mut latest: BTreeMap<CrmEntity, &IndexedItem> = BTreeMap::new();
        for item in items {
            let known = latest.entry(item.entity).or_insert(item);
            if item.read_at >= known.read_at {
                *known = item;
            }
        }
        if latest.is_empty() {
            return Ok(0);
        }
        let mut transaction = self.pool.begin().await?;
        let present = sqlx::query_scalar!(
            "SELECT state <> 'uninstalled' AS \"present!\" FROM portals WHERE member_id = $1 FOR SHARE",
            member_id.as_str(),
        )
        .fetch_optional(&mut *transaction)
        .await?;
        match present {
            None => return Err(StoreError::UnknownPortal(member_id.clone())),
            Some(false) => return Err(StoreError::Uninstalled(member_id.clone())),
            Some(true) => {}
        }

        let written = write_items(&mut transaction, member_id, latest.values().copied()).await?;
        let accepted: Vec<&IndexedItem> = written
            .iter()
            .filter_map(|entity| latest.get(entity).copied())
            .collect();
        write_identifiers(&mut transaction, member_id, &accepted).await?;
        write_requisites(&mut transaction, member_id, &accepted).await?;
        transaction.commit().await?;
        Ok(written.len() as u64)
    }

    /// Forgets these items, and who may see them. Unknown ones are none.
    pub async fn remove_items(&self, member_id: &MemberId, entities: &[CrmEntity]) -> Result<(), StoreError> {
        let (entity_types, entity_ids) = keys_of(entities.iter().copied());
        sqlx::query!(
            "WITH gone AS (SELECT * FROM unnest($2::text[], $3::bigint[]) AS item (entity_type, entity_id)),
             access AS (
                DELETE FROM crm_access AS old USING gone
                WHERE old.member_id = $1 AND old.entity_type = gone.entity_type AND old.entity_id = gone.entity_id
             )
             DELETE FROM crm_items AS old USING gone
             WHERE old.member_id = $1 AND old.entity_type = gone.entity_type AND old.entity_id = gone.entity_id",
            member_id.as_str(),
            &entity_types,
            &entity_ids,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Forgets the items of this type that a complete crawl, which began at this moment, did not meet; how many.
    pub async fn forget_unseen(
        &self,
        member_id: &MemberId,
        entity_type: EntityType,
        crawl_started: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let outcome = sqlx::query!(
                "DELETE FROM crm_items AS item USING (
                    SELECT entity_id FROM crm_items
                    WHERE member_id = $1 AND entity_type = $2 AND read_at < $3
                    ORDER BY entity_id
                    LIMIT $4
                 ) AS unseen
                 WHERE item.member_id = $1 AND item.entity_type = $2 AND item.entity_id = unseen.entity_id
                   AND item.read_at < $3",
                member_id.as_str(),
                entity_type.key(),
                crawl_started,
                FORGOTTEN_AT_ONCE,
            )
            .execute(&self.pool)
            .await?;
            forgotten += outcome.rows_affected();
            if outcome.rows_affected() < FORGOTTEN_AT_ONCE.unsigned_abs() {
                return Ok(forgotten);
            }
        }
    }
}

/// Writes the items' own rows, unless they were read later; which were written.
async fn write_items(
    connection: &mut PgConnection,
    member_id: &MemberId,
    items: impl Iterator<Item = &'_ IndexedItem>,
) -> Result<Vec<CrmEntity>, StoreError> {
    let columns = ItemColumns::of(items);
    sqlx::query!(
        "INSERT INTO crm_items AS item (
            member_id, entity_type, entity_id, title, responsible_id, company_ids, modified_at, read_at)
         SELECT $1, entity_type, entity_id, title, responsible_id, company_ids::bigint[], modified_at, read_at
         FROM unnest($2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::timestamptz[],
                     $8::timestamptz[])
            AS new (entity_type, entity_id, title, responsible_id, company_ids, modified_at, read_at)
         ON CONFLICT (member_id, entity_type, entity_id) DO UPDATE SET
            title = excluded.title,
            responsible_id = excluded.responsible_id,
            company_ids = excluded.company_ids,
            modified_at = excluded.modified_at,
            read_at = excluded.read_at
         WHERE item.read_at <= excluded.read_at
         RETURNING entity_type, entity_id",
        member_id.as_str(),
        &columns.entity_types,
        &columns.entity_ids,
        &columns.titles,
        &columns.responsible_ids as &[Option<i64>],
        &columns.company_ids,
        &columns.modified_at as &[Option<DateTime<Utc>>],
        &columns.read_at,
    )
    .fetch_all(&mut *connection)
    .await?
    .into_iter()
    .map(|row| {
        let entity_type = super::parsed(&row.entity_type, "crm_items", "entity_type")?;
        Ok(CrmEntity::new(entity_type, row.entity_id))
    })
    .collect()
}

/// Replaces what the index knew of these items' parts: deletes it all, and writes their identifiers.
async fn write_identifiers(
    connection: &mut PgConnection,
    member_id: &MemberId,
    items: &[&IndexedItem],
) -> Result<(), StoreError> {
    let columns = ItemColumns::of(items.iter().copied());
    sqlx::query!(
        "WITH written AS (SELECT * FROM unnest($2::text[], $3::bigint[]) AS item (entity_type, entity_id)),
         identifiers AS (
            DELETE FROM crm_identifiers AS old USING written
            WHERE old.member_id = $1 AND old.entity_type = written.entity_type
              AND old.entity_id = written.entity_id
         )
         DELETE FROM crm_requisites AS old USING written
         WHERE old.member_id = $1 AND old.entity_type = written.entity_type AND old.entity_id = written.entity_id",
        member_id.as_str(),
        &columns.entity_types,
        &columns.entity_ids,
    )
    .execute(&mut *connection)
    .await?;
    let identifiers = IdentifierColumns::of(items.iter().copied());
    sqlx::query!(
        "INSERT INTO crm_identifiers (
            member_id, entity_type, entity_id, position, value, identifier, source, source_name)
         SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::smallint[], $5::text[], $6::text[], $7::text[],
                                  $8::text[])",
        member_id.as_str(),
        &identifiers.entity_types,
        &identifiers.entity_ids,
        &identifiers.positions,
        &identifiers.values,
        &identifiers.identifiers as &[Option<String>],
        &identifiers.sources,
        &identifiers.source_names,
    )
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Writes which sets of company details belong to these items.
async fn write_requisites(
    connection: &mut PgConnection,
    member_id: &MemberId,
    items: &[&IndexedItem],
) -> Result<(), StoreError> {
    let (entities, requisite_ids): (Vec<CrmEntity>, Vec<i64>) = items
        .iter()
        .flat_map(|item| item.requisite_ids.iter().map(|&id| (item.entity, id)))
        .unzip();
    let (entity_types, entity_ids) = keys_of(entities.into_iter());
    // A set of details that moved from one company to another belongs to the one that was written last.
    sqlx::query!(
        "INSERT INTO crm_requisites (member_id, entity_type, entity_id, requisite_id)
         SELECT DISTINCT ON (requisite_id) $1, entity_type, entity_id, requisite_id
         FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS new (entity_type, entity_id, requisite_id)
         ORDER BY requisite_id
         ON CONFLICT (member_id, requisite_id) DO UPDATE SET
            entity_type = excluded.entity_type,
            entity_id = excluded.entity_id",
        member_id.as_str(),
        &entity_types,
        &entity_ids,
        &requisite_ids,
    )
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Types and numbers as parallel arrays.
pub(crate) fn keys_of(entities: impl Iterator<Item = CrmEntity>) -> (Vec<String>, Vec<i64>) {
    entities
        .map(|entity| (entity.entity_type.key().to_owned(), entity.id))
        .unzip()
}

/// Items as parallel arrays.
#[derive(Default)]
struct ItemColumns {
    entity_types: Vec<String>,
    entity_ids: Vec<i64>,
    titles: Vec<String>,
    responsible_ids: Vec<Option<i64>>,
    /// Each in Postgres's notation: arrays of arrays can't differ in length.
    company_ids: Vec<String>,
    modified_at: Vec<Option<DateTime<Utc>>>,
    read_at: Vec<DateTime<Utc>>,
}

impl ItemColumns {
    fn of<'a>(items: impl Iterator<Item = &'a IndexedItem>) -> Self {
        let mut columns = Self::default();
        for item in items {
            columns
                .entity_types
                .push(item.entity.entity_type.key().to_owned());
            columns.entity_ids.push(item.entity.id);
            columns.titles.push(storable(&item.title));
            columns
                .responsible_ids
                .push(item.responsible_id.map(|user| user.0));
            let ids: Vec<String> = item.company_ids.iter().map(i64::to_string).collect();
            columns.company_ids.push(format!("{{{}}}", ids.join(",")));
            columns.modified_at.push(item.modified_at);
            columns.read_at.push(item.read_at);
        }
        columns
    }
}

/// Identifiers of several items as parallel arrays.
#[derive(Default)]
struct IdentifierColumns {
    entity_types: Vec<String>,
    entity_ids: Vec<i64>,
    positions: Vec<i16>,
    values: Vec<String>,
    identifiers: Vec<Option<String>>,
    sources: Vec<String>,
    source_names: Vec<String>,
}

impl IdentifierColumns {
    fn of<'a>(items: impl Iterator<Item = &'a IndexedItem>) -> Self {
        let mut columns = Self::default();
        for item in items {
            for (position, identifier) in (0_i16..).zip(&item.identifiers) {
                columns
                    .entity_types
                    .push(item.entity.entity_type.key().to_owned());
                columns.entity_ids.push(item.entity.id);
                columns.positions.push(position);
                columns.values.push(storable(&identifier.value));
                columns
                    .identifiers
                    .push(identifier.identifier.as_deref().map(storable));
                columns.sources.push(identifier.source.key().to_owned());
                columns.source_names.push(storable(&identifier.source_name));
            }
        }
        columns
    }
}

/// Postgres's texts can't hold the character 0, and a portal's texts may: one such title must not fail its page.
fn storable(text: &str) -> String {
    text.replace('\0', "")
}
