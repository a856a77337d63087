use certlens_bitrix24::{EntityId, EntityType};
use certlens_domain::identifier::Identifier;
use certlens_domain::selection::CardChange;
use certlens_store::UserId;
use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use rstest::rstest;

use super::*;
use crate::card::{CardSource, CompanyIdentity};

const INN: &str = "7707083893";
const OGRN: &str = "1027700132195";
const UNP: &str = "100582333";

fn at(minute: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap() + TimeDelta::minutes(minute)
}

fn deed(minute: i64) -> Deed {
    Deed {
        user: UserId(7),
        name: Some("Анна Петрова".to_owned()),
        at: at(minute),
    }
}

fn found_one(value: &str) -> Found {
    Found {
        value: value.to_owned(),
        origin: SelectionOrigin::Requisite,
        note: Some("Основные реквизиты".to_owned()),
        company: Some("ООО «Ромашка»".to_owned()),
    }
}

/// An identifier that somebody typed, switched on.
fn typed(value: &str, minute: i64) -> RememberedIdentifier {
    RememberedIdentifier {
        value: value.to_owned(),
        label: None,
        chosen: true,
        origin: SelectionOrigin::Typed,
        origin_note: None,
        remembered_at: at(minute),
        added: Some(deed(minute)),
        changed: None,
        removed: None,
    }
}

/// An identifier of the CRM that somebody changed.
fn touched(value: &str) -> RememberedIdentifier {
    RememberedIdentifier {
        origin: SelectionOrigin::Requisite,
        origin_note: Some("Основные реквизиты".to_owned()),
        added: None,
        changed: Some(deed(3)),
        ..typed(value, 3)
    }
}

fn merge(found: &[Found], identifiers: Vec<RememberedIdentifier>) -> CardSelection {
    let memory = CardMemory {
        revision: 5,
        identifiers,
        mirror: None,
    };
    merged(found, &memory, None)
}

fn chosen(selection: &CardSelection) -> Vec<&str> {
    selection
        .chosen()
        .map(|identifier| identifier.value.as_str())
        .collect()
}

#[test]
fn what_the_crm_holds_is_proposed_and_chosen_as_nobodys_addition() {
    let selection = merge(&[found_one(INN), found_one(OGRN)], Vec::new());

    assert_eq!(chosen(&selection), [INN, OGRN]);
    assert!(selection.identifiers.iter().all(|identifier| identifier.in_crm));
    assert_eq!(selection.identifiers[0].added_by, None);
    assert_eq!(selection.identifiers[0].company.as_deref(), Some("ООО «Ромашка»"));
    assert_eq!(selection.revision, 5);
}

#[rstest]
#[case::untouched(&[INN], vec![], &[INN], &[])]
#[case::switched_off(&[INN], vec![RememberedIdentifier { chosen: false, ..touched(INN) }], &[], &[])]
#[case::removed(&[INN], vec![RememberedIdentifier { removed: Some(deed(4)), ..touched(INN) }], &[], &[INN])]
#[case::added_beside(&[INN], vec![typed(UNP, 1)], &[INN, UNP], &[])]
#[case::added_and_then_found(&[INN], vec![typed(INN, 1)], &[INN], &[])]
#[case::lost_by_the_crm(&[], vec![touched(INN)], &[INN], &[])]
#[case::lost_by_the_crm_and_switched_off(&[], vec![RememberedIdentifier { chosen: false, ..touched(INN) }], &[], &[])]
#[case::lost_by_the_crm_and_removed(&[], vec![RememberedIdentifier { removed: Some(deed(4)), ..touched(INN) }], &[], &[INN])]
#[case::crm_first_then_by_age(&[OGRN], vec![typed(UNP, 1), typed(INN, 2)], &[OGRN, UNP, INN], &[])]
#[case::latest_removal_first(&[], vec![
    RememberedIdentifier { removed: Some(deed(4)), ..typed(INN, 1) },
    RememberedIdentifier { removed: Some(deed(9)), ..typed(UNP, 1) },
], &[], &[UNP, INN])]
fn merged_chooses_and_removes_as_people_decided(
    #[case] in_crm: &[&str],
    #[case] remembered: Vec<RememberedIdentifier>,
    #[case] expected: &[&str],
    #[case] removed: &[&str],
) {
    let found: Vec<Found> = in_crm.iter().map(|value| found_one(value)).collect();

    let selection = merge(&found, remembered);

    assert_eq!(chosen(&selection), expected);
    let gone: Vec<&str> = selection
        .removed
        .iter()
        .map(|removed| removed.identifier.value.as_str())
        .collect();
    assert_eq!(gone, removed);
}

