//! A creation with its marker, and how the object is found by it. Pure.

use serde_json::{Map, Value, json};

use crate::lenient;

/// Names an object for good: chosen by the application, the same in every attempt.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Marker {
    originator: String,
    origin: String,
}

impl Marker {
    /// `originator` names the application, `origin` the object within it, such as a job's number.
    pub fn new(originator: impl Into<String>, origin: impl Into<String>) -> Self {
        Self {
            originator: originator.into(),
            origin: origin.into(),
        }
    }

    /// The application.
    pub fn originator(&self) -> &str {
        &self.originator
    }

    /// The object within it.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Both in one text, for objects with a single external id.
    pub fn external_id(&self) -> String {
        format!("{}:{}", self.originator, self.origin)
    }
}

/// A creation that can be looked up.
#[derive(Debug, Clone, PartialEq)]
pub struct Marked {
    method: String,
    parameters: Value,
    list_method: String,
    list_parameters: Value,
    /// Where the rows stand in the list's result; empty: the result itself.
    rows: &'static str,
    /// Fields of a found row that must have these values: a portal that ignored the filter shows other rows.
    marks: Vec<(&'static str, String)>,
    attempted_before: bool,
}

impl Marked {
    /// `crm.activity.add`, found by `ORIGINATOR_ID` and `ORIGIN_ID`. `fields` is its `fields` object, without the marker.
    pub fn activity(marker: &Marker, fields: Value) -> Self {
        Self::classic("crm.activity", marker, fields)
    }

    /// `crm.lead.add`, found by `ORIGINATOR_ID` and `ORIGIN_ID`.
    pub fn lead(marker: &Marker, fields: Value) -> Self {
        Self::classic("crm.lead", marker, fields)
    }

    /// `crm.company.add`, found by `ORIGINATOR_ID` and `ORIGIN_ID`.
    pub fn company(marker: &Marker, fields: Value) -> Self {
        Self::classic("crm.company", marker, fields)
    }

    /// `crm.activity.configurable.add`, found by `originatorId` and `originId`. `parameters` holds `ownerTypeId`,
    /// `ownerId`, `layout` and `fields`.
    pub fn configurable_activity(marker: &Marker, parameters: Value) -> Self {
        let mut parameters = lenient::object(parameters);
        let fields = parameters.remove("fields").unwrap_or(Value::Null);
        let fields = with(
            fields,
            &[("originatorId", &marker.originator), ("originId", &marker.origin)],
        );
        parameters.insert("fields".to_owned(), fields);
        let marks = vec![
            ("ORIGINATOR_ID", marker.originator.clone()),
            ("ORIGIN_ID", marker.origin.clone()),
        ];
        Self {
            method: "crm.activity.configurable.add".to_owned(),
            parameters: Value::Object(parameters),
            list_method: "crm.activity.list".to_owned(),
            list_parameters: search(&marks, &[("PROVIDER_ID", "CONFIGURABLE_REST_APP")]),
            rows: "",
            marks,
            attempted_before: false,
        }
    }

    /// `tasks.task.add`, found by `XML_ID`.
    pub fn task(marker: &Marker, fields: Value) -> Self {
        let external_id = marker.external_id();
        Self {
            method: "tasks.task.add".to_owned(),
            parameters: json!({"fields": with(fields, &[("XML_ID", &external_id)])}),
            list_method: "tasks.task.list".to_owned(),
            list_parameters: search(&[("XML_ID", external_id.clone())], &[]),
            rows: "tasks",
            // The list answers in camel case.
            marks: vec![("xmlId", external_id)],
            attempted_before: false,
        }
    }

    /// `crm.requisite.add`, found by `XML_ID`.
    pub fn requisite(marker: &Marker, fields: Value) -> Self {
        let marks = vec![("XML_ID", marker.external_id())];
        Self {
            method: "crm.requisite.add".to_owned(),
            parameters: json!({"fields": with(fields, &[("XML_ID", &marks[0].1)])}),
            list_method: "crm.requisite.list".to_owned(),
            list_parameters: search(&marks, &[]),
            rows: "",
            marks,
            attempted_before: false,
        }
    }

    fn classic(methods: &str, marker: &Marker, fields: Value) -> Self {
        let marks = vec![
            ("ORIGINATOR_ID", marker.originator.clone()),
            ("ORIGIN_ID", marker.origin.clone()),
        ];
        let own = [
            ("ORIGINATOR_ID", marker.originator.as_str()),
            ("ORIGIN_ID", marker.origin.as_str()),
        ];
        Self {
            method: format!("{methods}.add"),
            parameters: json!({"fields": with(fields, &own)}),
            list_method: format!("{methods}.list"),
            list_parameters: search(&marks, &[]),
            rows: "",
            marks,
            attempted_before: false,
        }
    }

    /// Says that an earlier run of the same job may have created the object: it is looked up before the first attempt.
    #[must_use]
    pub fn attempted_before(mut self) -> Self {
        self.attempted_before = true;
        self
    }

    /// The creating method.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Its parameters, with the marker.
    pub fn parameters(&self) -> &Value {
        &self.parameters
    }

    pub(super) fn was_attempted_before(&self) -> bool {
        self.attempted_before
    }

    pub(super) fn list_method(&self) -> &str {
        &self.list_method
    }

    pub(super) fn list_parameters(&self) -> Value {
        self.list_parameters.clone()
    }

    /// The first row that really has the marker, with its number.
    pub(super) fn find_in<'a>(&self, result: &'a Value) -> Option<(u64, &'a Value)> {
        let rows = if self.rows.is_empty() {
            result
        } else {
            result.get(self.rows)?
        };
        rows.as_array()?.iter().find_map(|row| {
            let object = row.as_object()?;
            let marked = self.marks.iter().all(|(name, value)| {
                lenient::value_ignoring_case(object, name)
                    .and_then(lenient::non_empty_text)
                    .is_some_and(|found| found == *value)
            });
            let id = lenient::positive_integer(lenient::value_ignoring_case(object, "id")?)?;
            marked.then_some((id, row))
        })
    }
}

/// The fields with others put in; the marker wins.
fn with(fields: Value, more: &[(&str, &str)]) -> Value {
    let mut fields: Map<String, Value> = lenient::object(fields);
    for (name, value) in more {
        fields.insert((*name).to_owned(), json!(value));
    }
    Value::Object(fields)
}

/// The parameters of a list by its marks, the oldest first.
fn search(marks: &[(&'static str, String)], more: &[(&str, &str)]) -> Value {
    let mut filter = Map::new();
    let mut select = vec![json!("ID")];
    for (name, value) in marks {
        filter.insert((*name).to_owned(), json!(value));
        select.push(json!(name));
    }
    for (name, value) in more {
        filter.insert((*name).to_owned(), json!(value));
    }
    json!({"filter": filter, "select": select, "order": {"ID": "ASC"}})
}
