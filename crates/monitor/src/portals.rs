//! The screen Portals: the operator's list, and one portal with everything that is known of how it is.

mod actions;
mod one;
mod words;

pub use actions::{EnteredSecret, PortalAction};
pub(crate) use one::{repair_button, screen_of_one};
pub(crate) use words::problem;

use crate::action::Action;
use crate::address::{Address, ScreenName};
use crate::form::{Field, Filters};
use crate::open::{ScreenRefused, View};
use crate::screen::{Button, Part, Screen, Tone};
use crate::table::{Cell, Column, Row, Table};
use crate::texts::Texts;
use certlens_store::{ListedPortal, PortalOrder, PortalPlace, PortalQuery, PortalState, Store};

/// The value of a switch-like filter.
const YES: &str = "yes";

/// The list.
pub(crate) async fn list(store: &Store, view: &View<'_>) -> Result<Screen, ScreenRefused> {
    let (texts, address) = (view.texts, view.address);
    let (order, is_descending) = order_of(address.sort());
    let query = PortalQuery {
        member_id: view.scope.portal(),
        state: address.filter("state").and_then(|state| state.parse().ok()),
        text: address.filter("text"),
        with_trouble: address.filter("trouble") == Some(YES),
        order,
        is_descending,
        after: address.cursor().and_then(|text| PortalPlace::read(text, order)),
        limit: view.rows + 1,
    };
    let mut portals = store.listed_portals(&query).await?;
    let next = crate::table::next_page(&mut portals, view.rows, |last| order.place(last).text());
    let mut table = Table::new(
        "portals",
        texts.screen(ScreenName::Portals),
        columns(texts),
        texts.portals_empty(),
    );
    table.sort = Some(address.sort().unwrap_or("domain").to_owned());
    table.rows = portals.into_iter().map(|portal| row(texts, &portal)).collect();
    table.next = next;
    table.is_exportable = true;
    Ok(
        Screen::new(texts.screen(ScreenName::Portals), texts.portals_lead())
            .with(Part::Filters(filters(texts, address)))
            .with(Part::Table(table)),
    )
}

fn order_of(sort: Option<&str>) -> (PortalOrder, bool) {
    let sort = sort.unwrap_or("domain");
    let (key, is_descending) = sort.strip_prefix('-').map_or((sort, false), |key| (key, true));
    match key {
        "since" => (PortalOrder::Since, is_descending),
        "seen" => (PortalOrder::Seen, is_descending),
        "domain" => (PortalOrder::Domain, is_descending),
        _ => (PortalOrder::Domain, false),
    }
}

fn columns(texts: Texts) -> Vec<Column> {
    vec![
        Column::text("domain", texts.portal()).sortable(),
        Column::text("state", texts.portals_state()),
        Column::text("trouble", texts.portals_what_is_wrong()),
        Column::number("since", texts.portals_since()).sortable(),
        Column::number("seen", texts.portals_seen()).sortable(),
        Column::number("subscriptions", texts.portals_subscriptions()),
    ]
}

fn row(texts: Texts, portal: &ListedPortal) -> Row {
    let address = Address::about(ScreenName::Portals, portal.member_id.as_str());
    let troubles = troubles(texts, portal);
    let tone = match portal.state {
        PortalState::Installed if troubles.is_empty() => Tone::Good,
        PortalState::Installed | PortalState::Installing => Tone::Warning,
        PortalState::Uninstalled => Tone::Plain,
        PortalState::Suspended | PortalState::NeedsReauth => Tone::Bad,
    };
    let mut row = Row::new(
        portal.member_id.as_str(),
        vec![
            Cell::link(portal.domain.clone(), &address),
            Cell::state(texts.portal_state(portal.state), tone),
            if troubles.is_empty() {
                Cell::Nothing
            } else {
                Cell::Lines(troubles)
            },
            Cell::Moment(portal.state_changed_at),
            Cell::Moment(portal.seen_at),
            Cell::Number(portal.subscriptions),
        ],
    );
    if portal.state != PortalState::Uninstalled {
        let repair = Action::Portals(PortalAction::Repair {
            member_id: portal.member_id.clone(),
        });
        row.buttons = vec![Button::new(texts.repair(), &repair).about(portal.domain.clone())];
    }
    row
}

/// What is wrong with a portal of the list, a line each.
fn troubles(texts: Texts, portal: &ListedPortal) -> Vec<String> {
    let mut troubles = Vec::new();
    if let Some(reason) = &portal.state_reason {
        let notice = certlens_portals::inspection::notice_of_reason(reason);
        troubles.push(texts.portal_notice(&notice).to_owned());
    }
    if portal.state == PortalState::Uninstalled {
        return troubles;
    }
    if portal.living_chains == 0 {
        troubles.push(
            texts
                .of("нет действующих токенов", "no valid token is left")
                .to_owned(),
        );
    } else if portal.administrators_chains == 0 {
        troubles.push(
            texts
                .of("нет токена администратора", "no administrator's token is left")
                .to_owned(),
        );
    }
    let counts = [
        (
            portal.missing_bindings,
            texts.of("вкладок и событий не хватает", "tabs and events missing"),
        ),
        (
            portal.failing_jobs,
            texts.of("видов работы не удаётся", "kinds of work fail"),
        ),
        (
            portal.failed_events,
            texts.of("событий потеряно", "events given up"),
        ),
        (
            portal.stuck_items,
            texts.of("уведомлений не отправлено", "notifications stuck"),
        ),
    ];
    let counted = counts.into_iter().filter(|(count, _)| *count > 0);
    troubles.extend(counted.map(|(count, what)| format!("{what}: {count}")));
    troubles
}

fn filters(texts: Texts, address: &Address) -> Filters {
    let states = PortalState::ALL
        .into_iter()
        .map(|state| (state.key().to_owned(), texts.portal_state(state).to_owned()));
    Filters {
        fields: vec![
            Field::text(
                "text",
                texts.portals_text(),
                address.filter("text"),
                "acme.bitrix24.ru",
            ),
            Field::choice(
                "state",
                texts.portals_state(),
                address.filter("state"),
                texts.any(),
                states,
            ),
            Field::choice(
                "trouble",
                texts.portals_with_trouble(),
                address.filter("trouble"),
                texts.any(),
                [(YES.to_owned(), texts.portals_only_troubled().to_owned())],
            ),
        ],
        reset: Filters::reset_of(address),
    }
}
