//! The headline figures and the six registries: count, kinds, data date; "zero" and "not loaded" look different.

use crate::catalogue::Texts;
use certlens_domain::analytics::{EXPIRING_WITHIN_DAYS, RegistrySummary, Totals};
use leptos::prelude::*;

/// The totals in one line, then a tile for each registry.
#[component]
pub(super) fn RegistryTiles(texts: Texts, totals: Totals, registries: Vec<RegistrySummary>) -> impl IntoView {
    view! {
        <Figures texts totals />
        <section aria-labelledby="registries">
            <h2 id="registries" class="visually-hidden">{texts.registries()}</h2>
            <ul class="tiles">
                {registries.into_iter().map(|summary| view! { <RegistryTile texts summary /> }).collect_view()}
            </ul>
        </section>
    }
}

#[component]
fn Figures(texts: Texts, totals: Totals) -> impl IntoView {
    let not_valid = (totals.not_valid_in_rf > 0).then(|| {
        (
            "not-valid-in-rf",
            totals.not_valid_in_rf,
            texts.not_valid_in_rf(totals.not_valid_in_rf).to_owned(),
        )
    });
    let figures = [
        ("active", totals.active, texts.in_force(totals.active).to_owned()),
        (
            "expiring",
            totals.expiring_90d,
            texts.expire_within(totals.expiring_90d, EXPIRING_WITHIN_DAYS),
        ),
        (
            "documents",
            totals.documents,
            texts.documents_word(totals.documents).to_owned(),
        ),
        (
            "certificates",
            totals.certificates,
            texts.certificates_word(totals.certificates).to_owned(),
        ),
        (
            "declarations",
            totals.declarations,
            texts.declarations_word(totals.declarations).to_owned(),
        ),
    ];
    view! {
        <ul class="figures">
            {figures
                .into_iter()
                .chain(not_valid)
                .map(|(name, number, word)| {
                    view! {
                        <li class=format!("figure figure--{name}") class:figure--none=number == 0 data-figure=name data-count=number>
                            <span class="figure__number">{texts.count(number)}</span>
                            " "
                            <span class="figure__word">{word}</span>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
}

#[component]
fn RegistryTile(texts: Texts, summary: RegistrySummary) -> impl IntoView {
    let registry = summary.registry;
    let count = if summary.loaded {
        texts.count(summary.documents())
    } else {
        "—".to_owned()
    };
    let kinds = (summary.loaded && registry.only_kind().is_none() && summary.documents() > 0).then(|| {
        format!(
            "{} · {}",
            texts.certificates_counted(summary.certificates),
            texts.declarations_counted(summary.declarations)
        )
    });
    let detail = match (summary.loaded, summary.data_date) {
        (true, Some(date)) => texts.data_until(date),
        (true, None) => String::new(),
        (false, _) => texts.not_loaded().to_owned(),
    };
    view! {
        <li
            class="tile"
            class:tile--missing=!summary.loaded
            class:tile--zero=summary.loaded && summary.documents() == 0
            title=(!summary.loaded).then(|| texts.not_loaded_hint())
            data-registry=registry.key()
            data-loaded=summary.loaded.to_string()
            data-certificates=summary.certificates
            data-declarations=summary.declarations
        >
            <span class="tile__name">{texts.registry(registry)}</span>
            <span class="tile__count">{count}</span>
            <span class="tile__kinds">{kinds}</span>
            <span class="tile__detail">{detail}</span>
        </li>
    }
}
