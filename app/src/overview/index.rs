//! How far the portal's CRM is read.

use super::model::{Index, IndexState, Progress};
use crate::catalogue::Texts;
use leptos::prelude::*;

/// The panel of the reading.
#[component]
pub(super) fn IndexPanel(texts: Texts, progress: RwSignal<Progress>) -> impl IntoView {
    view! {
        <section class="panel">
            <h2>{texts.crm_index()}</h2>
            {move || progress.with(|progress| view! { <IndexFigures texts index=progress.index.clone() /> })}
            <p class="fine">{texts.index_hint()}</p>
        </section>
    }
}

#[component]
fn IndexFigures(texts: Texts, index: Index) -> impl IntoView {
    let (kind, words) = match index.state {
        IndexState::Waiting => ("expired", texts.index_waiting()),
        IndexState::Running(_) => ("active", texts.index_running()),
        IndexState::Complete => ("active", texts.index_complete()),
        IndexState::Retrying => ("warned", texts.index_retrying()),
    };
    let percent = match index.state {
        IndexState::Running(percent) => percent,
        _ => None,
    };
    let rows = [
        (texts.companies(), index.companies, "companies"),
        (texts.deals(), index.deals, "deals"),
        (texts.leads(), index.leads, "leads"),
    ];
    view! {
        <p class="standing">
            <span class=format!("badge badge--{kind}") data-index=kind>{words}</span>
            {index
                .completed_on
                .filter(|_| index.state == IndexState::Complete)
                .map(|at| view! { <span class="fine">{texts.day(at)}</span> })}
        </p>
        {percent
            .map(|percent| {
                view! {
                    <progress class="meter" max="100" value=percent.to_string() aria-label=texts.index_running()>
                        {percent.to_string()}
                        "%"
                    </progress>
                }
            })}
        <dl class="counts">
            {rows
                .map(|(name, count, key)| {
                    view! {
                        <div data-cards=key data-count=count.to_string()>
                            <dt>{name}</dt>
                            <dd>{texts.count(count)}</dd>
                        </div>
                    }
                })
                .collect_view()}
        </dl>
    }
}
