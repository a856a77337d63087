//! Whether a method only reads, told by its name: the ground for repeating it after an answer got lost. Pure.

/// Last parts of names that promise a reading.
const READING_ENDS: [&str; 9] = [
    "get",
    "list",
    "fields",
    "getlist",
    "getfields",
    "info",
    "current",
    "count",
    "types",
];
/// Whole names that read.
const READING_NAMES: [&str; 10] = [
    "profile",
    "scope",
    "methods",
    "events",
    "server.time",
    "user.search",
    "user.admin",
    "user.access",
    "access.name",
    "crm.duplicate.findbycomm",
];
/// Names that look like reading and are not: this one empties the queue that it returns.
const WRITING_NAMES: [&str; 1] = ["event.offline.get"];

/// Whether a method only reads, so that it may be repeated when its answer got lost.
///
/// Bitrix24 names methods alike: `crm.item.get`, `crm.requisite.list`, `crm.deal.fields`. A name that isn't recognised
/// counts as writing: the mistake then costs a repetition, not a duplicate. `batch` depends on its commands; ask for
/// each of them.
///
/// ```
/// use certlens_bitrix24::client::effect::only_reads;
///
/// assert!(only_reads("crm.item.list"));
/// assert!(!only_reads("crm.item.add"));
/// ```
pub fn only_reads(method: &str) -> bool {
    let method = method.trim_end_matches(".json").to_ascii_lowercase();
    if WRITING_NAMES.contains(&method.as_str()) {
        return false;
    }
    let end = method.rsplit('.').next().unwrap_or_default();
    READING_NAMES.contains(&method.as_str()) || (method.contains('.') && READING_ENDS.contains(&end))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    fn reading_method_is_recognised(
        #[values(
            "crm.item.get",
            "crm.item.list",
            "CRM.Item.List",
            "crm.requisite.list",
            "crm.requisite.link.list",
            "crm.deal.fields",
            "crm.lead.userfield.list",
            "profile",
            "app.info",
            "user.current",
            "user.get",
            "user.admin",
            "placement.get",
            "placement.list",
            "event.get",
            "event.offline.list",
            "method.get",
            "scope",
            "server.time",
            "tasks.task.list",
            "crm.item.get.json"
        )]
        method: &str,
    ) {
        assert!(only_reads(method));
    }

    #[rstest]
    fn writing_or_unknown_method_is_not_taken_for_reading(
        #[values(
            "crm.item.add",
            "crm.item.update",
            "crm.item.delete",
            "crm.activity.todo.add",
            "tasks.task.add",
            "im.notify.system.add",
            "placement.bind",
            "event.unbind",
            "event.offline.get",
            "event.offline.clear",
            "batch",
            "get",
            "list",
            "crm.item.getter",
            "userfieldtype.add",
            "something.new",
            ""
        )]
        method: &str,
    ) {
        assert!(!only_reads(method));
    }
}
