//! Who the counterparty is and what is searched by: name, identifiers, role.

use super::identifier_field::IdentifierField;
use super::model::{ListedIdentifier, NotAdded, Origin, Selection};
use crate::catalogue::Texts;
use certlens_domain::analytics::RoleFilter;
use certlens_domain::document::Role;
use leptos::prelude::*;

/// The page's head. `changed` is called after every change of the selection.
#[component]
pub(super) fn CardHeader(
    texts: Texts,
    title: String,
    selection: RwSignal<Selection>,
    changed: Callback<()>,
) -> impl IntoView {
    view! {
        <header class="card-header">
            <h1>{title}</h1>
            <div class="card-header__controls">
                <ul class="chips" aria-label=texts.identifiers()>
                    {move || {
                        selection
                            .with(|selection| selection.identifiers.clone())
                            .into_iter()
                            .map(|listed| view! { <IdentifierChip texts listed selection changed /> })
                            .collect_view()
                    }}
                </ul>
                <AddIdentifier texts selection changed />
                <RoleChoice texts selection changed />
            </div>
            {move || {
                selection
                    .with(|selection| selection.identifiers.clone())
                    .into_iter()
                    .filter_map(|listed| {
                        let reason = listed.identifier.reason(texts.0)?;
                        Some(view! {
                            <p class="notice notice--warning" data-identifier=listed.identifier.value().to_owned()>
                                <strong>{listed.identifier.value().to_owned()}</strong>
                                " — "
                                {reason}
                                " "
                                {texts.wrong_identifier()}
                            </p>
                        })
                    })
                    .collect_view()
            }}
        </header>
    }
}

#[component]
fn IdentifierChip(
    texts: Texts,
    listed: ListedIdentifier,
    selection: RwSignal<Selection>,
    changed: Callback<()>,
) -> impl IntoView {
    let value = listed.identifier.value().to_owned();
    let kinds = listed
        .identifier
        .kinds()
        .map(|kind| kind.name(texts.0))
        .collect::<Vec<_>>()
        .join(" / ");
    let origin = match listed.origin {
        Origin::Requisite(name) => texts.from_requisite(&name),
        Origin::Field(name) => texts.from_field(&name),
        Origin::Typed => texts.typed_here().to_owned(),
    };
    let toggled = value.clone();
    let toggle = move |_| {
        selection.update(|selection| selection.toggle(&toggled));
        changed.run(());
    };
    view! {
        <li>
            <button
                type="button"
                class="chip"
                class:chip--wrong=!listed.identifier.is_valid()
                aria-pressed=listed.chosen.to_string()
                title=origin
                on:click=toggle
            >
                <span class="chip__kind">{kinds}</span>
                <span class="chip__value">{value}</span>
            </button>
        </li>
    }
}

#[component]
fn AddIdentifier(texts: Texts, selection: RwSignal<Selection>, changed: Callback<()>) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let mut result = Ok(());
        selection.update(|selection| result = selection.add(&typed.get_untracked()));
        match result {
            Ok(()) => {
                typed.set(String::new());
                problem.set(None);
                changed.run(());
            }
            Err(NotAdded::Listed) => problem.set(Some(texts.already_listed().to_owned())),
            Err(NotAdded::Unreadable(error)) => problem.set(Some(error.explain(texts.0))),
        }
    };
    view! {
        <form class="add needs-script" on:submit=add>
            <IdentifierField label=texts.add_identifier() problem_id="add-problem" typed problem />
            <button type="submit" class="button">{texts.add()}</button>
            <p id="add-problem" class="add__problem" role="alert">{move || problem.get()}</p>
        </form>
    }
}

#[component]
fn RoleChoice(texts: Texts, selection: RwSignal<Selection>, changed: Callback<()>) -> impl IntoView {
    let choices = [
        (RoleFilter::Any, texts.role_any()),
        (RoleFilter::Applicant, texts.role_name(Role::Applicant)),
        (RoleFilter::Manufacturer, texts.role_name(Role::Manufacturer)),
    ];
    view! {
        <div class="segments needs-script" role="group" aria-label=texts.role()>
            {choices
                .map(|(role, name)| {
                    view! {
                        <button
                            type="button"
                            class="segment"
                            aria-pressed=move || selection.with(|selection| selection.role == role).to_string()
                            on:click=move |_| {
                                selection.update(|selection| selection.role = role);
                                changed.run(());
                            }
                        >
                            {name}
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}
