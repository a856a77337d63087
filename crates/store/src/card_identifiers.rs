//! What people decided about the identifiers of a card: shared by all users of the portal.
//!
//! Only what somebody touched is remembered; what the CRM proposes and nobody minds is not here. Changes of one card
//! take turns at its row, each changes the identifiers that it names and no others, so that of two colleagues both
//! win, and at the same identifier the later one. A removal is a row too: what the CRM proposes stays removed, and
//! what was removed can come back.

mod change;

use crate::{CrmEntity, MemberId, Store, StoreError, UserId};
use certlens_domain::selection::{CardChange, MirrorState, SelectionOrigin};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use sqlx::types::Json;

const TABLE: &str = "card_identifiers";

/// What is remembered of a card.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CardMemory {
    /// Grows with each change; 0 before the first.
    pub revision: i64,
    /// Removed ones included, in the order in which they were added.
    pub identifiers: Vec<RememberedIdentifier>,
    /// How the card's mirror in the CRM stands; `None` when nothing was to be written yet.
    pub mirror: Option<MirrorState>,
}

/// An identifier that somebody added to a card, or changed there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RememberedIdentifier {
    /// As it is searched.
    pub value: String,
    /// What people call it.
    pub label: Option<String>,
    /// Whether it is searched.
    pub chosen: bool,
    /// Where it came from when it was first remembered.
    pub origin: SelectionOrigin,
    /// More about that.
    pub origin_note: Option<String>,
    /// Since when it is remembered.
    pub remembered_at: DateTime<Utc>,
    /// Who added it; `None` when the CRM proposed it.
    pub added: Option<Deed>,
    /// Who labelled it or switched it on or off last.
    pub changed: Option<Deed>,
    /// Who removed it, if it is removed.
    pub removed: Option<Deed>,
}

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// The user.
    pub user: UserId,
    /// The user's name, where it is known.
    pub name: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Who makes a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedBy {
    /// The user.
    pub user: UserId,
    /// The user's name, where it is known.
    pub name: Option<String>,
}

/// An identifier that the CRM proposes for the card, so that one that nobody touched yet can be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedIdentifier {
    /// As it is searched.
    pub value: String,
    /// Where it stands.
    pub origin: SelectionOrigin,
    /// More about that.
    pub origin_note: Option<String>,
}

impl Store {
    /// What is remembered of a card.
    pub async fn card_identifiers(
        &self,
        member_id: &MemberId,
        entity: CrmEntity,
    ) -> Result<CardMemory, StoreError> {
        let mut connection = self.pool.acquire().await?;
        read(&mut connection, member_id, entity).await
    }

