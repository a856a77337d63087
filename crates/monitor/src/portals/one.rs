//! One portal: what is wrong and what to do, its facts, tokens, bindings, work, and its local application's keys.

mod tables;

use self::tables::{applications_table, bindings, chains, failed_events, jobs, not_looked};
use super::actions::PortalAction;
use super::problem;
use crate::action::Action;
use crate::address::{Address, ScreenName};
use crate::care;
use crate::form::{Field, Form, Input};
use crate::open::{Monitor, ScreenRefused, View};
use crate::screen::{Button, Fact, Facts, Link, Notice, Part, Screen, Target, Tone};
use crate::table::Cell;
use crate::texts::Texts;
use certlens_portals::crawl::CrawlPhase;
use certlens_portals::{PortalInspection, PortalsError};
use certlens_store::{MemberId, PortalState};

/// The value of the filter by which the portal itself is asked for its bindings.
const NOW: &str = "now";

/// The screen of one portal.
pub(crate) async fn screen_of_one(
    monitor: &Monitor,
    view: &View<'_>,
    subject: &str,
) -> Result<Screen, ScreenRefused> {
    let member_id = MemberId::parse(subject).map_err(|_| ScreenRefused::NotFound)?;
    let platform =
        certlens_bitrix24::MemberId::parse(member_id.as_str()).map_err(|_| ScreenRefused::NotFound)?;
    let inspection = match monitor.portals.inspect(&platform).await {
        Err(PortalsError::UnknownPortal(_)) => return Err(ScreenRefused::NotFound),
        inspection => inspection?,
    };
    let (applications, canary, deviations) = tokio::try_join!(
        monitor.store.applications_of(&member_id),
        monitor.store.canary(&member_id),
        monitor.store.deviations(&member_id),
    )?;
    let look = if view.address.filter("look") == Some(NOW) {
        Some(monitor.portals.look_at_bindings(&platform).await)
    } else {
        None
    };
    let texts = view.texts;
    let mut screen = Screen::new(inspection.portal.address.domain.clone(), texts.portal_lead());
    screen.above = Some(Link::to(
        texts.screen(ScreenName::Portals),
        &Address::of(ScreenName::Portals),
    ));
    let repair = repair_button(texts, &member_id);
    let problems = inspection
        .needs
        .iter()
        .map(|need| problem(texts, need, inspection.portal.state_changed_at, &repair))
        .collect();
    let mut buttons = buttons(texts, &member_id, inspection.portal.state);
    buttons.extend(care::hide_all_button(texts, &member_id, &deviations));
    screen = screen
        .with(Part::Problems(problems))
        .with(Part::Buttons(buttons))
        .with(Part::Notice(links(texts, view.address, &inspection)))
        .with(Part::Facts(facts(texts, &inspection)))
        .with(Part::Facts(care::latest_look(texts, canary.as_ref())))
        .with(Part::Facts(crawl(texts, &inspection)))
        .with(Part::Table(chains(texts, &inspection)));
    if let Some(Err(error)) = &look {
        screen = screen.with(Part::Notice(not_looked(texts, error)));
    }
    let look = look.and_then(Result::ok);
    Ok(screen
        .with(Part::Table(bindings(texts, &inspection, look.as_ref())))
        .with(Part::Table(care::deviations(texts, &member_id, &deviations)))
        .with(Part::Table(jobs(texts, &inspection)))
        .with(Part::Table(failed_events(texts, &inspection)))
        .with(Part::Table(applications_table(texts, &member_id, &applications)))
        .with(Part::Form(keys_form(texts, &member_id, &inspection))))
}

/// The button that repairs a portal.
pub(crate) fn repair_button(texts: Texts, member_id: &MemberId) -> Button {
    let action = Action::Portals(PortalAction::Repair {
        member_id: member_id.clone(),
    });
    Button::new(texts.repair(), &action)
}

fn buttons(texts: Texts, member_id: &MemberId, state: PortalState) -> Vec<Button> {
    let member_id = member_id.clone();
    let erase = Action::Portals(PortalAction::Erase {
        member_id: member_id.clone(),
    });
    let mut buttons = Vec::new();
    if state != PortalState::Uninstalled {
        let read_anew = Action::Portals(PortalAction::ReadAnew {
            member_id: member_id.clone(),
        });
        buttons.push(repair_button(texts, &member_id));
        buttons.push(care::check_button(texts, &member_id));
        buttons.push(Button::new(texts.read_anew(), &read_anew).asking());
    }
    buttons.push(Button::new(texts.erase_portal(), &erase).destructive());
    buttons
}

fn links(texts: Texts, address: &Address, inspection: &PortalInspection) -> Notice {
    let member_id = &inspection.portal.member_id;
    let mut links = vec![
        Link::outside(texts.portal_itself(), inspection.portal.address.origin.clone()),
        Link::to(
            texts.settings_of_portal(),
            &Address::of(ScreenName::Settings).of_portal(member_id),
        ),
        Link::to(
            texts.queue_of_portal(),
            &Address::of(ScreenName::Queue).of_portal(member_id),
        ),
        Link {
            text: texts.export_portal().to_owned(),
            to: Target::File(format!("/api/v1/portals/{member_id}/export")),
        },
    ];
    if inspection.portal.state != PortalState::Uninstalled {
        links.insert(1, Link::to(texts.look_now(), &address.clone().with("look", NOW)));
    }
    Notice {
        tone: Tone::Plain,
        text: String::new(),
        links,
    }
}

fn fact(name: &str, value: Cell) -> Fact {
    Fact {
        name: name.to_owned(),
        value,
    }
}

