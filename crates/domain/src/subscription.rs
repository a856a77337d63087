//! What a person wants to be told of: the terms of a subscription, checked where they come in.
//!
//! Shared by pages, programs and the database. Pure: who subscribes, in which card, and since when, is known elsewhere.

mod mute;

use crate::identifier::{Identifier, NotAnIdentifier};
use crate::registry::Registry;
use crate::tracking::{Assignment, AssignmentRule, NewsKind, NotificationKind, NotifyScope};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

pub use mute::{Mute, NoMute};

/// The most identifiers of one subscription.
pub const MOST_TRACKED: usize = 100;
/// How many days before its end a document may be said to expire.
pub const EXPIRING_DAYS: RangeInclusive<u16> = 1..=365;
/// The same, where nobody chose.
pub const USUAL_EXPIRING_DAYS: u16 = 30;

/// The terms of a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionTerms {
    /// As they are searched, each once, sorted; at least one.
    pub identifiers: Vec<String>,
    /// What is news, each kind once; at least one.
    pub news: Vec<NewsKind>,
    /// Of which registries; empty: of all.
    pub registries: Vec<Registry>,
    /// How many days before its end a document is said to expire.
    pub expiring_days: u16,
    /// Which cards are told; `None`: as the portal has it.
    pub scope: Option<NotifyScope>,
    /// What appears there; `None`: as the portal has it.
    pub notification_kind: Option<NotificationKind>,
    /// Who is made responsible; `None`: as the portal has it.
    pub assignment: Option<Assignment>,
}

impl SubscriptionTerms {
    /// The terms of a new subscription: identifiers and kinds of news have to be named, the rest is as usual.
    pub fn of(wanted: &TermsChange) -> Result<Self, TermsRefused> {
        let TermsChange(wanted) = wanted;
        let mut terms = Self {
            identifiers: wanted.identifiers.clone().ok_or(TermsRefused::NoIdentifier)?,
            news: wanted.news.clone().ok_or(TermsRefused::NoNews)?,
            registries: Vec::new(),
            expiring_days: USUAL_EXPIRING_DAYS,
            scope: None,
            notification_kind: None,
            assignment: None,
        };
        terms.take(&TermsChange(wanted.clone()));
        Ok(terms)
    }

    /// Takes a change over; what it leaves out stays.
    pub fn take(&mut self, change: &TermsChange) {
        let TermsChange(change) = change.clone();
        replace(&mut self.identifiers, change.identifiers);
        replace(&mut self.news, change.news);
        replace(&mut self.registries, change.registries);
        replace(&mut self.expiring_days, change.expiring_days);
        replace(&mut self.scope, change.scope.map(Override::own));
        replace(
            &mut self.notification_kind,
            change.notification_kind.map(Override::own),
        );
        replace(&mut self.assignment, change.assignment.map(Override::own));
    }
}

fn replace<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// A choice of the portal that a subscription may make for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Override<T> {
    /// As the portal has it.
    Portal,
    /// This.
    Own(T),
}

impl<T> Override<T> {
    /// The subscription's own choice, if it has one.
    pub fn own(self) -> Option<T> {
        match self {
            Self::Portal => None,
            Self::Own(value) => Some(value),
        }
    }

    /// The other way round.
    pub fn of(own: Option<T>) -> Self {
        own.map_or(Self::Portal, Self::Own)
    }
}

/// Terms as somebody asks for them: nothing is checked, and what is left out stays, or is as usual.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WantedTerms {
    /// Texts that should be identifiers.
    pub identifiers: Option<Vec<String>>,
    /// Kinds of news.
    pub news: Option<Vec<NewsKind>>,
    /// Registries; none: all.
    pub registries: Option<Vec<Registry>>,
    /// How many days before its end a document is said to expire.
    pub expiring_days: Option<u16>,
    /// Which cards are told.
    pub scope: Option<Override<NotifyScope>>,
    /// What appears there.
    pub notification_kind: Option<Override<NotificationKind>>,
    /// Who is made responsible.
    pub assignment: Option<Override<Assignment>>,
}

