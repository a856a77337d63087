//! Jumps of the database's clock. Leases, due times and back-offs are moments of that clock, so moving all of them is the
//! same as moving the clock the other way, for everybody who asks the database what time it is.

use std::collections::BTreeMap;

use sqlx::PgPool;

/// What imports write, which is large, and what charts are made of: nothing waits for a moment in it.
const STILL: [&str; 9] = [
    "telemetry",
    "portal_telemetry",
    "documents",
    "replaced_documents",
    "document_status_changes",
    "imports",
    "import_registries",
    "registry_state",
    "_sqlx_migrations",
];

/// The clock goes on by so many seconds, or back.
pub(crate) async fn jump(postgres: &PgPool, seconds: i64) -> Result<(), sqlx::Error> {
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT c.table_name::text, c.column_name::text FROM information_schema.columns c
         JOIN information_schema.tables t USING (table_schema, table_name)
         WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
           AND c.data_type = 'timestamp with time zone' ORDER BY 1, 2",
    )
    .fetch_all(postgres)
    .await?;
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (table, column) in columns {
        if !STILL.contains(&table.as_str()) {
            tables.entry(table).or_default().push(column);
        }
    }
    let mut transaction = postgres.begin().await?;
    sqlx::raw_sql("SET LOCAL lock_timeout = '5s'")
        .execute(&mut *transaction)
        .await?;
    for (table, columns) in tables {
        let changes: Vec<String> = columns
            .iter()
            .map(|column| format!("\"{column}\" = \"{column}\" - make_interval(secs => {seconds})"))
            .collect();
        let statement = format!("UPDATE \"{table}\" SET {}", changes.join(", "));
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}
