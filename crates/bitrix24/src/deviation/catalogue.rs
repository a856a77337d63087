//! The shapes of answers by method, as far as this crate reads them. From the platform's documentation and from what
//! portals were seen to answer; newer methods write identifiers as numbers, classic ones as texts. Pure.

use super::shape::{Field, Presence, Shape};

use Presence::{Always, ExceptOfCompanies, Selected, Sometimes};

const fn field(name: &'static [&'static str], shape: Shape, presence: Presence) -> Field {
    Field {
        names: name,
        shape,
        presence,
    }
}

/// What a stage means: in progress, success, failure.
const SEMANTICS: &[&str] = &["P", "S", "F"];
/// How an application is paid for.
const STATUSES: &[&str] = &["F", "D", "T", "P", "L", "S"];

/// An item read by itself, by the newer methods.
const ITEM: Shape = Shape::Object(&[field(
    &["item"],
    Shape::Object(&[
        field(&["id"], Shape::Number, Always),
        field(&["title"], Shape::TextOrNothing, Always),
        field(&["assignedById"], Shape::NumberOrNothing, Always),
        field(&["updatedTime"], Shape::Moment, Always),
        field(&["companyId"], Shape::NumberOrNothing, ExceptOfCompanies),
        field(&["parentId4"], Shape::IdOrNothing, Sometimes),
    ]),
    Always,
)]);

const ITEMS: Shape = Shape::Object(&[field(
    &["items"],
    Shape::List(&Shape::Object(&[
        field(&["id"], Shape::Number, Always),
        field(&["title"], Shape::TextOrNothing, Selected),
        field(&["assignedById"], Shape::NumberOrNothing, Selected),
        field(&["updatedTime"], Shape::Moment, Selected),
        field(&["companyId"], Shape::NumberOrNothing, Selected),
        field(&["stageSemanticId"], Shape::Word(SEMANTICS), Selected),
        field(&["closed"], Shape::Flag, Selected),
    ])),
    Always,
)]);

/// What an update by the newer methods answers.
const UPDATED_ITEM: Shape = Shape::Object(&[field(
    &["item"],
    Shape::Object(&[field(&["id"], Shape::Number, Sometimes)]),
    Always,
)]);

const CLASSIC_ITEM: Shape = Shape::Object(&[
    field(&["ID"], Shape::Digits, Always),
    field(&["TITLE"], Shape::TextOrNothing, Always),
    field(&["ASSIGNED_BY_ID"], Shape::DigitsOrNothing, Always),
    field(&["DATE_MODIFY"], Shape::Moment, Always),
    field(&["COMPANY_ID"], Shape::DigitsOrNothing, ExceptOfCompanies),
    field(&["PARENT_ID_4"], Shape::IdOrNothing, Sometimes),
]);

const CLASSIC_ITEMS: Shape = Shape::List(&Shape::Object(&[
    field(&["ID"], Shape::Digits, Always),
    field(&["TITLE"], Shape::TextOrNothing, Selected),
    field(&["ASSIGNED_BY_ID"], Shape::DigitsOrNothing, Selected),
    field(&["DATE_MODIFY"], Shape::Moment, Selected),
    field(&["COMPANY_ID"], Shape::DigitsOrNothing, Selected),
    field(&["STATUS_SEMANTIC_ID"], Shape::Word(SEMANTICS), Selected),
    field(&["STAGE_SEMANTIC_ID"], Shape::Word(SEMANTICS), Selected),
    field(&["CLOSED"], Shape::Flag, Selected),
]));

/// The columns of details are the same in all countries, so what is asked for comes, empty or not.
const REQUISITES: Shape = Shape::List(&Shape::Object(&[
    field(&["ID"], Shape::Digits, Selected),
    field(&["ENTITY_TYPE_ID"], Shape::Digits, Selected),
    field(&["ENTITY_ID"], Shape::Digits, Selected),
    field(&["NAME"], Shape::TextOrNothing, Selected),
    field(&["ACTIVE"], Shape::Flag, Sometimes),
    field(&["SORT"], Shape::Integer, Sometimes),
    field(&["RQ_COMPANY_NAME"], Shape::TextOrNothing, Sometimes),
    field(&["RQ_INN"], Shape::TextOrNothing, Selected),
    field(&["RQ_OGRN"], Shape::TextOrNothing, Selected),
    field(&["RQ_OGRNIP"], Shape::TextOrNothing, Selected),
    field(&["RQ_BIN"], Shape::TextOrNothing, Selected),
    field(&["RQ_IIN"], Shape::TextOrNothing, Selected),
    field(&["RQ_KPP"], Shape::TextOrNothing, Sometimes),
]));

const USERS: Shape = Shape::List(&Shape::Object(&[
    field(&["ID"], Shape::Digits, Always),
    field(&["NAME"], Shape::TextOrNothing, Sometimes),
    field(&["LAST_NAME"], Shape::TextOrNothing, Sometimes),
    field(&["ACTIVE"], Shape::Flag, Sometimes),
    field(&["USER_TYPE"], Shape::TextOrNothing, Sometimes),
    field(&["UF_DEPARTMENT"], Shape::ListOrNothing(&Shape::Id), Sometimes),
]));

const DEPARTMENTS: Shape = Shape::List(&Shape::Object(&[
    field(&["ID"], Shape::Digits, Always),
    field(&["NAME"], Shape::Text, Always),
    field(&["PARENT"], Shape::IdOrNothing, Sometimes),
    field(&["UF_HEAD"], Shape::IdOrNothing, Sometimes),
]));

const PROFILE: Shape = Shape::ObjectOrNothing(&[
    field(&["ID"], Shape::Digits, Always),
    field(&["ADMIN"], Shape::Flag, Always),
    field(&["NAME"], Shape::TextOrNothing, Sometimes),
    field(&["LAST_NAME"], Shape::TextOrNothing, Sometimes),
]);

