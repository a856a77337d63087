use super::*;
use rstest::rstest;

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn today() -> NaiveDate {
    day(2026, 3, 2)
}

fn party(number: i64) -> PartyId {
    PartyId::from_stored(number).unwrap()
}

fn group(role: PartyRole, other: Option<i64>, documents: u64) -> Group {
    Group {
        role,
        other: other.map(party),
        registry: Registry::Kz,
        kind: DocumentKind::Certificate,
        status: Status::Active,
        valid_until: Some(day(2026, 4, 1)),
        month: Month::of(day(2025, 8, 1)),
        technical_regulations: vec!["ТР".to_owned()],
        rf_status: Some(Status::Suspended),
        documents,
    }
}

/// A document by its two parties.
type Parties = (i64, i64);

/// What an engine would find of these documents, with these counted parties.
fn found(documents: &[Parties], counted: &[i64]) -> Found {
    let mut found = Found::default();
    let mut parties: BTreeSet<i64> = documents.iter().flat_map(|(one, other)| [*one, *other]).collect();
    parties.remove(&0);
    for id in parties {
        for &(applicant, manufacturer) in documents {
            let (role, other) = match (applicant == id, manufacturer == id) {
                (true, true) => (PartyRole::Both, 0),
                (true, false) => (PartyRole::Applicant, manufacturer),
                (false, true) => (PartyRole::Manufacturer, applicant),
                (false, false) => continue,
            };
            let group = group(role, (other != 0).then_some(other), 1);
            if !counted.contains(&id) {
                found.add_group(party(id), group);
                continue;
            }
            // The lesser id stands for the party with fewer documents.
            if counted.contains(&other) && id < other {
                found.add_shared((party(id), party(other)), &group, today());
            }
            for cell in [
                Cell::Kind(group.registry, group.kind),
                Cell::Status(group.status, group.valid_until),
                Cell::Regulation("ТР".to_owned()),
                Cell::Month(group.month, group.kind),
                Cell::RfTerritory(Status::Suspended),
            ] {
                let count = Count {
                    role,
                    cell,
                    documents: 1,
                };
                found.add_count(party(id), count);
            }
        }
    }
    found
}

#[rstest]
fn every_document_counts_once_whoever_of_its_parties_is_asked_and_counted(
    #[values(&[], &[1], &[2], &[1, 2], &[1, 2, 3])] counted: &[i64],
    #[values(RoleFilter::Any, RoleFilter::Applicant, RoleFilter::Manufacturer)] filter: RoleFilter,
    #[values(&[1], &[1, 2], &[2, 3], &[1, 2, 3])] asked: &[i64],
) {
    let mut documents = Vec::new();
    for applicant in 0..4 {
        for manufacturer in 0..4 {
            let times = 1 + usize::try_from(applicant * 4 + manufacturer).unwrap();
            documents.extend(std::iter::repeat_n((applicant, manufacturer), times));
        }
    }

    let parties = asked.iter().map(|id| party(*id)).collect();
    let tally = Tally::of(&parties, filter, &found(&documents, counted), today());

    let matching: Vec<(bool, bool)> = documents
        .iter()
        .map(|(applicant, manufacturer)| (asked.contains(applicant), asked.contains(manufacturer)))
        .filter(|(applicant, manufacturer)| match filter {
            RoleFilter::Any => *applicant || *manufacturer,
            RoleFilter::Applicant => *applicant,
            RoleFilter::Manufacturer => *manufacturer,
        })
        .collect();
    let expected = matching.len() as u64;
    assert_eq!(tally.documents(), expected);
    assert_eq!(
        tally.roles(),
        RoleCounts {
            applicant: matching.iter().filter(|(applicant, _)| *applicant).count() as u64,
            manufacturer: matching.iter().filter(|(_, manufacturer)| *manufacturer).count() as u64,
        }
    );
    let totals = tally.totals();
    assert_eq!(
        (totals.active, totals.expiring_90d, totals.not_valid_in_rf),
        (expected, expected, expected)
    );
    assert_eq!(
        tally.statuses().into_iter().collect::<Vec<_>>(),
        [(Status::Active, expected)]
    );
    assert_eq!(tally.regulations()[0].documents, expected);
    assert_eq!(tally.trend()[0].certificates, expected);
    assert_eq!(tally.of_kind(Registry::Kz, DocumentKind::Certificate), expected);
}

fn tally(groups: impl IntoIterator<Item = Group>) -> Tally {
    let mut found = Found::default();
    for group in groups {
        found.add_group(party(1), group);
    }
    Tally::of(&BTreeSet::from([party(1)]), RoleFilter::Any, &found, today())
}

#[rstest]
#[case::it_has_expired(Some(day(2026, 3, 1)), 0, 0)]
#[case::its_last_day(Some(day(2026, 3, 2)), 1, 1)]
#[case::ninety_days_ahead(Some(day(2026, 5, 31)), 1, 1)]
#[case::a_day_more(Some(day(2026, 6, 1)), 1, 0)]
#[case::no_limit(None, 1, 0)]
fn expiry_is_announced_from_today_to_ninety_days_ahead(
    #[case] valid_until: Option<NaiveDate>,
    #[case] active: u64,
    #[case] expiring: u64,
) {
    let totals = tally([Group {
        valid_until,
        ..group(PartyRole::Applicant, None, 1)
    }])
    .totals();
    assert_eq!((totals.active, totals.expiring_90d), (active, expiring));
}

#[test]
fn regulations_are_listed_by_documents_then_by_code_and_count_once_a_document() {
    let under = |codes: &[&str], documents| Group {
        technical_regulations: codes.iter().map(|code| (*code).to_owned()).collect(),
        ..group(PartyRole::Both, None, documents)
    };
    let tally = tally([under(&["B", "A", "B"], 2), under(&["C"], 3)]);
    let listed: Vec<_> = tally
        .regulations()
        .into_iter()
        .map(|counted| (counted.code, counted.documents))
        .collect();
    assert_eq!(
        listed,
        [("C".to_owned(), 3), ("A".to_owned(), 2), ("B".to_owned(), 2)]
    );
    assert_eq!(tally.documents(), 5);
}

#[rstest]
#[case(Some(Status::Suspended), 1)]
#[case(Some(Status::Terminated), 1)]
#[case(Some(Status::Active), 0)]
#[case(None, 0)]
fn document_is_not_valid_in_russia_when_suspended_or_terminated_there(
    #[case] rf_status: Option<Status>,
    #[case] expected: u64,
) {
    let tally = tally([Group {
        rf_status,
        ..group(PartyRole::Applicant, None, 1)
    }]);
    assert_eq!(tally.totals().not_valid_in_rf, expected);
}
