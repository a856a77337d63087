//! One request with up to fifty creations: marked before, each result written after.

use certlens_bitrix24::announcement::{Announcement, Answer, RefusalMeaning};
use certlens_bitrix24::{Batch, BatchReply, CallError, CommandOutcome, UserId};
use certlens_domain::people::WhyNot;
use certlens_domain::tracking::AssignmentRule;
use certlens_store::{ItemOutcome, ItemResult, Refusal, StoreError};
use std::time::Duration;

use super::preparation::Delivery;
use super::trouble::{Trouble, in_words};
use super::turn::Turn;

/// The portal's limit of commands in a request.
pub(super) const SIZE: usize = 50;
/// When an item is due again whose method the portal parked: budgets of methods are freed minute by minute.
const PARKED: Duration = Duration::from_mins(1);

/// An item with the person for whom it is; a comment is for nobody.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) delivery: Delivery,
    pub(super) assigned: Option<(AssignmentRule, UserId)>,
}

impl Ready {
    fn announcement(&self) -> Announcement {
        self.delivery.announcement(self.assigned.map(|(_, user)| user))
    }

    fn assigned(&self) -> Option<(AssignmentRule, certlens_store::UserId)> {
        let (rule, user) = self.assigned?;
        Some((rule, certlens_store::UserId(user.0.try_into().ok()?)))
    }
}

/// What an answer says of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Ended(ItemOutcome),
    /// Another person is to be asked; the portal's words.
    Refused(String),
}

/// Sends a batch and writes what became of its items; gives back those for whom another person is to be found. When the
/// turn is over nothing is sent, and the items go back with the lease.
pub(super) async fn send(turn: &Turn<'_>, chunk: Vec<Ready>) -> Result<Vec<Delivery>, StoreError> {
    if !turn.goes_on() {
        return Ok(Vec::new());
    }
    let store = turn.tracking.store();
    let tempo = turn.tempo;
    let announcements: Vec<Announcement> = chunk.iter().map(Ready::announcement).collect();
    let batch = announcements
        .iter()
        .enumerate()
        .fold(Batch::independent(), |batch, (index, announcement)| {
            batch.command(key(index), announcement.creation())
        });
    let marked: Vec<_> = chunk
        .iter()
        .map(|ready| (ready.delivery.item.id, ready.assigned()))
        .collect();
    store
        .mark_uncertain(turn.lease, &marked, tempo.answer_within + tempo.portal_works_for)
        .await?;
    let client = turn.client.clone().within(tempo.answer_within);
    match client.batch(&batch).await {
        Ok(reply) => {
            let verdicts = verdicts(&announcements, &chunk, reply, tempo.settled_after);
            conclude(turn, chunk, verdicts).await
        }
        Err(error) => {
            fail(turn, &chunk, &error).await?;
            Ok(Vec::new())
        }
    }
}

fn key(index: usize) -> String {
    format!("i{index}")
}

fn verdicts(
    announcements: &[Announcement],
    chunk: &[Ready],
    mut reply: BatchReply,
    settled_after: Duration,
) -> Vec<Verdict> {
    announcements
        .iter()
        .zip(chunk)
        .enumerate()
        .map(|(index, (announcement, ready))| {
            verdict(announcement, ready, reply.take(&key(index)), settled_after)
        })
        .collect()
}

fn verdict(
    announcement: &Announcement,
    ready: &Ready,
    outcome: CommandOutcome,
    settled_after: Duration,
) -> Verdict {
    let uncertain = |reason: String| {
        Verdict::Ended(ItemOutcome::Uncertain {
            reason,
            after: settled_after,
        })
    };
    match outcome {
        CommandOutcome::Done(result) => match announcement.answer(&result) {
            Answer::Created(object) => Verdict::Ended(ItemOutcome::Sent {
                object: Some(object),
                assigned: ready.assigned(),
            }),
            Answer::NotForThisPerson => Verdict::Refused("the messenger did not take the person".to_owned()),
            Answer::Unclear => uncertain(format!(
                "the portal's answer to {} names no object",
                announcement.method()
            )),
        },
        CommandOutcome::NotExecuted => {
            uncertain("the portal's answer to a batch says nothing of this item".to_owned())
        }
        CommandOutcome::Failed(error) => {
            let words = in_words(&error);
            match announcement.meaning_of(&error) {
                RefusalMeaning::Person => Verdict::Refused(words),
                RefusalMeaning::Card => Verdict::Ended(ItemOutcome::Failed(words)),
                RefusalMeaning::Later => Verdict::Ended(ItemOutcome::PutBack {
                    reason: words,
                    after: PARKED,
                }),
                RefusalMeaning::Unclear => uncertain(words),
                RefusalMeaning::Never => Verdict::Ended(ItemOutcome::Dead(words)),
            }
        }
    }
}

