//! The largest companies, looked up before anybody asks: after a start, after each load, and when a day begins.
//!
//! What a company with a million documents holds takes several looks at large tables. Those are few companies, and
//! everybody asks about them, so their kept numbers are fetched in quiet and remembered (module `kept`).

use super::Search;
use super::SearchError;
use super::counterparty::Wanted;
use super::found::Found;
use super::postgres_engine;
use super::state::StoreVersion;
use crate::party::PartyId;
use certlens_domain::analytics::{AnalyticsQuery, Engine};
use certlens_domain::board::BoardQuery;
use certlens_domain::documents_page::DocumentFilter;
use certlens_domain::identifier::Identifier;
use chrono::{NaiveDate, Utc};
use std::sync::Arc;
use std::time::Duration;

/// How many companies are looked up.
const LARGEST: i64 = 500;
/// How many pairs of them, those with the most common documents.
const PAIRS: i64 = 300;
/// Of how many the board is counted, too: it takes from tenths of a second to seconds, so these are the very largest.
const BOARDS: i64 = 12;
/// Companies of one look-up: short enough that a search hardly waits for it.
const AT_ONCE: usize = 25;
/// Pairs of one look-up; each is a statement of its own.
const PAIRS_AT_ONCE: usize = 4;
/// How often it is asked whether there is anything new.
const EVERY: Duration = Duration::from_secs(2);

/// A counted party, or two that stand in the same documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Largest {
    Party(PartyId),
    /// The one with fewer documents, the other, and how many the first has.
    Pair(PartyId, PartyId, u64),
}

