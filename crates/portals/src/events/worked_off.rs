//! A portal's waiting events, worked off together.
//!
//! Events say that something changed, never what it is now: everything is read anew, so their order and number don't
//! matter, and doing the same twice does no harm.

use std::collections::BTreeSet;
use std::time::Duration;

use certlens_bitrix24::crm::{ItemReading, read_items};
use certlens_bitrix24::event::{Event, EventName, prove_installation};
use certlens_bitrix24::{
    ApiError, EntityId, Expectation, PortalClient, Priority, VerificationError, bindings,
};
use certlens_store::{
    ClaimedEvents, CrmEntity, EntityType, EventId, IndexedItem, Standing, StoreError, StoredEvent, Subject,
    TimelineAction,
};
use chrono::Utc;
use secrecy::ExposeSecret as _;

use super::REQUISITE;
use crate::details;
use crate::error::PortalsError;
use crate::job::{self, STAFF_JOB};
use crate::member;
use crate::portals::Portals;
use crate::reading::{self, Rules};

/// How many subjects are read before the result is written: one request's worth of items.
const SUBJECTS_AT_ONCE: usize = 50;

/// What becomes of an event.
enum Verdict {
    Done,
    /// Again later, and why.
    Later(String),
}

impl Portals {
    /// Works off what was claimed, and says so to the store.
    pub(crate) async fn work_off(&self, claimed: &ClaimedEvents) -> Result<(), PortalsError> {
        let mut done: Vec<EventId> = Vec::new();
        let mut changes: Vec<&StoredEvent> = Vec::new();
        for event in &claimed.events {
            if event.proved && event.subject.is_some() {
                changes.push(event);
                continue;
            }
            match self.work_off_one(event).await {
                // An ordinary event of a portal whose application token we don't know, proved now.
                Ok(Verdict::Done) if event.subject.is_some() => changes.push(event),
                Ok(Verdict::Done) | Err(Refused) => done.push(event.id),
                Ok(Verdict::Later(reason)) => self.put_back(claimed, &[event], &reason).await?,
            }
        }
        self.store().finish_events(&claimed.lease, &done).await?;
        match self.follow(claimed, &changes).await {
            Ok(()) => {}
            // The portal left meanwhile; so did its events.
            Err(PortalsError::UnknownPortal(_) | PortalsError::Store(StoreError::Uninstalled(_))) => {
                let ids: Vec<EventId> = changes.iter().map(|event| event.id).collect();
                self.store().finish_events(&claimed.lease, &ids).await?;
            }
            Err(error @ PortalsError::Store(_)) => return Err(error),
            Err(error) => self.put_back(claimed, &changes, &error.to_string()).await?,
        }
        Ok(())
    }

    async fn put_back(
        &self,
        claimed: &ClaimedEvents,
        events: &[&StoredEvent],
        reason: &str,
    ) -> Result<(), PortalsError> {
        let Some(attempts) = events.iter().map(|event| event.attempts).max() else {
            return Ok(());
        };
        tracing::warn!(member_id = %claimed.lease.member_id(), events = events.len(), reason, "events are put back");
        let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
        let after = job::pause_after(u32::try_from(attempts).unwrap_or_default());
        self.store()
            .retry_events(&claimed.lease, &ids, reason, after)
            .await?;
        Ok(())
    }

    /// An event of the application itself, or one that has still to be proved. `Err`: it is not to be believed.
    async fn work_off_one(&self, stored: &StoredEvent) -> Result<Verdict, Refused> {
        let event = Event::parse(stored.body.expose_secret()).map_err(|_| Refused)?;
        let outcome = match event.name {
            EventName::AppInstall | EventName::AppUpdate => self.take_installation(&event).await,
            EventName::AppPayment if stored.proved => self.take_payment(&event).await,
            EventName::TimelineItemAction if stored.proved => self.note_action(&event).await,
            EventName::User(_) if stored.proved => self.look_at_staff(&event).await,
            _ if !stored.proved => self.prove(&event).await.map(|_| ()),
            _ => Ok(()),
        };
        match outcome {
            Ok(()) => Ok(Verdict::Done),
            Err(Unsettled::Refused(reason)) => {
                tracing::warn!(
                    member_id = %event.auth.member_id,
                    event = %event.name,
                    reason,
                    "an event is not believed"
                );
                Err(Refused)
            }
            Err(Unsettled::Later(reason)) => Ok(Verdict::Later(reason)),
        }
    }