const APPLICATION: Shape = Shape::Object(&[
    field(&["ID"], Shape::Id, Always),
    field(&["INSTALLED"], Shape::Flag, Always),
]);

const PLACEMENTS: Shape = Shape::List(&Shape::Object(&[
    field(&["placement"], Shape::Text, Always),
    field(&["handler"], Shape::Text, Always),
    field(&["title"], Shape::TextOrNothing, Sometimes),
    field(&["langAll", "LANG_ALL"], Shape::Map(&Shape::Anything), Sometimes),
    field(&["userId", "USER_ID"], Shape::IdOrNothing, Sometimes),
]));

const EVENTS: Shape = Shape::List(&Shape::Object(&[
    field(&["event"], Shape::Text, Always),
    field(&["handler"], Shape::TextOrNothing, Always),
    field(&["auth_type"], Shape::IdOrNothing, Sometimes),
]));

const FIELDS: Shape = Shape::Map(&Shape::Object(&[field(&["type"], Shape::Text, Always)]));

const USER_FIELDS: Shape = Shape::List(&Shape::Object(&[
    field(&["FIELD_NAME"], Shape::Text, Always),
    field(&["USER_TYPE_ID"], Shape::Text, Always),
    field(&["MULTIPLE"], Shape::Flag, Always),
    field(&["SETTINGS"], Shape::Map(&Shape::Anything), Sometimes),
]));

const ACTIVITIES: Shape = Shape::List(&Shape::Object(&[
    field(&["ID"], Shape::Digits, Always),
    field(&["DESCRIPTION"], Shape::TextOrNothing, Selected),
    field(&["ORIGIN_ID"], Shape::TextOrNothing, Selected),
]));

const TASKS: Shape = Shape::Object(&[field(
    &["tasks"],
    Shape::List(&Shape::Object(&[
        field(&["id"], Shape::Digits, Always),
        field(&["xmlId"], Shape::TextOrNothing, Always),
    ])),
    Always,
)]);

const COMMENTS: Shape = Shape::List(&Shape::Object(&[
    field(&["ID"], Shape::Digits, Always),
    field(&["COMMENT"], Shape::TextOrNothing, Selected),
]));

/// What the authorization server says about a token.
pub(super) const TOKEN_FACTS: Shape = Shape::Object(&[
    field(&["client_id"], Shape::Text, Always),
    field(&["user_id"], Shape::Id, Always),
    field(&["scope"], Shape::Anything, Always),
    field(&["expires"], Shape::Anything, Always),
    field(
        &["install"],
        Shape::Object(&[
            field(&["installed"], Shape::Flag, Always),
            field(&["status"], Shape::Word(STATUSES), Sometimes),
            field(&["client_endpoint"], Shape::Text, Always),
            field(&["member_id"], Shape::Text, Always),
        ]),
        Always,
    ),
]);

/// A pair of tokens.
pub(super) const TOKENS: Shape = Shape::Object(&[
    field(&["access_token"], Shape::Text, Always),
    field(&["refresh_token"], Shape::Text, Always),
    field(&["expires_in"], Shape::Id, Always),
    field(&["member_id"], Shape::Text, Always),
    field(&["user_id"], Shape::IdOrNothing, Sometimes),
    field(&["client_endpoint"], Shape::Text, Sometimes),
    field(&["server_endpoint"], Shape::Text, Sometimes),
]);

/// The known shape of a method's `result`; anything for methods of which nothing is read.
pub(super) fn of(method: &str) -> &'static Shape {
    match method {
        "profile" => &PROFILE,
        "app.info" => &APPLICATION,
        "placement.get" => &PLACEMENTS,
        "event.get" => &EVENTS,
        "crm.item.get" => &ITEM,
        "crm.item.list" => &ITEMS,
        "crm.item.update" => &UPDATED_ITEM,
        "crm.lead.get" | "crm.deal.get" | "crm.company.get" => &CLASSIC_ITEM,
        "crm.lead.list" | "crm.deal.list" | "crm.company.list" => &CLASSIC_ITEMS,
        "user.admin" | "crm.lead.update" | "crm.deal.update" | "crm.company.update" => &Shape::Flag,
        "crm.requisite.list" => &REQUISITES,
        "crm.lead.fields" | "crm.deal.fields" | "crm.company.fields" => &FIELDS,
        "crm.lead.userfield.list" | "crm.deal.userfield.list" | "crm.company.userfield.list" => &USER_FIELDS,
        "user.get" => &USERS,
        "department.get" => &DEPARTMENTS,
        "crm.activity.list" => &ACTIVITIES,
        "tasks.task.list" => &TASKS,
        "crm.timeline.comment.list" => &COMMENTS,
        "crm.activity.todo.add"
        | "crm.activity.configurable.add"
        | "tasks.task.add"
        | "crm.timeline.comment.add" => &Shape::Created,
        "im.notify.system.add" => &Shape::CreatedOrRefused,
        _ => &Shape::Anything,
    }
}

/// The methods with a known shape, for tests.
#[cfg(test)]
pub(super) const KNOWN: &[&str] = &[
    "profile",
    "user.admin",
    "app.info",
    "placement.get",
    "event.get",
    "crm.item.get",
    "crm.item.list",
    "crm.item.update",
    "crm.deal.get",
    "crm.deal.list",
    "crm.requisite.list",
    "crm.deal.fields",
    "crm.deal.userfield.list",
    "user.get",
    "department.get",
    "crm.activity.list",
    "tasks.task.list",
    "crm.timeline.comment.list",
    "tasks.task.add",
    "im.notify.system.add",
];
