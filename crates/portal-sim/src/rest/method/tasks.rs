//! `tasks.task.*`: tasks of the portal, linked to cards by `UF_CRM_TASK`. Answers in camel case, numbers as texts.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::super::envelope::{Answer, Failure};
use super::{Caller, list};
use crate::parameter::Parameter;
use crate::state::State;
use crate::state::crm::table::{Record, text, texts};
use crate::state::crm::{filter, portal_time};

/// Fields of a task: ours, theirs, what an unset one holds.
const FIELDS: [(&str, &str, Option<&str>); 30] = [
    ("PARENT_ID", "parentId", Some("0")),
    ("TITLE", "title", Some("")),
    ("DESCRIPTION", "description", Some("")),
    ("MARK", "mark", None),
    ("PRIORITY", "priority", Some("1")),
    ("MULTITASK", "multitask", Some("N")),
    ("NOT_VIEWED", "notViewed", Some("N")),
    ("REPLICATE", "replicate", Some("N")),
    ("STAGE_ID", "stageId", Some("0")),
    ("CREATED_BY", "createdBy", Some("1")),
    ("CREATED_DATE", "createdDate", None),
    ("RESPONSIBLE_ID", "responsibleId", Some("1")),
    ("CHANGED_BY", "changedBy", Some("1")),
    ("CHANGED_DATE", "changedDate", None),
    ("STATUS_CHANGED_BY", "statusChangedBy", Some("1")),
    ("CLOSED_BY", "closedBy", None),
    ("CLOSED_DATE", "closedDate", None),
    ("ACTIVITY_DATE", "activityDate", None),
    ("DATE_START", "dateStart", None),
    ("DEADLINE", "deadline", None),
    ("START_DATE_PLAN", "startDatePlan", None),
    ("END_DATE_PLAN", "endDatePlan", None),
    ("GUID", "guid", Some("{00000000-0000-0000-0000-000000000000}")),
    ("XML_ID", "xmlId", None),
    ("COMMENTS_COUNT", "commentsCount", None),
    ("ALLOW_CHANGE_DEADLINE", "allowChangeDeadline", Some("Y")),
    ("TASK_CONTROL", "taskControl", Some("Y")),
    ("GROUP_ID", "groupId", Some("0")),
    ("STATUS", "status", Some("2")),
    ("SITE_ID", "siteId", Some("s1")),
];

fn row(state: &State, id: u64, record: &Record, select: &[String]) -> Value {
    let asked = |name: &str, modern: &str| {
        select.iter().any(|asked| {
            asked == "*" || asked.eq_ignore_ascii_case(name) || asked.eq_ignore_ascii_case(modern)
        })
    };
    let all = select.is_empty();
    let mut row = Map::new();
    row.insert("id".to_owned(), json!(id.to_string()));
    for (name, modern, default) in FIELDS {
        if all || asked(name, modern) {
            let set = Some(text(record, name)).filter(|text| !text.is_empty());
            let value = set.or_else(|| default.map(str::to_owned));
            row.insert(modern.to_owned(), value.map_or(Value::Null, |text| json!(text)));
        }
    }
    // Comes only when it is asked for by name.
    if select
        .iter()
        .any(|asked| asked.eq_ignore_ascii_case("UF_CRM_TASK") || asked == "ufCrmTask")
    {
        let links = record.get("UF_CRM_TASK").cloned().unwrap_or(json!(false));
        row.insert("ufCrmTask".to_owned(), links);
    }
    for (name, modern) in [("ACCOMPLICES", "accomplices"), ("AUDITORS", "auditors")] {
        if all || asked(name, modern) {
            row.insert(
                modern.to_owned(),
                record.get(name).cloned().unwrap_or_else(|| json!([])),
            );
        }
    }
    for (name, key) in [("CREATED_BY", "creator"), ("RESPONSIBLE_ID", "responsible")] {
        if all || asked(name, name) {
            row.insert(key.to_owned(), person(state, &text(record, name)));
        }
    }
    row.insert("group".to_owned(), json!([]));
    if all {
        row.insert("favorite".to_owned(), json!("N"));
        row.insert("subStatus".to_owned(), json!("2"));
    }
    Value::Object(row)
}

fn person(state: &State, id: &str) -> Value {
    let user = id.parse().ok().and_then(|id| state.user(id));
    user.map_or_else(
        || json!([]),
        |user| {
            json!({
                "id": id, "name": format!("{} {}", user.name, user.last_name).trim(),
                "link": format!("/company/personal/user/{id}/"), "icon": "/bitrix/images/user.png",
                "workPosition": user.position,
            })
        },
    )
}

fn changes(fields: &Parameter) -> Record {
    let mut record = Record::new();
    for (name, value) in fields.entries() {
        let upper = name.to_ascii_uppercase();
        let list = matches!(
            upper.as_str(),
            "UF_CRM_TASK" | "ACCOMPLICES" | "AUDITORS" | "TAGS"
        );
        if list {
            record.insert(Cow::from(upper), json!(crate::state::crm::write::texts_of(value)));
            continue;
        }
        let known = FIELDS
            .iter()
            .find(|(known, modern, _)| *known == upper || modern == name);
        let Some((known, _, _)) = known else { continue };
        let value = value.text().unwrap_or_default();
        let value = match *known {
            "DEADLINE" | "START_DATE_PLAN" | "END_DATE_PLAN" => {
                filter::moment(&value).map_or_else(String::new, |moment| portal_time(&moment))
            }
            _ => value,
        };
        record.insert(Cow::from(*known), json!(value));
    }
    record
}

