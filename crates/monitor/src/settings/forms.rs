//! The sections of the screen as forms, and the portal's fields. Pure.

use super::actions::{
    ASSIGNMENT_FORM, FIELDS_FORM, LANGUAGE_FORM, MIRROR_FORM, NOTIFICATION_FORM, SUBSCRIBERS_FORM,
};
use super::words::{self, Names};
use crate::address::Address;
use crate::form::{Field, Form, Input};
use crate::table::{Cell, Column, Row, Table};
use crate::texts::Texts;
use certlens_domain::tracking::settings::{DepartedAction, NotifyEvery, TrackingSettings};
use certlens_domain::tracking::{AssignmentRule, ItemLanguage, NotificationKind, NotifyScope};
use certlens_portals::settings::ByCardType;
use certlens_portals::{AvailableField, SettingsView};
use certlens_store::{EntityType, MemberId};
use std::time::Duration;

/// The intervals to choose from; one that a program chose stands beside them.
const INTERVALS: [Duration; 6] = [
    Duration::from_mins(15),
    Duration::from_hours(1),
    Duration::from_mins(150),
    Duration::from_hours(6),
    Duration::from_hours(24),
    Duration::from_hours(7 * 24),
];

const CARDS: [EntityType; 3] = [EntityType::Lead, EntityType::Deal, EntityType::Company];

fn of<T>(by_type: &ByCardType<T>, entity_type: EntityType) -> &T {
    match entity_type {
        EntityType::Lead => &by_type.lead,
        EntityType::Deal => &by_type.deal,
        EntityType::Company => &by_type.company,
    }
}

/// All sections; without those that the application has controls of its own for, where they stand beside
/// ([`crate::screen::Part::OwnSettings`]).
pub(super) fn sections(
    texts: Texts,
    member_id: &MemberId,
    view: &SettingsView,
    names: &Names,
    has_own_controls: bool,
) -> Vec<Form> {
    let mut forms = all(texts, member_id, view, names);
    forms.retain(|form| !has_own_controls || matches!(form.key, SUBSCRIBERS_FORM | LANGUAGE_FORM));
    forms
}

fn all(texts: Texts, member_id: &MemberId, view: &SettingsView, names: &Names) -> Vec<Form> {
    let form = |key, title: &str, hint: Option<&str>, fields| Form {
        key,
        title: title.to_owned(),
        hint: hint.map(str::to_owned),
        context: [("member_id".to_owned(), member_id.to_string())].into(),
        fields,
        button: texts.settings_save().to_owned(),
        asks: true,
    };
    let tracking = &view.tracking;
    vec![
        form(
            FIELDS_FORM,
            texts.settings_fields(),
            Some(texts.settings_fields_hint()),
            mapping(texts, view),
        ),
        form(
            MIRROR_FORM,
            texts.settings_mirror(),
            Some(texts.settings_mirror_hint()),
            mirrors(texts, view),
        ),
        form(
            NOTIFICATION_FORM,
            texts.settings_notification(),
            None,
            notification(texts, tracking),
        ),
        form(
            ASSIGNMENT_FORM,
            texts.settings_assignment(),
            Some(texts.settings_assignment_hint()),
            assignment(texts, tracking, names),
        ),
        form(
            SUBSCRIBERS_FORM,
            texts.settings_who(),
            Some(texts.settings_who_hint()),
            subscribers(texts, tracking, names),
        ),
        form(
            LANGUAGE_FORM,
            texts.settings_language(),
            None,
            vec![language(texts, tracking)],
        ),
    ]
}

fn choice(name: &str, label: &str, value: &str, options: Vec<(String, String)>) -> Field {
    Field::new(
        name,
        label,
        Input::Choice {
            value: value.to_owned(),
            options,
        },
    )
}

fn option(value: &str, text: impl Into<String>) -> (String, String) {
    (value.to_owned(), text.into())
}

fn label_of(field: &AvailableField) -> String {
    if field.label == field.name {
        field.name.clone()
    } else {
        format!("{} ({})", field.label, field.name)
    }
}

fn mapping(texts: Texts, view: &SettingsView) -> Vec<Field> {
    let mut fields: Vec<Field> = CARDS
        .into_iter()
        .map(|entity_type| {
            let mapped = of(&view.field_mapping, entity_type);
            let available = of(&view.available, entity_type);
            let mut options: Vec<(String, String)> = available
                .iter()
                .map(|field| option(&field.name, label_of(field)))
                .collect();
            // What is mapped stays to be seen, even when the portal has it no more.
            for name in mapped {
                if !available.iter().any(|field| field.name == *name) {
                    options.push(option(name, name));
                }
            }
            Field::new(
                entity_type.key(),
                texts.cards_word(entity_type),
                Input::Choices {
                    values: mapped.clone(),
                    options,
                },
            )
        })
        .collect();
    fields.push(Field::new(
        "detect",
        texts.settings_detect(),
        Input::Switch {
            is_on: view.is_detected,
        },
    ));
    fields.push(Field::new(
        "write_back",
        texts.settings_write_back(),
        Input::Switch {
            is_on: view.lead_write_back,
        },
    ));
    fields
}

fn mirrors(texts: Texts, view: &SettingsView) -> Vec<Field> {
    CARDS
        .into_iter()
        .map(|entity_type| {
            let mirror = of(&view.mirror_field, entity_type);
            let mut options = vec![option("", texts.settings_no_field())];
            let able = of(&view.available, entity_type)
                .iter()
                .filter(|field| field.takes_mirror || mirror.as_ref() == Some(&field.name));
            options.extend(able.map(|field| option(&field.name, label_of(field))));
            if let Some(name) = mirror
                && !options.iter().any(|(value, _)| value == name)
            {
                options.push(option(name, name));
            }
            choice(
                entity_type.key(),
                texts.cards_word(entity_type),
                mirror.as_deref().unwrap_or_default(),
                options,
            )
        })
        .collect()
}

