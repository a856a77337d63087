//! What server functions do for tracking. The caller's session was proved by the server's layer; every answer is limited to
//! its portal, and to its user's own subscriptions where something changes.

use super::model::{
    CardTracking, Colleague, Offered, OwnItem, OwnList, Tracked, TrackingChoices, TrackingOrder,
};
use super::saving::TrackingFailure;
use crate::card::answering::{CardCaller, card_caller, refused};
use crate::card::open::identifiers;
use crate::services::Services;
use certlens_domain::analytics::{AnalyticsQuery, MOST_IDENTIFIERS};
use certlens_domain::identifier::Identifier;
use certlens_domain::subscription::{TermsChange, WantedTerms};
use certlens_portals::{PortalsError, SelectionRefused, StoredViewer, Viewer};
use certlens_store::{
    ArchiveReason, CardSubscription, CrmEntity, MemberId, StoreError, SubscriptionId, UserId,
};
use certlens_tracking::SubscriptionRefused;
use chrono::Utc;

/// A caller at his card, as our memory names them.
struct Place {
    caller: CardCaller,
    member_id: MemberId,
    user: UserId,
    card: CrmEntity,
}

impl Place {
    fn of_caller() -> Result<Self, TrackingFailure> {
        let caller = card_caller().ok_or(TrackingFailure::Unauthorized)?;
        let StoredViewer {
            member_id,
            user,
            card,
        } = caller.viewer.in_store(Some(caller.entity)).map_err(of_portals)?;
        Ok(Self {
            card: card.ok_or(TrackingFailure::Unauthorized)?,
            member_id,
            user,
            caller,
        })
    }
}

/// How the tracking of a card stands for its viewer; nothing when our memory fails, or the page belongs to no card.
pub(in crate::card) async fn card_tracking(
    services: &Services,
    viewer: &StoredViewer,
) -> Result<CardTracking, StoreError> {
    let Some(card) = viewer.card else {
        return Ok(CardTracking::default());
    };
    stands(services, &viewer.member_id, card, viewer.user).await
}

async fn stands(
    services: &Services,
    member_id: &MemberId,
    card: CrmEntity,
    user: UserId,
) -> Result<CardTracking, StoreError> {
    // In this order: what comes in between is fetched once more.
    let revision = services.store.card_tracking_revision(member_id, card).await?;
    if revision == 0 {
        return Ok(CardTracking::default());
    }
    let (own, others): (Vec<CardSubscription>, Vec<CardSubscription>) = services
        .store
        .card_subscriptions(member_id, card)
        .await?
        .into_iter()
        .partition(|one| one.subscription.user == user);
    let mut colleagues: Vec<Colleague> = Vec::new();
    for other in others {
        let user_id = other.subscription.user.0;
        if colleagues.iter().all(|known| known.user_id != user_id) {
            colleagues.push(Colleague {
                user_id,
                name: other.user_name,
            });
        }
    }
    Ok(CardTracking {
        revision,
        own: own
            .into_iter()
            .map(|one| Tracked {
                id: one.subscription.id.0,
                terms: one.subscription.terms,
                muted: one.subscription.muted,
            })
            .collect(),
        colleagues,
    })
}

/// Carries an order out; how it stands then.
pub(super) async fn track(order: TrackingOrder) -> Result<CardTracking, TrackingFailure> {
    let place = match Place::of_caller() {
        Ok(place) => place,
        Err(failure) => return refused(failure, TrackingFailure::status),
    };
    let outcome = async {
        carry_out(&place, order).await?;
        let services = &place.caller.services;
        stands(services, &place.member_id, place.card, place.user)
            .await
            .map_err(|error| of_refusal(error.into()))
    };
    match outcome.await {
        Ok(tracking) => Ok(tracking),
        Err(failure) => refused(failure, TrackingFailure::status),
    }
}

async fn carry_out(place: &Place, order: TrackingOrder) -> Result<(), TrackingFailure> {
    let tracking = &place.caller.services.tracking;
    let (member_id, owner) = (&place.member_id, Some(place.user));
    let numbers = |ids: Vec<i64>| ids.into_iter().map(SubscriptionId).collect::<Vec<_>>();
    match order {
        TrackingOrder::Look => Ok(()),
        TrackingOrder::Subscribe { terms } => {
            let subscribed = tracking
                .subscribe(member_id, place.card, place.user, &checked(terms)?)
                .await;
            // Colleagues will see the name.
            let portals = &place.caller.services.portals;
            if let Ok(None) = portals.store().user_name(member_id, place.user).await {
                portals.learn_name_meanwhile(&place.caller.viewer);
            }
            subscribed.map(drop)
        }
        TrackingOrder::Change { id, terms } => tracking
            .change_subscription(member_id, SubscriptionId(id), owner, &checked(terms)?)
            .await
            .map(drop),
        TrackingOrder::Mute { ids, mute } => tracking.mute(member_id, &numbers(ids), owner, mute).await,
        TrackingOrder::Unsubscribe { ids } => {
            tracking
                .unsubscribe(member_id, &numbers(ids), owner, ArchiveReason::Unsubscribed)
                .await
        }
        TrackingOrder::Restore { ids } => tracking.resubscribe(member_id, &numbers(ids), owner).await,
    }
    .map_err(of_refusal)
}

