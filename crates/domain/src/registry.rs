//! The six conformity registries and the two kinds of documents: two axes that must not be confused.
//!
//! Russia and Kyrgyzstan keep one registry per kind, Kazakhstan and Belarus keep both kinds in one registry, so
//! "by registry" is never the same count as "by kind" (facts: registry map).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A conformity registry, in the order in which pages show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registry {
    /// Russia's register of certificates (Rosaccreditation, "rss").
    RfCertificates,
    /// Russia's register of declarations (Rosaccreditation, "rds").
    RfDeclarations,
    /// Kyrgyzstan's register of certificates (swis.trade.kg).
    KgCertificates,
    /// Kyrgyzstan's register of declarations (swis.trade.kg).
    KgDeclarations,
    /// Kazakhstan's register of both kinds.
    Kz,
    /// Belarus's register of both kinds.
    By,
}

impl Registry {
    /// All registries, in the order of pages and answers.
    pub const ALL: [Self; 6] = [
        Self::RfCertificates,
        Self::RfDeclarations,
        Self::KgCertificates,
        Self::KgDeclarations,
        Self::Kz,
        Self::By,
    ];

    /// The key used in files, databases, URLs and JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::RfCertificates => "rf_certificates",
            Self::RfDeclarations => "rf_declarations",
            Self::KgCertificates => "kg_certificates",
            Self::KgDeclarations => "kg_declarations",
            Self::Kz => "kz",
            Self::By => "by",
        }
    }

    /// The only kind of document that the registry can hold; `None` when it holds both.
    pub const fn only_kind(self) -> Option<DocumentKind> {
        match self {
            Self::RfCertificates | Self::KgCertificates => Some(DocumentKind::Certificate),
            Self::RfDeclarations | Self::KgDeclarations => Some(DocumentKind::Declaration),
            Self::Kz | Self::By => None,
        }
    }

    /// ISO alpha-2 code of the country that keeps the registry.
    pub const fn country(self) -> &'static str {
        match self {
            Self::RfCertificates | Self::RfDeclarations => "RU",
            Self::KgCertificates | Self::KgDeclarations => "KG",
            Self::Kz => "KZ",
            Self::By => "BY",
        }
    }
}

impl fmt::Display for Registry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.key())
    }
}

impl FromStr for Registry {
    type Err = UnknownRegistry;

    fn from_str(key: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|registry| registry.key() == key)
            .ok_or_else(|| UnknownRegistry(key.chars().take(40).collect()))
    }
}

/// The text is no registry key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no registry; use one of rf_certificates, rf_declarations, kg_certificates, kg_declarations, kz, by"
)]
pub struct UnknownRegistry(String);

/// What a document is: issued by a certification body, or declared by the applicant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// Certificate of conformity.
    Certificate,
    /// Declaration of conformity.
    Declaration,
}

impl DocumentKind {
    /// The key used in files, databases and JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Declaration => "declaration",
        }
    }
}

impl FromStr for DocumentKind {
    type Err = UnknownDocumentKind;

    fn from_str(key: &str) -> Result<Self, Self::Err> {
        match key {
            "certificate" => Ok(Self::Certificate),
            "declaration" => Ok(Self::Declaration),
            other => Err(UnknownDocumentKind(other.chars().take(40).collect())),
        }
    }
}

/// The text is no document kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no document kind; use `certificate` or `declaration`")]
pub struct UnknownDocumentKind(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_of_each_registry_parses_back_and_equals_its_json() {
        for registry in Registry::ALL {
            assert_eq!(registry.key().parse(), Ok(registry));
            assert_eq!(serde_json::to_value(registry).unwrap(), registry.key());
        }
    }

    #[test]
    fn unknown_registry_names_the_possible_keys() {
        let error = "ru_cert".parse::<Registry>().unwrap_err();
        assert!(error.to_string().contains("rf_certificates"), "{error}");
    }
}
