//! The control beside the card's title, and the panel below it. Every button says what it orders in its `data-order`.

use super::model::{Asked, CardTracking, Choices, Colleague, Order, Outcome, OwnList, Shown};
use super::own::Own;
use super::terms::TermsForm;
use crate::browser::TRACKING_ELEMENT;
use crate::catalogue::Texts;
use certlens_domain::subscription::Mute;
use chrono::{Days, NaiveDate};
use leptos::prelude::*;

/// What is below the control.
#[derive(Debug, Clone)]
pub(crate) enum Opened {
    /// Nothing.
    Nothing,
    /// This card.
    Card(Box<Choices>),
    /// All cards of the viewer.
    Own(OwnList),
}

/// All that the control and the panel show.
#[derive(Debug, Clone)]
pub(crate) struct TrackingPanel {
    pub(crate) texts: Texts,
    pub(crate) today: NaiveDate,
    pub(crate) tracking: CardTracking,
    pub(crate) opened: Opened,
    pub(crate) outcome: Outcome,
}

/// The place of the control and the panel in the page, closed. What the browser says when no answer comes is written down here.
#[component]
pub(crate) fn TrackingPlace(texts: Texts, today: NaiveDate, tracking: CardTracking) -> impl IntoView {
    let shown = TrackingPanel {
        texts,
        today,
        tracking,
        opened: Opened::Nothing,
        outcome: Outcome::Nothing,
    };
    view! {
        <div
            class="tracking-place"
            id=TRACKING_ELEMENT
            data-session-ended=texts.session_ended_hint()
            data-not-saved=texts.change_not_saved()
        >
            <TrackingParts shown />
        </div>
    }
}

/// The control and the panel.
#[component]
pub(crate) fn TrackingParts(shown: TrackingPanel) -> impl IntoView {
    let TrackingPanel {
        texts,
        today,
        tracking,
        opened,
        outcome,
    } = shown;
    let (is_own, is_open) = (!tracking.own.is_empty(), !matches!(opened, Opened::Nothing));
    let toggled = if is_open { Shown::Closed } else { Shown::Card };
    let view_again = match &opened {
        Opened::Own(_) => Shown::Own { after: None },
        Opened::Nothing | Opened::Card(_) => Shown::Card,
    };
    let panel = match opened {
        Opened::Nothing => None,
        Opened::Card(choices) => {
            Some(view! { <CardTracked texts today tracking=tracking.clone() choices=*choices /> }.into_any())
        }
        Opened::Own(list) => Some(view! { <Own texts list /> }.into_any()),
    };
    view! {
        <p class="tracking-line" data-revision=tracking.revision>
            <button
                type="button"
                id="track"
                class="button track needs-script"
                class:track--own=is_own
                aria-expanded=is_open.to_string()
                aria-controls="tracking-panel"
                data-key="track"
                data-order=Asked::text(Order::Look, toggled)
            >
                {if is_own { texts.tracked() } else { texts.track() }}
            </button>
            <span class="tracking-line__words">{texts.tracked_by(is_own, tracking.colleagues.len())}</span>
            <noscript>{texts.tracking_needs_script()}</noscript>
        </p>
        <p class="identifiers__problem" data-problem role="alert">
            {match &outcome {
                Outcome::Refused(words) => *words,
                Outcome::Nothing | Outcome::Done(..) => "",
            }}
        </p>
        {panel.map(|panel| {
            view! {
                <section class="panel tracking" id="tracking-panel" aria-label=texts.tracking()>
                    {panel} <Done texts outcome shown=view_again />
                </section>
            }
        })}
    }
}

/// What the last order did, with its undoing.
#[component]
fn Done(texts: Texts, outcome: Outcome, shown: Shown) -> impl IntoView {
    let (words, undo) = match outcome {
        Outcome::Done(order, undo) => (words_of(texts, &order), undo),
        Outcome::Nothing | Outcome::Refused(_) => ("", None),
    };
    view! {
        <p class="identifiers__done" role="status">
            {words} " "
            {undo.map(|order| {
                view! {
                    <button type="button" class="link" data-key="undo" data-order=Asked::text(order, shown)>
                        {texts.undo()}
                    </button>
                }
            })}
        </p>
    }
}

const fn words_of(texts: Texts, order: &Order) -> &'static str {
    match order {
        Order::Look => "",
        Order::Subscribe => texts.now_tracked(),
        Order::Change { .. } | Order::Replace { .. } => texts.tracking_changed(),
        Order::Mute { mute: Some(_), .. } => texts.now_silent(),
        Order::Mute { mute: None, .. } => texts.now_speaking(),
        Order::Unsubscribe { .. } => texts.now_untracked(),
        Order::Restore { .. } => texts.tracked_again(),
    }
}

/// This card: who else tracks it, the viewer's own subscription, the form.
#[component]
fn CardTracked(texts: Texts, today: NaiveDate, tracking: CardTracking, choices: Choices) -> impl IntoView {
    let names = names(texts, &tracking.colleagues);
    let own = tracking.own.first().cloned();
    view! {
        <div class="tracking__head">
            <h2>{texts.tracking()}</h2>
            <button
                type="button"
                class="link"
                data-key="view"
                data-order=Asked::text(Order::Look, Shown::Own { after: None })
            >
                {texts.own_subscriptions()}
            </button>
        </div>
        {(!names.is_empty()).then(|| view! { <p class="fine">{texts.also_tracked_by(&names)}</p> })}
        {own.is_some().then(|| view! { <OwnInCard texts today tracking /> })}
        <TermsForm texts own choices />
    }
}

/// Muting and ending what the viewer has in this card.
#[component]
fn OwnInCard(texts: Texts, today: NaiveDate, tracking: CardTracking) -> impl IntoView {
    let ids = || tracking.own_ids();
    let mute = |mute| Asked::text(Order::Mute { ids: ids(), mute }, Shown::Card);
    let choices = match tracking.silence() {
        Some(until) => view! {
            <span>{texts.silent(until)}</span>
            <button type="button" class="link" data-key="mute" data-order=mute(None)>
                {texts.unmute()}
            </button>
        }
        .into_any(),
        None => view! {
            <span>{texts.mute()}</span>
            {mutes(texts, today)
                .into_iter()
                .map(|(length, until)| {
                    view! {
                        <button type="button" class="link" data-key="mute" data-order=mute(Some(until))>
                            {length}
                        </button>
                    }
                })
                .collect_view()}
        }
        .into_any(),
    };
    view! {
        <p class="tracking__own">
            {choices}
            <button
                type="button"
                class="link link--danger"
                data-key="unsubscribe"
                data-shows=texts.track()
                data-order=Asked::text(Order::Unsubscribe { ids: ids() }, Shown::Card)
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
