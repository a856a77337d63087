//! Tracking a card: a control that says who does, and a panel to subscribe, mute and unsubscribe. An island.
//!
//! What the viewer does shows immediately and is taken back when it can't be saved; what undoes it is offered beside it.
//! The panel asks for its choices when it is opened: a page that nobody tracks costs nothing.
//!
//! | what | where |
//! |---|---|
//! | plain data, shared with the server | [`model`] |
//! | orders, and how they are saved | [`saving`] |
//! | answering them | `answering` (server) |
//! | the form of what is wanted | `terms` |
//! | the viewer's subscriptions in all cards | `own` |

#[cfg(feature = "ssr")]
pub(super) mod answering;
pub mod model;
mod own;
pub(crate) mod saving;
mod terms;

use crate::catalogue::Texts;
use certlens_domain::language::Language;
use certlens_domain::subscription::Mute;
use chrono::{Days, NaiveDate};
use leptos::prelude::*;
use model::{CardTracking, Colleague, TrackingChoices, TrackingOrder};
use own::OwnSubscriptions;
use saving::{Done, give};
use terms::TermsForm;

/// What the control and the panel show.
#[derive(Clone, Copy)]
pub(crate) struct Panel {
    texts: Texts,
    today: NaiveDate,
    tracking: RwSignal<CardTracking>,
    /// What the last order did.
    done: RwSignal<Option<Done>>,
    /// Why the last order was not carried out.
    problem: RwSignal<Option<&'static str>>,
    /// What the panel shows, if it is open.
    shown: RwSignal<Shown>,
    /// What may be chosen, once the server said it.
    choices: RwSignal<Option<TrackingChoices>>,
    /// Counts orders, so that lists are read anew.
    own_changed: RwSignal<u32>,
}

/// What the panel shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// It is closed.
    Nothing,
    /// This card.
    Card,
    /// All cards of the viewer.
    Own,
}

/// The id of the control, to which the focus goes back.
const CONTROL: &str = "track";
/// The id of the panel.
const PANEL: &str = "tracking";

/// The control and the panel.
#[island]
pub(crate) fn TrackingPanel(
    /// The viewer's language.
    language: Language,
    /// The day of the page, UTC.
    today: NaiveDate,
    /// How it stood when the page was rendered.
    tracking: CardTracking,
) -> impl IntoView {
    let texts = Texts(language);
    let panel = Panel {
        texts,
        today,
        tracking: RwSignal::new(tracking),
        done: RwSignal::new(None),
        problem: RwSignal::new(None),
        shown: RwSignal::new(Shown::Nothing),
        choices: RwSignal::new(None),
        own_changed: RwSignal::new(0),
    };
    #[cfg(feature = "hydrate")]
    saving::follow_colleagues(panel);
    let is_own = move || panel.tracking.with(|tracking| !tracking.own.is_empty());
    let is_open = move || panel.shown.get() != Shown::Nothing;
    let words = move || {
        panel
            .tracking
            .with(|tracking| texts.tracked_by(!tracking.own.is_empty(), tracking.colleagues.len()))
    };
    let toggle = move |_| {
        panel.shown.update(|shown| {
            *shown = match shown {
                Shown::Nothing => Shown::Card,
                Shown::Card | Shown::Own => Shown::Nothing,
            };
        });
    };
    view! {
        <p class="tracking-line">
            <button
                type="button"
                id=CONTROL
                class="button track needs-script"
                class:track--own=is_own
                aria-expanded=move || is_open().to_string()
                aria-controls=PANEL
                on:click=toggle
            >
                {move || if is_own() { texts.tracked() } else { texts.track() }}
            </button>
            <span class="tracking-line__words">{words}</span>
            <noscript>{texts.tracking_needs_script()}</noscript>
        </p>
        <section
            class="panel tracking"
            id=PANEL
            aria-label=texts.tracking()
            hidden=move || !is_open()
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    close(panel);
                }
            }
        >
            {move || match panel.shown.get() {
                Shown::Nothing => ().into_any(),
                Shown::Card => view! { <CardTracked panel /> }.into_any(),
                Shown::Own => view! { <OwnSubscriptions panel /> }.into_any(),
            }}
            <Outcome panel />
        </section>
    }
}

