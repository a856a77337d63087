//! The list of methods that the simulator knows, and the way to each.

mod environment;
pub(super) mod list;
mod notifications;
mod tasks;
mod version3;

use axum::http::StatusCode;

use super::crm::{
    activity, classic, configurable, directory, item, requisite, timeline, userfield, userfieldconfig,
};
use super::envelope::{Answer, Failure};
use super::{application, users};
use crate::fault::RestFault;
use crate::parameter::Parameter;
use crate::state::crm::EntityKind::{Company, Contact, Deal, Lead};
use crate::state::{Credential, State};
use application::{events, placements};

/// Whose token calls.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller {
    /// The user.
    pub user_id: u64,
    /// Whether the user administers the portal.
    pub is_admin: bool,
}

/// What every method is: a function of memory, caller and parameters.
type Handler = fn(&mut State, Caller, &Parameter) -> Result<Answer, Failure>;

/// Names in lower case; the portal doesn't mind the case.
const METHODS: &[(&str, Handler)] = &[
    ("app.info", application::info),
    ("app.option.get", application::app_option_get),
    ("app.option.set", application::app_option_set),
    ("crm.activity.add", activity::add),
    ("crm.activity.configurable.add", configurable::add),
    ("crm.activity.configurable.get", configurable::get),
    ("crm.activity.configurable.update", configurable::update),
    ("crm.activity.delete", activity::delete),
    ("crm.activity.get", activity::get),
    ("crm.activity.list", activity::list),
    ("crm.activity.todo.add", activity::todo_add),
    ("crm.activity.todo.update", activity::todo_update),
    ("crm.activity.todo.updatedeadline", activity::todo_update),
    ("crm.activity.todo.updatedescription", activity::todo_update),
    ("crm.activity.todo.updateresponsibleuser", activity::todo_update),
    ("crm.activity.update", activity::update),
    ("crm.company.add", |state, caller, given| {
        classic::add(state, caller, Company, given)
    }),
    ("crm.company.delete", |state, caller, given| {
        classic::delete(state, caller, Company, given)
    }),
    ("crm.company.fields", |state, caller, given| {
        classic::fields(state, caller, Company, given)
    }),
    ("crm.company.get", |state, caller, given| {
        classic::get(state, caller, Company, given)
    }),
    ("crm.company.list", |state, caller, given| {
        classic::list(state, caller, Company, given)
    }),
    ("crm.company.update", |state, caller, given| {
        classic::update(state, caller, Company, given)
    }),
    ("crm.contact.add", |state, caller, given| {
        classic::add(state, caller, Contact, given)
    }),
    ("crm.contact.delete", |state, caller, given| {
        classic::delete(state, caller, Contact, given)
    }),
    ("crm.contact.fields", |state, caller, given| {
        classic::fields(state, caller, Contact, given)
    }),
    ("crm.contact.get", |state, caller, given| {
        classic::get(state, caller, Contact, given)
    }),
    ("crm.contact.list", |state, caller, given| {
        classic::list(state, caller, Contact, given)
    }),
    ("crm.contact.update", |state, caller, given| {
        classic::update(state, caller, Contact, given)
    }),
    ("crm.deal.add", |state, caller, given| {
        classic::add(state, caller, Deal, given)
    }),
    ("crm.deal.delete", |state, caller, given| {
        classic::delete(state, caller, Deal, given)
    }),
    ("crm.deal.fields", |state, caller, given| {
        classic::fields(state, caller, Deal, given)
    }),
    ("crm.deal.get", |state, caller, given| {
        classic::get(state, caller, Deal, given)
    }),
    ("crm.deal.list", |state, caller, given| {
        classic::list(state, caller, Deal, given)
    }),
    ("crm.deal.update", |state, caller, given| {
        classic::update(state, caller, Deal, given)
    }),
    ("crm.lead.add", |state, caller, given| {
        classic::add(state, caller, Lead, given)
    }),
    ("crm.lead.delete", |state, caller, given| {
        classic::delete(state, caller, Lead, given)
    }),
    ("crm.lead.fields", |state, caller, given| {
        classic::fields(state, caller, Lead, given)
    }),
    ("crm.lead.get", |state, caller, given| {
        classic::get(state, caller, Lead, given)
    }),
    ("crm.lead.list", |state, caller, given| {
        classic::list(state, caller, Lead, given)
    }),
    ("crm.lead.update", |state, caller, given| {
        classic::update(state, caller, Lead, given)
    }),
    ("crm.company.userfield.add", |state, caller, given| {
        userfield::add(state, caller, Company, given)
    }),
    ("crm.company.userfield.delete", |state, caller, given| {
        userfield::delete(state, caller, Company, given)
    }),
    ("crm.company.userfield.get", |state, caller, given| {
        userfield::get(state, caller, Company, given)
    }),
    ("crm.company.userfield.list", |state, caller, given| {
        userfield::list(state, caller, Company, given)
    }),
    ("crm.company.userfield.update", |state, caller, given| {
        userfield::update(state, caller, Company, given)
    }),
    ("crm.contact.userfield.add", |state, caller, given| {
        userfield::add(state, caller, Contact, given)
    }),
    ("crm.contact.userfield.delete", |state, caller, given| {
        userfield::delete(state, caller, Contact, given)
    }),
    ("crm.contact.userfield.get", |state, caller, given| {
        userfield::get(state, caller, Contact, given)
    }),
    ("crm.contact.userfield.list", |state, caller, given| {
        userfield::list(state, caller, Contact, given)
    }),
    ("crm.contact.userfield.update", |state, caller, given| {
        userfield::update(state, caller, Contact, given)
    }),
    ("crm.deal.userfield.add", |state, caller, given| {
        userfield::add(state, caller, Deal, given)
    }),
    ("crm.deal.userfield.delete", |state, caller, given| {
        userfield::delete(state, caller, Deal, given)
    }),
    ("crm.deal.userfield.get", |state, caller, given| {
        userfield::get(state, caller, Deal, given)
    }),
    ("crm.deal.userfield.list", |state, caller, given| {
        userfield::list(state, caller, Deal, given)
    }),
    ("crm.deal.userfield.update", |state, caller, given| {
        userfield::update(state, caller, Deal, given)
    }),
    ("crm.lead.userfield.add", |state, caller, given| {
        userfield::add(state, caller, Lead, given)
    }),
    ("crm.lead.userfield.delete", |state, caller, given| {
        userfield::delete(state, caller, Lead, given)
    }),
    ("crm.lead.userfield.get", |state, caller, given| {
        userfield::get(state, caller, Lead, given)
    }),
    ("crm.lead.userfield.list", |state, caller, given| {
        userfield::list(state, caller, Lead, given)
    }),
    ("crm.lead.userfield.update", |state, caller, given| {
        userfield::update(state, caller, Lead, given)
    }),
    ("crm.company.contact.items.get", |state, caller, given| {
        directory::contact_items(state, caller, Company, given)
    }),
    ("crm.deal.contact.items.get", |state, caller, given| {
        directory::contact_items(state, caller, Deal, given)
    }),
    ("crm.currency.base.get", directory::currency_base),
    ("crm.currency.get", directory::currency_get),
    ("crm.currency.list", directory::currency_list),
    ("crm.dealcategory.list", directory::deal_categories),
    ("crm.duplicate.findbycomm", directory::find_by_communication),
    ("crm.enum.ownertype", directory::owner_types),
    ("crm.item.add", item::add),
    ("crm.item.delete", item::delete),
    ("crm.item.fields", item::fields),
    ("crm.item.get", item::get),
    ("crm.item.list", item::list),
    ("crm.item.update", item::update),
    ("crm.requisite.add", requisite::add),
    ("crm.requisite.delete", requisite::delete),
    ("crm.requisite.fields", requisite::fields),
    ("crm.requisite.get", requisite::get),
    ("crm.requisite.link.get", requisite::link_get),
    ("crm.requisite.link.list", requisite::link_list),
    ("crm.requisite.link.register", requisite::link_register),
    ("crm.requisite.list", requisite::list),
    ("crm.requisite.preset.list", requisite::preset_list),
    ("crm.requisite.update", requisite::update),
    ("crm.status.list", directory::status_list),
    ("crm.timeline.comment.add", timeline::comment_add),
    ("crm.timeline.comment.list", timeline::comment_list),
    ("crm.timeline.logmessage.add", timeline::log_message_add),
    ("department.get", users::departments),
    ("event.bind", events::bind),
    ("event.get", events::get),
    ("event.offline.clear", events::offline_clear),
    ("event.offline.error", events::offline_error),
    ("event.offline.get", events::offline_get),
    ("event.offline.list", events::offline_list),
    ("event.unbind", events::unbind),
    ("events", events::events),
    ("feature.get", environment::feature_get),
    ("im.notify", notifications::personal),
    ("im.notify.delete", notifications::delete),
    ("im.notify.personal.add", notifications::personal),
    ("im.notify.system.add", notifications::system),
    ("method.get", environment::method_get),
    ("methods", environment::methods),
    ("placement.bind", placements::bind),
    ("placement.get", placements::get),
    ("placement.list", placements::list),
    ("placement.unbind", placements::unbind),
    ("profile", users::profile),
    ("scope", environment::scope),
    ("server.time", environment::server_time),
    ("tasks.task.add", tasks::add),
    ("tasks.task.complete", tasks::complete),
    ("tasks.task.delete", tasks::delete),
    ("tasks.task.get", tasks::get),
    ("tasks.task.list", tasks::list),
    ("tasks.task.update", tasks::update),
    ("user.admin", users::admin),
    ("user.current", users::current),
    ("user.get", users::get),
    ("user.option.get", application::user_option_get),
    ("user.option.set", application::user_option_set),
    ("user.search", users::search),
    ("userfieldconfig.add", userfieldconfig::add),
    ("userfieldconfig.list", userfieldconfig::list),
];