fn missing_title() -> Failure {
    Failure::bad_request("ERROR_CORE", "Не указано название задачи.<br>")
}

/// `tasks.task.add`.
pub(super) fn add(state: &mut State, caller: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let (id, _) = create(state, caller, parameters)?;
    let record = state.crm.tasks.get(id).cloned().unwrap_or_default();
    Ok(json!({"task": row(state, id, &record, &[])}).into())
}

/// Creates a task: its number and title.
pub(super) fn create(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<(u64, String), Failure> {
    let fields = parameters
        .get("fields")
        .ok_or_else(|| Failure::bad_request("100", "Could not find value for parameter {fields}"))?;
    let mut record = changes(fields);
    let title = text(&record, "TITLE");
    if title.is_empty() {
        return Err(missing_title());
    }
    let responsible = text(&record, "RESPONSIBLE_ID");
    if !responsible.parse().is_ok_and(|id| state.accepts_responsible(id)) {
        let sentence = "Не найден пользователь, указанный в поле \"Исполнитель\".<br>";
        return Err(Failure::bad_request("ERROR_CORE", sentence));
    }
    let (now, user) = (portal_time(&state.clock.now()), caller.user_id.to_string());
    for (name, value) in [
        ("CREATED_DATE", &now),
        ("CHANGED_DATE", &now),
        ("ACTIVITY_DATE", &now),
        ("CHANGED_BY", &user),
    ] {
        record.insert(Cow::from(name), json!(value));
    }
    record.entry(Cow::from("CREATED_BY")).or_insert(json!(user));
    let id = state.crm.tasks.add(record);
    state.raise(
        "ONTASKADD",
        json!({"FIELDS_AFTER": {"ID": id.to_string()}}),
        Some(caller.user_id),
    );
    Ok((id, title))
}

fn number_of(state: &State, parameters: &Parameter) -> Result<u64, Failure> {
    let id = parameters
        .id_of("taskId")
        .or_else(|| parameters.id_of("id"))
        .ok_or_else(|| Failure::bad_request("100", "Could not find value for parameter {taskId}"))?;
    let found = state.crm.tasks.get(id).is_some();
    found
        .then_some(id)
        .ok_or_else(|| Failure::bad_request("ERROR_CORE", "Задача не найдена или доступ запрещен<br>"))
}

/// `tasks.task.get`.
pub(super) fn get(state: &mut State, _: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let id = number_of(state, parameters)?;
    let record = state.crm.tasks.get(id).cloned().unwrap_or_default();
    Ok(json!({"task": row(state, id, &record, &list::select(parameters))}).into())
}

/// `tasks.task.list`.
pub(super) fn list(state: &mut State, caller: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let rename = |name: &str| {
        let known = FIELDS
            .iter()
            .find(|(known, modern, _)| name.eq_ignore_ascii_case(known) || name == *modern);
        Ok(Some(known.map_or_else(
            || name.to_ascii_uppercase(),
            |(known, ..)| (*known).to_owned(),
        )))
    };
    let read = |id: u64, record: &Record, name: &str| match (name, record.get(name)) {
        ("ID", _) => vec![id.to_string()],
        (_, Some(value)) => texts(value),
        (_, None) => FIELDS
            .iter()
            .find(|(known, ..)| *known == name)
            .and_then(|(_, _, default)| default.map(str::to_owned))
            .into_iter()
            .collect(),
    };
    let user = caller.user_id.to_string();
    let visible = |_: u64, record: &Record| {
        caller.is_admin || text(record, "CREATED_BY") == user || text(record, "RESPONSIBLE_ID") == user
    };
    let table = &state.crm.tasks;
    let found = list::query(parameters, &rename)?.run(table, &read, &visible);
    let select = list::select(parameters);
    let mut answer = list::answer(&found, |id| Some(row(state, id, table.get(id)?, &select)));
    answer.result = json!({"tasks": answer.result});
    Ok(answer)
}

/// `tasks.task.update`.
pub(super) fn update(state: &mut State, caller: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let id = number_of(state, parameters)?;
    let changes = changes(parameters.get("fields").unwrap_or(&Parameter::default()));
    if changes.get("TITLE").is_some_and(|title| title == "") {
        return Err(missing_title());
    }
    let now = portal_time(&state.clock.now());
    state.crm.tasks.change(id, |record| {
        record.extend(changes);
        record.insert(Cow::from("CHANGED_DATE"), json!(now));
        record.insert(Cow::from("CHANGED_BY"), json!(caller.user_id.to_string()));
    });
    state.raise(
        "ONTASKUPDATE",
        json!({"FIELDS_AFTER": {"ID": id.to_string()}}),
        Some(caller.user_id),
    );
    let record = state.crm.tasks.get(id).cloned().unwrap_or_default();
    Ok(json!({"task": row(state, id, &record, &[])}).into())
}

/// `tasks.task.complete` and `tasks.task.renew`.
pub(super) fn complete(state: &mut State, caller: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let id = number_of(state, parameters)?;
    let now = portal_time(&state.clock.now());
    state.crm.tasks.change(id, |record| {
        record.insert(Cow::from("STATUS"), json!("5"));
        record.insert(Cow::from("CLOSED_DATE"), json!(now));
        record.insert(Cow::from("CLOSED_BY"), json!(caller.user_id.to_string()));
    });
    let record = state.crm.tasks.get(id).cloned().unwrap_or_default();
    Ok(json!({"task": row(state, id, &record, &[])}).into())
}

/// `tasks.task.delete`.
pub(super) fn delete(state: &mut State, _: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let id = number_of(state, parameters)?;
    state.crm.tasks.remove(id);
    Ok(json!({"task": true}).into())
}
