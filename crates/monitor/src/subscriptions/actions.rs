//! Archiving, restoring and moving subscriptions, many at once, with their effect shown before.

use crate::action::{ActionRefused, Done, Perform, Preview, Request};
use crate::form::{FieldRefused, Submission};
use crate::naming;
use crate::open::Monitor;
use crate::texts::Texts;
use certlens_domain::language::Language;
use certlens_store::{
    ArchiveReason, ListedSubscription, ListingQuery, MemberId, SubscriptionId, SubscriptionState, UserId,
};
use certlens_tracking::SubscriptionRefused;
use certlens_tracking::staff::MoveRefused;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// The form by which subscriptions move.
pub(crate) const MOVE_FORM: &str = "move_subscriptions";
/// The most subscriptions of one action.
const MOST: usize = 1_000;
/// People and cards that a preview names.
const SHOWN: usize = 5;

/// What can be done about subscriptions. Without a portal it concerns those of all, which is the operator's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SubscriptionAction {
    /// Ends them.
    Archive {
        /// The portal.
        member_id: Option<MemberId>,
        /// Their numbers, as rows of the table name them.
        ids: Vec<String>,
    },
    /// Brings them back.
    Restore {
        /// The portal.
        member_id: Option<MemberId>,
        /// Their numbers, as rows of the table name them.
        ids: Vec<String>,
    },
    /// Moves them from a user to another.
    Move {
        /// The portal.
        member_id: MemberId,
        /// Whose they are.
        from: UserId,
        /// Whose they will be.
        to: UserId,
        /// Which of them; `None`: all that are active or wait because their user left.
        ids: Option<Vec<String>>,
    },
}

impl SubscriptionAction {
    /// What a form asks for.
    pub(crate) fn of_form(submission: &Submission, language: Language) -> Result<Self, FieldRefused> {
        let texts = Texts(language);
        let member_id = submission.value("member_id").unwrap_or_default();
        let member_id =
            MemberId::parse(member_id).map_err(|error| FieldRefused::of("member_id", error.to_string()))?;
        let user = |field: &str| {
            let user = submission.value(field).and_then(|user| user.parse().ok());
            user.map(UserId)
                .ok_or_else(|| FieldRefused::of(field, texts.subscriptions_move_nobody()))
        };
        let ids = submission.value("ids").map(|ids| {
            ids.split(|letter: char| letter == ',' || letter.is_whitespace())
                .filter(|id| !id.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        });
        let has_other = |ids: &Vec<String>| ids.iter().any(|id| id.parse::<i64>().is_err());
        if ids.as_ref().is_some_and(has_other) {
            return Err(FieldRefused::of("ids", texts.subscriptions_move_numbers()));
        }
        Ok(Self::Move {
            member_id,
            from: user("from")?,
            to: user("to")?,
            ids,
        })
    }

    const fn member_id(&self) -> Option<&MemberId> {
        match self {
            Self::Archive { member_id, .. } | Self::Restore { member_id, .. } => member_id.as_ref(),
            Self::Move { member_id, .. } => Some(member_id),
        }
    }

    /// The subscriptions that it touches, as they are now.
    async fn touched(
        &self,
        monitor: &Monitor,
        texts: Texts,
    ) -> Result<Vec<ListedSubscription>, ActionRefused> {
        let (member_id, store) = (self.member_id(), &monitor.store);
        let ids = match self {
            Self::Archive { ids, .. } | Self::Restore { ids, .. } => Some(ids),
            Self::Move { ids, .. } => ids.as_ref(),
        };
        if ids.is_some_and(|ids| ids.len() > MOST) {
            return Err(ActionRefused::Refused(texts.subscriptions_too_many().to_owned()));
        }
        let listed = match ids {
            Some(ids) => {
                let ids: Vec<SubscriptionId> = ids
                    .iter()
                    .filter_map(|id| id.parse().ok())
                    .map(SubscriptionId)
                    .collect();
                store.subscriptions_named(member_id, &ids).await?
            }
            None => Vec::new(),
        };
        let is_waiting = |one: &ListedSubscription| {
            one.archived.is_none() || one.archived == Some(ArchiveReason::UserDismissed)
        };
        let touched: Vec<ListedSubscription> = match self {
            Self::Archive { .. } => listed.into_iter().filter(|one| one.archived.is_none()).collect(),
            Self::Restore { .. } => listed.into_iter().filter(|one| one.archived.is_some()).collect(),
            Self::Move {
                from, ids: Some(_), ..
            } => listed
                .into_iter()
                .filter(|one| one.user == *from && is_waiting(one))
                .collect(),
            Self::Move {
                member_id,
                from,
                ids: None,
                ..
            } => {
                let of_state = |state, reason| ListingQuery {
                    member_id: Some(member_id),
                    user: Some(*from),
                    state: Some(state),
                    reason,
                    limit: certlens_store::subscriptions::MOST_OF_USER,
                    ..ListingQuery::default()
                };
                let mut all = store
                    .listed_subscriptions(&of_state(SubscriptionState::Active, None))
                    .await?;
                let left = of_state(
                    SubscriptionState::Archived,
                    Some(ArchiveReason::UserDismissed.key()),
                );
                all.extend(store.listed_subscriptions(&left).await?);
                all
            }
        };
        if touched.is_empty() {
            return Err(ActionRefused::Refused(texts.subscriptions_none().to_owned()));
        }
        Ok(touched)
    }

    /// The name of the person to whom they move, who works there.
    async fn heir(&self, monitor: &Monitor, texts: Texts) -> Result<String, ActionRefused> {
        let Self::Move {
            member_id, from, to, ..
        } = self
        else {
            return Ok(String::new());
        };
        if from == to {
            return Err(FieldRefused::of("to", texts.subscriptions_move_same()).into());
        }
        let known = monitor.store.known_user(member_id, *to).await?;
        let heir = known
            .filter(|known| known.is_active == Some(true))
            .ok_or_else(|| FieldRefused::of("to", texts.assign_nobody()))?;
        Ok(naming::person(heir.user_id, heir.name.as_deref()))
    }
}

impl Perform for SubscriptionAction {
    fn name(&self) -> &'static str {
        match self {
            Self::Archive { .. } => "subscriptions.archive",
            Self::Restore { .. } => "subscriptions.restore",
            Self::Move { .. } => "subscriptions.move",
        }
    }

