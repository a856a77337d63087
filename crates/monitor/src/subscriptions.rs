//! The screen of subscriptions: who wants to be told what, in which card; archive, restoration, moves.

pub(crate) mod actions;

use crate::action::Action;
use crate::assignments::person_field;
use crate::form::{Field, Filters, Form, Input};
use crate::naming;
use crate::open::{Monitor, ScreenRefused, View};
use crate::queue::SELECTED;
use crate::screen::{Button, Part, Screen, Tone};
use crate::table::{Cell, Column, Order, Row, Table};
use crate::{Address, ScreenName};
use actions::MOVE_FORM;
use certlens_domain::tracking::NewsKind;
use certlens_store::{
    ArchiveReason, CrmEntity, EntityType, ListedSubscription, ListingQuery, MemberId, PeopleQuery,
    StoreError, SubscriptionId, SubscriptionState, UserId,
};
use serde_json::json;
use std::collections::BTreeMap;

pub use actions::SubscriptionAction;

/// People in the choice of whose subscriptions move.
const MOST_OWNERS: i64 = 500;

/// The screen.
pub(crate) async fn screen(monitor: &Monitor, view: &View<'_>) -> Result<Screen, ScreenRefused> {
    let texts = view.texts;
    let screen = Screen::new(texts.screen(view.address.screen), texts.subscriptions_lead());
    if view.is_for_a_file() {
        return Ok(screen.with(Part::Table(table(monitor, view).await?)));
    }
    let mut screen = screen
        .with(Part::Filters(filters(monitor, view).await?))
        .with(Part::Table(table(monitor, view).await?));
    if let Some(member_id) = view.scope.portal() {
        let owner = view.address.filter("user").map(str::to_owned);
        let form = move_form(monitor, view, member_id, owner.as_deref()).await?;
        screen.parts.push(Part::Form(form));
    }
    Ok(screen)
}

fn query<'a>(view: &'a View<'_>, order: Order) -> ListingQuery<'a> {
    let address = view.address;
    let number = |key| address.filter(key).and_then(|text| text.parse::<i64>().ok());
    let entity_type = address
        .filter("entity")
        .and_then(|text| text.parse::<EntityType>().ok());
    ListingQuery {
        member_id: view.scope.portal(),
        state: address.filter("state").and_then(|state| state.parse().ok()),
        reason: address.filter("reason"),
        user: number("user").map(UserId),
        entity: entity_type
            .zip(number("entity_id"))
            .map(|(entity_type, id)| CrmEntity::new(entity_type, id)),
        identifier: address.filter("identifier"),
        news: address.filter("news"),
        is_earliest_first: !order.is_descending,
        after: address
            .cursor()
            .and_then(|at| at.parse().ok())
            .map(SubscriptionId),
        limit: view.rows + 1,
    }
}

async fn table(monitor: &Monitor, view: &View<'_>) -> Result<Table, StoreError> {
    let texts = view.texts;
    // Numbers ascend with the moments: one order, by either column.
    let order = Order::of(view.address, &["-created", "id"]);
    let mut listed = monitor.store.listed_subscriptions(&query(view, order)).await?;
    let next = crate::table::next_page(&mut listed, view.rows, |last| last.id.to_string());
    let mut columns = vec![
        Column::number("id", texts.subscriptions_id()).sortable(),
        Column::text("user", texts.subscriptions_user()),
        Column::text("card", texts.subscriptions_card()),
        Column::text("identifiers", texts.subscriptions_identifiers()),
        Column::text("news", texts.subscriptions_news()),
        Column::text("state", texts.subscriptions_state()),
        Column::number("created", texts.subscriptions_created()).sortable(),
        Column::number("last_news", texts.subscriptions_last_news()),
    ];
    if view.scope.is_whole() {
        columns.insert(1, Column::text("portal", texts.portal()));
    }
    let mut table = Table::new(
        "subscriptions",
        texts.subscriptions_table(),
        columns,
        texts.subscriptions_empty(),
    );
    table.rows = listed.into_iter().map(|one| row(view, one)).collect();
    table.sort = Some(order.to_string());
    table.next = next;
    table.is_exportable = true;
    table.bulk = bulk(view);
    Ok(table)
}

