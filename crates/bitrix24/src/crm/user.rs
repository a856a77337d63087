//! Users of a portal: who is still there, one by one or all of them.

use std::collections::{BTreeMap, BTreeSet};

use futures::TryStreamExt as _;
use serde_json::{Map, Value, json};

use crate::client::batch::{Command, CommandOutcome};
use crate::client::{CallError, PortalClient};
use crate::identity::UserId;
use crate::lenient;
use crate::list::{Cursor, ListError, ListQuery, PAGE_SIZE, pages, read_in_batches};

/// A user as the portal lists him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user's number.
    pub id: UserId,
    /// First and last name, perhaps empty.
    pub name: String,
    /// Whether the user still works in the portal.
    pub is_active: bool,
    /// Whether the user is an employee, else a guest of some groups or something technical; `None`: the portal does
    /// not say (it does not to applications with the scope `user_brief`).
    pub is_employee: Option<bool>,
    /// The user's departments, in the portal's order.
    pub department_ids: Vec<u64>,
}

impl User {
    fn read(row: Value) -> Option<Self> {
        Self::of_fields(&lenient::object(row))
    }

    fn of_fields(row: &Map<String, Value>) -> Option<Self> {
        let field = |name: &str| lenient::value_ignoring_case(row, name);
        let text = |name: &str| field(name).and_then(lenient::non_empty_text);
        let departments = field("UF_DEPARTMENT").cloned().unwrap_or_default();
        let names: Vec<String> = ["NAME", "LAST_NAME"].into_iter().filter_map(text).collect();
        Some(Self {
            id: UserId(field("ID").and_then(lenient::positive_integer)?),
            name: names.join(" "),
            // A portal that doesn't say has no reason to list those who left.
            is_active: field("ACTIVE").and_then(lenient::yes_no).unwrap_or(true),
            is_employee: text("USER_TYPE").map(|kind| kind.eq_ignore_ascii_case("employee")),
            department_ids: lenient::rows(departments)
                .iter()
                .filter_map(lenient::positive_integer)
                .collect(),
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
                let is_empty_list = rows.as_array().is_some_and(Vec::is_empty);
                let rows = lenient::rows(rows);
                let count = rows.len();
                let users: Vec<User> = rows.into_iter().filter_map(User::read).collect();
                // From an answer that can't be read nobody has left.
                if users.len() < count || (count == 0 && !is_empty_list) {
                    return Err(CallError::Unexpected {
                        method: "user.get".to_owned(),
                        expected: "users with their numbers",
                    });
                }
                let user = users.into_iter().find(|user| user.id == *id);
                found.extend(user.map(|user| (*id, user)));
            }
            CommandOutcome::Failed(error) => return Err(error.into()),
            CommandOutcome::NotExecuted => return Err(super::methods::not_executed().into()),
        }
    }
    Ok(found)
}

/// Pages of users in one request.
const CHAINED: usize = 10;

/// Reads all users, those who left included, up to 500 with a request. A portal that ignores the condition by which
/// long lists are read is read by offsets.
///
/// The list is complete, or there is an error. Bots, guests, technical users are never in it. Needs a `user…` scope.
pub async fn all_users(client: &PortalClient) -> Result<Vec<User>, ListError> {
    let query = ListQuery::new("user.get", Cursor::USERS)
        .with("sort", "ID")
        .with("ADMIN_MODE", true)
        .chained(CHAINED);
    let by_number: Result<Vec<_>, ListError> = pages(client, query).try_collect().await;
    match by_number {
        Ok(pages) => Ok(pages
            .iter()
            .flat_map(|page| &page.rows)
            .filter_map(|row| User::of_fields(&row.fields))
            .collect()),
        Err(ListError::Stalled { .. }) => {
            let parameters = json!({"sort": "ID", "order": "ASC", "ADMIN_MODE": true});
            let rows = rows_by_offset(client, "user.get", parameters).await?;
            Ok(rows.into_iter().filter_map(User::read).collect())
        }
        Err(error) => Err(error),
    }
}