    /// The card's revision alone; 0 before the first change.
    pub async fn card_revision(&self, member_id: &MemberId, entity: CrmEntity) -> Result<i64, StoreError> {
        let revision = sqlx::query_scalar!(
            "SELECT revision FROM card_selections
             WHERE member_id = $1 AND entity_type = $2 AND entity_id = $3",
            member_id.as_str(),
            entity.entity_type.key(),
            entity.id,
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(revision.unwrap_or_default())
    }

    /// Carries out all changes or none, in their order; what is remembered then. A change of an identifier that is
    /// neither remembered nor `proposed` is none. Texts are stored as they are given.
    ///
    /// At most [`certlens_domain::selection::MOST_REMEMBERED`] identifiers are remembered: the oldest removals make
    /// room, then the change is refused ([`StoreError::CardFull`]). A portal that removed the application takes no
    /// changes ([`StoreError::Uninstalled`]).
    pub async fn change_card(
        &self,
        member_id: &MemberId,
        entity: CrmEntity,
        by: &ChangedBy,
        changes: &[CardChange],
        proposed: &[ProposedIdentifier],
    ) -> Result<CardMemory, StoreError> {
        let mut transaction = self.pool.begin().await?;
        // The clock is asked once the row is locked: else the later of two changes might have the earlier time.
        let locked = sqlx::query!(
            "WITH present AS (
                SELECT member_id FROM portals WHERE member_id = $1 AND state <> 'uninstalled' FOR SHARE
             )
             INSERT INTO card_selections AS selection (member_id, entity_type, entity_id, revision, changed_at)
             SELECT member_id, $2, $3, 1, clock_timestamp() FROM present
             ON CONFLICT (member_id, entity_type, entity_id) DO UPDATE SET
                revision = selection.revision + 1,
                changed_at = clock_timestamp()
             RETURNING revision, changed_at",
            member_id.as_str(),
            entity.entity_type.key(),
            entity.id,
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(locked) = locked else {
            drop(transaction);
            self.known_and_present(0, member_id).await?;
            return Err(StoreError::UnknownPortal(member_id.clone()));
        };
        let mut memory = read(&mut transaction, member_id, entity).await?;
        let deed = Deed {
            user: by.user,
            name: by.name.clone(),
            at: locked.changed_at,
        };
        let effect = change::carry_out(&mut memory.identifiers, changes, proposed, &deed)
            .map_err(|change::Full| StoreError::CardFull)?;
        if effect.is_nothing() {
            // Dropped, the transaction takes the new revision back.
            memory.revision = locked.revision - 1;
            return Ok(memory);
        }
        write(&mut transaction, member_id, entity, &memory.identifiers, &effect).await?;
        transaction.commit().await?;
        memory.revision = locked.revision;
        Ok(memory)
    }
}

/// Reads a card's memory in one statement.
async fn read(
    connection: &mut PgConnection,
    member_id: &MemberId,
    entity: CrmEntity,
) -> Result<CardMemory, StoreError> {
    let rows = sqlx::query!(
        "SELECT selection.revision, selection.mirror_state, identifier.value AS \"value?\", identifier.label,
                identifier.chosen AS \"chosen?\", identifier.origin AS \"origin?\", identifier.origin_note,
                identifier.added_at AS \"added_at?\", identifier.added_by,
                coalesce(adder.name, identifier.added_by_name) AS adder,
                identifier.changed_at, identifier.changed_by,
                coalesce(changer.name, identifier.changed_by_name) AS changer,
                identifier.removed_at, identifier.removed_by,
                coalesce(remover.name, identifier.removed_by_name) AS remover
         FROM card_selections AS selection
         LEFT JOIN card_identifiers AS identifier USING (member_id, entity_type, entity_id)
         LEFT JOIN portal_users AS adder
            ON adder.member_id = selection.member_id AND adder.user_id = identifier.added_by
         LEFT JOIN portal_users AS changer
            ON changer.member_id = selection.member_id AND changer.user_id = identifier.changed_by
         LEFT JOIN portal_users AS remover
            ON remover.member_id = selection.member_id AND remover.user_id = identifier.removed_by
         WHERE selection.member_id = $1 AND selection.entity_type = $2 AND selection.entity_id = $3
         ORDER BY identifier.added_at, identifier.ordinal",
        member_id.as_str(),
        entity.entity_type.key(),
        entity.id,
    )
    .fetch_all(connection)
    .await?;
    let mut memory = CardMemory::default();
    for row in rows {
        memory.revision = row.revision;
        memory.mirror = row
            .mirror_state
            .map(|key| {
                MirrorState::of_key(&key)
                    .ok_or_else(|| StoreError::inconsistent("card_selections", "mirror_state"))
            })
            .transpose()?;
        // A card whose identifiers were all made room for has a row of its own only.
        let (Some(value), Some(chosen), Some(origin), Some(added_at)) =
            (row.value, row.chosen, row.origin, row.added_at)
        else {
            continue;
        };
        memory.identifiers.push(RememberedIdentifier {
            value,
            label: row.label,
            chosen,
            origin: SelectionOrigin::of_key(&origin)
                .ok_or_else(|| StoreError::inconsistent(TABLE, "origin"))?,
            origin_note: row.origin_note,
            remembered_at: added_at,
            added: deed(row.added_by, row.adder, Some(added_at)),
            changed: deed(row.changed_by, row.changer, row.changed_at),
            removed: deed(row.removed_by, row.remover, row.removed_at),
        });
    }
    Ok(memory)
}

fn deed(user: Option<i64>, name: Option<String>, at: Option<DateTime<Utc>>) -> Option<Deed> {
    Some(Deed {
        user: UserId(user?),
        name,
        at: at?,
    })
}

/// A row as Postgres reads it out of JSON.
#[derive(Serialize)]
struct Row<'a> {
    value: &'a str,
    label: Option<&'a str>,
    chosen: bool,
    origin: &'static str,
    origin_note: Option<&'a str>,
    added_at: DateTime<Utc>,
    added_by: Option<i64>,
    added_by_name: Option<&'a str>,
    changed_at: Option<DateTime<Utc>>,
    changed_by: Option<i64>,
    changed_by_name: Option<&'a str>,
    removed_at: Option<DateTime<Utc>>,
    removed_by: Option<i64>,
    removed_by_name: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn of(identifier: &'a RememberedIdentifier) -> Self {
        let (added, changed, removed) = (
            identifier.added.as_ref(),
            identifier.changed.as_ref(),
            identifier.removed.as_ref(),
        );
        Self {
            value: &identifier.value,
            label: identifier.label.as_deref(),
            chosen: identifier.chosen,
            origin: identifier.origin.key(),
            origin_note: identifier.origin_note.as_deref(),
            added_at: identifier.remembered_at,
            added_by: added.map(|deed| deed.user.0),
            added_by_name: added.and_then(|deed| deed.name.as_deref()),
            changed_at: changed.map(|deed| deed.at),
            changed_by: changed.map(|deed| deed.user.0),
            changed_by_name: changed.and_then(|deed| deed.name.as_deref()),
            removed_at: removed.map(|deed| deed.at),
            removed_by: removed.map(|deed| deed.user.0),
            removed_by_name: removed.and_then(|deed| deed.name.as_deref()),
        }
    }
}

