//! The kept numbers of parties with very many documents: cells of `party_counts`, moved by exactly what an import
//! changes.

use super::territory::ChangedRfStatus;
use crate::party::{PartyId, PartyRole};
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use chrono::NaiveDate;
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};

/// So many cells are added up in memory: some tens of megabytes.
const LARGE: usize = 300_000;

/// What a document adds to the numbers of its parties.
pub(super) struct Facts<'a> {
    pub(super) registry: Registry,
    pub(super) kind: DocumentKind,
    pub(super) status: Status,
    pub(super) registered_on: NaiveDate,
    pub(super) valid_until: Option<NaiveDate>,
    pub(super) regulations: &'a [String],
    pub(super) rf_status: Option<Status>,
    pub(super) applicant: i64,
    pub(super) manufacturer: i64,
}

impl Facts<'_> {
    /// The document's parties, each once, with the role in which it stands.
    pub(super) fn roles(&self) -> impl Iterator<Item = (i64, PartyRole)> + use<> {
        roles(self.applicant, self.manufacturer)
    }
}

/// The parties of a document, each once, with the role in which it stands.
fn roles(applicant: i64, manufacturer: i64) -> impl Iterator<Item = (i64, PartyRole)> {
    let roles = if applicant == manufacturer {
        [Some((applicant, PartyRole::Both)), None]
    } else {
        [
            Some((applicant, PartyRole::Applicant)),
            Some((manufacturer, PartyRole::Manufacturer)),
        ]
    };
    roles
        .into_iter()
        .flatten()
        .filter(|(party, _)| *party != PartyId::NONE)
}

/// What a cell counts by. The text of cells is fixed by migration 0007.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Facet {
    Kind,
    Status,
    Regulation,
    Month,
    RfTerritory,
}

impl Facet {
    const fn key(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Status => "status",
            Self::Regulation => "regulation",
            Self::Month => "month",
            Self::RfTerritory => "rf_territory",
        }
    }
}

/// The cells to which a document adds one.
fn cells(facts: &Facts<'_>) -> Vec<(Facet, String)> {
    let kind = facts.kind.key();
    // The rule of dates asks documents in force only for their end: the others need no cell for each day.
    let until = facts.valid_until.filter(|_| facts.status.is_active());
    let until = until.map(|day| day.to_string()).unwrap_or_default();
    let mut cells = vec![
        (Facet::Kind, format!("{}/{kind}", facts.registry)),
        (Facet::Status, format!("{}/{until}", facts.status.key())),
        (
            Facet::Month,
            format!("{}/{kind}", facts.registered_on.format("%Y-%m")),
        ),
    ];
    let regulations = facts.regulations.iter();
    cells.extend(regulations.map(|code| (Facet::Regulation, code.clone())));
    cells.extend(
        facts
            .rf_status
            .map(|status| (Facet::RfTerritory, status.key().to_owned())),
    );
    cells
}

/// Changes of the table `party_counts`, added up.
pub(super) struct CountChanges {
    counted_from: i64,
    counted: HashSet<i64>,
    changes: HashMap<(i64, PartyRole, Facet, String), i64>,
    /// Documents by applicant and manufacturer, where both are counted.
    pairs: HashMap<(i64, i64), i64>,
}

impl CountChanges {
    /// Learns which parties are counted.
    pub(super) async fn load(connection: &mut PgConnection, counted_from: i64) -> Result<Self, sqlx::Error> {
        let counted = sqlx::query_scalar!("SELECT party FROM parties WHERE counted")
            .fetch_all(connection)
            .await?;
        Ok(Self {
            counted_from,
            counted: counted.into_iter().collect(),
            changes: HashMap::new(),
            pairs: HashMap::new(),
        })
    }

    /// From how many documents on a party is counted.
    pub(super) const fn counted_from(&self) -> i64 {
        self.counted_from
    }

    pub(super) fn is_large(&self) -> bool {
        self.changes.len() >= LARGE
    }

    /// A document was written.
    pub(super) fn add(&mut self, facts: &Facts<'_>) {
        self.change(facts, 1);
    }

    /// A document was taken away, to be replaced.
    pub(super) fn remove(&mut self, facts: &Facts<'_>) {
        self.change(facts, -1);
    }

