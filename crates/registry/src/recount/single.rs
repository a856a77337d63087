//! A recount of one identifier, at once: what the next recount would find for those who track it, found now.
//!
//! It goes from the identifier to its documents, and looks at what nobody has looked at yet: versions and days after the
//! mark. The mark stays where it is, so that the next recount looks again, at everything; news are unique, so it adds
//! nothing twice. The mark is locked meanwhile, as for every portion.

use super::pass::Mark;
use super::{RecountError, RecountOutcome, Recounter};
use chrono::NaiveDate;
use sqlx::{Connection as _, PgConnection};

/// What is looked at.
struct Look<'a> {
    identifier: &'a str,
    /// After this version …
    from: i64,
    /// … and after this day, …
    from_day: NaiveDate,
    /// … up to this day.
    day: NaiveDate,
    run: i64,
}

impl Recounter {
    /// Looks for news of the documents of one identifier. `run` is the number in `recounts` of whoever asks. A subscription
    /// that no recount has seen yet is left to the next one.
    pub async fn recount_identifier(
        &self,
        run: i64,
        identifier: &str,
    ) -> Result<RecountOutcome, RecountError> {
        let mut connection = self.postgres.acquire().await?.detach();
        let mut transaction = connection.begin().await?;
        sqlx::query!(
            "SELECT set_config('idle_in_transaction_session_timeout', '15s', true) AS held_at_most,
                    set_config('plan_cache_mode', 'force_custom_plan', true) AS plans, set_config('jit', 'off', true) AS jit"
        )
        .fetch_one(&mut *transaction)
        .await?;
        let mark = Mark::lock(&mut transaction).await?;
        let store = sqlx::query!(
            r#"SELECT coalesce((SELECT max(data_version) FROM registry_state), 0) AS "version!",
                      (clock_timestamp() AT TIME ZONE 'UTC')::date AS "day!",
                      (SELECT count(*) FROM subscription_identifiers AS tracked
                       JOIN subscriptions AS subscription ON subscription.id = tracked.subscription_id
                       WHERE tracked.identifier = $1 AND subscription.state = 'active') AS "subscriptions!""#,
            identifier,
        )
        .fetch_one(&mut *transaction)
        .await?;
        let look = Look {
            identifier,
            from: mark.version,
            from_day: mark.day,
            day: self.today.unwrap_or(store.day).max(mark.day),
            run,
        };
        let found = logged(&mut transaction, &look).await? + documents(&mut transaction, &look).await?;
        transaction.commit().await?;
        connection.close().await?;
        Ok(RecountOutcome {
            from_version: mark.version,
            to_version: store.version.max(mark.version),
            day: look.day,
            subscriptions: store.subscriptions.unsigned_abs(),
            identifiers: 1,
            found,
        })
    }
}

/// Changes of statuses, here and on Russia's territory.
async fn logged(connection: &mut PgConnection, look: &Look<'_>) -> Result<u64, sqlx::Error> {
    let outcome = sqlx::query!(
        r#"WITH party AS MATERIALIZED (
               SELECT party FROM party_identifiers WHERE identifier = $1
           ), held AS MATERIALIZED (
               SELECT registry, document_key FROM documents
               WHERE applicant_party IN (SELECT party FROM party) AND applicant_party <> 0
               UNION
               SELECT registry, document_key FROM documents
               WHERE manufacturer_party IN (SELECT party FROM party) AND manufacturer_party <> 0
                     AND manufacturer_party <> applicant_party
           ), change AS MATERIALIZED (
               SELECT status.registry, status.document_key, status.data_version,
                      CASE status.to_status WHEN 'suspended' THEN 'suspended' ELSE 'terminated' END AS kind
               FROM document_status_changes AS status JOIN held USING (registry, document_key)
               WHERE status.data_version > $2 AND status.to_status IN ('suspended', 'terminated', 'invalid')
                     AND status.from_status <> status.to_status
               UNION ALL
               SELECT territory.registry, territory.document_key, territory.data_version, 'rf_territory'
               FROM document_territory_changes AS territory JOIN held USING (registry, document_key)
               WHERE territory.data_version > $2
           )
           INSERT INTO news (
               subscription_id, member_id, kind, registry, document_key, occurrence, identifiers, recount_id
           )
           SELECT found.subscription_id, found.member_id, change.kind, found.registry, found.document_key,
                  change.data_version::text, array_agg(DISTINCT found.identifier), $3
           FROM change
           JOIN tracked_documents AS found
                ON found.registry = change.registry AND found.document_key = change.document_key
           WHERE change.data_version > found.since_version AND change.kind = ANY (found.news)
           GROUP BY found.subscription_id, found.member_id, change.kind, found.registry, found.document_key,
                    change.data_version
           HAVING bool_or(found.identifier = $1)
           ON CONFLICT DO NOTHING"#,
        look.identifier,
        look.from,
        look.run,
    )
    .execute(connection)
    .await?;
    Ok(outcome.rows_affected())
}

/// New documents, and those whose term is near.
async fn documents(connection: &mut PgConnection, look: &Look<'_>) -> Result<u64, sqlx::Error> {
    let outcome = sqlx::query!(
        r#"WITH party AS MATERIALIZED (
               SELECT party FROM party_identifiers WHERE identifier = $1
           ), held AS MATERIALIZED (
               SELECT registry, document_key FROM documents
               WHERE applicant_party IN (SELECT party FROM party) AND applicant_party <> 0
                     AND (data_version > $2 OR valid_until > $3)
               UNION
               SELECT registry, document_key FROM documents
               WHERE manufacturer_party IN (SELECT party FROM party) AND manufacturer_party <> 0
                     AND manufacturer_party <> applicant_party AND (data_version > $2 OR valid_until > $3)
           )
           INSERT INTO news (
               subscription_id, member_id, kind, registry, document_key, occurrence, identifiers, recount_id
           )
           SELECT found.subscription_id, found.member_id, happened.kind, found.registry, found.document_key,
                  happened.occurrence, array_agg(DISTINCT found.identifier), $5
           FROM held
           JOIN tracked_documents AS found
                ON found.registry = held.registry AND found.document_key = held.document_key
           CROSS JOIN LATERAL (
               SELECT 'new_document' AS kind, '' AS occurrence
               WHERE found.first_version > found.since_version AND found.data_version > $2
               UNION ALL
               SELECT 'expiring', to_char(found.valid_until, 'YYYY-MM-DD')
               WHERE found.status IN ('active', 'renewed', 'extended')
                     AND found.valid_until >= $4 AND found.valid_until <= $4 + found.expiring_days
                     AND (found.data_version > $2 OR found.valid_until > $3 + found.expiring_days)
                     AND (found.term_version > found.since_version
                          OR found.valid_until > found.since_day + found.expiring_days)
           ) AS happened
           WHERE happened.kind = ANY (found.news)
           GROUP BY found.subscription_id, found.member_id, happened.kind, found.registry, found.document_key,
                    happened.occurrence
           HAVING bool_or(found.identifier = $1)
           ON CONFLICT DO NOTHING"#,
        look.identifier,
        look.from,
        look.from_day,
        look.day,
        look.run,
    )
    .execute(connection)
    .await?;
    Ok(outcome.rows_affected())
}
