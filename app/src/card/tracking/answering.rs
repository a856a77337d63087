//! What server functions do for tracking. The caller's session was proved by the server's layer; every answer is limited to
//! its portal, and to its user's own subscriptions where something changes.

use super::model::{
    Asked, CardTracking, Choices, Colleague, Offered, Order, Outcome, OwnItem, OwnList, Shown, Tracked,
};
use super::terms;
use super::view::{Opened, TrackingPanel, TrackingParts};
use crate::card::answering::{CardCaller, card_caller, refused};
use crate::card::change_failure::ChangeFailure;
use crate::card::open::identifiers;
use crate::catalogue::Texts;
use crate::services::Services;
use certlens_domain::analytics::AnalyticsQuery;
use certlens_domain::language::Language;
use certlens_domain::subscription::{TermsChange, WantedTerms};
use certlens_portals::{PortalsError, SelectionRefused, StoredViewer};
use certlens_store::{
    ArchiveReason, CardSubscription, CrmEntity, MemberId, StoreError, SubscriptionId, UserId,
};
use certlens_tracking::SubscriptionRefused;
use certlens_tracking::subscriptions::{Asker, NotPermitted};
use chrono::Utc;
use leptos::prelude::*;

/// A caller at his card, as our memory names them.
struct Place {
    caller: CardCaller,
    member_id: MemberId,
    user: UserId,
    card: CrmEntity,
}

