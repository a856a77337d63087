//! The form of what is wanted: which identifiers, which news, of which registries; where, as what and to whom to tell it.

use super::Panel;
use super::model::{CardTracking, Offered, TrackingChoices, TrackingOrder};
use super::saving::{ask_choices, give, matching_cards};
use crate::browser::in_session;
use crate::catalogue::Texts;
use certlens_domain::registry::Registry;
use certlens_domain::subscription::{EXPIRING_DAYS, SubscriptionTerms, USUAL_EXPIRING_DAYS};
use certlens_domain::tracking::{Assignment, AssignmentRule, NewsKind, NotificationKind, NotifyScope};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The form, once its choices are known.
#[component]
pub(super) fn TermsForm(panel: Panel) -> impl IntoView {
    let texts = panel.texts;
    spawn_local(async move {
        match in_session(ask_choices).await {
            // What did not change leaves the form alone.
            Ok(choices) if panel.choices.with_untracked(|known| known.as_ref() == Some(&choices)) => {}
            Ok(choices) => panel.choices.set(Some(choices)),
            Err(failure) => panel.problem.set(Some(failure.words(texts))),
        }
    });
    move || match panel.choices.get() {
        None => view! { <p class="fine">{texts.searching()}</p> }.into_any(),
        Some(choices) if choices.identifiers.is_empty() => {
            view! { <p class="fine">{texts.nothing_to_track()}</p> }.into_any()
        }
        Some(choices) => view! { <Form panel choices /> }.into_any(),
    }
}

/// What is wanted now, or would be by one click.
fn draft_of(tracking: &CardTracking, choices: &TrackingChoices) -> SubscriptionTerms {
    tracking.own.first().map_or_else(
        || SubscriptionTerms {
            identifiers: choices.identifiers.iter().map(|one| one.value.clone()).collect(),
            news: NewsKind::ALL.to_vec(),
            registries: Vec::new(),
            expiring_days: USUAL_EXPIRING_DAYS,
            scope: None,
            notification_kind: None,
            assignment: None,
        },
        |own| own.terms.clone(),
    )
}

#[component]
fn Form(panel: Panel, choices: TrackingChoices) -> impl IntoView {
    let texts = panel.texts;
    let own = move || {
        panel
            .tracking
            .with(|tracking| tracking.own.first().map(|own| own.id))
    };
    let draft = RwSignal::new(
        panel
            .tracking
            .with_untracked(|tracking| draft_of(tracking, &choices)),
    );
    let known = choices.clone();
    // What a colleague, an undoing or the server says about the own subscription is what the form shows.
    Effect::watch(
        move || {
            panel
                .tracking
                .with(|tracking| tracking.own.first().map(|own| own.terms.clone()))
        },
        move |terms, before, _| {
            if terms.is_some() && before.is_some_and(|before| before != terms) {
                draft.set(
                    panel
                        .tracking
                        .with_untracked(|tracking| draft_of(tracking, &known)),
                );
            }
        },
        false,
    );
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let terms = draft.get_untracked().into();
        match panel
            .tracking
            .with_untracked(|tracking| tracking.own.first().map(|own| own.id))
        {
            None => give(panel, TrackingOrder::Subscribe { terms }),
            Some(id) => give(panel, TrackingOrder::Change { id, terms }),
        }
    };
    let is_ready = move || {
        let is_whole = draft.with(|draft| !draft.identifiers.is_empty() && !draft.news.is_empty());
        let is_changed = panel.tracking.with(|tracking| {
            tracking
                .own
                .first()
                .is_none_or(|own| draft.with(|draft| own.terms != *draft))
        });
        is_whole && is_changed && !panel.tracking.with(CardTracking::is_pending)
    };
    let (kind, scope) = (choices.kind, choices.scope);
    view! {
        <form class="tracking__form" on:submit=submit>
            <Identifiers texts draft choices />
            <News texts draft />
            <Registries texts draft />
            <fieldset class="tracking__where">
                <legend>{texts.how_to_tell()}</legend>
                <Scope texts draft usual=scope />
                <Select
                    label=texts.notify_as()
                    options=kind_options(texts, kind)
                    chosen=Signal::derive(move || draft.with(|draft| draft.notification_kind.map_or("", NotificationKind::key).to_owned()))
                    choose=Callback::new(move |key: String| draft.update(|draft| draft.notification_kind = key.parse().ok()))
                />
                <Select
                    label=texts.notify_whom()
                    options=whom_options(texts)
                    chosen=Signal::derive(move || draft.with(|draft| whom_key(draft.assignment.as_ref()).to_owned()))
                    choose=Callback::new(move |key: String| draft.update(|draft| choose_whom(draft, &key)))
                />
            </fieldset>
            <p class="tracking__end">
                <button type="submit" class="button tracking__submit" disabled=move || !is_ready()>
                    {move || if own().is_some() { texts.save() } else { texts.track() }}
                </button>
                <span class="fine">{texts.tracking_baseline()}</span>
            </p>
        </form>
    }
}

