//! The screen of the queue: how much work waits, what is stuck and why, what people stopped.

pub(crate) mod actions;
mod work;

use crate::action::Action;
use crate::form::{Field, Filters, Form, Input};
use crate::naming;
use crate::open::{Monitor, ScreenRefused, View};
use crate::screen::{Button, Figure, Figures, Part, Screen, Tone};
use crate::table::{Cell, Column, Row, Table};
use actions::{KINDS, PAUSE_FORM};
use certlens_store::queue::{EVENTS, ITEMS};
use certlens_store::{
    MemberId, PortalQueueDepth, StuckOrder, StuckPlace, StuckQuery, StuckState, StuckWork, WorkId,
};
use chrono::DateTime;
use serde_json::json;
use std::collections::BTreeMap;

pub use actions::QueueAction;

/// Portals and kinds in the table of depths.
const MOST_DEPTHS: i64 = 200;
/// What stands for the keys of chosen rows in a bulk button.
pub(crate) const SELECTED: &str = "$selected";

/// The queue, or one piece of work.
pub(crate) async fn screen(monitor: &Monitor, view: &View<'_>) -> Result<Screen, ScreenRefused> {
    if let Some(subject) = &view.address.subject {
        let id: WorkId = subject.parse().map_err(|_| ScreenRefused::NotFound)?;
        return work::screen(monitor, view, &id).await;
    }
    let texts = view.texts;
    let mut screen = Screen::new(texts.screen(view.address.screen), texts.queue_lead());
    screen.parts.push(Part::Figures(totals(monitor, view).await?));
    for table in [pauses(monitor, view).await?, refusing(monitor, view).await?] {
        if !table.rows.is_empty() {
            screen.parts.push(Part::Table(table));
        }
    }
    let stuck = stuck(monitor, view).await?;
    if !stuck.rows.is_empty() {
        screen.parts.push(Part::Buttons(vec![retry_all(view)]));
    }
    Ok(screen
        .with(Part::Filters(filters(monitor, view).await?))
        .with(Part::Table(stuck))
        .with(Part::Table(depths(monitor, view).await?))
        .with(Part::Form(pause_form(view))))
}

fn retry_all(view: &View<'_>) -> Button {
    let action = QueueAction::RetryAll {
        member_id: view.scope.portal().cloned(),
        kind: view.address.filter("kind").map(str::to_owned),
    };
    Button::new(view.texts.queue_retry_all(), &Action::Queue(action)).asking()
}

/// How much there is in each state, all kinds together.
async fn totals(monitor: &Monitor, view: &View<'_>) -> Result<Figures, ScreenRefused> {
    let depths = monitor.store.queue_depths(view.scope.portal()).await?;
    let figure = |state: &str, tone: Tone, is_filter: bool| {
        let pieces: i64 = depths
            .iter()
            .filter(|depth| depth.state == state)
            .map(|depth| depth.pieces)
            .sum();
        let oldest = depths
            .iter()
            .filter(|depth| depth.state == state)
            .filter_map(|depth| depth.oldest)
            .min();
        Figure {
            label: view.texts.work_state(state),
            value: pieces.to_string(),
            hint: oldest.map(|at| {
                format!(
                    "{}: {} UTC",
                    view.texts.queue_oldest(),
                    at.format("%Y-%m-%d %H:%M")
                )
            }),
            tone: if pieces > 0 { tone } else { Tone::Plain },
            address: is_filter.then(|| view.address.clone().with("state", state).to_string()),
        }
    };
    Ok(Figures {
        title: None,
        figures: vec![
            figure("waiting", Tone::Plain, false),
            figure("running", Tone::Plain, false),
            figure("late", Tone::Warning, true),
            figure("unassignable", Tone::Warning, true),
            figure("dead", Tone::Bad, true),
        ],
    })
}

async fn pauses(monitor: &Monitor, view: &View<'_>) -> Result<Table, ScreenRefused> {
    let texts = view.texts;
    let mut table = Table::new(
        "pauses",
        texts.queue_pauses(),
        vec![
            Column::text("portal", texts.portal()),
            Column::text("kind", texts.queue_kind()),
            Column::text("reason", texts.queue_reason()),
            Column::text("by", texts.queue_paused_by()),
            Column::number("since", texts.queue_since()),
        ],
        "",
    );
    let pauses = monitor.store.work_pauses(view.scope.portal()).await?;
    table.rows = pauses
        .into_iter()
        .map(|pause| {
            let portal = match &pause.member_id {
                Some(member_id) => naming::portal(view, member_id, pause.domain.as_deref()),
                None => Cell::Text(texts.all_portals().to_owned()),
            };
            let kind = texts.work_kind(&pause.kind);
            // What the operator stopped in all portals, an administrator sees and can't change.
            let may_resume = pause.member_id.is_some() || view.viewer.is_operator();
            let key = match &pause.member_id {
                Some(member_id) => format!("pause-{member_id}-{}", pause.kind),
                None => format!("pause-all-{}", pause.kind),
            };
            let mut row = Row::new(
                key.replace('*', "all"),
                vec![
                    portal,
                    Cell::Text(kind.clone()),
                    Cell::Text(pause.reason),
                    Cell::Text(pause.paused_by),
                    Cell::Moment(pause.paused_at),
                ],
            );
            if may_resume {
                let action = QueueAction::Resume {
                    member_id: pause.member_id,
                    kind: pause.kind,
                };
                let button = Button::new(texts.queue_resume(), &Action::Queue(action));
                row.buttons.push(button.asking().about(kind));
            }
            row
        })
        .collect();
    Ok(table)
}

