//! The types of items and their names: in addresses, in methods, in links.

/// The types of items that the simulator has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntityKind {
    /// A lead.
    Lead,
    /// A deal.
    Deal,
    /// A company.
    Company,
    /// A contact.
    Contact,
}

impl EntityKind {
    /// The types whose cards applications get tabs in, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::Company, Self::Lead, Self::Deal];
    /// Every type.
    pub const EVERY: [Self; 4] = [Self::Company, Self::Lead, Self::Deal, Self::Contact];

    /// The word in addresses: `/crm/deal/details/5/`.
    pub fn path(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Deal => "deal",
            Self::Company => "company",
            Self::Contact => "contact",
        }
    }

    /// The type of that word.
    pub fn from_path(word: &str) -> Option<Self> {
        Self::EVERY
            .into_iter()
            .find(|kind| kind.path().eq_ignore_ascii_case(word))
    }

    /// The type of that `entityTypeId`.
    pub fn from_type_id(type_id: u64) -> Option<Self> {
        Self::EVERY.into_iter().find(|kind| kind.type_id() == type_id)
    }

    /// `entityTypeId` of the REST interface.
    pub fn type_id(self) -> u64 {
        match self {
            Self::Lead => 1,
            Self::Deal => 2,
            Self::Contact => 3,
            Self::Company => 4,
        }
    }

    /// The type's code, `COMPANY`.
    pub fn code(self) -> String {
        self.path().to_ascii_uppercase()
    }

    /// The prefix in links, `CO_12`.
    pub fn short_prefix(self) -> &'static str {
        match self {
            Self::Lead => "L",
            Self::Deal => "D",
            Self::Contact => "C",
            Self::Company => "CO",
        }
    }

    /// The placement of a card's tab.
    pub fn tab_placement(self) -> String {
        format!("CRM_{}_DETAIL_TAB", self.code())
    }

    /// Whose custom fields: `CRM_COMPANY`.
    pub(crate) fn user_field_entity(self) -> String {
        format!("CRM_{}", self.code())
    }
}
