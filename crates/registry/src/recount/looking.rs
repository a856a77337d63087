//! What is news: set-based statements from what a pass looks at to rows of `news`.
//!
//! Each statement goes from documents (or their changes) to the identifiers that they state, and from those to who
//! tracks them (the view `tracked_documents`); no row of a subscription crosses the network. Nothing is news that was
//! there when the subscription was made.

use super::Recounter;
use super::pass::{Pass, Rest};
use chrono::NaiveDate;
use sqlx::PgConnection;

/// What all subscriptions together want, so that most documents need not be joined with any.
struct Wanted {
    /// No subscription has an earlier baseline.
    since_version: i64,
    /// No subscription looks further ahead, in days.
    most_days: i32,
    /// The different numbers of days, of those who want to know of ending terms.
    periods: Vec<i32>,
}

impl Recounter {
    /// One portion of a pass: at first what is logged, and documents if few changed; else the table, range by range.
    pub(super) async fn look(
        &self,
        connection: &mut PgConnection,
        pass: &Pass,
        run: i64,
    ) -> Result<u64, sqlx::Error> {
        let wanted = wanted(connection).await?;
        let Some(rest) = pass.rest else {
            let mut found = logged(connection, pass, run).await?;
            for days in &wanted.periods {
                found += terms_that_came_near(connection, pass, *days, run).await?;
            }
            if self.changed_few(connection, pass).await? {
                found += changed_documents(connection, pass, &wanted, None, run).await?;
                pass.ends(connection).await?;
            } else {
                let file = table(connection).await?.file;
                pass.goes_on(connection, Rest { block: 0, file }).await?;
            }
            return Ok(found);
        };
        let table = table(connection).await?;
        if table.file != rest.file {
            let anew = Rest {
                block: 0,
                file: table.file,
            };
            pass.goes_on(connection, anew).await?;
            return Ok(0);
        }
        let end = rest.block.saturating_add(self.blocks_a_portion);
        let found = changed_documents(connection, pass, &wanted, Some((rest.block, end)), run).await?;
        // What the table grows by meanwhile is of later versions.
        if end >= table.blocks {
            pass.ends(connection).await?;
        } else {
            pass.goes_on(connection, Rest { block: end, ..rest }).await?;
        }
        Ok(found)
    }

    async fn changed_few(&self, connection: &mut PgConnection, pass: &Pass) -> Result<bool, sqlx::Error> {
        let changed = sqlx::query_scalar!(
            r#"SELECT count(*) AS "changed!" FROM (
                   SELECT FROM documents WHERE data_version > $1 AND data_version <= $2 LIMIT $3
               ) AS changed"#,
            pass.from,
            pass.to,
            self.few_documents.saturating_add(1),
        )
        .fetch_one(connection)
        .await?;
        Ok(changed <= self.few_documents)
    }
}

async fn wanted(connection: &mut PgConnection) -> Result<Wanted, sqlx::Error> {
    let groups = sqlx::query!(
        r#"SELECT expiring_days, 'expiring' = ANY (news) AS "is_wanted!", min(since_version) AS "since_version!"
           FROM subscriptions WHERE state = 'active'
           GROUP BY 1, 2 ORDER BY 1, 2"#
    )
    .fetch_all(connection)
    .await?;
    let periods: Vec<i32> = groups
        .iter()
        .filter(|group| group.is_wanted)
        .map(|group| group.expiring_days)
        .collect();
    Ok(Wanted {
        since_version: groups
            .iter()
            .map(|group| group.since_version)
            .min()
            .unwrap_or(i64::MAX),
        most_days: periods.last().copied().unwrap_or(0),
        periods,
    })
}

struct Table {
    file: sqlx::postgres::types::Oid,
    blocks: i64,
}

async fn table(connection: &mut PgConnection) -> Result<Table, sqlx::Error> {
    sqlx::query_as!(
        Table,
        r#"SELECT pg_relation_filenode('documents') AS "file!",
                  pg_relation_size('documents') / current_setting('block_size')::bigint AS "blocks!""#
    )
    .fetch_one(connection)
    .await
}

