//! The screen of one piece of work: what it is about, how often it was tried, what the portal said, what can be done.

use super::stuck::buttons;
use super::tone;
use crate::assignments;
use crate::naming;
use crate::open::{Monitor, ScreenRefused, View};
use crate::screen::{Fact, Facts, Link, Notice, Part, Screen, Tone};
use crate::table::{Cell, Column, Row, Table};
use certlens_store::{EventDetails, ItemDetails, ItemId, Job, MemberId, WorkId};

/// All that is known of it.
pub(super) async fn screen(monitor: &Monitor, view: &View<'_>, id: &WorkId) -> Result<Screen, ScreenRefused> {
    let scope = view.scope.portal();
    let screen = match id {
        WorkId::Item(item) => {
            let details = monitor.store.item_details(scope, *item).await?;
            item_screen(monitor, view, *item, details.ok_or(ScreenRefused::NotFound)?).await?
        }
        WorkId::Event(event) => {
            let details = monitor.store.event_details(scope, *event).await?;
            let details = details.ok_or(ScreenRefused::NotFound)?;
            let portal = portal(monitor, view, &details.member_id).await?;
            event_screen(view, id, &details, portal)
        }
        WorkId::Job(member_id, kind) => {
            if scope.is_some_and(|portal| portal != member_id) {
                return Err(ScreenRefused::NotFound);
            }
            let job = monitor.store.job(member_id, kind).await?;
            let job = job.ok_or(ScreenRefused::NotFound)?;
            let portal = portal(monitor, view, member_id).await?;
            job_screen(view, (member_id, portal), kind, job)
        }
    };
    Ok(Screen {
        above: Some(Link::to(
            view.texts.screen(view.address.screen),
            &view.address.beside(view.address.screen),
        )),
        ..screen
    })
}

/// The portal by the name that people know, which leads to its part of the queue.
async fn portal(monitor: &Monitor, view: &View<'_>, member_id: &MemberId) -> Result<Cell, ScreenRefused> {
    let portal = monitor.store.portal(member_id).await?;
    let name = portal.map_or_else(|| member_id.to_string(), |portal| portal.address.domain);
    let address = view.address.beside(view.address.screen).of_portal(member_id);
    Ok(Cell::link(name, &address))
}

fn facts(rows: Vec<(&str, Cell)>) -> Part {
    let rows = rows
        .into_iter()
        .filter(|(_, value)| *value != Cell::Nothing)
        .map(|(name, value)| Fact {
            name: name.to_owned(),
            value,
        });
    Part::Facts(Facts {
        title: None,
        rows: rows.collect(),
    })
}

async fn item_screen(
    monitor: &Monitor,
    view: &View<'_>,
    id: ItemId,
    item: ItemDetails,
) -> Result<Screen, ScreenRefused> {
    let texts = view.texts;
    let card = naming::card(texts, item.entity, item.card_title.as_deref());
    let title = format!("{}: {card}", texts.item_kind(&item.kind));
    let mut screen = Screen::new(title, texts.work_lead());
    if item.is_uncertain {
        screen.parts.push(Part::Notice(Notice {
            tone: Tone::Warning,
            text: texts.work_uncertain().to_owned(),
            links: Vec::new(),
        }));
    }
    let people = item
        .subscribers
        .iter()
        .map(|(user, name)| naming::person(*user, name.as_deref()))
        .collect();
    let responsible = item.responsible.as_ref().map(|(user, name)| {
        let person = naming::person(*user, name.as_deref());
        match &item.assigned_rule {
            Some(rule) => format!("{person}, {}", texts.assignment_rule(rule)),
            None => person,
        }
    });
    let is_open = matches!(item.state.as_str(), "waiting" | "unassignable");
    screen.parts.push(facts(vec![
        (
            texts.queue_card(),
            naming::card_link(texts, &item.origin, item.entity, item.card_title.as_deref()),
        ),
        (
            texts.queue_state(),
            Cell::state(texts.work_state(&item.state), tone(&item.state)),
        ),
        (texts.queue_reason(), Cell::text(item.reason.clone())),
        (texts.queue_attempts(), Cell::Number(i64::from(item.attempts))),
        (texts.work_planned(), Cell::Moment(item.created_at)),
        (texts.queue_due(), Cell::moment(is_open.then_some(item.due_at))),
        (texts.work_finished(), Cell::moment(item.finished_at)),
        (texts.work_subscribers(), Cell::Lines(people)),
        (texts.work_assigned(), Cell::text(responsible)),
        (texts.work_object(), Cell::text(item.portal_object.clone())),
    ]));
    let is_stuck = matches!(item.state.as_str(), "dead" | "unassignable")
        || (item.state == "waiting" && item.attempts > 0);
    if is_stuck {
        screen.parts.push(Part::Buttons(buttons(
            view,
            &item.member_id,
            WorkId::Item(id),
            &card,
        )));
        screen.parts.push(Part::Form(
            assignments::assign_form(monitor, view, &item.member_id, Some(id)).await?,
        ));
    }
    Ok(screen
        .with(Part::Table(refusals(view, &item)))
        .with(Part::Table(news(view, &item))))
}

