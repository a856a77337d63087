//! What a turn has to know before anything is sent: documents, cards, people, and which items are there already.
//!
//! Facts of the portal are read now, many with each request, because they decide to whom and whether at all.

use std::collections::{HashMap, HashSet};

use certlens_bitrix24::announcement::{Announcement, Content, LookUp};
use certlens_bitrix24::crm::{Owner, read_owners};
use certlens_bitrix24::list::read_in_batches;
use certlens_bitrix24::{
    CallError, Command, CommandOutcome, EntityId, EntityType, Marker, PortalClient, UserId,
};
use certlens_domain::language::Language;
use certlens_domain::registry::Registry;
use certlens_domain::tracking::{AssignmentRule, NotificationKind};
use certlens_registry::ToldDocument;
use certlens_store::{ClaimedItem, CrmEntity};
use chrono::{DateTime, Datelike as _, Days, FixedOffset, NaiveTime, TimeZone as _, Utc, Weekday};

use crate::notification::composition::{self, Story, Told};

/// Names this application in markers.
const ORIGINATOR: &str = "certlens";
/// Pages of fifty in which an item is looked for on its card, the newest first. It came there minutes ago: what a
/// thousand others came after is not there.
const PAGES_LOOKED_THROUGH: usize = 20;
/// Until when on its day something is to be done.
const END_OF_WORK: (u32, u32) = (18, 0);
/// The time of Moscow and Minsk, in seconds before UTC: where most portals work, whose own time isn't known.
const OFFICE_OFFSET: i32 = 3 * 3_600;

/// What is known of the portal for all its items.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) language: Language,
    /// Scheme, host and port of the portal's pages.
    pub(super) origin: String,
    pub(super) now: DateTime<Utc>,
}

/// The documents of a turn.
pub(super) type Documents = HashMap<(Registry, String), ToldDocument>;

/// An item on its way.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    pub(super) item: ClaimedItem,
    pub(super) owner: (EntityType, EntityId),
    pub(super) content: Content,
    /// Who is responsible for the card now.
    pub(super) responsible_id: Option<u64>,
    /// Whom the portal refused.
    pub(super) refused: HashSet<u64>,
    /// A notification that may have gone to this person goes to the same again: there it replaces the first.
    pub(super) bound_to: Option<(AssignmentRule, UserId)>,
}

impl Delivery {
    /// The item with its words; `None` when its card has no number that a portal gives.
    pub(super) fn new(item: ClaimedItem, documents: &Documents, setting: &Setting) -> Option<Self> {
        let owner = platform_entity(item.entity)?;
        let content = content(&item, documents, setting);
        let refused = item
            .refused
            .iter()
            .filter_map(|user| user.0.try_into().ok())
            .collect();
        let is_bound = item.is_uncertain && item.kind == NotificationKind::Im;
        let bound_to = item
            .assigned
            .filter(|_| is_bound)
            .and_then(|(rule, user)| Some((rule, UserId(user.0.try_into().ok()?))));
        Some(Self {
            item,
            owner,
            content,
            responsible_id: None,
            refused,
            bound_to,
        })
    }

    /// The item for the portal.
    pub(super) fn announcement(&self, responsible: Option<UserId>) -> Announcement {
        Announcement {
            owner: self.owner,
            marker: Marker::new(ORIGINATOR, self.item.id.to_string()),
            responsible,
            content: self.content.clone(),
        }
    }
}

fn platform_entity(entity: CrmEntity) -> Option<(EntityType, EntityId)> {
    let entity_type = match entity.entity_type {
        certlens_store::EntityType::Lead => EntityType::Lead,
        certlens_store::EntityType::Deal => EntityType::Deal,
        certlens_store::EntityType::Company => EntityType::Company,
    };
    Some((entity_type, EntityId::new(entity.id.try_into().ok()?)?))
}

/// The documents that the texts of these items name.
pub(super) fn listed_documents(items: &[ClaimedItem]) -> Vec<(Registry, String)> {
    let mut wanted: HashSet<(Registry, String)> = HashSet::new();
    for item in items {
        for index in order(item).into_iter().take(composition::LISTED) {
            let news = &item.news[index];
            wanted.insert((news.registry, news.document_key.clone()));
        }
    }
    wanted.into_iter().collect()
}

/// The positions of an item's news in the order in which they are told.
fn order(item: &ClaimedItem) -> Vec<usize> {
    let mut order: Vec<usize> = (0..item.news.len()).collect();
    order.sort_by_key(|index| composition::rank(item.news[*index].kind));
    order
}

