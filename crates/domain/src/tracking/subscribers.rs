//! Who may subscribe in a portal: everybody who sees the card, administrators, or chosen people. Pure.
//!
//! Administrators always may: they could change the rule for themselves. The rule is asked when somebody begins to be
//! told, not later: a subscription outlives a change of the rule, and an administrator ends those that should not be.

use serde::{Deserialize, Serialize};

/// More people than this are not chosen one by one.
pub const MOST_CHOSEN: usize = 500;

/// Who may subscribe.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "snake_case", deny_unknown_fields)]
pub enum WhoMaySubscribe {
    /// Everybody who sees the card.
    #[default]
    Everybody,
    /// Administrators of the portal only.
    Administrators,
    /// These users, and administrators.
    Chosen {
        /// The portal's numbers of the users.
        user_ids: Vec<u64>,
    },
}

/// Nobody can be told apart by such a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnusableChoice {
    /// Nobody is chosen.
    #[error("choose at least one user who may subscribe, or let administrators only")]
    Nobody,
    /// Too many are.
    #[error("at most {MOST_CHOSEN} users can be chosen; let everybody subscribe instead")]
    TooMany,
    /// No user has this number.
    #[error("a user who may subscribe is named by a positive number")]
    NotAUser,
}

impl WhoMaySubscribe {
    /// The key of the choice, as in JSON.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::Administrators => "administrators",
            Self::Chosen { .. } => "chosen",
        }
    }

    /// The chosen users; none where nobody is chosen one by one.
    pub fn chosen(&self) -> &[u64] {
        match self {
            Self::Chosen { user_ids } => user_ids,
            Self::Everybody | Self::Administrators => &[],
        }
    }

    /// The same choice, each user once, if somebody is chosen by it.
    pub fn checked(self) -> Result<Self, UnusableChoice> {
        let Self::Chosen { user_ids } = self else {
            return Ok(self);
        };
        let mut each_once: Vec<u64> = Vec::new();
        for id in user_ids {
            if id == 0 || i64::try_from(id).is_err() {
                return Err(UnusableChoice::NotAUser);
            }
            if !each_once.contains(&id) {
                if each_once.len() == MOST_CHOSEN {
                    return Err(UnusableChoice::TooMany);
                }
                each_once.push(id);
            }
        }
        if each_once.is_empty() {
            return Err(UnusableChoice::Nobody);
        }
        Ok(Self::Chosen { user_ids: each_once })
    }

    /// Whether a user may subscribe without being an administrator; an administrator always may.
    pub fn admits(&self, user_id: u64) -> bool {
        match self {
            Self::Everybody => true,
            Self::Administrators => false,
            Self::Chosen { user_ids } => user_ids.contains(&user_id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::{Value, json};

    fn chosen(user_ids: &[u64]) -> WhoMaySubscribe {
        WhoMaySubscribe::Chosen {
            user_ids: user_ids.to_vec(),
        }
    }

    #[rstest]
    #[case(WhoMaySubscribe::Everybody, json!({"who": "everybody"}))]
    #[case(WhoMaySubscribe::Administrators, json!({"who": "administrators"}))]
    #[case(chosen(&[7, 9]), json!({"who": "chosen", "user_ids": [7, 9]}))]
    fn choice_reads_as_it_is_written(#[case] choice: WhoMaySubscribe, #[case] written: Value) {
        assert_eq!(serde_json::to_value(&choice).unwrap(), written);
        assert_eq!(
            serde_json::from_value::<WhoMaySubscribe>(written).unwrap(),
            choice
        );
    }

    #[rstest]
    #[case(json!({"who": "nobody"}))]
    #[case(json!({"who": "chosen"}))]
    #[case(json!({"who": "chosen", "user_ids": [-1]}))]
    #[case(json!({"who": "chosen", "user_ids": [7], "but": 1}))]
    #[case(json!("everybody"))]
    fn what_is_no_choice_is_refused(#[case] written: Value) {
        assert!(serde_json::from_value::<WhoMaySubscribe>(written).is_err());
    }

    #[test]
    fn only_those_whom_the_choice_names_may_subscribe() {
        assert!(WhoMaySubscribe::Everybody.admits(7));
        assert!(!WhoMaySubscribe::Administrators.admits(7));
        assert!(chosen(&[7]).admits(7));
        assert!(!chosen(&[7]).admits(8));
    }

    #[test]
    fn choice_names_each_user_once_and_at_least_one() {
        assert_eq!(chosen(&[7, 9, 7]).checked(), Ok(chosen(&[7, 9])));
        assert_eq!(chosen(&[]).checked(), Err(UnusableChoice::Nobody));
        assert_eq!(chosen(&[0]).checked(), Err(UnusableChoice::NotAUser));
        let many: Vec<u64> = (1..=501).collect();
        assert_eq!(chosen(&many).checked(), Err(UnusableChoice::TooMany));
        assert_eq!(
            WhoMaySubscribe::Everybody.checked(),
            Ok(WhoMaySubscribe::Everybody)
        );
    }
}