/// Changes of statuses, here and on Russia's territory. Each happened, whatever followed.
async fn logged(connection: &mut PgConnection, pass: &Pass, run: i64) -> Result<u64, sqlx::Error> {
    if pass.from == pass.to {
        return Ok(0);
    }
    let statuses = sqlx::query!(
        r#"INSERT INTO news (
               subscription_id, member_id, kind, registry, document_key, occurrence, identifiers, recount_id
           )
           SELECT found.subscription_id, found.member_id, happened.kind, found.registry, found.document_key,
                  change.data_version::text, array_agg(DISTINCT found.identifier), $3
           FROM document_status_changes AS change
           CROSS JOIN LATERAL (
               SELECT CASE change.to_status WHEN 'suspended' THEN 'suspended' ELSE 'terminated' END AS kind
           ) AS happened
           JOIN tracked_documents AS found
                ON found.registry = change.registry AND found.document_key = change.document_key
           WHERE change.data_version > $1 AND change.data_version <= $2
                 AND change.to_status IN ('suspended', 'terminated', 'invalid') AND change.from_status <> change.to_status
                 AND change.data_version > found.since_version AND happened.kind = ANY (found.news)
           GROUP BY found.subscription_id, found.member_id, happened.kind, found.registry, found.document_key,
                    change.data_version
           ON CONFLICT DO NOTHING"#,
        pass.from,
        pass.to,
        run,
    )
    .execute(&mut *connection)
    .await?;
    let territory = sqlx::query!(
        r#"INSERT INTO news (
               subscription_id, member_id, kind, registry, document_key, occurrence, identifiers, recount_id
           )
           SELECT found.subscription_id, found.member_id, 'rf_territory', found.registry, found.document_key,
                  change.data_version::text, array_agg(DISTINCT found.identifier), $3
           FROM document_territory_changes AS change
           JOIN tracked_documents AS found
                ON found.registry = change.registry AND found.document_key = change.document_key
           WHERE change.data_version > $1 AND change.data_version <= $2
                 AND change.data_version > found.since_version AND 'rf_territory' = ANY (found.news)
                 -- After a restoration the list comes again, too.
                 AND NOT EXISTS (
                     SELECT FROM known_documents AS known
                     WHERE known.registry = change.registry AND known.document_key = change.document_key
                       AND change.from_status IS NULL AND known.rf_status IS NOT DISTINCT FROM change.to_status)
           GROUP BY found.subscription_id, found.member_id, found.registry, found.document_key, change.data_version
           ON CONFLICT DO NOTHING"#,
        pass.from,
        pass.to,
        run,
    )
    .execute(&mut *connection)
    .await?;
    let meanwhile = changed_meanwhile(connection, pass, run).await?;
    Ok(statuses.rows_affected() + territory.rows_affected() + meanwhile)
}

/// Documents that a restored backup had left out, and that came again with another status: it changed meanwhile.
async fn changed_meanwhile(connection: &mut PgConnection, pass: &Pass, run: i64) -> Result<u64, sqlx::Error> {
    let outcome = sqlx::query!(
        r#"INSERT INTO news (
               subscription_id, member_id, kind, registry, document_key, occurrence, identifiers, recount_id
           )
           SELECT found.subscription_id, found.member_id, happened.kind, found.registry, found.document_key,
                  found.data_version::text, array_agg(DISTINCT found.identifier), $3
           FROM known_documents AS known
           JOIN tracked_documents AS found
                ON found.registry = known.registry AND found.document_key = known.document_key
           CROSS JOIN LATERAL (
               SELECT CASE found.status WHEN 'suspended' THEN 'suspended' ELSE 'terminated' END AS kind
           ) AS happened
           WHERE found.stored_version > $1 AND found.stored_version <= $2 AND found.data_version = found.stored_version
                 AND found.status IN ('suspended', 'terminated', 'invalid') AND found.status <> known.status
                 AND found.data_version > found.since_version AND happened.kind = ANY (found.news)
           GROUP BY found.subscription_id, found.member_id, happened.kind, found.registry, found.document_key,
                    found.data_version
           ON CONFLICT DO NOTHING"#,
        pass.from,
        pass.to,
        run,
    )
    .execute(connection)
    .await?;
    Ok(outcome.rows_affected())
}

