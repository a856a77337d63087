//! The screen of people: who is there, and one of them with what can be done: absence, moving of subscriptions.

pub(crate) mod actions;

use crate::action::Action;
use crate::form::{Field, Filters, Form, Input};
use crate::naming;
use crate::open::{Monitor, ScreenRefused, View};
use crate::screen::{Button, Fact, Facts, Link, Part, Screen, Target, Tone};
use crate::subscriptions::move_form;
use crate::table::{Cell, Column, Order, Row, Table};
use crate::{Address, ScreenName};
use actions::ABSENCE_FORM;
use certlens_portals::STAFF_JOB;
use certlens_store::{
    ListedPerson, MemberId, PeopleOrder, PeoplePlace, PeopleQuery, PersonState, StoreError, UserId,
};
use chrono::NaiveDate;
use std::collections::BTreeMap;

pub use actions::PeopleAction;

/// People, or one of them.
pub(crate) async fn screen(monitor: &Monitor, view: &View<'_>) -> Result<Screen, ScreenRefused> {
    let texts = view.texts;
    if let Some(subject) = &view.address.subject {
        let user = subject.parse().map_err(|_| ScreenRefused::NotFound)?;
        return person_screen(monitor, view, UserId(user)).await;
    }
    let mut screen = Screen::new(texts.screen(view.address.screen), texts.people_lead());
    if view.is_for_a_file() {
        return Ok(screen.with(Part::Table(table(monitor, view).await?)));
    }
    if let Some(member_id) = view.scope.portal() {
        screen.parts.push(readings(monitor, view, member_id).await?);
        let read = PeopleAction::ReadList {
            member_id: member_id.clone(),
        };
        let button = Button::new(texts.people_read_now(), &Action::People(read));
        screen.parts.push(Part::Buttons(vec![button.asking()]));
    }
    Ok(screen
        .with(Part::Filters(filters(monitor, view).await?))
        .with(Part::Table(table(monitor, view).await?)))
}

/// When the portal's people were read, and why not.
async fn readings(monitor: &Monitor, view: &View<'_>, member_id: &MemberId) -> Result<Part, StoreError> {
    let texts = view.texts;
    let readings = monitor.store.staff_readings(member_id).await?;
    let job = monitor.store.job(member_id, STAFF_JOB).await?;
    let moment =
        |at: Option<_>| at.map_or_else(|| Cell::state(texts.people_never(), Tone::Warning), Cell::Moment);
    let mut rows = vec![
        (texts.people_read(), moment(readings.users_read_at)),
        (
            texts.people_departments_read(),
            moment(readings.departments_read_at),
        ),
    ];
    if let Some(words) = readings.departments_refused {
        rows.push((
            texts.people_departments_refused(),
            Cell::state(words, Tone::Warning),
        ));
    }
    if let Some(job) = job {
        if let Some(error) = job.last_error {
            rows.push((texts.people_read_error(), Cell::state(error, Tone::Bad)));
        }
        rows.push((texts.people_next_reading(), Cell::moment(job.due_at)));
    }
    Ok(Part::Facts(Facts {
        title: None,
        rows: rows
            .into_iter()
            .map(|(name, value)| Fact {
                name: name.to_owned(),
                value,
            })
            .collect(),
    }))
}

async fn filters(monitor: &Monitor, view: &View<'_>) -> Result<Filters, StoreError> {
    let (texts, address) = (view.texts, view.address);
    let states = PersonState::ALL.map(|state| (state.key().to_owned(), texts.person_state(state).to_owned()));
    let mut fields: Vec<Field> = naming::portal_filter(&monitor.store, view)
        .await?
        .into_iter()
        .collect();
    fields.extend([
        Field::text("text", texts.people_text(), address.filter("text"), ""),
        Field::choice(
            "state",
            texts.people_state(),
            address.filter("state"),
            texts.any(),
            states,
        ),
        Field::new(
            "with_subscriptions",
            texts.people_with_subscriptions(),
            Input::Switch {
                is_on: address.filter("with_subscriptions") == Some("yes"),
            },
        ),
    ]);
    Ok(Filters {
        fields,
        reset: Filters::reset_of(address),
    })
}

