//! Taking away what is in the database, before it is restored as a whole.

use crate::BackupError;
use sqlx::{AssertSqlSafe, PgConnection};

/// Refuses while servers or commands of ours are connected: they would go on with what is gone. They have our usual name, or,
/// where the database's address says one, that, as this connection has.
pub(super) async fn refuse_while_used(connection: &mut PgConnection) -> Result<(), BackupError> {
    let there = sqlx::query!(
        r#"SELECT count(*) AS "others!",
                  coalesce(string_agg(DISTINCT quote_literal(application_name), ', '), '') AS "names!"
           FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid()
             AND application_name IN ($1, nullif(current_setting('application_name'), ''))"#,
        certlens_store::APPLICATION_NAME,
    )
    .fetch_one(connection)
    .await?;
    if there.others > 0 {
        return Err(BackupError::InUse {
            others: there.others,
            names: there.names,
        });
    }
    Ok(())
}

/// Drops every table, view, sequence, function and type of the schema that belongs to no extension. The schema itself
/// stays: it may belong to somebody else.
pub(super) async fn drop_everything(connection: &mut PgConnection) -> Result<(), BackupError> {
    let statements = sqlx::query_scalar!(
        r#"WITH own AS (
               SELECT oid, format('%I.%I', current_schema(), relname) AS name,
                      CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                                   ELSE 'TABLE' END AS kind,
                      CASE relkind WHEN 'v' THEN 1 WHEN 'm' THEN 1 WHEN 'S' THEN 3 ELSE 2 END AS turn,
                      'pg_class'::regclass AS catalogue
               FROM pg_class
               WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
               UNION ALL
               SELECT oid, oid::regprocedure::text, 'ROUTINE', 4, 'pg_proc'::regclass
               FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
               UNION ALL
               SELECT type.oid, format('%I.%I', current_schema(), typname), 'TYPE', 5, 'pg_type'::regclass
               FROM pg_type AS type
               WHERE typnamespace = current_schema()::regnamespace
                 AND (typtype IN ('e', 'd', 'r') OR (typtype = 'c' AND EXISTS (
                     SELECT FROM pg_class AS class WHERE class.oid = typrelid AND class.relkind = 'c')))
           )
           SELECT format('DROP %s IF EXISTS %s CASCADE', kind, name) AS "statement!"
           FROM own
           WHERE NOT EXISTS (SELECT FROM pg_depend
                             WHERE pg_depend.classid = own.catalogue AND pg_depend.objid = own.oid AND deptype = 'e')
           ORDER BY turn, name"#
    )
    .fetch_all(&mut *connection)
    .await?;
    for statement in statements {
        // Written by the database itself, names quoted.
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
