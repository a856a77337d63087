//! The form of what is wanted: which identifiers, which news, of which registries; where, as what and to whom to tell it. And
//! what comes back of it.

use super::model::{Asked, Choices, Offered, Order, Shown, Tracked};
use crate::catalogue::Texts;
use certlens_domain::registry::Registry;
use certlens_domain::subscription::{
    EXPIRING_DAYS, Override, SubscriptionTerms, USUAL_EXPIRING_DAYS, WantedTerms,
};
use certlens_domain::tracking::{Assignment, AssignmentRule, NewsKind, NotificationKind, NotifyScope};
use leptos::prelude::*;

/// The form with the viewer's own terms, or with what one click subscribes to.
#[component]
pub(super) fn TermsForm(texts: Texts, own: Option<Tracked>, choices: Choices) -> impl IntoView {
    if choices.identifiers.is_empty() && own.is_none() {
        return view! { <p class="fine">{texts.nothing_to_track()}</p> }.into_any();
    }
    let (order, terms, button, shows) = match own {
        Some(own) => (Order::Change { id: own.id }, own.terms, texts.save(), None),
        None => (
            Order::Subscribe,
            usual(&choices),
            texts.track(),
            Some(texts.tracked()),
        ),
    };
    let (kind, scope, matching) = (choices.kind, choices.scope, choices.matching);
    view! {
        <form class="tracking__form" data-key="form" data-shows=shows data-order=Asked::text(order, Shown::Card)>
            <Identifiers texts terms=terms.clone() choices />
            <fieldset>
                <legend>{texts.what_is_news()}</legend>
                {NewsKind::ALL
                    .iter()
                    .map(|kind| {
                        let ticked = terms.news.contains(kind);
                        view! { <Tick name="news" value=kind.key() label=texts.news_kind(*kind) ticked /> }
                    })
                    .collect_view()}
                <label class="tracking__days">
                    {texts.days_before()}
                    <input
                        type="number"
                        name="expiring_days"
                        required="required"
                        min=EXPIRING_DAYS.start().to_string()
                        max=EXPIRING_DAYS.end().to_string()
                        value=terms.expiring_days.to_string()
                    />
                </label>
            </fieldset>
            <fieldset>
                <legend>{texts.registries()}</legend>
                {Registry::ALL
                    .iter()
                    .map(|registry| {
                        let ticked = terms.registries.is_empty() || terms.registries.contains(registry);
                        view! { <Tick name="registry" value=registry.key() label=texts.registry(*registry) ticked /> }
                    })
                    .collect_view()}
            </fieldset>
            <fieldset>
                <legend>{texts.how_to_tell()}</legend>
                <Select
                    label=texts.notify_where()
                    name="scope"
                    options=scope_options(texts, scope)
                    chosen=terms.scope.map_or("", NotifyScope::key)
                />
                <p class="fine">{texts.matching_cards(matching)}</p>
                <Select
                    label=texts.notify_as()
                    name="kind"
                    options=kind_options(texts, kind)
                    chosen=terms.notification_kind.map_or("", NotificationKind::key)
                />
                <Select
                    label=texts.notify_whom()
                    name="whom"
                    options=whom_options(texts, terms.assignment.as_ref())
                    chosen=whom_key(terms.assignment.as_ref())
                />
            </fieldset>
            <p class="tracking__end">
                <button type="submit" class="button tracking__submit" data-key="submit">{button}</button>
                <span class="fine">{texts.tracking_baseline()}</span>
            </p>
        </form>
    }
    .into_any()
}

/// What one click subscribes to: all of the card, all news.
fn usual(choices: &Choices) -> SubscriptionTerms {
    SubscriptionTerms {
        identifiers: choices.identifiers.iter().map(|one| one.value.clone()).collect(),
        news: NewsKind::ALL.to_vec(),
        registries: Vec::new(),
        expiring_days: USUAL_EXPIRING_DAYS,
        scope: None,
        notification_kind: None,
        assignment: None,
    }
}

/// A box to tick.
#[component]
fn Tick(
    name: &'static str,
    #[prop(into)] value: String,
    #[prop(into)] label: String,
    ticked: bool,
) -> impl IntoView {
    view! {
        <label class="tracking__tick">
            <input type="checkbox" name=name value=value checked=ticked />
            <span>{label}</span>
        </label>
    }
}

#[component]
fn Identifiers(texts: Texts, terms: SubscriptionTerms, choices: Choices) -> impl IntoView {
    let Choices {
        identifiers, paired, ..
    } = choices;
    let is_known = |value: &String| identifiers.iter().chain(&paired).any(|one| one.value == *value);
    // What is tracked and belongs to the card no more.
    let others = terms.identifiers.iter().filter(|value| !is_known(value));
    let others: Vec<Offered> = others
        .map(|value| Offered {
            value: value.clone(),
            label: Some(texts.not_in_card().to_owned()),
        })
        .collect();
    let paired = paired.into_iter().map(|one| Offered {
        label: one.label.map(|with| texts.paired_with(&with)),
        ..one
    });
    view! {
        <fieldset>
            <legend>{texts.identifiers()}</legend>
            {identifiers
                .clone()
                .into_iter()
                .chain(paired)
                .chain(others)
                .map(|Offered { value, label }| {
                    let label = match label {
                        Some(words) => format!("{value} · {words}"),
                        None => value.clone(),
                    };
                    let ticked = terms.identifiers.contains(&value);
                    view! { <Tick name="identifier" value label ticked /> }
                })
                .collect_view()}
        </fieldset>
    }
}