    fn portal(&self) -> Option<&MemberId> {
        self.member_id()
    }

    fn subject(&self, language: Language) -> String {
        let texts = Texts(language);
        match self {
            Self::Archive { ids, .. } | Self::Restore { ids, .. } | Self::Move { ids: Some(ids), .. } => {
                let first: Vec<&str> = ids.iter().take(SHOWN).map(String::as_str).collect();
                texts.subscriptions_subject(ids.len(), &first.join(", "))
            }
            Self::Move { from, .. } => texts.subscriptions_of(&format!("#{from}")),
        }
    }

    async fn preview(&self, monitor: &Monitor, request: &Request) -> Result<Preview, ActionRefused> {
        let texts = Texts(request.language);
        let heir = self.heir(monitor, texts).await?;
        let touched = self.touched(monitor, texts).await?;
        let (question, effect, button, is_destructive) = match self {
            Self::Archive { .. } => (
                texts.archive_question(touched.len()),
                texts.subscriptions_archive_effect(),
                texts.subscription_archive(),
                true,
            ),
            Self::Restore { .. } => (
                texts.restore_question(touched.len()),
                texts.subscriptions_restore_effect(),
                texts.subscription_restore(),
                false,
            ),
            Self::Move { .. } => (
                texts.move_question(touched.len(), &heir),
                texts.subscriptions_move_effect(),
                texts.subscriptions_move_button(),
                false,
            ),
        };
        let mut effects = effects(texts, &touched);
        effects.push(effect.to_owned());
        Ok(Preview {
            question,
            effects,
            needs_reason: false,
            is_destructive,
            button: button.to_owned(),
        })
    }