impl From<SubscriptionTerms> for WantedTerms {
    fn from(terms: SubscriptionTerms) -> Self {
        Self {
            identifiers: Some(terms.identifiers),
            news: Some(terms.news),
            registries: Some(terms.registries),
            expiring_days: Some(terms.expiring_days),
            scope: Some(Override::of(terms.scope)),
            notification_kind: Some(Override::of(terms.notification_kind)),
            assignment: Some(Override::of(terms.assignment)),
        }
    }
}

/// Wanted terms that were checked: identifiers are normalised, nothing is named twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermsChange(WantedTerms);

impl TermsChange {
    /// Checks what is named. A number with a wrong check digit is taken, as a search takes it: documents are found as
    /// they are written.
    pub fn check(wanted: WantedTerms) -> Result<Self, TermsRefused> {
        let identifiers = wanted.identifiers.as_deref().map(identifiers).transpose()?;
        let news = wanted.news.map(each_once);
        if news.as_ref().is_some_and(Vec::is_empty) {
            return Err(TermsRefused::NoNews);
        }
        if let Some(days) = wanted.expiring_days
            && !EXPIRING_DAYS.contains(&days)
        {
            return Err(TermsRefused::ExpiringDays(days));
        }
        if let Some(Override::Own(assignment)) = &wanted.assignment {
            check_assignment(assignment)?;
        }
        Ok(Self(WantedTerms {
            identifiers,
            news,
            registries: wanted.registries.map(each_once),
            ..wanted
        }))
    }

    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.0 == WantedTerms::default()
    }
}

fn identifiers(texts: &[String]) -> Result<Vec<String>, TermsRefused> {
    let mut values = Vec::with_capacity(texts.len().min(MOST_TRACKED));
    for text in texts
        .iter()
        .map(|text| text.trim())
        .filter(|text| !text.is_empty())
    {
        let identifier = Identifier::parse(text).map_err(TermsRefused::NotAnIdentifier)?;
        if !values.iter().any(|known| known == identifier.value()) {
            if values.len() == MOST_TRACKED {
                return Err(TermsRefused::TooManyIdentifiers);
            }
            values.push(identifier.value().to_owned());
        }
    }
    if values.is_empty() {
        return Err(TermsRefused::NoIdentifier);
    }
    // The order in which they are read back.
    values.sort_unstable();
    Ok(values)
}

/// Each once, in the order of their kind.
fn each_once<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort_unstable();
    values.dedup();
    values
}

fn check_assignment(assignment: &Assignment) -> Result<(), TermsRefused> {
    let rules = &assignment.rules;
    let is_repeated = |rule: &AssignmentRule| rules.iter().filter(|other| *other == rule).count() > 1;
    if rules.is_empty() || rules.iter().any(is_repeated) {
        return Err(TermsRefused::Rules);
    }
    match assignment.fallback_user_id {
        Some(user) if user == 0 || i64::try_from(user).is_err() => Err(TermsRefused::FallbackUser),
        _ => Ok(()),
    }
}

/// Why terms are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TermsRefused {
    /// Nothing to track.
    #[error("name at least one identifier to track")]
    NoIdentifier,
    /// A text is no identifier.
    #[error(transparent)]
    NotAnIdentifier(NotAnIdentifier),
    /// More than one subscription tracks.
    #[error("a subscription tracks at most {MOST_TRACKED} identifiers; make several subscriptions of them")]
    TooManyIdentifiers,
    /// Nothing is news.
    #[error("name at least one kind of news: new_document, suspended, terminated, expiring, rf_territory")]
    NoNews,
    /// Too early or too late.
    #[error("a document can be said to expire 1 to 365 days before its end, not {0}")]
    ExpiringDays(u16),
    /// Rules of assignment that are none.
    #[error("an assignment names at least one rule, and each only once")]
    Rules,
    /// The user for the rule `fallback` is none.
    #[error("fallback_user_id is the number of a user of the portal")]
    FallbackUser,
}

impl TermsRefused {
    /// The field that is wrong, as programs name it.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::NoIdentifier | Self::NotAnIdentifier(_) | Self::TooManyIdentifiers => "identifiers",
            Self::NoNews => "news",
            Self::ExpiringDays(_) => "expiring_days",
            Self::Rules | Self::FallbackUser => "assignment",
        }
    }
}

#[cfg(test)]
mod tests;
