//! What forms say, and which of them are refused.

use super::*;
use certlens_domain::tracking::NotificationKind;
use certlens_domain::tracking::settings::{DepartedAction, NotifyEvery};

fn sent(form: &str, fields: &[(&str, &str)]) -> Submission {
    let member_id = [("member_id", "5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49")];
    Submission {
        form: form.to_owned(),
        fields: member_id
            .iter()
            .chain(fields)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

fn wish(form: &str, fields: &[(&str, &str)]) -> SettingsWish {
    let action = SettingsAction::of_form(&sent(form, fields), Language::En);
    match action.unwrap().unwrap() {
        SettingsAction::Change { wish, .. } => *wish,
        SettingsAction::Revert { .. } => SettingsWish::default(),
    }
}

#[test]
fn form_of_fields_says_all_of_them_even_when_none_is_chosen() {
    let none = wish(FIELDS_FORM, &[("write_back", "yes")]);
    let some = wish(FIELDS_FORM, &[("lead", "UF_CRM_A"), ("lead", "UF_CRM_B")]);

    assert_eq!(none.field_mapping, Some(FieldMapping::default()));
    assert_eq!(none.lead_write_back, Some(true));
    assert_eq!(some.field_mapping.unwrap().lead, ["UF_CRM_A", "UF_CRM_B"]);
    assert_eq!(
        some.lead_write_back,
        Some(false),
        "a switch that is off is not sent"
    );
}

#[test]
fn forms_say_what_was_chosen() {
    let notification = wish(
        NOTIFICATION_FORM,
        &[("kind", "task"), ("every", "1h"), ("scope", "all_matching")],
    );
    let by_the_service = wish(
        NOTIFICATION_FORM,
        &[("kind", "todo"), ("every", ""), ("scope", "card")],
    );
    let assignment = wish(
        ASSIGNMENT_FORM,
        &[
            ("rule_1", "subscriber"),
            ("rule_2", ""),
            ("rule_3", "fallback"),
            ("fallback", "7"),
            ("departed", "hand_over"),
        ],
    );
    let subscribers = wish(
        SUBSCRIBERS_FORM,
        &[("who", "chosen"), ("users", "7"), ("users", "9")],
    );
    let language = wish(LANGUAGE_FORM, &[("language", "en")]);

    assert_eq!(notification.notification.unwrap().kind, NotificationKind::Task);
    assert_eq!(by_the_service.notification.unwrap().every, NotifyEvery::Service);
    assert_eq!(assignment.departed.unwrap().action, DepartedAction::HandOver);
    let assignment = assignment.assignment.unwrap();
    assert_eq!(
        assignment.rules,
        [AssignmentRule::Subscriber, AssignmentRule::Fallback]
    );
    assert_eq!(assignment.fallback_user_id, Some(7));
    assert_eq!(subscribers.who_may_subscribe.unwrap().chosen(), [7, 9]);
    assert_eq!(language.item_language, Some(ItemLanguage::En));
}

#[test]
fn what_no_form_of_ours_sends_is_refused_by_its_field() {
    for (form, fields, field) in [
        (NOTIFICATION_FORM, [("kind", "fax"), ("every", "")], "kind"),
        (
            ASSIGNMENT_FORM,
            [("rule_1", "anybody"), ("fallback", "")],
            "rule_1",
        ),
        (
            ASSIGNMENT_FORM,
            [("rule_1", "fallback"), ("fallback", "x")],
            "fallback",
        ),
        (SUBSCRIBERS_FORM, [("who", "chosen"), ("users", "x")], "users"),
        (LANGUAGE_FORM, [("language", "de"), ("", "")], "language"),
    ] {
        let action = SettingsAction::of_form(&sent(form, &fields), Language::En).unwrap();
        assert_eq!(action.unwrap_err().field.as_deref(), Some(field), "{form}");
    }
    assert!(SettingsAction::of_form(&sent("another", &[]), Language::En).is_none());
}

#[test]
fn action_travels_and_names_what_it_touches() {
    let action = SettingsAction::Change {
        member_id: MemberId::parse("5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49").unwrap(),
        wish: Box::new(SettingsWish {
            notify_scope: Some(NotifyScope::Card),
            ..SettingsWish::default()
        }),
    };

    let travelled: SettingsAction = serde_json::from_value(serde_json::to_value(&action).unwrap()).unwrap();

    assert_eq!(travelled, action);
    assert_eq!(action.subject(Language::En), "Cards of notifications");
}