    async fn perform(&self, monitor: &Monitor, request: &Request) -> Result<Done, ActionRefused> {
        let texts = Texts(request.language);
        let heir = self.heir(monitor, texts).await?;
        let touched = self.touched(monitor, texts).await?;
        let mut changed = 0;
        let mut by_portal: BTreeMap<&MemberId, Vec<SubscriptionId>> = BTreeMap::new();
        for one in &touched {
            by_portal.entry(&one.member_id).or_default().push(one.id);
        }
        for (member_id, ids) in by_portal {
            changed += match self {
                Self::Archive { .. } => {
                    let reason = ArchiveReason::Administrator;
                    monitor
                        .store
                        .archive_subscriptions(member_id, &ids, None, reason)
                        .await?
                }
                Self::Restore { .. } => monitor
                    .store
                    .restore_subscriptions(member_id, &ids, None)
                    .await
                    .map_err(|error| too_many(error.into()))?,
                Self::Move { to, ids: Some(_), .. } => {
                    monitor.store.hand_subscriptions(member_id, &ids, *to).await?
                }
                Self::Move {
                    from, to, ids: None, ..
                } => {
                    let number = |user: UserId| u64::try_from(user.0).unwrap_or_default();
                    monitor
                        .tracking
                        .move_subscriptions(member_id, number(*from), number(*to))
                        .await
                        .map_err(of_move)?
                }
            };
        }
        if changed == 0 {
            return Err(ActionRefused::Refused(texts.subscriptions_none().to_owned()));
        }
        Ok(match self {
            Self::Archive { .. } => Done::told(texts.subscriptions_archived(changed))
                .changed(json!({"state": "active"}), json!({"state": "archived"})),
            Self::Restore { .. } => Done::told(texts.subscriptions_restored(changed))
                .changed(json!({"state": "archived"}), json!({"state": "active"})),
            Self::Move { from, to, .. } => Done::told(texts.subscriptions_moved(changed, &heir))
                .changed(json!({"user_id": from}), json!({"user_id": to})),
        })
    }
}

fn too_many(refused: SubscriptionRefused) -> ActionRefused {
    match refused {
        SubscriptionRefused::Store(error) => error.into(),
        refused => ActionRefused::Refused(refused.to_string()),
    }
}

fn of_move(refused: MoveRefused) -> ActionRefused {
    match refused {
        MoveRefused::Store(error) => error.into(),
        refused => ActionRefused::Refused(refused.to_string()),
    }
}

/// Of whom and in which cards they are.
fn effects(texts: Texts, touched: &[ListedSubscription]) -> Vec<String> {
    let mut people: BTreeMap<String, usize> = BTreeMap::new();
    for one in touched {
        *people
            .entry(naming::person(one.user, one.user_name.as_deref()))
            .or_default() += 1;
    }
    let people = people.into_iter().map(|(name, count)| format!("{name}: {count}"));
    let mut cards: Vec<String> = touched
        .iter()
        .map(|one| naming::card(texts, one.entity, one.card_title.as_deref()))
        .collect();
    cards.sort_unstable();
    cards.dedup();
    vec![
        texts.of_whom(&some_of(texts, people.collect())),
        texts.of_cards(&some_of(texts, cards)),
    ]
}

/// The first of them, and how many more there are.
fn some_of(texts: Texts, names: Vec<String>) -> String {
    let more = names.len().saturating_sub(SHOWN);
    let mut shown: Vec<String> = names.into_iter().take(SHOWN).collect();
    if more > 0 {
        shown.push(texts.and_more(more));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submission(fields: &[(&str, &str)]) -> Submission {
        Submission {
            form: MOVE_FORM.to_owned(),
            fields: fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn form_without_numbers_moves_all_and_with_numbers_those() {
        let portal = "a".repeat(32);
        let fields = [("member_id", portal.as_str()), ("from", "7"), ("to", "1")];
        let ids_of =
            |fields: &[(&str, &str)]| match SubscriptionAction::of_form(&submission(fields), Language::En)
                .unwrap()
            {
                SubscriptionAction::Move { ids, .. } => ids,
                other => panic!("{other:?}"),
            };
        assert_eq!(ids_of(&fields), None);
        let mut some = fields.to_vec();
        some.push(("ids", "17, 18 19"));
        assert_eq!(
            ids_of(&some),
            Some(vec!["17".to_owned(), "18".to_owned(), "19".to_owned()])
        );
        some[3] = ("ids", "17; drop");
        let refused = SubscriptionAction::of_form(&submission(&some), Language::En).unwrap_err();
        assert_eq!(refused.field.as_deref(), Some("ids"));
    }

    #[test]
    fn long_lists_are_cut_with_their_number() {
        let names = (1..=7).map(|number| number.to_string()).collect();
        assert_eq!(some_of(Texts(Language::En), names), "1, 2, 3, 4, 5, and 2 more");
    }
}
