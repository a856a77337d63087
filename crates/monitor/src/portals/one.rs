//! One portal: what is wrong and what to do, its facts, tokens, bindings, work, and its local application's keys.

use super::actions::PortalAction;
use super::problem;
use crate::action::Action;
use crate::address::{Address, ScreenName};
use crate::care;
use crate::form::{Field, Form, Input};
use crate::open::{Monitor, ScreenRefused, View};
use crate::screen::{Button, Fact, Facts, Link, Notice, Part, Screen, Target, Tone};
use crate::table::{Cell, Column, Row, Table};
use crate::texts::Texts;
use certlens_portals::crawl::CrawlPhase;
use certlens_portals::reconcile::BindingOutcome;
use certlens_portals::{BindingPresence, BindingsLook, PortalInspection, PortalNotice, PortalsError};
use certlens_store::{LocalApplication, MemberId, PortalState};

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

fn chains(texts: Texts, inspection: &PortalInspection) -> Table {
    let mut table = Table::new(
        "chains",
        texts.chains(),
        vec![
            Column::text("user", texts.chain_user()),
            Column::text("role", texts.chain_role()),
            Column::text("source", texts.chain_source()),
            Column::number("began", texts.chain_began()),
            Column::number("renewed", texts.chain_renewed()),
            Column::text("state", texts.chain_state()),
        ],
        texts.chains_empty(),
    );
    table.rows = inspection
        .chains
        .iter()
        .map(|chain| {
            let user = match &chain.user_name {
                Some(name) => format!("{name} (#{})", chain.user_id),
                None => format!("#{}", chain.user_id),
            };
            let state = match chain.ended {
                None => Cell::state(texts.chain_lives(), Tone::Good),
                Some((_, end)) => Cell::state(texts.chain_end_words(end), Tone::Plain),
            };
            let role = if chain.is_administrator {
                texts.administrator()
            } else {
                texts.employee()
            };
            Row::new(
                chain.id.to_string(),
                vec![
                    Cell::Text(user),
                    Cell::Text(role.to_owned()),
                    Cell::Text(texts.chain_source_word(chain.source).to_owned()),
                    Cell::moment(chain.began_at),
                    Cell::Moment(chain.renewed_at),
                    state,
                ],
            )
        })
        .collect();
    table
}

/// What the portal has just now where it was looked at, else what the latest check found.
fn bindings(texts: Texts, inspection: &PortalInspection, look: Option<&BindingsLook>) -> Table {
    let at = look
        .map(|look| look.at)
        .or_else(|| inspection.bindings.as_ref().map(|report| report.at));
    let caption = match at {
        Some(at) => format!("{} ({} UTC)", texts.bindings(), at.format("%Y-%m-%d %H:%M")),
        None => texts.bindings().to_owned(),
    };
    let mut table = Table::new(
        "bindings",
        caption,
        vec![
            Column::text("name", texts.binding_name()),
            Column::text("kind", texts.binding_kind()),
            Column::text("state", texts.chain_state()),
        ],
        texts.bindings_empty(),
    );
    let row = |name: &str, is_tab: bool, state: Cell| {
        let kind = if is_tab { texts.tab() } else { texts.event() };
        // Addresses in names of left-overs have letters that no key has.
        let key: String = name
            .chars()
            .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
            .collect();
        Row::new(
            key,
            vec![Cell::Code(name.to_owned()), Cell::Text(kind.to_owned()), state],
        )
    };
    if let Some(look) = look {
        table.rows = look
            .bindings
            .iter()
            .map(|(name, is_tab, presence)| row(name, *is_tab, presence_cell(texts, presence)))
            .collect();
        let left_over = || Cell::state(texts.binding_left_over(), Tone::Warning);
        table
            .rows
            .extend(look.left_overs.iter().map(|name| row(name, true, left_over())));
    } else if let Some(report) = &inspection.bindings {
        table.rows = report
            .bindings
            .iter()
            .map(|binding| {
                row(
                    &binding.name,
                    binding.is_placement,
                    outcome_cell(texts, &binding.outcome),
                )
            })
            .collect();
    }
    table
}