fn content(item: &ClaimedItem, documents: &Documents, setting: &Setting) -> Content {
    let mut identifiers: Vec<&str> = item
        .news
        .iter()
        .flat_map(|news| &news.identifiers)
        .map(String::as_str)
        .collect();
    identifiers.sort_unstable();
    identifiers.dedup();
    let news = order(item).into_iter().map(|index| {
        let news = &item.news[index];
        Told {
            kind: news.kind,
            registry: news.registry,
            document: documents.get(&(news.registry, news.document_key.clone())),
        }
    });
    let story = Story {
        language: setting.language,
        identifiers,
        news: news.collect(),
    };
    let deadline = end_of_next_working_day(setting.now);
    match item.kind {
        NotificationKind::Todo => Content::Todo {
            title: story.title(),
            text: story.text(),
            deadline,
        },
        NotificationKind::Activity => Content::Activity {
            layout: composition::layout(&story),
            deadline,
        },
        NotificationKind::Task => Content::Task {
            title: story.title(),
            text: story.text(),
            deadline,
        },
        NotificationKind::Comment => Content::Comment {
            text: format!("{}\n\n{}", story.title(), story.text()),
        },
        NotificationKind::Im => {
            let card = format!(
                "{}/crm/{}/details/{}/",
                setting.origin.trim_end_matches('/'),
                item.entity.entity_type.key(),
                item.entity.id
            );
            Content::Notification {
                text: story.message(Some(&card)),
            }
        }
    }
}

/// The end of the working day after today.
fn end_of_next_working_day(now: DateTime<Utc>) -> DateTime<Utc> {
    let office = FixedOffset::east_opt(OFFICE_OFFSET).unwrap_or_else(|| chrono::Offset::fix(&Utc));
    let mut day = now.with_timezone(&office).date_naive();
    loop {
        day = day.checked_add_days(Days::new(1)).unwrap_or(day);
        if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            break;
        }
    }
    let end = NaiveTime::from_hms_opt(END_OF_WORK.0, END_OF_WORK.1, 0).unwrap_or_default();
    office
        .from_local_datetime(&day.and_time(end))
        .single()
        .map_or(now, |end| end.with_timezone(&Utc))
}

/// Whether an item that may be there is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Looked {
    /// Under this number.
    Found(String),
    /// It isn't.
    Absent,
    /// The portal didn't say.
    Unknown(String),
}

/// Looks for items by their markers, fifty with each request. On cards with many to-dos or comments of others page by
/// page, as long as somebody is missing.
pub(super) async fn look(client: &PortalClient, deliveries: &[&Delivery]) -> Result<Vec<Looked>, CallError> {
    let announcements: Vec<Announcement> = deliveries
        .iter()
        .map(|delivery| delivery.announcement(None))
        .collect();
    // What replaces itself is sent again without a look.
    let mut looked = vec![Looked::Absent; deliveries.len()];
    let mut missing: Vec<usize> = (0..deliveries.len()).collect();
    for page in 0..PAGES_LOOKED_THROUGH {
        let asked: Vec<(usize, Command)> = missing
            .iter()
            .filter_map(|&index| Some((index, announcements[index].look_up(page)?)))
            .collect();
        let commands = asked.iter().map(|(_, command)| command.clone()).collect();
        missing = Vec::new();
        for ((index, _), outcome) in asked.iter().zip(read_in_batches(client, commands).await?) {
            looked[*index] = match outcome {
                CommandOutcome::Done(result) => match announcements[*index].found_in(result) {
                    LookUp::Found(object) => Looked::Found(object),
                    LookUp::Absent => Looked::Absent,
                    LookUp::Unreadable => {
                        Looked::Unknown("the portal's answer to the look-up can't be read".to_owned())
                    }
                    LookUp::NotOnThisPage => {
                        missing.push(*index);
                        Looked::Absent
                    }
                },
                CommandOutcome::Failed(error) => Looked::Unknown(error.to_string()),
                CommandOutcome::NotExecuted => {
                    Looked::Unknown("the portal did not get to the look-up".to_owned())
                }
            };
        }
        if missing.is_empty() {
            break;
        }
    }
    Ok(looked)
}

/// Reads the cards of these items, each once.
pub(super) async fn owners(
    client: &PortalClient,
    deliveries: &[Delivery],
) -> Result<HashMap<(EntityType, EntityId), Owner>, CallError> {
    let mut cards: Vec<(EntityType, EntityId)> = deliveries.iter().map(|delivery| delivery.owner).collect();
    cards.sort_unstable_by_key(|(entity_type, id)| (entity_type.type_id(), id.get()));
    cards.dedup();
    read_owners(client, &cards).await
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::on_a_thursday("2026-11-19T09:00:00Z", "2026-11-20T15:00:00+00:00")]
    #[case::on_a_friday("2026-11-20T09:00:00Z", "2026-11-23T15:00:00+00:00")]
    #[case::on_a_saturday("2026-11-21T09:00:00Z", "2026-11-23T15:00:00+00:00")]
    #[case::late_on_a_sunday_which_is_a_monday_in_moscow("2026-11-22T22:00:00Z", "2026-11-24T15:00:00+00:00")]
    fn deadline_is_the_end_of_the_next_working_day(#[case] now: &str, #[case] expected: &str) {
        let now: DateTime<Utc> = now.parse().unwrap();
        assert_eq!(end_of_next_working_day(now).to_rfc3339(), expected);
    }
}
