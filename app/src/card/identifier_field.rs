//! The field in which a viewer types an identifier, with the place where its problem is said.

use leptos::prelude::*;

/// The field; typing clears the problem.
#[component]
pub(super) fn IdentifierField(
    /// Placeholder and name of the field.
    label: &'static str,
    /// The id of the element that says the problem.
    problem_id: &'static str,
    typed: RwSignal<String>,
    problem: RwSignal<Option<String>>,
) -> impl IntoView {
    view! {
        <input
            class="add__field"
            type="text"
            maxlength="40"
            size="26"
            autocomplete="off"
            spellcheck="false"
            placeholder=label
            aria-label=label
            aria-describedby=problem_id
            aria-invalid=move || problem.with(Option::is_some).to_string()
            prop:value=move || typed.get()
            on:input=move |event| {
                typed.set(event_target_value(&event));
                problem.set(None);
            }
        />
    }
}
