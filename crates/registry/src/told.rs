//! Documents as items in a CRM tell of them: many by their keys, with no more than a few lines need.
//!
//! Read from Postgres, where every document is as soon as a recount can see it.

use std::collections::HashMap;

use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use chrono::NaiveDate;

use crate::Recounter;

/// Documents that one statement reads.
const AT_ONCE: usize = 5_000;

/// A document, as far as people are told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldDocument {
    /// The number as the registry writes it.
    pub number: String,
    /// Certificate or declaration.
    pub kind: DocumentKind,
    /// Canonical status as the last load gave it.
    pub status: Status,
    /// Day of registration.
    pub registered_on: NaiveDate,
    /// Last day of validity; `None` is "no limit".
    pub valid_until: Option<NaiveDate>,
    /// Who answers for conformity.
    pub applicant: String,
    /// Codes of the technical regulations.
    pub technical_regulations: Vec<String>,
    /// The product in words, cut to a few lines.
    pub product: String,
    /// The official record's page.
    pub url: Option<String>,
    /// The status on Russia's territory, where a list says one.
    pub rf_status: Option<Status>,
}

/// Why documents can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ToldError {
    /// The database refused or lost the request.
    #[error("the database did not give the documents that are to be told")]
    Database(#[from] sqlx::Error),
    /// A row holds what the program never writes.
    #[error("documents.{column} holds `{value}`, which this version of Certlens does not know")]
    Stored {
        /// The column.
        column: &'static str,
        /// What it holds.
        value: String,
    },
}

impl Recounter {
    /// The documents with these keys; those that are not stored are left out.
    pub async fn documents_to_tell(
        &self,
        wanted: &[(Registry, String)],
    ) -> Result<HashMap<(Registry, String), ToldDocument>, ToldError> {
        let mut documents = HashMap::with_capacity(wanted.len());
        for chunk in wanted.chunks(AT_ONCE) {
            let registries: Vec<String> = chunk.iter().map(|(registry, _)| registry.to_string()).collect();
            let keys: Vec<String> = chunk.iter().map(|(_, key)| key.clone()).collect();
            let rows = sqlx::query!(
                r#"
                SELECT documents.registry::text AS "registry!", documents.document_key, number, kind::text AS "kind!",
                       status::text AS "status!", registered_on, valid_until, applicant_name, technical_regulations,
                       left(product, 400) AS "product!", url, rf_status::text AS rf_status
                FROM unnest($1::text[]::registry[], $2::text[]) AS wanted (registry, document_key)
                JOIN documents
                  ON documents.registry = wanted.registry AND documents.document_key = wanted.document_key
                "#,
                &registries,
                &keys,
            )
            .fetch_all(self.postgres())
            .await?;
            for row in rows {
                let rf_status = row.rf_status.as_deref();
                let document = ToldDocument {
                    number: row.number,
                    kind: parse("kind", &row.kind)?,
                    status: parse("status", &row.status)?,
                    registered_on: row.registered_on,
                    valid_until: row.valid_until,
                    applicant: row.applicant_name,
                    technical_regulations: row.technical_regulations,
                    product: row.product,
                    url: row.url,
                    rf_status: rf_status.map(|status| parse("rf_status", status)).transpose()?,
                };
                documents.insert((parse("registry", &row.registry)?, row.document_key), document);
            }
        }
        Ok(documents)
    }
}

fn parse<T: std::str::FromStr>(column: &'static str, value: &str) -> Result<T, ToldError> {
    value.parse().map_err(|_| ToldError::Stored {
        column,
        value: value.to_owned(),
    })
}
