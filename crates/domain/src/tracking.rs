//! What tracking speaks of: kinds of news, where and as what they are told, who is made responsible.
//!
//! The words of settings, of the interface for programs, of the database and of pages. Pure; rules that choose a person
//! are in the crate `tracking`.

pub mod settings;
pub mod subscribers;

use crate::language::Language;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The key names nothing of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a {kind} is one of {known}")]
pub struct UnknownKey {
    /// What was to be named.
    pub kind: &'static str,
    /// What there is, in words.
    pub known: &'static str,
}

/// Declares keys that are the same in the database, in JSON and on pages.
macro_rules! keyed {
    ($(#[$of_type:meta])* $name:ident, $kind:literal, $known:literal, $($(#[$of_variant:meta])* $variant:ident => $key:literal),+ $(,)?) => {
        $(#[$of_type])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$of_variant])* #[serde(rename = $key)] $variant,)+
        }

        impl $name {
            /// All of them, in the order in which people choose.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The key in the database, in JSON and in settings; it never changes.
            pub const fn key(self) -> &'static str {
                match self {
                    $(Self::$variant => $key,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.key())
            }
        }

        impl FromStr for $name {
            type Err = UnknownKey;

            fn from_str(key: &str) -> Result<Self, UnknownKey> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|one| one.key() == key)
                    .ok_or(UnknownKey { kind: $kind, known: $known })
            }
        }
    };
}

keyed! {
    /// What can happen to a document that somebody wants to know.
    NewsKind, "kind of news", "new_document, suspended, terminated, expiring, rf_territory",
    /// The document appeared in a registry.
    NewDocument => "new_document",
    /// It was suspended.
    Suspended => "suspended",
    /// It was terminated or declared invalid.
    Terminated => "terminated",
    /// Its term ends within so many days.
    Expiring => "expiring",
    /// Its status on Russia's territory changed.
    RfTerritory => "rf_territory",
}

keyed! {
    /// What appears in the CRM.
    NotificationKind, "kind of notification", "todo, activity, task, comment, im",
    /// A to-do in the card's timeline.
    Todo => "todo",
    /// An activity with a layout of our own, which opens the widget.
    Activity => "activity",
    /// A task bound to the card.
    Task => "task",
    /// A comment in the card's timeline.
    Comment => "comment",
    /// A notification in the messenger.
    Im => "im",
}

keyed! {
    /// Which cards are told.
    NotifyScope, "scope", "card, all_matching",
    /// The card in which the subscription was given.
    Card => "card",
    /// Every lead, deal and company of the portal that carries the identifier.
    AllMatching => "all_matching",
}

keyed! {
    /// In which language items and entries of timelines are written.
    ItemLanguage, "language of items", "portal, ru, en",
    /// The one in which the portal's administrators see it.
    Portal => "portal",
    /// Russian.
    Ru => "ru",
    /// English.
    En => "en",
}

impl ItemLanguage {
    /// The language that was chosen; `None`: the portal's.
    pub const fn chosen(self) -> Option<Language> {
        match self {
            Self::Portal => None,
            Self::Ru => Some(Language::Ru),
            Self::En => Some(Language::En),
        }
    }

    /// The language itself, where the portal's administrators see theirs in this one; Russian where nobody knows it.
    pub fn of_portal(self, language: Option<&str>) -> Language {
        self.chosen()
            .unwrap_or_else(|| language.map_or(Language::Ru, Language::of_portal))
    }
}

keyed! {
    /// Who may be made responsible for an item.
    AssignmentRule, "assignment rule", "responsible, subscriber, fallback, department_head",
    /// Who is responsible for the card.
    Responsible => "responsible",
    /// Who subscribed, the earliest first.
    Subscriber => "subscriber",
    /// The portal's user for such cases.
    Fallback => "fallback",
    /// The head of the department of whoever the earlier rules named, then of the departments above.
    DepartmentHead => "department_head",
}

