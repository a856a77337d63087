//! The setting of generated content: people and custom fields.

use super::{SeedRights, SeedUser, SeedUserField};

/// Users beside the sample's: one who sees only his own items, one who has left, a guest.
pub(super) fn users() -> Vec<SeedUser> {
    let user = |id, name: &str, last_name: &str| SeedUser {
        id,
        name: name.to_owned(),
        last_name: last_name.to_owned(),
        admin: false,
        active: true,
        rights: SeedRights::All,
        extranet: false,
        position: "Менеджер".to_owned(),
        email: None,
        departments: super::first_department(),
    };
    vec![
        SeedUser {
            rights: SeedRights::Own,
            ..user(8, "Марина", "Ветрова")
        },
        SeedUser {
            active: false,
            ..user(9, "Олег", "Ушедший")
        },
        user(10, "Софья", "Ким"),
        SeedUser {
            extranet: true,
            ..user(12, "Гость", "Партнёров")
        },
    ]
}

/// Custom fields of registration numbers, and one that links several companies to a deal.
pub(super) fn user_fields() -> Vec<SeedUserField> {
    let field = |entity: &str, name: &str, label: &str| SeedUserField {
        entity: entity.to_owned(),
        name: name.to_owned(),
        label: label.to_owned(),
        user_type: "string".to_owned(),
        multiple: false,
    };
    vec![
        field("lead", "UF_CRM_OGRN", "ОГРН"),
        field("company", "UF_CRM_1700000000001", "БИН"),
        field("company", "UF_CRM_1700000000002", "УНП"),
        SeedUserField {
            user_type: "crm".to_owned(),
            multiple: true,
            ..field("deal", "UF_CRM_PARTNERS", "Участники")
        },
    ]
}
