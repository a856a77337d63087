//! Something that tells people news in a card: a to-do, an activity with a layout of its own, a task, a comment, a
//! notification. Built for batches: each is one command that creates it and one that finds it again by its marker.
//!
//! Pure: builds commands and reads outcomes. Sending, and the order "mark, send, look before a repetition", is the
//! caller's, because it has to survive the process; see [`crate::write`] for the single creation that does it at once.

mod refusal;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::client::batch::Command;
use crate::crm::timeline::without_codes;
use crate::frame::placement::EntityType;
use crate::identity::{EntityId, UserId};
use crate::lenient;
use crate::list::PAGE_SIZE;
use crate::write::Marker;

pub use refusal::RefusalMeaning;

/// The longest text that is sent, in characters; portals keep more.
pub const LONGEST_TEXT: usize = 10_000;
/// The longest title, in characters: columns of portals end at 255.
pub const LONGEST_TITLE: usize = 250;

/// What it is, with its words. Texts are plain: what looks like a BB code is shown as it is written.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A to-do in the card's timeline.
    Todo {
        /// Its title.
        title: String,
        /// Its text.
        text: String,
        /// Until when.
        deadline: DateTime<Utc>,
    },
    /// A configurable activity; only an application's own token may create one.
    Activity {
        /// Icon, header, body and footer, as the platform describes them. Yes and no don't survive a batch: leave them out.
        layout: Value,
        /// Until when.
        deadline: DateTime<Utc>,
    },
    /// A task bound to the card.
    Task {
        /// Its title.
        title: String,
        /// Its text.
        text: String,
        /// Until when.
        deadline: DateTime<Utc>,
    },
    /// A comment in the card's timeline.
    Comment {
        /// Its text.
        text: String,
    },
    /// A notification in the messenger, from the application.
    Notification {
        /// Its text.
        text: String,
    },
}

/// What a page of a look-up says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookUp {
    /// It is there, under this number.
    Found(String),
    /// It is not there.
    Absent,
    /// It is not on this page of the card, and the list goes on.
    NotOnThisPage,
    /// Nobody can tell: the answer is no list, or has rows without what they are recognised by.
    Unreadable,
}

/// Something that is to appear once.
#[derive(Debug, Clone, PartialEq)]
pub struct Announcement {
    /// The card.
    pub owner: (EntityType, EntityId),
    /// Names it for good.
    pub marker: Marker,
    /// Who is responsible, or gets the notification. A comment needs nobody.
    pub responsible: Option<UserId>,
    /// What it is.
    pub content: Content,
}

/// What the answer to a creation says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is there, under this number.
    Created(String),
    /// The portal would not give it to this person.
    NotForThisPerson,
    /// The answer names no object: it may be there.
    Unclear,
}

