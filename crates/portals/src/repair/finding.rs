//! What a repair found and did, one by one; in English here, in the monitor's languages there.

use std::fmt;

use certlens_store::{ChainEnd, ChainSource, PortalState};

use crate::notice::PortalNotice;

/// One thing that a repair found or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The secret of the application is there.
    KeysKnown {
        /// The application's client id.
        client_id: String,
    },
    /// It isn't: tokens can't be renewed.
    SecretUnknown {
        /// The application's client id.
        client_id: String,
    },
    /// Nobody told which application was installed.
    ApplicationUnknown,
    /// A chain of tokens opened the portal.
    ChainLives {
        /// In whose name.
        user_id: i64,
        /// Where the chain began.
        source: ChainSource,
        /// Whether it had to be renewed for that.
        is_renewed: bool,
    },
    /// A chain was found dead, and is not tried any more.
    ChainEnded {
        /// In whose name it was.
        user_id: i64,
        /// Where it began.
        source: ChainSource,
        /// Why it ended.
        end: ChainEnd,
    },
    /// A chain could not be proved: it may live.
    ChainUnproved {
        /// In whose name.
        user_id: i64,
        /// Where it began.
        source: ChainSource,
        /// What the portal's answer means.
        notice: PortalNotice,
    },
    /// There was no living chain to begin with.
    NoChain {
        /// Why the latest ended; `None`: there never was one.
        last_end: Option<ChainEnd>,
    },
    /// The portal's state.
    State {
        /// The state.
        state: PortalState,
        /// Why it is suspended.
        reason: Option<String>,
    },
    /// The portal answers and is worked for again.
    TakenUpAgain {
        /// The state in which it was.
        was: PortalState,
    },
    /// The portal has another address now, which the authorization server confirmed.
    Moved {
        /// Its former host.
        from: String,
        /// Its present host.
        to: String,
    },
    /// So many bindings were in place.
    BindingsKept(usize),
    /// These were missing.
    Bound(Vec<String>),
    /// These were there in another form.
    Rebound(Vec<String>),
    /// So many of ours led to other addresses, and are gone.
    LeftOversRemoved(usize),
    /// The portal refused one.
    BindingRefused {
        /// Its name.
        name: String,
        /// The portal's own words.
        words: String,
    },
    /// The portal gave no usable answer about bindings.
    BindingsUnreachable(PortalNotice),
    /// Events can be authenticated.
    EventsProvable,
    /// They can't.
    EventsUnprovable,
    /// Work that had failed is due now.
    WorkBegunAnew {
        /// The kind of work.
        kind: String,
        /// Why it failed last time.
        error: String,
    },
    /// Work that was never done is due now.
    WorkScheduled(&'static str),
    /// So many events had been given up; what changed in the CRM is looked up instead.
    EventsMadeGood(i64),
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeysKnown { client_id } => write!(formatter, "the secret of {client_id} is stored"),
            Self::SecretUnknown { client_id } => {
                write!(
                    formatter,
                    "the secret of {client_id} is not stored: no token can be renewed"
                )
            }
            Self::ApplicationUnknown => {
                formatter.write_str("it is not known which application was installed on the portal")
            }
            Self::ChainLives {
                user_id,
                source,
                is_renewed,
            } => {
                let how = if *is_renewed { ", renewed now" } else { "" };
                write!(
                    formatter,
                    "the token of user {user_id} ({}) works{how}",
                    source.key()
                )
            }
            Self::ChainEnded { user_id, source, end } => write!(
                formatter,
                "the token of user {user_id} ({}) is dead: {}",
                source.key(),
                why(*end)
            ),
            Self::ChainUnproved {
                user_id,
                source,
                notice,
            } => write!(
                formatter,
                "the token of user {user_id} ({}) could not be tried: {}",
                source.key(),
                notice.key()
            ),
            Self::NoChain { last_end: Some(end) } => {
                write!(
                    formatter,
                    "there is no living token; of the latest: {}",
                    why(*end)
                )
            }
            Self::NoChain { last_end: None } => formatter.write_str("there is no token"),
            Self::State {
                state,
                reason: Some(reason),
            } => write!(formatter, "the portal is {}: {reason}", state.key()),
            Self::State { state, reason: None } => write!(formatter, "the portal is {}", state.key()),
            Self::TakenUpAgain { was } => {
                write!(formatter, "the portal was {} and is worked for again", was.key())
            }
            Self::Moved { from, to } => write!(formatter, "the portal moved from {from} to {to}"),
            Self::BindingsKept(kept) => write!(formatter, "{kept} tabs and events were in place"),
            Self::Bound(names) => write!(formatter, "bound what was missing: {}", names.join(", ")),
            Self::Rebound(names) => {
                write!(formatter, "bound anew what was altered: {}", names.join(", "))
            }
            Self::LeftOversRemoved(removed) => {
                write!(formatter, "removed {removed} that led to other addresses")
            }
            Self::BindingRefused { name, words } => write!(formatter, "the portal refuses {name}: {words}"),
            Self::BindingsUnreachable(notice) => {
                write!(formatter, "tabs and events can't be looked at: {}", notice.key())
            }
            Self::EventsProvable => formatter.write_str("events of the portal can be authenticated"),
            Self::EventsUnprovable => formatter.write_str(
                "events of the portal can't be authenticated until an administrator opens the application",
            ),
            Self::WorkBegunAnew { kind, error } => {
                write!(formatter, "{kind} is begun anew; it had failed: {error}")
            }
            Self::WorkScheduled(kind) => write!(formatter, "{kind} is done for the first time"),
            Self::EventsMadeGood(events) => write!(
                formatter,
                "{events} events had been given up; what changed in the CRM is looked up instead"
            ),
        }
    }
}

const fn why(end: ChainEnd) -> &'static str {
    match end {
        ChainEnd::Spent => "the authorization server does not renew it any more",
        ChainEnd::UserDeactivated => "its user was dismissed, or may not use the application",
        ChainEnd::Revoked => "the portal does not take it any more; the application may have been removed",
        ChainEnd::Superseded => "a newer installation replaced it",
    }
}
