//! The identifiers of a card: which of them are searched, where they come from, who added them.
//!
//! Plain data that server, page and database share. A selection is what the CRM says now merged with what people
//! decided about this card earlier; the merge itself is done where both are known. Nothing here reads clocks.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The most identifiers that are remembered for one card, removed ones included.
pub const MOST_REMEMBERED: usize = 100;

/// How many removed identifiers a selection names, so that a removal can be undone.
pub const MOST_REMOVED_SHOWN: usize = 10;

/// The longest label of an identifier, in characters.
pub const LONGEST_LABEL: usize = 100;

/// The longest note on where an identifier comes from, in characters.
pub const LONGEST_NOTE: usize = 300;

/// Where an identifier of a card comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelectionOrigin {
    /// Company details of the CRM.
    Requisite,
    /// A mapped custom field of the CRM.
    Field,
    /// Somebody typed it.
    Typed,
    /// It was part of a list that somebody pasted.
    Pasted,
    /// The applicant of a document whose number somebody gave.
    Number,
    /// Certlens suggested it as a related company, and somebody took it.
    Suggested,
}

impl SelectionOrigin {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Requisite,
        Self::Field,
        Self::Typed,
        Self::Pasted,
        Self::Number,
        Self::Suggested,
    ];

    /// The key in the database and in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Requisite => "requisite",
            Self::Field => "field",
            Self::Typed => "typed",
            Self::Pasted => "pasted",
            Self::Number => "number",
            Self::Suggested => "suggested",
        }
    }

    /// The origin of this key.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.key() == key)
    }

    /// Whether the CRM proposes it, so that nobody had to add it.
    pub const fn is_crm(self) -> bool {
        matches!(self, Self::Requisite | Self::Field)
    }
}

/// The identifiers of a card as this viewer sees them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CardSelection {
    /// Grows with every change that anybody makes to this card's identifiers; 0 before the first one.
    pub revision: i64,
    /// What the CRM says first, in its order, then what people added, earliest first.
    pub identifiers: Vec<SelectedIdentifier>,
    /// Removed identifiers, the latest removal first; at most [`MOST_REMOVED_SHOWN`].
    pub removed: Vec<RemovedIdentifier>,
    /// How the card's field in the CRM stands that repeats the selection; `None` where the portal chose no such field,
    /// or nothing was changed since.
    pub mirror: Option<Mirror>,
}

/// The field of the CRM that repeats a card's chosen identifiers as a text, so that they outlive Certlens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mirror {
    /// What people call the field.
    pub field: String,
    /// How it stands.
    pub state: MirrorState,
}

/// How a card's mirror stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MirrorState {
    /// The field says what the selection says.
    Written,
    /// It is about to be written.
    Waiting,
    /// The portal did not take it; it is tried again by itself.
    Delayed,
    /// Neither who made the change nor the application may change this item in the CRM.
    NotAllowed,
    /// The portal will never take it: the field or the item is gone, or the field holds no such text.
    Refused,
}

impl MirrorState {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Written,
        Self::Waiting,
        Self::Delayed,
        Self::NotAllowed,
        Self::Refused,
    ];

    /// The key in the database and in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Waiting => "waiting",
            Self::Delayed => "delayed",
            Self::NotAllowed => "not_allowed",
            Self::Refused => "refused",
        }
    }

    /// The state of this key.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }
}

impl CardSelection {
    /// The identifiers that are searched.
    pub fn chosen(&self) -> impl Iterator<Item = &SelectedIdentifier> {
        self.identifiers.iter().filter(|identifier| identifier.chosen)
    }

    /// The identifier of this value, unless it was removed.
    pub fn find(&self, value: &str) -> Option<&SelectedIdentifier> {
        self.identifiers
            .iter()
            .find(|identifier| identifier.value == value)
    }

