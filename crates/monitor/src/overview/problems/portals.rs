//! Portals in trouble: a problem for each while they are few, one for all of the same kind when they are many.

use super::{problem, unread};
use crate::Action;
use crate::address::{Address, ScreenName};
use crate::overview::facts::Facts;
use crate::queue::QueueAction;
use crate::screen::{Button, Link, Problem, Tone};
use crate::texts::Texts;
use certlens_store::{MemberId, PortalTrouble, TroubleKind};

/// Up to so many portals with the same trouble are told one by one.
const ONE_BY_ONE: i64 = 3;
/// So many are named when they are told together.
const NAMED: usize = 5;

pub(super) fn look(facts: &Facts, texts: Texts, found: &mut Vec<Problem>) {
    let troubles = match &facts.portals {
        Ok(troubles) => troubles,
        Err(why) => {
            found.push(unread("portals", why, facts, texts));
            return;
        }
    };
    for kind in TroubleKind::ALL {
        // What differs is shown and hidden on the operator's screen, and mended by an update of the service.
        if kind == TroubleKind::AnswersDiffer && !facts.is_operator {
            continue;
        }
        let of_kind: Vec<&PortalTrouble> = troubles.iter().filter(|trouble| trouble.kind == kind).collect();
        let Some(first) = of_kind.first() else {
            continue;
        };
        if first.portals <= ONE_BY_ONE {
            found.extend(of_kind.into_iter().map(|trouble| one(trouble, facts, texts)));
        } else {
            found.push(many(kind, &of_kind, first.portals, facts, texts));
        }
    }
}

/// How bad it is.
const fn tone(kind: TroubleKind) -> Tone {
    match kind {
        TroubleKind::Suspended
        | TroubleKind::NeedsReauth
        | TroubleKind::NoToken
        | TroubleKind::BindingsMissing
        | TroubleKind::DeadItems
        | TroubleKind::UnassignableItems
        | TroubleKind::DeadEvents
        | TroubleKind::WorkFails
        | TroubleKind::CanaryFails => Tone::Bad,
        TroubleKind::Uninstalled
        | TroubleKind::Unfinished
        | TroubleKind::SendingPaused
        | TroubleKind::BudgetExhausted
        | TroubleKind::MethodsParked
        | TroubleKind::AnswersDiffer => Tone::Warning,
    }
}

fn one(trouble: &PortalTrouble, facts: &Facts, texts: Texts) -> Problem {
    let told = texts.portal_trouble(trouble);
    let mut told = problem(trouble.kind.key(), tone(trouble.kind), trouble.since, told);
    if let Some((screen, filters)) = place(trouble.kind) {
        let address = filters.iter().fold(
            Address::of(screen).of_portal(&trouble.member_id),
            |address, (key, value)| address.with(key, *value),
        );
        told.links.push(Link::to(texts.screen(screen), &address));
    }
    if facts.is_operator {
        let address = Address::about(ScreenName::Portals, trouble.member_id.as_str());
        told.links.push(Link::to(trouble.domain.clone(), &address));
    } else {
        told.links
            .push(Link::outside(texts.open_portal(), trouble.origin.clone()));
    }
    told.buttons
        .extend(cure(trouble.kind, Some(&trouble.member_id), texts));
    if trouble.kind == TroubleKind::CanaryFails {
        told.buttons
            .push(crate::care::check_button(texts, &trouble.member_id).about(trouble.domain.clone()));
    }
    if is_repairable(trouble.kind) {
        told.buttons
            .push(crate::portals::repair_button(texts, &trouble.member_id).about(trouble.domain.clone()));
    }
    told
}

fn many(
    kind: TroubleKind,
    troubles: &[&PortalTrouble],
    portals: i64,
    facts: &Facts,
    texts: Texts,
) -> Problem {
    let names: Vec<&str> = troubles
        .iter()
        .take(NAMED)
        .map(|trouble| trouble.domain.as_str())
        .collect();
    let since = troubles.iter().filter_map(|trouble| trouble.since).min();
    let told = texts.portals_trouble(kind, portals, &names);
    let mut told = problem(kind.key(), tone(kind), since, told);
    if let Some((screen, filters)) = place(kind) {
        let address = filters.iter().fold(Address::of(screen), |address, (key, value)| {
            address.with(key, *value)
        });
        told.links.push(Link::to(texts.screen(screen), &address));
    }
    if facts.is_operator {
        let address = Address::of(ScreenName::Portals);
        told.links
            .push(Link::to(texts.screen(ScreenName::Portals), &address));
        told.buttons.extend(cure(kind, None, texts));
    }
    told
}

/// Whether the repair of the portal mends it, or says what people have to do.
const fn is_repairable(kind: TroubleKind) -> bool {
    matches!(
        kind,
        TroubleKind::Suspended
            | TroubleKind::NeedsReauth
            | TroubleKind::NoToken
            | TroubleKind::BindingsMissing
            | TroubleKind::DeadEvents
            | TroubleKind::WorkFails
            | TroubleKind::Unfinished
            | TroubleKind::CanaryFails
    )
}

/// What mends it, once its cause is mended: of one portal, or of all.
fn cure(kind: TroubleKind, member_id: Option<&MemberId>, texts: Texts) -> Option<Button> {
    let retry = |kind: Option<&str>| QueueAction::RetryAll {
        member_id: member_id.cloned(),
        kind: kind.map(str::to_owned),
    };
    let (text, action) = match kind {
        TroubleKind::DeadItems => (texts.queue_retry_all(), retry(Some("items"))),
        TroubleKind::DeadEvents => (texts.queue_retry_all(), retry(Some("events"))),
        TroubleKind::WorkFails => (texts.queue_retry_all(), retry(None)),
        // A pause of all portals is resumed where it stands: in the queue.
        TroubleKind::SendingPaused => {
            let resume = QueueAction::Resume {
                member_id: Some(member_id?.clone()),
                kind: "items".to_owned(),
            };
            (texts.queue_resume(), resume)
        }
        _ => return None,
    };
    Some(Button::new(text, &Action::Queue(action)).asking())
}

/// Where the trouble can be looked at and mended.
const fn place(kind: TroubleKind) -> Option<(ScreenName, &'static [(&'static str, &'static str)])> {
    match kind {
        TroubleKind::DeadItems => Some((ScreenName::Queue, &[("kind", "items"), ("state", "dead")])),
        TroubleKind::DeadEvents => Some((ScreenName::Queue, &[("kind", "events"), ("state", "dead")])),
        TroubleKind::WorkFails => Some((ScreenName::Queue, &[("state", "late")])),
        TroubleKind::UnassignableItems => Some((ScreenName::Assignments, &[])),
        TroubleKind::SendingPaused => Some((ScreenName::Queue, &[("kind", "items")])),
        _ => None,
    }
}
