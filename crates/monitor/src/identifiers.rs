//! The screens of tracked identifiers: the list, and the story of one on a single line of time; a recount of one at once.

mod actions;
mod story;

use crate::Action;
use crate::address::{Address, ScreenName};
use crate::form::{Field, Filters};
use crate::open::{Monitor, ScreenRefused, View};
use crate::screen::{Button, Fact, Facts, Link, Moment, Notice, Part, Screen, Story, Tone};
use crate::table::{Cell, Column, Order, Row, Table, next_page};
use crate::texts::Texts;
pub use actions::IdentifierAction;
use certlens_domain::identifier::Identifier;
use certlens_store::{RecountState, StoreError, TrackedIdentifier, TrackedOrder, TrackedQuery, TrackedState};
use chrono::{DateTime, Utc};
use story::{import_moment, own_moment, status_moment};

/// Moments on a page of a story.
const MOMENTS: usize = 50;
/// Recounts among which the last one that ended is looked for.
const RECOUNTS: u32 = 20;

/// The list, or one identifier.
pub(crate) async fn screen(monitor: &Monitor, view: &View<'_>) -> Result<Screen, ScreenRefused> {
    match &view.address.subject {
        Some(identifier) => one(monitor, view, identifier).await,
        None => list(monitor, view).await,
    }
}

async fn list(monitor: &Monitor, view: &View<'_>) -> Result<Screen, ScreenRefused> {
    let (texts, address) = (view.texts, view.address);
    let state = address.filter("state").and_then(|state| state.parse().ok());
    // Those in trouble are few; they are listed by number.
    let orders: &[&'static str] = if state.is_some() {
        &["identifier"]
    } else {
        &["identifier", "news"]
    };
    let shown = Order::of(address, orders);
    let order = match shown.key {
        "news" => TrackedOrder::News,
        _ => TrackedOrder::Identifier,
    };
    let query = TrackedQuery {
        member_id: view.scope.portal(),
        prefix: address.filter("text"),
        state,
        order,
        is_descending: shown.is_descending,
        after: address.cursor(),
        limit: view.rows + 1,
    };
    let mut tracked = monitor.store.tracked_identifiers(&query).await?;
    let next = next_page(&mut tracked, view.rows, |last| last.place_in(order));
    let mut table = Table::new(
        "identifiers",
        texts.screen(address.screen),
        columns(view, state.is_some()),
        texts.identifiers_empty(),
    );
    let recounted_at = recounted_at(monitor).await?;
    table.rows = tracked
        .iter()
        .map(|tracked| row(view, tracked, recounted_at))
        .collect();
    table.sort = Some(shown.to_string());
    table.next = next;
    table.is_exportable = true;
    Ok(
        Screen::new(texts.screen(address.screen), texts.identifiers_lead())
            .with(Part::Filters(filters(view)))
            .with(Part::Table(table)),
    )
}

fn columns(view: &View<'_>, is_by_number_only: bool) -> Vec<Column> {
    let texts = view.texts;
    let news = Column::number("news", texts.identifier_news_at());
    let mut columns = vec![
        Column::text("identifier", texts.identifier()).sortable(),
        Column::text("kind", texts.identifier_kind()),
        Column::number("cards", texts.identifier_cards()),
        Column::number("subscribers", texts.identifier_subscribers()),
        Column::number("recount", texts.identifier_recounted_at()),
        if is_by_number_only { news } else { news.sortable() },
        Column::text("state", texts.identifier_state()),
    ];
    if view.scope.is_whole() {
        columns.insert(2, Column::number("portals", texts.identifier_portals()));
    }
    columns
}

