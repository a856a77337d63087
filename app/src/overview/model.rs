//! What the application's own page knows: made on the server, refreshed and changed from the browser.
//!
//! Plain data and the rules that a test can reach; no view, no I/O.

use super::tracking_model::TrackingForm;
use certlens_domain::language::Language;
use certlens_domain::registry::Registry;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// The viewer's language.
    pub language: Language,
    /// The portal's host.
    pub domain: String,
    /// What may change while the page is open.
    pub progress: Progress,
    /// The registries and how fresh they are; empty when that could not be read.
    pub registries: Vec<RegistryFacts>,
    /// The settings, for administrators only.
    pub settings: Option<Settings>,
    /// Who is told of news, how often, as what; for administrators only.
    pub tracking: Option<TrackingForm>,
}

/// How fresh one registry is. "Not loaded" and "no documents" are different things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryFacts {
    /// Which registry.
    pub registry: Registry,
    /// Whether any data of it was ever loaded.
    pub loaded: bool,
    /// The latest registration among its documents.
    pub data_date: Option<NaiveDate>,
    /// Its documents.
    pub documents: u64,
    /// The day of the last import, UTC.
    pub imported_on: Option<NaiveDate>,
    /// Rows that the last import left out because they make no sense.
    pub rejected: u64,
}

/// What may change while the page is open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Whether we can work for the portal.
    pub standing: Standing,
    /// The latest look at our tabs and events.
    pub bindings: Bindings,
    /// How far the CRM is read.
    pub index: Index,
}

/// Whether we can work for the portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Everything works.
    Working,
    /// The portal refuses all applications, or ours, for this reason (its key).
    Suspended(String),
    /// No access is left: an administrator has to open the application.
    NeedsAccess,
}

/// The latest look at our tabs and events in the portal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bindings {
    /// Whether there was one.
    pub checked: bool,
    /// How many were missing and came back.
    pub restored: u32,
    /// Those that the portal does not take, each with its reason.
    pub problems: Vec<BindingProblem>,
}

/// A tab or an event that the portal does not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingProblem {
    /// The code of the tab or the event.
    pub name: String,
    /// The portal's words.
    pub reason: String,
}

/// How far the CRM is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// What is going on.
    pub state: IndexState,
    /// Cards read so far, in this reading or in all.
    pub companies: u64,
    /// The same of deals.
    pub deals: u64,
    /// The same of leads.
    pub leads: u64,
    /// The day when it was complete last, UTC.
    pub completed_on: Option<NaiveDate>,
}

/// What is going on with the reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexState {
    /// Not begun.
    Waiting,
    /// Under way; percent of the expected cards where that is known.
    Running(Option<u8>),
    /// Everything was read; events keep it fresh.
    Complete,
    /// The portal failed; it is tried again.
    Retrying,
}

impl Progress {
    /// Whether it is worth asking again soon.
    pub const fn is_moving(&self) -> bool {
        !matches!(self.index.state, IndexState::Complete)
    }

    /// This news after what is shown: a look at our tabs that was shown stays until there is a newer one.
    #[must_use]
    pub fn after(mut self, shown: &Self) -> Self {
        if !self.bindings.checked {
            self.bindings.clone_from(&shown.bindings);
        }
        self
    }
}

/// A kind of cards with fields of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardKind {
    /// A company.
    Company,
    /// A deal.
    Deal,
    /// A lead.
    Lead,
}

impl CardKind {
    /// All kinds, in the order of the page.
    pub const ALL: [Self; 3] = [Self::Company, Self::Deal, Self::Lead];

    /// Its name for programs.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Deal => "deal",
            Self::Lead => "lead",
        }
    }
}

/// Where the numbers are, and what is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The custom fields of each kind of cards.
    pub fields: Vec<Field>,
    /// Whether an identifier typed in a lead's tab is written into the lead.
    pub lead_write_back: bool,
}

/// A custom field that may hold a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what is known of a field, and two switches of the form"
)]
pub struct Field {
    /// Of which cards.
    pub kind: CardKind,
    /// Its code, `UF_CRM_…`.
    pub code: String,
    /// Its name in CRM.
    pub name: String,
    /// Whether its name says that it holds a number.
    pub suggested: bool,
    /// Whether it is read.
    pub chosen: bool,
    /// Whether it takes a text, so that a card's identifiers can be repeated in it.
    pub takes_mirror: bool,
    /// Whether they are repeated in it. At most one field of a kind.
    pub mirror: bool,
}

/// What an administrator changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsChange {
    /// Codes of the companies' fields that are read.
    pub company: Vec<String>,
    /// Codes of the deals' fields.
    pub deal: Vec<String>,
    /// Codes of the leads' fields.
    pub lead: Vec<String>,
    /// Whether an identifier typed in a lead's tab is written into the lead.
    pub lead_write_back: bool,
    /// Code of the companies' field in which identifiers are repeated; empty: none.
    pub company_mirror: String,
    /// The same of deals.
    pub deal_mirror: String,
    /// The same of leads.
    pub lead_mirror: String,
}