fn row(view: &View<'_>, one: ListedSubscription) -> Row {
    let texts = view.texts;
    let owner = Address::about(ScreenName::People, one.user.to_string()).of_portal(&one.member_id);
    let news = one.news.iter().map(|kind| texts.news_kind(kind)).collect();
    let state = match one.archived {
        Some(reason) => Cell::state(
            format!(
                "{}: {}",
                texts.subscription_archived(),
                texts.archive_reason(reason)
            ),
            Tone::Plain,
        ),
        None if one.is_muted => Cell::state(texts.subscription_muted(), Tone::Warning),
        None => Cell::state(texts.subscription_active(), Tone::Good),
    };
    let mut cells = vec![
        Cell::Number(one.id.0),
        Cell::link(naming::person(one.user, one.user_name.as_deref()), &owner),
        naming::card_link(texts, &one.origin, one.entity, one.card_title.as_deref()),
        Cell::Lines(one.identifiers),
        Cell::Lines(news),
        state,
        Cell::Moment(one.created_at),
        Cell::moment(one.last_news_at),
    ];
    if view.scope.is_whole() {
        cells.insert(1, naming::portal(view, &one.member_id, Some(&one.domain)));
    }
    let mut row = Row::new(one.id.to_string(), cells);
    let about = format!("{} {}", texts.subscriptions_id(), one.id);
    let (member_id, ids) = (Some(one.member_id), vec![one.id.to_string()]);
    row.buttons.push(if one.archived.is_some() {
        let restore = SubscriptionAction::Restore { member_id, ids };
        let button = Button::new(texts.subscription_restore(), &Action::Subscriptions(restore));
        button.asking().about(about)
    } else {
        let archive = SubscriptionAction::Archive { member_id, ids };
        let button = Button::new(texts.subscription_archive(), &Action::Subscriptions(archive));
        button.destructive().about(about)
    });
    row
}

/// What can be done with chosen rows.
fn bulk(view: &View<'_>) -> Vec<Button> {
    let button = |text: &str, name: &str, is_destructive: bool| Button {
        text: text.to_owned(),
        order: json!({"subscriptions": {name: {"member_id": view.scope.portal(), "ids": [SELECTED]}}}),
        is_destructive,
        asks: true,
        about: None,
    };
    vec![
        button(view.texts.subscriptions_archive_chosen(), "archive", true),
        button(view.texts.subscriptions_restore_chosen(), "restore", false),
    ]
}

async fn filters(monitor: &Monitor, view: &View<'_>) -> Result<Filters, StoreError> {
    let (texts, address) = (view.texts, view.address);
    let states = [
        (SubscriptionState::Active, texts.subscription_active()),
        (SubscriptionState::Archived, texts.subscription_archived()),
    ]
    .map(|(state, text)| (state.key().to_owned(), text.to_owned()));
    let reasons =
        ArchiveReason::ALL.map(|reason| (reason.key().to_owned(), texts.archive_reason(reason).to_owned()));
    let kinds = NewsKind::ALL
        .iter()
        .map(|kind| (kind.key().to_owned(), texts.news_kind(kind.key())));
    let entities = [EntityType::Lead, EntityType::Deal, EntityType::Company]
        .map(|kind| (kind.key().to_owned(), texts.card_kind(kind).to_owned()));
    let mut fields: Vec<Field> = naming::portal_filter(&monitor.store, view)
        .await?
        .into_iter()
        .collect();
    let choice = |name: &str, label: &str, options: Vec<(String, String)>| {
        Field::choice(name, label, address.filter(name), texts.any(), options)
    };
    fields.extend([
        choice("state", texts.subscriptions_state(), states.into()),
        choice("reason", texts.subscriptions_reason(), reasons.into()),
        Field::text(
            "user",
            texts.subscriptions_user_number(),
            address.filter("user"),
            "7",
        ),
        choice("entity", texts.subscriptions_entity(), entities.into()),
        Field::text(
            "entity_id",
            texts.subscriptions_entity_id(),
            address.filter("entity_id"),
            "101",
        ),
        Field::text(
            "identifier",
            texts.subscriptions_identifier(),
            address.filter("identifier"),
            "7707083893",
        ),
        choice("news", texts.subscriptions_news_kind(), kinds.collect()),
    ]);
    Ok(Filters {
        fields,
        reset: Filters::reset_of(address),
    })
}

/// The form that moves a person's subscriptions, or some of them, to another person.
pub(crate) async fn move_form(
    monitor: &Monitor,
    view: &View<'_>,
    member_id: &MemberId,
    owner: Option<&str>,
) -> Result<Form, StoreError> {
    let texts = view.texts;
    let owners = monitor
        .store
        .listed_people(&PeopleQuery {
            member_id: Some(member_id),
            with_subscriptions: true,
            limit: MOST_OWNERS,
            ..PeopleQuery::default()
        })
        .await?;
    let mut options = vec![(String::new(), texts.assign_choose().to_owned())];
    options.extend(owners.into_iter().map(|person| {
        let name = naming::person(person.user, person.name.as_deref());
        let count = person.subscriptions + person.waiting;
        (person.user.to_string(), format!("{name}: {count}"))
    }));
    Ok(Form {
        key: MOVE_FORM,
        title: texts.subscriptions_move().to_owned(),
        hint: Some(texts.subscriptions_move_hint().to_owned()),
        context: BTreeMap::from([("member_id".to_owned(), member_id.to_string())]),
        fields: vec![
            Field::new(
                "from",
                texts.subscriptions_move_from(),
                Input::Choice {
                    value: owner.unwrap_or_default().to_owned(),
                    options,
                },
            ),
            person_field(monitor, texts, member_id, "to", texts.subscriptions_move_to()).await?,
            Field::text("ids", texts.subscriptions_move_ids(), None, "17, 18"),
        ],
        button: texts.subscriptions_move_button().to_owned(),
        asks: true,
    })
}
