//! The administrator's choices about tracking: as what, how often and where news appear, who is responsible, what becomes
//! of the subscriptions of people who leave.
//!
//! Each choice is saved by itself as soon as it is made: they don't depend on each other, and a form with a button is
//! easily left without pressing it. While one is on its way later ones wait, so that the last one wins.

use super::calls::{OverviewFailure, save_tracking};
use super::tracking_model::{
    Colleague, RulePlace, TrackingForm, interval_of, intervals, places, shift, toggle,
};
use crate::browser;
use crate::catalogue::Texts;
use certlens_domain::tracking::settings::{DepartedAction, TrackingSettings};
use certlens_domain::tracking::{AssignmentRule, NotificationKind, NotifyScope};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// How the latest choice was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Saving {
    Untouched,
    UnderWay,
    /// Another choice was made meanwhile.
    Again,
    Saved,
    Failed(OverviewFailure),
}

/// The choices and how they are saved.
#[derive(Debug, Clone, Copy)]
struct Choices {
    settings: RwSignal<TrackingSettings>,
    saving: RwSignal<Saving>,
}

impl Choices {
    /// Makes a choice and saves it.
    fn choose(self, change: impl FnOnce(&mut TrackingSettings)) {
        let before = self.settings.get_untracked();
        self.settings.update(change);
        if self.settings.with_untracked(|now| *now == before) {
            return;
        }
        if matches!(self.saving.get_untracked(), Saving::UnderWay | Saving::Again) {
            self.saving.set(Saving::Again);
            return;
        }
        self.saving.set(Saving::UnderWay);
        spawn_local(async move {
            loop {
                let settings = self.settings.get_untracked();
                let saved = browser::in_session(|| save_tracking(settings.clone())).await;
                if self.saving.try_get_untracked() == Some(Saving::Again) {
                    self.saving.set(Saving::UnderWay);
                    continue;
                }
                let _ = self.saving.try_set(match saved {
                    Ok(()) => Saving::Saved,
                    Err(failure) => Saving::Failed(failure),
                });
                return;
            }
        });
    }
}

/// The panel.
#[component]
pub(super) fn TrackingPanel(texts: Texts, form: TrackingForm) -> impl IntoView {
    let choices = Choices {
        settings: RwSignal::new(form.settings),
        saving: RwSignal::new(Saving::Untouched),
    };
    view! {
        <section class="panel" id="tracking-settings">
            <h2>{texts.tracking_settings()}</h2>
            <p class="fine">{texts.tracking_settings_hint()}</p>
            <div class="choices">
                <KindChoice texts choices />
                <IntervalChoice texts choices />
                <ScopeChoice texts choices />
                <DepartedChoice texts choices />
            </div>
            <Rules texts choices people=form.people departments_refused=form.departments_refused />
            <p class="fine" aria-live="polite" data-tracking-saved=move || said(choices.saving.get())>
                {move || outcome(texts, choices.saving.get())}
            </p>
        </section>
    }
}

const fn said(saving: Saving) -> &'static str {
    match saving {
        Saving::Untouched => "untouched",
        Saving::UnderWay | Saving::Again => "saving",
        Saving::Saved => "saved",
        Saving::Failed(_) => "failed",
    }
}

const fn outcome(texts: Texts, saving: Saving) -> &'static str {
    match saving {
        Saving::Untouched => texts.saved_at_once(),
        Saving::UnderWay | Saving::Again => texts.saving(),
        Saving::Saved => texts.choice_saved(),
        Saving::Failed(OverviewFailure::Unauthorized) => texts.session_ended(),
        Saving::Failed(OverviewFailure::Forbidden) => texts.not_saved_forbidden(),
        Saving::Failed(OverviewFailure::UnknownField) => texts.not_saved_fallback_gone(),
        Saving::Failed(_) => texts.not_saved_now(),
    }
}

#[component]
fn KindChoice(texts: Texts, choices: Choices) -> impl IntoView {
    let chosen = move |key: &'static str| {
        choices
            .settings
            .with(|settings| settings.notification.kind.key() == key)
    };
    let choose = move |event| {
        if let Ok(kind) = event_target_value(&event).parse::<NotificationKind>() {
            choices.choose(|settings| settings.notification.kind = kind);
        }
    };
    view! {
        <label>
            <span>{texts.what_appears()}</span>
            <select data-choice="kind" on:change=choose>
                {NotificationKind::ALL
                    .iter()
                    .map(|kind| {
                        let key = kind.key();
                        view! {
                            <option value=key selected=move || chosen(key)>{texts.kind_of_notification(*kind)}</option>
                        }
                    })
                    .collect_view()}
            </select>
        </label>
    }
}

