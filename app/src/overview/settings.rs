//! The administrator's settings: which fields hold numbers, and what is written into the CRM.

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
                <Mirrors texts edited saving />
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
        Saving::Failed(OverviewFailure::MirrorIsRead) => texts.not_saved_mirror_is_read(),
        Saving::Failed(OverviewFailure::MirrorTakesNoText) => texts.not_saved_mirror_no_text(),
        Saving::Failed(OverviewFailure::Unavailable) => texts.not_saved_now(),
    }
}

const fn name_of(texts: Texts, kind: CardKind) -> &'static str {
    match kind {
        CardKind::Company => texts.companies(),
        CardKind::Deal => texts.deals(),
        CardKind::Lead => texts.leads(),
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
    let none = fields
        .is_empty()
        .then(|| view! { <p class="fine">{texts.no_fields()}</p> });
    view! {
        <fieldset>
            <legend>{name_of(texts, kind)}</legend>
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

/// In which field the identifiers of each kind of cards are repeated.
#[component]
fn Mirrors(texts: Texts, edited: RwSignal<Settings>, saving: RwSignal<Saving>) -> impl IntoView {
    view! {
        <fieldset class="mirrors">
            <legend>{texts.mirrors()}</legend>
            <p class="fine">{texts.mirrors_hint()}</p>
            {CardKind::ALL.map(|kind| view! { <Mirror texts kind edited saving /> }).collect_view()}
        </fieldset>
    }
}

/// The choice for one kind of cards. A field that is marked as read above is no choice here, at once.
#[component]
fn Mirror(
    texts: Texts,
    kind: CardKind,
    edited: RwSignal<Settings>,
    saving: RwSignal<Saving>,
) -> impl IntoView {
    let offered: Vec<Field> = edited.with_untracked(|edited| edited.offered(kind).cloned().collect());
    let choose = move |event| {
        edited.update(|edited| edited.repeat_in(kind, &event_target_value(&event)));
        saving.set(Saving::Untouched);
    };
    let none = move || edited.with(|edited| edited.mirror(kind).is_none());
    if offered.is_empty() {
        return view! {
            <p class="mirrors__kind">
                <span>{name_of(texts, kind)}</span>
                <span class="fine">{texts.no_mirror_fields()}</span>
            </p>
        }
        .into_any();
    }
    let options = offered
        .into_iter()
        .map(
            |Field {
                 code,
                 name,
                 mirror,
                 chosen,
                 ..
             }| {
                let label = format!("{name} ({code})");
                let field = StoredValue::new(code.clone());
                let is = move |holds: fn(&Field) -> bool| {
                    field.with_value(|code| {
                        edited.with(|edited| edited.of(kind).any(|field| field.code == *code && holds(field)))
                    })
                };
                view! {
                    <option
                        value=code
                        selected=mirror
                        disabled=chosen
                        prop:selected=move || is(|field| field.mirror)
                        prop:disabled=move || is(|field| field.chosen)
                    >
                        {label}
                    </option>
                }
            },
        )
        .collect_view();
    view! {
        <label class="mirrors__kind">
            <span>{name_of(texts, kind)}</span>
            <select data-mirror=kind.key() on:change=choose>
                <option value="" prop:selected=none>
                    {texts.no_mirror()}
                </option>
                {options}
            </select>
        </label>
    }
    .into_any()
}
