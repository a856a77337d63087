//! Names of events, without regard to case. Unknown ones are kept: a portal may know more than this crate. Pure.

use std::fmt;

use crate::frame::placement::EntityType;

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// It was created.
    Added,
    /// It was changed.
    Updated,
    /// It was deleted: nothing more can be read of it.
    Deleted,
}

impl Change {
    /// All of them, for subscriptions.
    pub const ALL: [Self; 3] = [Self::Added, Self::Updated, Self::Deleted];

    fn code(self) -> &'static str {
        match self {
            Self::Added => "ADD",
            Self::Updated => "UPDATE",
            Self::Deleted => "DELETE",
        }
    }

    /// The change whose code begins the text, with what follows it.
    fn strip_prefix(text: &str) -> Option<(Self, &str)> {
        Self::ALL
            .into_iter()
            .find_map(|change| Some((change, text.strip_prefix(change.code())?)))
    }
}

/// Which event it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventName {
    /// `ONAPPINSTALL`: installed, or installed anew. Brings the installation's secret; must be proved.
    AppInstall,
    /// `ONAPPUNINSTALL`: removed. Brings no tokens, they are dead.
    AppUninstall,
    /// `ONAPPUPDATE`: a new version; may bring a new secret. May never be sent at all.
    AppUpdate,
    /// `ONAPPPAYMENT`: the paid period began, went on or ended.
    AppPayment,
    /// `ONAPPMETHODCONFIRM`: an administrator allowed or forbade a sensitive method.
    AppMethodConfirm,
    /// `ONCRMLEADADD`, `ONCRMCOMPANYDELETE`, …: a lead, deal, contact, company or quote changed.
    Crm {
        /// The type of the item.
        entity: EntityType,
        /// What became of it.
        change: Change,
    },
    /// `ONCRMDYNAMICITEMUPDATE` and its forms with a type's number: an item of a smart process or an invoice.
    DynamicItem {
        /// The type, where the name has it; otherwise it stands in the data.
        type_id: Option<u32>,
        /// What became of it.
        change: Change,
    },
    /// `ONCRMREQUISITEADD`, …: a set of details of a company or contact.
    Requisite(Change),
    /// `ONUSERADD`: an employee logged in for the first time.
    User(Change),
    /// `ONOFFLINEEVENT`: something waits in the offline queue.
    OfflineEvent,
    /// `ONCRMTIMELINEITEMACTION`: somebody pressed a button of a configurable activity.
    TimelineItemAction,
    /// An event without a name here, in upper case.
    Other(String),
}

/// Types whose events carry the type in the name.
const NAMED: [EntityType; 5] = [
    EntityType::Lead,
    EntityType::Deal,
    EntityType::Contact,
    EntityType::Company,
    EntityType::Quote,
];

