//! Notifications of the visitor, newest first; BB codes shown as text with their links.
#![expect(
    clippy::format_collect,
    reason = "pages are small, and folds over a buffer read worse"
)]

use super::card::timeline::{moment, plain_of};
use super::layout::{document, escape};
use super::visitor::Visitor;
use crate::state::State;
use crate::state::crm::table::{number, text as text_of};

/// The page.
pub(super) fn page(state: &State, visitor: &Visitor) -> String {
    let text = visitor.text();
    let mut rows: Vec<_> = state
        .crm
        .notifications
        .rows_with(&visitor.user_id.to_string())
        .collect();
    rows.reverse();
    let list: String = rows
        .iter()
        .map(|(id, record)| {
            let from = number(record, "FROM").and_then(|id| state.user(id));
            let from = from.map_or_else(
                || text.from_application.to_owned(),
                |user| format!("{} {}", user.name, user.last_name),
            );
            format!(
                r#"<li class="notification" data-id="{id}" data-tag="{tag}"><div><b>{from}</b> <time>{when}</time></div><p>{message}</p></li>"#,
                tag = escape(&text_of(record, "TAG")),
                from = escape(&from),
                when = moment(visitor, &text_of(record, "CREATED")),
                message = plain_of(&text_of(record, "MESSAGE")),
            )
        })
        .collect();
    let body = if list.is_empty() {
        format!(
            r#"<section class="notice"><p>{}</p></section>"#,
            text.no_notifications
        )
    } else {
        format!(r#"<section class="panel"><ul class="notifications">{list}</ul></section>"#)
    };
    let content = format!(
        r#"<div class="page-head"><h1>{}</h1></div>{body}"#,
        text.notifications
    );
    document(state, visitor, text.notifications, &content)
}
