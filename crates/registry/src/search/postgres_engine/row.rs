//! A row of the table `documents` and the document it stands for.

use crate::party::PartyId;
use crate::search::SearchError;
use crate::search::found::StoredDocument;
use crate::search::state::parse_stored;
use certlens_domain::document::{Document, Party};
use chrono::NaiveDate;

/// The columns of a document, as Postgres gives them.
pub(super) struct DocumentRow {
    pub(super) registry: String,
    pub(super) document_key: String,
    pub(super) source_id: Option<String>,
    pub(super) number: String,
    pub(super) kind: String,
    pub(super) status: String,
    pub(super) status_label: String,
    pub(super) registered_on: NaiveDate,
    pub(super) valid_until: Option<NaiveDate>,
    pub(super) applicant_name: String,
    pub(super) applicant_country: Option<String>,
    pub(super) applicant_inn: Option<String>,
    pub(super) applicant_ogrn: Option<String>,
    pub(super) applicant_bin: Option<String>,
    pub(super) applicant_unp: Option<String>,
    pub(super) applicant_in_text: bool,
    pub(super) applicant_party: i64,
    pub(super) manufacturer_name: String,
    pub(super) manufacturer_country: Option<String>,
    pub(super) manufacturer_inn: Option<String>,
    pub(super) manufacturer_ogrn: Option<String>,
    pub(super) manufacturer_bin: Option<String>,
    pub(super) manufacturer_unp: Option<String>,
    pub(super) manufacturer_in_text: bool,
    pub(super) manufacturer_party: i64,
    pub(super) technical_regulations: Vec<String>,
    pub(super) product: String,
    pub(super) tn_ved: Vec<String>,
    pub(super) scheme: Option<String>,
    pub(super) certification_body: Option<String>,
    pub(super) url: Option<String>,
    pub(super) rf_status: Option<String>,
    /// The version of the whole store when the row was read.
    pub(super) store_version: i64,
}

impl DocumentRow {
    /// The document, with its stored status.
    pub(super) fn into_document(self) -> Result<StoredDocument, SearchError> {
        let document = Document {
            registry: parse_stored("registry", &self.registry)?,
            source_id: self.source_id,
            number: self.number,
            kind: parse_stored("document kind", &self.kind)?,
            status: parse_stored("status", &self.status)?,
            status_label: self.status_label,
            registered_on: self.registered_on,
            valid_until: self.valid_until,
            applicant: Party {
                name: self.applicant_name,
                country: self.applicant_country,
                inn: self.applicant_inn,
                ogrn: self.applicant_ogrn,
                bin: self.applicant_bin,
                unp: self.applicant_unp,
                in_text: self.applicant_in_text,
            },
            manufacturer: Party {
                name: self.manufacturer_name,
                country: self.manufacturer_country,
                inn: self.manufacturer_inn,
                ogrn: self.manufacturer_ogrn,
                bin: self.manufacturer_bin,
                unp: self.manufacturer_unp,
                in_text: self.manufacturer_in_text,
            },
            technical_regulations: self.technical_regulations,
            product: self.product,
            tn_ved: self.tn_ved,
            scheme: self.scheme,
            certification_body: self.certification_body,
            url: self.url,
        };
        Ok(StoredDocument {
            document,
            applicant_party: PartyId::from_stored(self.applicant_party),
            manufacturer_party: PartyId::from_stored(self.manufacturer_party),
            rf_status: self
                .rf_status
                .map(|status| parse_stored("status", &status))
                .transpose()?,
        })
    }
}
