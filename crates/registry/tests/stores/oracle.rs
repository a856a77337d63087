//! An independent count over plain documents in memory: no SQL, no groups, written from the contract's words.

mod board;

use certlens_domain::analytics::{Analytics, AnalyticsQuery, LearnedPair, RoleFilter};
use certlens_domain::document::{Document, Party, Role};
use certlens_domain::document_number::{identity_key, search_key};
use certlens_domain::documents_page::{DocumentFilter, DocumentsOrder, DocumentsQuery, MatchBasis};
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::scheme::{Production, normalised};
use certlens_domain::status::Status;
use chrono::{Datelike, Days, NaiveDate};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The documents as they must be stored, and the list of those that Russia does not recognise.
#[derive(Default)]
pub(crate) struct Oracle {
    documents: HashMap<(Registry, String), Document>,
    /// Statuses on Russia's territory by number.
    rf_statuses: HashMap<String, Status>,
}

/// What a page must tell of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) registry: Registry,
    pub(crate) source_id: String,
    pub(crate) role: Role,
    pub(crate) match_basis: MatchBasis,
    pub(crate) rf_status: Option<Status>,
}

/// A found document and how it was found.
struct Found<'oracle> {
    document: &'oracle Document,
    applicant: bool,
    manufacturer: bool,
}

/// Identifiers that a question looks for.
struct Asked {
    given: BTreeSet<String>,
    /// With those that the bridge adds.
    all: BTreeSet<String>,
}

fn parties(document: &Document) -> [&Party; 2] {
    [&document.applicant, &document.manufacturer]
}

fn states(party: &Party, one: &str, other: &str) -> bool {
    let pair = (party.inn.as_deref(), party.ogrn.as_deref());
    pair == (Some(one), Some(other)) || pair == (Some(other), Some(one))
}

impl Oracle {
    /// Puts a number on the list of documents that are not valid on Russia's territory.
    pub(crate) fn list(&mut self, number: &str, status: Status) {
        self.rf_statuses.insert(number.to_owned(), status);
    }

    /// Imports a file: the last line of each document wins.
    pub(crate) fn import(&mut self, file: &[Document]) {
        for document in file {
            self.documents.insert(
                (document.registry, document.source_id.clone().unwrap()),
                document.clone(),
            );
        }
    }

    fn rf_status(&self, document: &Document) -> Option<Status> {
        let foreign = !matches!(
            document.registry,
            Registry::RfCertificates | Registry::RfDeclarations
        );
        self.rf_statuses
            .get(&document.number)
            .copied()
            .filter(|_| foreign)
    }

    fn pairs(&self, query: &AnalyticsQuery) -> Vec<LearnedPair> {
        if !query.bridge {
            return Vec::new();
        }
        let given: BTreeSet<String> = query.values().into_iter().collect();
        let mut pairs = BTreeSet::new();
        for party in self.documents.values().flat_map(parties) {
            if let (Some(inn), Some(ogrn)) = (&party.inn, &party.ogrn) {
                for (asked, paired) in [(inn, ogrn), (ogrn, inn)] {
                    if given.contains(asked) && !given.contains(paired) {
                        pairs.insert((asked.clone(), paired.clone()));
                    }
                }
            }
        }
        let learned = |(asked, paired): (String, String)| {
            let days: BTreeMap<NaiveDate, u64> = self
                .documents
                .values()
                .filter(|document| {
                    parties(document)
                        .iter()
                        .any(|party| states(party, &asked, &paired))
                })
                .fold(BTreeMap::new(), |mut days, document| {
                    *days.entry(document.registered_on).or_default() += 1;
                    days
                });
            LearnedPair {
                documents: days.values().sum(),
                first_registered: *days.keys().next().unwrap(),
                last_registered: *days.keys().last().unwrap(),
                asked,
                paired,
            }
        };
        pairs.into_iter().map(learned).collect()
    }

    fn asked(&self, query: &AnalyticsQuery) -> Asked {
        let given: BTreeSet<String> = query.values().into_iter().collect();
        let mut all = given.clone();
        all.extend(self.pairs(query).into_iter().map(|pair| pair.paired));
        Asked { given, all }
    }

    fn stands(asked: &BTreeSet<String>, document: &Document, role: Role) -> bool {
        document
            .identifiers()
            .any(|(stated, value)| stated == role && asked.contains(value))
    }