async fn table(monitor: &Monitor, view: &View<'_>) -> Result<Table, StoreError> {
    let (texts, address) = (view.texts, view.address);
    let shown = Order::of(address, &["number", "name", "subscriptions", "dismissed"]);
    let order = match shown.key {
        "name" => PeopleOrder::Name,
        "subscriptions" => PeopleOrder::Subscriptions,
        "dismissed" => PeopleOrder::Dismissed,
        _ => PeopleOrder::Number,
    };
    let query = PeopleQuery {
        member_id: view.scope.portal(),
        state: address.filter("state").and_then(|state| state.parse().ok()),
        text: address.filter("text"),
        with_subscriptions: address.filter("with_subscriptions") == Some("yes"),
        user: None,
        order,
        is_descending: shown.is_descending,
        after: address.cursor().and_then(place),
        limit: view.rows + 1,
    };
    let mut people = monitor.store.listed_people(&query).await?;
    let next = crate::table::next_page(&mut people, view.rows, |last| {
        let place = last.place_in(order);
        format!("{}-{}-{}", place.member_id, place.user, place.value)
    });
    let mut columns = vec![
        Column::text("name", texts.people_name()).sortable(),
        Column::text("state", texts.people_state()),
        Column::number("absent", texts.people_absent()),
        Column::number("dismissed", texts.people_dismissed()).sortable(),
        Column::number("subscriptions", texts.people_subscriptions()).sortable(),
        Column::number("waiting", texts.people_waiting()),
    ];
    if view.scope.is_whole() {
        columns.insert(0, Column::text("portal", texts.portal()));
    }
    let mut table = Table::new("people", texts.people_table(), columns, texts.people_empty());
    table.rows = people.into_iter().map(|person| row(view, &person)).collect();
    table.sort = Some(shown.to_string());
    table.next = next;
    table.is_exportable = true;
    Ok(table)
}

/// `portal-number-value`: the value comes last, as a name may hold anything.
fn place(cursor: &str) -> Option<PeoplePlace> {
    let mut parts = cursor.splitn(3, '-');
    Some(PeoplePlace {
        member_id: parts.next()?.to_owned(),
        user: UserId(parts.next()?.parse().ok()?),
        value: parts.next()?.to_owned(),
    })
}

fn row(view: &View<'_>, person: &ListedPerson) -> Row {
    let details = Address::about(ScreenName::People, person.user.to_string()).of_portal(&person.member_id);
    let name = naming::person(person.user, person.name.as_deref());
    let mut cells = vec![
        Cell::link(name, &details),
        state_cell(view, person),
        person.absent_until.map_or(Cell::Nothing, Cell::Day),
        Cell::moment(person.dismissed_at),
        Cell::Number(person.subscriptions),
        Cell::Number(person.waiting),
    ];
    if view.scope.is_whole() {
        cells.insert(0, naming::portal(view, &person.member_id, Some(&person.domain)));
    }
    Row::new(format!("{}-{}", person.member_id, person.user), cells)
}

fn state_cell(view: &View<'_>, person: &ListedPerson) -> Cell {
    let (state, tone) = state(person, view.today);
    Cell::state(view.texts.person_state(state), tone)
}

fn state(person: &ListedPerson, today: NaiveDate) -> (PersonState, Tone) {
    match person.is_active {
        // Somebody who left with subscriptions is a matter for the administrator.
        Some(false) if person.subscriptions + person.waiting > 0 => (PersonState::Dismissed, Tone::Warning),
        Some(false) => (PersonState::Dismissed, Tone::Plain),
        _ if person.absent_until.is_some_and(|until| until >= today) => (PersonState::Absent, Tone::Warning),
        None => (PersonState::Unknown, Tone::Plain),
        Some(true) if person.is_administrator => (PersonState::Administrator, Tone::Good),
        Some(true) => (PersonState::Active, Tone::Good),
    }
}

