//! Whether the application can work on the portal: standing, tabs and events.

use super::model::{Bindings, Progress, Standing};
use crate::catalogue::Texts;
use leptos::prelude::*;

/// The panel of the connection.
#[component]
pub(super) fn Connection(texts: Texts, progress: RwSignal<Progress>) -> impl IntoView {
    view! {
        <section class="panel">
            <h2>{texts.connection()}</h2>
            {move || {
                progress.with(|progress| {
                    view! {
                        <StandingLine texts standing=progress.standing.clone() bindings=progress.bindings.clone() />
                        <BindingsLine texts bindings=progress.bindings.clone() />
                    }
                })
            }}
        </section>
    }
}

#[component]
fn StandingLine(texts: Texts, standing: Standing, bindings: Bindings) -> impl IntoView {
    let (kind, words) = match &standing {
        Standing::Working if bindings.problems.is_empty() => ("active", texts.connection_working()),
        Standing::Working => ("warned", texts.connection_incomplete()),
        Standing::Suspended(_) => ("suspended", texts.connection_suspended()),
        Standing::NeedsAccess => ("suspended", texts.connection_needs_access()),
    };
    let reason = match standing {
        Standing::Suspended(reason) => Some(texts.suspension(&reason)),
        Standing::Working | Standing::NeedsAccess => None,
    };
    view! {
        <p class="standing">
            <span class=format!("badge badge--{kind}") data-standing=kind>{words}</span>
            {reason.map(|reason| view! { <span>{reason}</span> })}
        </p>
    }
}

#[component]
fn BindingsLine(texts: Texts, bindings: Bindings) -> impl IntoView {
    let words = match (bindings.checked, bindings.restored) {
        (false, _) => texts.bindings_unknown().to_owned(),
        (true, 0) => texts.bindings_fine().to_owned(),
        (true, restored) => format!(
            "{}: {}",
            texts.bindings_restored(),
            texts.count(u64::from(restored))
        ),
    };
    let problems = bindings.problems;
    view! {
        {problems
            .is_empty()
            .then(|| {
                view! {
                    <p class="fine" data-bindings=bindings.restored.to_string()>
                        {texts.tabs_and_events()}
                        ": "
                        {words}
                    </p>
                }
            })}
        <ul class="problems">
            {problems
                .into_iter()
                .map(|problem| {
                    view! {
                        <li>
                            <code>{problem.name}</code>
                            " — "
                            {problem.reason}
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
}
