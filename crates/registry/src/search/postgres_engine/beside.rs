//! Who stands beside parties in their newest documents.

use crate::party::PartyId;
use crate::search::SearchError;
use certlens_domain::document::{Party, Role};
use chrono::NaiveDate;
use sqlx::PgConnection;

/// The most parties that are told of: those with the most documents beside the asked ones.
const MOST_PARTIES: i64 = 200;

/// A party whose newest documents are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::search) struct LookedAt {
    pub(in crate::search) party: PartyId,
    /// At most so many documents in each role.
    pub(in crate::search) documents: u64,
}

/// A party that stands beside the asked ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::search) struct Beside {
    /// Its identifiers, and its name in the newest document.
    pub(in crate::search) party: Party,
    /// Its own role; an asked party has the other one.
    pub(in crate::search) role: Role,
    pub(in crate::search) documents: u64,
    pub(in crate::search) last_registered: NaiveDate,
}

/// The parties beside those that are looked at, most documents first; not those of `asked` themselves.
pub(in crate::search) async fn beside(
    connection: &mut PgConnection,
    looked_at: &[LookedAt],
    asked: &[PartyId],
) -> Result<Vec<Beside>, SearchError> {
    let parties: Vec<i64> = looked_at.iter().map(|looked| looked.party.number()).collect();
    let most: Vec<i64> = looked_at
        .iter()
        .map(|looked| i64::try_from(looked.documents).unwrap_or(i64::MAX))
        .collect();
    let asked: Vec<i64> = asked.iter().map(|party| party.number()).collect();
    let rows = sqlx::query!(
        r#"
        WITH beside AS MATERIALIZED (
            SELECT seen.other, seen.is_applicant, count(*) AS documents, max(seen.registered_on) AS last_registered,
                   (array_agg(seen.name ORDER BY seen.registered_on DESC, seen.registry, seen.document_key))[1] AS name
            FROM unnest($1::bigint[], $2::bigint[]) AS looked (party, most)
            CROSS JOIN LATERAL (
                (SELECT manufacturer_party AS other, false AS is_applicant, manufacturer_name AS name, registered_on,
                        registry, document_key
                 FROM documents
                 WHERE applicant_party = looked.party AND applicant_party <> 0
                 ORDER BY registered_on DESC, registry, document_key
                 LIMIT looked.most)
                UNION ALL
                (SELECT applicant_party, true, applicant_name, registered_on, registry, document_key
                 FROM documents
                 WHERE manufacturer_party = looked.party AND manufacturer_party <> 0
                   AND manufacturer_party <> applicant_party
                 ORDER BY registered_on DESC, registry, document_key
                 LIMIT looked.most)
            ) AS seen
            WHERE seen.other <> 0 AND seen.other <> ALL ($3::bigint[])
            GROUP BY seen.other, seen.is_applicant
            ORDER BY count(*) DESC, max(seen.registered_on) DESC, seen.other
            LIMIT $4
        )
        SELECT beside.is_applicant AS "is_applicant!", beside.documents AS "documents!",
               beside.last_registered AS "last_registered!", beside.name AS "name!", inn, ogrn, bin, unp
        FROM beside JOIN parties ON parties.party = beside.other
        ORDER BY beside.documents DESC, beside.last_registered DESC, beside.other
        "#,
        &parties,
        &most,
        &asked,
        MOST_PARTIES,
    )
    .fetch_all(connection)
    .await?;
    let beside = rows.into_iter().map(|row| Beside {
        party: Party {
            name: row.name,
            inn: row.inn,
            ogrn: row.ogrn,
            bin: row.bin,
            unp: row.unp,
            ..Party::default()
        },
        role: if row.is_applicant {
            Role::Applicant
        } else {
            Role::Manufacturer
        },
        documents: row.documents.unsigned_abs(),
        last_registered: row.last_registered,
    });
    Ok(beside.collect())
}

/// The identifiers of these parties, each party with its name in its newest document, in their order.
pub(in crate::search) async fn own(
    connection: &mut PgConnection,
    parties: &[PartyId],
) -> Result<Vec<(PartyId, Party)>, SearchError> {
    let numbers: Vec<i64> = parties.iter().map(|party| party.number()).collect();
    let rows = sqlx::query!(
        r#"
        SELECT parties.party, inn, ogrn, bin, unp, newest.name AS "name?"
        FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (party, position)
        JOIN parties ON parties.party = asked.party
        LEFT JOIN LATERAL (
            SELECT name
            FROM (
                (SELECT applicant_name AS name, registered_on FROM documents
                 WHERE applicant_party = asked.party AND applicant_party <> 0
                 ORDER BY registered_on DESC, registry, document_key
                 LIMIT 1)
                UNION ALL
                (SELECT manufacturer_name, registered_on FROM documents
                 WHERE manufacturer_party = asked.party AND manufacturer_party <> 0
                   AND manufacturer_party <> applicant_party
                 ORDER BY registered_on DESC, registry, document_key
                 LIMIT 1)
            ) AS either
            ORDER BY registered_on DESC
            LIMIT 1
        ) AS newest ON true
        ORDER BY asked.position
        "#,
        &numbers,
    )
    .fetch_all(connection)
    .await?;
    let own = rows.into_iter().filter_map(|row| {
        let party = Party {
            name: row.name.unwrap_or_default(),
            inn: row.inn,
            ogrn: row.ogrn,
            bin: row.bin,
            unp: row.unp,
            ..Party::default()
        };
        Some((PartyId::from_stored(row.party)?, party))
    });
    Ok(own.collect())
}