#[test]
fn one_that_was_typed_and_is_in_the_crm_now_says_both() {
    let selection = merge(&[found_one(INN)], vec![typed(INN, 1)]);

    let identifier = &selection.identifiers[0];
    assert_eq!(
        (identifier.origin, identifier.in_crm),
        (SelectionOrigin::Requisite, true)
    );
    assert_eq!(identifier.added_by.as_deref(), Some("Анна Петрова"));
    assert_eq!(identifier.added_at, Some(at(1)));
}

#[test]
fn one_that_the_crm_lost_says_where_it_stood() {
    let selection = merge(&[], vec![touched(INN)]);

    let identifier = &selection.identifiers[0];
    assert_eq!(
        (identifier.origin, identifier.in_crm),
        (SelectionOrigin::Requisite, false)
    );
    assert_eq!(identifier.origin_note.as_deref(), Some("Основные реквизиты"));
}

#[test]
fn a_user_without_a_known_name_is_told_by_his_number() {
    let nameless = Deed {
        name: None,
        ..deed(1)
    };
    let selection = merge(
        &[],
        vec![RememberedIdentifier {
            added: Some(nameless),
            ..typed(INN, 1)
        }],
    );
    assert_eq!(selection.identifiers[0].added_by.as_deref(), Some("7"));
}

#[test]
fn only_the_last_removals_are_told() {
    let removed = (0..=MOST_REMOVED_SHOWN)
        .map(|number| RememberedIdentifier {
            removed: Some(deed(i64::try_from(number).unwrap())),
            ..typed(&format!("{number:010}"), 0)
        })
        .collect();

    let selection = merge(&[], removed);

    assert_eq!(selection.removed.len(), MOST_REMOVED_SHOWN);
    assert_eq!(selection.removed[0].identifier.value, "0000000010");
}

#[test]
fn found_of_a_deal_gives_each_identifier_once_with_its_company() {
    let identifier = |value: &str| FoundIdentifier {
        identifier: Identifier::parse(value).unwrap(),
        origin: IdentifierOrigin::Field {
            name: "UF_CRM_INN".to_owned(),
            label: Some("ИНН".to_owned()),
        },
    };
    let mut card = CardIdentity::of_notice(
        EntityType::Deal,
        EntityId::new(5).unwrap(),
        crate::PortalNotice::Silent,
    );
    card.source = CardSource::Portal;
    card.own = vec![identifier(INN)];
    card.companies = vec![CompanyIdentity {
        id: EntityId::new(6).unwrap(),
        title: "ООО «Ромашка»".to_owned(),
        identifiers: vec![identifier(INN), identifier(OGRN)],
    }];

    let found = found(&card);

    let told: Vec<(&str, Option<&str>)> = found
        .iter()
        .map(|found| (found.value.as_str(), found.company.as_deref()))
        .collect();
    assert_eq!(told, [(INN, None), (OGRN, Some("ООО «Ромашка»"))]);
    assert_eq!(found[0].note.as_deref(), Some("ИНН"));
}

#[test]
fn every_change_of_a_selection_names_the_one_that_undoes_it() {
    let labelled = RememberedIdentifier {
        label: Some("Завод".to_owned()),
        ..typed(UNP, 1)
    };
    let removed = RememberedIdentifier {
        removed: Some(deed(2)),
        ..typed(OGRN, 1)
    };
    let selection = merge(&[found_one(INN)], vec![labelled, removed]);
    let value = |value: &str| value.to_owned();
    let label = |label: Option<&str>| CardChange::Label {
        value: value(UNP),
        label: label.map(str::to_owned),
    };
    let choose = |chosen| CardChange::Choose {
        value: value(INN),
        chosen,
    };

    let cases = [
        (label(None), Some(label(Some("Завод")))),
        (label(Some("Завод")), None),
        (choose(false), Some(choose(true))),
        (choose(true), None),
        (
            CardChange::Remove { value: value(INN) },
            Some(CardChange::Restore { value: value(INN) }),
        ),
        (
            CardChange::Restore { value: value(OGRN) },
            Some(CardChange::Remove { value: value(OGRN) }),
        ),
        (CardChange::Restore { value: value(INN) }, None),
        (CardChange::Remove { value: value(OGRN) }, None),
    ];

    for (change, undoing) in cases {
        assert_eq!(selection.undoing(&change), undoing, "{change:?}");
    }
}
