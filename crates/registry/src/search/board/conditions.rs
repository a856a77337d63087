//! Which conditions of a filter a document fails. Pure.
//!
//! A facet counts a document that fails no condition, or none but the facet's own.

use super::row::BoardRow;
use crate::search::filter::Condition;
use crate::search::page::Needle;
use certlens_domain::documents_page::DocumentFilter;
use certlens_domain::status::Status;
use chrono::NaiveDate;
use std::sync::Arc;

/// A set of conditions that a document fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::search) struct Failing(u16);

impl Failing {
    /// The set that an engine wrote as the sum of the conditions' bits.
    pub(in crate::search) const fn of_bits(bits: u16) -> Self {
        Self(bits)
    }

    const fn note(&mut self, condition: Condition, holds: bool) {
        if !holds {
            self.0 |= condition.bit();
        }
    }

    /// The document fits the whole filter.
    pub(super) const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The document fits the filter without this condition.
    pub(super) const fn at_most(self, condition: Condition) -> bool {
        self.0 & !condition.bit() == 0
    }

    /// The document fits nothing that is counted.
    pub(super) const fn several(self) -> bool {
        self.0.count_ones() > 1
    }
}

/// A filter, ready to be applied to many documents.
#[derive(Debug)]
pub(super) struct Conditions<'filter> {
    filter: &'filter DocumentFilter,
    text: Option<Needle>,
}

impl<'filter> Conditions<'filter> {
    pub(super) fn of(filter: &'filter DocumentFilter) -> Self {
        Self {
            filter,
            text: filter.text.as_deref().and_then(Needle::of),
        }
    }

    /// What a document with this status of the day fails.
    pub(super) fn failing(&self, row: &BoardRow, status: Status) -> Failing {
        let filter = self.filter;
        let mut failing = Failing::default();
        let mut note = |condition, holds| failing.note(condition, holds);
        note(Condition::Registry, allows(&filter.registries, &row.registry));
        note(Condition::Kind, filter.kind.is_none_or(|kind| kind == row.kind));
        note(Condition::Status, allows(&filter.statuses, &status));
        note(
            Condition::TechnicalRegulation,
            filter.technical_regulations.is_empty()
                || row
                    .technical_regulations
                    .iter()
                    .any(|code| names(&filter.technical_regulations, code)),
        );
        note(Condition::TnVed, self.allows_tn_ved(&row.tn_ved.codes));
        let allows_name =
            |names_allowed: &[String], name: &str| names_allowed.is_empty() || names(names_allowed, name);
        note(
            Condition::CertificationBody,
            allows_name(&filter.certification_bodies, &row.certification_body),
        );
        note(Condition::Scheme, allows_name(&filter.schemes, &row.scheme.name));
        note(
            Condition::Production,
            allows(&filter.production, &row.scheme.production),
        );
        note(Condition::Origin, allows_name(&filter.origins, &row.origin));
        note(
            Condition::Registered,
            within(row.registered_on, filter.registered_from, filter.registered_to),
        );
        let any_end = filter.ends_from.is_none() && filter.ends_to.is_none();
        note(
            Condition::Ends,
            any_end
                || row
                    .valid_until
                    .is_some_and(|end| within(end, filter.ends_from, filter.ends_to)),
        );
        note(
            Condition::Other,
            self.contains_text(row) && (!filter.not_valid_in_rf || is_not_valid_in_rf(row)),
        );
        failing
    }

    fn allows_tn_ved(&self, codes: &[Arc<str>]) -> bool {
        let beginnings = &self.filter.tn_ved;
        beginnings.is_empty()
            || codes
                .iter()
                .any(|code| beginnings.iter().any(|first| code.starts_with(first)))
    }

    fn contains_text(&self, row: &BoardRow) -> bool {
        let Some(text) = &self.text else { return true };
        row.texts.as_ref().is_some_and(|texts| {
            texts.product.contains(&text.product)
                || (!text.number_key.is_empty() && texts.number_key.contains(&text.number_key))
        })
    }
}

/// Whether the list announces a document as suspended or terminated on Russia's territory.
pub(super) const fn is_not_valid_in_rf(row: &BoardRow) -> bool {
    matches!(row.rf_status, Some(Status::Suspended | Status::Terminated))
}

fn allows<T: PartialEq>(allowed: &[T], value: &T) -> bool {
    allowed.is_empty() || allowed.contains(value)
}

fn names(names: &[String], name: &str) -> bool {
    names.iter().any(|known| known == name)
}

fn within(day: NaiveDate, from: Option<NaiveDate>, to: Option<NaiveDate>) -> bool {
    from.is_none_or(|first| day >= first) && to.is_none_or(|last| day <= last)
}
