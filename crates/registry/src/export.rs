//! Reading everything: the stored documents as a stream, in one consistent state.
//!
//! May know: the table of documents. Must not know: files and formats.

use crate::search::DocumentRow;
use certlens_domain::document::Document;
use certlens_domain::registry::Registry;
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use sqlx::PgPool;
use std::pin::Pin;

/// An export failed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Postgres failed or is unreachable.
    #[error("the database failed while documents were read; the export is not complete: {0}")]
    Postgres(#[from] sqlx::Error),
    /// A stored row does not follow the rules of the program.
    #[error(transparent)]
    Stored(#[from] crate::SearchError),
}

/// Reads stored documents for whoever writes them.
#[derive(Debug, Clone)]
pub struct Exporter {
    postgres: PgPool,
}

impl Exporter {
    /// An exporter from this database.
    pub const fn new(postgres: PgPool) -> Self {
        Self { postgres }
    }

    /// The documents of these registries as they are stored (before the rule of dates), by registry and key. One statement
    /// reads them all, so they are of one state; in constant memory, as fast as they are taken.
    pub fn documents<'a>(
        &'a self,
        registries: &[Registry],
    ) -> Pin<Box<dyn Stream<Item = Result<Document, ExportError>> + Send + 'a>> {
        let keys: Vec<String> = registries
            .iter()
            .map(|registry| registry.key().to_owned())
            .collect();
        let rows = sqlx::query_as!(
            DocumentRow,
            r#"
            SELECT registry::text AS "registry!", document_key, source_id, number, kind::text AS "kind!",
                   status::text AS "status!", status_label, registered_on, valid_until, applicant_name,
                   applicant_country, applicant_inn, applicant_ogrn, applicant_bin, applicant_unp, applicant_in_text,
                   applicant_party, manufacturer_name, manufacturer_country, manufacturer_inn, manufacturer_ogrn,
                   manufacturer_bin, manufacturer_unp, manufacturer_in_text, manufacturer_party,
                   technical_regulations, product, tn_ved, scheme, certification_body, url, rf_status::text,
                   data_version AS store_version
            FROM documents
            WHERE registry = ANY($1::text[]::registry[])
            ORDER BY documents.registry, document_key
            "#,
            keys as _,
        )
        .fetch(&self.postgres);
        rows.map_err(ExportError::from)
            .map(|row| Ok(row?.into_document()?.document))
            .boxed()
    }
}
