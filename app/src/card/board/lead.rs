//! The first thing to read: the counterparty in a sentence and in five figures.

use super::bridge::BridgeLine;
use super::handover::TakeAlong;
use super::model::{Answered, BoardModel};
use crate::card::condition::{Condition, Span};
use crate::format::percent;
use certlens_domain::analytics::{EXPIRING_WITHIN_DAYS, RoleFilter};
use certlens_domain::certification_body::short_name;
use certlens_domain::document::Role;
use certlens_domain::documents_page::DocumentFilter;
use certlens_domain::registry::DocumentKind;
use certlens_domain::status::Status;
use certlens_domain::summary;
use certlens_domain::trend::Month;
use chrono::Days;
use leptos::prelude::*;
use std::sync::Arc;

/// How far ahead ends of terms are announced.
const ANNOUNCED: Days = Days::new(EXPIRING_WITHIN_DAYS.unsigned_abs());

/// The summary, the role and the figures.
#[component]
pub(super) fn Lead(model: BoardModel, answered: Arc<Answered>) -> impl IntoView {
    let texts = model.texts;
    let sentence = summary::summary(&answered.whole, model.today, texts.0);
    let copied = sentence.clone();
    let totals = answered.board.totals;
    view! {
        <section
            class="lead"
            data-part="lead"
            aria-label=texts.in_short()
            data-documents=totals.documents
            data-certificates=totals.certificates
            data-declarations=totals.declarations
            data-active=totals.active
            data-expiring=totals.expiring_90d
        >
            <div class="lead__head">
                <p class="lead__sentence" id="summary">{sentence}</p>
                <RoleChoice model=model.clone() />
                <TakeAlong model=model.clone() sentence=copied />
            </div>
            <BridgeLine texts bridge=answered.analytics.bridge.clone() state=model.state.clone() />
            <Figures model answered />
        </section>
    }
}

#[component]
fn RoleChoice(model: BoardModel) -> impl IntoView {
    let texts = model.texts;
    let roles = [
        (RoleFilter::Any, texts.role_any()),
        (RoleFilter::Applicant, texts.role_name(Role::Applicant)),
        (RoleFilter::Manufacturer, texts.role_name(Role::Manufacturer)),
    ];
    view! {
        <nav class="segments" aria-label=texts.role()>
            {roles
                .into_iter()
                .map(|(role, name)| {
                    let chosen = model.state.role == role;
                    let link = model.state.changed(|state| state.role = role).link();
                    view! {
                        <a class="segment" href=link data-key=name aria-current=chosen.then_some("true")>
                            {name}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
}

/// A figure with its name, a remark, and what a click on it shows.
struct Figure {
    key: &'static str,
    value: String,
    name: String,
    remark: String,
    link: Option<String>,
}

#[component]
fn Figures(model: BoardModel, answered: Arc<Answered>) -> impl IntoView {
    let figures = figures(&model, &answered);
    view! {
        <ul class="figures">
            {figures.into_iter().map(|figure| view! { <li><FigureBox figure /></li> }).collect_view()}
        </ul>
    }
}

#[component]
fn FigureBox(figure: Figure) -> impl IntoView {
    // A long name is cut by the frame.
    let whole = figure.value.clone();
    let body = view! {
        <span class="figure__value" title=whole>{figure.value}</span>
        <span class="figure__name">{figure.name}</span>
        <span class="figure__remark">{figure.remark}</span>
    };
    match figure.link {
        Some(link) => {
            let key = format!("figure:{}", figure.key);
            view! { <a class="figure" href=link data-key=key data-figure=figure.key>{body}</a> }.into_any()
        }
        None => view! { <div class="figure" data-figure=figure.key>{body}</div> }.into_any(),
    }
}

fn figures(model: &BoardModel, answered: &Answered) -> Vec<Figure> {
    let (texts, board) = (model.texts, &answered.board);
    let totals = &board.totals;
    let in_force = |kind| {
        let mut filter = model.state.filter.clone();
        filter.kind = Some(kind);
        filter.statuses = in_force();
        model.state.with_filter(filter).link()
    };
    let of_all = |part, whole| {
        if whole == 0 {
            String::new()
        } else {
            texts.share_of(percent(part, whole), whole)
        }
    };
    let mut figures = vec![
        Figure {
            key: "declarations",
            value: texts.count(totals.active_declarations),
            name: texts.active_declarations(totals.active_declarations).to_owned(),
            remark: of_all(totals.active_declarations, totals.declarations),
            link: Some(in_force(DocumentKind::Declaration)),
        },
        Figure {
            key: "certificates",
            value: texts.count(totals.active_certificates),
            name: texts.active_certificates(totals.active_certificates).to_owned(),
            remark: of_all(totals.active_certificates, totals.certificates),
            link: Some(in_force(DocumentKind::Certificate)),
        },
    ];
    figures.push(match totals.next_end {
        Some(day) => Figure {
            key: "next_end",
            value: texts.day(day),
            name: texts.ends_next(totals.next_end_documents),
            remark: texts.within_90_days(totals.expiring_90d),
            link: Some(model.state.with_filter(ending(model)).link()),
        },
        None => Figure {
            key: "next_end",
            value: NOTHING.to_owned(),
            name: texts.nothing_ends().to_owned(),
            remark: String::new(),
            link: None,
        },
    });
    let since = summary::certifies_since(&answered.whole).map(|day| texts.month_of_year(Month::of(day)));
    figures.push(Figure {
        key: "since",
        value: since.unwrap_or_else(|| NOTHING.to_owned()),
        name: texts.certifies_since().to_owned(),
        remark: summary::growth(&answered.whole)
            .words(texts.0)
            .unwrap_or_default(),
        link: None,
    });
    let body = summary::certified_by_now(&answered.whole);
    figures.push(Figure {
        key: "body",
        value: body.map_or_else(|| NOTHING.to_owned(), |body| short_name(&body.value)),
        name: texts.certified_by_now().to_owned(),
        remark: body.map_or_else(
            || texts.no_body_last_year().to_owned(),
            |body| texts.of_last_year(body.documents, answered.whole.facts.last_year),
        ),
        link: body.map(|body| model.state.toggled(&Condition::Body(body.value.clone())).link()),
    });
    figures
}

/// Stands for a figure that there is not.
const NOTHING: &str = "—";

fn in_force() -> Vec<Status> {
    Status::ALL
        .into_iter()
        .filter(|status| status.is_active())
        .collect()
}

/// Documents in force that end within the announced days.
fn ending(model: &BoardModel) -> DocumentFilter {
    let mut filter = model.state.filter.clone();
    Condition::Ends(Span {
        from: Some(model.today),
        to: model.today.checked_add_days(ANNOUNCED),
    })
    .add_to(&mut filter);
    filter.statuses = in_force();
    filter
}
