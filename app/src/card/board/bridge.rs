//! The line that says which paired numbers were searched as well, on what that rests, and how to leave them out.

use crate::card::state::BoardState;
use crate::catalogue::Texts;
use certlens_domain::analytics::Bridge;
use leptos::prelude::*;

/// What learned pairs added; nothing when there are none and none were left out.
#[component]
pub(super) fn BridgeLine(texts: Texts, bridge: Bridge, state: BoardState) -> impl IntoView {
    let link = state
        .changed(|state| state.without_pairs = !state.without_pairs)
        .link();
    if state.without_pairs {
        return view! {
            <p class="bridge">
                <a class="bridge__switch" href=link data-key="pairs">{texts.with_pairs()}</a>
            </p>
        }
        .into_any();
    }
    if bridge.pairs.is_empty() {
        return ().into_any();
    }
    let pairs = bridge
        .pairs
        .iter()
        .map(|pair| {
            let rests_on = texts.pair_rests_on(pair);
            let (paired, shown) = (pair.paired.clone(), pair.paired.clone());
            view! { <abbr class="bridge__pair" data-paired=paired title=rests_on>{shown}</abbr> }
        })
        .collect_view();
    view! {
        <p class="bridge">
            {texts.also_searched()} " " {pairs} " " <span class="bridge__added">{texts.found_only_by_pairs(bridge.documents)}</span>
            " " <a class="bridge__switch" href=link data-key="pairs">{texts.without_pairs()}</a>
        </p>
    }
    .into_any()
}