impl Announcement {
    /// The method that creates it.
    pub const fn method(&self) -> &'static str {
        match self.content {
            Content::Todo { .. } => "crm.activity.todo.add",
            Content::Activity { .. } => "crm.activity.configurable.add",
            Content::Task { .. } => "tasks.task.add",
            Content::Comment { .. } => "crm.timeline.comment.add",
            Content::Notification { .. } => "im.notify.system.add",
        }
    }

    /// The command that creates it, with its marker.
    pub fn creation(&self) -> Command {
        let (entity_type, id) = self.owner;
        let responsible = self.responsible.map(|user| user.0);
        let command = Command::new(self.method());
        match &self.content {
            Content::Todo {
                title,
                text,
                deadline,
            } => command
                .with("ownerTypeId", entity_type.type_id())
                .with("ownerId", id.get())
                .with("deadline", moment(*deadline))
                .with("title", plain(title, LONGEST_TITLE))
                .with("description", self.with_mark(text))
                .with_nested("responsibleId", &json!(responsible)),
            Content::Activity { layout, deadline } => command
                .with("ownerTypeId", entity_type.type_id())
                .with("ownerId", id.get())
                .with_nested(
                    "fields",
                    &json!({
                        "typeId": "CONFIGURABLE",
                        "completed": false,
                        "deadline": moment(*deadline),
                        "responsibleId": responsible,
                        "originatorId": self.marker.originator(),
                        "originId": self.marker.origin(),
                    }),
                )
                .with_nested("layout", &plain_within(layout)),
            Content::Task {
                title,
                text,
                deadline,
            } => command.with_nested(
                "fields",
                &json!({
                    "TITLE": plain(title, LONGEST_TITLE),
                    "DESCRIPTION": plain(text, LONGEST_TEXT),
                    "DEADLINE": moment(*deadline),
                    "RESPONSIBLE_ID": responsible,
                    "XML_ID": self.marker.external_id(),
                    "UF_CRM_TASK": [format!("{}_{}", short_prefix(entity_type), id.get())],
                }),
            ),
            Content::Comment { text } => command.with_nested(
                "fields",
                &json!({
                    "ENTITY_ID": id.get(),
                    "ENTITY_TYPE": entity_type.code().to_ascii_lowercase(),
                    "COMMENT": self.with_mark(text),
                }),
            ),
            Content::Notification { text } => command
                .with_nested("USER_ID", &json!(responsible))
                .with("MESSAGE", plain(text, LONGEST_TEXT))
                .with("TAG", self.marker.external_id()),
        }
    }

    /// The command that finds it; `None` for a notification, which replaces the one of the same marker by itself.
    ///
    /// To-dos and comments are looked for among all of their card, the newest first, and cards hold many: `page` (from 0)
    /// goes on where [`Self::found_in`] says [`LookUp::NotOnThisPage`].
    pub fn look_up(&self, page: usize) -> Option<Command> {
        let (entity_type, id) = self.owner;
        let command = match &self.content {
            Content::Todo { .. } => Command::new("crm.activity.list")
                .with("filter[OWNER_TYPE_ID]", entity_type.type_id())
                .with("filter[OWNER_ID]", id.get())
                .with("filter[PROVIDER_ID]", "CRM_TODO")
                .with("select[0]", "ID")
                .with("select[1]", "DESCRIPTION")
                .with("order[ID]", "DESC"),
            Content::Activity { .. } => Command::new("crm.activity.list")
                .with("filter[ORIGINATOR_ID]", self.marker.originator())
                .with("filter[ORIGIN_ID]", self.marker.origin())
                .with("filter[PROVIDER_ID]", "CONFIGURABLE_REST_APP")
                .with("select[0]", "ID")
                .with("select[1]", "ORIGIN_ID")
                .with("order[ID]", "ASC"),
            Content::Task { .. } => Command::new("tasks.task.list")
                .with("filter[XML_ID]", self.marker.external_id())
                .with("select[0]", "ID")
                .with("select[1]", "XML_ID")
                .with("order[ID]", "ASC"),
            Content::Comment { .. } => Command::new("crm.timeline.comment.list")
                .with("filter[ENTITY_ID]", id.get())
                .with("filter[ENTITY_TYPE]", entity_type.code().to_ascii_lowercase())
                .with("select[0]", "ID")
                .with("select[1]", "COMMENT")
                .with("order[ID]", "DESC"),
            Content::Notification { .. } => return None,
        };
        Some(match page {
            0 => command,
            later => command.with("start", later * PAGE_SIZE),
        })
    }

    /// Its number among the rows that [`Self::look_up`] brought; rows of others, which a portal shows that ignores a
    /// filter, are none.
    pub fn found_in(&self, result: Value) -> LookUp {
        let (rows, field) = match self.content {
            Content::Task { .. } => (
                lenient::object(result).remove("tasks").unwrap_or_default(),
                "xmlId",
            ),
            Content::Todo { .. } => (result, "DESCRIPTION"),
            Content::Comment { .. } => (result, "COMMENT"),
            Content::Activity { .. } | Content::Notification { .. } => (result, "ORIGIN_ID"),
        };
        let is_empty_list = rows.as_array().is_some_and(Vec::is_empty);
        let rows = lenient::rows(rows);
        if rows.is_empty() && !is_empty_list {
            return LookUp::Unreadable;
        }
        let is_filtered = matches!(self.content, Content::Task { .. } | Content::Activity { .. });
        let is_readable = rows.iter().all(|row| match row {
            Value::Object(row) => match lenient::value_ignoring_case(row, field) {
                Some(Value::String(text)) => !is_filtered || !text.is_empty(),
                Some(Value::Number(_)) => true,
                // Others may have written nothing.
                Some(Value::Null) => !is_filtered,
                _ => false,
            },
            _ => false,
        });
        let goes_on =
            rows.len() >= PAGE_SIZE && matches!(self.content, Content::Todo { .. } | Content::Comment { .. });
        let mut is_there = false;
        let found = rows.into_iter().find_map(|row| {
            let row = lenient::object(row);
            let mark = lenient::value_ignoring_case(&row, field).and_then(lenient::non_empty_text)?;
            let is_ours = match self.content {
                Content::Todo { .. } | Content::Comment { .. } => mark.contains(&self.mark()),
                Content::Task { .. } => mark == self.marker.external_id(),
                Content::Activity { .. } | Content::Notification { .. } => mark == self.marker.origin(),
            };
            is_ours.then_some(())?;
            is_there = true;
            lenient::value_ignoring_case(&row, "id").and_then(lenient::non_empty_text)
        });
        match found {
            Some(id) => LookUp::Found(id),
            None if !is_readable || is_there => LookUp::Unreadable,
            None if goes_on => LookUp::NotOnThisPage,
            None => LookUp::Absent,
        }
    }

    /// Reads the result of [`Self::creation`].
    pub fn answer(&self, result: &Value) -> Answer {
        if let Some(id) = crate::write::created_id(result) {
            return Answer::Created(id.to_string());
        }
        match self.content {
            // The messenger says "no" where it doesn't know the person, or they are gone.
            Content::Notification { .. } if *result == json!(false) => Answer::NotForThisPerson,
            _ => Answer::Unclear,
        }
    }

    /// The line by which the object is found where the platform keeps no field for it.
    fn mark(&self) -> String {
        self.marker.external_id()
    }

    /// The text with the mark as its last line.
    fn with_mark(&self, text: &str) -> String {
        format!("{}\n\n{}", plain(text, LONGEST_TEXT), self.mark())
    }
}

/// The prefix of links from tasks to cards.
fn short_prefix(entity_type: EntityType) -> String {
    match entity_type {
        EntityType::Lead => "L".to_owned(),
        EntityType::Deal => "D".to_owned(),
        EntityType::Contact => "C".to_owned(),
        EntityType::Company => "CO".to_owned(),
        EntityType::Quote => "Q".to_owned(),
        EntityType::Order => "O".to_owned(),
        EntityType::SmartInvoice => "SI".to_owned(),
        EntityType::Dynamic(type_id) => format!("T{type_id:x}"),
    }
}

fn moment(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// A text that a portal shows as it is: no codes, no references to other results of a batch, not too long.
fn plain(text: &str, most: usize) -> String {
    let text = without_codes(text).replace("$result", "$\u{2060}result");
    if text.chars().count() <= most {
        return text;
    }
    let mut cut: String = text.chars().take(most - 1).collect();
    cut.push('\u{2026}');
    cut
}

/// The same for every text of a layout; layouts know no codes.
fn plain_within(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(text.replace("$result", "$\u{2060}result")),
        Value::Array(items) => items.iter().map(plain_within).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, member)| (key.clone(), plain_within(member)))
            .collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
