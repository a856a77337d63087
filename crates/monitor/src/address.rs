//! The address of a screen: `/monitor/queue?portal=…&state=dead&sort=-since`. Whatever a person chooses on a screen is a
//! link to another address, so that history, "copy link" and the keyboard are the browser's own.
//!
//! Pure. Which filters a screen understands is the screen's matter; what it does not know it leaves aside.

use certlens_store::MemberId;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Where all screens are.
pub const ROOT: &str = "/monitor";
/// The key of the chosen portal.
const PORTAL: &str = "portal";
/// The key of the order.
const SORT: &str = "sort";
/// The key of the place in a table.
const CURSOR: &str = "cursor";
/// A longer address is nobody's link.
const LONGEST: usize = 4_000;

/// The screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ScreenName {
    /// What is wrong now, and how it goes.
    Overview,
    /// Tracked identifiers, and the story of one.
    Identifiers,
    /// Work that waits, runs or was given up.
    Queue,
    /// To whom items go.
    Assignments,
    /// Who wants to be told what.
    Subscriptions,
    /// The people of portals.
    People,
    /// Portals, for the operator.
    Portals,
    /// Imports, for the operator.
    Imports,
    /// A portal's settings.
    Settings,
    /// What people did.
    Audit,
}

impl ScreenName {
    /// All screens, in the order of the navigation.
    pub const ALL: [Self; 10] = [
        Self::Overview,
        Self::Identifiers,
        Self::Queue,
        Self::Assignments,
        Self::Subscriptions,
        Self::People,
        Self::Portals,
        Self::Imports,
        Self::Settings,
        Self::Audit,
    ];

    /// Its part of the address.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Identifiers => "identifiers",
            Self::Queue => "queue",
            Self::Assignments => "assignments",
            Self::Subscriptions => "subscriptions",
            Self::People => "people",
            Self::Portals => "portals",
            Self::Imports => "imports",
            Self::Settings => "settings",
            Self::Audit => "audit",
        }
    }

    /// Whether only the operator has it.
    pub const fn is_operators(self) -> bool {
        matches!(self, Self::Portals | Self::Imports)
    }

    fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|screen| screen.key() == key)
    }
}

/// The address of a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Which screen.
    pub screen: ScreenName,
    /// What it is about, where it is about one thing: an identifier, a portal, an import.
    pub subject: Option<String>,
    query: BTreeMap<String, String>,
}

/// The text is no address of a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such screen; the monitor begins at /monitor")]
pub struct UnknownScreen;

impl Address {
    /// The screen without any choice.
    pub const fn of(screen: ScreenName) -> Self {
        Self {
            screen,
            subject: None,
            query: BTreeMap::new(),
        }
    }

    /// The screen of one thing.
    pub fn about(screen: ScreenName, subject: impl Into<String>) -> Self {
        Self {
            subject: Some(subject.into()),
            ..Self::of(screen)
        }
    }

    /// A filter's value; `None` when nothing was chosen.
    pub fn filter(&self, key: &str) -> Option<&str> {
        self.query.get(key).map(String::as_str)
    }

    /// The chosen portal. What is no portal's name chooses one that does not exist, never all of them.
    pub fn portal(&self) -> Option<Result<MemberId, certlens_store::MalformedMemberId>> {
        self.filter(PORTAL).map(MemberId::parse)
    }

    /// The order of the table, with `-` before it where it is descending.
    pub fn sort(&self) -> Option<&str> {
        self.filter(SORT)
    }

    /// The place in the table.
    pub fn cursor(&self) -> Option<&str> {
        self.filter(CURSOR)
    }