/// Reads a list whose rows can't be asked for by number, page by page. A page that brings no new row ends it with an
/// error: reading on would never end.
pub(super) async fn rows_by_offset(
    client: &PortalClient,
    method: &str,
    parameters: Value,
) -> Result<Vec<Value>, ListError> {
    let mut seen: BTreeSet<u64> = BTreeSet::new();
    let mut all: Vec<Value> = Vec::new();
    let mut parameters = lenient::object(parameters);
    loop {
        parameters.insert("start".to_owned(), Value::from(all.len()));
        let reply = client.call(method, Value::Object(parameters.clone())).await?;
        // Nothing is `[]`, `null` or `false`; a text would be taken for an empty, complete list.
        if matches!(
            reply.result,
            Value::String(_) | Value::Number(_) | Value::Bool(true)
        ) {
            return Err(ListError::NotAList {
                method: method.to_owned(),
            });
        }
        let rows = lenient::rows(reply.result);
        let (known, is_last) = (seen.len(), rows.len() < PAGE_SIZE);
        let number = |row: &Value| {
            lenient::value_ignoring_case(row.as_object()?, "ID").and_then(lenient::positive_integer)
        };
        seen.extend(rows.iter().filter_map(number));
        if !rows.is_empty() && seen.len() == known {
            return Err(ListError::Stalled {
                method: method.to_owned(),
                cursor: seen.last().copied().unwrap_or_default(),
            });
        }
        all.extend(rows);
        if is_last {
            return Ok(all);
        }
    }
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
    #[case(json!({"ID": "7", "NAME": "Anna", "ACTIVE": "Y", "UF_DEPARTMENT": false, "USER_TYPE": ""}), "Anna", true)]
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
            is_employee: None,
            department_ids: Vec::new(),
        };
        assert_eq!(User::read(row), Some(expected));
    }

    #[test]
    fn read_of_a_user_tells_the_departments_and_whether_it_is_an_employee() {
        let read = |kind: &str, departments: Value| {
            let row = json!({"ID": 7, "USER_TYPE": kind, "UF_DEPARTMENT": departments});
            let user = User::read(row).unwrap();
            (user.is_employee, user.department_ids)
        };
        assert_eq!(read("employee", json!([3, "5", 0])), (Some(true), vec![3, 5]));
        assert_eq!(read("extranet", json!({"0": "4"})), (Some(false), vec![4]));
    }

    /// A portal with 120 users; whether it understands `FILTER[>ID]`.
    async fn portal_with_120_users(understands: bool) -> TestPortal {
        TestPortal::start(move |_, parameters| {
            let number = |value: &Value| lenient::positive_integer(value).unwrap_or_default();
            let after = if understands {
                number(&parameters["FILTER"][">ID"])
            } else {
                0
            };
            let offset = number(&parameters["start"]);
            let rows: Vec<Value> = (after + offset + 1..=120)
                .take(PAGE_SIZE)
                .map(|id| json!({"ID": id.to_string(), "ACTIVE": id % 2 == 0}))
                .collect();
            Ok(json!(rows))
        })
        .await
    }

    #[rstest]
    #[case(true)]
    #[case(false)]
    #[tokio::test]
    async fn all_users_are_read_whether_or_not_the_portal_understands_the_condition(
        #[case] understands: bool,
    ) {
        let portal = portal_with_120_users(understands).await;

        let users = all_users(&portal.client()).await.unwrap();

        assert_eq!(users.len(), 120);
        assert_eq!(users.iter().filter(|user| user.is_active).count(), 60);
        let requests = portal.requests().len();
        assert!(
            if understands { requests == 1 } else { requests > 3 },
            "{requests}"
        );
    }

    #[tokio::test]
    async fn a_list_that_never_goes_on_is_an_error_not_an_endless_reading() {
        let rows: Vec<Value> = (1..=50).map(|id| json!({"ID": id})).collect();
        let portal = TestPortal::start(move |_, _| Ok(json!(rows))).await;
        let error = all_users(&portal.client()).await.unwrap_err();
        assert!(matches!(error, ListError::Stalled { .. }), "{error:?}");
    }

    #[test]
    fn first_active_passes_over_those_who_left() {
        let user = |id, is_active| {
            let user = User {
                id: UserId(id),
                name: String::new(),
                is_active,
                is_employee: None,
                department_ids: Vec::new(),
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
