//! What a portal's refusal to create an announcement means. Pure: a table over codes and words.
//!
//! Portals have no common code for "not for this person": old modules say `ERROR_CORE` with a sentence, newer ones
//! have codes of their own, and self-hosted portals add rules. So what is known to be about something else is sorted
//! out, and every other definite refusal of something that has a responsible person counts as a refusal of the person.

use super::{Announcement, Content};
use crate::client::ApiError;
use crate::error_code::{ErrorCode, Reaction};

/// What a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalMeaning {
    /// Another person may be taken.
    Person,
    /// The card is gone, or the client's user may not write there: look at the card again.
    Card,
    /// It was not executed, and may go again later.
    Later,
    /// It may have been executed.
    Unclear,
    /// It will be refused again, whoever is responsible.
    Never,
}

/// Codes that say something about what we sent.
const OURS: [&str; 12] = [
    "FIELD_IS_REDUNDANT",
    "FIELD_IS_REQUIRED",
    "ERROR_EMPTY_LAYOUT",
    "ENUM_FIELD",
    "TOO_MANY_ITEMS",
    "KEY_CONTAIN_WRONG_SYMBOLS",
    "WRONG_LANG",
    "WRONG_DATETIME_FORMAT",
    "ERROR_WRONG_CONTEXT",
    "ERROR_WRONG_APPLICATION",
    "INCOMING_ACTIVITY_CAN_NOT_BE_WITH_DEADLINE",
    "MESSAGE_EMPTY",
];
/// Codes that say that the card isn't there.
const CARDS: [&str; 3] = ["OWNER_NOT_FOUND", "ENTITY_NOT_FOUND", "ERROR_OWNER_NOT_FOUND"];

impl Announcement {
    /// What the refusal of its creation means.
    pub fn meaning_of(&self, error: &ApiError) -> RefusalMeaning {
        let has_person = !matches!(self.content, Content::Comment { .. });
        match error.reaction() {
            Reaction::LookBeforeRepeating => return RefusalMeaning::Unclear,
            Reaction::GiveUp => {}
            _ => return RefusalMeaning::Later,
        }
        match &error.code {
            ErrorCode::ConfirmationAwaited | ErrorCode::BatchLengthExceeded => RefusalMeaning::Later,
            ErrorCode::MethodNotFound
            | ErrorCode::InsufficientScope
            | ErrorCode::WrongAuthorizationType
            | ErrorCode::ConfirmationDenied
            | ErrorCode::BatchMethodNotAllowed => RefusalMeaning::Never,
            ErrorCode::NotFound => RefusalMeaning::Card,
            ErrorCode::Other(code) if CARDS.iter().any(|known| known.eq_ignore_ascii_case(code)) => {
                RefusalMeaning::Card
            }
            ErrorCode::Other(code) if OURS.iter().any(|known| known.eq_ignore_ascii_case(code)) => {
                RefusalMeaning::Never
            }
            _ if has_person => RefusalMeaning::Person,
            // Comments are refused without a code, with a sentence about access or the card.
            ErrorCode::AccessDenied | ErrorCode::Unnamed => RefusalMeaning::Card,
            _ => RefusalMeaning::Never,
        }
    }
}