fn checked(terms: WantedTerms) -> Result<TermsChange, TrackingFailure> {
    TermsChange::check(terms).map_err(|_| TrackingFailure::Invalid)
}

/// What may be chosen: the card's identifiers and what documents pair with them, and what the portal does by itself.
pub(super) async fn choices() -> Result<TrackingChoices, TrackingFailure> {
    let outcome = async {
        let place = Place::of_caller()?;
        let (entity_type, id) = place.caller.entity;
        let services = &place.caller.services;
        let viewer: &Viewer = &place.caller.viewer;
        let (selection, usage) = tokio::join!(
            services.portals.selection(viewer, entity_type, id),
            services.tracking.usage(&place.member_id)
        );
        let selection = selection.map_err(of_selection)?;
        let usage = usage.map_err(of_refusal)?;
        let known: Vec<Offered> = selection
            .identifiers
            .into_iter()
            .map(|one| Offered {
                value: one.value,
                label: one.label,
            })
            .collect();
        Ok(TrackingChoices {
            paired: paired(services, &known).await,
            identifiers: known,
            kind: usage.notification_kind,
            scope: usage.scope,
        })
    };
    match outcome.await {
        Ok(choices) => Ok(choices),
        Err(failure) => refused(failure, TrackingFailure::status),
    }
}

/// Numbers that documents state beside these; none when the search fails, which the board says already.
async fn paired(services: &Services, known: &[Offered]) -> Vec<Offered> {
    let query = AnalyticsQuery {
        bridge: true,
        ..AnalyticsQuery::about(identifiers(known.iter().map(|one| one.value.as_str())))
    };
    if query.identifiers.is_empty() {
        return Vec::new();
    }
    let answer = services.search.analytics(&query, Utc::now().date_naive()).await;
    let pairs = match answer {
        Ok(answer) => answer.bridge.pairs.clone(),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "no paired numbers can be offered"
            );
            Vec::new()
        }
    };
    let mut offered: Vec<Offered> = Vec::new();
    for pair in pairs {
        let is_known = |listed: &[Offered]| listed.iter().any(|one| one.value == pair.paired);
        if !is_known(known) && !is_known(&offered) {
            offered.push(Offered {
                value: pair.paired.clone(),
                label: Some(pair.asked.clone()),
            });
        }
    }
    offered
}

/// How many cards carry one of these identifiers.
pub(super) async fn matching_cards(values: Vec<String>) -> Result<u64, TrackingFailure> {
    let outcome = async {
        let place = Place::of_caller()?;
        let values: Vec<String> = values
            .iter()
            .take(MOST_IDENTIFIERS)
            .filter_map(|value| Identifier::parse(value).ok())
            .map(|identifier| identifier.value().to_owned())
            .collect();
        let store = &place.caller.services.store;
        store
            .count_matching_cards(&place.member_id, &values)
            .await
            .map_err(|error| of_refusal(error.into()))
    };
    match outcome.await {
        Ok(count) => Ok(count),
        Err(failure) => refused(failure, TrackingFailure::status),
    }
}

/// The viewer's own subscriptions in all cards.
pub(super) async fn own_subscriptions(after: Option<i64>) -> Result<OwnList, TrackingFailure> {
    let outcome = async {
        let place = Place::of_caller()?;
        let services = &place.caller.services;
        let after = after.map(SubscriptionId);
        let (page, portal) = tokio::join!(
            services.tracking.own(&place.member_id, place.user, after),
            services.store.portal(&place.member_id)
        );
        let page = page.map_err(of_refusal)?;
        let portal = portal.map_err(|error| of_refusal(error.into()))?;
        let items = page.items.into_iter().map(|own| OwnItem {
            id: own.subscription.id.0,
            entity_type: own.subscription.entity.entity_type.key().to_owned(),
            entity_id: own.subscription.entity.id,
            title: own.card_title.filter(|title| !title.is_empty()),
            identifiers: own.subscription.terms.identifiers,
            muted: own.subscription.muted,
            last_news: own.last_news.map(|news| (news.kind, news.found_at.date_naive())),
        });
        Ok(OwnList {
            items: items.collect(),
            next: page.next.map(|id| id.0),
            portal: portal.map(|portal| portal.address.origin).unwrap_or_default(),
        })
    };
    match outcome.await {
        Ok(list) => Ok(list),
        Err(failure) => refused(failure, TrackingFailure::status),
    }
}

fn of_refusal(refused: SubscriptionRefused) -> TrackingFailure {
    match refused {
        SubscriptionRefused::Terms(_) => TrackingFailure::Invalid,
        SubscriptionRefused::TooMany(_) => TrackingFailure::TooMany,
        SubscriptionRefused::Unknown | SubscriptionRefused::UnknownPortal => TrackingFailure::Gone,
        SubscriptionRefused::Store(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "subscriptions could not be reached"
            );
            TrackingFailure::Unavailable
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used to map errors")]
fn of_selection(refused: SelectionRefused) -> TrackingFailure {
    tracing::warn!(
        error = &refused as &dyn std::error::Error,
        "a card's identifiers can't be offered"
    );
    TrackingFailure::Unavailable
}

#[expect(clippy::needless_pass_by_value, reason = "used to map errors")]
fn of_portals(error: PortalsError) -> TrackingFailure {
    tracing::error!(
        error = &error as &dyn std::error::Error,
        "a session names no viewer"
    );
    TrackingFailure::Unavailable
}