/// A box to tick.
#[component]
fn Tick(label: String, ticked: Signal<bool>, toggle: Callback<bool>) -> impl IntoView {
    view! {
        <label class="tracking__tick">
            <input
                type="checkbox"
                prop:checked=move || ticked.get()
                on:change=move |event| toggle.run(event_target_checked(&event))
            />
            <span>{label}</span>
        </label>
    }
}

/// Puts a value in or takes it out.
fn set<T: PartialEq>(values: &mut Vec<T>, value: T, present: bool) {
    values.retain(|known| *known != value);
    if present {
        values.push(value);
    }
}

#[component]
fn Identifiers(texts: Texts, draft: RwSignal<SubscriptionTerms>, choices: TrackingChoices) -> impl IntoView {
    // What is tracked already and belongs to the card no more can be taken out only.
    let is_known = |value: &String| {
        let listed = choices.identifiers.iter().chain(&choices.paired);
        listed.into_iter().any(|one| one.value == *value)
    };
    let others: Vec<String> = draft.with_untracked(|draft| {
        let values = draft.identifiers.iter().filter(|value| !is_known(value));
        values.cloned().collect()
    });
    let card = choices
        .identifiers
        .into_iter()
        .map(|one| named(one.value, one.label));
    let paired = choices.paired.into_iter().map(|Offered { value, label }| {
        let words = label.map(|with| texts.paired_with(&with));
        named(value, words)
    });
    let others = others
        .into_iter()
        .map(|value| named(value, Some(texts.not_in_card().to_owned())));
    view! {
        <fieldset>
            <legend>{texts.identifiers()}</legend>
            {card
                .chain(paired)
                .chain(others)
                .map(|(value, label)| {
                    let shown = value.clone();
                    view! {
                        <Tick
                            label
                            ticked=Signal::derive(move || draft.with(|draft| draft.identifiers.contains(&shown)))
                            toggle=Callback::new(move |present| draft.update(|draft| {
                                set(&mut draft.identifiers, value.clone(), present);
                                draft.identifiers.sort_unstable();
                            }))
                        />
                    }
                })
                .collect_view()}
        </fieldset>
    }
}

fn named(value: String, words: Option<String>) -> (String, String) {
    let label = match words {
        Some(words) => format!("{value} · {words}"),
        None => value.clone(),
    };
    (value, label)
}

#[component]
fn News(texts: Texts, draft: RwSignal<SubscriptionTerms>) -> impl IntoView {
    let days = move |event: leptos::ev::Event| {
        let typed = event_target_value(&event).parse().ok();
        if let Some(days) = typed.filter(|days| EXPIRING_DAYS.contains(days)) {
            draft.update(|draft| draft.expiring_days = days);
        }
    };
    view! {
        <fieldset>
            <legend>{texts.what_is_news()}</legend>
            {NewsKind::ALL
                .iter()
                .copied()
                .map(|kind| {
                    view! {
                        <Tick
                            label=texts.news_kind(kind).to_owned()
                            ticked=Signal::derive(move || draft.with(|draft| draft.news.contains(&kind)))
                            toggle=Callback::new(move |present| draft.update(|draft| {
                                set(&mut draft.news, kind, present);
                                draft.news.sort_unstable();
                            }))
                        />
                    }
                })
                .collect_view()}
            <label class="tracking__days">
                {texts.days_before()}
                <input
                    type="number"
                    min=EXPIRING_DAYS.start().to_string()
                    max=EXPIRING_DAYS.end().to_string()
                    prop:value=move || draft.with(|draft| draft.expiring_days.to_string())
                    prop:disabled=move || draft.with(|draft| !draft.news.contains(&NewsKind::Expiring))
                    on:change=days
                />
            </label>
        </fieldset>
    }
}

#[component]
fn Registries(texts: Texts, draft: RwSignal<SubscriptionTerms>) -> impl IntoView {
    view! {
        <fieldset>
            <legend>{texts.registries()}</legend>
            {Registry::ALL
                .into_iter()
                .map(|registry| {
                    view! {
                        <Tick
                            label=texts.registry(registry).to_owned()
                            ticked=Signal::derive(move || draft.with(|draft| is_wanted(&draft.registries, registry)))
                            toggle=Callback::new(move |present| draft.update(|draft| {
                                want(&mut draft.registries, registry, present);
                            }))
                        />
                    }
                })
                .collect_view()}
        </fieldset>
    }
}

/// None listed stands for all.
fn is_wanted(listed: &[Registry], registry: Registry) -> bool {
    listed.is_empty() || listed.contains(&registry)
}

/// Taking the last one out brings all back: a subscription to no registry is none.
fn want(listed: &mut Vec<Registry>, registry: Registry, present: bool) {
    if listed.is_empty() {
        *listed = Registry::ALL.to_vec();
    }
    set(listed, registry, present);
    listed.sort_unstable();
    if listed.len() == Registry::ALL.len() {
        listed.clear();
    }
}

