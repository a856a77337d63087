//! The screen of assignments: which rules work, who gets what, whom portals refused, what nobody can take.

pub(crate) mod actions;

use crate::form::{Field, Filters, Form, Input};
use crate::naming;
use crate::open::{Monitor, ScreenRefused, View};
use crate::queue;
use crate::screen::{Choice, ChoiceOption, Part, Screen};
use crate::table::{Cell, Column, Row, Table};
use crate::texts::Texts;
use crate::{Address, ScreenName};
use actions::ASSIGN_FORM;
use certlens_store::{ItemId, MemberId, RefusalQuery, StoreError, UserId};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

pub use actions::AssignmentAction;

/// People and portals in the tables of shares.
const MOST_SHARES: i64 = 100;

/// Over which time figures are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Span {
    Day,
    Week,
    Month,
}

impl Span {
    const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    const fn key(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    fn of(address: &Address) -> Self {
        let key = address.filter("span").unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|span| span.key() == key)
            .unwrap_or(Self::Day)
    }

    fn since(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - match self {
            Self::Day => TimeDelta::days(1),
            Self::Week => TimeDelta::days(7),
            Self::Month => TimeDelta::days(30),
        }
    }

    const fn text(self, texts: Texts) -> &'static str {
        match self {
            Self::Day => texts.assignments_day(),
            Self::Week => texts.assignments_week(),
            Self::Month => texts.assignments_month(),
        }
    }
}

/// The screen.
pub(crate) async fn screen(monitor: &Monitor, view: &View<'_>) -> Result<Screen, ScreenRefused> {
    let (texts, address) = (view.texts, view.address);
    let span = Span::of(address);
    let since = span.since(view.now);
    if view.is_for_a_file() {
        let screen = Screen::new(texts.screen(address.screen), texts.assignments_lead());
        return Ok(screen.with(Part::Table(refusals(monitor, view, since).await?)));
    }
    let stuck = stuck(monitor, view).await?;
    let mut screen = Screen::new(texts.screen(address.screen), texts.assignments_lead());
    let is_stuck = !stuck.rows.is_empty();
    screen.parts.push(Part::Table(stuck));
    if let Some(member_id) = view.scope.portal().filter(|_| is_stuck) {
        let form = assign_form(monitor, view, member_id, None).await?;
        screen.parts.push(Part::Form(form));
    }
    screen.parts.push(choice(view, span));
    screen.parts.push(Part::Table(rules(monitor, view, since).await?));
    screen
        .parts
        .push(Part::Table(people(monitor, view, since).await?));
    if view.scope.is_whole() {
        screen
            .parts
            .push(Part::Table(portals(monitor, view, since).await?));
    }
    Ok(screen
        .with(Part::Filters(filters(monitor, view).await?))
        .with(Part::Table(refusals(monitor, view, since).await?)))
}

fn choice(view: &View<'_>, present: Span) -> Part {
    let option = |span: Span| ChoiceOption {
        text: span.text(view.texts).to_owned(),
        address: view.address.clone().with("span", span.key()).to_string(),
        is_chosen: span == present,
    };
    Part::Choice(Choice {
        label: view.texts.assignments_span().to_owned(),
        options: Span::ALL.into_iter().map(option).collect(),
    })
}

/// What nobody can take, the queue's own list of it.
async fn stuck(monitor: &Monitor, view: &View<'_>) -> Result<Table, ScreenRefused> {
    let address = view
        .address
        .beside(ScreenName::Assignments)
        .with("state", "unassignable")
        .with("kind", "items");
    let narrowed = View {
        address: &address,
        ..view.clone()
    };
    let mut table = queue::stuck_table(monitor, &narrowed).await?;
    table.caption = view.texts.assignments_stuck().into();
    table.empty = view.texts.assignments_stuck_empty().into();
    table.key = "unassignable";
    // Its pages and orders are the queue's: this is its beginning.
    table.next = None;
    table.sort = None;
    table.is_exportable = false;
    for column in &mut table.columns {
        column.is_sortable = false;
    }
    Ok(table)
}

