//! The technical regulations with the most documents, each with its title and a bar.

use crate::catalogue::Texts;
use certlens_domain::analytics::TechnicalRegulationCount;
use certlens_domain::technical_regulation::TechnicalRegulation;
use leptos::prelude::*;

/// How many regulations are listed at once; the rest folds away.
const LISTED: usize = 6;

/// Documents by technical regulation, most first.
#[component]
pub(super) fn Regulations(
    texts: Texts,
    counts: Vec<TechnicalRegulationCount>,
    documents: u64,
) -> impl IntoView {
    let highest = counts.first().map_or(1, |first| first.documents.max(1));
    let note = counts.iter().map(|count| count.documents).sum::<u64>() > documents;
    let rest = counts.get(LISTED..).unwrap_or_default().to_vec();
    let listed: Vec<_> = counts.into_iter().take(LISTED).collect();
    let empty = listed.is_empty();
    let row = move |count: TechnicalRegulationCount| view! { <RegulationRow texts count highest /> };
    view! {
        <section class="panel" aria-labelledby="regulations">
            <h2 id="regulations">{texts.regulations()}</h2>
            {empty.then(|| view! { <p class="fine">{texts.no_regulations()}</p> })}
            <ul class="bars">{listed.into_iter().map(row).collect_view()}</ul>
            {(!rest.is_empty())
                .then(|| {
                    view! {
                        <details class="more">
                            <summary>{texts.more_regulations(rest.len() as u64)}</summary>
                            <ul class="bars">{rest.into_iter().map(row).collect_view()}</ul>
                        </details>
                    }
                })}
            {note.then(|| view! { <p class="fine">{texts.regulations_note()}</p> })}
        </section>
    }
}

#[component]
fn RegulationRow(texts: Texts, count: TechnicalRegulationCount, highest: u64) -> impl IntoView {
    let known = TechnicalRegulation::of_code(&count.code);
    let title = known.map(|regulation| regulation.title(texts.0));
    // Per mille of the longest bar, at least a visible sliver.
    let length = (count.documents * 1_000 / highest).max(6);
    let code = count.code.clone();
    view! {
        <li class="bars__row" data-regulation=code data-count=count.documents title=title>
            <span class="bars__name">
                <span class="bars__code">{count.code}</span>
                " "
                <span class="bars__title">{title}</span>
            </span>
            <span class="bars__count">{texts.count(count.documents)}</span>
            <svg class="bars__bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
                <rect class="bars__track" x="0" y="0" width="1000" height="10" />
                <rect class="bars__fill" x="0" y="0" width=length height="10" />
            </svg>
        </li>
    }
}
