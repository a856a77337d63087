//! The viewer's subscriptions in all cards: what happened last, muting and ending them there.

use super::model::{Asked, Order, OwnItem, OwnList, Shown};
use crate::catalogue::Texts;
use certlens_domain::subscription::Mute;
use leptos::prelude::*;

/// The list.
#[component]
pub(super) fn Own(texts: Texts, list: OwnList) -> impl IntoView {
    let OwnList { items, next, portal } = list;
    let nothing = items
        .is_empty()
        .then(|| view! { <p class="fine">{texts.no_own_subscriptions()}</p> });
    let more = next.map(|after| {
        let order = Asked::text(Order::Look, Shown::Own { after: Some(after) });
        view! {
            <p><button type="button" class="link" data-key="more" data-order=order>{texts.show_more()}</button></p>
        }
    });
    view! {
        <div class="tracking__head">
            <h2>{texts.own_subscriptions()}</h2>
            <button type="button" class="link" data-key="view" data-order=Asked::text(Order::Look, Shown::Card)>
                {texts.in_this_card()}
            </button>
        </div>
        {nothing}
        <ul class="tracking__list">
            {items.into_iter().map(|item| view! { <Item texts item portal=portal.clone() /> }).collect_view()}
        </ul>
        {more}
    }
}

#[component]
fn Item(texts: Texts, item: OwnItem, portal: String) -> impl IntoView {
    let path = item.path();
    let kind = texts.card_type(item.entity_type);
    let name = item
        .title
        .clone()
        .unwrap_or_else(|| format!("{kind} {}", item.entity_id));
    let last = item.last_news.map_or_else(
        || texts.no_news_yet().to_owned(),
        |(kind, day)| texts.last_news(kind, day),
    );
    let state = item.muted.map(|until| format!(" · {}", texts.silent(until)));
    let (ids, shown) = (vec![item.id], Shown::Own { after: None });
    let mute = Order::Mute {
        ids: ids.clone(),
        mute: item.muted.is_none().then_some(Mute::Forever),
    };
    let muted = item.muted.is_some();
    view! {
        <li>
            // Inside a portal the card opens in its slider.
            <a href=format!("{portal}{path}") target="_blank" rel="noopener" data-path=path.clone()>{name}</a>
            <span class="fine">{kind} " · " {item.identifiers.join(", ")}</span>
            <span class="fine">{last} {state}</span>
            <span class="tracking__actions">
                <button
                    type="button"
                    class="link"
                    data-key=format!("mute:{}", item.id)
                    data-order=Asked::text(mute, shown)
                >
                    {if muted { texts.unmute() } else { texts.mute_one() }}
                </button>
                <button
                    type="button"
                    class="link link--danger"
                    data-key=format!("end:{}", item.id)
                    data-order=Asked::text(Order::Unsubscribe { ids }, shown)
                >
                    {texts.unsubscribe()}
                </button>
            </span>
        </li>
    }
}
