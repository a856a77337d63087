//! What a screen is made of. Plain data in the viewer's language: rendered by the application, read by programs, compared by
//! tests.

use crate::address::{Address, ScreenName};
use crate::form::{Filters, Form};
use crate::table::Table;
use chrono::{DateTime, Utc};
use serde::Serialize;

/// What one address shows.
#[derive(Debug, Clone, Serialize)]
pub struct Screen {
    /// Its heading.
    pub title: String,
    /// One sentence: what is seen here.
    pub lead: Option<String>,
    /// The way back to the screen above, where there is one.
    pub above: Option<Link>,
    /// Its parts, from the top.
    pub parts: Vec<Part>,
}

impl Screen {
    /// A screen without parts yet.
    pub fn new(title: impl Into<String>, lead: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            lead: Some(lead.into()),
            above: None,
            parts: Vec::new(),
        }
    }

    /// With a part more.
    #[must_use]
    pub fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// The table with this key.
    pub fn table(&self, key: &str) -> Option<&Table> {
        self.parts.iter().find_map(|part| match part {
            Part::Table(table) if table.key == key => Some(table),
            _ => None,
        })
    }
}

/// A part of a screen.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A sentence to be read first.
    Notice(Notice),
    /// What is wrong, worst first. An empty list says that nothing is.
    Problems(Vec<Problem>),
    /// Figures beside each other.
    Figures(Figures),
    /// Rows.
    Table(Table),
    /// What narrows the tables below.
    Filters(Filters),
    /// A choice of a view by links, such as 24 hours or 30 days.
    Choice(Choice),
    /// Figures over time.
    Chart(Chart),
    /// What can be filled in and sent.
    Form(Form),
    /// What happened, one thing after the other.
    Story(Story),
    /// Facts about one thing, name and value.
    Facts(Facts),
    /// What can be done here.
    Buttons(Vec<Button>),
    /// A file to be sent.
    Upload(Upload),
    /// The portal's settings that have controls of their own in the application.
    OwnSettings,
}

/// How something is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// As it should be.
    Good,
    /// Neither good nor bad.
    #[default]
    Plain,
    /// Worth a look soon.
    Warning,
    /// Broken now.
    Bad,
}

impl Tone {
    /// The name that styles know.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Plain => "plain",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }
}

/// A link within the monitor or to a card of the portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What it says.
    pub text: String,
    /// Where it leads.
    pub to: Target,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// To a screen.
    Screen(String),
    /// Out of the monitor, in a tab of its own: `https://…`.
    Outside(String),
    /// To a file of the service that is fetched with a ticket: a path below the service's address.
    File(String),
}

impl Link {
    /// To a screen.
    pub fn to(text: impl Into<String>, address: &Address) -> Self {
        Self {
            text: text.into(),
            to: Target::Screen(address.to_string()),
        }
    }

    /// Out of the monitor. Only `https` and `http` lead anywhere.
    pub fn outside(text: impl Into<String>, address: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            to: Target::Outside(address.into()),
        }
    }
}

/// A sentence to be read first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// How it is meant.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
    /// Where to go from here.
    pub links: Vec<Link>,
}

/// Something that is wrong, with what to do about it.
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    /// A stable name, such as `clickhouse_silent`.
    pub key: &'static str,
    /// How bad it is: [`Tone::Bad`] or [`Tone::Warning`].
    pub tone: Tone,
    /// What is wrong, one sentence.
    pub what: String,
    /// Since when, where that is known.
    pub since: Option<DateTime<Utc>>,
    /// What it means for people, one sentence.
    pub means: String,
    /// What to do, one sentence.
    pub advice: String,
    /// Where to look.
    pub links: Vec<Link>,
    /// What mends it at once.
    pub buttons: Vec<Button>,
}

/// Figures beside each other.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// Heading; none when they stand on top of the screen.
    pub title: Option<String>,
    /// The figures.
    pub figures: Vec<Figure>,
}

/// A figure.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// What it counts.
    pub label: String,
    /// The figure as people read it, with its unit.
    pub value: String,
    /// What it is measured against, or of which time it is.
    pub hint: Option<String>,
    /// How it is meant.
    pub tone: Tone,
    /// Where its details are: the address of a screen.
    pub address: Option<String>,
}

/// A choice by links.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    /// What is chosen.
    pub label: String,
    /// The possibilities.
    pub options: Vec<ChoiceOption>,
}

/// A possibility.
#[derive(Debug, Clone, Serialize)]
pub struct ChoiceOption {
    /// What it says.
    pub text: String,
    /// Its screen.
    pub address: String,
    /// Whether it is the present one.
    pub is_chosen: bool,
}

