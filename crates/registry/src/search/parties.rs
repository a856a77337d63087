//! From asked identifiers to the parties in which they stand: one statement for all questions that arrive together.

use super::SearchError;
use super::coalescer::{Bounds, Coalescer, Refusal, Work};
use super::counterparty::{Counterparty, KnownParty};
use super::state::{StateRow, StoreState};
use crate::party::PartyId;
use certlens_domain::analytics::AnalyticsQuery;
use chrono::NaiveDate;
use serde::Deserialize;
use sqlx::types::Json;
use sqlx::{PgExecutor, PgPool};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The most identifiers that the bridge adds for one asked identifier: those with the most documents.
const MOST_PAIRED: i64 = 50;

/// Whose parties are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AskedIdentifiers {
    pub(super) identifiers: Vec<String>,
    pub(super) bridge: bool,
}

impl AskedIdentifiers {
    pub(super) fn of(query: &AnalyticsQuery) -> Self {
        Self {
            identifiers: query.values(),
            bridge: query.bridge,
        }
    }
}

#[derive(Debug, Deserialize)]
struct PartyRow {
    party: i64,
    inn: Option<String>,
    ogrn: Option<String>,
    bin: Option<String>,
    unp: Option<String>,
    documents: i64,
    first_registered: NaiveDate,
    last_registered: NaiveDate,
    counted: bool,
    shares: Option<BTreeSet<i64>>,
}

impl PartyRow {
    fn into_party(self) -> Option<KnownParty> {
        let id = PartyId::from_stored(self.party)?;
        let stated = |identifier: Option<String>| identifier.filter(|value| !value.is_empty());
        let (inn, ogrn) = (stated(self.inn), stated(self.ogrn));
        let pair = inn.clone().zip(ogrn.clone());
        let identifiers = [inn, ogrn, stated(self.bin), stated(self.unp)];
        Some(KnownParty {
            id,
            identifiers: identifiers.into_iter().flatten().collect(),
            pair,
            documents: self.documents.unsigned_abs(),
            first_registered: self.first_registered,
            last_registered: self.last_registered,
            counted: self.counted,
            shares: self
                .shares
                .unwrap_or_default()
                .into_iter()
                .filter_map(PartyId::from_stored)
                .collect(),
        })
    }
}

/// The parties of these questions, in their order, all from one state of the store.
pub(super) async fn counterparties(
    postgres: impl PgExecutor<'_>,
    questions: &[AskedIdentifiers],
) -> Result<Vec<Counterparty>, SearchError> {
    let distinct = |bridging_only: bool| -> Vec<String> {
        let values: BTreeSet<&String> = questions
            .iter()
            .filter(|question| question.bridge || !bridging_only)
            .flat_map(|question| &question.identifiers)
            .collect();
        values.into_iter().cloned().collect()
    };
    let row = sqlx::query!(
        r#"
        WITH paired AS MATERIALIZED (
            SELECT bridging.identifier AS asked, beside.identifier AS paired
            FROM unnest($2::text[]) AS bridging (identifier)
            CROSS JOIN LATERAL (
                SELECT identifier
                FROM (
                    SELECT ogrn AS identifier, documents FROM parties
                    WHERE inn = bridging.identifier AND inn IS NOT NULL AND ogrn IS NOT NULL AND documents > 0
                    UNION ALL
                    SELECT inn, documents FROM parties
                    WHERE ogrn = bridging.identifier AND inn IS NOT NULL AND ogrn IS NOT NULL AND documents > 0
                ) AS stated
                GROUP BY identifier
                ORDER BY sum(documents) DESC, identifier
                LIMIT $3
            ) AS beside
        ), wanted AS MATERIALIZED (
            SELECT party FROM party_identifiers WHERE identifier = ANY($1)
            UNION
            SELECT party FROM party_identifiers WHERE identifier IN (SELECT paired FROM paired)
        )
        SELECT store_identity.id,
               (SELECT json_agg(json_build_object('registry', registry, 'loaded', loaded, 'data_date', data_date,
                       'data_version', data_version))
                FROM registry_state) AS "registries: Json<Vec<StateRow>>",
               (SELECT json_agg(json_build_array(asked, paired)) FROM paired) AS "paired: Json<Vec<(String, String)>>",
               (SELECT json_agg(json_build_object('party', parties.party, 'inn', inn, 'ogrn', ogrn, 'bin', bin,
                       'unp', unp, 'documents', documents, 'first_registered', first_registered,
                       'last_registered', last_registered, 'counted', counted, 'shares', shared.parties))
                FROM wanted JOIN parties ON parties.party = wanted.party
                CROSS JOIN LATERAL (
                    SELECT json_agg(other) AS parties
                    FROM (
                        SELECT manufacturer_party AS other FROM counted_pairs
                        WHERE counted AND applicant_party = parties.party AND counted_pairs.documents > 0
                        UNION ALL
                        SELECT applicant_party FROM counted_pairs
                        WHERE counted AND manufacturer_party = parties.party AND counted_pairs.documents > 0
                    ) AS pairs
                    WHERE other IN (SELECT party FROM wanted)
                ) AS shared) AS "parties: Json<Vec<PartyRow>>"
        FROM store_identity
        "#,
        &distinct(false),
        &distinct(true),
        MOST_PAIRED,
    )
    .fetch_one(postgres)
    .await?;
    let state = StoreState::of_rows(row.id, row.registries.map(|rows| rows.0).unwrap_or_default())?;
    let state = Arc::new(state);
    let paired = row.paired.map(|pairs| pairs.0).unwrap_or_default();
    let mut known: Vec<KnownParty> = row
        .parties
        .map(|rows| rows.0)
        .unwrap_or_default()
        .into_iter()
        .filter_map(PartyRow::into_party)
        // A party that lost its last document stays in the table, and is nobody's.
        .filter(|party| party.documents > 0)
        .collect();
    known.sort_by_key(|party| party.id);
    let assemble = |question: &AskedIdentifiers| {
        Counterparty::assemble(
            Arc::clone(&state),
            &known,
            &paired,
            &question.identifiers,
            question.bridge,
        )
    };
    Ok(questions.iter().map(assemble).collect())
}

/// Looks parties up for everybody who asks at the same time.
pub(super) struct LooksUpParties(PgPool);

impl Work for LooksUpParties {
    type Question = AskedIdentifiers;
    type Answer = Result<Counterparty, SearchError>;

    async fn answer(&self, questions: Vec<AskedIdentifiers>) -> Vec<Self::Answer> {
        match counterparties(&self.0, &questions).await {
            Ok(counterparties) => counterparties.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error); questions.len()],
        }
    }
}

/// The shared look-up of parties.
#[derive(Clone)]
pub(super) struct SharedParties(Coalescer<LooksUpParties>);

/// A look-up is short; two at a time leave connections to everybody else.
const BOUNDS: Bounds = Bounds {
    lanes: 2,
    questions: 128,
    weight: u64::MAX,
    waiting: 10_000,
};

impl SharedParties {
    pub(super) fn new(postgres: PgPool) -> Self {
        Self(Coalescer::new(LooksUpParties(postgres), BOUNDS))
    }

    /// The parties of the asked identifiers, looked up after this call began.
    pub(super) async fn of(&self, question: AskedIdentifiers) -> Result<Counterparty, SearchError> {
        match self.0.ask(question).await {
            Ok(counterparty) => counterparty,
            Err(Refusal::Full) => Err(SearchError::Overloaded),
            Err(Refusal::Lost) => Err(SearchError::Interrupted),
        }
    }
}
