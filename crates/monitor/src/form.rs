//! What can be filled in: filters, which lead to another address, and forms, which become an action.

use crate::address::Address;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What narrows the tables of a screen. Sent by GET: the answer is another address of the same screen.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Filters {
    /// The fields.
    pub fields: Vec<Field>,
    /// The address without any filter, where one is set.
    pub reset: Option<String>,
}

impl Filters {
    /// The address without filters, when it has any.
    pub fn reset_of(address: &Address) -> Option<String> {
        let mut bare = Address::of(address.screen);
        bare.subject.clone_from(&address.subject);
        let portal = address.filter("portal").unwrap_or_default().to_owned();
        let has_any = address.filters().any(|(key, _)| key != "portal");
        has_any.then(|| bare.with("portal", portal).to_string())
    }
}

/// What can be sent.
#[derive(Debug, Clone, Serialize)]
pub struct Form {
    /// Its stable name: [`crate::Action::of_form`] reads what was sent by it.
    pub key: &'static str,
    /// Heading.
    pub title: String,
    /// What it is for.
    pub hint: Option<String>,
    /// What it is about: goes along unseen.
    pub context: BTreeMap<String, String>,
    /// The fields.
    pub fields: Vec<Field>,
    /// The button's text.
    pub button: String,
    /// Whether the effect is shown and has to be confirmed.
    pub asks: bool,
}

/// A field.
#[derive(Debug, Clone, Serialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its label.
    pub label: String,
    /// What to write or to know.
    pub hint: Option<String>,
    /// What is entered.
    pub input: Input,
}

/// What is entered in a field.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// A line.
    Text {
        /// What stands there.
        value: String,
        /// An example.
        example: String,
    },
    /// A secret: never shown, only replaced.
    Secret,
    /// A whole number.
    Number {
        /// What stands there.
        value: Option<i64>,
        /// The least.
        least: i64,
        /// The greatest.
        most: i64,
    },
    /// A day, UTC.
    Day {
        /// What stands there.
        value: Option<chrono::NaiveDate>,
    },
    /// One of several.
    Choice {
        /// The chosen value; empty: none.
        value: String,
        /// Value and text.
        options: Vec<(String, String)>,
    },
    /// Any of several.
    Choices {
        /// The chosen values.
        values: Vec<String>,
        /// Value and text.
        options: Vec<(String, String)>,
    },
    /// Yes or no. Sent as `yes`, or not at all.
    Switch {
        /// Whether it is on.
        is_on: bool,
    },
    /// A text of several lines.
    Lines {
        /// What stands there.
        value: String,
    },
}

impl Field {
    /// A field without a hint.
    pub fn new(name: impl Into<String>, label: impl Into<String>, input: Input) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            hint: None,
            input,
        }
    }

    /// With a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A line of a filter.
    pub fn text(name: &str, label: impl Into<String>, value: Option<&str>, example: &str) -> Self {
        Self::new(
            name,
            label,
            Input::Text {
                value: value.unwrap_or_default().to_owned(),
                example: example.to_owned(),
            },
        )
    }

    /// A choice of a filter: `options` without the one that chooses nothing, whose text is `any`.
    pub fn choice(
        name: &str,
        label: impl Into<String>,
        value: Option<&str>,
        any: &str,
        options: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let mut all = vec![(String::new(), any.to_owned())];
        all.extend(options);
        Self::new(
            name,
            label,
            Input::Choice {
                value: value.unwrap_or_default().to_owned(),
                options: all,
            },
        )
    }
}

/// What was sent by a form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// The form's name.
    pub form: String,
    /// Names and values of its fields and its context, in the order of the form; a name stands as often as it has values.
    pub fields: Vec<(String, String)>,
}

/// Why a form can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct FieldRefused {
    /// The field that is wrong; `None`: the form as a whole.
    pub field: Option<String>,
    /// What is wrong and what to do.
    pub sentence: String,
}

impl FieldRefused {
    /// A field that is wrong.
    pub fn of(field: &str, sentence: impl Into<String>) -> Self {
        Self {
            field: Some(field.to_owned()),
            sentence: sentence.into(),
        }
    }
}

impl Submission {
    /// The value of a field, without the blanks around it; `None` when it is missing or empty.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// All values of a field.
    pub fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let name = name.to_owned();
        self.fields
            .iter()
            .filter(move |(field, _)| *field == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// Whether a switch is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.value(name) == Some("yes")
    }
}