/// Figures over time: a line for each series.
#[derive(Debug, Clone, Serialize)]
pub struct Chart {
    /// Heading.
    pub title: String,
    /// The unit of the values, such as `ms`.
    pub unit: String,
    /// The beginning of the span.
    pub from: DateTime<Utc>,
    /// Its end.
    pub to: DateTime<Utc>,
    /// The lines.
    pub series: Vec<Series>,
    /// A value that should not be exceeded.
    pub limit: Option<f64>,
    /// What is said when there is no value at all.
    pub empty: String,
}

/// A line of a chart.
#[derive(Debug, Clone, Serialize)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// Moments and values, in the order of time; `None`: nothing was measured then, the line has a gap.
    pub points: Vec<(DateTime<Utc>, Option<f64>)>,
}

/// What happened, newest first.
#[derive(Debug, Clone, Serialize)]
pub struct Story {
    /// Heading.
    pub title: String,
    /// What happened.
    pub moments: Vec<Moment>,
    /// The address of what was before.
    pub earlier: Option<String>,
    /// What is said when nothing happened.
    pub empty: String,
}

/// Something that happened.
#[derive(Debug, Clone, Serialize)]
pub struct Moment {
    /// When.
    pub at: DateTime<Utc>,
    /// How it is meant.
    pub tone: Tone,
    /// What happened, a few words.
    pub title: String,
    /// More of it.
    pub lines: Vec<String>,
    /// Where its details are.
    pub links: Vec<Link>,
}

/// Facts about one thing.
#[derive(Debug, Clone, Serialize)]
pub struct Facts {
    /// Heading.
    pub title: Option<String>,
    /// Names and values.
    pub rows: Vec<Fact>,
}

/// A fact.
#[derive(Debug, Clone, Serialize)]
pub struct Fact {
    /// Its name.
    pub name: String,
    /// Its value, as in a table.
    pub value: crate::table::Cell,
}

/// A button: what it does is an action or the way to a file.
#[derive(Debug, Clone, Serialize)]
pub struct Button {
    /// What it says.
    pub text: String,
    /// What it does: an [`Action`](crate::Action) as JSON. In a table's bulk buttons the text `"$selected"` in it stands for the
    /// keys of the chosen rows.
    pub order: serde_json::Value,
    /// Whether it takes something away: such a button looks different and always asks first.
    pub is_destructive: bool,
    /// Whether the effect is shown and has to be confirmed.
    pub asks: bool,
    /// What it is about, for those who can't see the row it stands in.
    pub about: Option<String>,
}

impl Button {
    /// A button that does its action at once.
    pub fn new(text: impl Into<String>, action: &crate::Action) -> Self {
        Self {
            text: text.into(),
            order: serde_json::to_value(action).unwrap_or_default(),
            is_destructive: false,
            asks: false,
            about: None,
        }
    }

    /// A button that shows what will happen and wants a confirmation.
    #[must_use]
    pub const fn asking(mut self) -> Self {
        self.asks = true;
        self
    }

    /// A button that takes something away.
    #[must_use]
    pub const fn destructive(mut self) -> Self {
        self.asks = true;
        self.is_destructive = true;
        self
    }

    /// With what it is about.
    #[must_use]
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.about = Some(about.into());
        self
    }
}

/// A file to be sent to the service.
#[derive(Debug, Clone, Serialize)]
pub struct Upload {
    /// Heading.
    pub title: String,
    /// What is expected.
    pub hint: String,
    /// Where it is sent by POST with the session's token: a path below the service's address.
    pub path: String,
    /// The label of the choice of what it is.
    pub choice_label: String,
    /// The name of that choice in the query.
    pub choice_name: String,
    /// The possibilities: value and text.
    pub choices: Vec<(String, String)>,
    /// The label of the choice of the file.
    pub file_label: String,
    /// The button's text.
    pub button: String,
}

/// A line of the navigation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NavigationItem {
    /// The screen's name.
    pub text: String,
    /// Its address.
    pub address: String,
    /// Whether it is the present one.
    pub is_present: bool,
}

/// The navigation of a viewer who is at this address.
pub(crate) fn navigation(
    viewer: &crate::Viewer,
    present: &Address,
    name: impl Fn(ScreenName) -> &'static str,
) -> Vec<NavigationItem> {
    ScreenName::ALL
        .into_iter()
        .filter(|screen| viewer.is_operator() || !screen.is_operators())
        .map(|screen| NavigationItem {
            text: name(screen).to_owned(),
            address: present.beside(screen).to_string(),
            is_present: screen == present.screen,
        })
        .collect()
}
