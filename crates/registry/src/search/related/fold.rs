//! From parties to companies, and from companies to the best suggestions. Pure.

use crate::search::postgres_engine::Beside;
use certlens_domain::document::{Party, Role};
use certlens_domain::related::{MOST_RELATED, Related, RelatedIdentifier, RelatedReason};
use chrono::{Days, NaiveDate};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// A company whose last document is older is suggested after the others.
const RECENT_DAYS: u64 = 730;

/// A party that may be suggested.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    party: Party,
    reason: RelatedReason,
    documents: u64,
    last_registered: NaiveDate,
}

impl Candidate {
    /// A party with an asked identifier and others.
    pub(super) const fn own(party: Party, documents: u64, last_registered: NaiveDate) -> Self {
        Self {
            party,
            reason: RelatedReason::SameApplicantOtherIdentifier,
            documents,
            last_registered,
        }
    }

    /// A party in the other role of the asked company's documents.
    pub(super) fn beside(beside: Beside) -> Self {
        Self {
            reason: match beside.role {
                Role::Applicant => RelatedReason::AuthorisedPersonOf,
                Role::Manufacturer => RelatedReason::ManufacturerOf,
            },
            party: beside.party,
            documents: beside.documents,
            last_registered: beside.last_registered,
        }
    }
}

/// Parties that have an identifier in common.
#[derive(Debug)]
struct Company {
    identifiers: BTreeSet<RelatedIdentifier>,
    /// The name in the newest document that has one.
    name: (NaiveDate, String),
    /// Documents by reason.
    documents: BTreeMap<RelatedReason, u64>,
    last_registered: NaiveDate,
}

impl Company {
    fn of(candidate: Candidate, asked: &[String]) -> Self {
        let identifiers = RelatedIdentifier::of_party(&candidate.party)
            .into_iter()
            .filter(|identifier| !asked.contains(&identifier.value));
        Self {
            identifiers: identifiers.collect(),
            name: (candidate.last_registered, candidate.party.name),
            documents: BTreeMap::from([(candidate.reason, candidate.documents)]),
            last_registered: candidate.last_registered,
        }
    }

    fn shares_an_identifier(&self, other: &Self) -> bool {
        let theirs =
            |mine: &RelatedIdentifier| other.identifiers.iter().any(|their| their.value == mine.value);
        self.identifiers.iter().any(theirs)
    }

    fn join(&mut self, other: Self) {
        self.identifiers.extend(other.identifiers);
        if self.name.1.is_empty() || (other.name.0 > self.name.0 && !other.name.1.is_empty()) {
            self.name = other.name;
        }
        for (reason, documents) in other.documents {
            *self.documents.entry(reason).or_default() += documents;
        }
        self.last_registered = self.last_registered.max(other.last_registered);
    }

    /// What stands of the asked company itself is the same company, whatever else was seen of it; otherwise the reason
    /// with the most documents.
    fn reason(&self) -> RelatedReason {
        let same = RelatedReason::SameApplicantOtherIdentifier;
        if self.documents.contains_key(&same) {
            return same;
        }
        let most = self
            .documents
            .iter()
            .max_by_key(|(reason, documents)| (**documents, Reverse(**reason)));
        most.map_or(same, |(reason, _)| *reason)
    }

    fn into_related(self, is_sampled: bool) -> Related {
        let reason = self.reason();
        let is_same = reason == RelatedReason::SameApplicantOtherIdentifier;
        Related {
            name: self.name.1,
            identifiers: self.identifiers.into_iter().collect(),
            reason,
            documents: if is_same {
                self.documents.get(&reason).copied().unwrap_or(0)
            } else {
                self.documents.values().sum()
            },
            last_registered: self.last_registered,
            // What the asked company states of itself is counted over all of its documents.
            sampled: is_sampled && !is_same,
        }
    }
}

/// The best suggestions.
pub(super) fn suggestions(
    candidates: Vec<Candidate>,
    asked: &[String],
    is_sampled: bool,
    today: NaiveDate,
) -> Vec<Related> {
    let recent_from = today
        .checked_sub_days(Days::new(RECENT_DAYS))
        .unwrap_or(NaiveDate::MIN);
    let mut related: Vec<Related> = companies(candidates, asked)
        .into_iter()
        .map(|company| company.into_related(is_sampled))
        .collect();
    related.sort_by_cached_key(|related| {
        (
            related.reason,
            related.last_registered < recent_from,
            Reverse(related.documents),
            Reverse(related.last_registered),
            related.identifiers.clone(),
        )
    });
    related.truncate(MOST_RELATED);
    related
}

