use super::*;
use crate::UserId;
use certlens_domain::selection::SelectionOrigin;
use chrono::{TimeDelta, TimeZone as _, Utc};
use rstest::rstest;

const INN: &str = "7707083893";
const OGRN: &str = "1027700132195";

fn deed(user: i64, minute: i64) -> Deed {
    Deed {
        user: UserId(user),
        name: None,
        at: Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap() + TimeDelta::minutes(minute),
    }
}

fn proposed(value: &str) -> ProposedIdentifier {
    ProposedIdentifier {
        value: value.to_owned(),
        origin: SelectionOrigin::Requisite,
        origin_note: Some("Основные реквизиты".to_owned()),
    }
}

fn add(value: &str, label: Option<&str>) -> CardChange {
    CardChange::Add {
        value: value.to_owned(),
        label: label.map(str::to_owned),
        origin: SelectionOrigin::Typed,
        note: None,
    }
}

fn label(value: &str, label: Option<&str>) -> CardChange {
    CardChange::Label {
        value: value.to_owned(),
        label: label.map(str::to_owned),
    }
}

fn choose(value: &str, chosen: bool) -> CardChange {
    CardChange::Choose {
        value: value.to_owned(),
        chosen,
    }
}

fn remove(value: &str) -> CardChange {
    CardChange::Remove {
        value: value.to_owned(),
    }
}

fn restore(value: &str) -> CardChange {
    CardChange::Restore {
        value: value.to_owned(),
    }
}

/// What is remembered after these changes, a minute after each other.
fn after(changes: &[CardChange], proposals: &[ProposedIdentifier]) -> Vec<RememberedIdentifier> {
    let mut identifiers = Vec::new();
    for (minute, change) in (0..).zip(changes) {
        carry_out(
            &mut identifiers,
            std::slice::from_ref(change),
            proposals,
            &deed(5, minute),
        )
        .unwrap();
    }
    identifiers
}

#[test]
fn an_added_identifier_is_chosen_and_says_who_added_it() {
    let identifiers = after(&[add(INN, Some("Завод"))], &[]);

    assert_eq!(identifiers.len(), 1);
    let identifier = &identifiers[0];
    assert!(identifier.chosen && identifier.removed.is_none() && identifier.changed.is_none());
    assert_eq!(identifier.label.as_deref(), Some("Завод"));
    assert_eq!(identifier.added, Some(deed(5, 0)));
}

#[test]
fn one_that_is_added_again_is_switched_on_and_stays_its_first_adders() {
    let changes = [add(INN, Some("Завод")), choose(INN, false), add(INN, None)];

    let identifiers = after(&changes, &[]);

    assert!(identifiers[0].chosen);
    assert_eq!(identifiers[0].label.as_deref(), Some("Завод"));
    assert_eq!(identifiers[0].added, Some(deed(5, 0)));
    assert_eq!(identifiers[0].changed, Some(deed(5, 2)));
}

#[test]
fn what_the_crm_proposes_is_remembered_when_somebody_touches_it_and_was_added_by_nobody() {
    let identifiers = after(&[choose(INN, false)], &[proposed(INN), proposed(OGRN)]);

    assert_eq!(identifiers.len(), 1);
    assert!(!identifiers[0].chosen);
    assert_eq!(
        (identifiers[0].origin, identifiers[0].added.as_ref()),
        (SelectionOrigin::Requisite, None)
    );
}

#[test]
fn a_removal_taken_back_gives_the_identifier_as_it_was() {
    let changes = [add(INN, Some("Завод")), choose(INN, false)];
    let before = after(&changes, &[]);

    let mut with_removal = changes.to_vec();
    with_removal.extend([remove(INN), restore(INN)]);

    assert_eq!(after(&with_removal, &[]), before);
}

#[test]
fn one_that_comes_back_by_being_added_belongs_to_who_added_it_last() {
    let identifiers = after(&[add(INN, Some("Завод")), remove(INN), add(INN, None)], &[]);

    assert_eq!(identifiers[0].removed, None);
    assert_eq!(identifiers[0].added, Some(deed(5, 2)));
    assert_eq!(identifiers[0].label.as_deref(), Some("Завод"));
}

#[rstest]
#[case::label_of_an_unknown_one(&[], label(INN, Some("Завод")))]
#[case::choice_of_an_unknown_one(&[], choose(INN, true))]
#[case::removal_of_an_unknown_one(&[], remove(INN))]
#[case::restoration_of_an_unknown_one(&[], restore(INN))]
#[case::restoration_of_one_that_is_there(&[add(INN, None)], restore(INN))]
#[case::the_same_label(&[add(INN, Some("Завод"))], label(INN, Some("Завод")))]
#[case::the_same_choice(&[add(INN, None)], choose(INN, true))]
#[case::a_second_addition(&[add(INN, None)], add(INN, None))]
#[case::a_second_removal(&[add(INN, None), remove(INN)], remove(INN))]
#[case::label_of_a_removed_one(&[add(INN, None), remove(INN)], label(INN, Some("Завод")))]
#[case::choice_of_a_removed_one(&[add(INN, None), remove(INN)], choose(INN, false))]
fn a_change_without_an_effect_touches_nothing(#[case] earlier: &[CardChange], #[case] change: CardChange) {
    let mut identifiers = after(earlier, &[]);
    let before = identifiers.clone();

    let effect = carry_out(&mut identifiers, &[change], &[], &deed(6, 30)).unwrap();

    assert!(effect.is_nothing(), "{effect:?}");
    assert_eq!(identifiers, before);
}

#[test]
fn old_removals_make_room_but_not_those_of_what_the_crm_proposes() {
    let value = |number: usize| format!("{number:010}");
    let mut changes: Vec<CardChange> = (0..MOST_REMEMBERED)
        .map(|number| add(&value(number), None))
        .collect();
    changes.extend([remove(&value(0)), remove(&value(1)), add("9999999999", None)]);

    let identifiers = after(&changes, &[proposed(&value(0))]);

    assert_eq!(identifiers.len(), MOST_REMEMBERED);
    assert!(identifiers.iter().any(|known| known.value == value(0)));
    assert!(!identifiers.iter().any(|known| known.value == value(1)));
}

#[test]
fn a_card_without_removals_takes_no_more_than_its_limit() {
    let changes: Vec<CardChange> = (0..=MOST_REMEMBERED)
        .map(|number| add(&format!("{number:010}"), None))
        .collect();
    let mut identifiers = Vec::new();
    assert_eq!(carry_out(&mut identifiers, &changes, &[], &deed(5, 0)), Err(Full));
}
