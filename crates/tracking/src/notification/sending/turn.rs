//! One turn of a portal: a portion of items from the claim to their results.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use certlens_bitrix24::crm::Owner;
use certlens_bitrix24::{EntityId, EntityType, PortalClient, UserId};
use certlens_domain::people::People;
use certlens_domain::tracking::{Assignment, AssignmentRule, NotificationKind};
use certlens_registry::ToldError;
use certlens_store::{ClaimedItem, ItemId, ItemOutcome, ItemResult, Refusal, SenderLease, StoreError};
use chrono::{DateTime, Utc};
use futures::stream::{self, StreamExt as _};
use tokio_util::sync::CancellationToken;

use super::batch::{self, Ready};
use super::preparation::{self, Delivery, Looked, Setting};
use super::trouble::{Trouble, in_words};
use crate::assignment::{Decision, Facts, WhyNot, assign};
use crate::notification::tempo::Tempo;
use crate::tracking::Tracking;

/// Requests without a usable answer after which a turn ends: the portal is in trouble.
const DOUBTS_AT_MOST: usize = 3;

/// What all parts of a turn share.
pub(super) struct Turn<'a> {
    pub(super) tracking: &'a Tracking,
    pub(super) tempo: &'a Tempo,
    pub(super) lease: &'a SenderLease,
    pub(super) client: PortalClient,
    stop: &'a CancellationToken,
    /// The portal refuses work: what is not sent yet goes back.
    is_halted: AtomicBool,
    doubts: AtomicUsize,
}

impl Turn<'_> {
    /// Whether more may be sent.
    pub(super) fn goes_on(&self) -> bool {
        !self.is_halted.load(Ordering::Relaxed) && !self.stop.is_cancelled()
    }

    /// Ends the turn, and leaves the portal alone for a while.
    pub(super) async fn halt(&self, trouble: &Trouble) -> Result<(), StoreError> {
        let store = self.tracking.store();
        if !self.is_halted.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                member_id = %self.lease.member_id(),
                reason = trouble.reason,
                "a portal takes no items for now"
            );
            store
                .pause_sender(self.lease, &trouble.reason, trouble.pause)
                .await?;
        }
        Ok(())
    }

    /// A request got no usable answer; after several the turn ends.
    pub(super) async fn doubt(&self, trouble: &Trouble) -> Result<(), StoreError> {
        if self.doubts.fetch_add(1, Ordering::Relaxed) + 1 >= DOUBTS_AT_MOST {
            self.halt(trouble).await?;
        }
        Ok(())
    }
}

/// Takes a portion of the portal's items and brings each to a result. What has none when this ends goes back with the
/// lease.
pub(super) async fn take(
    tracking: &Tracking,
    tempo: &Tempo,
    lease: &SenderLease,
    stop: &CancellationToken,
) -> Result<(), StoreError> {
    let store = tracking.store();
    let items = store.claim_items(lease, tempo.items_in_a_turn).await?;
    if items.is_empty() {
        return Ok(());
    }
    let client = match client_of(tracking, lease).await {
        Ok(client) => client,
        Err(reason) => return store.pause_sender(lease, &reason, None).await,
    };
    let turn = Turn {
        tracking,
        tempo,
        lease,
        client,
        stop,
        is_halted: AtomicBool::new(false),
        doubts: AtomicUsize::new(0),
    };
    let deliveries = deliveries(&turn, items).await?;
    let deliveries = match not_there_yet(&turn, deliveries).await? {
        Ok(deliveries) => deliveries,
        Err(trouble) => return turn.halt(&trouble).await,
    };
    if deliveries.is_empty() {
        return Ok(());
    }
    let owners = match preparation::owners(&turn.client, &deliveries).await {
        Ok(owners) => owners,
        Err(error) => return turn.halt(&Trouble::of(&error, tempo)).await,
    };
    let deliveries = wanted(&turn, deliveries, &owners).await?;
    send(&turn, deliveries).await
}

async fn client_of(tracking: &Tracking, lease: &SenderLease) -> Result<PortalClient, String> {
    let member_id =
        certlens_bitrix24::MemberId::parse(lease.member_id().as_str()).map_err(|error| in_words(&error))?;
    tracking
        .portals()
        .background_client(&member_id)
        .await
        .map_err(|error| in_words(&error))
}

