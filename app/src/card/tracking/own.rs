//! The viewer's subscriptions in all cards: what happened last, muting and ending them there.

use super::model::{OwnItem, OwnList, TrackingOrder};
use super::saving::{give, own_subscriptions};
use super::{Panel, Shown};
use crate::browser::{in_session, open_path};
use certlens_domain::subscription::Mute;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The list, read anew after each order.
#[component]
pub(super) fn OwnSubscriptions(panel: Panel) -> impl IntoView {
    let texts = panel.texts;
    let list = RwSignal::new(None::<OwnList>);
    Effect::new(move |_| {
        panel.own_changed.track();
        read(panel, list, None);
    });
    let shown = move || {
        list.get().map(|read_list| {
            let OwnList { items, next, portal } = read_list;
            let nothing = items
                .is_empty()
                .then(|| view! { <p class="fine">{texts.no_own_subscriptions()}</p> });
            let more = next.map(|after| {
                view! {
                    <button type="button" class="link" on:click=move |_| read(panel, list, Some(after))>
                        {texts.show_more()}
                    </button>
                }
            });
            view! {
                {nothing}
                <ul class="tracking__list">
                    {items
                        .into_iter()
                        .map(|item| view! { <Item panel item portal=portal.clone() /> })
                        .collect_view()}
                </ul>
                {more}
            }
        })
    };
    view! {
        <div class="tracking__head">
            <h2>{texts.own_subscriptions()}</h2>
            <button type="button" class="link" on:click=move |_| panel.shown.set(Shown::Card)>
                {texts.this_card()}
            </button>
        </div>
        {shown}
    }
}

/// Reads the list from its beginning, or adds what comes after a subscription.
fn read(panel: Panel, list: RwSignal<Option<OwnList>>, after: Option<i64>) {
    spawn_local(async move {
        match in_session(|| own_subscriptions(after)).await {
            Ok(mut read) => {
                if after.is_some() {
                    let mut items = list.get_untracked().unwrap_or_default().items;
                    items.append(&mut read.items);
                    read.items = items;
                }
                // The list may be closed by now.
                list.try_set(Some(read));
            }
            Err(failure) => panel.problem.set(Some(failure.words(panel.texts))),
        }
    });
}

#[component]
fn Item(panel: Panel, item: OwnItem, portal: String) -> impl IntoView {
    let texts = panel.texts;
    let path = item.path();
    let address = format!("{portal}{path}");
    let kind = texts.card_type(&item.entity_type);
    let name = item
        .title
        .clone()
        .unwrap_or_else(|| format!("{kind} {}", item.entity_id));
    let last = item.last_news.map_or_else(
        || texts.no_news_yet().to_owned(),
        |(kind, day)| texts.last_news(kind, day),
    );
    let state = item.muted.map(|until| texts.silent(until));
    let (id, muted) = (item.id, item.muted);
    let mute = move |_| {
        let mute = if muted.is_some() {
            None
        } else {
            Some(Mute::Forever)
        };
        give(panel, TrackingOrder::Mute { ids: vec![id], mute });
    };
    view! {
        <li>
            <a
                href=address
                target="_blank"
                rel="noopener"
                on:click=move |event| {
                    // Inside a portal the card opens in its slider.
                    if open_path(&path) {
                        event.prevent_default();
                    }
                }
            >
                {name}
            </a>
            <span class="fine">{kind} " · " {item.identifiers.join(", ")}</span>
            <span class="fine">{last} {state.map(|state| format!(" · {state}"))}</span>
            <span class="tracking__actions">
                <button type="button" class="link" on:click=mute>
                    {if muted.is_some() { texts.unmute() } else { texts.mute_one() }}
                </button>
                <button
                    type="button"
                    class="link link--danger"
                    on:click=move |_| give(panel, TrackingOrder::Unsubscribe { ids: vec![id] })
                >
                    {texts.unsubscribe()}
                </button>
            </span>
        </li>
    }
}
