//! All about one document, and documents by their number.

use super::found::StoredDocument;
use super::postgres_engine::{self, KeyRange};
use super::snapshot::SNAPSHOT;
use super::{Search, SearchError, freshness};
use crate::stored::document_key;
use certlens_domain::document_detail::{
    DocumentDetail, MOST_NUMBER_MATCHES, NumberMatch, SHORTEST_NUMBER_BEGINNING,
};
use certlens_domain::document_number::WantedNumber;
use certlens_domain::documents_page::StatusChange;
use certlens_domain::registry::Registry;
use chrono::NaiveDate;
use std::cmp::Reverse;

impl Search {
    /// The document with this key and its history, as of `today` (UTC); `None` when the registry holds no such one.
    pub async fn document(
        &self,
        registry: Registry,
        key: &str,
        today: NaiveDate,
    ) -> Result<Option<DocumentDetail>, SearchError> {
        let mut snapshot = self.postgres.begin_with(SNAPSHOT).await?;
        let stored = postgres_engine::document(&mut snapshot, registry, key).await?;
        let circumstances = postgres_engine::circumstances(&mut snapshot, registry, key).await?;
        let (Some(stored), Some(circumstances)) = (stored, circumstances) else {
            return Ok(None);
        };
        let history = freshness::history(&mut *snapshot, registry, key).await?;
        snapshot.commit().await?;
        let StoredDocument {
            mut document,
            rf_status,
            ..
        } = stored;
        let stored_status = document.status;
        document.status = stored_status.on(today, document.valid_until);
        let rf_status = rf_status.filter(|status| *status != stored_status);
        Ok(Some(DocumentDetail {
            key: key.to_owned(),
            stored_status,
            rf_status,
            rf_status_label: circumstances.rf_status_label.filter(|_| rf_status.is_some()),
            history,
            first_seen: circumstances.first_seen,
            updated_at: Some(circumstances.updated_at).filter(|changed| *changed > circumstances.first_seen),
            data_date: circumstances.data_date,
            document,
        }))
    }

    /// The changes of a document's status that loads brought, oldest first.
    pub async fn history(
        &self,
        registry: Registry,
        document_key: &str,
    ) -> Result<Vec<StatusChange>, SearchError> {
        freshness::history(&self.postgres, registry, document_key).await
    }

    /// Documents with this number in any spelling, at most [`MOST_NUMBER_MATCHES`]; statuses as of `today` (UTC).
    ///
    /// First those of the family that was written, then those with another prefix of the Union, then, for a text of
    /// [`SHORTEST_NUMBER_BEGINNING`] letters and digits or more, longer numbers that begin so; within each the newest
    /// registration first. None for a text that is no number.
    pub async fn documents_by_number(
        &self,
        text: &str,
        today: NaiveDate,
    ) -> Result<Vec<NumberMatch>, SearchError> {
        let Some(wanted) = WantedNumber::parse(text) else {
            return Ok(Vec::new());
        };
        let most = i64::try_from(MOST_NUMBER_MATCHES).unwrap_or(i64::MAX);
        let russian = wanted.identity_keys();
        let ranges = |range: fn(&str) -> KeyRange| -> (Vec<KeyRange>, KeyRange) {
            (
                russian.iter().map(|key| range(key)).collect(),
                range(wanted.tail()),
            )
        };
        let mut snapshot = self.postgres.begin_with(SNAPSHOT).await?;
        let (keys, tail) = ranges(KeyRange::only);
        let mut found = postgres_engine::numbered(&mut snapshot, &keys, &tail, most).await?;
        let is_long = wanted.tail().chars().count() >= SHORTEST_NUMBER_BEGINNING;
        if found.len() < MOST_NUMBER_MATCHES && is_long {
            let (keys, tail) = ranges(KeyRange::beginning);
            found.extend(postgres_engine::numbered(&mut snapshot, &keys, &tail, most).await?);
        }
        snapshot.commit().await?;
        Ok(best_matches(&wanted, found, today))
    }
}

fn best_matches(wanted: &WantedNumber, found: Vec<StoredDocument>, today: NaiveDate) -> Vec<NumberMatch> {
    let mut matches: Vec<NumberMatch> = found
        .into_iter()
        .map(|stored| {
            let document = stored.document;
            NumberMatch {
                registry: document.registry,
                key: document_key(&document),
                exact: wanted.is(&document.number),
                registered_on: document.registered_on,
                status: document.status.on(today, document.valid_until),
                number: document.number,
                applicant: document.applicant,
            }
        })
        .collect();
    matches.sort_by_cached_key(|found| {
        let as_written = found.exact && wanted.is_as_written(&found.number);
        (
            Reverse(as_written),
            Reverse(found.exact),
            Reverse(found.registered_on),
            found.registry,
            found.key.clone(),
        )
    });
    matches.truncate(MOST_NUMBER_MATCHES);
    matches
}
