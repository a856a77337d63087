//! Subscribing, muting, unsubscribing, for people and for programs.
//!
//! Callers have proved who asks, and that a person may see the card; terms come checked ([`TermsChange`]). Whether that
//! person may subscribe at all is the portal's choice, and asked here ([`permission`]). The store keeps them ([`certlens_store::subscriptions`]); what a portal chose for all is with its settings.

mod permission;

use certlens_domain::subscription::{Mute, SubscriptionTerms, TermsChange, TermsRefused};
use certlens_store::{
    ArchiveReason, CardSubscription, CrmEntity, LastNews, MemberId, NewSubscription, StoreError,
    Subscription, SubscriptionId, SubscriptionOrder, SubscriptionQuery, SubscriptionRevision,
    SubscriptionState, UserId,
};

use crate::tracking::Tracking;
pub use permission::{Asker, NotPermitted};

/// Subscriptions that one request may make.
pub const MOST_AT_ONCE: usize = 1_000;
/// Subscriptions that a list of somebody's own shows at once.
const MINE_AT_ONCE: u16 = 30;

/// Why something was not done with subscriptions.
#[derive(Debug, thiserror::Error)]
pub enum SubscriptionRefused {
    /// The terms.
    #[error(transparent)]
    Terms(#[from] TermsRefused),
    /// The portal has too many of them.
    #[error(transparent)]
    TooMany(StoreError),
    /// The application is not installed on this portal.
    #[error("the application is not installed on this portal")]
    UnknownPortal,
    /// The portal lets others subscribe only.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// The portal, or the user who asks, has no such subscription.
    #[error("there is no such subscription")]
    Unknown,
    /// Our own trouble.
    #[error("the store failed: {0}")]
    Store(StoreError),
}

impl From<StoreError> for SubscriptionRefused {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::TooManySubscriptions { .. } => Self::TooMany(error),
            StoreError::UnknownPortal(_) | StoreError::Uninstalled(_) => Self::UnknownPortal,
            error => Self::Store(error),
        }
    }
}

/// A subscription in a list of somebody's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSubscription {
    /// The subscription.
    pub subscription: Subscription,
    /// The title of its card, where the index knows it.
    pub card_title: Option<String>,
    /// Its latest news.
    pub last_news: Option<LastNews>,
}

/// A part of such a list, the latest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSubscriptions {
    /// The subscriptions.
    pub items: Vec<OwnSubscription>,
    /// After which the next part begins.
    pub next: Option<SubscriptionId>,
}

impl Tracking {
    /// Subscribes a user in a card, if the one who asks may have that done.
    pub async fn subscribe(
        &self,
        member_id: &MemberId,
        entity: CrmEntity,
        user: UserId,
        wanted: &TermsChange,
        asker: Asker,
    ) -> Result<SubscriptionId, SubscriptionRefused> {
        self.permit(member_id, asker).await?;
        let new = NewSubscription {
            entity,
            user,
            terms: SubscriptionTerms::of(wanted)?,
        };
        let ids = self.store().subscribe(member_id, &[new]).await?;
        ids.first().copied().ok_or(SubscriptionRefused::Unknown)
    }

    /// Makes many subscriptions of a portal, all or none; their numbers in the same order.
    pub async fn subscribe_all(
        &self,
        member_id: &MemberId,
        subscriptions: &[NewSubscription],
        asker: Asker,
    ) -> Result<Vec<SubscriptionId>, SubscriptionRefused> {
        self.permit(member_id, asker).await?;
        Ok(self.store().subscribe(member_id, subscriptions).await?)
    }

    /// Changes the terms of a subscription; with an owner named, of his own only.
    pub async fn change_subscription(
        &self,
        member_id: &MemberId,
        id: SubscriptionId,
        owner: Option<UserId>,
        change: &TermsChange,
    ) -> Result<Subscription, SubscriptionRefused> {
        self.store()
            .change_subscription(member_id, id, owner, change)
            .await?
            .ok_or(SubscriptionRefused::Unknown)
    }