/// Runs a method.
pub(super) fn dispatch(
    state: &mut State,
    caller: Caller,
    name: &str,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let name = name.to_ascii_lowercase();
    crate::admission::admit(state, &name)?;
    if let Some(name) = name.strip_prefix("api/") {
        return version3::dispatch(state, caller, name, parameters);
    }
    let is_extranet = state.user(caller.user_id).is_some_and(|user| user.extranet);
    if is_extranet && name.starts_with("crm.") {
        return Err(Failure::new(
            StatusCode::FORBIDDEN,
            "allowed_only_intranet_user",
            "Only intranet users are allowed to use this method",
        ));
    }
    let hidden = state.faults.contains(&RestFault::MethodMissing) && name.starts_with("crm.item.");
    match METHODS.iter().find(|(known, _)| *known == name) {
        Some((_, handler)) if !hidden => handler(state, caller, parameters),
        _ => Err(Failure::new(
            StatusCode::NOT_FOUND,
            "ERROR_METHOD_NOT_FOUND",
            "Method not found!",
        )),
    }
}

/// Whether there is a method of that name, in any case.
fn is_known(name: &str) -> bool {
    name.eq_ignore_ascii_case("batch") || METHODS.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
}

/// Refuses everybody but administrators.
pub(super) fn require_admin(caller: Caller) -> Result<(), Failure> {
    if caller.is_admin {
        Ok(())
    } else {
        Err(Failure::new(
            StatusCode::FORBIDDEN,
            "ACCESS_DENIED",
            "Access denied!",
        ))
    }
}

/// Refuses webhooks.
pub(super) fn require_application(state: &State) -> Result<(), Failure> {
    if state.credential == Credential::Application {
        Ok(())
    } else {
        Err(Failure::new(
            StatusCode::FORBIDDEN,
            "WRONG_AUTH_TYPE",
            "Current authorization type is denied for this method",
        ))
    }
}
