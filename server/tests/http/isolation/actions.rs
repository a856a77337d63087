//! Every action of the monitor, in the other portal's name.
//!
//! Which there are is asked of the types themselves: a name that they do not know is refused with the list of those that they do.

use super::world::{ADMINISTRATOR, IDENTIFIER, MANAGER, TwoPortals};
use certlens_monitor::Action;
use serde_json::{Map, Value, json};

/// All actions as they travel, each once for the other portal and, where none needs to be named, once for all portals.
pub(crate) fn all(world: &TwoPortals) -> Vec<Value> {
    let mut actions = Vec::new();
    for group in variants(&json!({"?": {}})) {
        for name in variants(&json!({ &group: {"?": {}} })) {
            for portal in [json!(world.other.member_id()), Value::Null] {
                let mut fields = fields(world, &group, &portal);
                if let Some(known) = refused(&json!({ &group: { &name: {"?": null} } })) {
                    fields.retain(|field, _| known.contains(field));
                }
                let action = json!({ &group: { &name: fields } });
                match serde_json::from_value::<Action>(action.clone()) {
                    Ok(_) => actions.push(action),
                    // Some need a portal.
                    Err(_) if portal.is_null() => {}
                    Err(error) => panic!(
                        "say the fields of {group}.{name} in server/tests/http/isolation/actions.rs: {error}"
                    ),
                }
            }
        }
    }
    assert!(actions.len() > 20, "{actions:#?}");
    actions
}

/// What may stand in the place of `?`, from the sentence that refuses it.
fn variants(unknown: &Value) -> Vec<String> {
    let names = refused(unknown).unwrap_or_default();
    assert!(!names.is_empty(), "{unknown} names no action and is not refused");
    names
}

/// The names that are accepted instead of `?`; `None`: it is not refused by its name.
fn refused(unknown: &Value) -> Option<Vec<String>> {
    let error = serde_json::from_value::<Action>(unknown.clone())
        .err()?
        .to_string();
    let (_, names) = error
        .split_once("unknown variant `?`")
        .or_else(|| error.split_once("unknown field `?`"))?;
    Some(names.split('`').skip(1).step_by(2).map(str::to_owned).collect())
}

/// Everything that any action has, with the other portal's numbers; what one does not have it does not read.
fn fields(world: &TwoPortals, group: &str, portal: &Value) -> Map<String, Value> {
    let item = format!("item-{}", world.item);
    let ids = match group {
        "subscriptions" => json!([world.subscription.to_string()]),
        _ => json!([
            item,
            format!("event-{}", world.event),
            format!("job-{}-crawl", world.other.member_id())
        ]),
    };
    let fields = json!({
        "member_id": portal, "ids": ids, "items": [item], "kind": "*", "wish": {"lead_write_back": true},
        "id": world.deviation, "change": world.settings_change, "import": "00000000-0000-0000-0000-000000000000", "source": "jsonl",
        "path": "nothing.jsonl", "identifier": IDENTIFIER, "client_id": "local.zzmarkoftheotherzz",
        "client_secret": "a secret of nobody", "from": MANAGER, "to": ADMINISTRATOR, "user": ADMINISTRATOR, "until": "2099-01-15",
    });
    fields.as_object().cloned().unwrap_or_default()
}