async fn rules(monitor: &Monitor, view: &View<'_>, since: DateTime<Utc>) -> Result<Table, StoreError> {
    let texts = view.texts;
    let mut table = Table::new(
        "rules",
        texts.assignments_rules(),
        vec![
            Column::text("rule", texts.assignments_rule()),
            Column::number("items", texts.assignments_items()),
            Column::number("passed_over", texts.assignments_passed_over()),
            Column::number("refused", texts.assignments_refused()),
        ],
        texts.assignments_empty(),
    );
    let shares = monitor.store.rule_shares(view.scope.portal(), since).await?;
    table.rows = shares
        .into_iter()
        .map(|share| {
            Row::new(
                share.rule.clone(),
                vec![
                    Cell::Text(texts.assignment_rule(&share.rule)),
                    Cell::Number(share.items),
                    Cell::Number(share.passed_over),
                    Cell::Number(share.refused),
                ],
            )
        })
        .collect();
    Ok(table)
}

async fn people(monitor: &Monitor, view: &View<'_>, since: DateTime<Utc>) -> Result<Table, StoreError> {
    let texts = view.texts;
    let mut columns = vec![
        Column::text("person", texts.assignments_person()),
        Column::number("items", texts.assignments_items()),
        Column::number("refusals", texts.assignments_refusals_count()),
    ];
    if view.scope.is_whole() {
        columns.insert(0, Column::text("portal", texts.portal()));
    }
    let mut table = Table::new(
        "people",
        texts.assignments_people(),
        columns,
        texts.assignments_empty(),
    );
    let shares = monitor
        .store
        .user_shares(view.scope.portal(), since, MOST_SHARES)
        .await?;
    table.rows = shares
        .into_iter()
        .map(|share| {
            let person = naming::person(share.user, share.name.as_deref());
            let details =
                Address::about(ScreenName::People, share.user.to_string()).of_portal(&share.member_id);
            let mut cells = vec![
                Cell::link(person, &details),
                Cell::Number(share.items),
                Cell::Number(share.refusals),
            ];
            if view.scope.is_whole() {
                cells.insert(0, naming::portal(view, &share.member_id, Some(&share.domain)));
            }
            Row::new(format!("{}-{}", share.member_id, share.user), cells)
        })
        .collect();
    Ok(table)
}

async fn portals(monitor: &Monitor, view: &View<'_>, since: DateTime<Utc>) -> Result<Table, StoreError> {
    let texts = view.texts;
    let mut table = Table::new(
        "portals",
        texts.assignments_portals(),
        vec![
            Column::text("portal", texts.portal()),
            Column::number("items", texts.assignments_items()),
            Column::number("refusals", texts.assignments_refusals_count()),
            Column::number("unassignable", texts.assignments_unassignable()),
        ],
        texts.assignments_empty(),
    );
    let shares = monitor.store.portal_shares(since, MOST_SHARES).await?;
    table.rows = shares
        .into_iter()
        .map(|share| {
            Row::new(
                share.member_id.to_string(),
                vec![
                    naming::portal(view, &share.member_id, Some(&share.domain)),
                    Cell::Number(share.items),
                    Cell::Number(share.refusals),
                    Cell::Number(share.unassignable),
                ],
            )
        })
        .collect();
    Ok(table)
}

