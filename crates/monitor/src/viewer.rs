//! Who looks, and which portals he may see. The one place that decides it.
//!
//! How somebody proved who he is, is not known here.

use certlens_store::{Actor, MemberId, UserId};

/// Somebody who may use the monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// The operator of the service: sees all portals.
    Operator {
        /// The name under which he signed in, for the log.
        name: String,
    },
    /// An administrator of a portal, proved by that portal: sees this portal only.
    Administrator {
        /// The portal.
        member_id: MemberId,
        /// The portal's user.
        user_id: UserId,
        /// His name as far as it is known.
        name: Option<String>,
    },
}

/// The portals that a query may touch. Made by [`Viewer::scope`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope(Option<MemberId>);

/// Why somebody may not see something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutOfScope {
    /// Another portal than his own.
    #[error("this portal belongs to somebody else; an administrator sees his own portal only")]
    AnotherPortal,
    /// Something of the service as a whole.
    #[error("only the operator of the service may see this")]
    OperatorOnly,
}

impl Viewer {
    /// What a query may touch when this portal (or none in particular) was asked for.
    pub fn scope(&self, wanted: Option<&MemberId>) -> Result<Scope, OutOfScope> {
        match self {
            Self::Operator { .. } => Ok(Scope(wanted.cloned())),
            Self::Administrator { member_id, .. } => match wanted {
                Some(wanted) if wanted != member_id => Err(OutOfScope::AnotherPortal),
                _ => Ok(Scope(Some(member_id.clone()))),
            },
        }
    }

    /// Refuses everybody but the operator.
    pub const fn operator_only(&self) -> Result<(), OutOfScope> {
        if self.is_operator() {
            Ok(())
        } else {
            Err(OutOfScope::OperatorOnly)
        }
    }

    /// Refuses whoever may not act for this portal.
    pub fn may_act_for(&self, member_id: &MemberId) -> Result<(), OutOfScope> {
        self.scope(Some(member_id)).map(drop)
    }

    /// Whether he sees all portals.
    pub const fn is_operator(&self) -> bool {
        matches!(self, Self::Operator { .. })
    }

    /// The portal of an administrator.
    pub const fn portal(&self) -> Option<&MemberId> {
        match self {
            Self::Operator { .. } => None,
            Self::Administrator { member_id, .. } => Some(member_id),
        }
    }

    /// As whom he stands in the log.
    pub fn actor(&self) -> Actor {
        match self {
            Self::Operator { name } => Actor {
                user: None,
                name: name.clone(),
            },
            Self::Administrator { user_id, name, .. } => Actor {
                user: Some(*user_id),
                name: name.clone().unwrap_or_else(|| format!("#{user_id}")),
            },
        }
    }
}

impl Scope {
    /// The only portal; `None`: all portals.
    pub const fn portal(&self) -> Option<&MemberId> {
        self.0.as_ref()
    }

    /// Whether more than one portal may show, so that each row has to name its own.
    pub const fn is_whole(&self) -> bool {
        self.0.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn portal(digit: char) -> MemberId {
        MemberId::parse(&digit.to_string().repeat(32)).unwrap()
    }

    fn administrator() -> Viewer {
        Viewer::Administrator {
            member_id: portal('a'),
            user_id: UserId(7),
            name: None,
        }
    }

    #[test]
    fn administrator_who_asks_for_nothing_in_particular_sees_his_own_portal_only() {
        let scope = administrator().scope(None).unwrap();
        assert_eq!(scope.portal(), Some(&portal('a')));
    }

    #[test]
    fn administrator_who_asks_for_another_portal_is_refused() {
        assert_eq!(
            administrator().scope(Some(&portal('b'))),
            Err(OutOfScope::AnotherPortal)
        );
        assert_eq!(
            administrator().may_act_for(&portal('b')),
            Err(OutOfScope::AnotherPortal)
        );
    }

    #[test]
    fn operator_sees_all_portals_or_the_one_that_he_asks_for() {
        let operator = Viewer::Operator {
            name: "Anna".to_owned(),
        };
        assert!(operator.scope(None).unwrap().is_whole());
        let scope = operator.scope(Some(&portal('b'))).unwrap();
        assert_eq!(scope.portal(), Some(&portal('b')));
    }

    #[test]
    fn what_is_the_operators_is_refused_to_an_administrator() {
        assert_eq!(administrator().operator_only(), Err(OutOfScope::OperatorOnly));
    }
}