/// A choice from a list; the empty key: as the portal has it.
#[component]
fn Select(
    label: &'static str,
    options: Vec<(&'static str, String)>,
    chosen: Signal<String>,
    choose: Callback<String>,
) -> impl IntoView {
    view! {
        <label class="tracking__select">
            <span>{label}</span>
            <select on:change=move |event| choose.run(event_target_value(&event))>
                {options
                    .into_iter()
                    .map(|(key, words)| {
                        view! {
                            <option value=key prop:selected=move || chosen.with(|chosen| chosen == key)>
                                {words}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </label>
    }
}

/// Where to tell, with the number of cards that would be told now.
#[component]
fn Scope(texts: Texts, draft: RwSignal<SubscriptionTerms>, usual: NotifyScope) -> impl IntoView {
    let matching = RwSignal::new(None::<u64>);
    let identifiers = Memo::new(move |_| draft.with(|draft| draft.identifiers.clone()));
    Effect::new(move |_| {
        let wanted = identifiers.get();
        spawn_local(async move {
            let count = in_session(|| matching_cards(wanted.clone())).await.ok();
            // An answer to an earlier choice is late.
            if identifiers.try_get_untracked() == Some(wanted) {
                matching.set(count);
            }
        });
    });
    let options = vec![
        ("", texts.as_portal(texts.scope(usual))),
        (NotifyScope::Card.key(), texts.scope(NotifyScope::Card).to_owned()),
        (
            NotifyScope::AllMatching.key(),
            texts.scope(NotifyScope::AllMatching).to_owned(),
        ),
    ];
    view! {
        <Select
            label=texts.notify_where()
            options
            chosen=Signal::derive(move || draft.with(|draft| draft.scope.map_or("", NotifyScope::key).to_owned()))
            choose=Callback::new(move |key: String| draft.update(|draft| draft.scope = key.parse().ok()))
        />
        <p class="fine tracking__matching">
            {move || matching.get().map_or_else(|| "\u{a0}".to_owned(), |count| texts.matching_cards(count))}
        </p>
    }
}

fn kind_options(texts: Texts, usual: NotificationKind) -> Vec<(&'static str, String)> {
    let own = NotificationKind::ALL
        .iter()
        .map(|kind| (kind.key(), texts.notification_kind(*kind).to_owned()));
    std::iter::once(("", texts.as_portal(texts.notification_kind(usual))))
        .chain(own)
        .collect()
}

/// First the responsible person of the card.
const RESPONSIBLE: &str = "responsible";
/// First the subscriber.
const SUBSCRIBER: &str = "subscriber";
/// An order of rules that the form does not offer: of a program.
const OTHER: &str = "other";

fn whom_options(texts: Texts) -> Vec<(&'static str, String)> {
    vec![
        ("", texts.as_portal_has_it().to_owned()),
        (RESPONSIBLE, texts.to_responsible().to_owned()),
        (SUBSCRIBER, texts.to_me().to_owned()),
        (OTHER, texts.to_others().to_owned()),
    ]
}

fn whom_key(assignment: Option<&Assignment>) -> &'static str {
    match assignment {
        None => "",
        Some(assignment) if *assignment == beginning_with(AssignmentRule::Responsible) => RESPONSIBLE,
        Some(assignment) if *assignment == beginning_with(AssignmentRule::Subscriber) => SUBSCRIBER,
        Some(_) => OTHER,
    }
}

fn choose_whom(draft: &mut SubscriptionTerms, key: &str) {
    draft.assignment = match key {
        RESPONSIBLE => Some(beginning_with(AssignmentRule::Responsible)),
        SUBSCRIBER => Some(beginning_with(AssignmentRule::Subscriber)),
        // It can be kept, not chosen.
        OTHER => return,
        _ => None,
    };
}

/// All rules in their usual order, this one first.
fn beginning_with(rule: AssignmentRule) -> Assignment {
    let rest = AssignmentRule::ALL.iter().copied().filter(|other| *other != rule);
    Assignment {
        rules: std::iter::once(rule).chain(rest).collect(),
        fallback_user_id: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_registries_are_wanted_until_one_is_taken_out() {
        let mut listed = Vec::new();
        want(&mut listed, Registry::Kz, false);
        assert!(!is_wanted(&listed, Registry::Kz) && is_wanted(&listed, Registry::By));
        want(&mut listed, Registry::Kz, true);
        assert!(listed.is_empty(), "all of them is said by none");
    }

    #[test]
    fn whom_to_tell_is_chosen_and_an_order_of_a_program_is_kept() {
        let mut terms = draft_of(
            &CardTracking::default(),
            &TrackingChoices {
                identifiers: vec![],
                paired: vec![],
                kind: NotificationKind::Todo,
                scope: NotifyScope::Card,
            },
        );
        for key in [RESPONSIBLE, SUBSCRIBER, ""] {
            choose_whom(&mut terms, key);
            assert_eq!(whom_key(terms.assignment.as_ref()), key);
        }
        let of_program = Assignment {
            rules: vec![AssignmentRule::Fallback],
            fallback_user_id: Some(7),
        };
        terms.assignment = Some(of_program.clone());
        assert_eq!(whom_key(terms.assignment.as_ref()), OTHER);
        choose_whom(&mut terms, OTHER);
        assert_eq!(terms.assignment, Some(of_program));
    }
}
