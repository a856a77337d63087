//! A lead that says nothing of its counterparty: the viewer types an identifier, which may be kept in the lead.

use super::identifier_field::IdentifierField;
use super::model::LeadEntry;
use super::panel::Panel;
use super::panel::saving::Saving;
use crate::browser::{self, SessionClient, is_misunderstanding};
use certlens_domain::identifier::Identifier;
use certlens_domain::selection::{CardChange, SelectionOrigin};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use server_fn::codec::{Json, JsonEncoding};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// Why an identifier was not written into the lead. This is what travels: no internals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum KeepFailure {
    /// The session is missing, changed or over.
    #[error("the session has ended; reload the card")]
    Unauthorized,
    /// The text is no identifier.
    #[error("the text is no identifier")]
    Invalid,
    /// The viewer may not change the lead, or the portal's settings forbid writing.
    #[error("the lead may not be changed")]
    NotAllowed,
    /// The portal refused or did not answer.
    #[error("the portal did not carry out the change")]
    Refused,
}

#[cfg(feature = "ssr")]
impl KeepFailure {
    /// The HTTP status that goes with the failure.
    pub(super) const fn status(&self) -> http::StatusCode {
        match self {
            Self::Unauthorized => http::StatusCode::UNAUTHORIZED,
            Self::Invalid => http::StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotAllowed => http::StatusCode::FORBIDDEN,
            Self::Refused => http::StatusCode::BAD_GATEWAY,
        }
    }
}

impl FromServerFnError for KeepFailure {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        if is_misunderstanding(&error) {
            Self::Invalid
        } else {
            Self::Refused
        }
    }
}

impl browser::EndsWithSession for KeepFailure {
    fn is_session_end(&self) -> bool {
        *self == Self::Unauthorized
    }
}

/// Writes an identifier into the lead of the caller's session; answers the name of the field.
#[server(prefix = "/fn", endpoint = "keep", input = Json, output = Json, client = SessionClient)]
pub async fn keep(identifier: String) -> Result<String, KeepFailure> {
    super::answering::keep_in_lead(identifier).await
}

/// The form in the place of chips.
#[component]
pub(super) fn LeadEntryForm(panel: Panel, entry: LeadEntry) -> impl IntoView {
    let texts = panel.texts;
    let typed = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    let wanted = RwSignal::new(entry.field.is_some());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        match Identifier::parse(&typed.get_untracked()) {
            Ok(identifier) => {
                problem.set(None);
                let value = identifier.value().to_owned();
                if wanted.get_untracked() {
                    keep_typed(panel, value.clone());
                }
                Saving(panel).change(CardChange::Add {
                    value,
                    label: None,
                    origin: SelectionOrigin::Typed,
                    note: None,
                });
            }
            Err(error) => problem.set(Some(error.explain(texts.0))),
        }
    };
    view! {
        <section class="empty lead-entry">
            <h2>{texts.lead_entry()}</h2>
            <p>{texts.lead_entry_hint()}</p>
            <form class="lead-entry__form needs-script" on:submit=submit>
                <IdentifierField label=texts.lead_entry_field() problem_id="lead-problem" typed problem />
                <button type="submit" class="button button--alone">{texts.check()}</button>
                {entry
                    .field
                    .map(|field| {
                        view! {
                            <label class="lead-entry__keep">
                                <input
                                    type="checkbox"
                                    prop:checked=move || wanted.get()
                                    checked="checked"
                                    on:change=move |event| wanted.set(event_target_checked(&event))
                                />
                                {texts.keep_in_field(&field)}
                            </label>
                        }
                    })}
                <p id="lead-problem" class="add__problem" role="alert">{move || problem.get()}</p>
            </form>
        </section>
    }
}

/// Writes in the background: the search does not wait for the portal. The outcome is told below the chips.
fn keep_typed(panel: Panel, identifier: String) {
    let (texts, kept) = (panel.texts, panel.kept);
    kept.set(Some(texts.saving().to_owned()));
    spawn_local(async move {
        let outcome = browser::in_session(|| keep(identifier.clone())).await;
        kept.set(Some(match &outcome {
            Ok(field) => texts.kept_in_field(field),
            Err(KeepFailure::NotAllowed) => texts.lead_not_allowed().to_owned(),
            Err(_) => texts.lead_not_saved().to_owned(),
        }));
        if outcome.is_ok() {
            browser::reload_card();
        }
    });
}
