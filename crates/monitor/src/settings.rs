//! The screen Settings: what a portal chose, section by section, with the history of every change and a trial of a
//! mapping on a real card.

mod actions;
mod direct;
mod forms;
mod history;
mod trial;
mod words;

pub use actions::{SettingsAction, SettingsWish};

use crate::address::{Address, ScreenName};
use crate::form::Filters;
use crate::open::{Monitor, ScreenRefused, View};
use crate::screen::{Link, Notice, Part, Screen, Tone};
use crate::table::{Cell, Column, Row, Table};
use certlens_portals::PortalsError;
use certlens_store::{MalformedMemberId, MemberId, PortalOrder, PortalPlace, PortalQuery, Store, StoreError};
use words::Names;

/// The screen of the viewer's portal; for an operator who chose none, the portals to choose from.
pub(crate) async fn screen(monitor: &Monitor, view: &View<'_>) -> Result<Screen, ScreenRefused> {
    match view.scope.portal() {
        Some(member_id) => of_portal(monitor, view, member_id).await,
        None => choice(&monitor.store, view).await,
    }
}

async fn of_portal(
    monitor: &Monitor,
    view: &View<'_>,
    member_id: &MemberId,
) -> Result<Screen, ScreenRefused> {
    let texts = view.texts;
    let platform = platform(member_id).map_err(|_| ScreenRefused::NotFound)?;
    let store = &monitor.store;
    let Some(portal) = store.portal(member_id).await? else {
        return Err(ScreenRefused::NotFound);
    };
    let names = names(store, member_id).await?;
    let settings = match monitor.portals.settings(&platform).await {
        Err(PortalsError::UnknownPortal(_)) => return Err(ScreenRefused::NotFound),
        settings => settings?,
    };
    let mut screen = Screen::new(texts.screen(ScreenName::Settings), texts.settings_lead());
    if view.viewer.is_operator() {
        let address = Address::about(ScreenName::Portals, member_id.as_str());
        screen.above = Some(Link::to(portal.address.domain.clone(), &address));
    }
    screen = condition(monitor, view, &platform, screen).await?;
    // An administrator has controls of the application's own, which save each choice at once.
    let has_own_controls = !view.viewer.is_operator();
    if has_own_controls {
        screen = screen.with(Part::OwnSettings);
    }
    for form in forms::sections(texts, member_id, &settings, &names, has_own_controls) {
        screen = screen.with(Part::Form(form));
    }
    let refused = store.departments_refused(member_id).await?;
    if let Some(words) = refused.filter(|_| !has_own_controls) {
        screen = screen.with(Part::Notice(Notice {
            tone: Tone::Plain,
            text: texts.of(
                format!("Портал не показывает приложению отделы, поэтому правило «Руководитель отдела» никого не найдёт: {words}"),
                format!("The portal does not show its departments, so the rule of department heads finds nobody: {words}"),
            ),
            links: Vec::new(),
        }));
    }
    screen = screen.with(Part::Filters(Filters {
        fields: trial::fields(texts, view.address),
        reset: Filters::reset_of(view.address),
    }));
    for part in trial::parts(monitor, view, member_id, &platform).await? {
        screen = screen.with(part);
    }
    Ok(screen
        .with(Part::Table(forms::fields_table(texts, view.address, &settings)))
        .with(Part::Table(history::table(store, view, member_id, &names).await?)))
}

/// What is wrong with the portal, so that its own administrator sees and mends it here.
async fn condition(
    monitor: &Monitor,
    view: &View<'_>,
    platform: &certlens_bitrix24::MemberId,
    screen: Screen,
) -> Result<Screen, ScreenRefused> {
    let inspection = monitor.portals.inspect(platform).await?;
    if inspection.needs.is_empty() {
        return Ok(screen);
    }
    let repair = crate::portals::repair_button(view.texts, &inspection.portal.member_id);
    let since = inspection.portal.state_changed_at;
    let problems = inspection
        .needs
        .iter()
        .map(|need| crate::portals::problem(view.texts, need, since, &repair))
        .collect();
    Ok(screen.with(Part::Problems(problems)))
}

/// The portals to choose from.
async fn choice(store: &Store, view: &View<'_>) -> Result<Screen, ScreenRefused> {
    let texts = view.texts;
    let order = PortalOrder::Domain;
    let query = PortalQuery {
        text: view.address.filter("text"),
        after: view
            .address
            .cursor()
            .and_then(|text| PortalPlace::read(text, order)),
        limit: view.rows + 1,
        ..PortalQuery::default()
    };
    let mut portals = store.listed_portals(&query).await?;
    let next = crate::table::next_page(&mut portals, view.rows, |last| order.place(last).text());
    let mut table = Table::new(
        "portals",
        texts.screen(ScreenName::Portals),
        vec![
            Column::text("domain", texts.portal()),
            Column::text("state", texts.portals_state()),
        ],
        texts.portals_empty(),
    );
    table.rows = portals
        .into_iter()
        .map(|portal| {
            let address = Address::of(ScreenName::Settings).of_portal(&portal.member_id);
            Row::new(
                portal.member_id.as_str(),
                vec![
                    Cell::link(portal.domain, &address),
                    Cell::Text(texts.portal_state(portal.state).to_owned()),
                ],
            )
        })
        .collect();
    table.next = next;
    Ok(
        Screen::new(texts.screen(ScreenName::Settings), texts.settings_choose_portal())
            .with(Part::Table(table)),
    )
}

/// The platform's name of a portal.
fn platform(member_id: &MemberId) -> Result<certlens_bitrix24::MemberId, MalformedMemberId> {
    certlens_bitrix24::MemberId::parse(member_id.as_str()).map_err(|_| MalformedMemberId)
}

/// The names of a portal's people.
async fn names(store: &Store, member_id: &MemberId) -> Result<Names, StoreError> {
    let users = store.users(member_id).await?;
    Ok(users
        .into_iter()
        .filter(|user| user.is_active != Some(false))
        .filter_map(|user| Some((u64::try_from(user.user_id.0).ok()?, user.name.unwrap_or_default())))
        .collect())
}