/// The items with their words.
async fn deliveries(turn: &Turn<'_>, items: Vec<ClaimedItem>) -> Result<Vec<Delivery>, StoreError> {
    let store = turn.tracking.store();
    let member_id = turn.lease.member_id();
    let portal = store.portal(member_id).await?;
    let chosen = store.tracking_settings(member_id).await?.item_language;
    let setting = Setting {
        language: chosen.of_portal(store.portal_language(member_id).await?.as_deref()),
        origin: portal.map(|portal| portal.address.origin).unwrap_or_default(),
        now: Utc::now(),
    };
    let listed = preparation::listed_documents(&items);
    let documents = match turn.tracking.recounter().documents_to_tell(&listed).await {
        Ok(documents) => documents,
        // It passes, and an item that was sent without its documents is never told again.
        Err(ToldError::Database(error)) => return Err(StoreError::Database(error)),
        Err(error @ ToldError::Stored { .. }) => {
            // The item is worth more than its details.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "documents of items can't be read; items name none"
            );
            HashMap::new()
        }
    };
    let (mut deliveries, mut results) = (Vec::with_capacity(items.len()), Vec::new());
    for item in items {
        let id = item.id;
        match Delivery::new(item, &documents, &setting) {
            Some(delivery) => deliveries.push(delivery),
            None => results.push(ItemResult {
                id,
                outcome: ItemOutcome::Dead("no card of a portal has this number".to_owned()),
            }),
        }
    }
    store.finish_items(turn.lease, &results).await?;
    Ok(deliveries)
}

/// Looks for the items that may be in the portal already; gives back those that surely are not.
async fn not_there_yet(
    turn: &Turn<'_>,
    deliveries: Vec<Delivery>,
) -> Result<Result<Vec<Delivery>, Trouble>, StoreError> {
    let (uncertain, mut others): (Vec<Delivery>, Vec<Delivery>) = deliveries
        .into_iter()
        .partition(|delivery| delivery.item.is_uncertain);
    if uncertain.is_empty() {
        return Ok(Ok(others));
    }
    let asked: Vec<&Delivery> = uncertain.iter().collect();
    let looked = match preparation::look(&turn.client, &asked).await {
        Ok(looked) => looked,
        Err(error) => return Ok(Err(Trouble::of(&error, turn.tempo))),
    };
    let mut results = Vec::new();
    for (delivery, looked) in uncertain.into_iter().zip(looked) {
        let outcome = match looked {
            Looked::Found(object) => {
                tracing::info!(item = %delivery.item.id, object, "an item with a lost answer was found by its marker");
                ItemOutcome::Sent {
                    object: Some(object),
                    assigned: delivery.item.assigned,
                }
            }
            Looked::Absent => {
                others.push(delivery);
                continue;
            }
            Looked::Unknown(reason) => {
                // Of a card that is gone nothing can be said, and nothing is to be sent.
                match preparation::owners(&turn.client, std::slice::from_ref(&delivery)).await {
                    Ok(owners) if owners.get(&delivery.owner) == Some(&Owner::Gone) => {
                        ItemOutcome::Skipped(GONE.to_owned())
                    }
                    _ => ItemOutcome::Uncertain {
                        reason,
                        after: turn.tempo.portal_works_for,
                    },
                }
            }
        };
        results.push(ItemResult {
            id: delivery.item.id,
            outcome,
        });
    }
    turn.tracking.store().finish_items(turn.lease, &results).await?;
    Ok(Ok(others))
}

const CLOSED: &str = "the lead or deal is closed";
const GONE: &str = "the card was deleted";
const HIDDEN: &str = "the user by whose token Certlens works may not see the card; an administrator should open the application";

/// Sorts out the items whose cards are closed or gone.
async fn wanted(
    turn: &Turn<'_>,
    deliveries: Vec<Delivery>,
    owners: &HashMap<(EntityType, EntityId), Owner>,
) -> Result<Vec<Delivery>, StoreError> {
    let (mut wanted, mut results) = (Vec::with_capacity(deliveries.len()), Vec::new());
    for mut delivery in deliveries {
        let outcome = match owners.get(&delivery.owner) {
            Some(Owner::Open { responsible }) => {
                delivery.responsible_id = responsible.map(|user| user.0);
                wanted.push(delivery);
                continue;
            }
            Some(Owner::Closed) => ItemOutcome::Skipped(CLOSED.to_owned()),
            Some(Owner::Gone) | None => ItemOutcome::Skipped(GONE.to_owned()),
            Some(Owner::AccessDenied) => ItemOutcome::Failed(HIDDEN.to_owned()),
            Some(Owner::Failed(error)) => ItemOutcome::Failed(in_words(error)),
        };
        results.push(ItemResult {
            id: delivery.item.id,
            outcome,
        });
    }
    turn.tracking.store().finish_items(turn.lease, &results).await?;
    Ok(wanted)
}

