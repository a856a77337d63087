//! What a person wants to be told of: the terms of a subscription, checked where they come in.
//!
//! Shared by pages, programs and the database. Pure: who subscribes, in which card, and since when, is known elsewhere.

use crate::identifier::{Identifier, NotAnIdentifier};
use crate::registry::Registry;
use crate::tracking::{Assignment, AssignmentRule, NewsKind, NotificationKind, NotifyScope};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

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

/// How long a subscription makes no items. `2026-12-31` or `forever` in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Mute {
    /// Until this day begins (UTC).
    Until(NaiveDate),
    /// Until somebody says otherwise.
    Forever,
}

impl Mute {
    const FOREVER: &str = "forever";

    /// The day, unless it is for ever.
    pub const fn day(self) -> Option<NaiveDate> {
        match self {
            Self::Until(day) => Some(day),
            Self::Forever => None,
        }
    }
}

impl fmt::Display for Mute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Until(day) => day.fmt(formatter),
            Self::Forever => formatter.write_str(Self::FOREVER),
        }
    }
}

impl From<Mute> for String {
    fn from(mute: Mute) -> Self {
        mute.to_string()
    }
}

/// The text says no end of a silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a subscription is muted until a day such as 2026-12-31, or forever")]
pub struct NoMute;

impl FromStr for Mute {
    type Err = NoMute;

    fn from_str(text: &str) -> Result<Self, NoMute> {
        if text == Self::FOREVER {
            return Ok(Self::Forever);
        }
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| NoMute)?;
        // What a database can count with.
        let is_near = (2000..=9999).contains(&chrono::Datelike::year(&day));
        is_near.then_some(Self::Until(day)).ok_or(NoMute)
    }
}

impl TryFrom<String> for Mute {
    type Error = NoMute;

    fn try_from(text: String) -> Result<Self, NoMute> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn wanted(identifiers: &[&str], news: &[NewsKind]) -> WantedTerms {
        WantedTerms {
            identifiers: Some(identifiers.iter().map(|text| (*text).to_owned()).collect()),
            news: Some(news.to_vec()),
            ..WantedTerms::default()
        }
    }

    fn terms(wanted: WantedTerms) -> Result<SubscriptionTerms, TermsRefused> {
        SubscriptionTerms::of(&TermsChange::check(wanted)?)
    }

    #[test]
    fn identifiers_are_tracked_as_they_are_searched_each_once_whatever_their_check_digits() {
        let terms = terms(wanted(
            &["7707 083 893", "7707083893", "", "7707083894"],
            &[NewsKind::Suspended, NewsKind::NewDocument, NewsKind::Suspended],
        ))
        .unwrap();

        assert_eq!(terms.identifiers, ["7707083893", "7707083894"]);
        assert_eq!(terms.news, [NewsKind::NewDocument, NewsKind::Suspended]);
        assert_eq!(terms.expiring_days, USUAL_EXPIRING_DAYS);
        assert_eq!(terms.scope, None);
    }

    #[rstest]
    #[case::no_identifier(wanted(&[" "], &[NewsKind::Expiring]), "identifiers", "at least one identifier")]
    #[case::text(wanted(&["7707083893", "ромашка"], &[NewsKind::Expiring]), "identifiers", "ромашка")]
    #[case::no_news(wanted(&["7707083893"], &[]), "news", "at least one kind")]
    #[case::too_late(
        WantedTerms { expiring_days: Some(0), ..wanted(&["7707083893"], &[NewsKind::Expiring]) },
        "expiring_days",
        "not 0"
    )]
    #[case::no_rule(
        WantedTerms {
            assignment: Some(Override::Own(Assignment { rules: vec![], fallback_user_id: None })),
            ..wanted(&["7707083893"], &[NewsKind::Expiring])
        },
        "assignment",
        "at least one rule"
    )]
    #[case::nothing_named(WantedTerms::default(), "identifiers", "at least one identifier")]
    fn terms_that_track_nothing_or_make_no_sense_are_refused_with_a_sentence(
        #[case] wanted: WantedTerms,
        #[case] field: &str,
        #[case] says: &str,
    ) {
        let refused = terms(wanted).unwrap_err();
        assert_eq!(refused.field(), field);
        assert!(refused.to_string().contains(says), "{refused}");
    }

    #[test]
    fn more_than_a_hundred_identifiers_are_refused_and_a_hundred_are_not() {
        let numbers = |count: u64| -> Vec<String> {
            (0..count)
                .map(|number| (7_700_000_000 + number).to_string())
                .collect()
        };
        let tracked = |count| {
            terms(WantedTerms {
                identifiers: Some(numbers(count)),
                ..wanted(&[], &[NewsKind::NewDocument])
            })
        };
        assert_eq!(tracked(100).unwrap().identifiers.len(), 100);
        assert_eq!(tracked(101), Err(TermsRefused::TooManyIdentifiers));
    }

    #[test]
    fn change_replaces_what_it_names_and_leaves_the_rest() {
        let mut terms = terms(WantedTerms {
            scope: Some(Override::Own(NotifyScope::AllMatching)),
            notification_kind: Some(Override::Own(NotificationKind::Task)),
            ..wanted(&["7707083893"], &[NewsKind::Expiring])
        })
        .unwrap();

        terms.take(
            &TermsChange::check(WantedTerms {
                scope: Some(Override::Portal),
                expiring_days: Some(60),
                ..WantedTerms::default()
            })
            .unwrap(),
        );

        assert_eq!(terms.scope, None);
        assert_eq!(terms.notification_kind, Some(NotificationKind::Task));
        assert_eq!(terms.expiring_days, 60);
        assert_eq!(terms.identifiers, ["7707083893"]);
    }

    #[rstest]
    #[case::day("2026-12-31", true)]
    #[case::for_ever("forever", true)]
    #[case::far("+12026-12-31", false)]
    #[case::word("tomorrow", false)]
    fn silence_ends_on_a_day_or_never(#[case] text: &str, #[case] expected: bool) {
        let read: Result<Mute, _> = text.parse();
        assert_eq!(read.is_ok(), expected);
        if let Ok(mute) = read {
            assert_eq!(serde_json::to_value(mute).unwrap(), text);
        }
    }
}
