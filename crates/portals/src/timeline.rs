//! Puts a text that a viewer made here into the timeline of his card.

use certlens_bitrix24::crm::timeline::{CommentError, add_comment};
use certlens_bitrix24::{CallError, EntityId, EntityType, Reaction};

use crate::card::Viewer;
use crate::error::PortalsError;
use crate::notice::PortalNotice;
use crate::portals::Portals;
use crate::reading;

pub use certlens_bitrix24::crm::timeline::LONGEST_COMMENT;

/// What became of a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimelineOutcome {
    /// It is there.
    Added {
        /// The comment's number in the portal.
        id: u64,
    },
    /// The viewer may not comment on this item, or it is gone.
    NotAllowed,
    /// The text is empty or longer than [`LONGEST_COMMENT`] characters; or the item has no card of ours.
    Unsuitable,
    /// The portal refused, in its own words.
    Refused(String),
    /// The portal gave no answer that can be used: the comment may be there. Look before adding it again.
    Uncertain,
    /// The portal is in trouble; nothing was added.
    Portal(PortalNotice),
}

impl Portals {
    /// Adds a plain text as the viewer's own comment to a card's timeline, with his own rights. Never repeated by
    /// itself: a comment that came twice would be worse than one that is missing.
    pub async fn add_to_timeline(
        &self,
        viewer: &Viewer,
        entity_type: EntityType,
        id: EntityId,
        text: &str,
    ) -> Result<TimelineOutcome, PortalsError> {
        if reading::card_type(entity_type).is_none() {
            return Ok(TimelineOutcome::Unsuitable);
        }
        let client = self.client_of(&viewer.member_id, viewer.user_id).await?;
        let error = match add_comment(&client, (entity_type, id), text).await {
            Ok(id) => return Ok(TimelineOutcome::Added { id }),
            Err(error) => error,
        };
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "a comment was not added to a timeline"
        );
        Ok(match error {
            CommentError::AccessDenied => TimelineOutcome::NotAllowed,
            CommentError::Length => TimelineOutcome::Unsuitable,
            CommentError::Uncertain(_) => TimelineOutcome::Uncertain,
            CommentError::Call(CallError::Refused(refused)) if refused.reaction() == Reaction::GiveUp => {
                TimelineOutcome::Refused(refused.description)
            }
            CommentError::Call(error) => TimelineOutcome::Portal(PortalNotice::of(&error)),
        })
    }
}