/// Sends in batches; whoever is refused by the portal is passed over in the next round.
async fn send(turn: &Turn<'_>, mut deliveries: Vec<Delivery>) -> Result<(), StoreError> {
    let store = turn.tracking.store();
    let member_id = turn.lease.member_id();
    let people = store.people(member_id).await?;
    let assignment = store.tracking_settings(member_id).await?.assignment;
    while !deliveries.is_empty() && turn.goes_on() {
        let ready = assigned(turn, deliveries, &people, &assignment).await?;
        let chunks: Vec<Vec<Ready>> = in_chunks(ready);
        let mut batches = stream::iter(chunks)
            .map(|chunk| batch::send(turn, chunk))
            .buffer_unordered(turn.tempo.requests_at_once);
        deliveries = Vec::new();
        while let Some(refused) = batches.next().await {
            deliveries.extend(refused?);
        }
    }
    Ok(())
}

fn in_chunks(ready: Vec<Ready>) -> Vec<Vec<Ready>> {
    let mut chunks = Vec::new();
    let mut rest = ready.into_iter().peekable();
    while rest.peek().is_some() {
        chunks.push(rest.by_ref().take(batch::SIZE).collect());
    }
    chunks
}

/// Decides for whom each item is, and keeps those that nobody can take.
async fn assigned(
    turn: &Turn<'_>,
    deliveries: Vec<Delivery>,
    people: &People,
    portals: &Assignment,
) -> Result<Vec<Ready>, StoreError> {
    let now: DateTime<Utc> = Utc::now();
    let (mut ready, mut results, mut refusals) = (Vec::new(), Vec::new(), Vec::new());
    for delivery in deliveries {
        if delivery.item.kind == NotificationKind::Comment {
            ready.push(Ready {
                delivery,
                assigned: None,
            });
            continue;
        }
        let bound = delivery
            .bound_to
            .filter(|(_, user)| !delivery.refused.contains(&user.0));
        if bound.is_some() {
            ready.push(Ready {
                assigned: bound,
                delivery,
            });
            continue;
        }
        let subscriber_ids: Vec<u64> = delivery
            .item
            .subscriber_ids
            .iter()
            .filter_map(|user| user.0.try_into().ok())
            .collect();
        let rules = rules(delivery.item.assignment.as_ref(), portals);
        let decision = assign(
            &rules,
            &Facts {
                responsible_id: delivery.responsible_id,
                subscriber_ids: &subscriber_ids,
                people,
                refused: &delivery.refused,
                today: now.date_naive(),
            },
        );
        refusals.extend(passed_over(delivery.item.id, &decision));
        match decision.chosen {
            Some((rule, user)) => ready.push(Ready {
                delivery,
                assigned: Some((rule, UserId(user))),
            }),
            None => results.push(ItemResult {
                id: delivery.item.id,
                outcome: ItemOutcome::Unassignable {
                    reason: why_nobody(&rules, &decision),
                    after: turn.tempo.unassignable_again,
                },
            }),
        }
    }
    let store = turn.tracking.store();
    store.note_refusals(turn.lease, &refusals).await?;
    store.finish_items(turn.lease, &results).await?;
    Ok(ready)
}

/// The rules of an item. Whoever chose another order in a subscription named no other user for such cases: then the
/// portal's is meant.
fn rules(own: Option<&Assignment>, portals: &Assignment) -> Assignment {
    let mut rules = own.unwrap_or(portals).clone();
    rules.fallback_user_id = rules.fallback_user_id.or(portals.fallback_user_id);
    rules
}

/// Those whom we passed over by what we know; the portal's own refusals were noted when they came.
fn passed_over(item_id: ItemId, decision: &Decision) -> Vec<Refusal> {
    let mut seen: HashSet<(AssignmentRule, u64)> = HashSet::new();
    decision
        .passed_over
        .iter()
        .filter(|passed| passed.why != WhyNot::Refused && seen.insert((passed.rule, passed.user_id)))
        .filter_map(|passed| {
            Some(Refusal {
                item_id,
                rule: passed.rule,
                user_id: certlens_store::UserId(passed.user_id.try_into().ok()?),
                reason: passed.why,
                words: None,
            })
        })
        .collect()
}

/// "responsible 7: dismissed; fallback: nobody is named".
fn why_nobody(assignment: &Assignment, decision: &Decision) -> String {
    let rules = assignment.rules.iter().map(|rule| {
        let named: Vec<String> = decision
            .passed_over
            .iter()
            .filter(|passed| passed.rule == *rule)
            .map(|passed| format!("{} {}", passed.user_id, passed.why.key()))
            .collect();
        if named.is_empty() {
            format!("{rule}: nobody is named")
        } else {
            format!("{rule}: {}", named.join(", "))
        }
    });
    let words = rules.collect::<Vec<_>>().join("; ");
    if words.is_empty() {
        "no rule of assignment is chosen".to_owned()
    } else {
        words
    }
}
