//! A document's number instead of an identifier: its applicant is looked up and can be added.

use super::Panel;
use super::saving::Saving;
use crate::browser::{SessionClient, in_session};
use crate::card::change_failure::ChangeFailure;
use crate::catalogue::Texts;
use certlens_domain::document_detail::NumberMatch;
use certlens_domain::related::RelatedIdentifier;
use certlens_domain::selection::{CardChange, LONGEST_LABEL, SelectionOrigin};
use leptos::prelude::*;
use leptos::task::spawn_local;
use server_fn::codec::Json;

/// Documents with this number, or whose number begins so.
#[server(prefix = "/fn", endpoint = "number", input = Json, output = Json, client = SessionClient)]
pub async fn find_by_number(number: String) -> Result<Vec<NumberMatch>, ChangeFailure> {
    crate::card::answering::find_by_number(number).await
}

/// What a look-up gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LookUp {
    /// Nobody looked.
    Nothing,
    /// It is under way.
    UnderWay,
    /// These documents.
    Found(Vec<NumberMatch>),
    /// It failed.
    Failed,
}

/// Looks a number up; the outcome is told in `outcome`.
pub(super) fn look_up(number: String, outcome: RwSignal<LookUp>) {
    outcome.set(LookUp::UnderWay);
    spawn_local(async move {
        let found = in_session(|| find_by_number(number.clone())).await;
        outcome.set(found.map_or(LookUp::Failed, LookUp::Found));
    });
}

/// The outcome of a look-up, with a button for each applicant.
#[component]
pub(super) fn Applicants(panel: Panel, outcome: RwSignal<LookUp>) -> impl IntoView {
    let texts = panel.texts;
    move || match outcome.get() {
        LookUp::Nothing => ().into_any(),
        LookUp::UnderWay => view! { <p class="fine">{texts.searching()}</p> }.into_any(),
        LookUp::Failed => view! { <p class="check check--bad">{texts.search_failed_hint()}</p> }.into_any(),
        LookUp::Found(found) if found.is_empty() => {
            view! { <p class="check check--bad">{texts.number_not_found()}</p> }.into_any()
        }
        LookUp::Found(found) => view! {
            <ul class="applicants">
                {found
                    .into_iter()
                    .map(|found| view! { <Applicant panel found outcome /> })
                    .collect_view()}
            </ul>
        }
        .into_any(),
    }
}

#[component]
fn Applicant(panel: Panel, found: NumberMatch, outcome: RwSignal<LookUp>) -> impl IntoView {
    let texts = panel.texts;
    let changes = changes(&found);
    let nobody = changes.is_empty().then(|| texts.applicant_without_number());
    let add = (!changes.is_empty()).then(|| {
        view! {
            <button
                type="button"
                class="link"
                on:click=move |_| {
                    outcome.set(LookUp::Nothing);
                    Saving(panel).change_all(changes.clone());
                }
            >
                {texts.add_applicant()}
            </button>
        }
    });
    view! {
        <li>
            <span class="applicants__number">{found.number.clone()}</span>
            <span>{described(texts, &found)}</span>
            {add}
            {nobody}
        </li>
    }
}

fn described(texts: Texts, found: &NumberMatch) -> String {
    let day = texts.day(found.registered_on);
    format!("{day}, {}", found.applicant.name)
}

/// All identifiers of the applicant, under his name.
fn changes(found: &NumberMatch) -> Vec<CardChange> {
    let name: String = found.applicant.name.chars().take(LONGEST_LABEL).collect();
    RelatedIdentifier::of_party(&found.applicant)
        .into_iter()
        .map(|identifier| CardChange::Add {
            value: identifier.value,
            label: (!name.is_empty()).then(|| name.clone()),
            origin: SelectionOrigin::Number,
            note: Some(found.number.clone()),
        })
        .collect()
}