    /// Somebody joined the portal: its list of users is read anew.
    async fn look_at_staff(&self, event: &Event) -> Result<(), Unsettled> {
        let member_id = member::stored(&event.auth.member_id)?;
        self.store()
            .schedule(&member_id, STAFF_JOB, Duration::ZERO)
            .await?;
        Ok(())
    }

    async fn prove(
        &self,
        event: &Event,
    ) -> Result<certlens_bitrix24::event::VerifiedInstallation, Unsettled> {
        let expectation = Expectation {
            // A remembered proof may be of an installation before this one.
            afresh: true,
            ..self.expectation_of(Some(&event.auth.member_id), false).await?
        };
        prove_installation(self.verifier(), event, &expectation)
            .await
            .map_err(|error| match error {
                VerificationError::Unreachable(_) => Unsettled::Later(error.to_string()),
                error => Unsettled::Refused(error.to_string()),
            })
    }

    /// Proves an installation, and takes its tokens over. Its user must be an administrator: any other user of the
    /// portal could send such an event with a token of his own, and plant an application token that he knows.
    async fn take_installation(&self, event: &Event) -> Result<(), Unsettled> {
        let installed = self.prove(event).await?;
        let portal = certlens_bitrix24::connection::Portal {
            member_id: installed.member_id().clone(),
            endpoint: installed.endpoint().clone(),
            server: installed.server().clone(),
        };
        let client = self.connections().of_user(
            &portal,
            installed.user_id(),
            Some(installed.access_token().clone()),
            Priority::Background,
        );
        match bindings::is_administrator(&client).await {
            Ok(true) => Ok(self.adopt_installation(&installed).await?),
            Ok(false) => Err(Unsettled::Refused("its user is no administrator".to_owned())),
            Err(error) if error.is_retryable() => Err(Unsettled::Later(error.to_string())),
            Err(error) => Err(Unsettled::Refused(error.to_string())),
        }
    }

    async fn take_payment(&self, event: &Event) -> Result<(), Unsettled> {
        let member_id = member::stored(&event.auth.member_id)?;
        let standing = if event.is_payment_expired() == Some(true) {
            Standing::Suspended {
                reason: "payment_required",
            }
        } else {
            Standing::Active
        };
        self.store().set_standing(&member_id, standing).await?;
        if standing == Standing::Active {
            self.make_good(&member_id).await?;
        }
        Ok(())
    }

    /// Notes that somebody pressed a button of one of our activities, for whoever knows what the button means.
    async fn note_action(&self, event: &Event) -> Result<(), Unsettled> {
        let noted = event.timeline_action().and_then(|action| {
            let (entity_type, id) = action.entity;
            Some(TimelineAction {
                action: action.action,
                user_id: certlens_store::UserId(action.user_id.0.try_into().ok()?),
                entity: CrmEntity::new(reading::card_type(entity_type)?, reading::stored_id(id)),
                activity_id: action.activity_id.and_then(|id| id.try_into().ok()),
            })
        });
        let Some(action) = noted else {
            return Err(Unsettled::Refused(
                "it names no card, no button or no user".to_owned(),
            ));
        };
        let member_id = member::stored(&event.auth.member_id)?;
        Ok(self.store().note_timeline_action(&member_id, &action).await?)
    }

    /// Reads what changed, fifty items at a time, and writes it into the index.
    async fn follow(&self, claimed: &ClaimedEvents, events: &[&StoredEvent]) -> Result<(), PortalsError> {
        if events.is_empty() {
            return Ok(());
        }
        let stored = claimed.lease.member_id();
        let client = self.background_client(&member::platform(stored)?).await?;
        let rules = Rules::of(&self.store().settings(stored).await?);
        let subjects = self.changed_items(&client, stored, events).await?;
        let subjects: Vec<CrmEntity> = subjects.into_iter().collect();
        let mut refused: Vec<(CrmEntity, ApiError)> = Vec::new();
        for chunk in subjects.chunks(SUBJECTS_AT_ONCE) {
            refused.extend(self.refresh(&client, stored, &rules, chunk).await?);
        }
        let (later, done): (Vec<&StoredEvent>, Vec<&StoredEvent>) = events
            .iter()
            .partition(|event| concerns(event.subject.as_ref(), &refused));
        let ids: Vec<EventId> = done.iter().map(|event| event.id).collect();
        self.store().finish_events(&claimed.lease, &ids).await?;
        if let Some((_, error)) = refused.first() {
            self.put_back(claimed, &later, &error.to_string()).await?;
        }
        Ok(())
    }