    fn found(&self, identifiers: &BTreeSet<String>, role: RoleFilter) -> Vec<Found<'_>> {
        self.documents
            .values()
            .map(|document| Found {
                document,
                applicant: Self::stands(identifiers, document, Role::Applicant),
                manufacturer: Self::stands(identifiers, document, Role::Manufacturer),
            })
            .filter(|found| match role {
                RoleFilter::Any => found.applicant || found.manufacturer,
                RoleFilter::Applicant => found.applicant,
                RoleFilter::Manufacturer => found.manufacturer,
            })
            .collect()
    }

    /// Compares every number of an answer with a count of its own.
    pub(crate) fn check(&self, query: &AnalyticsQuery, answer: &Analytics, today: NaiveDate) {
        let asked = self.asked(query);
        let found = self.found(&asked.all, query.role);
        let count = |holds: &dyn Fn(&Document) -> bool| {
            found.iter().filter(|found| holds(found.document)).count() as u64
        };
        assert_eq!(answer.bridge.pairs, self.pairs(query));
        let direct = self.found(&asked.given, query.role).len();
        assert_eq!(answer.bridge.documents, (found.len() - direct) as u64);
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
        let not_valid = |document: &Document| {
            matches!(
                self.rf_status(document),
                Some(Status::Suspended | Status::Terminated)
            )
        };
        assert_eq!(totals.not_valid_in_rf, count(&not_valid));
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
        let applicant = found.iter().filter(|found| found.applicant).count() as u64;
        let manufacturer = found.iter().filter(|found| found.manufacturer).count() as u64;
        assert_eq!(
            (answer.by_role.applicant, answer.by_role.manufacturer),
            (applicant, manufacturer)
        );
        check_series(&found, answer);
    }

    /// The found documents that pass the filter, in the order of pages.
    pub(crate) fn pages(&self, query: &DocumentsQuery, today: NaiveDate) -> Vec<Shown> {
        let asked = self.asked(&query.about);
        let mut found: Vec<&Document> = self
            .found(&asked.all, query.about.role)
            .into_iter()
            .map(|found| found.document)
            .filter(|document| passes(&query.filter, document, self.rf_status(document), today))
            .collect();
        found.sort_by(|one, other| in_order(query.order, one, other));
        found
            .into_iter()
            .map(|document| self.shown(document, &asked, query.about.role))
            .collect()
    }

    fn shown(&self, document: &Document, asked: &Asked, filter: RoleFilter) -> Shown {
        let roles: Vec<Role> = [Role::Applicant, Role::Manufacturer]
            .into_iter()
            .filter(|role| filter.only().is_none_or(|only| only == *role))
            .collect();
        let standing = |identifiers: &BTreeSet<String>| {
            roles
                .iter()
                .copied()
                .find(|role| Self::stands(identifiers, document, *role))
        };
        let (role, match_basis) = match standing(&asked.given) {
            Some(role) => {
                let party = match role {
                    Role::Applicant => &document.applicant,
                    Role::Manufacturer => &document.manufacturer,
                };
                let basis = if party.in_text {
                    MatchBasis::IdInText
                } else {
                    MatchBasis::Id
                };
                (role, basis)
            }
            None => (standing(&asked.all).unwrap(), MatchBasis::Bridge),
        };
        Shown {
            registry: document.registry,
            source_id: document.source_id.clone().unwrap(),
            role,
            match_basis,
            rf_status: self
                .rf_status(document)
                .filter(|status| *status != document.status),
        }
    }
}

/// The number as it is compared: outside Russia's registries without the Union's prefix.
fn own_key(document: &Document) -> String {
    match document.registry {
        Registry::RfCertificates | Registry::RfDeclarations => identity_key(&document.number),
        _ => search_key(&document.number),
    }
}

fn in_order(order: DocumentsOrder, one: &Document, other: &Document) -> Ordering {
    let newest = other.registered_on.cmp(&one.registered_on);
    let end = |document: &Document| document.valid_until.unwrap_or(NaiveDate::MAX);
    let by_order = match order {
        DocumentsOrder::Newest => newest,
        DocumentsOrder::Oldest => newest.reverse(),
        DocumentsOrder::EndsFirst => end(one).cmp(&end(other)).then(newest),
        DocumentsOrder::EndsLast => end(other).cmp(&end(one)).then(newest),
    };
    by_order
        .then(one.registry.cmp(&other.registry))
        .then(one.source_id.cmp(&other.source_id))
}

/// Whether a document passes a filter; `rf_status` is what Russia's list says of it.
fn passes(filter: &DocumentFilter, document: &Document, rf_status: Option<Status>, today: NaiveDate) -> bool {
    fn allows<T: PartialEq>(list: &[T], value: &T) -> bool {
        list.is_empty() || list.contains(value)
    }
    let codes = &filter.technical_regulations;
    let number_key = |text: &str| Some(search_key(text)).filter(|key| !key.is_empty());
    let holds = |text: &str| {
        document.product.to_lowercase().contains(&text.to_lowercase())
            || number_key(text).is_some_and(|key| own_key(document).contains(&key))
    };
    allows(&filter.registries, &document.registry)
        && filter.kind.is_none_or(|kind| kind == document.kind)
        && allows(&filter.statuses, &document.status.on(today, document.valid_until))
        && (codes.is_empty()
            || document
                .technical_regulations
                .iter()
                .any(|code| codes.contains(code)))
        && filter
            .registered_from
            .is_none_or(|day| document.registered_on >= day)
        && filter
            .registered_to
            .is_none_or(|day| document.registered_on <= day)
        && filter.text.as_deref().is_none_or(holds)
        && passes_conformity(filter, document)
        && (!filter.not_valid_in_rf || matches!(rf_status, Some(Status::Suspended | Status::Terminated)))
}

fn passes_conformity(filter: &DocumentFilter, document: &Document) -> bool {
    let allows = |list: &[String], value: &str| list.is_empty() || list.iter().any(|listed| listed == value);
    let scheme = document.scheme.as_deref().unwrap_or_default();
    let codes = &filter.tn_ved;
    let begins = |code: &String| codes.iter().any(|digits| code.starts_with(digits.as_str()));
    (codes.is_empty() || document.tn_ved.iter().any(begins))
        && allows(
            &filter.certification_bodies,
            document.certification_body.as_deref().unwrap_or_default(),
        )
        && allows(&filter.schemes, &normalised(scheme))
        && (filter.production.is_empty() || filter.production.contains(&Production::of(scheme)))
        && allows(
            &filter.origins,
            document.manufacturer.country.as_deref().unwrap_or_default(),
        )
        && filter
            .ends_from
            .is_none_or(|day| document.valid_until.is_some_and(|end| end >= day))
        && filter
            .ends_to
            .is_none_or(|day| document.valid_until.is_some_and(|end| end <= day))
}

/// The regulations and months of an answer.
fn check_series(found: &[Found<'_>], answer: &Analytics) {
    let mut regulations: BTreeMap<&str, u64> = BTreeMap::new();
    let mut months: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    for Found { document, .. } in found {
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