fn notification(texts: Texts, tracking: &TrackingSettings) -> Vec<Field> {
    let present = tracking.notification;
    let kinds = NotificationKind::ALL
        .iter()
        .map(|kind| option(kind.key(), texts.kind_word(*kind)))
        .collect();
    let mut intervals: Vec<NotifyEvery> = [NotifyEvery::Service, NotifyEvery::AtOnce]
        .into_iter()
        .chain(INTERVALS.map(NotifyEvery::Every))
        .collect();
    if !intervals.contains(&present.every) {
        intervals.push(present.every);
    }
    let intervals = intervals
        .into_iter()
        .map(|every| option(&every.text().unwrap_or_default(), texts.every_word(every)))
        .collect();
    let scopes = NotifyScope::ALL
        .iter()
        .map(|scope| option(scope.key(), texts.scope_word(*scope)))
        .collect();
    vec![
        choice("kind", texts.settings_kind(), present.kind.key(), kinds),
        choice(
            "every",
            texts.settings_every(),
            &present.every.text().unwrap_or_default(),
            intervals,
        ),
        choice(
            "scope",
            texts.settings_scope(),
            tracking.notify_scope.key(),
            scopes,
        ),
    ]
}

fn language(texts: Texts, tracking: &TrackingSettings) -> Field {
    let languages = ItemLanguage::ALL
        .iter()
        .map(|language| option(language.key(), texts.item_language_word(*language)))
        .collect();
    choice(
        "language",
        texts.settings_language(),
        tracking.item_language.key(),
        languages,
    )
}

fn people(names: &Names) -> Vec<(String, String)> {
    let mut people: Vec<(u64, String)> = names.keys().map(|id| (*id, words::user(names, *id))).collect();
    people.sort_by(|(_, one), (_, other)| one.cmp(other));
    people
        .into_iter()
        .map(|(id, name)| (id.to_string(), name))
        .collect()
}

fn assignment(texts: Texts, tracking: &TrackingSettings, names: &Names) -> Vec<Field> {
    let present = &tracking.assignment;
    let mut fields: Vec<Field> = (0..AssignmentRule::ALL.len())
        .map(|place| {
            let mut options = vec![option("", texts.settings_no_rule())];
            options.extend(
                AssignmentRule::ALL
                    .iter()
                    .map(|rule| option(rule.key(), texts.rule_word(*rule))),
            );
            let value = present.rules.get(place).map_or("", |rule| rule.key());
            let number = place + 1;
            choice(&format!("rule_{number}"), &format!("{number}."), value, options)
        })
        .collect();
    let mut options = vec![option("", texts.settings_nobody())];
    options.extend(people(names));
    let value = present
        .fallback_user_id
        .map(|id| id.to_string())
        .unwrap_or_default();
    if !options.iter().any(|(known, _)| *known == value) {
        options.push(option(&value, format!("#{value}")));
    }
    fields.push(choice("fallback", texts.settings_fallback(), &value, options));
    let departed = DepartedAction::ALL
        .map(|action| option(action.key(), texts.departed_word(action)))
        .to_vec();
    fields.push(choice(
        "departed",
        texts.settings_departed(),
        tracking.departed.action.key(),
        departed,
    ));
    fields
}

fn subscribers(texts: Texts, tracking: &TrackingSettings, names: &Names) -> Vec<Field> {
    let who = &tracking.who_may_subscribe;
    let choices = ["everybody", "administrators", "chosen"]
        .map(|key| option(key, texts.who_word(key)))
        .to_vec();
    let values: Vec<String> = who.chosen().iter().map(u64::to_string).collect();
    let mut options = people(names);
    for id in &values {
        if !options.iter().any(|(known, _)| known == id) {
            options.push(option(id, format!("#{id}")));
        }
    }
    vec![
        choice("who", texts.settings_who(), who.key(), choices),
        Field::new(
            "users",
            texts.settings_chosen(),
            Input::Choices { values, options },
        ),
    ]
}

/// The portal's custom fields, and what each of them is used for.
pub(super) fn fields_table(texts: Texts, address: &Address, view: &SettingsView) -> Table {
    let mut table = Table::new(
        "fields",
        texts.fields_of_portal(),
        vec![
            Column::text("cards", texts.field_cards()),
            Column::text("label", texts.field_label()),
            Column::text("code", texts.field_code()),
            Column::text("use", texts.field_use()),
        ],
        texts.fields_empty(),
    );
    table.rows = CARDS
        .into_iter()
        .flat_map(|entity_type| {
            let rows = of(&view.available, entity_type).iter().map(move |field| {
                let is_read = of(&view.field_mapping, entity_type).contains(&field.name);
                let is_written = of(&view.mirror_field, entity_type).as_ref() == Some(&field.name);
                let used = if is_read {
                    Cell::Text(texts.field_read().to_owned())
                } else if is_written {
                    Cell::Text(texts.field_written().to_owned())
                } else if field.suggested {
                    Cell::Text(texts.field_suggested().to_owned())
                } else {
                    Cell::Nothing
                };
                let trial = address.clone().with("trial_fields", field.name.clone());
                Row::new(
                    format!("{}:{}", entity_type.key(), field.name),
                    vec![
                        Cell::Text(texts.cards_word(entity_type).to_owned()),
                        Cell::Text(field.label.clone()),
                        Cell::link(field.name.clone(), &trial),
                        used,
                    ],
                )
            });
            rows.collect::<Vec<_>>()
        })
        .collect();
    table
}
