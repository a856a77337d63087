//! A card's timeline: activities, comments, records and tasks that applications and people left, newest first.
#![expect(
    clippy::format_collect,
    reason = "pages are small, and folds over a buffer read worse"
)]

use serde_json::Value;

use super::super::layout::escape;
use super::super::visitor::Visitor;
use crate::state::State;
use crate::state::crm::table::{Record, number, text as text_of, texts};
use crate::state::crm::{CREATED, Item};

const MONTHS: [(&str, &str); 12] = [
    ("January", "января"),
    ("February", "февраля"),
    ("March", "марта"),
    ("April", "апреля"),
    ("May", "мая"),
    ("June", "июня"),
    ("July", "июля"),
    ("August", "августа"),
    ("September", "сентября"),
    ("October", "октября"),
    ("November", "ноября"),
    ("December", "декабря"),
];

/// A moment as people write it; the text as it is when it is none.
pub(in crate::pages) fn moment(visitor: &Visitor, text: &str) -> String {
    let parts = text.get(..16).and_then(|text| {
        let (day, time) = text.split_once('T')?;
        let mut numbers = day.split('-').map(str::parse::<usize>);
        let (year, month, day) = (
            numbers.next()?.ok()?,
            numbers.next()?.ok()?,
            numbers.next()?.ok()?,
        );
        let (english, russian) = MONTHS.get(month.checked_sub(1)?)?;
        let month = if visitor.language == "ru" {
            russian
        } else {
            english
        };
        Some(format!("{day} {month} {year}, {time}"))
    });
    parts.unwrap_or_else(|| escape(text))
}

/// BB codes and HTML as plain text: links keep their words.
pub(in crate::pages) fn plain_of(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('[') {
        plain.push_str(&rest[..start]);
        let tag = rest[start..].find(']').map(|end| &rest[start..=start + end]);
        if let Some(tag) = tag.filter(|tag| is_code(tag)) {
            if tag.eq_ignore_ascii_case("[br]") {
                plain.push('\n');
            }
            rest = &rest[start + tag.len()..];
        } else {
            plain.push('[');
            rest = &rest[start + 1..];
        }
    }
    plain.push_str(rest);
    escape(&plain).replace('\n', "<br>")
}

fn is_code(tag: &str) -> bool {
    let name = tag.trim_start_matches(['[', '/']).trim_end_matches(']');
    let name = name.split('=').next().unwrap_or_default().to_ascii_lowercase();
    [
        "b", "i", "u", "s", "url", "user", "br", "p", "quote", "code", "list", "*",
    ]
    .contains(&name.as_str())
}

/// An entry: when, which kind, its HTML.
struct Entry {
    at: String,
    kind: &'static str,
    label: &'static str,
    html: String,
}

/// The timeline's list.
pub(super) fn timeline(state: &State, visitor: &Visitor, item: &Item<'_>) -> String {
    let text = visitor.text();
    let (owner, type_id) = (item.id.to_string(), item.kind.type_id());
    let mut entries: Vec<Entry> = Vec::new();
    let activities = state.crm.activities.rows_with(&owner);
    for (_, record) in activities.filter(|(_, record)| number(record, "OWNER_TYPE_ID") == Some(type_id)) {
        let todo = text_of(record, "PROVIDER_ID") == "CRM_TODO";
        entries.push(Entry {
            at: text_of(record, "CREATED"),
            kind: if todo { "todo" } else { "activity" },
            label: if todo { text.todo } else { text.activity },
            html: activity(visitor, record),
        });
    }
    let comments = state.crm.timeline.rows_with(&owner);
    for (_, record) in comments.filter(|(_, record)| text_of(record, "ENTITY_TYPE") == item.kind.path()) {
        let comment = text_of(record, "SORT") == "comment";
        let title = text_of(record, "TITLE");
        let html = if comment {
            format!("<p>{}</p>", plain_of(&text_of(record, "COMMENT")))
        } else {
            format!(
                "<b>{}</b><p>{}</p>",
                escape(&title),
                plain_of(&text_of(record, "TEXT"))
            )
        };
        entries.push(Entry {
            at: text_of(record, "CREATED"),
            kind: if comment { "comment" } else { "log" },
            label: if comment { text.comment } else { text.log_entry },
            html,
        });
    }
    let link = format!("{}_{}", item.kind.short_prefix(), item.id);
    let linked = |record: &Record| {
        record
            .get("UF_CRM_TASK")
            .is_some_and(|links| texts(links).contains(&link))
    };
    for (_, record) in state.crm.tasks.rows().filter(|(_, record)| linked(record)) {
        entries.push(Entry {
            at: text_of(record, "CREATED_DATE"),
            kind: "task",
            label: text.task,
            html: task(state, visitor, record),
        });
    }
    entries.sort_by(|left, right| right.at.cmp(&left.at));
    let rows: String = entries
        .iter()
        .map(|entry| {
            format!(
                r#"<li class="entry entry-{kind}"><time>{at}</time><span class="chip">{label}</span>{html}</li>"#,
                kind = entry.kind,
                at = moment(visitor, &entry.at),
                label = entry.label,
                html = entry.html,
            )
        })
        .collect();
    let created = Some(item.text("DATE_CREATE")).filter(|date| !date.is_empty());
    let created = moment(visitor, &created.unwrap_or_else(|| CREATED.to_owned()));
    format!("{rows}<li><time>{created}</time>{}</li>", text.event_created)
}

