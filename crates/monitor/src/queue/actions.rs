//! What can be done about work: another chance, giving up, stopping a kind or a portal.

use crate::action::{ActionRefused, Done, Perform, Preview, Request};
use crate::form::{FieldRefused, Submission};
use crate::open::Monitor;
use crate::texts::Texts;
use certlens_domain::language::Language;
use certlens_store::queue::{EVENTS, EVERYTHING, ITEMS};
use certlens_store::{MemberId, WorkId};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The form by which work is paused.
pub(crate) const PAUSE_FORM: &str = "queue_pause";
/// The kinds of work that can be stopped.
pub(crate) const KINDS: [&str; 10] = [
    EVERYTHING,
    ITEMS,
    EVENTS,
    "crawl",
    "catch_up",
    "reconcile",
    "mirror",
    "detect_fields",
    "staff",
    "confirm_departure",
];

/// What can be done about work. Without a portal it concerns all of them, which is the operator's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum QueueAction {
    /// Gives stuck work another chance.
    Retry {
        /// The portal.
        member_id: Option<MemberId>,
        /// Which pieces.
        ids: Vec<WorkId>,
    },
    /// Gives everything that is stuck another chance.
    RetryAll {
        /// The portal.
        member_id: Option<MemberId>,
        /// Of this kind only.
        kind: Option<String>,
    },
    /// Gives stuck work up.
    Discard {
        /// The portal.
        member_id: Option<MemberId>,
        /// Which pieces.
        ids: Vec<WorkId>,
    },
    /// Lets nobody begin work of a kind.
    Pause {
        /// The portal.
        member_id: Option<MemberId>,
        /// The kind; `*`: everything.
        kind: String,
    },
    /// Ends a pause; of notifications also that of a portal which refused everything.
    Resume {
        /// The portal.
        member_id: Option<MemberId>,
        /// The kind; `*`: everything.
        kind: String,
    },
}

impl QueueAction {
    /// The pause that a form asks for.
    pub(crate) fn of_form(submission: &Submission, language: Language) -> Result<Self, FieldRefused> {
        let texts = Texts(language);
        let kind = submission
            .value("kind")
            .filter(|kind| KINDS.contains(kind))
            .ok_or_else(|| FieldRefused::of("kind", texts.queue_unknown_kind()))?;
        let member_id = submission
            .value("member_id")
            .map(MemberId::parse)
            .transpose()
            .map_err(|error| FieldRefused::of("member_id", error.to_string()))?;
        Ok(Self::Pause {
            member_id,
            kind: kind.to_owned(),
        })
    }

    const fn member_id(&self) -> Option<&MemberId> {
        match self {
            Self::Retry { member_id, .. }
            | Self::RetryAll { member_id, .. }
            | Self::Discard { member_id, .. }
            | Self::Pause { member_id, .. }
            | Self::Resume { member_id, .. } => member_id.as_ref(),
        }
    }

    /// The portal by the name that people know.
    async fn portal_name(&self, monitor: &Monitor) -> Result<Option<String>, ActionRefused> {
        let Some(member_id) = self.member_id() else {
            return Ok(None);
        };
        let portal = monitor.store.portal(member_id).await?;
        Ok(Some(portal.map_or_else(
            || member_id.to_string(),
            |portal| portal.address.domain,
        )))
    }
}