#[component]
fn IntervalChoice(texts: Texts, choices: Choices) -> impl IntoView {
    let present = choices
        .settings
        .with_untracked(|settings| settings.notification.every);
    let choose = move |event| {
        if let Some(every) = interval_of(&event_target_value(&event)) {
            choices.choose(|settings| settings.notification.every = every);
        }
    };
    view! {
        <label>
            <span>{texts.notification_interval()}</span>
            <select data-choice="every" on:change=choose>
                {intervals(present)
                    .into_iter()
                    .map(|(text, every)| {
                        view! {
                            <option
                                value=text
                                selected=move || choices.settings.with(|settings| settings.notification.every == every)
                            >
                                {texts.interval(every)}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </label>
    }
}

#[component]
fn ScopeChoice(texts: Texts, choices: Choices) -> impl IntoView {
    let choose = move |event| {
        if let Ok(scope) = event_target_value(&event).parse::<NotifyScope>() {
            choices.choose(|settings| settings.notify_scope = scope);
        }
    };
    view! {
        <label>
            <span>{texts.notification_scope()}</span>
            <select data-choice="scope" on:change=choose>
                {NotifyScope::ALL
                    .iter()
                    .map(|scope| {
                        let scope = *scope;
                        view! {
                            <option
                                value=scope.key()
                                selected=move || choices.settings.with(|settings| settings.notify_scope == scope)
                            >
                                {texts.scope_of_notification(scope)}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </label>
    }
}

#[component]
fn DepartedChoice(texts: Texts, choices: Choices) -> impl IntoView {
    let choose = move |event| {
        if let Ok(action) = event_target_value(&event).parse::<DepartedAction>() {
            choices.choose(|settings| settings.departed.action = action);
        }
    };
    view! {
        <label>
            <span>{texts.departed_users()}</span>
            <select data-choice="departed" on:change=choose>
                {DepartedAction::ALL
                    .map(|action| {
                        view! {
                            <option
                                value=action.key()
                                selected=move || choices.settings.with(|settings| settings.departed.action == action)
                            >
                                {texts.departed_action(action)}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </label>
    }
}

/// Who is responsible: the rules in their order, the fallback user beside its rule.
#[component]
fn Rules(
    texts: Texts,
    choices: Choices,
    people: Vec<Colleague>,
    departments_refused: Option<String>,
) -> impl IntoView {
    let people = StoredValue::new(people);
    let refused = StoredValue::new(departments_refused);
    view! {
        <fieldset class="rules">
            <legend>{texts.assignment()}</legend>
            <p class="fine">{texts.assignment_hint()}</p>
            <ol>
                <For
                    each=move || choices.settings.with(|settings| places(&settings.assignment))
                    key=|place| place.rule
                    children=move |place| {
                        let rule = place.rule;
                        let is_asked = move || place_of(choices, rule).is_asked;
                        view! {
                            <li data-rule=rule.key() data-asked=move || is_asked().to_string()>
                                <Rule texts choices rule />
                                {(rule == AssignmentRule::Fallback)
                                    .then(|| view! { <FallbackChoice texts choices people=people.get_value() /> })}
                                {(rule == AssignmentRule::DepartmentHead)
                                    .then(|| refused.get_value())
                                    .flatten()
                                    .map(|words| {
                                        view! { <p class="fine">{texts.departments_refused()} " " {words}</p> }
                                    })}
                            </li>
                        }
                    }
                />
            </ol>
        </fieldset>
    }
}

/// Where a rule stands now.
fn place_of(choices: Choices, rule: AssignmentRule) -> RulePlace {
    let places = choices.settings.with(|settings| places(&settings.assignment));
    let alone = RulePlace {
        rule,
        is_asked: false,
        can_rise: false,
        can_sink: false,
    };
    places
        .into_iter()
        .find(|place| place.rule == rule)
        .unwrap_or(alone)
}

#[component]
fn Rule(texts: Texts, choices: Choices, rule: AssignmentRule) -> impl IntoView {
    let name = texts.assignment_rule(rule);
    let place = Memo::new(move |_| place_of(choices, rule));
    let step = move |upwards: bool| {
        choices.choose(|settings| shift(&mut settings.assignment, rule, upwards));
    };
    let switch = move |event: leptos::ev::Event| {
        choices.choose(|settings| toggle(&mut settings.assignment, rule));
        // The last rule stays asked, whatever the box shows.
        set_checked(&event, place.get_untracked().is_asked);
    };
    view! {
        <label class="switch">
            <input
                type="checkbox"
                checked=place.get_untracked().is_asked
                prop:checked=move || place.get().is_asked
                on:change=switch
            />
            <span>{name}</span>
        </label>
        <span class="rules__steps">
            <button
                type="button"
                class="button needs-script"
                aria-label=texts.rule_up(name)
                disabled=move || !place.get().can_rise
                on:click=move |_| step(true)
            >
                "↑"
            </button>
            <button
                type="button"
                class="button needs-script"
                aria-label=texts.rule_down(name)
                disabled=move || !place.get().can_sink
                on:click=move |_| step(false)
            >
                "↓"
            </button>
        </span>
    }
}

/// Makes a box show what is so.
fn set_checked(event: &leptos::ev::Event, is_checked: bool) {
    use leptos::wasm_bindgen::JsCast as _;
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
    if let Some(input) = target {
        input.set_checked(is_checked);
    }
}

#[component]
fn FallbackChoice(texts: Texts, choices: Choices, people: Vec<Colleague>) -> impl IntoView {
    let chosen = choices
        .settings
        .with_untracked(|settings| settings.assignment.fallback_user_id);
    let mut people = people;
    // Somebody who left is shown until another is chosen.
    if let Some(id) = chosen.filter(|id| !people.iter().any(|colleague| colleague.id == *id)) {
        people.push(Colleague {
            id,
            name: texts.somebody_gone(id),
        });
    }
    let choose = move |event| {
        let chosen = event_target_value(&event).parse::<u64>().ok();
        choices.choose(|settings| {
            let mut assignment = settings.assignment.clone();
            assignment.fallback_user_id = chosen;
            if let Ok(usable) = assignment.checked() {
                settings.assignment = usable;
            }
        });
    };
    view! {
        <select data-choice="fallback" aria-label=texts.fallback_user() on:change=choose>
            <option value="" selected=chosen.is_none()>
                {texts.nobody()}
            </option>
            {people
                .into_iter()
                .map(|colleague| {
                    let name = if colleague.name.is_empty() {
                        texts.employee_number(colleague.id)
                    } else {
                        colleague.name
                    };
                    view! {
                        <option value=colleague.id.to_string() selected=chosen == Some(colleague.id)>
                            {name}
                        </option>
                    }
                })
                .collect_view()}
        </select>
    }
}