/// Closes the panel; the focus is back where it was opened.
fn close(panel: Panel) {
    panel.shown.set(Shown::Nothing);
    #[cfg(feature = "hydrate")]
    if let Some(control) = document().get_element_by_id(CONTROL) {
        use wasm_bindgen::JsCast as _;
        if let Some(control) = control.dyn_ref::<web_sys::HtmlElement>() {
            // A browser that can't focus leaves the focus where it was.
            drop(control.focus());
        }
    }
}

/// What the last order did, with its undoing, or why it failed.
#[component]
fn Outcome(panel: Panel) -> impl IntoView {
    let texts = panel.texts;
    let done = move || {
        panel.done.get().map(|done| {
            let undo = done.undo.map(|order| {
                view! {
                    <button type="button" class="link" on:click=move |_| give(panel, order.clone())>
                        {texts.undo()}
                    </button>
                }
            });
            view! { <span>{done.words}</span> " " {undo} }
        })
    };
    view! {
        <p class="identifiers__done" role="status">{done}</p>
        <p class="identifiers__problem" role="alert">{move || panel.problem.get()}</p>
    }
}

/// This card: who else tracks it, the viewer's own subscription, the form.
#[component]
fn CardTracked(panel: Panel) -> impl IntoView {
    let texts = panel.texts;
    let is_own = Memo::new(move |_| panel.tracking.with(|tracking| !tracking.own.is_empty()));
    let colleagues = move || {
        let names = panel.tracking.with(|tracking| names(texts, &tracking.colleagues));
        (!names.is_empty()).then(|| view! { <p class="fine">{texts.also_tracked_by(&names)}</p> })
    };
    view! {
        <div class="tracking__head">
            <h2>{texts.tracking()}</h2>
            <button type="button" class="link" on:click=move |_| panel.shown.set(Shown::Own)>
                {texts.own_subscriptions()}
            </button>
        </div>
        {colleagues}
        {move || is_own.get().then(|| view! { <OwnInCard panel /> })}
        <TermsForm panel />
    }
}

/// Muting and ending what the viewer has in this card.
#[component]
fn OwnInCard(panel: Panel) -> impl IntoView {
    let texts = panel.texts;
    let ids = move || panel.tracking.with_untracked(CardTracking::own_ids);
    let is_pending = move || panel.tracking.with(CardTracking::is_pending);
    let mute = move |mute| give(panel, TrackingOrder::Mute { ids: ids(), mute });
    let silence = move || panel.tracking.with(CardTracking::silence);
    let silent = move || {
        silence().map(|until| {
            view! {
                <span>{texts.silent(until)}</span>
                <button type="button" class="link" disabled=is_pending on:click=move |_| mute(None)>
                    {texts.unmute()}
                </button>
            }
        })
    };
    let speaking = move || {
        silence().is_none().then(|| {
            view! {
                <span>{texts.mute()}</span>
                {mutes(texts, panel.today)
                    .into_iter()
                    .map(|(length, until)| {
                        view! {
                            <button type="button" class="link" disabled=is_pending on:click=move |_| mute(Some(until))>
                                {length}
                            </button>
                        }
                    })
                    .collect_view()}
            }
        })
    };
    view! {
        <p class="tracking__own">
            {silent} {speaking}
            <button
                type="button"
                class="link link--danger"
                disabled=is_pending
                on:click=move |_| give(panel, TrackingOrder::Unsubscribe { ids: ids() })
            >
                {texts.unsubscribe()}
            </button>
        </p>
    }
}

/// Colleagues by name, or by number where the portal has not told it.
fn names(texts: Texts, colleagues: &[Colleague]) -> String {
    let name = |colleague: &Colleague| {
        let unknown = || texts.user_number(colleague.user_id);
        colleague.name.clone().unwrap_or_else(unknown)
    };
    colleagues.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// For how long one may be told nothing.
fn mutes(texts: Texts, today: NaiveDate) -> [(&'static str, Mute); 3] {
    let until = |days| {
        let day = today.checked_add_days(Days::new(days));
        day.map_or(Mute::Forever, Mute::Until)
    };
    [
        (texts.mute_week(), until(7)),
        (texts.mute_month(), until(30)),
        (texts.mute_forever(), Mute::Forever),
    ]
}