/// A choice from a list; the empty key: as the portal has it.
#[component]
fn Select(
    label: &'static str,
    name: &'static str,
    options: Vec<(&'static str, String)>,
    chosen: &'static str,
) -> impl IntoView {
    view! {
        <label class="tracking__select">
            <span>{label}</span>
            <select name=name>
                {options
                    .into_iter()
                    .map(|(key, words)| view! { <option value=key selected=key == chosen>{words}</option> })
                    .collect_view()}
            </select>
        </label>
    }
}

fn scope_options(texts: Texts, usual: NotifyScope) -> Vec<(&'static str, String)> {
    let own = NotifyScope::ALL
        .iter()
        .map(|scope| (scope.key(), texts.scope(*scope).to_owned()));
    std::iter::once(("", texts.as_portal(texts.scope(usual))))
        .chain(own)
        .collect()
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
/// An order of rules that the form does not offer, of a program: it can be kept, not chosen.
const OTHER: &str = "other";

fn whom_options(texts: Texts, present: Option<&Assignment>) -> Vec<(&'static str, String)> {
    let mut options = vec![
        ("", texts.as_portal_has_it().to_owned()),
        (RESPONSIBLE, texts.to_responsible().to_owned()),
        (SUBSCRIBER, texts.to_me().to_owned()),
    ];
    if whom_key(present) == OTHER {
        options.push((OTHER, texts.to_others().to_owned()));
    }
    options
}

fn whom_key(assignment: Option<&Assignment>) -> &'static str {
    match assignment {
        None => "",
        Some(assignment) if *assignment == beginning_with(AssignmentRule::Responsible) => RESPONSIBLE,
        Some(assignment) if *assignment == beginning_with(AssignmentRule::Subscriber) => SUBSCRIBER,
        Some(_) => OTHER,
    }
}

/// All rules in their usual order, this one first.
fn beginning_with(rule: AssignmentRule) -> Assignment {
    let rest = AssignmentRule::ALL.iter().copied().filter(|other| *other != rule);
    Assignment {
        rules: std::iter::once(rule).chain(rest).collect(),
        fallback_user_id: None,
    }
}

/// What a form's fields ask for. What is no choice of the form stays as it is.
pub(super) fn wanted(fields: &[(String, String)]) -> WantedTerms {
    let all = |name: &str| {
        let values = fields.iter().filter(move |(field, _)| field == name);
        values.map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    let one = |name: &str| all(name).into_iter().next();
    let registries: Vec<Registry> = all("registry")
        .iter()
        .filter_map(|key| key.parse().ok())
        .collect();
    WantedTerms {
        identifiers: Some(all("identifier")),
        news: Some(all("news").iter().filter_map(|key| key.parse().ok()).collect()),
        // All of them are told by none, so that a seventh would be among them.
        registries: Some(if registries.len() == Registry::ALL.len() {
            Vec::new()
        } else {
            registries
        }),
        // What is no number is out of any bounds.
        expiring_days: one("expiring_days").map(|days| days.parse().unwrap_or_default()),
        scope: one("scope").map(|key| Override::of(key.parse().ok())),
        notification_kind: one("kind").map(|key| Override::of(key.parse().ok())),
        assignment: match one("whom").as_deref() {
            Some(RESPONSIBLE) => Some(Override::Own(beginning_with(AssignmentRule::Responsible))),
            Some(SUBSCRIBER) => Some(Override::Own(beginning_with(AssignmentRule::Subscriber))),
            Some("") => Some(Override::Portal),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use certlens_domain::language::Language;
    use certlens_domain::subscription::TermsChange;
    use rstest::rstest;

    fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn fields_of_the_form_are_what_is_wanted() {
        let wanted = wanted(&fields(&[
            ("identifier", "7707083893"),
            ("identifier", "1027700132195"),
            ("news", "expiring"),
            ("registry", "kz"),
            ("expiring_days", "60"),
            ("scope", "all_matching"),
            ("kind", ""),
            ("whom", "subscriber"),
        ]));
        let terms = SubscriptionTerms::of(&TermsChange::check(wanted).unwrap()).unwrap();

        assert_eq!(terms.identifiers, ["1027700132195", "7707083893"]);
        assert_eq!(
            (terms.news, terms.registries),
            (vec![NewsKind::Expiring], vec![Registry::Kz])
        );
        assert_eq!(terms.expiring_days, 60);
        assert_eq!(
            (terms.scope, terms.notification_kind),
            (Some(NotifyScope::AllMatching), None)
        );
        assert_eq!(whom_key(terms.assignment.as_ref()), SUBSCRIBER);
    }

    #[test]
    fn all_registries_are_told_by_none() {
        let all: Vec<(&str, &str)> = Registry::ALL.iter().map(|one| ("registry", one.key())).collect();
        assert_eq!(wanted(&fields(&all)).registries, Some(Vec::new()));
    }

    #[rstest]
    #[case::nothing_ticked(&[("news", "expiring"), ("expiring_days", "30")])]
    #[case::no_news(&[("identifier", "7707083893"), ("expiring_days", "30")])]
    #[case::no_days(&[("identifier", "7707083893"), ("news", "expiring"), ("expiring_days", "")])]
    fn form_that_asks_for_nothing_is_refused(#[case] given: &[(&str, &str)]) {
        assert!(TermsChange::check(wanted(&fields(given))).is_err());
    }

    #[test]
    fn order_of_rules_that_a_program_chose_is_kept() {
        let of_program = Assignment {
            rules: vec![AssignmentRule::Fallback],
            fallback_user_id: Some(7),
        };
        let texts = Texts(Language::Ru);
        assert_eq!(whom_key(Some(&of_program)), OTHER);
        assert!(
            whom_options(texts, Some(&of_program))
                .iter()
                .any(|(key, _)| *key == OTHER)
        );
        assert!(!whom_options(texts, None).iter().any(|(key, _)| *key == OTHER));
        assert_eq!(wanted(&fields(&[("whom", OTHER)])).assignment, None);
    }
}
