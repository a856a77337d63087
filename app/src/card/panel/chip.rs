//! One identifier: switched on and off by a click; its label, its origin and its removal unfold beside it.

use super::Panel;
use super::saving::Saving;
use crate::catalogue::Texts;
use certlens_domain::identifier::Identifier;
use certlens_domain::selection::{CardChange, LONGEST_LABEL, SelectedIdentifier};
use leptos::prelude::*;

/// The chip.
#[component]
pub(super) fn Chip(panel: Panel, selected: SelectedIdentifier) -> impl IntoView {
    let texts = panel.texts;
    let identifier = Identifier::parse(&selected.value).ok();
    let wrong = identifier
        .as_ref()
        .is_none_or(|identifier| !identifier.is_valid());
    let kinds = identifier
        .iter()
        .flat_map(Identifier::kinds)
        .map(|kind| kind.name(texts.0))
        .collect::<Vec<_>>()
        .join(" / ");
    let value = selected.value.clone();
    let name = selected.label.clone().unwrap_or_else(|| value.clone());
    let choose = CardChange::Choose {
        value: value.clone(),
        chosen: !selected.chosen,
    };
    view! {
        <li class="chip-holder">
            <button
                type="button"
                class="chip"
                class:chip--wrong=wrong
                data-value=value.clone()
                aria-pressed=selected.chosen.to_string()
                title=origin(texts, &selected)
                on:click=move |_| Saving(panel).change(choose.clone())
            >
                <span class="chip__kind">{kinds}</span>
                <span class="chip__value">{name}</span>
            </button>
            <details class="chip-menu needs-script">
                <summary aria-label=texts.more_about(&value)>"⋯"</summary>
                <ChipMenu panel selected />
            </details>
        </li>
    }
}

#[component]
fn ChipMenu(panel: Panel, selected: SelectedIdentifier) -> impl IntoView {
    let texts = panel.texts;
    let label = RwSignal::new(selected.label.clone().unwrap_or_default());
    let about = origin(texts, &selected);
    let (labelled, removed) = (selected.value.clone(), selected.value.clone());
    let rename = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let label = label.get_untracked().trim().to_owned();
        Saving(panel).change(CardChange::Label {
            value: labelled.clone(),
            label: (!label.is_empty()).then_some(label),
        });
    };
    let remove = move |_| {
        Saving(panel).change(CardChange::Remove {
            value: removed.clone(),
        });
    };
    view! {
        <div class="chip-menu__body">
            <p class="chip-menu__value">{selected.value.clone()}</p>
            <p class="fine">{about}</p>
            <form class="chip-menu__label" on:submit=rename>
                <input
                    class="add__field"
                    maxlength=LONGEST_LABEL
                    aria-label=texts.label_word()
                    placeholder=texts.label_word()
                    prop:value=move || label.get()
                    on:input=move |event| label.set(event_target_value(&event))
                />
                <button type="submit" class="button">{texts.save()}</button>
            </form>
            <button type="button" class="link link--danger" on:click=remove>{texts.remove()}</button>
        </div>
    }
}

/// Where an identifier comes from, and who added it when.
fn origin(texts: Texts, selected: &SelectedIdentifier) -> String {
    let mut parts = vec![texts.selection_origin(selected.origin, selected.origin_note.as_deref())];
    parts.extend(selected.company.clone());
    if selected.origin.is_crm() && !selected.in_crm {
        parts.push(texts.lost_in_crm().to_owned());
    }
    if let Some(who) = &selected.added_by {
        let when = selected.added_at.map(|at| texts.day(at.date_naive()));
        parts.push(texts.added_by(who, when.as_deref()));
    }
    parts.join(" · ")
}