    /// Shows a change before it is saved: what the server will most likely answer.
    pub fn show(&mut self, change: &CardChange) {
        let value = change.value().to_owned();
        let place = self
            .identifiers
            .iter()
            .position(|identifier| identifier.value == value);
        match change {
            CardChange::Add {
                label, origin, note, ..
            } => match place {
                Some(place) => {
                    let known = &mut self.identifiers[place];
                    known.chosen = true;
                    known.label = label.clone().or_else(|| known.label.take());
                }
                None => self.identifiers.push(SelectedIdentifier {
                    value,
                    label: label.clone(),
                    chosen: true,
                    origin: *origin,
                    origin_note: note.clone(),
                    company: None,
                    in_crm: false,
                    added_by: None,
                    added_at: None,
                    changed_by: None,
                    changed_at: None,
                }),
            },
            CardChange::Label { label, .. } => {
                if let Some(place) = place {
                    self.identifiers[place].label.clone_from(label);
                }
            }
            CardChange::Choose { chosen, .. } => {
                if let Some(place) = place {
                    self.identifiers[place].chosen = *chosen;
                }
            }
            CardChange::Remove { .. } => {
                if let Some(place) = place {
                    self.identifiers.remove(place);
                }
            }
            CardChange::Restore { .. } => {
                let removed = self
                    .removed
                    .iter()
                    .position(|removed| removed.identifier.value == value);
                if let (None, Some(removed)) = (place, removed) {
                    self.identifiers.push(self.removed.remove(removed).identifier);
                }
            }
        }
    }

    /// The change that undoes this one, judged by the selection before it; `None` when it would change nothing.
    pub fn undoing(&self, change: &CardChange) -> Option<CardChange> {
        let value = change.value().to_owned();
        let before = self.find(&value);
        match change {
            CardChange::Add { .. } => before.is_none().then_some(CardChange::Remove { value }),
            CardChange::Label { label, .. } => {
                before
                    .filter(|before| before.label != *label)
                    .map(|before| CardChange::Label {
                        value,
                        label: before.label.clone(),
                    })
            }
            CardChange::Choose { chosen, .. } => {
                before
                    .filter(|before| before.chosen != *chosen)
                    .map(|before| CardChange::Choose {
                        value,
                        chosen: before.chosen,
                    })
            }
            CardChange::Remove { .. } => before.map(|_| CardChange::Restore { value }),
            CardChange::Restore { .. } => self
                .removed
                .iter()
                .any(|removed| removed.identifier.value == value)
                .then_some(CardChange::Remove { value }),
        }
    }
}

/// One identifier of a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectedIdentifier {
    /// The identifier as it is searched; [`crate::identifier::Identifier::parse`] tells its kinds and flaws.
    pub value: String,
    /// What people call it in this card.
    pub label: Option<String>,
    /// Whether it is searched.
    pub chosen: bool,
    /// Where it comes from. What the CRM holds now goes before how somebody once added it.
    pub origin: SelectionOrigin,
    /// More about the origin: the title of the company details, the field's label, the document's number, why it was
    /// suggested.
    pub origin_note: Option<String>,
    /// The title of the company whose identifier it is in the CRM, where that is not the card's own item.
    pub company: Option<String>,
    /// Whether the CRM holds it now. An origin in the CRM without this means: the CRM lost it, people had kept it.
    pub in_crm: bool,
    /// Who added it: a name, or the user's number where no name is known yet. `None`: nobody, the CRM proposes it.
    pub added_by: Option<String>,
    /// When it was added.
    pub added_at: Option<DateTime<Utc>>,
    /// Who labelled it or switched it on or off last.
    pub changed_by: Option<String>,
    /// When that was.
    pub changed_at: Option<DateTime<Utc>>,
}

/// An identifier that was removed from a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedIdentifier {
    /// The identifier as it would come back.
    pub identifier: SelectedIdentifier,
    /// Who removed it.
    pub removed_by: Option<String>,
    /// When that was.
    pub removed_at: DateTime<Utc>,
}

/// What somebody does to an identifier of a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardChange {
    /// Adds it, switched on. One that is there is switched on and takes the label, if there is one; one that was
    /// removed comes back.
    Add {
        /// The identifier.
        value: String,
        /// What to call it.
        label: Option<String>,
        /// How it was added.
        origin: SelectionOrigin,
        /// More about that: the document's number, why it was suggested.
        note: Option<String>,
    },
    /// Labels it, or takes its label away.
    Label {
        /// The identifier.
        value: String,
        /// What to call it.
        label: Option<String>,
    },
    /// Switches it on or off.
    Choose {
        /// The identifier.
        value: String,
        /// Whether it is searched from now on.
        chosen: bool,
    },
    /// Removes it. One that the CRM proposes stays removed.
    Remove {
        /// The identifier.
        value: String,
    },
    /// Takes a removal back: it comes back as it was.
    Restore {
        /// The identifier.
        value: String,
    },
}

impl CardChange {
    /// The identifier that is changed.
    pub fn value(&self) -> &str {
        match self {
            Self::Add { value, .. }
            | Self::Label { value, .. }
            | Self::Choose { value, .. }
            | Self::Remove { value }
            | Self::Restore { value } => value,
        }
    }
}
