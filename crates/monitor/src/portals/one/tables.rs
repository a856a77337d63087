//! The tables of one portal's screen: tokens, bindings, work, events that were given up, local applications. Pure.

use crate::action::Action;
use crate::portals::actions::PortalAction;
use crate::screen::{Button, Notice, Tone};
use crate::table::{Cell, Column, Row, Table};
use crate::texts::Texts;
use certlens_portals::reconcile::BindingOutcome;
use certlens_portals::{BindingPresence, BindingsLook, PortalInspection, PortalNotice, PortalsError};
use certlens_store::{LocalApplication, MemberId};

pub(super) fn chains(texts: Texts, inspection: &PortalInspection) -> Table {
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
pub(super) fn bindings(texts: Texts, inspection: &PortalInspection, look: Option<&BindingsLook>) -> Table {
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
pub(super) fn not_looked(texts: Texts, error: &PortalsError) -> Notice {
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

pub(super) fn jobs(texts: Texts, inspection: &PortalInspection) -> Table {
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

pub(super) fn failed_events(texts: Texts, inspection: &PortalInspection) -> Table {
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

pub(super) fn applications_table(
    texts: Texts,
    member_id: &MemberId,
    applications: &[LocalApplication],
) -> Table {
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
