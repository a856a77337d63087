//! The screen of the audit log.

use crate::address::Address;
use crate::form::{Field, Filters, Input};
use crate::open::{ScreenRefused, View};
use crate::screen::{Part, Screen, Tone};
use crate::table::{Cell, Column, Order, Row, Table};
use certlens_store::{AuditEntry, AuditId, AuditOutcome, AuditQuery, Store};
use chrono::NaiveDate;
use serde_json::Value;

/// The log, newest first unless the earliest are asked for.
pub(crate) async fn screen(store: &Store, view: &View<'_>) -> Result<Screen, ScreenRefused> {
    let address = view.address;
    let order = Order::of(address, &["-at"]);
    let query = AuditQuery {
        member_id: view.scope.portal(),
        action: address.filter("action"),
        actor: address.filter("actor"),
        outcome: address.filter("outcome"),
        from: day(address, "from"),
        to: day(address, "to"),
        is_earliest_first: !order.is_descending,
        after: address.cursor().and_then(|at| at.parse().ok()).map(AuditId),
        limit: view.rows + 1,
    };
    let mut entries = store.audit_log(&query).await?;
    let next = crate::table::next_page(&mut entries, view.rows, |last| last.id.0.to_string());
    let texts = view.texts;
    let mut table = Table::new(
        "audit",
        texts.screen(address.screen),
        columns(view),
        texts.audit_empty(),
    );
    table.rows = entries.into_iter().map(|entry| row(view, entry)).collect();
    table.sort = Some(order.to_string());
    table.next = next;
    table.is_exportable = true;
    Ok(Screen::new(texts.screen(address.screen), texts.audit_lead())
        .with(Part::Filters(filters(view)))
        .with(Part::Table(table)))
}

fn day(address: &Address, key: &str) -> Option<NaiveDate> {
    address.filter(key)?.parse().ok()
}

fn columns(view: &View<'_>) -> Vec<Column> {
    let texts = view.texts;
    let mut columns = vec![
        Column::number("at", texts.audit_at()).sortable(),
        Column::text("actor", texts.audit_actor()),
        Column::text("action", texts.audit_action()),
        Column::text("subject", texts.audit_subject()),
        Column::text("reason", texts.audit_reason()),
        Column::text("change", texts.audit_change()),
        Column::text("outcome", texts.audit_outcome()),
        Column::text("request", texts.audit_request()),
    ];
    if view.scope.is_whole() {
        columns.insert(1, Column::text("portal", texts.portal()));
    }
    columns
}

fn row(view: &View<'_>, entry: AuditEntry) -> Row {
    let tone = match entry.outcome {
        AuditOutcome::Done => Tone::Good,
        AuditOutcome::Begun | AuditOutcome::Refused => Tone::Warning,
        AuditOutcome::Failed => Tone::Bad,
    };
    let actor = match entry.user_id {
        Some(id) => format!("{} (#{id})", entry.actor_name),
        None => entry.actor_name.clone(),
    };
    let by_actor = view.address.clone().with("actor", entry.actor_name);
    let by_action = view.address.clone().with("action", entry.action.clone());
    let mut cells = vec![
        Cell::Moment(entry.at),
        Cell::link(actor, &by_actor),
        Cell::link(entry.action, &by_action),
        Cell::Text(entry.subject),
        Cell::text(entry.reason),
        change(entry.before.as_ref(), entry.after.as_ref()),
        Cell::state(view.texts.audit_outcome_word(entry.outcome), tone),
        entry.request_id.map_or(Cell::Nothing, Cell::Code),
    ];
    if view.scope.is_whole() {
        cells.insert(1, Cell::text(entry.domain));
    }
    Row::new(entry.id.0.to_string(), cells)
}

/// The keys whose values differ, a line each.
fn change(before: Option<&Value>, after: Option<&Value>) -> Cell {
    let (Some(before), Some(after)) = (before, after) else {
        return Cell::Nothing;
    };
    let lines: Vec<String> = match (before, after) {
        (Value::Object(before), Value::Object(after)) => after
            .iter()
            .filter(|(key, value)| before.get(*key) != Some(value))
            .map(|(key, value)| format!("{key}: {} → {}", plain(before.get(key)), plain(Some(value))))
            .collect(),
        _ => vec![format!("{} → {}", plain(Some(before)), plain(Some(after)))],
    };
    if lines.is_empty() {
        Cell::Nothing
    } else {
        Cell::Lines(lines)
    }
}

fn plain(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "—".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}

fn filters(view: &View<'_>) -> Filters {
    let (texts, address) = (view.texts, view.address);
    let outcomes = AuditOutcome::ALL.into_iter().map(|outcome| {
        (
            outcome.key().to_owned(),
            texts.audit_outcome_word(outcome).to_owned(),
        )
    });
    Filters {
        fields: vec![
            Field::new(
                "from",
                texts.audit_from(),
                Input::Day {
                    value: day(address, "from"),
                },
            ),
            Field::new(
                "to",
                texts.audit_to(),
                Input::Day {
                    value: day(address, "to"),
                },
            ),
            Field::text("actor", texts.audit_actor(), address.filter("actor"), ""),
            Field::text(
                "action",
                texts.audit_action(),
                address.filter("action"),
                "queue.retry",
            ),
            Field::choice(
                "outcome",
                texts.audit_outcome(),
                address.filter("outcome"),
                texts.any(),
                outcomes,
            ),
        ],
        reset: Filters::reset_of(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn change_tells_only_what_differs() {
        let cell = change(
            Some(&json!({"every": "at_once", "kind": "todo"})),
            Some(&json!({"every": "2h", "kind": "todo"})),
        );
        assert_eq!(cell, Cell::Lines(vec!["every: at_once → 2h".to_owned()]));
    }
}