fn activity(visitor: &Visitor, record: &Record) -> String {
    let text = visitor.text();
    let done = if text_of(record, "COMPLETED") == "Y" {
        format!(r#" <span class="chip chip-3">{}</span>"#, text.done)
    } else {
        String::new()
    };
    let deadline = text_of(record, "DEADLINE");
    let deadline = if deadline.is_empty() {
        String::new()
    } else {
        format!("<small>{}: {}</small>", text.deadline, moment(visitor, &deadline))
    };
    let description = plain_of(&text_of(record, "DESCRIPTION"));
    let layout = record.get("LAYOUT").map(blocks).unwrap_or_default();
    format!(
        r"<b>{}</b>{done}<p>{description}</p>{layout}{deadline}",
        escape(&text_of(record, "SUBJECT"))
    )
}

/// The blocks and buttons of a configurable activity, as text.
fn blocks(layout: &Value) -> String {
    let blocks: String = layout["body"]["blocks"]
        .as_object()
        .into_iter()
        .flat_map(|blocks| blocks.values())
        .map(|block| {
            let properties = &block["properties"];
            let title = properties["title"]
                .as_str()
                .map(|title| format!("<dt>{}</dt>", escape(title)));
            let value = [
                &properties["block"]["properties"]["value"],
                &properties["value"],
                &properties["text"],
            ];
            let value = value.iter().find_map(|value| value.as_str()).unwrap_or_default();
            format!(
                "<div>{}<dd>{}</dd></div>",
                title.unwrap_or_default(),
                plain_of(value)
            )
        })
        .collect();
    let buttons: String = layout["footer"]["buttons"]
        .as_object()
        .into_iter()
        .flat_map(|buttons| buttons.values())
        .filter_map(|button| button["title"].as_str())
        .map(|title| format!(r#"<span class="button quiet">{}</span>"#, escape(title)))
        .collect();
    format!(r#"<dl class="fields">{blocks}</dl><div class="buttons">{buttons}</div>"#)
}

fn task(state: &State, visitor: &Visitor, record: &Record) -> String {
    let text = visitor.text();
    let responsible = number(record, "RESPONSIBLE_ID").and_then(|id| state.user(id));
    let responsible = responsible.map_or_else(String::new, |user| {
        format!(
            "<small>{}: {} {}</small>",
            text.responsible,
            escape(&user.name),
            escape(&user.last_name)
        )
    });
    let deadline = text_of(record, "DEADLINE");
    let deadline = if deadline.is_empty() {
        String::new()
    } else {
        format!("<small>{}: {}</small>", text.deadline, moment(visitor, &deadline))
    };
    format!(
        "<b>{}</b><p>{}</p>{responsible}{deadline}",
        escape(&text_of(record, "TITLE")),
        plain_of(&text_of(record, "DESCRIPTION"))
    )
}

#[cfg(test)]
mod tests {
    use super::plain_of;

    #[test]
    fn a_code_that_was_broken_on_purpose_shows_as_it_is_written() {
        let plain = plain_of("[\u{2060}B]38[\u{2060}/B] declarations");
        assert_eq!(plain, "[\u{2060}B]38[\u{2060}/B] declarations");
    }

    #[test]
    fn plain_text_of_codes_keeps_words_and_escapes_markup() {
        let plain = plain_of("[B]Risk[/B] [URL=https://x.example]open[/URL] [not a code] <script>[BR]end");
        assert_eq!(plain, "Risk open [not a code] &lt;script&gt;<br>end");
    }
}
