//! Who this database is, and that it is still the one that ClickHouse was filled from.
//!
//! ClickHouse notes for which database it holds which version. A database that was restored from a copy, or that failed
//! over to another server, may have lost its last versions and give their numbers again, to other documents. So the
//! identity belongs to a place: server, database and its history (timeline). Found at another place, the database takes a
//! new identity, and ClickHouse is filled anew. That may happen once too often, never once too seldom.

use sqlx::PgConnection;

/// Gives the database another identity if it is at another place than before. For every start, and before every import.
pub async fn settle_identity(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let place = place(connection).await?;
    let moved = sqlx::query_scalar!(
        r#"UPDATE store_identity AS known SET
               home = $1, id = CASE WHEN known.home IS NULL THEN known.id ELSE gen_random_uuid() END
           FROM store_identity AS former
           WHERE known.home IS DISTINCT FROM $1
           RETURNING former.home"#,
        place,
    )
    .fetch_optional(connection)
    .await?;
    if let Some(Some(former)) = moved {
        tracing::warn!(
            former,
            place,
            "this database was restored or has failed over; ClickHouse is filled anew, Postgres answers meanwhile"
        );
    }
    Ok(())
}

async fn place(connection: &mut PgConnection) -> Result<String, sqlx::Error> {
    let database = sqlx::query_scalar!(
        r#"SELECT oid::text AS "oid!" FROM pg_database WHERE datname = current_database()"#
    )
    .fetch_one(&mut *connection)
    .await?;
    let server = sqlx::query_scalar!(
        r#"SELECT system_identifier::text || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS "server!"
           FROM pg_control_system()"#
    )
    .fetch_one(&mut *connection)
    .await;
    match server {
        Ok(server) => Ok(format!("{server}/{database}")),
        // A provider that does not tell: then only another database is noticed.
        Err(sqlx::Error::Database(error)) => {
            tracing::debug!(%error, "the database's server does not say who it is");
            Ok(format!("unknown/{database}"))
        }
        Err(error) => Err(error),
    }
}
