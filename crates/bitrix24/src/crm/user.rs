//! Users of a portal: who is still there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::client::batch::{Command, CommandOutcome};
use crate::client::{CallError, PortalClient};
use crate::identity::UserId;
use crate::lenient;
use crate::list::read_in_batches;

/// A user as the portal lists him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user's number.
    pub id: UserId,
    /// First and last name, perhaps empty.
    pub name: String,
    /// Whether the user still works in the portal.
    pub is_active: bool,
}

impl User {
    fn read(row: Value) -> Option<Self> {
        let row = lenient::object(row);
        let text = |name: &str| lenient::value_ignoring_case(&row, name).and_then(lenient::non_empty_text);
        let names: Vec<String> = ["NAME", "LAST_NAME"].into_iter().filter_map(text).collect();
        Some(Self {
            id: UserId(lenient::value_ignoring_case(&row, "ID").and_then(lenient::positive_integer)?),
            name: names.join(" "),
            // A portal that doesn't say has no reason to list those who left.
            is_active: lenient::value_ignoring_case(&row, "ACTIVE")
                .and_then(lenient::yes_no)
                .unwrap_or(true),
        })
    }
}

/// Reads users by their numbers, fifty with each request. Who isn't in the answer left, or is no person: bots,
/// guests and system users are never listed.
///
/// Needs a `user…` scope; without one the portal's refusal is the error.
pub async fn users(
    client: &PortalClient,
    ids: impl IntoIterator<Item = UserId>,
) -> Result<BTreeMap<UserId, User>, CallError> {
    let ids: BTreeSet<UserId> = ids.into_iter().collect();
    let commands = ids
        .iter()
        .map(|id| Command::new("user.get").with("ID", id))
        .collect();
    let mut found = BTreeMap::new();
    for (id, outcome) in ids.iter().zip(read_in_batches(client, commands).await?) {
        match outcome {
            CommandOutcome::Done(rows) => {
                let user = lenient::rows(rows)
                    .into_iter()
                    .filter_map(User::read)
                    .find(|user| user.id == *id);
                found.extend(user.map(|user| (*id, user)));
            }
            CommandOutcome::Failed(error) => return Err(error.into()),
            CommandOutcome::NotExecuted => return Err(super::methods::not_executed().into()),
        }
    }
    Ok(found)
}

/// The first of the candidates who still works in the portal: the responsible one, a deputy, an administrator.
pub fn first_active(users: &BTreeMap<UserId, User>, candidates: &[UserId]) -> Option<UserId> {
    candidates
        .iter()
        .copied()
        .find(|candidate| users.get(candidate).is_some_and(|user| user.is_active))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::test_portal::TestPortal;

    #[tokio::test]
    async fn users_that_the_portal_does_not_list_have_left() {
        let portal = TestPortal::start(|_, parameters| match parameters["ID"].as_str() {
            Some("7") => Ok(json!([{"ID": "7", "NAME": "Anna", "ACTIVE": true}])),
            // A portal that can't make sense of a condition lists everybody.
            Some("8") => Ok(json!([{"ID": "1"}, {"ID": "2"}])),
            _ => Ok(json!([])),
        })
        .await;

        let found = users(&portal.client(), [UserId(9), UserId(7), UserId(8), UserId(7)])
            .await
            .unwrap();

        assert_eq!(found.keys().collect::<Vec<_>>(), [&UserId(7)]);
        assert_eq!((portal.requests().len(), portal.calls().len()), (1, 3));
    }

    #[tokio::test]
    async fn users_without_the_scope_are_the_portals_refusal() {
        let portal = TestPortal::start(|_, _| Err(("insufficient_scope", ""))).await;
        let error = users(&portal.client(), [UserId(7)]).await.unwrap_err();
        assert_eq!(error.code(), Some(&crate::ErrorCode::InsufficientScope));
    }

    #[rstest]
    #[case(json!({"ID": "7", "NAME": "Anna", "LAST_NAME": "Petrova", "ACTIVE": true}), "Anna Petrova", true)]
    #[case(json!({"ID": 7, "NAME": "", "LAST_NAME": "Petrova", "ACTIVE": "N", "TIMESTAMP_X": {}}), "Petrova", false)]
    #[case(json!({"ID": "7"}), "", true)]
    fn read_of_a_user_in_each_shape_tells_who_is_there(
        #[case] row: Value,
        #[case] name: &str,
        #[case] is_active: bool,
    ) {
        let expected = User {
            id: UserId(7),
            name: name.to_owned(),
            is_active,
        };
        assert_eq!(User::read(row), Some(expected));
    }

    #[test]
    fn first_active_passes_over_those_who_left() {
        let user = |id, is_active| {
            let user = User {
                id: UserId(id),
                name: String::new(),
                is_active,
            };
            (UserId(id), user)
        };
        let users = BTreeMap::from([user(1, false), user(3, true), user(4, true)]);

        assert_eq!(
            first_active(&users, &[UserId(1), UserId(2), UserId(3), UserId(4)]),
            Some(UserId(3))
        );
        assert_eq!(first_active(&users, &[UserId(1), UserId(2)]), None);
    }
}
