//! The administrator's settings: which fields hold numbers, and whether a lead is written to.

use super::calls::{OverviewFailure, save_settings};
use super::model::{CardKind, Field, IndexState, Progress, Settings};
use crate::browser;
use crate::catalogue::Texts;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// How the latest attempt to save ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Saving {
    Untouched,
    UnderWay,
    Saved,
    Failed(OverviewFailure),
}

/// The form.
#[component]
pub(super) fn SettingsPanel(texts: Texts, settings: Settings, progress: RwSignal<Progress>) -> impl IntoView {
    let kinds = CardKind::ALL.map(|kind| (kind, settings.of(kind).cloned().collect::<Vec<_>>()));
    let edited = RwSignal::new(settings);
    let saving = RwSignal::new(Saving::Untouched);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        saving.set(Saving::UnderWay);
        let change = edited.with_untracked(Settings::change);
        spawn_local(async move {
            saving.set(
                match browser::in_session(|| save_settings(change.clone())).await {
                    Ok(()) => {
                        // The cards are read anew: the page follows.
                        progress.update(|progress| progress.index.state = IndexState::Waiting);
                        Saving::Saved
                    }
                    Err(failure) => Saving::Failed(failure),
                },
            );
        });
    };
    view! {
        <section class="panel">
            <h2>{texts.settings()}</h2>
            <p class="fine">{texts.settings_hint()}</p>
            <form class="settings" on:submit=save>
                <div class="settings__kinds">
                    {kinds
                        .map(|(kind, fields)| view! { <FieldsOfKind texts kind fields edited saving /> })
                        .collect_view()}
                </div>
                <label class="switch">
                    <input
                        type="checkbox"
                        prop:checked=move || edited.with(|edited| edited.lead_write_back)
                        checked=edited.with_untracked(|edited| edited.lead_write_back)
                        on:change=move |event| {
                            edited.update(|edited| edited.lead_write_back = event_target_checked(&event));
                            saving.set(Saving::Untouched);
                        }
                    />
                    <span>
                        {texts.lead_write_back()} " " <span class="fine">{texts.lead_write_back_hint()}</span>
                    </span>
                </label>
                <p class="settings__end">
                    <button
                        type="submit"
                        class="button button--alone needs-script"
                        prop:disabled=move || saving.get() == Saving::UnderWay
                    >
                        {texts.save()}
                    </button>
                    <span role="status">{move || outcome(texts, saving.get())}</span>
                </p>
            </form>
        </section>
    }
}

fn outcome(texts: Texts, saving: Saving) -> &'static str {
    match saving {
        Saving::Untouched => "",
        Saving::UnderWay => texts.saving(),
        Saving::Saved => texts.saved(),
        Saving::Failed(OverviewFailure::Unauthorized) => texts.session_ended(),
        Saving::Failed(OverviewFailure::Forbidden) => texts.not_saved_forbidden(),
        Saving::Failed(OverviewFailure::UnknownField) => texts.not_saved_unknown_field(),
        Saving::Failed(OverviewFailure::Unavailable) => texts.not_saved_now(),
    }
}

#[component]
fn FieldsOfKind(
    texts: Texts,
    kind: CardKind,
    fields: Vec<Field>,
    edited: RwSignal<Settings>,
    saving: RwSignal<Saving>,
) -> impl IntoView {
    let heading = match kind {
        CardKind::Company => texts.companies(),
        CardKind::Deal => texts.deals(),
        CardKind::Lead => texts.leads(),
    };
    let none = fields
        .is_empty()
        .then(|| view! { <p class="fine">{texts.no_fields()}</p> });
    view! {
        <fieldset>
            <legend>{heading}</legend>
            {none}
            {fields
                .into_iter()
                .map(|field| {
                    let code = field.code.clone();
                    let toggle = move |_| {
                        edited.update(|edited| edited.toggle(kind, &code));
                        saving.set(Saving::Untouched);
                    };
                    view! {
                        <label class="switch">
                            <input type="checkbox" checked=field.chosen on:change=toggle data-field=field.code.clone() />
                            <span>
                                {field.name} " " <code class="fine">{field.code}</code>
                                {field.suggested.then(|| view! { " " <span class="fine">"· " {texts.suggested()}</span> })}
                            </span>
                        </label>
                    }
                })
                .collect_view()}
        </fieldset>
    }
}
