//! Texts that are to be written into the CRM: a card's chosen identifiers in a field of its item.
//!
//! A card wants one text at a time, the latest. Who writes says what became of the very wish that he took: one that was
//! renewed meanwhile, because the text or the field is another one, goes on waiting.

use crate::entity::EntityType;
use crate::{CrmEntity, MemberId, Store, StoreError, UserId};
use certlens_domain::selection::MirrorState;
use chrono::{DateTime, Utc};

/// A text that a card's field should hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedMirror {
    /// The card.
    pub entity: CrmEntity,
    /// What its field should hold; empty: nothing.
    pub text: String,
    /// Who made the change: it is written with this user's rights first.
    pub user: UserId,
}

/// A text that waits to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingMirror {
    /// The text, and where it belongs.
    pub wanted: WantedMirror,
    /// When it was asked for or tried last: tells one wish from a later one.
    tried_at: DateTime<Utc>,
}

impl Store {
    /// Asks for a text in a card's mirror, as of this revision of the card. Whether there is anything to write: not
    /// when the field holds it already, or a later revision asked for another text.
    pub async fn want_mirror(
        &self,
        member_id: &MemberId,
        revision: i64,
        wanted: &WantedMirror,
    ) -> Result<bool, StoreError> {
        let outcome = sqlx::query!(
            "UPDATE card_selections
             SET mirror_text = $4, mirror_revision = $5, mirror_user = $6, mirror_state = 'waiting',
                 mirror_tried_at = clock_timestamp()
             WHERE member_id = $1 AND entity_type = $2 AND entity_id = $3
               AND coalesce(mirror_revision, 0) <= $5
               AND (mirror_text, mirror_state) IS DISTINCT FROM ($4, 'written')",
            member_id.as_str(),
            wanted.entity.entity_type.key(),
            wanted.entity.id,
            wanted.text,
            revision,
            wanted.user.0,
        )
        .execute(&self.pool)
        .await?;
        Ok(outcome.rows_affected() > 0)
    }

    /// Has all texts of a type of cards written once more: the field is another one. Whether there are any.
    pub async fn want_mirrors_again(
        &self,
        member_id: &MemberId,
        entity_type: EntityType,
    ) -> Result<bool, StoreError> {
        let outcome = sqlx::query!(
            "UPDATE card_selections SET mirror_state = 'waiting', mirror_tried_at = clock_timestamp()
             WHERE member_id = $1 AND entity_type = $2 AND mirror_text IS NOT NULL",
            member_id.as_str(),
            entity_type.key(),
        )
        .execute(&self.pool)
        .await?;
        Ok(outcome.rows_affected() > 0)
    }

    /// The portal's texts that wait, those that were not tried for longest first.
    pub async fn wanted_mirrors(
        &self,
        member_id: &MemberId,
        limit: i64,
    ) -> Result<Vec<WaitingMirror>, StoreError> {
        sqlx::query!(
            "SELECT entity_type, entity_id, mirror_text AS \"text!\", mirror_user AS \"user!\",
                    mirror_tried_at AS \"tried_at!\"
             FROM card_selections
             WHERE member_id = $1 AND mirror_state IN ('waiting', 'delayed')
             ORDER BY mirror_tried_at
             LIMIT $2",
            member_id.as_str(),
            limit,
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            let entity_type: EntityType = row
                .entity_type
                .parse()
                .map_err(|_| StoreError::inconsistent("card_selections", "entity_type"))?;
            Ok(WaitingMirror {
                wanted: WantedMirror {
                    entity: CrmEntity::new(entity_type, row.entity_id),
                    text: row.text,
                    user: UserId(row.user),
                },
                tried_at: row.tried_at,
            })
        })
        .collect()
    }

    /// Notes what became of a text. A wish that was renewed meanwhile goes on waiting.
    pub async fn note_mirror(
        &self,
        member_id: &MemberId,
        tried: &WaitingMirror,
        state: MirrorState,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE card_selections SET mirror_state = $5, mirror_tried_at = clock_timestamp()
             WHERE member_id = $1 AND entity_type = $2 AND entity_id = $3 AND mirror_tried_at = $4",
            member_id.as_str(),
            tried.wanted.entity.entity_type.key(),
            tried.wanted.entity.id,
            tried.tried_at,
            state.key(),
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