fn row(view: &View<'_>, tracked: &TrackedIdentifier, recounted_at: Option<DateTime<Utc>>) -> Row {
    let texts = view.texts;
    let mut cells = vec![
        Cell::link(tracked.identifier.clone(), &story_of(view, &tracked.identifier)),
        Cell::text(kinds(texts, &tracked.identifier)),
        figure(tracked.cards, tracked.are_more),
        figure(tracked.subscribers, tracked.are_more),
        Cell::moment(recounted_at),
        Cell::moment(tracked.last_news_at),
        state(texts, tracked),
    ];
    if view.scope.is_whole() {
        cells.insert(2, figure(tracked.portals, tracked.are_more));
    }
    Row {
        buttons: vec![recount_button(view, &tracked.identifier)],
        ..Row::new(key(&tracked.identifier), cells)
    }
}

/// A name of a row has no letters of other alphabets.
fn key(identifier: &str) -> String {
    identifier
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect()
}

/// A figure, or "at least" it.
fn figure(count: i64, are_more: bool) -> Cell {
    if are_more {
        Cell::Text(format!("≥ {count}"))
    } else {
        Cell::Number(count)
    }
}

fn kinds(texts: Texts, identifier: &str) -> Option<String> {
    let parsed = Identifier::parse(identifier).ok()?;
    let names: Vec<&str> = parsed.kinds().map(|kind| kind.name(texts.language())).collect();
    Some(names.join(", "))
}

/// What is wrong with the number itself.
fn flaw(texts: Texts, identifier: &str) -> Option<String> {
    match Identifier::parse(identifier) {
        Ok(parsed) if parsed.is_valid() => None,
        Ok(parsed) => parsed.reason(texts.language()),
        Err(error) => Some(error.explain(texts.language())),
    }
}

fn state(texts: Texts, tracked: &TrackedIdentifier) -> Cell {
    match tracked.state {
        TrackedState::ItemDead => Cell::state(texts.identifier_state_word(tracked.state), Tone::Bad),
        TrackedState::NewsWaiting => Cell::state(texts.identifier_state_word(tracked.state), Tone::Warning),
        TrackedState::Quiet if flaw(texts, &tracked.identifier).is_some() => {
            Cell::state(texts.identifier_invalid(), Tone::Warning)
        }
        TrackedState::Quiet => Cell::state(texts.identifier_state_word(tracked.state), Tone::Good),
    }
}

fn story_of(view: &View<'_>, identifier: &str) -> Address {
    let address = Address::about(ScreenName::Identifiers, identifier);
    match view.scope.portal().filter(|_| view.viewer.is_operator()) {
        Some(portal) => address.of_portal(portal),
        None => address,
    }
}

fn recount_button(view: &View<'_>, identifier: &str) -> Button {
    let action = Action::Identifier(IdentifierAction::Recount {
        identifier: identifier.to_owned(),
        member_id: view.viewer.portal().cloned(),
    });
    Button::new(view.texts.recount_now(), &action).about(identifier)
}

fn filters(view: &View<'_>) -> Filters {
    let (texts, address) = (view.texts, view.address);
    let states = [TrackedState::NewsWaiting, TrackedState::ItemDead]
        .into_iter()
        .map(|state| {
            (
                state.key().to_owned(),
                texts.identifier_state_word(state).to_owned(),
            )
        });
    Filters {
        fields: vec![
            Field::text(
                "text",
                texts.identifier_begins_with(),
                address.filter("text"),
                "7707083893",
            ),
            Field::choice(
                "state",
                texts.identifier_state(),
                address.filter("state"),
                texts.any(),
                states,
            ),
        ],
        reset: Filters::reset_of(address),
    }
}

/// When a recount last came to its end: each looks at all tracked identifiers.
async fn recounted_at(monitor: &Monitor) -> Result<Option<DateTime<Utc>>, StoreError> {
    let recounts = monitor.store.recounts(RECOUNTS).await?;
    let done = recounts
        .into_iter()
        .find(|recount| recount.state == RecountState::Done);
    Ok(done.and_then(|recount| recount.finished_at))
}