impl Place {
    fn of_caller() -> Result<Self, ChangeFailure> {
        let caller = card_caller().ok_or(ChangeFailure::Unauthorized)?;
        let StoredViewer {
            member_id,
            user,
            card,
        } = caller.viewer.in_store(Some(caller.entity)).map_err(of_portals)?;
        Ok(Self {
            card: card.ok_or(ChangeFailure::Unauthorized)?,
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

/// Carries out what an element of the panel orders; the control and the panel then.
pub(super) async fn track(
    order: &str,
    fields: &[(String, String)],
    language: Language,
) -> Result<String, ChangeFailure> {
    match answered(order, fields, Texts(language)).await {
        Ok(shown) => Ok(Owner::new().with(|| view! { <TrackingParts shown /> }.to_html())),
        Err(failure) => refused(failure, ChangeFailure::status),
    }
}

async fn answered(
    order: &str,
    fields: &[(String, String)],
    texts: Texts,
) -> Result<TrackingPanel, ChangeFailure> {
    let Asked { order, shown } = serde_json::from_str(order).map_err(|_| ChangeFailure::Invalid)?;
    let place = Place::of_caller()?;
    let before = place.stands().await?;
    let (tracking, outcome) = if order == Order::Look {
        (before, Outcome::Nothing)
    } else {
        match carry_out(&place, &order, fields).await {
            Ok(()) => {
                let after = place.stands().await?;
                let undo = before.undoing(&order, &after);
                (after, Outcome::Done(order, undo))
            }
            Err(refused) => (before, Outcome::Refused(words(refused, texts)?)),
        }
    };
    let opened = match shown {
        Shown::Closed => Opened::Nothing,
        Shown::Card => Opened::Card(Box::new(place.choices(&tracking).await?)),
        Shown::Own { after } => Opened::Own(place.own(after).await?),
    };
    Ok(TrackingPanel {
        texts,
        today: Utc::now().date_naive(),
        tracking,
        opened,
        outcome,
    })
}

async fn carry_out(
    place: &Place,
    order: &Order,
    fields: &[(String, String)],
) -> Result<(), SubscriptionRefused> {
    let tracking = &place.caller.services.tracking;
    let (member_id, owner) = (&place.member_id, Some(place.user));
    let numbers = |ids: &[i64]| ids.iter().copied().map(SubscriptionId).collect::<Vec<_>>();
    match order {
        Order::Look => Ok(()),
        Order::Subscribe => {
            let wanted = TermsChange::check(terms::wanted(fields))?;
            tracking
                .subscribe(
                    member_id,
                    place.card,
                    place.user,
                    &wanted,
                    Asker::User(place.user),
                )
                .await?;
            // Colleagues will see the name.
            let portals = &place.caller.services.portals;
            if portals.store().user_name(member_id, place.user).await?.is_none() {
                portals.learn_name_meanwhile(&place.caller.viewer);
            }
            Ok(())
        }
        Order::Change { id } => {
            let wanted = TermsChange::check(terms::wanted(fields))?;
            tracking
                .change_subscription(member_id, SubscriptionId(*id), owner, &wanted)
                .await
                .map(drop)
        }
        Order::Replace { id, terms } => {
            let wanted = TermsChange::check(WantedTerms::clone(terms))?;
            tracking
                .change_subscription(member_id, SubscriptionId(*id), owner, &wanted)
                .await
                .map(drop)
        }
        Order::Mute { ids, mute } => tracking.mute(member_id, &numbers(ids), owner, *mute).await,
        Order::Unsubscribe { ids } => {
            tracking
                .unsubscribe(member_id, &numbers(ids), owner, ArchiveReason::Unsubscribed)
                .await
        }
        Order::Restore { ids } => tracking.resubscribe(member_id, &numbers(ids), owner).await,
    }
}

/// What people are told of a refusal; our own trouble is no answer of the panel.
fn words(refused: SubscriptionRefused, texts: Texts) -> Result<&'static str, ChangeFailure> {
    match refused {
        SubscriptionRefused::Terms(_) => Ok(texts.tracking_invalid()),
        SubscriptionRefused::TooMany(_) => Ok(texts.tracking_too_many()),
        SubscriptionRefused::NotPermitted(refused) => Ok(match refused {
            NotPermitted::AdministratorsOnly => texts.tracking_for_administrators(),
            NotPermitted::NotChosen => texts.tracking_for_chosen(),
            NotPermitted::Unproved => texts.tracking_unproved(),
        }),
        SubscriptionRefused::Unknown | SubscriptionRefused::UnknownPortal => Ok(texts.tracking_gone()),
        SubscriptionRefused::Store(error) => Err(of_store(error)),
    }
}

impl Place {
    async fn stands(&self) -> Result<CardTracking, ChangeFailure> {
        stands(&self.caller.services, &self.member_id, self.card, self.user)
            .await
            .map_err(of_store)
    }

    /// What may be chosen: the card's identifiers and what documents pair with them, and what the portal does by itself.
    async fn choices(&self, tracking: &CardTracking) -> Result<Choices, ChangeFailure> {
        let (entity_type, id) = self.caller.entity;
        let services = &self.caller.services;
        let (selection, usual) = tokio::join!(
            services.portals.selection(&self.caller.viewer, entity_type, id),
            services.store.tracking_settings(&self.member_id)
        );
        let selection = selection.map_err(of_selection)?;
        let usual = usual.map_err(of_store)?;
        let known: Vec<Offered> = selection
            .identifiers
            .into_iter()
            .map(|one| Offered {
                value: one.value,
                label: one.label,
            })
            .collect();
        let tracked = match tracking.own.first() {
            Some(own) => own.terms.identifiers.clone(),
            None => known.iter().map(|one| one.value.clone()).collect(),
        };
        let (paired, matching) = tokio::join!(
            paired(services, &known),
            services.store.count_matching_cards(&self.member_id, &tracked)
        );
        Ok(Choices {
            paired,
            identifiers: known,
            kind: usual.notification.kind,
            scope: usual.notify_scope,
            matching: matching.map_err(of_store)?,
        })
    }

    /// The viewer's own subscriptions in all cards.
    async fn own(&self, after: Option<i64>) -> Result<OwnList, ChangeFailure> {
        let services = &self.caller.services;
        let (page, portal) = tokio::join!(
            services
                .tracking
                .own(&self.member_id, self.user, after.map(SubscriptionId)),
            services.store.portal(&self.member_id)
        );
        let page = page.map_err(of_refusal)?;
        let portal = portal.map_err(of_store)?;
        let items = page.items.into_iter().map(|own| OwnItem {
            id: own.subscription.id.0,
            entity_type: own.subscription.entity.entity_type.key(),
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

fn of_refusal(refused: SubscriptionRefused) -> ChangeFailure {
    match refused {
        SubscriptionRefused::Store(error) => of_store(error),
        refused => {
            tracing::warn!(
                error = &refused as &dyn std::error::Error,
                "a panel of tracking was not answered"
            );
            ChangeFailure::Invalid
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used to map errors")]
fn of_store(error: StoreError) -> ChangeFailure {
    tracing::error!(
        error = &error as &dyn std::error::Error,
        "subscriptions could not be reached"
    );
    ChangeFailure::Unavailable
}

#[expect(clippy::needless_pass_by_value, reason = "used to map errors")]
fn of_selection(refused: SelectionRefused) -> ChangeFailure {
    tracing::warn!(
        error = &refused as &dyn std::error::Error,
        "a card's identifiers can't be offered"
    );
    ChangeFailure::Unavailable
}

#[expect(clippy::needless_pass_by_value, reason = "used to map errors")]
fn of_portals(error: PortalsError) -> ChangeFailure {
    tracing::error!(
        error = &error as &dyn std::error::Error,
        "a session names no viewer"
    );
    ChangeFailure::Unavailable
}