    /// The items that events are about; of sets of details, the companies that have or had them.
    async fn changed_items(
        &self,
        client: &PortalClient,
        stored: &certlens_store::MemberId,
        events: &[&StoredEvent],
    ) -> Result<BTreeSet<CrmEntity>, PortalsError> {
        let mut items = BTreeSet::new();
        let mut requisites = BTreeSet::new();
        for subject in events.iter().filter_map(|event| event.subject.as_ref()) {
            if subject.kind == REQUISITE {
                requisites.insert(subject.id);
            } else if let Ok(entity_type) = subject.kind.parse::<EntityType>() {
                items.insert(CrmEntity::new(entity_type, subject.id));
            }
        }
        if !requisites.is_empty() {
            let requisites: Vec<i64> = requisites.into_iter().collect();
            items.extend(self.store().items_with_requisites(stored, &requisites).await?);
            let ids: Vec<EntityId> = requisites
                .iter()
                .filter_map(|id| reading::platform_id(*id))
                .collect();
            let owners = details::owners(client, &ids).await?;
            items.extend(
                owners
                    .into_iter()
                    .map(|id| CrmEntity::new(EntityType::Company, reading::stored_id(id))),
            );
        }
        Ok(items)
    }

    /// Reads items anew and writes them into the index; those that are gone leave it. Who may see them is for the
    /// portal to say again. Gives back those that the portal refused to show for no lasting reason.
    pub(crate) async fn refresh(
        &self,
        client: &PortalClient,
        stored: &certlens_store::MemberId,
        rules: &Rules,
        entities: &[CrmEntity],
    ) -> Result<Vec<(CrmEntity, ApiError)>, PortalsError> {
        let read_at = Utc::now();
        let asked: Vec<_> = entities
            .iter()
            .filter_map(|entity| {
                Some((
                    reading::platform_type(entity.entity_type),
                    reading::platform_id(entity.id)?,
                ))
            })
            .collect();
        let company_fields: Vec<String> = EntityType::ALL
            .into_iter()
            .flat_map(|entity_type| rules.company_fields(entity_type))
            .collect();
        let readings = read_items(client, &asked, &company_fields).await?;
        let companies: Vec<EntityId> = readings
            .iter()
            .filter_map(|reading| match reading {
                ItemReading::Present(item) if item.entity_type == certlens_bitrix24::EntityType::Company => {
                    Some(item.id)
                }
                _ => None,
            })
            .collect();
        let details = details::of_companies(client, &companies).await?;

        let mut present: Vec<IndexedItem> = Vec::new();
        let mut gone: Vec<CrmEntity> = Vec::new();
        let mut refused: Vec<(CrmEntity, ApiError)> = Vec::new();
        for ((entity_type, id), outcome) in asked.iter().zip(readings) {
            let Some(entity_type) = reading::card_type(*entity_type) else {
                continue;
            };
            let entity = CrmEntity::new(entity_type, reading::stored_id(*id));
            match outcome {
                ItemReading::Present(item) => {
                    let requisites = details.get(&item.id).map(Vec::as_slice).unwrap_or_default();
                    let requisites = match item.entity_type {
                        certlens_bitrix24::EntityType::Company => requisites,
                        _ => &[],
                    };
                    present.extend(reading::item(&item, requisites, rules, read_at));
                }
                // What the portal's own chain may not see is shown to those who may by their own tokens.
                ItemReading::Gone | ItemReading::AccessDenied => {
                    gone.push(entity);
                }
                ItemReading::Failed(error) => refused.push((entity, error)),
            }
        }
        self.store().index_items(stored, &present).await?;
        self.store().remove_items(stored, &gone).await?;
        self.store().revoke_access(stored, entities).await?;
        Ok(refused)
    }
}

/// Whether an event is about one of these items. A set of details may belong to any company among them.
fn concerns(subject: Option<&Subject>, items: &[(CrmEntity, ApiError)]) -> bool {
    subject.is_some_and(|subject| {
        items.iter().any(|(item, _)| {
            if subject.kind == REQUISITE {
                item.entity_type == EntityType::Company
            } else {
                subject.kind == item.entity_type.key() && subject.id == item.id
            }
        })
    })
}

/// An event that is not to be believed.
struct Refused;

/// Why an event of its own kind is not settled.
enum Unsettled {
    /// It never will be.
    Refused(String),
    /// Perhaps later.
    Later(String),
}

impl From<StoreError> for Unsettled {
    fn from(error: StoreError) -> Self {
        Self::Later(error.to_string())
    }
}