async fn refusing(monitor: &Monitor, view: &View<'_>) -> Result<Table, ScreenRefused> {
    let texts = view.texts;
    let mut table = Table::new(
        "refusing",
        texts.queue_refusing(),
        vec![
            Column::text("portal", texts.portal()),
            Column::text("reason", texts.queue_reason()),
            Column::number("attempts", texts.queue_attempts()),
            Column::number("until", texts.queue_until()),
        ],
        "",
    );
    let portals = monitor.store.refusing_portals(view.scope.portal()).await?;
    table.rows = portals
        .into_iter()
        .map(|portal| {
            let mut row = Row::new(
                portal.member_id.to_string(),
                vec![
                    naming::portal(view, &portal.member_id, Some(&portal.domain)),
                    Cell::Text(portal.reason),
                    Cell::Number(i64::from(portal.failures)),
                    Cell::Moment(portal.until),
                ],
            );
            let action = QueueAction::Resume {
                member_id: Some(portal.member_id),
                kind: ITEMS.to_owned(),
            };
            let button = Button::new(texts.queue_try_now(), &Action::Queue(action));
            row.buttons.push(button.about(portal.domain));
            row
        })
        .collect();
    Ok(table)
}

async fn depths(monitor: &Monitor, view: &View<'_>) -> Result<Table, ScreenRefused> {
    let texts = view.texts;
    let mut columns = vec![
        Column::text("kind", texts.queue_kind()),
        Column::text("state", texts.queue_state()),
        Column::number("pieces", texts.queue_pieces()),
        Column::number("oldest", texts.queue_oldest()),
    ];
    if view.scope.is_whole() {
        columns.insert(0, Column::text("portal", texts.portal()));
    }
    let mut table = Table::new("depth", texts.queue_depth(), columns, texts.queue_depth_empty());
    let depths = monitor
        .store
        .queue_depths_by_portal(view.scope.portal(), MOST_DEPTHS)
        .await?;
    table.rows = depths.into_iter().map(|depth| depth_row(view, depth)).collect();
    Ok(table)
}

fn depth_row(view: &View<'_>, portal: PortalQueueDepth) -> Row {
    let texts = view.texts;
    let PortalQueueDepth {
        member_id,
        domain,
        depth,
    } = portal;
    let mut cells = vec![
        Cell::Text(texts.work_kind(&depth.kind)),
        Cell::state(texts.work_state(&depth.state), tone(&depth.state)),
        Cell::Number(depth.pieces),
        Cell::moment(depth.oldest),
    ];
    if view.scope.is_whole() {
        cells.insert(0, naming::portal(view, &member_id, domain.as_deref()));
    }
    let mut row = Row::new(format!("{member_id}-{}-{}", depth.kind, depth.state), cells);
    let about = format!(
        "{}, {}",
        domain.unwrap_or_else(|| member_id.to_string()),
        texts.work_kind(&depth.kind)
    );
    let action = QueueAction::Pause {
        member_id: Some(member_id),
        kind: depth.kind,
    };
    let button = Button::new(texts.queue_pause(), &Action::Queue(action));
    row.buttons.push(button.asking().about(about));
    row
}

/// How a state of work is meant.
pub(crate) fn tone(state: &str) -> Tone {
    match state {
        "dead" | "failed" => Tone::Bad,
        "late" | "unassignable" => Tone::Warning,
        "sent" | "done" => Tone::Good,
        _ => Tone::Plain,
    }
}

async fn filters(monitor: &Monitor, view: &View<'_>) -> Result<Filters, ScreenRefused> {
    let (texts, address) = (view.texts, view.address);
    let kinds = KINDS[1..]
        .iter()
        .map(|kind| ((*kind).to_owned(), texts.work_kind(kind)));
    let states = StuckState::ALL
        .into_iter()
        .map(|state| (state.key().to_owned(), texts.stuck_state(state)));
    let mut fields: Vec<Field> = naming::portal_filter(&monitor.store, view)
        .await?
        .into_iter()
        .collect();
    fields.extend([
        Field::choice(
            "kind",
            texts.queue_kind(),
            address.filter("kind"),
            texts.any(),
            kinds,
        ),
        Field::choice(
            "state",
            texts.queue_state(),
            address.filter("state"),
            texts.any(),
            states,
        ),
        Field::text(
            "text",
            texts.queue_text(),
            address.filter("text"),
            "ACCESS_DENIED",
        ),
    ]);
    Ok(Filters {
        fields,
        reset: Filters::reset_of(address),
    })
}

/// The work that is stuck, a page of it. Also what the screen of assignments shows of its own.
pub(crate) async fn stuck(monitor: &Monitor, view: &View<'_>) -> Result<Table, ScreenRefused> {
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
fn buttons(view: &View<'_>, member_id: &MemberId, id: WorkId, about: &str) -> Vec<Button> {
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
    let order = |name: &str| json!({"queue": {name: {"member_id": view.scope.portal(), "ids": SELECTED}}});
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

fn pause_form(view: &View<'_>) -> Form {
    let texts = view.texts;
    let kinds = KINDS
        .iter()
        .map(|kind| ((*kind).to_owned(), texts.work_kind(kind)))
        .collect();
    let context = view
        .scope
        .portal()
        .map(|member_id| ("member_id".to_owned(), member_id.to_string()));
    Form {
        key: PAUSE_FORM,
        title: texts.queue_pause_form().to_owned(),
        hint: Some(texts.queue_pause_hint().to_owned()),
        context: context.into_iter().collect::<BTreeMap<_, _>>(),
        fields: vec![Field::new(
            "kind",
            texts.queue_kind(),
            Input::Choice {
                value: ITEMS.to_owned(),
                options: kinds,
            },
        )],
        button: texts.queue_pause().to_owned(),
        asks: true,
    }
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