fn companies(candidates: Vec<Candidate>, asked: &[String]) -> Vec<Company> {
    let mut companies: Vec<Company> = Vec::new();
    for candidate in candidates {
        let mut company = Company::of(candidate, asked);
        if company.identifiers.is_empty() {
            continue;
        }
        let (same, others): (Vec<Company>, Vec<Company>) = companies
            .into_iter()
            .partition(|known| known.shares_an_identifier(&company));
        companies = others;
        for known in same {
            company.join(known);
        }
        companies.push(company);
    }
    companies
}

#[cfg(test)]
mod tests {
    use super::*;
    use certlens_domain::identifier::IdentifierKind;

    fn day(year: i32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, 3, 1).unwrap()
    }

    fn party(name: &str, inn: Option<&str>, ogrn: Option<&str>) -> Party {
        Party {
            name: name.to_owned(),
            inn: inn.map(str::to_owned),
            ogrn: ogrn.map(str::to_owned),
            ..Party::default()
        }
    }

    fn beside(party: Party, role: Role, documents: u64, year: i32) -> Candidate {
        Candidate::beside(Beside {
            party,
            role,
            documents,
            last_registered: day(year),
        })
    }

    fn suggested(candidates: Vec<Candidate>) -> Vec<Related> {
        suggestions(candidates, &["7707083893".to_owned()], false, day(2026))
    }

    #[test]
    fn other_identifier_of_the_asked_company_is_suggested_without_the_asked_one() {
        let own = Candidate::own(
            party("ПАО", Some("7707083893"), Some("1027700132195")),
            12,
            day(2025),
        );

        let related = suggested(vec![own]);

        let expected = RelatedIdentifier {
            kind: IdentifierKind::Ogrn,
            value: "1027700132195".to_owned(),
        };
        assert_eq!(related.len(), 1);
        assert_eq!(related[0].identifiers, [expected]);
        assert_eq!(related[0].reason, RelatedReason::SameApplicantOtherIdentifier);
        assert_eq!(related[0].documents, 12);
    }

    #[test]
    fn parties_with_a_common_identifier_are_one_company_under_its_newest_name() {
        let candidates = vec![
            beside(
                party("Старое имя", Some("5012345678"), None),
                Role::Applicant,
                10,
                2023,
            ),
            beside(
                party("Новое имя", None, Some("1035000000001")),
                Role::Applicant,
                2,
                2025,
            ),
            beside(
                party("", Some("5012345678"), Some("1035000000001")),
                Role::Manufacturer,
                3,
                2026,
            ),
        ];

        let related = suggested(candidates);

        assert_eq!(related.len(), 1);
        assert_eq!(related[0].name, "Новое имя");
        assert_eq!(related[0].reason, RelatedReason::AuthorisedPersonOf);
        assert_eq!(related[0].documents, 15);
        assert_eq!(related[0].last_registered, day(2026));
    }

    #[test]
    fn company_beside_itself_under_another_identifier_is_the_same_company_once() {
        let candidates = vec![
            Candidate::own(
                party("ПАО", Some("7707083893"), Some("1027700132195")),
                12,
                day(2025),
            ),
            beside(
                party("ПАО", None, Some("1027700132195")),
                Role::Manufacturer,
                40,
                2026,
            ),
        ];

        let related = suggested(candidates);

        assert_eq!(related.len(), 1);
        assert_eq!(related[0].reason, RelatedReason::SameApplicantOtherIdentifier);
        assert_eq!(related[0].documents, 12);
    }

    #[test]
    fn recent_companies_come_before_larger_ones_that_fell_silent() {
        let candidates = vec![
            beside(
                party("Давно", Some("5000000001"), None),
                Role::Applicant,
                500,
                2019,
            ),
            beside(
                party("Теперь", Some("5000000002"), None),
                Role::Applicant,
                5,
                2025,
            ),
            beside(
                party("Завод", Some("5000000003"), None),
                Role::Manufacturer,
                900,
                2026,
            ),
        ];

        let names: Vec<String> = suggested(candidates)
            .into_iter()
            .map(|related| related.name)
            .collect();

        assert_eq!(names, ["Теперь", "Давно", "Завод"]);
    }

    #[test]
    fn no_more_than_the_best_are_suggested() {
        let candidates = (0..40_u64)
            .map(|number| {
                let inn = format!("50{number:08}");
                beside(party("ООО", Some(&inn), None), Role::Applicant, number + 1, 2025)
            })
            .collect();

        let related = suggested(candidates);

        assert_eq!(related.len(), MOST_RELATED);
        assert_eq!(related[0].documents, 40);
    }
}
