//! Parties: how many documents each stands in, and from which day to which.

use super::super::batch::Standing;
use super::counts::Facts;
use chrono::NaiveDate;
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};

/// So many parties are added up in memory: some tens of megabytes.
const LARGE: usize = 100_000;

/// Changes of the table `parties`, added up.
#[derive(Default)]
pub(super) struct PartyChanges {
    changes: HashMap<i64, Change>,
    /// Parties that lost a document, or a day: what remains must be looked up.
    narrowed: HashSet<i64>,
}

struct Change {
    documents: i64,
    first: NaiveDate,
    last: NaiveDate,
    /// `None` while the party only lost documents; then it is stored already.
    identifiers: Option<[Option<String>; 4]>,
}

impl Change {
    const fn none(day: NaiveDate) -> Self {
        Self {
            documents: 0,
            first: day,
            last: day,
            identifiers: None,
        }
    }
}

impl PartyChanges {
    pub(super) fn is_large(&self) -> bool {
        self.changes.len() >= LARGE
    }

    /// A document was written.
    pub(super) fn add(&mut self, facts: &Facts<'_>, applicant: &Standing, manufacturer: &Standing) {
        for (number, _) in facts.roles() {
            let day = facts.registered_on;
            let change = self.changes.entry(number).or_insert_with(|| Change::none(day));
            change.documents += 1;
            change.first = change.first.min(day);
            change.last = change.last.max(day);
            let party = if number == applicant.party {
                applicant
            } else {
                manufacturer
            };
            change
                .identifiers
                .get_or_insert_with(|| party.identifiers.clone());
        }
    }

    /// A document was taken away, to be replaced.
    pub(super) fn remove(&mut self, facts: &Facts<'_>) {
        for (number, _) in facts.roles() {
            let day = facts.registered_on;
            let change = self.changes.entry(number).or_insert_with(|| Change::none(day));
            change.documents -= 1;
            self.narrowed.insert(number);
        }
    }

    /// Writes what was added up, and goes on with nothing. Gives the parties that have reached `counted_from` documents
    /// and are not counted yet.
    pub(super) async fn write(
        &mut self,
        connection: &mut PgConnection,
        counted_from: i64,
    ) -> Result<Vec<i64>, sqlx::Error> {
        let mut changes: Vec<_> = std::mem::take(&mut self.changes).into_iter().collect();
        changes.sort_unstable_by_key(|(number, _)| *number);
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        upsert(connection, &changes).await?;
        let narrowed: Vec<i64> = std::mem::take(&mut self.narrowed).into_iter().collect();
        if !narrowed.is_empty() {
            measure_again(connection, &narrowed).await?;
        }
        let numbers: Vec<i64> = changes.iter().map(|(number, _)| *number).collect();
        sqlx::query_scalar!(
            "SELECT party FROM parties WHERE party = ANY($1) AND NOT counted AND documents >= $2",
            &numbers,
            counted_from,
        )
        .fetch_all(connection)
        .await
    }
}

async fn upsert(connection: &mut PgConnection, changes: &[(i64, Change)]) -> Result<(), sqlx::Error> {
    let numbers: Vec<i64> = changes.iter().map(|(number, _)| *number).collect();
    let documents: Vec<i64> = changes.iter().map(|(_, change)| change.documents).collect();
    let first: Vec<NaiveDate> = changes.iter().map(|(_, change)| change.first).collect();
    let last: Vec<NaiveDate> = changes.iter().map(|(_, change)| change.last).collect();
    let [inn, ogrn, bin, unp] = [0, 1, 2, 3].map(|which: usize| {
        changes
            .iter()
            .map(|(_, change)| change.identifiers.as_ref()?[which].as_deref())
            .collect::<Vec<Option<&str>>>()
    });
    // Identifiers never change: they are the party. So they are written with a new one only. A party that had lost all
    // documents has no days of its own any more.
    sqlx::query!(
        r#"WITH written AS (
               INSERT INTO parties AS known (
                   party, inn, ogrn, bin, unp, documents, first_registered, last_registered
               )
               SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[],
                                    $7::date[], $8::date[])
               ON CONFLICT (party) DO UPDATE SET
                   documents = known.documents + EXCLUDED.documents,
                   first_registered = CASE WHEN known.documents = 0 THEN EXCLUDED.first_registered
                                           ELSE least(known.first_registered, EXCLUDED.first_registered) END,
                   last_registered = CASE WHEN known.documents = 0 THEN EXCLUDED.last_registered
                                          ELSE greatest(known.last_registered, EXCLUDED.last_registered) END
               RETURNING party, inn, ogrn, bin, unp, xmax = 0 AS is_new
           )
           INSERT INTO party_identifiers (identifier, party)
           SELECT DISTINCT stated.identifier COLLATE "C", written.party
           FROM written CROSS JOIN LATERAL (VALUES (inn), (ogrn), (bin), (unp)) AS stated (identifier)
           WHERE written.is_new AND stated.identifier <> ''
           ORDER BY 1, 2"#,
        &numbers,
        &inn as _,
        &ogrn as _,
        &bin as _,
        &unp as _,
        &documents,
        &first,
        &last,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The days of parties that lost something, from their documents; a party that lost all goes. A counted party stays, at
/// zero: ClickHouse must learn of the zero.
async fn measure_again(connection: &mut PgConnection, narrowed: &[i64]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE parties SET first_registered = measured.first, last_registered = measured.last
         FROM unnest($1::bigint[]) AS narrowed (party)
         CROSS JOIN LATERAL (
             SELECT min(registered_on) AS first, max(registered_on) AS last
             FROM (
                 (SELECT registered_on FROM documents
                  WHERE applicant_party = narrowed.party AND applicant_party <> 0
                  ORDER BY registered_on DESC LIMIT 1)
                 UNION ALL
                 (SELECT registered_on FROM documents
                  WHERE applicant_party = narrowed.party AND applicant_party <> 0
                  ORDER BY registered_on LIMIT 1)
                 UNION ALL
                 (SELECT registered_on FROM documents
                  WHERE manufacturer_party = narrowed.party AND manufacturer_party <> 0
                        AND manufacturer_party <> applicant_party
                  ORDER BY registered_on DESC LIMIT 1)
                 UNION ALL
                 (SELECT registered_on FROM documents
                  WHERE manufacturer_party = narrowed.party AND manufacturer_party <> 0
                        AND manufacturer_party <> applicant_party
                  ORDER BY registered_on LIMIT 1)
             ) AS bounds
         ) AS measured
         WHERE parties.party = narrowed.party AND measured.first IS NOT NULL",
        narrowed,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "WITH gone AS (
             DELETE FROM parties WHERE party = ANY($1) AND documents = 0 AND NOT counted
             RETURNING party, inn, ogrn, bin, unp
         )
         DELETE FROM party_identifiers AS stated
         USING gone
         WHERE stated.party = gone.party AND stated.identifier IN (gone.inn, gone.ogrn, gone.bin, gone.unp)",
        narrowed,
    )
    .execute(connection)
    .await?;
    Ok(())
}