/// Writes the rows that changed, and deletes those that made room.
async fn write(
    connection: &mut PgConnection,
    member_id: &MemberId,
    entity: CrmEntity,
    identifiers: &[RememberedIdentifier],
    effect: &change::Effect,
) -> Result<(), StoreError> {
    if !effect.forgotten.is_empty() {
        let forgotten: Vec<String> = effect.forgotten.iter().cloned().collect();
        sqlx::query!(
            "DELETE FROM card_identifiers
             WHERE member_id = $1 AND entity_type = $2 AND entity_id = $3 AND value = ANY ($4)",
            member_id.as_str(),
            entity.entity_type.key(),
            entity.id,
            &forgotten,
        )
        .execute(&mut *connection)
        .await?;
    }
    let rows: Vec<Row<'_>> = identifiers
        .iter()
        .filter(|identifier| effect.touched.contains(&identifier.value))
        .map(Row::of)
        .collect();
    sqlx::query!(
        "INSERT INTO card_identifiers (
            member_id, entity_type, entity_id, value, label, chosen, origin, origin_note, added_at, added_by,
            added_by_name, changed_at, changed_by, changed_by_name, removed_at, removed_by, removed_by_name)
         SELECT $1, $2, $3, value, label, chosen, origin, origin_note, added_at, added_by,
            added_by_name, changed_at, changed_by, changed_by_name, removed_at, removed_by, removed_by_name
         FROM jsonb_to_recordset($4) AS changed (
            value text, label text, chosen boolean, origin text, origin_note text, added_at timestamptz,
            added_by bigint, added_by_name text, changed_at timestamptz, changed_by bigint, changed_by_name text,
            removed_at timestamptz, removed_by bigint, removed_by_name text)
         ON CONFLICT (member_id, entity_type, entity_id, value) DO UPDATE SET
            label = excluded.label,
            chosen = excluded.chosen,
            origin = excluded.origin,
            origin_note = excluded.origin_note,
            added_at = excluded.added_at,
            added_by = excluded.added_by,
            added_by_name = excluded.added_by_name,
            changed_at = excluded.changed_at,
            changed_by = excluded.changed_by,
            changed_by_name = excluded.changed_by_name,
            removed_at = excluded.removed_at,
            removed_by = excluded.removed_by,
            removed_by_name = excluded.removed_by_name",
        member_id.as_str(),
        entity.entity_type.key(),
        entity.id,
        Json(&rows) as Json<&Vec<Row<'_>>>,
    )
    .execute(connection)
    .await?;
    Ok(())
}
