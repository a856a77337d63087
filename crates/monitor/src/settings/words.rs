//! Values of settings and refusals of changes, in the viewer's language. Pure.

use crate::form::FieldRefused;
use crate::texts::Texts;
use certlens_domain::tracking::settings::{Departed, NotificationSettings};
use certlens_domain::tracking::subscribers::{UnusableChoice, WhoMaySubscribe};
use certlens_domain::tracking::{Assignment, UnusableAssignment};
use certlens_portals::{MirrorRefused, SettingsRefused, TrackingRefused};
use certlens_store::{EntityType, FieldMapping, MirrorFields, Setting};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::HashMap;

/// Names of a portal's users.
pub(super) type Names = HashMap<u64, String>;

const CARDS: [EntityType; 3] = [EntityType::Lead, EntityType::Deal, EntityType::Company];

/// A user as people know him.
pub(super) fn user(names: &Names, id: u64) -> String {
    names
        .get(&id)
        .filter(|name| !name.is_empty())
        .map_or_else(|| format!("#{id}"), |name| format!("{name} (#{id})"))
}

/// What a setting is, a line for each part. A value of another version is shown as it is stored.
pub(super) fn value(texts: Texts, names: &Names, setting: Setting, value: &Value) -> Vec<String> {
    known(texts, names, setting, value).unwrap_or_else(|| vec![value.to_string()])
}

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_value(value.clone()).ok()
}

fn known(texts: Texts, names: &Names, setting: Setting, value: &Value) -> Option<Vec<String>> {
    Some(match setting {
        Setting::FieldMapping => {
            let mapping: FieldMapping = read(value)?;
            let mut lines: Vec<String> = CARDS
                .into_iter()
                .filter(|entity_type| !mapping.of(*entity_type).is_empty())
                .map(|entity_type| {
                    let fields = mapping.of(entity_type).join(", ");
                    format!("{}: {fields}", texts.cards_word(entity_type))
                })
                .collect();
            if lines.is_empty() {
                lines.push(texts.settings_no_rule().to_owned());
            }
            if value["source"] == "detected" {
                lines.push(
                    texts
                        .of("подобрано автоматически", "detected by itself")
                        .to_owned(),
                );
            }
            lines
        }
        Setting::LeadWriteBack => {
            let is_on: bool = read(value)?;
            let word = if is_on {
                texts.of("да", "yes")
            } else {
                texts.of("нет", "no")
            };
            vec![word.to_owned()]
        }
        Setting::MirrorField => {
            let fields: MirrorFields = read(value)?;
            CARDS
                .into_iter()
                .map(|entity_type| {
                    let field = fields.of(entity_type).unwrap_or(texts.settings_no_field());
                    format!("{}: {field}", texts.cards_word(entity_type))
                })
                .collect()
        }
        Setting::Notification => {
            let NotificationSettings { kind, every } = read(value)?;
            vec![texts.kind_word(kind).to_owned(), texts.every_word(every)]
        }
        Setting::Assignment => {
            let Assignment {
                rules,
                fallback_user_id,
            } = read(value)?;
            let mut lines: Vec<String> = (1..)
                .zip(rules)
                .map(|(number, rule)| format!("{number}. {}", texts.rule_word(rule)))
                .collect();
            let fallback =
                fallback_user_id.map_or_else(|| texts.settings_nobody().to_owned(), |id| user(names, id));
            lines.push(format!("{}: {fallback}", texts.settings_fallback()));
            lines
        }
        Setting::NotifyScope => vec![texts.scope_word(read(value)?).to_owned()],
        Setting::Departed => {
            let Departed { action } = read(value)?;
            vec![texts.departed_word(action).to_owned()]
        }
        Setting::WhoMaySubscribe => {
            let who: WhoMaySubscribe = read(value)?;
            let mut lines = vec![texts.who_word(who.key()).to_owned()];
            lines.extend(who.chosen().iter().map(|id| user(names, *id)));
            lines
        }
        Setting::ItemLanguage => vec![texts.item_language_word(read(value)?).to_owned()],
    })
}

/// Why a change was refused: the form's field, and what to do.
pub(super) fn refusal(texts: Texts, refused: &SettingsRefused) -> FieldRefused {
    let of = |field: &str, sentence: String| FieldRefused::of(field, sentence);
    match refused {
        SettingsRefused::NotAFieldName(name) => of("lead", not_a_name(texts, name)),
        SettingsRefused::UnknownField { card_type, field } => {
            of(card_type, unknown_field(texts, card_type, field))
        }
        SettingsRefused::TooManyFields(most) => of(
            "lead",
            texts.of(
                format!("Для одного типа карточек можно выбрать не больше {most} полей."),
                format!("At most {most} fields can be chosen for a type of cards."),
            ),
        ),
        SettingsRefused::Mirror(refused) => mirror(texts, refused),
        SettingsRefused::Tracking(refused) => tracking(texts, *refused),
        SettingsRefused::UnknownChange(id) => FieldRefused {
            field: None,
            sentence: texts.of(
                format!("Изменения № {id} в истории этого портала нет."),
                format!("The history of this portal has no change {id}."),
            ),
        },
        SettingsRefused::Irreversible(id) => FieldRefused {
            field: None,
            sentence: texts.of(
                format!("Что было до изменения № {id}, этой версии неизвестно: выберите значение сами."),
                format!(
                    "What was before change {id} is unknown to this version: choose the setting yourself."
                ),
            ),
        },
        // Callers tell troubles of our own apart before.
        SettingsRefused::Portals(error) => FieldRefused {
            field: None,
            sentence: error.to_string(),
        },
    }
}