fn presence_cell(texts: Texts, presence: &BindingPresence) -> Cell {
    match presence {
        BindingPresence::Present => Cell::state(texts.binding_present(), Tone::Good),
        BindingPresence::Missing => Cell::state(texts.binding_missing(), Tone::Bad),
        BindingPresence::Altered => Cell::state(texts.binding_altered(), Tone::Warning),
        BindingPresence::Unknown(words) => Cell::state(words.clone(), Tone::Warning),
    }
}

fn outcome_cell(texts: Texts, outcome: &BindingOutcome) -> Cell {
    match outcome {
        BindingOutcome::Kept => Cell::state(texts.binding_present(), Tone::Good),
        BindingOutcome::Bound | BindingOutcome::Rebound => Cell::state(texts.binding_bound(), Tone::Good),
        BindingOutcome::Failed(words) => {
            Cell::state(format!("{}: {words}", texts.binding_missing()), Tone::Bad)
        }
    }
}

/// The portal could not be asked.
fn not_looked(texts: Texts, error: &PortalsError) -> Notice {
    let why = match error {
        PortalsError::Call(error) => texts.portal_notice(&PortalNotice::of(error)).to_owned(),
        error => error.to_string(),
    };
    Notice {
        tone: Tone::Warning,
        text: texts.of(
            format!("Посмотреть на портале не удалось: {why}. Ниже — что нашла последняя проверка."),
            format!("The portal can't be looked at: {why}. Below is what the latest check found."),
        ),
        links: Vec::new(),
    }
}

fn jobs(texts: Texts, inspection: &PortalInspection) -> Table {
    let mut table = Table::new(
        "jobs",
        texts.jobs(),
        vec![
            Column::text("kind", texts.job_kind()),
            Column::number("due", texts.job_due()),
            Column::number("success", texts.job_success()),
            Column::number("attempts", texts.job_attempts()),
            Column::text("error", texts.job_error()),
        ],
        texts.jobs_empty(),
    );
    table.rows = inspection
        .jobs
        .iter()
        .map(|one| {
            let due = if one.job.is_running {
                Cell::state(texts.job_running(), Tone::Plain)
            } else {
                Cell::moment(one.job.due_at)
            };
            let error = one
                .job
                .last_error
                .as_ref()
                .map_or(Cell::Nothing, |error| Cell::state(error.clone(), Tone::Bad));
            Row::new(
                one.kind.clone(),
                vec![
                    Cell::Text(texts.job_word(&one.kind)),
                    due,
                    Cell::moment(one.job.last_success_at),
                    Cell::Number(i64::from(one.job.attempts)),
                    error,
                ],
            )
        })
        .collect();
    table
}

fn failed_events(texts: Texts, inspection: &PortalInspection) -> Table {
    let mut table = Table::new(
        "failed_events",
        texts.failed_events(),
        vec![
            Column::text("event", texts.failed_event()),
            Column::number("count", texts.failed_count()),
            Column::number("last", texts.failed_last()),
            Column::text("error", texts.job_error()),
        ],
        texts.failed_events_empty(),
    );
    table.rows = inspection
        .failed_events
        .iter()
        .map(|failed| {
            Row::new(
                failed.event.clone(),
                vec![
                    Cell::Code(failed.event.clone()),
                    Cell::Number(failed.events),
                    Cell::Moment(failed.last_at),
                    Cell::Text(failed.last_error.clone()),
                ],
            )
        })
        .collect();
    table
}

fn applications_table(texts: Texts, member_id: &MemberId, applications: &[LocalApplication]) -> Table {
    let mut table = Table::new(
        "applications",
        texts.applications(),
        vec![
            Column::text("client_id", texts.keys_client_id()),
            Column::number("stored", texts.application_stored()),
            Column::text("secret", texts.fact_secret()),
        ],
        texts.applications_empty(),
    );
    table.rows = applications
        .iter()
        .map(|application| {
            let remove = Action::Portals(PortalAction::RemoveKeys {
                member_id: member_id.clone(),
                client_id: application.client_id.clone(),
            });
            let mut row = Row::new(
                application.client_id.replace('.', "_"),
                vec![
                    Cell::Code(application.client_id.clone()),
                    Cell::Moment(application.updated_at),
                    Cell::Text(texts.secret_stored().to_owned()),
                ],
            );
            row.buttons = vec![
                Button::new(texts.remove_keys(), &remove)
                    .destructive()
                    .about(application.client_id.clone()),
            ];
            row
        })
        .collect();
    table
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