async fn one(monitor: &Monitor, view: &View<'_>, identifier: &str) -> Result<Screen, ScreenRefused> {
    let texts = view.texts;
    let before = view
        .address
        .cursor()
        .and_then(|at| at.parse::<DateTime<Utc>>().ok())
        .unwrap_or(view.now);
    let limit = i64::try_from(MOMENTS).unwrap_or(i64::MAX) + 1;
    let own = monitor
        .store
        .tracked_story(view.scope.portal(), identifier, before, limit)
        .await?;
    let query = TrackedQuery {
        member_id: view.scope.portal(),
        prefix: Some(identifier),
        limit: 1,
        ..TrackedQuery::default()
    };
    let tracked = monitor.store.tracked_identifiers(&query).await?;
    let tracked = tracked
        .into_iter()
        .find(|tracked| tracked.identifier == identifier);
    // Somebody else's identifiers are nobody's business; those that were tracked have a story.
    if tracked.is_none() && own.is_empty() && view.address.cursor().is_none() {
        return Err(ScreenRefused::NotFound);
    }
    let importer = monitor.intake.importer();
    let touches = importer.touches(identifier, before, limit).await?;
    let statuses = importer.status_touches(identifier, before, limit).await?;
    let mut screen = Screen::new(identifier, texts.identifier_lead());
    screen.above = Some(Link::to(
        texts.screen(ScreenName::Identifiers),
        &view.address.beside(ScreenName::Identifiers),
    ));
    if let Some(flaw) = flaw(texts, identifier) {
        screen = screen.with(Part::Notice(Notice {
            tone: Tone::Warning,
            text: texts.identifier_flaw(&flaw),
            links: Vec::new(),
        }));
    }
    if let Some(tracked) = &tracked {
        let facts = facts(texts, tracked, recounted_at(monitor).await?);
        screen = screen
            .with(Part::Facts(facts))
            .with(Part::Buttons(vec![recount_button(view, identifier)]));
    } else {
        screen = screen.with(Part::Notice(Notice {
            tone: Tone::Plain,
            text: texts.identifier_not_tracked().to_owned(),
            links: Vec::new(),
        }));
    }
    let mut moments: Vec<Moment> = own.into_iter().map(|moment| own_moment(view, moment)).collect();
    moments.extend(touches.iter().map(|touch| import_moment(view, touch)));
    moments.extend(statuses.iter().map(|change| status_moment(texts, change)));
    // Stable: what happened in one moment stays in the order above.
    moments.sort_by_key(|moment| std::cmp::Reverse(moment.at));
    let earlier = (moments.len() > MOMENTS).then(|| {
        moments.truncate(MOMENTS);
        moments
            .last()
            .map(|last| view.address.clone().at(&last.at.to_rfc3339()).to_string())
            .unwrap_or_default()
    });
    Ok(screen.with(Part::Story(Story {
        title: texts.identifier_story().to_owned(),
        moments,
        earlier,
        empty: texts.identifier_story_empty().to_owned(),
    })))
}

fn facts(texts: Texts, tracked: &TrackedIdentifier, recounted_at: Option<DateTime<Utc>>) -> Facts {
    let rows = [
        (
            texts.identifier_kind(),
            Cell::text(kinds(texts, &tracked.identifier)),
        ),
        (
            texts.identifier_portals(),
            figure(tracked.portals, tracked.are_more),
        ),
        (texts.identifier_cards(), figure(tracked.cards, tracked.are_more)),
        (
            texts.identifier_subscribers(),
            figure(tracked.subscribers, tracked.are_more),
        ),
        (texts.identifier_recounted_at(), Cell::moment(recounted_at)),
        (texts.identifier_news_at(), Cell::moment(tracked.last_news_at)),
        (texts.identifier_state(), state(texts, tracked)),
    ];
    Facts {
        title: None,
        rows: rows
            .into_iter()
            .filter(|(_, value)| *value != Cell::Nothing)
            .map(|(name, value)| Fact {
                name: name.to_owned(),
                value,
            })
            .collect(),
    }
}
