//! An item as a configurable activity: its own layout, a way into the widget, a button that mutes.

use serde_json::{Map, Value, json};

use super::{LISTED, Story, details, product};

/// The name of the button by which a person mutes the subscriptions of the card.
pub(crate) const MUTE: &str = "certlens_mute";

/// The whole layout. Without yes and no: they don't survive the way through a batch.
pub(crate) fn layout(story: &Story<'_>) -> Value {
    let words = story.words();
    let text = |value: String| json!({"type": "text", "properties": {"value": value}});
    let mut blocks = Map::new();
    blocks.extend(story.about().map(|about| ("about".to_owned(), text(about))));
    for (index, told) in story.news.iter().take(LISTED).enumerate() {
        let title = words.happened(told.kind, told.document);
        let value = match told.document {
            Some(document) => [
                Some(document.number.trim().to_owned()),
                Some(details(words, told, document)),
                product(document),
            ]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" \u{2014} "),
            None => words.registry(told.registry).to_owned(),
        };
        blocks.insert(
            format!("news{}", index + 1),
            json!({"type": "withTitle", "properties": {"title": title, "block": text(value)}}),
        );
    }
    blocks.extend(story.more().map(|more| ("more".to_owned(), text(more))));
    let open = json!({"type": "openRestApp", "actionParams": {"view": "card"}});
    json!({
        "icon": {"code": "info"},
        "header": {"title": super::short(&story.title(), 250), "titleAction": open},
        "body": {"logo": {"code": "document", "action": open}, "blocks": blocks},
        "footer": {"buttons": {
            "open": {"title": words.open(), "type": "primary", "action": open},
            "mute": {
                "title": words.mute(),
                "type": "secondary",
                "action": {"type": "restEvent", "id": MUTE, "animationType": "loader"},
            },
        }},
    })
}
