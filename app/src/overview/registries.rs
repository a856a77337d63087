//! The six registries and how fresh their data are.

use super::model::RegistryFacts;
use crate::catalogue::Texts;
use leptos::prelude::*;

/// The table; nothing when the facts could not be read.
#[component]
pub(super) fn RegistriesPanel(texts: Texts, registries: Vec<RegistryFacts>) -> impl IntoView {
    if registries.is_empty() {
        return ().into_any();
    }
    view! {
        <section class="panel">
            <h2>{texts.registries()}</h2>
            <table class="freshness">
                <thead>
                    <tr>
                        <th scope="col">{texts.registry_heading()}</th>
                        <th scope="col" class="freshness__number">{texts.documents_heading()}</th>
                        <th scope="col">{texts.data_date_heading()}</th>
                        <th scope="col">{texts.last_import_heading()}</th>
                    </tr>
                </thead>
                <tbody>
                    {registries.into_iter().map(|facts| view! { <RegistryRow texts facts /> }).collect_view()}
                </tbody>
            </table>
            <p class="fine">{texts.freshness_hint()}</p>
        </section>
    }
    .into_any()
}

#[component]
fn RegistryRow(texts: Texts, facts: RegistryFacts) -> impl IntoView {
    let nothing = || "—".to_owned();
    let documents = if facts.loaded {
        texts.count(facts.documents)
    } else {
        texts.not_loaded().to_owned()
    };
    let rejected = (facts.rejected > 0).then(|| texts.rows_rejected(facts.rejected));
    view! {
        <tr data-registry=facts.registry.key() data-loaded=facts.loaded.to_string()>
            <th scope="row">{texts.registry(facts.registry)}</th>
            <td class="freshness__number" class:freshness__missing=!facts.loaded>{documents}</td>
            <td>{facts.data_date.map_or_else(nothing, |date| texts.day(date))}</td>
            <td>
                {facts.imported_on.map_or_else(nothing, |date| texts.day(date))}
                {rejected.map(|rejected| view! { <span class="fine">" "{rejected}</span> })}
            </td>
        </tr>
    }
}
