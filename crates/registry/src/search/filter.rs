//! What must hold of documents besides whose they are, in the terms of the stores: the filter of pages and boards.
//!
//! Pure. Each engine writes the conditions in its own SQL. Must not know: parties, roles, orders.

use super::page::Needle;
use certlens_domain::documents_page::DocumentFilter;
use certlens_domain::registry::Registry;
use certlens_domain::scheme::Production;
use certlens_domain::status::Status;
use chrono::NaiveDate;

/// A condition of a filter. A facet of a board counts heedless of one of them, its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    Registry,
    Kind,
    Status,
    TechnicalRegulation,
    TnVed,
    CertificationBody,
    Scheme,
    Production,
    Origin,
    /// The days of registration.
    Registered,
    /// The last days.
    Ends,
    /// All that no facet has for its own: the text, and validity in Russia.
    Other,
}

impl Condition {
    /// All conditions.
    pub(super) const ALL: [Self; 12] = [
        Self::Registry,
        Self::Kind,
        Self::Status,
        Self::TechnicalRegulation,
        Self::TnVed,
        Self::CertificationBody,
        Self::Scheme,
        Self::Production,
        Self::Origin,
        Self::Registered,
        Self::Ends,
        Self::Other,
    ];

    /// The condition's place in a set of conditions.
    pub(super) const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A filter on a day.
#[derive(Debug, Clone)]
pub(super) struct FilterOfDay {
    pub(super) filter: DocumentFilter,
    /// The filter's text, when it excludes anything.
    pub(super) text: Option<Needle>,
    /// The day of the rule of dates.
    pub(super) today: NaiveDate,
}

/// A list of normalised schemes, `""` for none named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Schemes {
    /// The scheme is one of these.
    OneOf(Vec<String>),
    /// The scheme is none of these.
    NoneOf(Vec<String>),
}

impl FilterOfDay {
    pub(super) fn of(filter: &DocumentFilter, today: NaiveDate) -> Self {
        Self {
            text: filter.text.as_deref().and_then(Needle::of),
            filter: filter.clone(),
            today,
        }
    }

    /// The conditions that exclude anything.
    pub(super) fn asked(&self) -> impl Iterator<Item = Condition> {
        Condition::ALL
            .into_iter()
            .filter(|condition| self.asks(*condition))
    }

    fn asks(&self, condition: Condition) -> bool {
        let filter = &self.filter;
        match condition {
            Condition::Registry => !filter.registries.is_empty(),
            Condition::Kind => filter.kind.is_some(),
            Condition::Status => !filter.statuses.is_empty(),
            Condition::TechnicalRegulation => !filter.technical_regulations.is_empty(),
            Condition::TnVed => !filter.tn_ved.is_empty(),
            Condition::CertificationBody => !filter.certification_bodies.is_empty(),
            Condition::Scheme => !filter.schemes.is_empty(),
            Condition::Production => self.produced().is_some(),
            Condition::Origin => !filter.origins.is_empty(),
            Condition::Registered => filter.registered_from.is_some() || filter.registered_to.is_some(),
            Condition::Ends => filter.ends_from.is_some() || filter.ends_to.is_some(),
            Condition::Other => self.text.is_some() || filter.not_valid_in_rf,
        }
    }

    /// Whether nothing is asked but days of registration, which the order of pages follows.
    pub(super) fn allows_all_of_a_period(&self) -> bool {
        self.asked().all(|condition| condition == Condition::Registered)
    }

    /// The asked registries, as stored.
    pub(super) fn registries(&self) -> Vec<String> {
        keys(&self.filter.registries, Registry::key)
    }

    /// The asked statuses of the day, as stored.
    pub(super) fn statuses(&self) -> Vec<String> {
        keys(&self.filter.statuses, Status::key)
    }

    /// The asked schemes.
    pub(super) fn named(&self) -> Schemes {
        Schemes::OneOf(self.filter.schemes.clone())
    }

    /// What the asked kinds of production mean for the scheme; `None` when any scheme fits.
    pub(super) fn produced(&self) -> Option<Schemes> {
        produced(&self.filter.production)
    }
}

fn produced(asked: &[Production]) -> Option<Schemes> {
    let schemes_of = |fits: &dyn Fn(Production) -> bool| -> Vec<String> {
        Production::ALL
            .into_iter()
            .filter(|production| fits(*production))
            .flat_map(Production::schemes)
            .map(|&scheme| scheme.to_owned())
            .collect()
    };
    if asked.is_empty() {
        return None;
    }
    if asked.contains(&Production::Unknown) {
        // The unknown is whatever no list names.
        let excluded = schemes_of(&|production| !asked.contains(&production));
        return (!excluded.is_empty()).then_some(Schemes::NoneOf(excluded));
    }
    Some(Schemes::OneOf(schemes_of(&|production| {
        asked.contains(&production)
    })))
}

fn keys<T: Copy>(values: &[T], key: impl Fn(T) -> &'static str) -> Vec<String> {
    values.iter().map(|value| key(*value).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(filter: &DocumentFilter) -> FilterOfDay {
        FilterOfDay::of(filter, NaiveDate::default())
    }

    proptest! {
        #[test]
        fn schemes_of_asked_production_are_those_that_stand_for_it(
            production in proptest::sample::subsequence(Production::ALL.to_vec(), 0..=4),
            scheme in proptest::sample::select(vec!["", "1д", "2д", "3с", "4с", "10с", "9с", "3674"]),
        ) {
            let filter = of(&DocumentFilter { production: production.clone(), ..DocumentFilter::default() });
            let allowed = match filter.produced() {
                None => true,
                Some(Schemes::OneOf(list)) => list.iter().any(|listed| listed == scheme),
                Some(Schemes::NoneOf(list)) => list.iter().all(|listed| listed != scheme),
            };
            let expected = production.is_empty() || production.contains(&Production::of(scheme));
            prop_assert_eq!(allowed, expected);
        }
    }

    #[test]
    fn filter_asks_what_excludes_anything() {
        let asked = of(&DocumentFilter {
            text: Some("  ".to_owned()),
            production: Production::ALL.to_vec(),
            schemes: vec![String::new()],
            ends_to: Some(NaiveDate::default()),
            ..DocumentFilter::default()
        });
        let asked: Vec<Condition> = asked.asked().collect();
        assert_eq!(asked, [Condition::Scheme, Condition::Ends]);
    }

    #[test]
    fn only_days_of_registration_leave_a_page_to_the_order_of_the_index() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 2);
        let registered = DocumentFilter {
            registered_from: day,
            ..DocumentFilter::default()
        };
        let ends = DocumentFilter {
            ends_from: day,
            ..registered.clone()
        };
        let not_valid = DocumentFilter {
            not_valid_in_rf: true,
            ..registered.clone()
        };
        assert!(of(&registered).allows_all_of_a_period());
        assert!(!of(&ends).allows_all_of_a_period());
        assert!(!of(&not_valid).allows_all_of_a_period());
    }

    #[test]
    fn each_condition_has_a_bit_of_its_own() {
        let bits = Condition::ALL
            .iter()
            .fold(0, |bits, condition| bits | condition.bit());
        assert_eq!(bits, (1 << Condition::ALL.len()) - 1);
    }
}
