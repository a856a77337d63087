//! An independent count over plain documents in memory: no SQL, no groups, written from the contract's words.

use certlens_domain::analytics::{Analytics, AnalyticsQuery, RoleFilter};
use certlens_domain::document::{Document, Party, Role};
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use chrono::{Datelike, Days, NaiveDate};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The documents as they must be stored, and the pairs that must have been learned.
#[derive(Default)]
pub(crate) struct Oracle {
    documents: HashMap<(Registry, String), Document>,
    pairs: BTreeSet<(String, String)>,
}

impl Oracle {
    /// Imports a file: the last line of each document wins.
    pub(crate) fn import(&mut self, file: &[Document]) {
        let mut last: HashMap<(Registry, String), &Document> = HashMap::new();
        for document in file {
            last.insert((document.registry, document.source_id.clone().unwrap()), document);
        }
        for (key, document) in last {
            for party in [&document.applicant, &document.manufacturer] {
                self.learn(party);
            }
            self.documents.insert(key, document.clone());
        }
    }

    fn learn(&mut self, party: &Party) {
        if let (Some(inn), Some(ogrn)) = (&party.inn, &party.ogrn) {
            self.pairs.insert((inn.clone(), ogrn.clone()));
        }
    }

    fn asked(&self, query: &AnalyticsQuery) -> BTreeSet<String> {
        let mut asked: BTreeSet<String> = query.values().into_iter().collect();
        if query.bridge {
            let given = asked.clone();
            for (inn, ogrn) in &self.pairs {
                if given.contains(inn) {
                    asked.insert(ogrn.clone());
                }
                if given.contains(ogrn) {
                    asked.insert(inn.clone());
                }
            }
        }
        asked
    }

    fn stands(asked: &BTreeSet<String>, document: &Document, role: Role) -> bool {
        document
            .identifiers()
            .any(|(stated, value)| stated == role && asked.contains(value))
    }

    fn found(&self, query: &AnalyticsQuery) -> Vec<(&Document, bool, bool)> {
        let asked = self.asked(query);
        self.documents
            .values()
            .map(|document| {
                let applicant = Self::stands(&asked, document, Role::Applicant);
                let manufacturer = Self::stands(&asked, document, Role::Manufacturer);
                (document, applicant, manufacturer)
            })
            .filter(|(_, applicant, manufacturer)| match query.role {
                RoleFilter::Any => *applicant || *manufacturer,
                RoleFilter::Applicant => *applicant,
                RoleFilter::Manufacturer => *manufacturer,
            })
            .collect()
    }

    /// Compares every number of an answer with a count of its own.
    pub(crate) fn check(&self, query: &AnalyticsQuery, answer: &Analytics, today: NaiveDate) {
        let found = self.found(query);
        let count = |holds: &dyn Fn(&Document) -> bool| {
            found.iter().filter(|(document, _, _)| holds(document)).count() as u64
        };
        let today_status = |document: &Document| document.status.on(today, document.valid_until);
        let in_force = |document: &Document| {
            matches!(
                document.status,
                Status::Active | Status::Renewed | Status::Extended
            ) && document.valid_until.is_none_or(|end| end >= today)
        };
        let last_day = today.checked_add_days(Days::new(90)).unwrap();
        let totals = answer.totals;
        assert_eq!(totals.documents, found.len() as u64);
        assert_eq!(
            totals.certificates,
            count(&|document| document.kind == DocumentKind::Certificate)
        );
        assert_eq!(
            totals.declarations,
            count(&|document| document.kind == DocumentKind::Declaration)
        );
        assert_eq!(totals.active, count(&in_force));
        let soon = |document: &Document| {
            in_force(document) && document.valid_until.is_some_and(|end| end <= last_day)
        };
        assert_eq!(totals.expiring_90d, count(&soon));
        for status in Status::ALL {
            let expected = count(&|document| today_status(document) == status);
            assert_eq!(
                answer.by_status.get(&status).copied().unwrap_or(0),
                expected,
                "{status}"
            );
        }
        for summary in &answer.registries {
            let of = |kind| count(&|document| document.registry == summary.registry && document.kind == kind);
            assert_eq!(
                summary.certificates,
                of(DocumentKind::Certificate),
                "{}",
                summary.registry
            );
            assert_eq!(
                summary.declarations,
                of(DocumentKind::Declaration),
                "{}",
                summary.registry
            );
        }
        let applicant = found.iter().filter(|(_, applicant, _)| *applicant).count() as u64;
        let manufacturer = found.iter().filter(|(_, _, manufacturer)| *manufacturer).count() as u64;
        assert_eq!(
            (answer.by_role.applicant, answer.by_role.manufacturer),
            (applicant, manufacturer)
        );
        check_series(&found, answer);
    }

    /// The keys of the found documents that pass the filters, in the order of pages.
    pub(crate) fn page_order(
        &self,
        query: &AnalyticsQuery,
        registry: Option<Registry>,
        status: Option<Status>,
        regulation: Option<&str>,
        today: NaiveDate,
    ) -> Vec<(Registry, String)> {
        let mut found: Vec<&Document> = self
            .found(query)
            .into_iter()
            .map(|(document, _, _)| document)
            .filter(|document| registry.is_none_or(|registry| document.registry == registry))
            .filter(|document| {
                status.is_none_or(|status| document.status.on(today, document.valid_until) == status)
            })
            .filter(|document| {
                regulation.is_none_or(|code| document.technical_regulations.iter().any(|known| known == code))
            })
            .collect();
        found.sort_by(|one, other| {
            other
                .registered_on
                .cmp(&one.registered_on)
                .then(one.registry.cmp(&other.registry))
                .then(one.source_id.cmp(&other.source_id))
        });
        found
            .into_iter()
            .map(|document| (document.registry, document.source_id.clone().unwrap()))
            .collect()
    }
}

/// The regulations and months of an answer.
fn check_series(found: &[(&Document, bool, bool)], answer: &Analytics) {
    let mut regulations: BTreeMap<&str, u64> = BTreeMap::new();
    let mut months: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    for (document, _, _) in found {
        let codes: BTreeSet<&str> = document
            .technical_regulations
            .iter()
            .map(String::as_str)
            .collect();
        for code in codes {
            *regulations.entry(code).or_default() += 1;
        }
        let day = document.registered_on;
        let month = months
            .entry(format!("{:04}-{:02}", day.year(), day.month()))
            .or_default();
        month[usize::from(document.kind == DocumentKind::Declaration)] += 1;
    }
    let mut regulations: Vec<(&str, u64)> = regulations.into_iter().collect();
    regulations.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    let answered: Vec<(&str, u64)> = answer
        .by_technical_regulation
        .iter()
        .map(|count| (count.code.as_str(), count.documents))
        .collect();
    assert_eq!(answered, regulations);
    let trend: Vec<(String, [u64; 2])> = answer
        .trend
        .iter()
        .map(|month| (month.month.to_string(), [month.certificates, month.declarations]))
        .collect();
    assert_eq!(trend, months.into_iter().collect::<Vec<_>>());
}
