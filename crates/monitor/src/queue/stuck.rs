//! The table of work that is stuck, over all portals of the viewer, and what can be done with its rows.

use super::actions::QueueAction;
use super::{SELECTED, tone};
use crate::action::Action;
use crate::naming;
use crate::open::{Monitor, ScreenRefused, View};
use crate::screen::Button;
use crate::table::{Cell, Column, Row, Table};
use certlens_store::queue::{EVENTS, ITEMS};
use certlens_store::{MemberId, StuckOrder, StuckPlace, StuckQuery, StuckWork, WorkId};
use chrono::DateTime;
use serde_json::json;

/// A page of it. The screen of assignments shows what nobody can take by the same table.
pub(crate) async fn table(monitor: &Monitor, view: &View<'_>) -> Result<Table, ScreenRefused> {
    let (texts, address) = (view.texts, view.address);
    let is_earliest_first = address.sort() == Some("since");
    let query = StuckQuery {
        member_id: view.scope.portal(),
        kind: address.filter("kind"),
        state: address.filter("state").and_then(|state| state.parse().ok()),
        text: address.filter("text"),
        order: if is_earliest_first {
            StuckOrder::EarliestFirst
        } else {
            StuckOrder::LatestFirst
        },
        after: address.cursor().and_then(place),
        limit: view.rows + 1,
    };
    let mut work = monitor.store.stuck_work(&query).await?;
    let next = crate::table::next_page(&mut work, view.rows, |last| cursor(&last.place()));
    let mut columns = vec![
        Column::number("since", texts.queue_since()).sortable(),
        Column::text("kind", texts.queue_kind()),
        Column::text("what", texts.queue_what()),
        Column::text("state", texts.queue_state()),
        Column::text("card", texts.queue_card()),
        Column::text("reason", texts.queue_reason()),
        Column::number("attempts", texts.queue_attempts()),
        Column::number("due", texts.queue_due()),
    ];
    if view.scope.is_whole() {
        columns.insert(1, Column::text("portal", texts.portal()));
    }
    let mut table = Table::new("work", texts.queue_stuck(), columns, texts.queue_stuck_empty());
    table.rows = work.into_iter().map(|work| stuck_row(view, work)).collect();
    table.sort = Some(if is_earliest_first { "since" } else { "-since" }.to_owned());
    table.next = next;
    table.is_exportable = true;
    table.bulk = bulk(view);
    Ok(table)
}

fn stuck_row(view: &View<'_>, work: StuckWork) -> Row {
    let texts = view.texts;
    let key = work.id.to_string();
    let what = match work.kind.as_str() {
        ITEMS => texts.item_kind(&work.what),
        EVENTS => work.what,
        kind => texts.work_kind(kind),
    };
    let mut details = view.address.beside(view.address.screen);
    details.screen = crate::ScreenName::Queue;
    details.subject = Some(key.clone());
    let mut cells = vec![
        Cell::Moment(work.since),
        Cell::Text(texts.work_kind(&work.kind)),
        Cell::link(what.clone(), &details),
        Cell::state(texts.stuck_state(work.state), tone(work.state.key())),
        work.entity.map_or(Cell::Nothing, |entity| {
            Cell::Text(naming::card(texts, entity, None))
        }),
        Cell::Text(work.reason),
        Cell::Number(i64::from(work.attempts)),
        Cell::moment(work.due_at),
    ];
    if view.scope.is_whole() {
        cells.insert(1, naming::portal(view, &work.member_id, work.domain.as_deref()));
    }
    let mut row = Row::new(key, cells);
    row.buttons = buttons(view, &work.member_id, work.id, &what);
    row
}

/// What can be done with one piece of stuck work.
pub(super) fn buttons(view: &View<'_>, member_id: &MemberId, id: WorkId, about: &str) -> Vec<Button> {
    let texts = view.texts;
    let is_job = matches!(id, WorkId::Job(..));
    let portal = Some(member_id.clone());
    let retry = QueueAction::Retry {
        member_id: portal.clone(),
        ids: vec![id.clone()],
    };
    let mut buttons = vec![Button::new(texts.queue_retry(), &Action::Queue(retry)).about(about)];
    if !is_job {
        let discard = QueueAction::Discard {
            member_id: portal,
            ids: vec![id],
        };
        let discard = Button::new(texts.queue_discard(), &Action::Queue(discard));
        buttons.push(discard.destructive().about(about));
    }
    buttons
}

/// What can be done with chosen rows.
fn bulk(view: &View<'_>) -> Vec<Button> {
    let texts = view.texts;
    let order = |name: &str| json!({"queue": {name: {"member_id": view.scope.portal(), "ids": [SELECTED]}}});
    let button = |text: &str, name: &str, is_destructive: bool| Button {
        text: text.to_owned(),
        order: order(name),
        is_destructive,
        asks: true,
        about: None,
    };
    vec![
        button(texts.queue_retry_chosen(), "retry", false),
        button(texts.queue_discard_chosen(), "discard", true),
    ]
}

/// A place as it travels: microseconds and the name of the work.
fn cursor(place: &StuckPlace) -> String {
    format!("{}~{}", place.since.timestamp_micros(), place.key)
}

fn place(cursor: &str) -> Option<StuckPlace> {
    let (micros, key) = cursor.split_once('~')?;
    Some(StuckPlace {
        since: DateTime::from_timestamp_micros(micros.parse().ok()?)?,
        key: key.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_that_travels_arrives_as_it_was() {
        let there = StuckPlace {
            since: DateTime::from_timestamp_micros(1_795_312_345_678_901).unwrap(),
            key: "item-0198".to_owned(),
        };
        assert_eq!(place(&cursor(&there)), Some(there));
        assert_eq!(place("tomorrow"), None);
    }
}
