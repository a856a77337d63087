//! What must hold of documents besides whose they are, in the terms of the stores: the filter of pages and boards.
//!
//! Pure. Each engine writes these conditions in its own SQL. Must not know: parties, roles, orders.

use super::page::Needle;
use certlens_domain::documents_page::DocumentFilter;
use certlens_domain::registry::Registry;
use certlens_domain::scheme::Production;
use certlens_domain::status::Status;
use chrono::NaiveDate;

/// A filter on a day.
#[derive(Debug, Clone)]
pub(super) struct Conditions {
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

impl Conditions {
    pub(super) fn of(filter: &DocumentFilter, today: NaiveDate) -> Self {
        Self {
            text: filter.text.as_deref().and_then(Needle::of),
            filter: filter.clone(),
            today,
        }
    }

    /// Whether nothing is asked but days of registration, which the order of pages follows.
    pub(super) fn allow_all_of_a_period(&self) -> bool {
        let anything = DocumentFilter {
            text: None,
            registered_from: None,
            registered_to: None,
            ..self.filter.clone()
        };
        anything == DocumentFilter::default() && self.text.is_none()
    }

    /// The asked registries, as stored.
    pub(super) fn registries(&self) -> Vec<String> {
        keys(&self.filter.registries, Registry::key)
    }

    /// The asked statuses of the day, as stored.
    pub(super) fn statuses(&self) -> Vec<String> {
        keys(&self.filter.statuses, Status::key)
    }

    /// What the asked schemes and kinds of production mean for the scheme; each of the conditions must hold.
    pub(super) fn schemes(&self) -> Vec<Schemes> {
        let named = (!self.filter.schemes.is_empty()).then(|| Schemes::OneOf(self.filter.schemes.clone()));
        let produced = produced(&self.filter.production);
        named.into_iter().chain(produced).collect()
    }
}

/// What the kinds of production mean for the scheme; `None` when any scheme fits.
fn produced(asked: &[Production]) -> Option<Schemes> {
    let schemes_of = |fits: &dyn Fn(Production) -> bool| -> Vec<String> {
        Production::ALL
            .into_iter()
            .filter(|production| fits(*production))
            .flat_map(|production| production.schemes())
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
    Some(Schemes::OneOf(schemes_of(&|production| asked.contains(&production))))
}

fn keys<T: Copy>(values: &[T], key: impl Fn(T) -> &'static str) -> Vec<String> {
    values.iter().map(|value| key(*value).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn allows(conditions: &Conditions, scheme: &str) -> bool {
        conditions.schemes().iter().all(|schemes| match schemes {
            Schemes::OneOf(list) => list.iter().any(|listed| listed == scheme),
            Schemes::NoneOf(list) => list.iter().all(|listed| listed != scheme),
        })
    }

    proptest! {
        #[test]
        fn schemes_of_asked_production_are_those_that_stand_for_it(
            production in proptest::sample::subsequence(Production::ALL.to_vec(), 0..=4),
            scheme in proptest::sample::select(vec!["", "1д", "2д", "3с", "4с", "10с", "9с", "3674"]),
        ) {
            let filter = DocumentFilter { production: production.clone(), ..DocumentFilter::default() };
            let conditions = Conditions::of(&filter, NaiveDate::default());
            let expected = production.is_empty() || production.contains(&Production::of(scheme));
            prop_assert_eq!(allows(&conditions, scheme), expected);
        }
    }

    #[test]
    fn scheme_must_be_both_named_and_of_the_asked_production() {
        let filter = DocumentFilter {
            schemes: vec!["1д".to_owned(), "2д".to_owned(), String::new()],
            production: vec![Production::Batch],
            ..DocumentFilter::default()
        };
        let conditions = Conditions::of(&filter, NaiveDate::default());
        let fitting: Vec<&str> = ["", "1д", "2д", "4д"]
            .into_iter()
            .filter(|scheme| allows(&conditions, scheme))
            .collect();
        assert_eq!(fitting, ["2д"]);
    }

    #[test]
    fn only_days_of_registration_leave_a_page_to_the_order_of_the_index() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 2);
        let of = |filter: DocumentFilter| Conditions::of(&filter, NaiveDate::default()).allow_all_of_a_period();
        assert!(of(DocumentFilter {
            registered_from: day,
            text: Some("  ".to_owned()),
            ..DocumentFilter::default()
        }));
        assert!(!of(DocumentFilter {
            ends_from: day,
            ..DocumentFilter::default()
        }));
        assert!(!of(DocumentFilter {
            not_valid_in_rf: true,
            ..DocumentFilter::default()
        }));
    }
}