async fn refusals(monitor: &Monitor, view: &View<'_>, since: DateTime<Utc>) -> Result<Table, StoreError> {
    let (texts, address) = (view.texts, view.address);
    let query = RefusalQuery {
        member_id: view.scope.portal(),
        since,
        reason: address.filter("reason"),
        user: address
            .filter("user")
            .and_then(|user| user.parse().ok())
            .map(UserId),
        before: address.cursor().and_then(|at| at.parse().ok()),
        limit: view.rows + 1,
    };
    let mut refusals = monitor.store.refusals(&query).await?;
    let next = crate::table::next_page(&mut refusals, view.rows, |last| last.id.to_string());
    let mut columns = vec![
        Column::number("at", texts.queue_since()),
        Column::text("card", texts.queue_card()),
        Column::text("person", texts.assignments_person()),
        Column::text("rule", texts.assignments_rule()),
        Column::text("reason", texts.queue_reason()),
        Column::text("words", texts.assignments_words()),
    ];
    if view.scope.is_whole() {
        columns.insert(1, Column::text("portal", texts.portal()));
    }
    let mut table = Table::new(
        "refusals",
        texts.assignments_refusals(),
        columns,
        texts.assignments_refusals_empty(),
    );
    table.rows = refusals
        .into_iter()
        .map(|refusal| {
            let work = certlens_store::WorkId::Item(refusal.item).to_string();
            let details = Address::about(ScreenName::Queue, work).of_portal(&refusal.member_id);
            let card = refusal.entity.map_or_else(
                || refusal.item.to_string(),
                |entity| naming::card(texts, entity, None),
            );
            let mut cells = vec![
                Cell::Moment(refusal.at),
                Cell::link(card, &details),
                Cell::Text(naming::person(refusal.user, refusal.name.as_deref())),
                Cell::Text(texts.assignment_rule(&refusal.rule)),
                Cell::Text(texts.refusal_reason(&refusal.reason)),
                Cell::text(refusal.words),
            ];
            if view.scope.is_whole() {
                cells.insert(1, naming::portal(view, &refusal.member_id, Some(&refusal.domain)));
            }
            Row::new(refusal.id.to_string(), cells)
        })
        .collect();
    table.next = next;
    table.is_exportable = true;
    Ok(table)
}

async fn filters(monitor: &Monitor, view: &View<'_>) -> Result<Filters, StoreError> {
    let (texts, address) = (view.texts, view.address);
    let reasons = ["refused", "dismissed", "absent", "unknown"]
        .map(|reason| (reason.to_owned(), texts.refusal_reason(reason)));
    let mut fields: Vec<Field> = naming::portal_filter(&monitor.store, view)
        .await?
        .into_iter()
        .collect();
    fields.push(Field::choice(
        "reason",
        texts.queue_reason(),
        address.filter("reason"),
        texts.any(),
        reasons,
    ));
    fields.push(Field::text(
        "user",
        texts.assignments_user(),
        address.filter("user"),
        "7",
    ));
    Ok(Filters {
        fields,
        reset: Filters::reset_of(address),
    })
}

/// The form that sends an item of the portal, or all that nobody can take, to a person.
pub(crate) async fn assign_form(
    monitor: &Monitor,
    view: &View<'_>,
    member_id: &MemberId,
    item: Option<ItemId>,
) -> Result<Form, StoreError> {
    let texts = view.texts;
    let mut context = BTreeMap::from([("member_id".to_owned(), member_id.to_string())]);
    if let Some(item) = item {
        context.insert("item".to_owned(), item.to_string());
    }
    let title = if item.is_some() {
        texts.assign_one()
    } else {
        texts.assign_all()
    };
    Ok(Form {
        key: ASSIGN_FORM,
        title: title.to_owned(),
        hint: Some(texts.assign_hint().to_owned()),
        context,
        fields: vec![person_field(monitor, texts, member_id, "user", texts.assignments_person()).await?],
        button: texts.assign_button().to_owned(),
        asks: true,
    })
}

/// The choice of somebody who works in the portal.
pub(crate) async fn person_field(
    monitor: &Monitor,
    texts: Texts,
    member_id: &MemberId,
    name: &str,
    label: &str,
) -> Result<Field, StoreError> {
    let mut options = vec![(String::new(), texts.assign_choose().to_owned())];
    options.extend(
        monitor
            .store
            .users(member_id)
            .await?
            .into_iter()
            .filter(|user| user.is_active == Some(true))
            .map(|user| {
                (
                    user.user_id.to_string(),
                    naming::person(user.user_id, user.name.as_deref()),
                )
            }),
    );
    Ok(Field::new(
        name,
        label,
        Input::Choice {
            value: String::new(),
            options,
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;

    #[test]
    fn span_that_nobody_knows_is_a_day() {
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).unwrap();
        let address = Address::of(ScreenName::Assignments).with("span", "a year");
        assert_eq!(Span::of(&address).since(now), now - TimeDelta::days(1));
        let address = address.with("span", "30d");
        assert_eq!(Span::of(&address).since(now), now - TimeDelta::days(30));
    }
}