impl Settings {
    /// The fields of one kind of cards.
    pub fn of(&self, kind: CardKind) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(move |field| field.kind == kind)
    }

    /// Takes a field in or out. One that is read is not written.
    pub fn toggle(&mut self, kind: CardKind, code: &str) {
        for field in &mut self.fields {
            if field.kind == kind && field.code == code {
                field.chosen = !field.chosen;
                field.mirror = field.mirror && !field.chosen;
            }
        }
    }

    /// Repeats identifiers in this field of a kind from now on, and in no other; in none when the code is empty.
    pub fn repeat_in(&mut self, kind: CardKind, code: &str) {
        for field in &mut self.fields {
            if field.kind == kind {
                field.mirror = field.code == code;
            }
        }
    }

    /// The field of a kind in which identifiers are repeated.
    pub fn mirror(&self, kind: CardKind) -> Option<&Field> {
        self.of(kind).find(|field| field.mirror)
    }

    /// The fields of a kind that take a text, so that identifiers can be repeated in them as long as they are not read; and the one
    /// in which they are repeated, whatever became of its type.
    pub fn offered(&self, kind: CardKind) -> impl Iterator<Item = &Field> {
        self.of(kind).filter(|field| field.mirror || field.takes_mirror)
    }

    /// The change that makes the stored settings equal to these.
    pub fn change(&self) -> SettingsChange {
        let chosen = |kind| {
            self.of(kind)
                .filter(|field| field.chosen)
                .map(|field| field.code.clone())
                .collect()
        };
        let mirror = |kind| {
            self.mirror(kind)
                .map_or_else(String::new, |field| field.code.clone())
        };
        SettingsChange {
            company: chosen(CardKind::Company),
            deal: chosen(CardKind::Deal),
            lead: chosen(CardKind::Lead),
            lead_write_back: self.lead_write_back,
            company_mirror: mirror(CardKind::Company),
            deal_mirror: mirror(CardKind::Deal),
            lead_mirror: mirror(CardKind::Lead),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        let field = |kind, code: &str, chosen| Field {
            kind,
            code: code.to_owned(),
            name: code.to_owned(),
            suggested: false,
            chosen,
            takes_mirror: code != "UF_CRM_DAY",
            mirror: false,
        };
        Settings {
            fields: vec![
                field(CardKind::Lead, "UF_CRM_INN", true),
                field(CardKind::Deal, "UF_CRM_INN", false),
                field(CardKind::Lead, "UF_CRM_BIN", false),
                field(CardKind::Lead, "UF_CRM_NOTE", false),
                field(CardKind::Lead, "UF_CRM_DAY", false),
            ],
            lead_write_back: true,
        }
    }

    #[test]
    fn change_names_the_chosen_fields_of_each_kind() {
        let change = settings().change();

        assert_eq!(change.lead, ["UF_CRM_INN"]);
        assert!(change.deal.is_empty());
        assert!(change.lead_write_back);
    }

    #[test]
    fn toggle_changes_one_field_of_one_kind() {
        let mut settings = settings();

        settings.toggle(CardKind::Deal, "UF_CRM_INN");

        assert_eq!(settings.change().deal, ["UF_CRM_INN"]);
        assert_eq!(settings.change().lead, ["UF_CRM_INN"]);
    }

    #[test]
    fn identifiers_are_repeated_in_one_field_of_a_kind_or_in_none() {
        let mut settings = settings();

        settings.repeat_in(CardKind::Lead, "UF_CRM_BIN");
        settings.repeat_in(CardKind::Lead, "UF_CRM_NOTE");
        settings.repeat_in(CardKind::Deal, "UF_CRM_INN");

        let change = settings.change();
        assert_eq!(
            (change.lead_mirror, change.deal_mirror, change.company_mirror),
            ("UF_CRM_NOTE".to_owned(), "UF_CRM_INN".to_owned(), String::new())
        );
        settings.repeat_in(CardKind::Lead, "");
        assert_eq!(settings.change().lead_mirror, "");
    }

    #[test]
    fn field_that_is_read_from_now_on_is_written_no_more() {
        let mut settings = settings();
        settings.repeat_in(CardKind::Lead, "UF_CRM_NOTE");

        settings.toggle(CardKind::Lead, "UF_CRM_NOTE");

        assert_eq!(settings.change().lead_mirror, "");
        assert_eq!(settings.change().lead, ["UF_CRM_INN", "UF_CRM_NOTE"]);
    }

    #[test]
    fn fields_on_offer_take_a_text_or_are_the_one_that_lost_its_type() {
        let offered = |settings: &Settings| -> Vec<String> {
            settings
                .offered(CardKind::Lead)
                .map(|field| field.code.clone())
                .collect()
        };
        let mut settings = settings();
        assert_eq!(offered(&settings), ["UF_CRM_INN", "UF_CRM_BIN", "UF_CRM_NOTE"]);

        settings.repeat_in(CardKind::Lead, "UF_CRM_DAY");

        assert_eq!(offered(&settings).last().unwrap(), "UF_CRM_DAY");
    }
}
