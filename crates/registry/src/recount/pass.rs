//! How far was looked: the row `recount_mark`, and the beginning and the end of a pass.

use super::{RecountError, RecountStep};
use chrono::NaiveDate;
use sqlx::PgConnection;

/// So many identifiers of subscriptions are enrolled at once: their rows are locked for a moment.
const ENROLLED_AT_ONCE: i64 = 100_000;

/// So many at once are worth fresh statistics: plans for an empty table take hours on a full one.
const MANY: i64 = 1000;

/// Everything up to here was looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) version: i64,
    pub(super) day: NaiveDate,
    /// What is being looked at.
    pub(super) pass: Option<Pass>,
}

/// What a pass looks at, and how far it has come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pass {
    /// Versions after this one …
    pub(super) from: i64,
    /// … up to this one.
    pub(super) to: i64,
    /// Terms that came near after this day …
    pub(super) from_day: NaiveDate,
    /// … up to this one.
    pub(super) day: NaiveDate,
    /// Where the rest of the table begins; `None` before anything was looked at.
    pub(super) rest: Option<Rest>,
}

/// The rest of the table of documents.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rest {
    /// Its first block …
    pub(super) block: i64,
    /// … in this file.
    pub(super) file: sqlx::postgres::types::Oid,
}

impl Mark {
    /// Locks the mark, and reads it as the last portion left it.
    pub(super) async fn lock(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let row = sqlx::query!(
            "SELECT version, day, pass_from, pass_to, pass_from_day, pass_day, pass_block, pass_file
             FROM recount_mark FOR UPDATE"
        )
        .fetch_one(connection)
        .await?;
        let rest = row.pass_block.zip(row.pass_file);
        let versions = row.pass_from.zip(row.pass_to);
        let days = row.pass_from_day.zip(row.pass_day);
        let pass = versions.zip(days).map(|((from, to), (from_day, day))| Pass {
            from,
            to,
            from_day,
            day,
            rest: rest.map(|(block, file)| Rest { block, file }),
        });
        Ok(Self {
            version: row.version,
            day: row.day,
            pass,
        })
    }
}

impl Pass {
    /// Notes that the table was read up to there.
    pub(super) async fn goes_on(&self, connection: &mut PgConnection, rest: Rest) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "UPDATE recount_mark SET pass_block = $1, pass_file = $2",
            rest.block,
            rest.file
        )
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Notes that all of it was looked at. A pass that began early for a new subscription must not take the mark back.
    pub(super) async fn ends(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "UPDATE recount_mark SET version = greatest(version, $1), day = greatest(day, $2), pass_from = NULL,
                    pass_to = NULL, pass_from_day = NULL, pass_day = NULL, pass_block = NULL, pass_file = NULL",
            self.to,
            self.day,
        )
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// Enrols what subscriptions track newly, and begins a pass, when there is something to look at.
pub(super) async fn begin(
    connection: &mut PgConnection,
    mark: Mark,
    today: Option<NaiveDate>,
) -> Result<RecountStep, RecountError> {
    let fresh = enrol(connection).await?;
    // After the enrolment: no subscription has seen a version that this does not see.
    let store = sqlx::query!(
        r#"SELECT coalesce((SELECT max(data_version) FROM registry_state), 0) AS "version!",
                  (clock_timestamp() AT TIME ZONE 'UTC')::date AS "day!",
                  EXISTS (SELECT FROM subscriptions WHERE state = 'active') AS "is_tracked!""#
    )
    .fetch_one(&mut *connection)
    .await?;
    let pass = Pass {
        from: fresh.version.map_or(mark.version, |own| own.min(mark.version)),
        to: store.version.max(mark.version),
        from_day: fresh.day.map_or(mark.day, |own| own.min(mark.day)),
        // A clock that was set back looks at no day twice.
        day: today.unwrap_or(store.day).max(mark.day),
        rest: None,
    };
    if pass.from == pass.to && pass.from_day == pass.day {
        return Ok(if fresh.are_more {
            RecountStep::Looked { found: 0 }
        } else {
            RecountStep::UpToDate {
                version: mark.version,
                day: mark.day,
            }
        });
    }
    if !store.is_tracked {
        pass.ends(connection).await?;
        return Ok(RecountStep::Begun {
            from_version: pass.from,
        });
    }
    sqlx::query!(
        "UPDATE recount_mark SET pass_from = $1, pass_to = $2, pass_from_day = $3, pass_day = $4",
        pass.from,
        pass.to,
        pass.from_day,
        pass.day,
    )
    .execute(connection)
    .await?;
    Ok(RecountStep::Begun {
        from_version: pass.from,
    })
}

/// The earliest baseline of what a pass has enrolled.
struct Fresh {
    version: Option<i64>,
    day: Option<NaiveDate>,
    /// There may be more of them.
    are_more: bool,
}

async fn enrol(connection: &mut PgConnection) -> Result<Fresh, sqlx::Error> {
    let fresh = sqlx::query!(
        r#"WITH fresh AS (
               SELECT subscription_id, identifier FROM subscription_identifiers WHERE NOT is_enrolled
               ORDER BY subscription_id, identifier LIMIT $1
               FOR NO KEY UPDATE SKIP LOCKED
           ), enrolled AS (
               UPDATE subscription_identifiers AS tracked SET is_enrolled = true
               FROM fresh
               WHERE tracked.subscription_id = fresh.subscription_id AND tracked.identifier = fresh.identifier
               RETURNING tracked.subscription_id, tracked.since_version, tracked.since_day
           )
           SELECT count(*) AS "all!",
                  min(greatest(subscription.since_version, enrolled.since_version))
                      FILTER (WHERE subscription.state = 'active') AS version,
                  min(greatest(subscription.since_day, enrolled.since_day))
                      FILTER (WHERE subscription.state = 'active') AS day
           FROM enrolled JOIN subscriptions AS subscription ON subscription.id = enrolled.subscription_id"#,
        ENROLLED_AT_ONCE,
    )
    .fetch_one(&mut *connection)
    .await?;
    if fresh.all >= MANY {
        sqlx::query!("ANALYZE subscriptions, subscription_identifiers")
            .execute(connection)
            .await?;
    }
    Ok(Fresh {
        version: fresh.version,
        day: fresh.day,
        are_more: fresh.all == ENROLLED_AT_ONCE,
    })
}
