//! How to read the board: unfolds at its end, without a script.

use crate::catalogue::Texts;
use leptos::prelude::*;

/// Terms and what they mean here.
#[component]
pub(super) fn Help(texts: Texts) -> impl IntoView {
    let entries = texts
        .help()
        .into_iter()
        .map(|(term, meaning)| {
            view! {
                <dt>{term}</dt>
                <dd>{meaning}</dd>
            }
        })
        .collect_view();
    view! {
        <details class="help" data-part="help">
            <summary>{texts.how_to_read()}</summary>
            <dl class="help__list">{entries}</dl>
        </details>
    }
}
