//! The screen of the queue: how much work waits, what is stuck and why, what people stopped.

pub(crate) mod actions;
mod stuck;
mod work;

use crate::action::Action;
use crate::form::{Field, Filters, Form, Input};
use crate::naming;
use crate::open::{Monitor, ScreenRefused, View};
use crate::screen::{Button, Figure, Figures, Part, Screen, Tone};
use crate::table::{Cell, Column, Row, Table};
use actions::{KINDS, PAUSE_FORM};
use certlens_store::queue::ITEMS;
use certlens_store::{PortalQueueDepth, StuckState, WorkId};
use std::collections::BTreeMap;

pub use actions::QueueAction;
pub(crate) use stuck::table as stuck_table;

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
    if view.is_for_a_file() {
        return Ok(screen.with(Part::Table(stuck::table(monitor, view).await?)));
    }
    screen.parts.push(Part::Figures(totals(monitor, view).await?));
    for table in [pauses(monitor, view).await?, refusing(monitor, view).await?] {
        if !table.rows.is_empty() {
            screen.parts.push(Part::Table(table));
        }
    }
    let stuck = stuck::table(monitor, view).await?;
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