/// In which order rules are asked, and the user for the rule `fallback`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// Each at most once; the first that gives somebody who can take it decides.
    #[serde(default = "all_rules")]
    pub rules: Vec<AssignmentRule>,
    /// The portal's number of the user for such cases.
    #[serde(default)]
    pub fallback_user_id: Option<u64>,
}

impl Default for Assignment {
    fn default() -> Self {
        Self {
            rules: all_rules(),
            fallback_user_id: None,
        }
    }
}

/// The assignment is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnusableAssignment {
    /// Nobody would ever be chosen.
    #[error("an assignment asks at least one rule")]
    NoRules,
    /// A rule stands twice.
    #[error("an assignment asks each rule once; {0} stands there twice")]
    Repeated(AssignmentRule),
    /// The rule `fallback` alone, and no user for it.
    #[error("an assignment by the rule fallback alone needs a fallback_user_id")]
    NobodyToFallBackOn,
    /// No user has this number.
    #[error("a fallback_user_id is a positive number")]
    NotAUser,
}

impl Assignment {
    /// The same assignment, if somebody can be chosen by it.
    pub fn checked(self) -> Result<Self, UnusableAssignment> {
        let fallback = self.fallback_user_id;
        if fallback.is_some_and(|id| id == 0 || i64::try_from(id).is_err()) {
            return Err(UnusableAssignment::NotAUser);
        }
        for (position, rule) in self.rules.iter().enumerate() {
            if self.rules[..position].contains(rule) {
                return Err(UnusableAssignment::Repeated(*rule));
            }
        }
        match self.rules.as_slice() {
            [] => Err(UnusableAssignment::NoRules),
            [AssignmentRule::Fallback] if fallback.is_none() => Err(UnusableAssignment::NobodyToFallBackOn),
            _ => Ok(self),
        }
    }
}

fn all_rules() -> Vec<AssignmentRule> {
    AssignmentRule::ALL.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_of_a_kind_names_it_in_text_and_in_json() {
        for kind in NewsKind::ALL {
            assert_eq!(kind.key().parse(), Ok(*kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.key());
        }
        assert_eq!(
            "expired".parse::<NewsKind>().unwrap_err().to_string(),
            "a kind of news is one of new_document, suspended, terminated, expiring, rf_territory"
        );
    }

    #[test]
    fn items_speak_the_chosen_language_or_the_portals() {
        assert_eq!(ItemLanguage::Portal.of_portal(Some("de")), Language::En);
        assert_eq!(ItemLanguage::Portal.of_portal(None), Language::Ru);
        assert_eq!(ItemLanguage::Ru.of_portal(Some("de")), Language::Ru);
        assert_eq!(ItemLanguage::En.of_portal(Some("ru")), Language::En);
    }

    #[test]
    fn assignment_by_which_nobody_can_be_chosen_is_refused_with_the_reason() {
        use AssignmentRule::{Fallback, Responsible};
        let refusal = |rules: &[AssignmentRule], fallback_user_id| {
            let assignment = Assignment {
                rules: rules.to_vec(),
                fallback_user_id,
            };
            assignment.checked().err()
        };
        assert_eq!(refusal(&[], None), Some(UnusableAssignment::NoRules));
        assert_eq!(
            refusal(&[Responsible, Fallback, Responsible], None),
            Some(UnusableAssignment::Repeated(Responsible))
        );
        assert_eq!(
            refusal(&[Fallback], None),
            Some(UnusableAssignment::NobodyToFallBackOn)
        );
        assert_eq!(
            refusal(&[Responsible], Some(0)),
            Some(UnusableAssignment::NotAUser)
        );
        assert_eq!(refusal(&[Fallback], Some(7)), None);
        assert_eq!(refusal(AssignmentRule::ALL, None), None);
    }

    #[test]
    fn assignment_that_names_nothing_asks_all_rules() {
        let assignment: Assignment = serde_json::from_str("{}").unwrap();
        assert_eq!(assignment, Assignment::default());
    }
}