    fn change(&mut self, facts: &Facts<'_>, by: i64) {
        let (applicant, manufacturer) = (facts.applicant, facts.manufacturer);
        if applicant != manufacturer
            && self.counted.contains(&applicant)
            && self.counted.contains(&manufacturer)
        {
            *self.pairs.entry((applicant, manufacturer)).or_default() += by;
        }
        for (party, role) in facts.roles() {
            if self.counted.contains(&party) {
                for (facet, cell) in cells(facts) {
                    *self.changes.entry((party, role, facet, cell)).or_default() += by;
                }
            }
        }
    }

    /// A document has another status on Russia's territory.
    pub(super) fn change_rf_status(&mut self, document: &ChangedRfStatus) {
        for (party, role) in roles(document.applicant, document.manufacturer) {
            if self.counted.contains(&party) {
                for (status, by) in [(document.before, -1), (document.after, 1)] {
                    if let Some(status) = status {
                        let cell = (party, role, Facet::RfTerritory, status.key().to_owned());
                        *self.changes.entry(cell).or_default() += by;
                    }
                }
            }
        }
    }

    /// Writes what was added up, and goes on with nothing.
    pub(super) async fn write(
        &mut self,
        connection: &mut PgConnection,
        version: i64,
    ) -> Result<(), sqlx::Error> {
        self.write_pairs(connection).await?;
        let mut changes: Vec<_> = std::mem::take(&mut self.changes)
            .into_iter()
            .filter(|(_, by)| *by != 0)
            .collect();
        if changes.is_empty() {
            return Ok(());
        }
        changes.sort_unstable();
        let parties: Vec<i64> = changes.iter().map(|((party, ..), _)| *party).collect();
        let roles: Vec<&str> = changes.iter().map(|((_, role, ..), _)| role.key()).collect();
        let facets: Vec<&str> = changes.iter().map(|((_, _, facet, _), _)| facet.key()).collect();
        let cells: Vec<&str> = changes.iter().map(|((.., cell), _)| cell.as_str()).collect();
        let documents: Vec<i64> = changes.iter().map(|(_, by)| *by).collect();
        sqlx::query!(
            "INSERT INTO party_counts AS held (party, in_role, facet, cell, documents, data_version)
             SELECT party, in_role::party_role, facet::count_facet, cell, documents, $6
             FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[])
                  AS change (party, in_role, facet, cell, documents)
             ON CONFLICT (party, in_role, facet, cell) DO UPDATE SET
                 documents = held.documents + EXCLUDED.documents, data_version = EXCLUDED.data_version",
            &parties,
            &roles as _,
            &facets as _,
            &cells as _,
            &documents,
            version,
        )
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn write_pairs(&mut self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let pairs: Vec<_> = std::mem::take(&mut self.pairs)
            .into_iter()
            .filter(|(_, by)| *by != 0)
            .collect();
        if pairs.is_empty() {
            return Ok(());
        }
        let applicants: Vec<i64> = pairs.iter().map(|((applicant, _), _)| *applicant).collect();
        let manufacturers: Vec<i64> = pairs.iter().map(|((_, manufacturer), _)| *manufacturer).collect();
        let documents: Vec<i64> = pairs.iter().map(|(_, by)| *by).collect();
        sqlx::query!(
            "INSERT INTO counted_pairs AS held (applicant_party, manufacturer_party, documents)
             SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
             ON CONFLICT (applicant_party, manufacturer_party) DO UPDATE SET
                 documents = held.documents + EXCLUDED.documents",
            &applicants,
            &manufacturers,
            &documents,
        )
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Counts parties from their documents, and keeps them counted from now on. What was counted of them before, if
    /// anything, is replaced.
    pub(super) async fn begin_counting(
        &mut self,
        connection: &mut PgConnection,
        parties: &[i64],
        version: i64,
    ) -> Result<(), sqlx::Error> {
        if parties.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "INSERT INTO party_counts (party, in_role, facet, cell, documents, data_version)
             SELECT standing.party, standing.in_role, counted.facet, counted.cell, count(*), $2
             FROM unnest($1::bigint[]) AS asked (party)
             CROSS JOIN LATERAL (
                 (SELECT asked.party,
                         CASE WHEN manufacturer_party = asked.party THEN 'both' ELSE 'applicant' END::party_role AS in_role,
                         registry, kind, status, registered_on, valid_until, technical_regulations, rf_status
                  FROM documents WHERE applicant_party = asked.party AND applicant_party <> 0)
                 UNION ALL
                 (SELECT asked.party, 'manufacturer', registry, kind, status, registered_on, valid_until,
                         technical_regulations, rf_status
                  FROM documents
                  WHERE manufacturer_party = asked.party AND manufacturer_party <> 0
                        AND manufacturer_party <> applicant_party)
             ) AS standing
             CROSS JOIN LATERAL (
                 SELECT 'kind'::count_facet AS facet, registry || '/' || kind AS cell
                 UNION ALL
                 SELECT 'status', status || '/' || CASE
                     WHEN status IN ('active', 'renewed', 'extended')
                     THEN coalesce(to_char(valid_until, 'YYYY-MM-DD'), '') ELSE '' END
                 UNION ALL
                 SELECT 'month', to_char(registered_on, 'YYYY-MM') || '/' || kind
                 UNION ALL
                 SELECT 'regulation', unnest(technical_regulations)
                 UNION ALL
                 SELECT 'rf_territory', rf_status::text WHERE rf_status IS NOT NULL
             ) AS counted
             GROUP BY standing.party, standing.in_role, counted.facet, counted.cell
             ON CONFLICT (party, in_role, facet, cell) DO UPDATE SET
                 documents = EXCLUDED.documents, data_version = EXCLUDED.data_version",
            parties,
            version,
        )
        .execute(&mut *connection)
        .await?;
        sqlx::query!("UPDATE parties SET counted = true WHERE party = ANY($1)", parties)
            .execute(&mut *connection)
            .await?;
        self.counted.extend(parties);
        begin_counting_pairs(connection, parties).await
    }
}