impl EventName {
    /// Reads a name; `None` for what can't be one (empty, over 100 characters, other than `A-Z0-9_.:`).
    pub fn parse(text: &str) -> Option<Self> {
        let code = text.trim().to_ascii_uppercase();
        let plausible = (1..=100).contains(&code.len())
            && code
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':'));
        if !plausible {
            return None;
        }
        Some(match code.as_str() {
            "ONAPPINSTALL" => Self::AppInstall,
            "ONAPPUNINSTALL" => Self::AppUninstall,
            "ONAPPUPDATE" => Self::AppUpdate,
            "ONAPPPAYMENT" => Self::AppPayment,
            "ONAPPMETHODCONFIRM" => Self::AppMethodConfirm,
            "ONOFFLINEEVENT" => Self::OfflineEvent,
            "ONCRMTIMELINEITEMACTION" => Self::TimelineItemAction,
            _ => Self::of_a_change(&code).unwrap_or(Self::Other(code)),
        })
    }

    fn of_a_change(code: &str) -> Option<Self> {
        let whole = |text| Change::strip_prefix(text).filter(|(_, rest)| rest.is_empty());
        if let Some(rest) = code.strip_prefix("ONUSER") {
            return whole(rest).map(|(change, _)| Self::User(change));
        }
        let rest = code.strip_prefix("ONCRM")?;
        if let Some(rest) = rest.strip_prefix("REQUISITE") {
            return whole(rest).map(|(change, _)| Self::Requisite(change));
        }
        if let Some(rest) = rest.strip_prefix("DYNAMICITEM") {
            let (change, rest) = Change::strip_prefix(rest)?;
            let type_id = match rest.strip_prefix('_') {
                None if rest.is_empty() => None,
                Some(digits)
                    if digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0') =>
                {
                    Some(digits.parse().ok()?)
                }
                _ => return None,
            };
            return Some(Self::DynamicItem { type_id, change });
        }
        NAMED.into_iter().find_map(|entity| {
            let (change, _) = whole(rest.strip_prefix(entity.code().as_str())?)?;
            Some(Self::Crm { entity, change })
        })
    }

    /// The name as `event.bind` takes it and queues send it: in upper case.
    pub fn code(&self) -> String {
        match self {
            Self::AppInstall => "ONAPPINSTALL".to_owned(),
            Self::AppUninstall => "ONAPPUNINSTALL".to_owned(),
            Self::AppUpdate => "ONAPPUPDATE".to_owned(),
            Self::AppPayment => "ONAPPPAYMENT".to_owned(),
            Self::AppMethodConfirm => "ONAPPMETHODCONFIRM".to_owned(),
            Self::OfflineEvent => "ONOFFLINEEVENT".to_owned(),
            Self::TimelineItemAction => "ONCRMTIMELINEITEMACTION".to_owned(),
            Self::Crm { entity, change } => format!("ONCRM{}{}", entity.code(), change.code()),
            Self::DynamicItem {
                type_id: None,
                change,
            } => format!("ONCRMDYNAMICITEM{}", change.code()),
            Self::DynamicItem {
                type_id: Some(type_id),
                change,
            } => format!("ONCRMDYNAMICITEM{}_{type_id}", change.code()),
            Self::Requisite(change) => format!("ONCRMREQUISITE{}", change.code()),
            Self::User(change) => format!("ONUSER{}", change.code()),
            Self::Other(code) => code.clone(),
        }
    }
}

impl fmt::Display for EventName {
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
    #[case("ONAPPINSTALL", EventName::AppInstall)]
    #[case("OnAppUninstall", EventName::AppUninstall)]
    #[case("onCrmLeadAdd", EventName::Crm { entity: EntityType::Lead, change: Change::Added })]
    #[case("ONCRMCOMPANYDELETE", EventName::Crm { entity: EntityType::Company, change: Change::Deleted })]
    #[case("onCrmRequisiteUpdate", EventName::Requisite(Change::Updated))]
    #[case("ONCRMDYNAMICITEMADD", EventName::DynamicItem { type_id: None, change: Change::Added })]
    #[case(
        "onCrmDynamicItemUpdate_177",
        EventName::DynamicItem { type_id: Some(177), change: Change::Updated }
    )]
    #[case("ONUSERADD", EventName::User(Change::Added))]
    #[case("ONCRMDEALMOVETOCATEGORY", EventName::Other("ONCRMDEALMOVETOCATEGORY".to_owned()))]
    #[case("ONCRMLEADUSERFIELDADD", EventName::Other("ONCRMLEADUSERFIELDADD".to_owned()))]
    #[case("ONCRMDYNAMICITEMUPDATE_", EventName::Other("ONCRMDYNAMICITEMUPDATE_".to_owned()))]
    #[case("CATALOG.PRODUCT.ON.ADD", EventName::Other("CATALOG.PRODUCT.ON.ADD".to_owned()))]
    fn parse_of_a_name_in_any_case_is_the_event(#[case] text: &str, #[case] expected: EventName) {
        assert_eq!(EventName::parse(text), Some(expected));
    }

    #[rstest]
    #[case("")]
    #[case("  ")]
    #[case("<script>")]
    #[case("ON APP")]
    #[case("ПРИ")]
    fn parse_of_what_is_no_name_is_nothing(#[case] text: &str) {
        assert_eq!(EventName::parse(text), None);
    }

    proptest! {
        #[test]
        fn parse_of_a_written_name_is_the_same_event(
            text in "(ONAPP|ONCRM|ONUSER)?(LEAD|DEAL|DYNAMICITEM|REQUISITE)?(ADD|UPDATE|DELETE)?_?[0-9A-Z]{1,6}",
        ) {
            let name = EventName::parse(&text).unwrap();
            prop_assert_eq!(name.code(), text.clone());
            prop_assert_eq!(EventName::parse(&name.code()), Some(name));
        }
    }
}