impl Search {
    /// Keeps the numbers of the largest companies at hand, until dropped.
    pub async fn keep_largest_at_hand(&self) {
        let mut done: Option<(StoreVersion, NaiveDate)> = None;
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let looked_up = async {
                let today = Utc::now().date_naive();
                let as_of = (self.state.read().await?.version, today);
                if done != Some(as_of)
                    && self.look_largest_up(today).await?
                    && self.count_largest_boards(today).await?
                {
                    done = Some(as_of);
                }
                Ok::<_, SearchError>(())
            };
            // Searches meet the same, and report it.
            if let Err(error) = looked_up.await {
                tracing::debug!(%error, "the largest companies are not at hand");
            }
        }
    }

    /// Looks the largest companies up. Gives whether that was completed: not when an engine did not answer or an import
    /// became visible meanwhile.
    pub async fn look_largest_up(&self, today: NaiveDate) -> Result<bool, SearchError> {
        let version = self.state.read().await?.version;
        for some in pieces(&self.largest().await?) {
            let wanted = wanted(&some, today);
            let rest = self.kept.recall(wanted, version).rest;
            if rest.is_empty() {
                continue;
            }
            let Some(found) = self.found_in_quiet(&rest, version).await? else {
                return Ok(false);
            };
            if self.state.read().await?.version != version {
                return Ok(false);
            }
            self.kept.keep(&rest, version, &found);
        }
        Ok(true)
    }

    /// Counts the boards of the very largest companies, as cards that name one by INN and OGRN ask for them. Gives whether
    /// that was completed: not when an import became visible meanwhile.
    pub async fn count_largest_boards(&self, today: NaiveDate) -> Result<bool, SearchError> {
        let version = self.state.read().await?.version;
        for identifiers in self.very_largest().await? {
            let query = BoardQuery {
                about: AnalyticsQuery {
                    bridge: true,
                    ..AnalyticsQuery::about(identifiers)
                },
                filter: DocumentFilter::default(),
            };
            let board = self.board(&query, today).await?;
            if board.engine == Engine::Postgres && self.clickhouse.is_some() {
                // Postgres has the searches of a lost ClickHouse to answer, and no time for what nobody asked yet: in this
                // version boards are counted when somebody does.
                return Ok(true);
            }
            if self.state.read().await?.version != version {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The identifiers of the companies whose boards the engines count.
    async fn very_largest(&self) -> Result<Vec<Vec<Identifier>>, SearchError> {
        let rows = sqlx::query!(
            r#"SELECT array_remove(ARRAY[inn, ogrn, bin, unp], NULL) AS "identifiers!"
               FROM parties WHERE counted AND documents > $2 ORDER BY documents DESC LIMIT $1"#,
            BOARDS,
            i64::try_from(self.boards_by_rows).unwrap_or(i64::MAX),
        )
        .fetch_all(&self.postgres)
        .await?;
        let identifiers = rows.into_iter().map(|row| {
            let parsed = row
                .identifiers
                .iter()
                .filter_map(|text: &String| Identifier::parse(text).ok());
            parsed.collect::<Vec<_>>()
        });
        Ok(identifiers
            .filter(|identifiers| !identifiers.is_empty())
            .collect())
    }

    /// What the first engine finds. Postgres is not bothered in place of ClickHouse: it has searches to answer then.
    async fn found_in_quiet(
        &self,
        wanted: &Wanted,
        version: StoreVersion,
    ) -> Result<Option<Arc<Found>>, SearchError> {
        let Some(lane) = &self.clickhouse else {
            let mut connection = self.postgres.acquire().await?;
            let found = postgres_engine::found(&mut connection, wanted).await?;
            return Ok(Some(Arc::new(found)));
        };
        Ok(lane.found(wanted.clone(), version).await.ok())
    }

    async fn largest(&self) -> Result<Vec<Largest>, SearchError> {
        let rows = sqlx::query!(
            r#"
            WITH largest AS MATERIALIZED (
                SELECT party, documents FROM parties WHERE counted ORDER BY documents DESC LIMIT $1
            ), pairs AS (
                SELECT applicant.party AS applicant, applicant.documents AS of_applicant,
                       manufacturer.party AS manufacturer, manufacturer.documents AS of_manufacturer
                FROM counted_pairs
                JOIN largest AS applicant ON applicant.party = counted_pairs.applicant_party
                JOIN largest AS manufacturer ON manufacturer.party = counted_pairs.manufacturer_party
                WHERE counted_pairs.documents > 0
                ORDER BY counted_pairs.documents DESC
                LIMIT $2
            )
            SELECT party AS "party!", documents AS "documents!", NULL::bigint AS other FROM largest
            UNION ALL
            SELECT DISTINCT CASE WHEN applicant_is_smaller THEN applicant ELSE manufacturer END,
                   least(of_applicant, of_manufacturer),
                   CASE WHEN applicant_is_smaller THEN manufacturer ELSE applicant END
            FROM pairs, LATERAL (
                SELECT (of_applicant, applicant) < (of_manufacturer, manufacturer) AS applicant_is_smaller
            ) AS ordered
            "#,
            LARGEST,
            PAIRS,
        )
        .fetch_all(&self.postgres)
        .await?;
        let largest = rows.into_iter().filter_map(|row| {
            let party = PartyId::from_stored(row.party)?;
            Some(match row.other {
                None => Largest::Party(party),
                Some(other) => {
                    Largest::Pair(party, PartyId::from_stored(other)?, row.documents.unsigned_abs())
                }
            })
        });
        Ok(largest.collect())
    }
}

/// Look-ups of bounded size: companies first, then pairs.
fn pieces(largest: &[Largest]) -> Vec<Vec<Largest>> {
    let (parties, pairs): (Vec<Largest>, Vec<Largest>) = largest
        .iter()
        .partition(|largest| matches!(largest, Largest::Party(_)));
    let parties = parties.chunks(AT_ONCE).map(<[Largest]>::to_vec);
    let pairs = pairs.chunks(PAIRS_AT_ONCE).map(<[Largest]>::to_vec);
    parties.chain(pairs).collect()
}

fn wanted(largest: &[Largest], today: NaiveDate) -> Wanted {
    let mut wanted = Wanted::nothing(today);
    for largest in largest {
        match *largest {
            Largest::Party(party) => wanted.wants_counts(party),
            Largest::Pair(smaller, larger, documents) => wanted.wants_shared((smaller, larger), documents),
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(number: i64) -> PartyId {
        PartyId::from_stored(number).unwrap()
    }

    #[test]
    fn largest_companies_are_looked_up_in_bounded_pieces() {
        let mut largest: Vec<Largest> = (1..=60).map(|number| Largest::Party(party(number))).collect();
        largest.extend((1..=5).map(|number| Largest::Pair(party(number), party(60), 1_000)));
        let sizes: Vec<usize> = pieces(&largest).iter().map(Vec::len).collect();
        assert_eq!(sizes, [25, 25, 10, 4, 1]);
    }

    #[test]
    fn pairs_of_one_company_weigh_its_documents_once() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        let pairs = [
            Largest::Pair(party(1), party(8), 700),
            Largest::Pair(party(1), party(9), 700),
        ];
        let wanted = wanted(&pairs, day);
        assert_eq!((wanted.common.len(), wanted.rows), (2, 700));
    }
}
