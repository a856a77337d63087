//! What pairs of INN and OGRN, learned from the documents themselves, added to the answer; and the switch for it.

use super::model::Selection;
use crate::catalogue::Texts;
use certlens_domain::analytics::Bridge;
use leptos::prelude::*;

/// One line: which numbers were added, on what that rests, how many documents were found only so. Nothing where no pair
/// is known. `changed` is called after the switch.
#[component]
pub(super) fn BridgeLine(
    texts: Texts,
    bridge: Bridge,
    selection: RwSignal<Selection>,
    changed: Callback<()>,
) -> impl IntoView {
    let on = selection.with_untracked(|selection| selection.bridge);
    if on && bridge.pairs.is_empty() {
        return ().into_any();
    }
    let switch = move |_| {
        selection.update(|selection| selection.bridge = !selection.bridge);
        changed.run(());
    };
    let documents = bridge.documents;
    let pairs = bridge
        .pairs
        .into_iter()
        .map(|pair| {
            let basis = texts.pair_rests_on(&pair);
            let paired = pair.paired.clone();
            view! { <span class="bridge__pair" title=basis data-paired=pair.paired>{paired}</span> }
        })
        .collect_view();
    view! {
        <p class="bridge" data-bridge=on.to_string() data-documents=documents>
            {on.then(|| view! {
                <span>{texts.also_searched()} " "</span>
                {pairs}
                <span class="fine">{texts.found_only_by_pairs(documents)}</span>
            })}
            <button type="button" class="link needs-script" aria-pressed=on.to_string() on:click=switch>
                {if on { texts.without_pairs() } else { texts.with_pairs() }}
            </button>
        </p>
    }
    .into_any()
}