    /// Changes terms, mute and state of a subscription together: all or nothing.
    pub async fn revise_subscription(
        &self,
        member_id: &MemberId,
        id: SubscriptionId,
        owner: Option<UserId>,
        revision: &SubscriptionRevision,
    ) -> Result<Subscription, SubscriptionRefused> {
        if revision.state == Some(SubscriptionState::Active) {
            // Who was told to subscribe no more could come back this way.
            self.permit(member_id, owner.map_or(Asker::Operator, Asker::User))
                .await?;
        }
        self.store()
            .revise_subscription(member_id, id, owner, revision)
            .await?
            .ok_or(SubscriptionRefused::Unknown)
    }

    /// Mutes subscriptions, or lets them speak again.
    pub async fn mute(
        &self,
        member_id: &MemberId,
        ids: &[SubscriptionId],
        owner: Option<UserId>,
        mute: Option<Mute>,
    ) -> Result<(), SubscriptionRefused> {
        known(
            self.store()
                .mute_subscriptions(member_id, ids, owner, mute)
                .await?,
        )
    }

    /// Ends subscriptions. One that had ended stays so, and is no mistake.
    pub async fn unsubscribe(
        &self,
        member_id: &MemberId,
        ids: &[SubscriptionId],
        owner: Option<UserId>,
        reason: ArchiveReason,
    ) -> Result<(), SubscriptionRefused> {
        known(
            self.store()
                .archive_subscriptions(member_id, ids, owner, reason)
                .await?,
        )
    }

    /// Takes the end of subscriptions back.
    pub async fn resubscribe(
        &self,
        member_id: &MemberId,
        ids: &[SubscriptionId],
        owner: Option<UserId>,
    ) -> Result<(), SubscriptionRefused> {
        // Who was told to subscribe no more could come back this way.
        self.permit(member_id, owner.map_or(Asker::Operator, Asker::User))
            .await?;
        known(self.store().restore_subscriptions(member_id, ids, owner).await?)
    }

    /// The active subscriptions of a card, the earliest first.
    pub async fn of_card(
        &self,
        member_id: &MemberId,
        entity: CrmEntity,
    ) -> Result<Vec<CardSubscription>, SubscriptionRefused> {
        Ok(self.store().card_subscriptions(member_id, entity).await?)
    }

    /// A user's own active subscriptions in all cards, the latest first.
    pub async fn own(
        &self,
        member_id: &MemberId,
        user: UserId,
        after: Option<SubscriptionId>,
    ) -> Result<OwnSubscriptions, SubscriptionRefused> {
        let store = self.store();
        let query = SubscriptionQuery {
            state: Some(SubscriptionState::Active),
            user: Some(user),
            after,
            order: SubscriptionOrder::LatestFirst,
            limit: MINE_AT_ONCE,
            ..SubscriptionQuery::default()
        };
        let page = store.subscriptions(member_id, &query).await?;
        let ids: Vec<SubscriptionId> = page.items.iter().map(|one| one.id).collect();
        let entities: Vec<CrmEntity> = page.items.iter().map(|one| one.entity).collect();
        let (news, titles) =
            tokio::try_join!(store.last_news(&ids), store.item_titles(member_id, &entities))?;
        let items = page.items.into_iter().map(|subscription| OwnSubscription {
            last_news: news
                .iter()
                .find(|news| news.subscription == subscription.id)
                .copied(),
            card_title: titles
                .iter()
                .find(|(entity, _)| *entity == subscription.entity)
                .map(|(_, title)| title.clone()),
            subscription,
        });
        Ok(OwnSubscriptions {
            items: items.collect(),
            next: page.next,
        })
    }
}

/// Something was there to be changed.
fn known(changed: u64) -> Result<(), SubscriptionRefused> {
    if changed == 0 {
        return Err(SubscriptionRefused::Unknown);
    }
    Ok(())
}