fn facts(texts: Texts, inspection: &PortalInspection) -> Facts {
    let (portal, figures) = (&inspection.portal, &inspection.figures);
    let tone = match portal.state {
        PortalState::Installed => Tone::Good,
        PortalState::Installing => Tone::Warning,
        PortalState::Uninstalled => Tone::Plain,
        PortalState::Suspended | PortalState::NeedsReauth => Tone::Bad,
    };
    let reason = portal.state_reason.as_deref().map(|reason| {
        let notice = certlens_portals::inspection::notice_of_reason(reason);
        texts.portal_notice(&notice)
    });
    let secret = if inspection.keys.are_known() {
        Cell::state(texts.secret_stored(), Tone::Good)
    } else {
        Cell::state(texts.secret_missing(), Tone::Bad)
    };
    let events = if portal.has_application_token {
        Cell::state(texts.events_proved(), Tone::Good)
    } else {
        Cell::state(texts.events_unproved(), Tone::Warning)
    };
    let version = format!(
        "{} / {}",
        portal.bindings_version, inspection.wanted_bindings_version
    );
    let former = figures
        .former_domain
        .as_ref()
        .map(|(domain, at)| format!("{domain} ({})", at.format("%Y-%m-%d")));
    let sending = figures
        .sending_paused
        .as_ref()
        .map(|(until, reason)| format!("{} — {reason}", until.format("%Y-%m-%d %H:%M")));
    let mut rows = vec![
        fact(
            texts.portals_state(),
            Cell::state(texts.portal_state(portal.state), tone),
        ),
        fact(texts.fact_reason(), Cell::text(reason)),
        fact(texts.portals_since(), Cell::Moment(portal.state_changed_at)),
        fact(texts.fact_domain(), Cell::Code(portal.address.domain.clone())),
        fact(
            texts.fact_address_proved(),
            Cell::moment(figures.address_proved_at),
        ),
        fact(texts.fact_former_domain(), Cell::text(former)),
        fact(texts.portals_seen(), Cell::Moment(portal.seen_at)),
        fact(texts.fact_installed(), Cell::moment(portal.installed_at)),
        fact(texts.fact_licence(), Cell::text(portal.status.clone())),
        fact(texts.fact_scope(), Cell::Text(portal.scope.join(", "))),
        fact(
            texts.fact_application(),
            inspection
                .keys
                .client_id()
                .map_or(Cell::Nothing, |client_id| Cell::Code(client_id.to_owned())),
        ),
        fact(texts.fact_secret(), secret),
        fact(texts.fact_events(), events),
        fact(texts.fact_bindings_version(), Cell::Text(version)),
        fact(texts.fact_language(), Cell::text(figures.language.clone())),
        fact(
            texts.fact_users(),
            Cell::Text(format!("{} / {}", figures.users, figures.administrators)),
        ),
        fact(texts.portals_subscriptions(), Cell::Number(figures.subscriptions)),
        fact(texts.fact_sending(), Cell::text(sending)),
        fact(texts.fact_member_id(), Cell::Code(portal.member_id.to_string())),
    ];
    if figures.parked_methods > 0 {
        rows.push(fact(texts.fact_parked(), Cell::Number(figures.parked_methods)));
    }
    rows.retain(|fact| fact.value != Cell::Nothing);
    Facts {
        title: Some(texts.facts_of_portal().to_owned()),
        rows,
    }
}

fn crawl(texts: Texts, inspection: &PortalInspection) -> Facts {
    let crawl = &inspection.crawl;
    let phase = match crawl.phase {
        CrawlPhase::Waiting => texts.of("ждёт", "waiting"),
        CrawlPhase::Companies => texts.of("компании", "companies"),
        CrawlPhase::Deals => texts.of("сделки", "deals"),
        CrawlPhase::Leads => texts.of("лиды", "leads"),
        CrawlPhase::Finished => texts.of("всё прочитано", "everything is read"),
    };
    let rows = match crawl.expected {
        Some(expected) => format!("{} / {expected}", crawl.done),
        None => crawl.done.to_string(),
    };
    let index = inspection.index;
    let mut facts = vec![
        fact(texts.fact_phase(), Cell::Text(phase.to_owned())),
        fact(texts.fact_rows(), Cell::Text(rows)),
        fact(texts.fact_finished(), Cell::moment(crawl.finished_at)),
        fact(
            texts.fact_index(),
            Cell::Text(format!("{} / {} / {}", index.leads, index.deals, index.companies)),
        ),
        fact(texts.fact_error(), Cell::text(crawl.last_error.clone())),
    ];
    facts.retain(|fact| fact.value != Cell::Nothing);
    Facts {
        title: Some(texts.crawl_of_portal().to_owned()),
        rows: facts,
    }
}

fn keys_form(texts: Texts, member_id: &MemberId, inspection: &PortalInspection) -> Form {
    let client_id = inspection
        .keys
        .client_id()
        .filter(|client_id| client_id.starts_with("local."))
        .unwrap_or_default();
    Form {
        key: super::actions::KEYS_FORM,
        title: texts.keys_form().to_owned(),
        hint: Some(texts.keys_hint().to_owned()),
        context: [("member_id".to_owned(), member_id.to_string())].into(),
        fields: vec![
            Field::new(
                "client_id",
                texts.keys_client_id(),
                Input::Text {
                    value: client_id.to_owned(),
                    example: "local.66aa00bb11cc22.01234567".to_owned(),
                },
            )
            .hint(texts.keys_where()),
            Field::new("client_secret", texts.keys_secret(), Input::Secret),
        ],
        button: texts.keys_save().to_owned(),
        asks: false,
    }
}
