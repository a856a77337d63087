//! The name of a piece of work, whatever its kind: in addresses, in actions, in the log.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::notification_items::ItemId;
use crate::{EventId, MemberId};

/// Names a piece of work: `event-17`, `item-0198…`, `job-<portal>-crawl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum WorkId {
    /// An event.
    Event(EventId),
    /// A notification item.
    Item(ItemId),
    /// A portal's job.
    Job(MemberId, String),
}

impl fmt::Display for WorkId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(id) => write!(formatter, "event-{}", id.0),
            Self::Item(id) => write!(formatter, "item-{id}"),
            Self::Job(member_id, kind) => write!(formatter, "job-{member_id}-{kind}"),
        }
    }
}

impl From<WorkId> for String {
    fn from(id: WorkId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for WorkId {
    type Error = UnknownWorkId;

    fn try_from(text: String) -> Result<Self, UnknownWorkId> {
        text.parse()
    }
}

/// The text names no piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a piece of work is named event-<number>, item-<uuid> or job-<portal>-<kind>")]
pub struct UnknownWorkId;

impl FromStr for WorkId {
    type Err = UnknownWorkId;

    fn from_str(text: &str) -> Result<Self, UnknownWorkId> {
        let (kind, name) = text.split_once('-').ok_or(UnknownWorkId)?;
        match kind {
            "event" => name
                .parse()
                .map(|id| Self::Event(EventId(id)))
                .map_err(|_| UnknownWorkId),
            "item" => Uuid::parse_str(name)
                .map(|id| Self::Item(ItemId(id)))
                .map_err(|_| UnknownWorkId),
            "job" => {
                let (member_id, kind) = name.split_once('-').ok_or(UnknownWorkId)?;
                let member_id = MemberId::parse(member_id).map_err(|_| UnknownWorkId)?;
                if kind.is_empty() {
                    return Err(UnknownWorkId);
                }
                Ok(Self::Job(member_id, kind.to_owned()))
            }
            _ => Err(UnknownWorkId),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::event("event-17")]
    #[case::item("item-0198f2a0-5a5e-7c33-9d2b-0123456789ab")]
    #[case::job("job-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-catch_up")]
    fn name_that_is_read_is_written_the_same(#[case] text: &str) {
        assert_eq!(text.parse::<WorkId>().unwrap().to_string(), text);
    }

    #[rstest]
    #[case::nothing("")]
    #[case::no_number("event-x")]
    #[case::no_uuid("item-17")]
    #[case::no_portal("job-crawl")]
    #[case::no_kind("job-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-")]
    #[case::another_thing("portal-17")]
    fn what_names_no_work_is_refused(#[case] text: &str) {
        assert_eq!(text.parse::<WorkId>(), Err(UnknownWorkId));
    }
}
