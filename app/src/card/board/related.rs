//! Companies that stand beside the counterparty in documents: why, and a button that adds them to the search.

use super::model::{Answered, BoardModel};
use crate::card::compare::chosen::Counterparty;
use certlens_domain::related::Related;
use certlens_domain::selection::{CardChange, SelectionOrigin};
use leptos::prelude::*;
use std::sync::Arc;

/// The list; an empty place while nobody asked for it. The link that asks stands among the filters.
#[component]
pub(super) fn RelatedCompanies(model: BoardModel, answered: Arc<Answered>) -> impl IntoView {
    let texts = model.texts;
    let link = {
        let mut state = model.state.clone();
        state.related = !state.related;
        state.link()
    };
    let Some(related) = answered.related.clone() else {
        return view! { <div data-part="related" hidden></div> }.into_any();
    };
    let none = related
        .is_empty()
        .then(|| view! { <p class="facet__none">{texts.no_related()}</p> });
    view! {
        <section class="panel related" data-part="related" aria-labelledby="related-title">
            <div class="panel__head">
                <h2 id="related-title">{texts.related()}</h2>
                <a href=link data-key="related">{texts.hide()}</a>
            </div>
            <ul class="related__list">
                {related.into_iter().map(|company| view! { <Company model=model.clone() company /> }).collect_view()}
            </ul>
            {none}
            <p class="fine">{texts.related_note()}</p>
        </section>
    }
    .into_any()
}

#[component]
fn Company(model: BoardModel, company: Related) -> impl IntoView {
    let texts = model.texts;
    let chosen = model.state.compare.clone().unwrap_or_default();
    let values = company
        .identifiers
        .iter()
        .map(|identifier| identifier.value.as_str());
    let compare = Counterparty::of(values).filter(|_| !chosen.is_full()).map(|counterparty| {
        let key = format!("compare:related:{}", counterparty.values().join("+"));
        let link = model.state.comparing(Some(chosen.with(counterparty))).link();
        let label = texts.compares_with(&company.name);
        view! {
            <a class="related__compare" href=link data-key=key data-next="compare:field" aria-label=label>{texts.compare_with_others()}</a>
        }
    });
    let reason = texts.related_reason(company.reason);
    let buttons = company
        .identifiers
        .iter()
        .map(|identifier| {
            let change = CardChange::Add {
                value: identifier.value.clone(),
                label: (!company.name.is_empty()).then(|| short(&company.name)),
                origin: SelectionOrigin::Suggested,
                note: Some(reason.to_owned()),
            };
            // A change is plain texts: it always serialises.
            let change = serde_json::to_string(&[change]).unwrap_or_default();
            let (kind, value) = (identifier.kind.name(texts.0), identifier.value.clone());
            let adds = texts.adds_identifier(kind, &value);
            view! {
                <button type="button" class="button button--quiet needs-script" data-action="add" data-change=change aria-label=adds>
                    "+ " {kind} " " {value}
                </button>
            }
        })
        .collect_view();
    let rests_on = texts.related_rests_on(company.documents, company.last_registered, company.sampled);
    view! {
        <li class="related__company">
            <span class="related__name">{company.name.clone()}</span>
            <span class="related__reason">{reason} ", " {rests_on}</span>
            <span class="related__add">{buttons} {compare}</span>
        </li>
    }
}

/// A label has at most a hundred characters; a name may have more.
fn short(name: &str) -> String {
    name.chars()
        .take(certlens_domain::selection::LONGEST_LABEL)
        .collect()
}
