//! Orders of the panel: shown at once, carried out by the server, taken back when that fails.

use super::Panel;
use super::model::{CardTracking, OwnList, TrackingChoices, TrackingOrder};
use crate::browser::{EndsWithSession, SessionClient, in_session, is_misunderstanding};
use crate::catalogue::Texts;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use server_fn::codec::{Json, JsonEncoding};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// Why an order was not carried out. This is what travels: no internals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum TrackingFailure {
    /// The session is missing, changed or over.
    #[error("the session has ended; reload the card")]
    Unauthorized,
    /// Nothing to track, or nothing that is news.
    #[error("the terms name no identifier, too many of them, or no kind of news")]
    Invalid,
    /// There are too many subscriptions already.
    #[error("there are too many subscriptions; end some of them first")]
    TooMany,
    /// The subscription ended meanwhile, or is somebody else's.
    #[error("there is no such subscription any more")]
    Gone,
    /// The stores failed or were not reached.
    #[error("the change could not be saved")]
    Unavailable,
}

impl TrackingFailure {
    /// The HTTP status that goes with the failure.
    #[cfg(feature = "ssr")]
    pub(super) const fn status(&self) -> http::StatusCode {
        match self {
            Self::Unauthorized => http::StatusCode::UNAUTHORIZED,
            Self::Invalid | Self::TooMany => http::StatusCode::UNPROCESSABLE_ENTITY,
            Self::Gone => http::StatusCode::NOT_FOUND,
            Self::Unavailable => http::StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    pub(super) const fn words(&self, texts: Texts) -> &'static str {
        match self {
            Self::Unauthorized => texts.session_ended_hint(),
            Self::Invalid => texts.tracking_invalid(),
            Self::TooMany => texts.tracking_too_many(),
            Self::Gone => texts.tracking_gone(),
            Self::Unavailable => texts.change_not_saved(),
        }
    }
}

impl FromServerFnError for TrackingFailure {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        if is_misunderstanding(&error) {
            Self::Invalid
        } else {
            Self::Unavailable
        }
    }
}

impl EndsWithSession for TrackingFailure {
    fn is_session_end(&self) -> bool {
        *self == Self::Unauthorized
    }
}

/// Carries an order of the session's user out, in the session's card where it matters; how it stands then.
#[server(prefix = "/fn", endpoint = "tracking", input = Json, output = Json, client = SessionClient)]
pub async fn track(order: TrackingOrder) -> Result<CardTracking, TrackingFailure> {
    super::answering::track(order).await
}

/// What may be chosen in the session's card.
#[server(prefix = "/fn", endpoint = "tracking_choices", input = Json, output = Json, client = SessionClient)]
pub async fn ask_choices() -> Result<TrackingChoices, TrackingFailure> {
    super::answering::choices().await
}

/// How many cards of the portal carry one of these identifiers now.
#[server(prefix = "/fn", endpoint = "tracking_matching", input = Json, output = Json, client = SessionClient)]
pub async fn matching_cards(identifiers: Vec<String>) -> Result<u64, TrackingFailure> {
    super::answering::matching_cards(identifiers).await
}

/// The session's user's subscriptions in all cards.
#[server(prefix = "/fn", endpoint = "tracking_own", input = Json, output = Json, client = SessionClient)]
pub async fn own_subscriptions(after: Option<i64>) -> Result<OwnList, TrackingFailure> {
    super::answering::own_subscriptions(after).await
}

/// What was done last, and what takes it back.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub(super) words: &'static str,
    pub(super) undo: Option<TrackingOrder>,
}

/// Gives an order.
pub(super) fn give(panel: Panel, order: TrackingOrder) {
    let before = panel.tracking.get_untracked();
    let mut done = Done {
        words: words_of(panel.texts, &order),
        undo: before.undoing(&order),
    };
    panel.problem.set(None);
    panel.tracking.update(|tracking| tracking.show(&order));
    panel.done.set(Some(done.clone()));
    spawn_local(async move {
        match in_session(|| track(order.clone())).await {
            Ok(tracking) => {
                if matches!(order, TrackingOrder::Subscribe { .. }) {
                    done.undo = made(&before, &tracking);
                    panel.done.set(Some(done));
                }
                panel.tracking.set(tracking);
                panel.own_changed.update(|times| *times += 1);
            }
            Err(failure) => {
                panel.done.set(None);
                panel.problem.set(Some(failure.words(panel.texts)));
                panel.tracking.set(before);
            }
        }
    });
}

/// What an order did.
const fn words_of(texts: Texts, order: &TrackingOrder) -> &'static str {
    match order {
        TrackingOrder::Look => "",
        TrackingOrder::Subscribe { .. } => texts.now_tracked(),
        TrackingOrder::Change { .. } => texts.tracking_changed(),
        TrackingOrder::Mute { mute: Some(_), .. } => texts.now_silent(),
        TrackingOrder::Mute { mute: None, .. } => texts.now_speaking(),
        TrackingOrder::Unsubscribe { .. } => texts.now_untracked(),
        TrackingOrder::Restore { .. } => texts.tracked_again(),
    }
}

/// What takes a new subscription back.
fn made(before: &CardTracking, after: &CardTracking) -> Option<TrackingOrder> {
    let known = before.own_ids();
    let ids: Vec<i64> = after
        .own_ids()
        .into_iter()
        .filter(|id| !known.contains(id))
        .collect();
    (!ids.is_empty()).then_some(TrackingOrder::Unsubscribe { ids })
}

#[cfg(feature = "hydrate")]
thread_local! {
    /// The panel of the page: the look for colleagues' changes tells it the revision.
    static PANEL: std::cell::Cell<Option<Panel>> = const { std::cell::Cell::new(None) };
}

/// Makes the panel known to the look for colleagues' changes.
#[cfg(feature = "hydrate")]
pub(super) fn follow_colleagues(panel: Panel) {
    PANEL.set(Some(panel));
}

/// Fetches how tracking stands when a colleague changed it.
#[cfg(feature = "hydrate")]
pub(in crate::card) async fn note_revision(revision: i64) {
    let Some(panel) = PANEL.get() else { return };
    let shown = panel
        .tracking
        .with_untracked(|tracking| (tracking.revision, tracking.is_pending()));
    // What is under way brings its own revision.
    if matches!(shown, (known, false) if known != revision)
        && let Ok(tracking) = in_session(|| track(TrackingOrder::Look)).await
    {
        panel.tracking.set(tracking);
    }
}
