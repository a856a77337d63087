//! How others come into a comparison: a field for any number, applicants of a document that was looked for, related companies.

use super::chosen::{Chosen, Counterparty};
use super::model::{Comparison, Sought};
use crate::card::board::model::BoardModel;
use certlens_domain::document_detail::NumberMatch;
use certlens_domain::related::{Related, RelatedIdentifier};
use leptos::prelude::*;

/// Applicants that are offered for a number.
const MOST_APPLICANTS: usize = 4;
/// Related companies that are offered.
const MOST_PROPOSALS: usize = 6;

/// The field and the proposals; a sentence in their place when nobody else fits in.
#[component]
pub(super) fn Adding(model: BoardModel, chosen: Chosen, comparison: Comparison) -> impl IntoView {
    let texts = model.texts;
    if chosen.is_full() {
        return view! {
            <p class="fine compare__full" tabindex="-1" data-key="compare:field">{texts.comparison_full()}</p>
        }
        .into_any();
    }
    // The form appends its field to the comparison without what was typed before.
    let appended_to = model.state.comparing(Some(chosen.settled())).link();
    let whom = chosen
        .others()
        .is_empty()
        .then(|| view! { <p class="compare__whom">{texts.compare_whom()}</p> });
    let typed = chosen.sought().map(str::to_owned);
    let sought = comparison
        .sought
        .map(|sought| view! { <SoughtText model=model.clone() chosen=chosen.clone() sought /> });
    view! {
        <div class="compare__adding">
            {whom}
            <form class="search compare__form needs-script" data-state=appended_to>
                <label class="visually-hidden" for="compare-field">{texts.compare_field()}</label>
                <input
                    id="compare-field"
                    class="search__field"
                    name="compare"
                    value=typed
                    maxlength="200"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder=texts.compare_field()
                    aria-describedby="compare-check compare-several"
                    data-check="compare-check"
                    data-check-number=texts.compare_looks_up_number()
                    data-key="compare:field"
                />
                <button type="submit" class="button search__button" data-next="compare:field">
                    {texts.compare_add()}</button>
            </form>
            <ul class="add__check compare__check" id="compare-check" aria-live="polite"></ul>
            {sought}
            <Proposals model=model.clone() chosen related=comparison.proposals />
            <p class="fine needs-script" id="compare-several">{texts.compare_several()}</p>
        </div>
    }
    .into_any()
}

/// What became of a text that is no identifier.
#[component]
fn SoughtText(model: BoardModel, chosen: Chosen, sought: Sought) -> impl IntoView {
    let texts = model.texts;
    match sought {
        Sought::Unreadable(error) => {
            view! { <p class="check check--bad" role="alert">{error.explain(texts.0)}</p> }.into_any()
        }
        Sought::Failed => {
            view! { <p class="check check--bad" role="alert">{texts.search_failed_hint()}</p> }.into_any()
        }
        Sought::Documents(found) if found.is_empty() => {
            view! { <p class="check check--bad" role="alert">{texts.number_not_found()}</p> }.into_any()
        }
        Sought::Documents(found) => view! {
            <div class="compare__proposals" role="status">
                <span class="compare__proposing">{texts.compare_applicants()}</span>
                <ul class="compare__companies">
                    {applicants(found)
                        .into_iter()
                        .map(|found| view! { <Applicant model=model.clone() chosen=chosen.clone() found /> })
                        .collect_view()}
                </ul>
            </div>
        }
        .into_any(),
    }
}

/// The found documents, one for each applicant.
fn applicants(found: Vec<NumberMatch>) -> Vec<NumberMatch> {
    let mut apart: Vec<NumberMatch> = Vec::new();
    for found in found {
        if !apart.iter().any(|known| known.applicant == found.applicant) {
            apart.push(found);
        }
    }
    apart.truncate(MOST_APPLICANTS);
    apart
}

#[component]
fn Applicant(model: BoardModel, chosen: Chosen, found: NumberMatch) -> impl IntoView {
    let texts = model.texts;
    let identifiers = RelatedIdentifier::of_party(&found.applicant);
    let reason = format!("{}, {}", found.number, texts.day(found.registered_on));
    match Counterparty::of(identifiers.iter().map(|identifier| identifier.value.as_str())) {
        Some(counterparty) => {
            view! { <Company model chosen name=found.applicant.name counterparty reason /> }.into_any()
        }
        None => view! {
            <li class="compare__company">
                <span>{found.applicant.name}</span>
                <span class="compare__remark">{texts.applicant_without_number()}</span>
            </li>
        }
        .into_any(),
    }
}

/// Related companies, each a link to the comparison with it.
#[component]
fn Proposals(model: BoardModel, chosen: Chosen, related: Option<Vec<Related>>) -> impl IntoView {
    let texts = model.texts;
    let Some(related) = related else {
        return view! { <p class="fine">{texts.compare_proposals_failed()}</p> }.into_any();
    };
    if related.is_empty() {
        return ().into_any();
    }
    let companies = related
        .into_iter()
        .take(MOST_PROPOSALS)
        .filter_map(|company| {
            let values = company
                .identifiers
                .iter()
                .map(|identifier| identifier.value.as_str());
            let counterparty = Counterparty::of(values)?;
            let reason = texts.related_reason(company.reason).to_owned();
            Some(view! {
                <Company model=model.clone() chosen=chosen.clone() name=company.name counterparty reason />
            })
        })
        .collect_view();
    view! {
        <div class="compare__proposals">
            <span class="compare__proposing">{texts.compare_proposals()}</span>
            <ul class="compare__companies">{companies}</ul>
        </div>
    }
    .into_any()
}

/// A company that one click brings into the comparison, and why it is offered.
#[component]
fn Company(
    model: BoardModel,
    chosen: Chosen,
    name: String,
    counterparty: Counterparty,
    reason: String,
) -> impl IntoView {
    let texts = model.texts;
    let first = counterparty.values().first().cloned().unwrap_or_default();
    let name = if name.trim().is_empty() {
        first.clone()
    } else {
        certlens_domain::certification_body::short_name(&name)
    };
    let link = model.state.comparing(Some(chosen.with(counterparty))).link();
    view! {
        <li class="compare__company">
            <a
                href=link
                data-key=format!("compare:add:{first}")
                data-next="compare:field"
                aria-label=texts.compares_with(&name)
            >
                "+ " {name.clone()}
            </a>
            <span class="compare__remark">{reason}</span>
        </li>
    }
}