/// Documents of which the end came within so many days while the days passed. Missed days are caught up, so that this
/// finds what a recount on each of them would have found.
async fn terms_that_came_near(
    connection: &mut PgConnection,
    pass: &Pass,
    days: i32,
    run: i64,
) -> Result<u64, sqlx::Error> {
    if pass.from_day == pass.day {
        return Ok(0);
    }
    let later = |day: NaiveDate| day + chrono::TimeDelta::days(days.into());
    let outcome = sqlx::query!(
        r#"INSERT INTO news (
               subscription_id, member_id, kind, registry, document_key, occurrence, identifiers, recount_id
           )
           SELECT found.subscription_id, found.member_id, 'expiring', found.registry, found.document_key,
                  to_char(found.valid_until, 'YYYY-MM-DD'), array_agg(DISTINCT found.identifier), $4
           FROM tracked_documents AS found
           WHERE found.status IN ('active', 'renewed', 'extended')
                 AND found.valid_until > $1 AND found.valid_until <= $2
                 AND found.expiring_days = $3 AND 'expiring' = ANY (found.news)
                 AND (found.term_version > found.since_version
                      OR found.valid_until > found.since_day + found.expiring_days)
           GROUP BY found.subscription_id, found.member_id, found.registry, found.document_key, found.valid_until
           ON CONFLICT DO NOTHING"#,
        later(pass.from_day),
        later(pass.day),
        days,
        run,
    )
    .execute(connection)
    .await?;
    Ok(outcome.rows_affected())
}

/// Documents that the pass's versions wrote: new ones, and those whose term is near. Of the whole table, or of the
/// blocks from one up to another.
async fn changed_documents(
    connection: &mut PgConnection,
    pass: &Pass,
    wanted: &Wanted,
    blocks: Option<(i64, i64)>,
    run: i64,
) -> Result<u64, sqlx::Error> {
    if pass.from == pass.to {
        return Ok(0);
    }
    let place = |block: i64| format!("({block},0)");
    // Two conditions that say nothing new spare most documents the joins, and most joined ones the rest.
    let outcome = sqlx::query!(
        r#"INSERT INTO news (
               subscription_id, member_id, kind, registry, document_key, occurrence, identifiers, recount_id
           )
           SELECT found.subscription_id, found.member_id, happened.kind, found.registry, found.document_key,
                  happened.occurrence, array_agg(DISTINCT found.identifier), $8
           FROM tracked_documents AS found
           CROSS JOIN LATERAL (
               SELECT 'new_document' AS kind, '' AS occurrence WHERE found.first_version > found.since_version
               UNION ALL
               SELECT 'expiring', to_char(found.valid_until, 'YYYY-MM-DD')
               WHERE found.status IN ('active', 'renewed', 'extended')
                     AND found.valid_until >= $3 AND found.valid_until <= $3 + found.expiring_days
                     AND (found.term_version > found.since_version
                          OR found.valid_until > found.since_day + found.expiring_days)
           ) AS happened
           WHERE found.data_version > $1 AND found.data_version <= $2
                 AND (found.first_version > $4
                      OR (found.status IN ('active', 'renewed', 'extended')
                          AND found.valid_until >= $3 AND found.valid_until <= $3 + $5::integer))
                 AND (found.first_version > found.since_version
                      OR (found.valid_until >= $3 AND found.valid_until <= $3 + found.expiring_days))
                 AND ($6::text IS NULL OR found.place >= $6::text::tid)
                 AND ($7::text IS NULL OR found.place < $7::text::tid)
                 AND happened.kind = ANY (found.news)
           GROUP BY found.subscription_id, found.member_id, happened.kind, found.registry, found.document_key,
                    happened.occurrence
           ON CONFLICT DO NOTHING"#,
        pass.from,
        pass.to,
        pass.day,
        wanted.since_version,
        wanted.most_days,
        blocks.map(|(start, _)| place(start)),
        blocks.map(|(_, end)| place(end)),
        run,
    )
    .execute(connection)
    .await?;
    Ok(outcome.rows_affected())
}
