//! The moments of an identifier's story: what happened to its subscriptions, items and documents, each with where to look.

use crate::address::{Address, ScreenName};
use crate::open::View;
use crate::screen::{Link, Moment, Tone};
use crate::texts::Texts;
use certlens_registry::{StatusTouch, Touch};
use certlens_store::{ItemId, TrackedHappening, TrackedMoment, WorkId};

pub(super) fn own_moment(view: &View<'_>, moment: TrackedMoment) -> Moment {
    let texts = view.texts;
    let (kind, id) = &moment.card;
    let card = texts.identifier_card(kind, *id);
    let address = format!("{}/crm/{kind}/details/{id}/", moment.origin.trim_end_matches('/'));
    let mut links = vec![Link::outside(card, address)];
    let mut details = Vec::new();
    if view.scope.is_whole() {
        details.push(moment.domain.clone());
    }
    let (tone, title) = match moment.what {
        TrackedHappening::Subscribed { user_id, name } => {
            (Tone::Plain, texts.identifier_subscribed(&person(user_id, name)))
        }
        TrackedHappening::Ended {
            user_id,
            name,
            reason,
        } => {
            details.push(texts.identifier_end_reason(&reason).to_owned());
            (Tone::Plain, texts.identifier_ended(&person(user_id, name)))
        }
        TrackedHappening::Found { recount, kind, news } => {
            (Tone::Good, texts.identifier_found(recount, &kind, news))
        }
        TrackedHappening::Item {
            item,
            state,
            kind,
            reason,
            responsible,
        } => {
            details.extend(responsible.map(|user| texts.identifier_responsible(user)));
            details.extend(reason);
            let queue = Address::about(ScreenName::Queue, WorkId::Item(ItemId(item)).to_string());
            links.push(Link::to(texts.screen(ScreenName::Queue), &queue));
            let tone = match state.as_str() {
                "sent" => Tone::Good,
                "dead" => Tone::Bad,
                "unassignable" => Tone::Warning,
                _ => Tone::Plain,
            };
            (tone, texts.identifier_item(&kind, &state))
        }
    };
    Moment {
        at: moment.at,
        tone,
        title,
        lines: details,
        links,
    }
}

pub(super) fn person(user_id: i64, name: Option<String>) -> String {
    match name {
        Some(name) => format!("{name} (#{user_id})"),
        None => format!("#{user_id}"),
    }
}

pub(super) fn import_moment(view: &View<'_>, touch: &Touch) -> Moment {
    let texts = view.texts;
    let import = Address::about(ScreenName::Imports, touch.import.to_string());
    Moment {
        at: touch.at,
        tone: Tone::Plain,
        title: texts.identifier_imported(texts.registry(touch.registry), touch.new, touch.changed),
        // Names of files are the operator's.
        lines: if view.viewer.is_operator() {
            vec![touch.input.clone()]
        } else {
            Vec::new()
        },
        links: if view.viewer.is_operator() {
            vec![Link::to(texts.screen(ScreenName::Imports), &import)]
        } else {
            Vec::new()
        },
    }
}

pub(super) fn status_moment(texts: Texts, change: &StatusTouch) -> Moment {
    let tone = if change.to.is_active() {
        Tone::Plain
    } else {
        Tone::Warning
    };
    Moment {
        at: change.at,
        tone,
        title: texts.identifier_status(&change.number, change.from.key(), change.to.key()),
        lines: vec![texts.registry(change.registry).to_owned()],
        links: Vec::new(),
    }
}