    /// The address with this filter, from the table's beginning.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        self.query.remove(CURSOR);
        if value.is_empty() {
            self.query.remove(key);
        } else {
            self.query.insert(key.to_owned(), value);
        }
        self
    }

    /// The address without this filter.
    #[must_use]
    pub fn without(self, key: &str) -> Self {
        self.with(key, "")
    }

    /// The address of one portal.
    #[must_use]
    pub fn of_portal(self, member_id: &MemberId) -> Self {
        self.with(PORTAL, member_id.as_str())
    }

    /// The table in this order.
    #[must_use]
    pub fn sorted(self, sort: &str) -> Self {
        self.with(SORT, sort)
    }

    /// The table from this place.
    #[must_use]
    pub fn at(mut self, cursor: &str) -> Self {
        self.query.insert(CURSOR.to_owned(), cursor.to_owned());
        self
    }

    /// The table from its beginning.
    #[must_use]
    pub fn from_beginning(mut self) -> Self {
        self.query.remove(CURSOR);
        self
    }

    /// Another screen with the same portal.
    #[must_use]
    pub fn beside(&self, screen: ScreenName) -> Self {
        match self.filter(PORTAL) {
            Some(portal) if !screen.is_operators() => Self::of(screen).with(PORTAL, portal),
            _ => Self::of(screen),
        }
    }

    /// All filters, without order and place.
    pub fn filters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .filter(|(key, _)| !matches!(*key, SORT | CURSOR))
    }
}

impl FromStr for Address {
    type Err = UnknownScreen;

    /// Reads a path with its query: `/monitor/queue?state=dead`.
    fn from_str(text: &str) -> Result<Self, UnknownScreen> {
        if text.len() > LONGEST {
            return Err(UnknownScreen);
        }
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let rest = path.strip_prefix(ROOT).ok_or(UnknownScreen)?;
        if !rest.is_empty() && !rest.starts_with('/') {
            return Err(UnknownScreen);
        }
        let mut segments = rest.split('/').filter(|segment| !segment.is_empty());
        let screen = segments
            .next()
            .map_or(Some(ScreenName::Overview), ScreenName::of_key)
            .ok_or(UnknownScreen)?;
        let subject = segments.next().map(decoded);
        if segments.next().is_some() {
            return Err(UnknownScreen);
        }
        let query = url::form_urlencoded::parse(query.as_bytes())
            .filter(|(key, value)| !key.is_empty() && !value.trim().is_empty())
            .map(|(key, value)| (key.into_owned(), value.trim().to_owned()))
            .collect();
        Ok(Self {
            screen,
            subject,
            query,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{ROOT}/{}", self.screen.key())?;
        if let Some(subject) = &self.subject {
            let encoded: String = url::form_urlencoded::byte_serialize(subject.as_bytes()).collect();
            write!(formatter, "/{}", encoded.replace('+', "%20"))?;
        }
        if !self.query.is_empty() {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(&self.query)
                .finish();
            write!(formatter, "?{query}")?;
        }
        Ok(())
    }
}

/// A segment of a path as it was meant.
fn decoded(segment: &str) -> String {
    let pair = format!("={}", segment.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case::root("/monitor", ScreenName::Overview)]
    #[case::root_with_a_slash("/monitor/", ScreenName::Overview)]
    #[case::named("/monitor/queue?state=dead", ScreenName::Queue)]
    fn path_names_its_screen(#[case] text: &str, #[case] screen: ScreenName) {
        assert_eq!(text.parse::<Address>().unwrap().screen, screen);
    }

    #[rstest]
    #[case::another_page("/bitrix/app")]
    #[case::another_word("/monitors")]
    #[case::an_unknown_screen("/monitor/secrets")]
    #[case::too_deep("/monitor/portals/a/b")]
    fn what_is_no_screen_is_refused(#[case] text: &str) {
        assert_eq!(text.parse::<Address>(), Err(UnknownScreen));
    }

    #[test]
    fn filter_that_is_set_begins_the_table_anew() {
        let address: Address = "/monitor/queue?cursor=abc&state=dead".parse().unwrap();
        assert_eq!(
            address.with("kind", "items").to_string(),
            "/monitor/queue?kind=items&state=dead"
        );
    }

    #[test]
    fn portal_that_is_no_name_is_not_all_portals() {
        let address: Address = "/monitor/queue?portal=x".parse().unwrap();
        assert!(address.portal().is_some_and(|portal| portal.is_err()));
    }

    proptest! {
        #[test]
        fn address_that_is_written_is_read_back(
            subject in proptest::option::of("[^/]{1,20}"), key in "[a-z]{1,8}", value in "\\PC{1,20}"
        ) {
            prop_assume!(!value.trim().is_empty() && subject.as_deref() != Some(""));
            let address = Address { subject, ..Address::of(ScreenName::Identifiers) }.with(&key, value.trim());
            prop_assert_eq!(address.to_string().parse::<Address>(), Ok(address));
        }
    }
}