impl Perform for QueueAction {
    fn name(&self) -> &'static str {
        match self {
            Self::Retry { .. } => "queue.retry",
            Self::RetryAll { .. } => "queue.retry_all",
            Self::Discard { .. } => "queue.discard",
            Self::Pause { .. } => "queue.pause",
            Self::Resume { .. } => "queue.resume",
        }
    }

    fn portal(&self) -> Option<&MemberId> {
        self.member_id()
    }

    fn subject(&self, language: Language) -> String {
        let texts = Texts(language);
        match self {
            Self::Retry { ids, .. } | Self::Discard { ids, .. } => names(ids),
            Self::RetryAll { kind, .. } => texts.work_kind(kind.as_deref().unwrap_or(EVERYTHING)),
            Self::Pause { kind, .. } | Self::Resume { kind, .. } => texts.work_kind(kind),
        }
    }

    async fn preview(&self, monitor: &Monitor, request: &Request) -> Result<Preview, ActionRefused> {
        let texts = Texts(request.language);
        let portal = self.portal_name(monitor).await?;
        Ok(match self {
            Self::Retry { ids, .. } => Preview {
                question: texts.retry_question(ids.len()),
                effects: vec![pieces(texts, ids), texts.queue_retry_effect().to_owned()],
                needs_reason: false,
                is_destructive: false,
                button: texts.queue_retry().to_owned(),
            },
            Self::RetryAll { kind, member_id } => Preview {
                question: texts.retry_all_question(kind.as_deref()),
                effects: stuck_of(monitor, texts, member_id.as_ref(), kind.as_deref())
                    .await?
                    .into_iter()
                    .chain([texts.queue_retry_effect().to_owned()])
                    .collect(),
                needs_reason: false,
                is_destructive: false,
                button: texts.queue_retry().to_owned(),
            },
            Self::Discard { ids, .. } => Preview {
                question: texts.discard_question(ids.len()),
                effects: vec![pieces(texts, ids), texts.queue_discard_effect().to_owned()],
                needs_reason: true,
                is_destructive: true,
                button: texts.queue_discard().to_owned(),
            },
            Self::Pause { kind, .. } => Preview {
                question: texts.pause_question(kind, portal.as_deref()),
                effects: vec![texts.queue_pause_hint().to_owned()],
                needs_reason: true,
                is_destructive: false,
                button: texts.queue_pause().to_owned(),
            },
            Self::Resume { kind, .. } => Preview {
                question: texts.resume_question(kind, portal.as_deref()),
                effects: vec![texts.queue_resume_effect().to_owned()],
                needs_reason: false,
                is_destructive: false,
                button: texts.queue_resume().to_owned(),
            },
        })
    }

    async fn perform(&self, monitor: &Monitor, request: &Request) -> Result<Done, ActionRefused> {
        let (store, texts) = (&monitor.store, Texts(request.language));
        let reason = request.reason.trim();
        let needs_reason = matches!(self, Self::Discard { .. } | Self::Pause { .. });
        if needs_reason && reason.is_empty() {
            return Err(FieldRefused::of("reason", texts.reason_needed()).into());
        }
        Ok(match self {
            Self::Retry { member_id, ids } => {
                let retried = store.retry_work(member_id.as_ref(), ids).await?;
                Done::told(texts.work_retried(some(retried, texts)?))
            }
            Self::RetryAll { member_id, kind } => {
                let retried = store.retry_all_work(member_id.as_ref(), kind.as_deref()).await?;
                Done::told(texts.work_retried(some(retried, texts)?))
            }
            Self::Discard { member_id, ids } => {
                let discarded = store.discard_work(member_id.as_ref(), ids, reason).await?;
                Done::told(texts.work_discarded(some(discarded, texts)?))
            }
            Self::Pause { member_id, kind } => {
                if !KINDS.contains(&kind.as_str()) {
                    return Err(ActionRefused::Refused(texts.queue_unknown_kind().to_owned()));
                }
                let actor = request.viewer.actor();
                store
                    .pause_work(member_id.as_ref(), kind, reason, &actor.name)
                    .await?;
                let change = |is_paused: bool| json!({ "paused": is_paused });
                Done::told(texts.work_paused(kind)).changed(change(false), change(true))
            }
            Self::Resume { member_id, kind } => {
                let was_refusing = match member_id {
                    Some(member_id) if kind == ITEMS => {
                        !store.refusing_portals(Some(member_id)).await?.is_empty()
                    }
                    _ => false,
                };
                let was_paused = store.resume_work(member_id.as_ref(), kind).await?;
                if !was_paused && !was_refusing {
                    return Err(ActionRefused::Refused(texts.queue_not_paused().to_owned()));
                }
                let change = |is_paused: bool| json!({ "paused": is_paused });
                Done::told(texts.work_resumed(kind)).changed(change(true), change(false))
            }
        })
    }
}

/// The number, unless nothing was there to be changed.
fn some(pieces: u64, texts: Texts) -> Result<u64, ActionRefused> {
    if pieces == 0 {
        return Err(ActionRefused::Refused(texts.queue_nothing_stuck().to_owned()));
    }
    Ok(pieces)
}

/// How much is stuck, kind by kind.
async fn stuck_of(
    monitor: &Monitor,
    texts: Texts,
    member_id: Option<&MemberId>,
    kind: Option<&str>,
) -> Result<Vec<String>, ActionRefused> {
    let depths = monitor.store.queue_depths(member_id).await?;
    Ok(depths
        .into_iter()
        .filter(|depth| kind.is_none_or(|kind| depth.kind == kind))
        .filter(|depth| {
            let is_job = !matches!(depth.kind.as_str(), ITEMS | EVENTS);
            matches!(depth.state.as_str(), "dead" | "unassignable") || (is_job && depth.state == "late")
        })
        .map(|depth| {
            format!(
                "{}, {}: {}",
                texts.work_kind(&depth.kind),
                texts.work_state(&depth.state),
                depth.pieces
            )
        })
        .collect())
}

fn pieces(texts: Texts, ids: &[WorkId]) -> String {
    let count = |wanted: fn(&WorkId) -> bool| ids.iter().filter(|id| wanted(id)).count();
    texts.pieces_of_work(
        count(|id| matches!(id, WorkId::Item(_))),
        count(|id| matches!(id, WorkId::Event(_))),
        count(|id| matches!(id, WorkId::Job(..))),
    )
}

/// The names of a few, and how many there are.
fn names(ids: &[WorkId]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = ids.iter().take(SHOWN).map(ToString::to_string).collect();
    let shown = shown.join(", ");
    match ids.len().checked_sub(SHOWN) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} +{more}"),
    }
}
