//! Adding identifiers: one or a pasted list, checked while it is typed.

use super::Panel;
use super::number::{Applicants, LookUp, look_up};
use super::saving::Saving;
use crate::card::typed::Typed;
use certlens_domain::selection::{CardChange, SelectionOrigin};
use leptos::prelude::*;

/// The field, the check of what stands in it, and the button.
#[component]
pub(super) fn AddIdentifiers(panel: Panel) -> impl IntoView {
    let texts = panel.texts;
    let typed = RwSignal::new(String::new());
    let outcome = RwSignal::new(LookUp::Nothing);
    let read = Memo::new(move |_| typed.with(|typed| Typed::of(typed)));
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let changes = read.with_untracked(changes);
        if !changes.is_empty() {
            typed.set(String::new());
            outcome.set(LookUp::Nothing);
            Saving(panel).change_all(changes);
        } else if let Some(number) = read.with_untracked(Typed::number) {
            look_up(number, outcome);
        }
    };
    let is_ready = move || read.with(|read| !read.identifiers().is_empty() || read.number().is_some());
    view! {
        <form class="add needs-script" on:submit=add>
            <input
                id="add-identifier"
                class="add__field"
                aria-label=texts.add_identifier()
                placeholder=texts.add_identifier()
                autocomplete="off"
                spellcheck="false"
                aria-describedby="add-check"
                prop:value=move || typed.get()
                on:input=move |event| {
                    typed.set(event_target_value(&event));
                    outcome.set(LookUp::Nothing);
                }
            />
            <button type="submit" class="button" disabled=move || !is_ready()>
                {texts.add()}
            </button>
            <ul class="add__check" id="add-check" aria-live="polite">
                {move || read.with(|read| read.lines(texts, texts.looks_up_number())).into_iter().map(|line| {
                    view! { <li class=line.class>{line.words}</li> }
                }).collect_view()}
            </ul>
            <div class="add__check" aria-live="polite"><Applicants panel outcome /></div>
        </form>
    }
}

/// What the button adds.
fn changes(typed: &Typed) -> Vec<CardChange> {
    let identifiers = typed.identifiers();
    let origin = if identifiers.len() > 1 {
        SelectionOrigin::Pasted
    } else {
        SelectionOrigin::Typed
    };
    let add = |identifier: &certlens_domain::identifier::Identifier| CardChange::Add {
        value: identifier.value().to_owned(),
        label: None,
        origin,
        note: None,
    };
    identifiers.iter().map(add).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_added_as_pasted_each_number_once() {
        assert_eq!(changes(&Typed::of("7707083893, 7707 083 893, ромашка")).len(), 1);
        let pasted = changes(&Typed::of("7707083893, 1027700132195"));
        assert!(matches!(
            pasted[0],
            CardChange::Add {
                origin: SelectionOrigin::Pasted,
                ..
            }
        ));
    }
}
