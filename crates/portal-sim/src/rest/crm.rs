//! `crm.*`: items in both generations of methods, company details, custom fields, activities and timelines.
//!
//! What they have in common: who sees what, who writes, and the event after each write.

pub(super) mod activity;
pub(super) mod classic;
pub(super) mod configurable;
pub(super) mod directory;
pub(super) mod item;
mod layout;
pub(super) mod requisite;
pub(super) mod timeline;
pub(super) mod userfield;
pub(super) mod userfieldconfig;

use serde_json::json;

use super::envelope::Failure;
use super::method::Caller;
use crate::state::State;
use crate::state::crm::{EntityKind, Item, Writer, portal_time};

/// Whether a caller sees an item: restricted ones are for administrators, and some users see only their own.
pub(super) fn is_visible(state: &State, caller: Caller, item: Item<'_>) -> bool {
    caller.is_admin || state.user(caller.user_id).is_some_and(|user| user.sees(item))
}

/// The caller as a writer, now.
pub(super) fn writer(state: &State, caller: Caller) -> Writer {
    Writer {
        user_id: caller.user_id,
        now: portal_time(&state.clock.now()),
    }
}

/// Tells the application's event handlers of a write.
pub(super) fn tell(state: &mut State, caller: Caller, subject: &str, verb: &str, id: u64) {
    let event = format!("ONCRM{subject}{verb}");
    state.raise(
        &event,
        json!({"FIELDS": {"ID": id.to_string()}}),
        Some(caller.user_id),
    );
}

/// The item, if the caller may see it; refusals as the classic methods have them.
pub(super) fn visible_item(
    state: &State,
    caller: Caller,
    kind: EntityKind,
    id: u64,
) -> Result<Item<'_>, Failure> {
    let item = state
        .crm
        .item(kind, id)
        .ok_or_else(|| Failure::unnamed("Not found"))?;
    if is_visible(state, caller, item) {
        Ok(item)
    } else {
        Err(Failure::unnamed("Access denied."))
    }
}
