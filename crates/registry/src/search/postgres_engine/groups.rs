//! Groups and kept numbers, by index from Postgres: the same as ClickHouse gives.

use crate::party::{PartyId, PartyRole};
use crate::search::SearchError;
use crate::search::counterparty::Wanted;
use crate::search::found::{Count, Found, Group};
use crate::search::state::parse_stored;
use crate::search::stored::{last_announced_day, parse_cell, stored_month};
use chrono::NaiveDate;
use sqlx::PgConnection;

/// What the wanted parties hold.
pub(in crate::search) async fn found(
    connection: &mut PgConnection,
    wanted: &Wanted,
) -> Result<Found, SearchError> {
    let mut found = Found::default();
    for party in &wanted.counted {
        found.counts.entry(*party).or_default();
    }
    if !wanted.listed.is_empty() || !wanted.common.is_empty() {
        groups(connection, wanted, &mut found).await?;
    }
    if !wanted.counted.is_empty() {
        counts(connection, wanted, &mut found).await?;
    }
    Ok(found)
}

pub(super) fn numbers<'a>(parties: impl IntoIterator<Item = &'a PartyId>) -> Vec<i64> {
    parties.into_iter().map(|party| party.number()).collect()
}

struct GroupRow {
    party: i64,
    in_role: String,
    other: i64,
    registry: String,
    kind: String,
    status: String,
    valid_until: Option<NaiveDate>,
    month: i32,
    technical_regulations: Vec<String>,
    rf_status: Option<String>,
    documents: i64,
}

async fn groups(
    connection: &mut PgConnection,
    wanted: &Wanted,
    found: &mut Found,
) -> Result<(), SearchError> {
    let rows = sqlx::query_as!(
        GroupRow,
        r#"
        WITH standing AS (
            SELECT applicant_party AS party,
                   CASE WHEN manufacturer_party = applicant_party THEN 0 ELSE manufacturer_party END AS other,
                   CASE WHEN manufacturer_party = applicant_party THEN 'both' ELSE 'applicant' END AS in_role,
                   registry, kind, status, valid_until, registered_on, technical_regulations, rf_status
            FROM documents
            WHERE applicant_party = ANY($1) AND applicant_party <> 0
            UNION ALL
            SELECT manufacturer_party, applicant_party, 'manufacturer',
                   registry, kind, status, valid_until, registered_on, technical_regulations, rf_status
            FROM documents
            WHERE manufacturer_party = ANY($1) AND manufacturer_party <> 0 AND manufacturer_party <> applicant_party
            UNION ALL
            SELECT common.party, common.other, 'applicant',
                   registry, kind, status, valid_until, registered_on, technical_regulations, rf_status
            FROM unnest($2::bigint[], $3::bigint[]) AS common (party, other)
            JOIN documents ON applicant_party = common.party AND manufacturer_party = common.other
                           AND applicant_party <> 0
            UNION ALL
            SELECT common.party, common.other, 'manufacturer',
                   registry, kind, status, valid_until, registered_on, technical_regulations, rf_status
            FROM unnest($2::bigint[], $3::bigint[]) AS common (party, other)
            JOIN documents ON manufacturer_party = common.party AND applicant_party = common.other
                           AND manufacturer_party <> 0 AND manufacturer_party <> applicant_party
        ), placed AS (
            SELECT party, in_role, registry, kind, status, valid_until, technical_regulations, rf_status,
                   CASE WHEN other = ANY($4) THEN other ELSE 0 END AS other,
                   (extract(year FROM registered_on) * 100 + extract(month FROM registered_on))::int AS month
            FROM standing
        )
        SELECT party AS "party!", in_role AS "in_role!", other AS "other!", registry::text AS "registry!",
               kind::text AS "kind!", status::text AS "status!", min(valid_until) AS valid_until, month AS "month!",
               technical_regulations AS "technical_regulations!", rf_status::text AS rf_status,
               count(*) AS "documents!"
        FROM placed
        GROUP BY party, in_role, other, registry, kind, status, valid_until IS NULL, valid_until < $5,
                 valid_until <= $6, month, technical_regulations, rf_status
        "#,
        &numbers(&wanted.listed),
        &numbers(wanted.common.keys().map(|(smaller, _)| smaller)),
        &numbers(wanted.common.keys().map(|(_, larger)| larger)),
        &numbers(&wanted.parties()),
        wanted.today,
        last_announced_day(wanted.today),
    )
    .fetch_all(connection)
    .await?;
    for row in rows {
        let Some(party) = PartyId::from_stored(row.party) else {
            continue;
        };
        let group = Group {
            role: stored_role(&row.in_role)?,
            other: PartyId::from_stored(row.other),
            registry: parse_stored("registry", &row.registry)?,
            kind: parse_stored("document kind", &row.kind)?,
            status: parse_stored("status", &row.status)?,
            valid_until: row.valid_until,
            month: stored_month(row.month.unsigned_abs())?,
            technical_regulations: row.technical_regulations,
            rf_status: row
                .rf_status
                .map(|status| parse_stored("status", &status))
                .transpose()?,
            documents: row.documents.unsigned_abs(),
        };
        match group.other.filter(|_| !wanted.listed.contains(&party)) {
            Some(other) => found.add_shared((party, other), &group, wanted.today),
            None => found.add_group(party, group),
        }
    }
    Ok(())
}

/// The kept numbers; ends of validity that the rule of dates treats alike are added up, and the earliest stands for them.
async fn counts(
    connection: &mut PgConnection,
    wanted: &Wanted,
    found: &mut Found,
) -> Result<(), SearchError> {
    let rows = sqlx::query!(
        r#"
        SELECT party, in_role::text AS "in_role!", facet::text AS "facet!", head || min(until) AS "cell!",
               sum(documents)::bigint AS "documents!"
        FROM (
            SELECT party, in_role, facet, documents,
                   CASE WHEN facet = 'status' THEN split_part(cell, '/', 1) || '/' ELSE cell END AS head,
                   CASE WHEN facet = 'status' THEN split_part(cell, '/', 2) ELSE '' END COLLATE "C" AS until
            FROM party_counts
            WHERE party = ANY($1)
        ) AS kept
        GROUP BY party, in_role, facet, head, until = '', until < $2, until <= $3
        "#,
        &numbers(&wanted.counted),
        wanted.today.to_string(),
        last_announced_day(wanted.today).to_string(),
    )
    .fetch_all(connection)
    .await?;
    for row in rows {
        let Some(party) = PartyId::from_stored(row.party) else {
            continue;
        };
        let count = Count {
            role: stored_role(&row.in_role)?,
            cell: parse_cell(&row.facet, &row.cell)?,
            documents: u64::try_from(row.documents).unwrap_or(0),
        };
        found.add_count(party, count);
    }
    Ok(())
}

pub(super) fn stored_role(key: &str) -> Result<PartyRole, SearchError> {
    PartyRole::of_key(key).ok_or_else(|| SearchError::Stored {
        what: "role",
        value: key.to_owned(),
    })
}