/// Writes the verdicts. First who was refused, so that after a crash nobody is asked twice.
async fn conclude(
    turn: &Turn<'_>,
    chunk: Vec<Ready>,
    verdicts: Vec<Verdict>,
) -> Result<Vec<Delivery>, StoreError> {
    let store = turn.tracking.store();
    let (mut results, mut refusals, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for (ready, verdict) in chunk.into_iter().zip(verdicts) {
        let id = ready.delivery.item.id;
        match (verdict, ready.assigned) {
            (Verdict::Refused(words), Some((rule, user))) => {
                refusals.extend(ready.assigned().map(|(_, user_id)| Refusal {
                    item_id: id,
                    rule,
                    user_id,
                    reason: WhyNot::Refused,
                    words: Some(words),
                }));
                let mut delivery = ready.delivery;
                delivery.refused.insert(user.0);
                again.push(delivery);
            }
            (Verdict::Refused(words), None) => results.push(ItemResult {
                id,
                outcome: ItemOutcome::Dead(words),
            }),
            (Verdict::Ended(outcome), _) => results.push(ItemResult { id, outcome }),
        }
    }
    store.note_refusals(turn.lease, &refusals).await?;
    if !refusals.is_empty() {
        turn.tracking.doubt_staff(turn.lease.member_id()).await?;
    }
    store.finish_items(turn.lease, &results).await?;
    store.note_portal_answers(turn.lease).await?;
    count(&results);
    Ok(again)
}

/// Writes what a request that failed as a whole means for its items.
async fn fail(turn: &Turn<'_>, chunk: &[Ready], error: &CallError) -> Result<(), StoreError> {
    let trouble = Trouble::of(error, turn.tempo);
    let outcome = match (error, trouble.doubt) {
        (_, Some(doubt)) => ItemOutcome::Uncertain {
            reason: trouble.reason.clone(),
            after: doubt.look_after,
        },
        // A fault of ours: the attempt counts, so that it ends.
        (CallError::Unsendable { .. }, None) => ItemOutcome::Failed(trouble.reason.clone()),
        (_, None) => ItemOutcome::PutBack {
            reason: trouble.reason.clone(),
            after: Duration::ZERO,
        },
    };
    let results: Vec<ItemResult> = chunk
        .iter()
        .map(|ready| ItemResult {
            id: ready.delivery.item.id,
            outcome: outcome.clone(),
        })
        .collect();
    turn.tracking.store().finish_items(turn.lease, &results).await?;
    count(&results);
    match (error, trouble.doubt) {
        (_, Some(_)) => turn.doubt(&trouble).await,
        (CallError::Unsendable { .. }, None) => Ok(()),
        (_, None) => turn.halt(&trouble).await,
    }
}

fn count(results: &[ItemResult]) {
    for result in results {
        let outcome = match result.outcome {
            ItemOutcome::Sent { .. } => "sent",
            ItemOutcome::Skipped(_) => "skipped",
            ItemOutcome::Unassignable { .. } => "unassignable",
            ItemOutcome::Dead(_) => "dead",
            ItemOutcome::Failed(_) | ItemOutcome::PutBack { .. } => "repeated",
            ItemOutcome::Uncertain { .. } => "uncertain",
        };
        metrics::counter!("certlens_notification_items_total", "outcome" => outcome).increment(1);
    }
}