fn not_a_name(texts: Texts, name: &str) -> String {
    texts.of(
        format!("«{name}» — не код поля: он начинается с UF_CRM_ и состоит из латинских букв, цифр и подчёркиваний."),
        format!("{name:?} is no code of a field: it begins with UF_CRM_ and has capital letters, digits and underscores."),
    )
}

fn unknown_field(texts: Texts, card_type: &str, field: &str) -> String {
    let cards = card_type
        .parse()
        .map_or(card_type, |entity_type| texts.cards_word(entity_type));
    texts.of(
        format!("На портале нет поля {field} ({cards}). Выберите другое."),
        format!("The portal has no field {field} ({cards}). Choose another."),
    )
}

fn mirror(texts: Texts, refused: &MirrorRefused) -> FieldRefused {
    match refused {
        MirrorRefused::NotAFieldName(name) => FieldRefused::of("lead", not_a_name(texts, name)),
        MirrorRefused::UnknownField { card_type, field } => {
            FieldRefused::of(card_type, unknown_field(texts, card_type, field))
        }
        MirrorRefused::NoText { card_type, field } => FieldRefused::of(
            card_type,
            texts.of(
                format!("Поле {field} не строковое: выберите или создайте поле типа «строка»."),
                format!("The field {field} holds no single text: choose or make one of the type string."),
            ),
        ),
        MirrorRefused::IsRead { card_type, field } => FieldRefused::of(
            card_type,
            texts.of(
                format!("Из поля {field} номера читаются: запись стёрла бы то, что ввели люди. Выберите другое поле."),
                format!(
                    "Numbers are read from the field {field}: what people wrote there would be overwritten. Choose \
                     another field."
                ),
            ),
        ),
    }
}

fn tracking(texts: Texts, refused: TrackingRefused) -> FieldRefused {
    let left = |id: u64| {
        texts.of(
            format!("Пользователь {id} уволен. Выберите другого."),
            format!("User {id} has left the portal. Choose somebody else."),
        )
    };
    let unknown = |id: u64| {
        texts.of(
            format!("Пользователя {id} на портале нет. Выберите другого."),
            format!("The portal lists no user {id}. Choose somebody else."),
        )
    };
    match refused {
        TrackingRefused::Assignment(UnusableAssignment::NoRules) => FieldRefused::of(
            "rule_1",
            texts.of("Нужно хотя бы одно правило.", "At least one rule is needed."),
        ),
        TrackingRefused::Assignment(UnusableAssignment::Repeated(rule)) => FieldRefused::of(
            "rule_1",
            texts.of(
                format!("Правило «{}» стоит дважды.", texts.rule_word(rule)),
                format!("The rule \"{}\" stands there twice.", texts.rule_word(rule)),
            ),
        ),
        TrackingRefused::Assignment(UnusableAssignment::NobodyToFallBackOn) => FieldRefused::of(
            "fallback",
            texts.of(
                "Правило «Запасной сотрудник» одно: выберите, кто это.",
                "The fallback user is the only rule: choose who that is.",
            ),
        ),
        TrackingRefused::Assignment(UnusableAssignment::NotAUser) => FieldRefused::of(
            "fallback",
            texts.of(
                "Такого пользователя быть не может.",
                "There can't be such a user.",
            ),
        ),
        TrackingRefused::FallbackLeft(id) => FieldRefused::of("fallback", left(id)),
        TrackingRefused::FallbackUnknown(id) => FieldRefused::of("fallback", unknown(id)),
        TrackingRefused::Subscribers(UnusableChoice::Nobody) => FieldRefused::of(
            "users",
            texts.of(
                "Выберите хотя бы одного сотрудника или разрешите только администраторам.",
                "Choose at least one person, or let administrators only.",
            ),
        ),
        TrackingRefused::Subscribers(UnusableChoice::TooMany) => FieldRefused::of(
            "users",
            texts.of(
                "Выбрать можно не больше 500 сотрудников. Проще разрешить всем.",
                "At most 500 people can be chosen. Let everybody subscribe instead.",
            ),
        ),
        TrackingRefused::Subscribers(UnusableChoice::NotAUser) => FieldRefused::of(
            "users",
            texts.of(
                "Такого пользователя быть не может.",
                "There can't be such a user.",
            ),
        ),
        TrackingRefused::SubscriberLeft(id) => FieldRefused::of("users", left(id)),
        TrackingRefused::SubscriberUnknown(id) => FieldRefused::of("users", unknown(id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use certlens_domain::language::Language;
    use certlens_store::PortalSettings;
    use serde_json::json;

    #[test]
    fn every_setting_of_a_new_portal_has_words_in_both_languages() {
        let settings = PortalSettings::default();
        for language in [Language::Ru, Language::En] {
            for setting in Setting::ALL {
                let stored = setting.of(&settings);
                let words = value(Texts(language), &Names::new(), setting, &stored);
                assert!(!words.is_empty(), "{setting:?}");
                assert_ne!(
                    words,
                    [stored.to_string()],
                    "{setting:?} is shown as it is stored"
                );
            }
        }
    }

    #[test]
    fn chosen_people_are_named() {
        let names = Names::from([(7, "Анна".to_owned())]);
        let who = json!({"who": "chosen", "user_ids": [7, 9]});
        assert_eq!(
            value(Texts(Language::En), &names, Setting::WhoMaySubscribe, &who),
            ["Chosen people and administrators", "Анна (#7)", "#9"]
        );
    }

    #[test]
    fn value_of_another_version_is_shown_as_it_is_stored() {
        let unknown = json!({"who": "robots"});
        assert_eq!(
            value(
                Texts(Language::En),
                &Names::new(),
                Setting::WhoMaySubscribe,
                &unknown
            ),
            [unknown.to_string()]
        );
    }
}
