//! Where in the portal a page was opened, and the type of the CRM item, which only the placement's code tells.
//!
//! Codes come from the browser: unknown ones are kept, implausible ones become "unknown". Pure.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A type of CRM items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityType {
    /// A lead.
    Lead,
    /// A deal.
    Deal,
    /// A contact.
    Contact,
    /// A company.
    Company,
    /// A quote.
    Quote,
    /// An invoice of the current kind.
    SmartInvoice,
    /// An order of the online shop.
    Order,
    /// A smart process, by its `entityTypeId`.
    Dynamic(u32),
}

impl EntityType {
    /// `entityTypeId` of the REST interface.
    pub fn type_id(self) -> u32 {
        match self {
            Self::Lead => 1,
            Self::Deal => 2,
            Self::Contact => 3,
            Self::Company => 4,
            Self::Quote => 7,
            Self::Order => 14,
            Self::SmartInvoice => 31,
            Self::Dynamic(type_id) => type_id,
        }
    }

    /// The type with this `entityTypeId`.
    pub fn of_type_id(type_id: u32) -> Self {
        [
            Self::Lead,
            Self::Deal,
            Self::Contact,
            Self::Company,
            Self::Quote,
            Self::Order,
            Self::SmartInvoice,
        ]
        .into_iter()
        .find(|entity_type| entity_type.type_id() == type_id)
        .unwrap_or(Self::Dynamic(type_id))
    }

    /// The name inside placement codes: `LEAD`, `SMART_INVOICE`, `DYNAMIC_177`.
    pub fn code(self) -> String {
        match self {
            Self::Lead => "LEAD".to_owned(),
            Self::Deal => "DEAL".to_owned(),
            Self::Contact => "CONTACT".to_owned(),
            Self::Company => "COMPANY".to_owned(),
            Self::Quote => "QUOTE".to_owned(),
            Self::SmartInvoice => "SMART_INVOICE".to_owned(),
            Self::Order => "ORDER".to_owned(),
            Self::Dynamic(type_id) => format!("DYNAMIC_{type_id}"),
        }
    }

    /// The type whose code begins the text, with what follows it.
    fn strip_prefix(text: &str) -> Option<(Self, &str)> {
        const NAMED: [(&str, EntityType); 7] = [
            ("LEAD", EntityType::Lead),
            ("DEAL", EntityType::Deal),
            ("CONTACT", EntityType::Contact),
            ("COMPANY", EntityType::Company),
            ("QUOTE", EntityType::Quote),
            ("SMART_INVOICE", EntityType::SmartInvoice),
            ("ORDER", EntityType::Order),
        ];
        if let Some(rest) = text.strip_prefix("DYNAMIC_") {
            let end = rest
                .find(|character: char| !character.is_ascii_digit())
                .unwrap_or(rest.len());
            let (digits, rest) = rest.split_at(end);
            return Some((Self::Dynamic(digits.parse().ok()?), rest));
        }
        NAMED
            .iter()
            .find_map(|(code, entity_type)| Some((*entity_type, text.strip_prefix(code)?)))
    }
}

/// Where in the portal's interface the page was opened.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Placement {
    /// The application's own page, and its installer (`DEFAULT`).
    Main,
    /// A tab of an item's card.
    DetailTab(EntityType),
    /// Another place inside the CRM that belongs to one type of items, such as a toolbar or a list's menu.
    Crm {
        /// The type of the items.
        entity_type: EntityType,
        /// The whole code.
        code: String,
    },
    /// A place that this crate has no name for.
    Other(String),
}

impl Placement {
    /// Reads a placement code; `None` for what can't be one (empty, over 100 characters, other than `A-Z0-9_`).
    pub fn parse(code: &str) -> Option<Self> {
        let code = code.trim().to_ascii_uppercase();
        let plausible = (1..=100).contains(&code.len())
            && code
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        if !plausible {
            return None;
        }
        if code == "DEFAULT" {
            return Some(Self::Main);
        }
        let Some((entity_type, rest)) = code.strip_prefix("CRM_").and_then(EntityType::strip_prefix) else {
            return Some(Self::Other(code));
        };
        Some(match rest {
            "_DETAIL_TAB" => Self::DetailTab(entity_type),
            rest if rest.starts_with('_') => Self::Crm { entity_type, code },
            _ => Self::Other(code),
        })
    }

    /// The code as `placement.bind` takes it.
    pub fn code(&self) -> String {
        match self {
            Self::Main => "DEFAULT".to_owned(),
            Self::DetailTab(entity_type) => format!("CRM_{}_DETAIL_TAB", entity_type.code()),
            Self::Crm { code, .. } | Self::Other(code) => code.clone(),
        }
    }

    /// The type of the items that the place belongs to. The portal doesn't send it: the code tells.
    pub fn entity_type(&self) -> Option<EntityType> {
        match self {
            Self::DetailTab(entity_type) | Self::Crm { entity_type, .. } => Some(*entity_type),
            Self::Main | Self::Other(_) => None,
        }
    }
}

impl fmt::Display for Placement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.code())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("CRM_LEAD_DETAIL_TAB", EntityType::Lead)]
    #[case("CRM_DEAL_DETAIL_TAB", EntityType::Deal)]
    #[case("crm_company_detail_tab", EntityType::Company)]
    #[case("CRM_SMART_INVOICE_DETAIL_TAB", EntityType::SmartInvoice)]
    #[case("CRM_DYNAMIC_177_DETAIL_TAB", EntityType::Dynamic(177))]
    fn parse_of_a_detail_tab_tells_the_type(#[case] code: &str, #[case] entity_type: EntityType) {
        assert_eq!(Placement::parse(code), Some(Placement::DetailTab(entity_type)));
    }

    #[rstest]
    #[case("CRM_DEAL_LIST_MENU", Some(EntityType::Deal))]
    #[case("CRM_COMPANY_DETAIL_TOOLBAR", Some(EntityType::Company))]
    #[case("CRM_REQUISITE_AUTOCOMPLETE", None)]
    #[case("CRM_LEADERBOARD", None)]
    #[case("CRM_DYNAMIC_99999999999_DETAIL_TAB", None)]
    #[case("LEFT_MENU", None)]
    #[case("DEFAULT", None)]
    fn entity_type_of_another_place_is_told_by_its_code(
        #[case] code: &str,
        #[case] expected: Option<EntityType>,
    ) {
        assert_eq!(Placement::parse(code).unwrap().entity_type(), expected);
    }

    #[rstest]
    #[case("")]
    #[case("<img src=x>")]
    #[case("CRM LEAD")]
    fn parse_of_what_is_no_code_is_nothing(#[case] code: &str) {
        assert_eq!(Placement::parse(code), None);
    }

    proptest! {
        #[test]
        fn parse_of_a_written_code_is_the_same_placement(code in "[A-Z0-9_]{1,40}") {
            let placement = Placement::parse(&code).unwrap();
            prop_assert_eq!(Placement::parse(&placement.code()), Some(placement));
        }
    }
}