async fn person_screen(monitor: &Monitor, view: &View<'_>, user: UserId) -> Result<Screen, ScreenRefused> {
    let texts = view.texts;
    // A number names somebody else in each portal.
    let member_id = view.scope.portal().ok_or(ScreenRefused::NotFound)?;
    let query = PeopleQuery {
        member_id: Some(member_id),
        user: Some(user),
        limit: 1,
        ..PeopleQuery::default()
    };
    let people = monitor.store.listed_people(&query).await?;
    let person = people.into_iter().next().ok_or(ScreenRefused::NotFound)?;
    let name = naming::person(user, person.name.as_deref());
    let subscriptions = Address::of(ScreenName::Subscriptions)
        .of_portal(member_id)
        .with("user", user.to_string());
    let mut screen = Screen::new(name.clone(), texts.people_lead());
    screen.above = Some(Link::to(
        texts.screen(view.address.screen),
        &view.address.beside(view.address.screen),
    ));
    let facts = vec![
        (texts.people_state(), state_cell(view, &person)),
        (
            texts.people_absent(),
            person.absent_until.map_or(Cell::Nothing, Cell::Day),
        ),
        (texts.people_dismissed(), Cell::moment(person.dismissed_at)),
        (
            texts.people_their_subscriptions(),
            Cell::Link {
                text: person.subscriptions.to_string(),
                to: Target::Screen(subscriptions.to_string()),
            },
        ),
        (texts.people_waiting(), Cell::Number(person.waiting)),
    ];
    screen.parts.push(Part::Facts(Facts {
        title: None,
        rows: facts
            .into_iter()
            .filter(|(_, value)| *value != Cell::Nothing)
            .map(|(name, value)| Fact {
                name: name.to_owned(),
                value,
            })
            .collect(),
    }));
    if person.is_active != Some(false) {
        screen
            .parts
            .push(Part::Form(absence_form(view, member_id, &person)));
    }
    if person.subscriptions + person.waiting > 0 {
        let owner = user.to_string();
        let form = move_form(monitor, view, member_id, Some(&owner)).await?;
        screen.parts.push(Part::Form(form));
    }
    Ok(screen)
}

fn absence_form(view: &View<'_>, member_id: &MemberId, person: &ListedPerson) -> Form {
    let texts = view.texts;
    Form {
        key: ABSENCE_FORM,
        title: texts.absence_form().to_owned(),
        hint: Some(texts.absence_hint().to_owned()),
        context: BTreeMap::from([
            ("member_id".to_owned(), member_id.to_string()),
            ("user".to_owned(), person.user.to_string()),
        ]),
        fields: vec![Field::new(
            "until",
            texts.absence_until(),
            Input::Day {
                value: person.absent_until.filter(|until| *until >= view.today),
            },
        )],
        button: texts.absence_button().to_owned(),
        asks: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn person(is_active: Option<bool>, until: Option<&str>, subscriptions: i64) -> ListedPerson {
        ListedPerson {
            member_id: MemberId::parse(&"a".repeat(32)).unwrap(),
            domain: "a.example".to_owned(),
            user: UserId(7),
            name: None,
            name_in_order: String::new(),
            is_active,
            is_administrator: false,
            absent_until: until.map(|until| until.parse().unwrap()),
            dismissed_at: None,
            subscriptions,
            waiting: 0,
        }
    }

    #[rstest]
    #[case::works(Some(true), None, 1, PersonState::Active, Tone::Good)]
    #[case::away_today(Some(true), Some("2026-11-22"), 1, PersonState::Absent, Tone::Warning)]
    #[case::was_away(Some(true), Some("2026-11-21"), 1, PersonState::Active, Tone::Good)]
    #[case::left_with_subscriptions(Some(false), None, 1, PersonState::Dismissed, Tone::Warning)]
    #[case::left(Some(false), Some("2026-12-31"), 0, PersonState::Dismissed, Tone::Plain)]
    #[case::never_seen(None, None, 0, PersonState::Unknown, Tone::Plain)]
    fn person_stands_as_assignment_takes_it(
        #[case] is_active: Option<bool>,
        #[case] until: Option<&str>,
        #[case] subscriptions: i64,
        #[case] expected: PersonState,
        #[case] tone: Tone,
    ) {
        let today = "2026-11-22".parse().unwrap();
        assert_eq!(
            state(&person(is_active, until, subscriptions), today),
            (expected, tone)
        );
    }
}
