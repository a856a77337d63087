//! A row of the table `documents` and the document it stands for.

use crate::party::PartyId;
use crate::search::SearchError;
use crate::search::found::StoredDocument;
use crate::search::state::parse_stored;
use certlens_domain::document::{Document, Party};
use chrono::NaiveDate;

/// The columns of a document, as Postgres gives them.
pub(crate) struct DocumentRow {
    pub(crate) registry: String,
    pub(crate) document_key: String,
    pub(crate) source_id: Option<String>,
    pub(crate) number: String,
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) status_label: String,
    pub(crate) registered_on: NaiveDate,
    pub(crate) valid_until: Option<NaiveDate>,
    pub(crate) applicant_name: String,
    pub(crate) applicant_country: Option<String>,
    pub(crate) applicant_inn: Option<String>,
    pub(crate) applicant_ogrn: Option<String>,
    pub(crate) applicant_bin: Option<String>,
    pub(crate) applicant_unp: Option<String>,
    pub(crate) applicant_in_text: bool,
    pub(crate) applicant_party: i64,
    pub(crate) manufacturer_name: String,
    pub(crate) manufacturer_country: Option<String>,
    pub(crate) manufacturer_inn: Option<String>,
    pub(crate) manufacturer_ogrn: Option<String>,
    pub(crate) manufacturer_bin: Option<String>,
    pub(crate) manufacturer_unp: Option<String>,
    pub(crate) manufacturer_in_text: bool,
    pub(crate) manufacturer_party: i64,
    pub(crate) technical_regulations: Vec<String>,
    pub(crate) product: String,
    pub(crate) tn_ved: Vec<String>,
    pub(crate) scheme: Option<String>,
    pub(crate) certification_body: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) rf_status: Option<String>,
    /// The version of the whole store when the row was read.
    pub(crate) store_version: i64,
}

impl DocumentRow {
    /// The document, with its stored status.
    pub(crate) fn into_document(self) -> Result<StoredDocument, SearchError> {
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