fn refusals(view: &View<'_>, item: &ItemDetails) -> Table {
    let texts = view.texts;
    let mut table = Table::new(
        "refusals",
        texts.work_refusals(),
        vec![
            Column::number("at", texts.queue_since()),
            Column::text("person", texts.assignments_person()),
            Column::text("rule", texts.assignments_rule()),
            Column::text("reason", texts.queue_reason()),
            Column::text("words", texts.assignments_words()),
        ],
        texts.work_refusals_empty(),
    );
    table.rows = item
        .refusals
        .iter()
        .enumerate()
        .map(|(place, refusal)| {
            Row::new(
                place.to_string(),
                vec![
                    Cell::Moment(refusal.at),
                    Cell::Text(naming::person(refusal.user, refusal.name.as_deref())),
                    Cell::Text(texts.assignment_rule(&refusal.rule)),
                    Cell::Text(texts.refusal_reason(&refusal.reason)),
                    Cell::text(refusal.words.clone()),
                ],
            )
        })
        .collect();
    table
}

fn news(view: &View<'_>, item: &ItemDetails) -> Table {
    let texts = view.texts;
    let mut table = Table::new(
        "news",
        texts.work_news(),
        vec![
            Column::text("kind", texts.work_news_kind()),
            Column::text("document", texts.work_document()),
            Column::text("identifiers", texts.work_identifiers()),
            Column::number("found", texts.work_found()),
        ],
        texts.work_news_empty(),
    );
    table.rows = item
        .news
        .iter()
        .enumerate()
        .map(|(place, news)| {
            Row::new(
                place.to_string(),
                vec![
                    Cell::Text(texts.news_kind(&news.kind)),
                    Cell::Text(format!("{} ({})", news.document, news.registry)),
                    Cell::Lines(news.identifiers.clone()),
                    Cell::Moment(news.found_at),
                ],
            )
        })
        .collect();
    table
}

fn event_screen(view: &View<'_>, id: &WorkId, event: &EventDetails, portal: Cell) -> Screen {
    let texts = view.texts;
    let mut screen = Screen::new(event.event.clone(), texts.work_lead());
    if !event.is_proved {
        screen.parts.push(Part::Notice(Notice {
            tone: Tone::Warning,
            text: texts.work_unproved().to_owned(),
            links: Vec::new(),
        }));
    }
    let subject = event
        .subject
        .as_ref()
        .map(|subject| format!("{} #{}", subject.kind, subject.id));
    let is_pending = event.state == "pending";
    let state = if is_pending { "waiting" } else { &event.state };
    screen.parts.push(facts(vec![
        (texts.work_subject(), Cell::text(subject)),
        (
            texts.queue_state(),
            Cell::state(texts.work_state(state), tone(state)),
        ),
        (texts.queue_reason(), Cell::text(event.reason.clone())),
        (texts.queue_attempts(), Cell::Number(i64::from(event.attempts))),
        (texts.work_received(), Cell::Moment(event.received_at)),
        (
            texts.queue_due(),
            Cell::moment(is_pending.then_some(event.due_at)),
        ),
        (texts.portal(), portal),
    ]));
    if event.state == "failed" || (is_pending && event.attempts > 0) {
        let buttons = buttons(view, &event.member_id, id.clone(), &event.event);
        screen.parts.push(Part::Buttons(buttons));
    }
    screen
}

fn job_screen(view: &View<'_>, (member_id, portal): (&MemberId, Cell), kind: &str, job: Job) -> Screen {
    let texts = view.texts;
    let state = match (job.is_running, &job.last_error) {
        (true, _) => "running",
        (false, Some(_)) => "late",
        (false, None) => "waiting",
    };
    let mut screen = Screen::new(texts.work_kind(kind), texts.work_lead());
    let is_stuck = state == "late";
    screen.parts.push(facts(vec![
        (texts.portal(), portal),
        (
            texts.queue_state(),
            Cell::state(texts.work_state(state), tone(state)),
        ),
        (texts.queue_reason(), Cell::text(job.last_error)),
        (texts.queue_attempts(), Cell::Number(i64::from(job.attempts))),
        (texts.queue_due(), Cell::moment(job.due_at)),
        (texts.work_last_started(), Cell::moment(job.last_started_at)),
        (texts.work_last_success(), Cell::moment(job.last_success_at)),
        (
            texts.work_progress(),
            job.progress
                .map_or(Cell::Nothing, |progress| Cell::Code(progress.to_string())),
        ),
    ]));
    if is_stuck {
        let id = WorkId::Job(member_id.clone(), kind.to_owned());
        let buttons = buttons(view, member_id, id, &texts.work_kind(kind));
        screen.parts.push(Part::Buttons(buttons));
    }
    screen
}