/// Counts the documents that these parties, counted from now on, share with each other and with those that are counted
/// already.
async fn begin_counting_pairs(connection: &mut PgConnection, parties: &[i64]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO counted_pairs (applicant_party, manufacturer_party, documents)
         SELECT applicant_party, manufacturer_party, count(*)
         FROM (
             SELECT applicant_party, manufacturer_party
             FROM documents
             WHERE applicant_party = ANY($1) AND applicant_party <> 0
               AND manufacturer_party <> 0 AND manufacturer_party <> applicant_party
             UNION ALL
             SELECT applicant_party, manufacturer_party
             FROM documents
             WHERE manufacturer_party = ANY($1) AND manufacturer_party <> 0
               AND manufacturer_party <> applicant_party AND applicant_party <> 0 AND applicant_party <> ALL($1)
         ) AS standing
         WHERE EXISTS (SELECT FROM parties WHERE party = applicant_party AND counted)
           AND EXISTS (SELECT FROM parties WHERE party = manufacturer_party AND counted)
         GROUP BY applicant_party, manufacturer_party
         ON CONFLICT (applicant_party, manufacturer_party) DO UPDATE SET documents = EXCLUDED.documents",
        parties,
    )
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(regulations: &[String]) -> Facts<'_> {
        Facts {
            registry: Registry::Kz,
            kind: DocumentKind::Certificate,
            status: Status::Active,
            registered_on: NaiveDate::from_ymd_opt(2025, 2, 3).unwrap(),
            valid_until: None,
            regulations,
            rf_status: Some(Status::Suspended),
            applicant: 1,
            manufacturer: 0,
        }
    }

    #[test]
    fn document_adds_one_to_a_cell_of_each_facet_that_applies() {
        let regulations = ["ТР ТС 004/2011".to_owned(), "ТР ТС 020/2011".to_owned()];
        let mut facts = facts(&regulations);
        let named = |facts: &Facts<'_>| {
            cells(facts)
                .into_iter()
                .map(|(facet, cell)| format!("{} {cell}", facet.key()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            named(&facts),
            [
                "kind kz/certificate",
                "status active/",
                "month 2025-02/certificate",
                "regulation ТР ТС 004/2011",
                "regulation ТР ТС 020/2011",
                "rf_territory suspended",
            ]
        );
        facts.valid_until = NaiveDate::from_ymd_opt(2030, 12, 31);
        assert_eq!(named(&facts)[1], "status active/2030-12-31");
        facts.status = Status::Suspended;
        assert_eq!(named(&facts)[1], "status suspended/", "its end decides nothing");
    }

    #[test]
    fn each_party_stands_once_and_nobody_stands_nowhere() {
        let standing = |applicant, manufacturer| roles(applicant, manufacturer).collect::<Vec<_>>();
        assert_eq!(standing(0, 0), []);
        assert_eq!(standing(1, 0), [(1, PartyRole::Applicant)]);
        assert_eq!(standing(0, 1), [(1, PartyRole::Manufacturer)]);
        assert_eq!(standing(1, 1), [(1, PartyRole::Both)]);
        assert_eq!(
            standing(1, 2),
            [(1, PartyRole::Applicant), (2, PartyRole::Manufacturer)]
        );
    }
}
