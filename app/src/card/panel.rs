//! The panel of identifiers: what is searched, more of it, less of it. An island: the browser keeps its state and saves
//! every change at once.
//!
//! A change shows immediately and is taken back when it can't be saved; what it undoes is offered beside it. Colleagues'
//! changes are fetched while the page is looked at.

mod add;
mod chip;
mod number;
pub(crate) mod saving;

use super::lead::LeadEntryForm;
use super::model::LeadEntry;
use crate::catalogue::Texts;
use add::AddIdentifiers;
use certlens_domain::identifier::Identifier;
use certlens_domain::language::Language;
use certlens_domain::selection::{CardChange, CardSelection, SelectedIdentifier};
use chip::Chip;
use leptos::prelude::*;
use saving::Saving;

/// What the chips show and what is under way.
#[derive(Clone, Copy)]
pub(crate) struct Panel {
    pub(super) texts: Texts,
    pub(super) selection: RwSignal<CardSelection>,
    /// What the last change did, and what takes it back.
    pub(super) done: RwSignal<Option<Done>>,
    /// Why the last change was not saved.
    pub(super) problem: RwSignal<Option<String>>,
    /// What became of writing an identifier into the lead.
    pub(super) kept: RwSignal<Option<String>>,
}

/// The last change.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub(super) words: String,
    pub(super) undo: Option<CardChange>,
}

/// The panel.
#[island]
pub(crate) fn IdentifierPanel(
    /// The viewer's language.
    language: Language,
    /// What the server knew when it rendered the page.
    selection: CardSelection,
    /// What a lead without an identifier offers.
    lead_entry: Option<LeadEntry>,
) -> impl IntoView {
    let texts = Texts(language);
    let panel = Panel {
        texts,
        selection: RwSignal::new(selection),
        done: RwSignal::new(None),
        problem: RwSignal::new(None),
        kept: RwSignal::new(None),
    };
    #[cfg(feature = "hydrate")]
    {
        saving::follow_colleagues(panel);
        saving::take_additions(panel);
    }
    let identifiers = move || panel.selection.with(|selection| selection.identifiers.clone());
    view! {
        <div class="identifiers">
            <ul class="chips" aria-label=texts.identifiers()>
                <For each=identifiers key=|selected| (selected.value.clone(), selected.label.clone(), selected.chosen) let:selected>
                    <Chip panel selected />
                </For>
            </ul>
            <AddIdentifiers panel />
        </div>
        <p class="identifiers__done" role="status">
            {move || {
                panel
                    .done
                    .get()
                    .map(|done| {
                        let undo = done
                            .undo
                            .map(|change| {
                                view! {
                                    <button type="button" class="link" on:click=move |_| Saving(panel).change(change.clone())>
                                        {texts.undo()}
                                    </button>
                                }
                            });
                        view! { <span>{done.words}</span> " " {undo} }
                    })
            }}
        </p>
        <p class="identifiers__problem" role="alert">{move || panel.problem.get()}</p>
        {move || panel.kept.get().map(|text| view! { <p class="notice" role="status">{text}</p> })}
        {move || flaws(texts, &identifiers())}
        {move || {
            let entry = lead_entry.clone().filter(|_| panel.selection.with(|selection| selection.identifiers.is_empty()));
            entry.map(|entry| view! { <LeadEntryForm panel entry /> })
        }}
    }
}

/// What is wrong with the numbers that are searched all the same.
fn flaws(texts: Texts, identifiers: &[SelectedIdentifier]) -> impl IntoView + use<> {
    identifiers
        .iter()
        .filter_map(|selected| {
            let identifier = Identifier::parse(&selected.value).ok()?;
            let reason = identifier.reason(texts.0)?;
            let value = selected.value.clone();
            Some(view! {
                <p class="notice notice--warning" data-identifier=value.clone()>
                    <strong>{value.clone()}</strong>
                    " — "
                    {reason}
                    " "
                    {texts.wrong_identifier()}
                </p>
            })
        })
        .collect_view()
}
