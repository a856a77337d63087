//! Departments of a portal: how they belong to each other, who leads them.

use serde_json::{Value, json};

use super::user::rows_by_offset;
use crate::client::PortalClient;
use crate::identity::UserId;
use crate::lenient;
use crate::list::ListError;

/// A department as the portal lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Department {
    /// Its number.
    pub id: u64,
    /// Its name, perhaps empty.
    pub name: String,
    /// The department that it belongs to.
    pub parent_id: Option<u64>,
    /// Its head.
    pub head_id: Option<UserId>,
}

impl Department {
    fn read(row: Value) -> Option<Self> {
        let row = lenient::object(row);
        let number =
            |name: &str| lenient::value_ignoring_case(&row, name).and_then(lenient::positive_integer);
        Some(Self {
            id: number("ID")?,
            name: lenient::value_ignoring_case(&row, "NAME")
                .and_then(lenient::non_empty_text)
                .unwrap_or_default(),
            parent_id: number("PARENT"),
            head_id: number("UF_HEAD").map(UserId),
        })
    }
}

/// Reads all departments, fifty with each request. Complete, or an error.
///
/// Needs the scope `department`; without it the portal's refusal is the error.
pub async fn departments(client: &PortalClient) -> Result<Vec<Department>, ListError> {
    let rows = rows_by_offset(client, "department.get", json!({"sort": "ID", "order": "ASC"})).await?;
    Ok(rows.into_iter().filter_map(Department::read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_of_a_department_takes_texts_for_numbers_and_zero_for_none() {
        let row = json!({"ID": "21", "NAME": "Sales", "SORT": 500, "PARENT": "1", "UF_HEAD": "0"});
        let expected = Department {
            id: 21,
            name: "Sales".to_owned(),
            parent_id: Some(1),
            head_id: None,
        };
        assert_eq!(Department::read(row), Some(expected));
        assert_eq!(Department::read(json!({"NAME": "nameless"})), None);
    }
}
