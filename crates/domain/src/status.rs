//! Canonical statuses: what a registry's label means, and what it means *today*.
//!
//! The raw label is kept beside the canonical status by whoever stores a document; this module never invents one.
//! Source: facts on registries, "Canonical status map".

use crate::text::letters_and_digits;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The status of a document in the vocabulary of all registries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In force.
    Active,
    /// In force again after a suspension.
    Renewed,
    /// In force, its term was prolonged.
    Extended,
    /// Not in force for a time, wholly or in part.
    Suspended,
    /// Ended before its term by the body, the applicant or the accreditation service.
    Terminated,
    /// Its term ended.
    Expired,
    /// Declared void.
    Invalid,
    /// In force, but the registry has announced that it may end: a notice or an order was issued.
    Warned,
    /// Not a public document: a draft, sent, deleted or waiting for a check.
    NotPublic,
    /// The label is unknown to us. It is kept and shown as the registry wrote it.
    Unknown,
}

impl Status {
    /// All statuses, in the order in which pages show them.
    pub const ALL: [Self; 10] = [
        Self::Active,
        Self::Renewed,
        Self::Extended,
        Self::Warned,
        Self::Suspended,
        Self::Terminated,
        Self::Invalid,
        Self::Expired,
        Self::NotPublic,
        Self::Unknown,
    ];

    /// The key used in files, databases and JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Renewed => "renewed",
            Self::Extended => "extended",
            Self::Suspended => "suspended",
            Self::Terminated => "terminated",
            Self::Expired => "expired",
            Self::Invalid => "invalid",
            Self::Warned => "warned",
            Self::NotPublic => "not_public",
            Self::Unknown => "unknown",
        }
    }

    /// Active, renewed and extended documents are in force; they count as `active` in totals.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Active | Self::Renewed | Self::Extended)
    }

    /// The status on the day `today`: an active-class document whose term ended before that day is expired.
    ///
    /// Bulk data ages between two loads, and the Kyrgyz and Kazakh registries have no archive status, so the date
    /// decides. No end date means no limit.
    #[must_use]
    pub fn on(self, today: NaiveDate, valid_until: Option<NaiveDate>) -> Self {
        match valid_until {
            Some(end) if self.is_active() && end < today => Self::Expired,
            _ => self,
        }
    }

    /// The meaning of a status label of the Russian and Kyrgyz registries, in any gender and spelling of `ё`,
    /// and of the Kazakh register's words. Unknown labels give [`Status::Unknown`]: a load never fails on one.
    pub fn of_label(label: &str) -> Self {
        let label = letters_and_digits(label);
        let known = LABELS.iter().find(|(stem, _)| label.starts_with(stem));
        known.map_or(Self::Unknown, |(_, status)| *status)
    }

    /// The meaning of a Russian status code (`idStatus` of the FSA services).
    pub const fn of_fsa_code(code: u16) -> Self {
        match code {
            6 => Self::Active,
            3 => Self::Renewed,
            16 => Self::Extended,
            15 | 19 => Self::Suspended,
            14 => Self::Terminated,
            1 => Self::Expired,
            11 => Self::Invalid,
            10 | 5 => Self::Warned,
            20 | 13 | 18 | 42 => Self::NotPublic,
            _ => Self::Unknown,
        }
    }
}

/// Stems without their gender endings, longer ones before the stems that they begin with.
const LABELS: &[(&str, Status)] = &[
    ("действует", Status::Active),
    ("возобновлен", Status::Renewed),
    ("продлен", Status::Extended),
    ("частичноприостановлен", Status::Suspended),
    ("приостановлен", Status::Suspended),
    ("прекращен", Status::Terminated),
    ("архивн", Status::Expired),
    ("недействител", Status::Invalid),
    ("направленоуведомление", Status::Warned),
    ("выданопредписание", Status::Warned),
    ("черновик", Status::NotPublic),
    ("отправлен", Status::NotPublic),
    ("удален", Status::NotPublic),
    ("ожидаетпроверки", Status::NotPublic),
    ("issued", Status::Active),
    ("құжатберілді", Status::Active),
    ("renewed", Status::Renewed),
    ("extended", Status::Extended),
    ("suspended", Status::Suspended),
    ("canceled", Status::Terminated),
    ("cancelled", Status::Terminated),
];

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.key())
    }
}

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(key: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|status| status.key() == key)
            .ok_or_else(|| UnknownStatus(key.chars().take(40).collect()))
    }
}

/// The text is no canonical status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no canonical status; use one of active, renewed, extended, warned, suspended, terminated, invalid, expired, not_public, unknown"
)]
pub struct UnknownStatus(String);

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Действует", Status::Active)]
    #[case("ДЕЙСТВУЕТ", Status::Active)]
    #[case("Возобновлён", Status::Renewed)]
    #[case("Возобновлена", Status::Renewed)]
    #[case("Продлен", Status::Extended)]
    #[case("Приостановлена", Status::Suspended)]
    #[case("Частично приостановлен", Status::Suspended)]
    #[case("Прекращена", Status::Terminated)]
    #[case("Архивный", Status::Expired)]
    #[case("Недействителен", Status::Invalid)]
    #[case("Направлено уведомление о прекращении", Status::Warned)]
    #[case("Выдано предписание", Status::Warned)]
    #[case("Ожидает проверки оператора реестра", Status::NotPublic)]
    #[case("ISSUED", Status::Active)]
    #[case("ҚҰЖАТ БЕРІЛДІ", Status::Active)]
    #[case("CANCELED", Status::Terminated)]
    #[case("Что-то новое", Status::Unknown)]
    #[case("", Status::Unknown)]
    fn label_of_any_registry_has_its_canonical_status(#[case] label: &str, #[case] status: Status) {
        assert_eq!(Status::of_label(label), status);
    }

    #[test]
    fn active_document_past_its_term_is_expired_from_the_day_after() {
        let end = NaiveDate::from_ymd_opt(2026, 3, 1);
        let on = |status: Status, day| status.on(NaiveDate::from_ymd_opt(2026, 3, day).unwrap(), end);
        assert_eq!(on(Status::Active, 1), Status::Active, "the last day counts");
        assert_eq!(on(Status::Active, 2), Status::Expired);
        assert_eq!(on(Status::Renewed, 2), Status::Expired);
        assert_eq!(on(Status::Extended, 2), Status::Expired);
        assert_eq!(
            on(Status::Suspended, 2),
            Status::Suspended,
            "only active documents expire by date"
        );
        assert_eq!(on(Status::Terminated, 2), Status::Terminated);
    }

    #[test]
    fn document_without_an_end_date_never_expires() {
        assert_eq!(Status::Active.on(NaiveDate::MAX, None), Status::Active);
    }

    #[test]
    fn key_of_each_status_parses_back_and_equals_its_json() {
        for status in Status::ALL {
            assert_eq!(status.key().parse(), Ok(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.key());
        }
    }
}
