//! The canonical document: one shape for the rows of all registries.
//!
//! Its JSON is a contract: one object a line in `certlens import jsonl` and `certlens export`. Adapters of registry
//! formats make it, stores keep it, pages show it.

use crate::registry::{DocumentKind, Registry};
use crate::status::Status;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A certificate or declaration as a registry published it, in canonical terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The registry that published it.
    pub registry: Registry,
    /// The registry's own id of the row (FSA `id`, a page's guid). Unique within the registry where it exists;
    /// otherwise the number and the registration date identify the document.
    #[serde(default)]
    pub source_id: Option<String>,
    /// The document's number as the registry writes it.
    pub number: String,
    /// Certificate or declaration.
    pub kind: DocumentKind,
    /// Canonical status at the time of the load, before the rule of dates ([`Status::on`]).
    pub status: Status,
    /// The status as the registry wrote it; empty when the source has none.
    #[serde(default)]
    pub status_label: String,
    /// Day of registration.
    pub registered_on: NaiveDate,
    /// Last day of validity; `None` is "no limit".
    #[serde(default)]
    pub valid_until: Option<NaiveDate>,
    /// Who answers for conformity: holder of the certificate or declarant.
    pub applicant: Party,
    /// Who made the product.
    #[serde(default)]
    pub manufacturer: Party,
    /// Codes of the technical regulations (`ТР ТС 004/2011`), without repetition, in the source's order.
    #[serde(default)]
    pub technical_regulations: Vec<String>,
    /// The product in words.
    #[serde(default)]
    pub product: String,
    /// TN VED codes, digits only, 4 to 10 of them each.
    #[serde(default)]
    pub tn_ved: Vec<String>,
    /// Conformity scheme as written (`1д`, `3с`, sometimes a dictionary id).
    #[serde(default)]
    pub scheme: Option<String>,
    /// The body that certified or registered; `None` when the applicant registered by himself.
    #[serde(default)]
    pub certification_body: Option<String>,
    /// The official record's page.
    #[serde(default)]
    pub url: Option<String>,
}

/// An applicant or a manufacturer. Identifiers are kept as the registry gives them, digits only where they are
/// numbers, with lost leading zeros restored; a wrong check digit does not remove one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Party {
    /// Name as written, white space folded.
    #[serde(default)]
    pub name: String,
    /// ISO alpha-2 code of the country, when known.
    #[serde(default)]
    pub country: Option<String>,
    /// Tax number of the party's country: INN of Russia (10 or 12 digits) or of Kyrgyzstan (14 digits).
    #[serde(default)]
    pub inn: Option<String>,
    /// Russian registration number: OGRN (13 digits) or OGRNIP (15 digits).
    #[serde(default)]
    pub ogrn: Option<String>,
    /// Kazakh BIN or IIN, 12 digits.
    #[serde(default)]
    pub bin: Option<String>,
    /// Belarusian UNP, 9 characters.
    #[serde(default)]
    pub unp: Option<String>,
    /// The identifiers were found inside a text of the registry (as in Kyrgyz pages), not in fields of their own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_text: bool,
}

impl Party {
    /// All identifiers of the party, in the order INN, OGRN, BIN, UNP.
    pub fn identifiers(&self) -> impl Iterator<Item = &str> {
        [&self.inn, &self.ogrn, &self.bin, &self.unp]
            .into_iter()
            .filter_map(|identifier| identifier.as_deref())
            .filter(|identifier| !identifier.is_empty())
    }
}

/// In which role an identifier stands in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The applicant carries the identifier.
    Applicant,
    /// The manufacturer carries the identifier.
    Manufacturer,
}

impl Role {
    /// The key used in databases and JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Applicant => "applicant",
            Self::Manufacturer => "manufacturer",
        }
    }
}

impl Document {
    /// Every identifier of the document with the role in which it stands.
    pub fn identifiers(&self) -> impl Iterator<Item = (Role, &str)> {
        let applicant = self.applicant.identifiers().map(|value| (Role::Applicant, value));
        let manufacturer = self
            .manufacturer
            .identifiers()
            .map(|value| (Role::Manufacturer, value));
        applicant.chain(manufacturer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = r#"{"registry":"rf_declarations","source_id":"20536296","number":"ЕАЭС N RU Д-CN.РА01.В.12345/25",
        "kind":"declaration","status":"active","status_label":"Действует","registered_on":"2025-08-28",
        "valid_until":"2030-08-27","applicant":{"name":"ООО","country":"RU","inn":"7707083893","ogrn":"1027700132195","bin":null,"unp":null},
        "manufacturer":{"name":"Works","country":"CN","inn":null,"ogrn":null},"technical_regulations":["ТР ТС 004/2011"],
        "product":"Чайник","tn_ved":["8516108000"],"scheme":"3д","certification_body":"ОС","url":"https://example.org/1"}"#;

    #[test]
    fn the_contract_example_parses_and_survives_a_round_trip() {
        let document: Document = serde_json::from_str(EXAMPLE).unwrap();
        let again: Document = serde_json::from_str(&serde_json::to_string(&document).unwrap()).unwrap();
        assert_eq!(document, again);
        assert_eq!(document.registry, Registry::RfDeclarations);
    }

    #[test]
    fn identifiers_carry_their_role_and_leave_out_missing_ones() {
        let document: Document = serde_json::from_str(EXAMPLE).unwrap();
        let identifiers: Vec<_> = document.identifiers().collect();
        assert_eq!(
            identifiers,
            [
                (Role::Applicant, "7707083893"),
                (Role::Applicant, "1027700132195")
            ]
        );
    }

    #[test]
    fn a_line_with_the_required_fields_only_is_a_document() {
        let line = r#"{"registry":"kz","number":"ЕАЭС KZ 1","kind":"certificate","status":"active",
            "registered_on":"2025-01-02","applicant":{"name":"ТОО","bin":"971240001315"}}"#;
        let document: Document = serde_json::from_str(line).unwrap();
        assert_eq!(document.valid_until, None);
        assert_eq!(
            document.applicant.identifiers().collect::<Vec<_>>(),
            ["971240001315"]
        );
    }
}
