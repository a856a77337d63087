//! Everything that is kept of one portal: counted before it is erased, or given away as lines of JSON.
//!
//! Which tables have rows of portals is asked of the database itself, so that a table that comes later is not forgotten:
//! those with a column `member_id`, and those whose rows belong to a row of such a table and go with it. Secrets stay
//! here: encrypted columns and hashes (all of the type `bytea`), and whatever is called a token or a secret.

use crate::{MemberId, Store, StoreError};
use futures::TryStreamExt as _;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sqlx::{AssertSqlSafe, PgConnection, Row as _};
use tokio::sync::mpsc;

/// Version of the lines' form.
const FORMAT: u32 = 1;
/// The name of the first and the last line, where others have their table's.
const FRAME: &str = "certlens_export";
/// Registrations of local applications are the operator's: an erasure only takes the portal's name out of them.
const KEPT: &str = "applications";

/// A table that has rows of portals.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Belonging {
    table: String,
    /// From the rows to their portal: `FROM … WHERE … = $1`.
    of_portal: String,
    /// Columns that are not given away.
    secrets: Vec<String>,
}

/// How many rows of a portal a table has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowsOfPortal {
    /// The table.
    pub table: String,
    /// Its rows of the portal.
    pub rows: i64,
    /// Whether an erasure leaves them, without the portal's name.
    pub is_kept: bool,
}

/// A name of the database as SQL writes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The tables with rows of portals, by name.
async fn belongings(connection: &mut PgConnection) -> Result<Vec<Belonging>, StoreError> {
    let named = sqlx::query!(
        "SELECT class.relname::text AS \"table!\",
                array(SELECT secret.attname::text FROM pg_attribute AS secret
                      WHERE secret.attrelid = class.oid AND secret.attnum > 0 AND NOT secret.attisdropped
                        AND (secret.atttypid = 'bytea'::regtype OR secret.attname ~ '(token|secret)')
                      ORDER BY secret.attnum) AS \"secrets!\"
         FROM pg_class AS class
         WHERE class.relkind IN ('r', 'p') AND class.relnamespace = current_schema()::regnamespace
           AND EXISTS (SELECT FROM pg_attribute AS owner
                       WHERE owner.attrelid = class.oid AND owner.attname = 'member_id' AND NOT owner.attisdropped)
         ORDER BY class.relname",
    )
    .fetch_all(&mut *connection)
    .await?;
    // Rows that go with a row of such a table, by a key of one column.
    let dependent = sqlx::query!(
        "SELECT child.relname::text AS \"table!\", child_column.attname::text AS \"child_column!\",
                parent.relname::text AS \"parent!\", parent_column.attname::text AS \"parent_column!\",
                array(SELECT secret.attname::text FROM pg_attribute AS secret
                      WHERE secret.attrelid = child.oid AND secret.attnum > 0 AND NOT secret.attisdropped
                        AND (secret.atttypid = 'bytea'::regtype OR secret.attname ~ '(token|secret)')
                      ORDER BY secret.attnum) AS \"secrets!\"
         FROM pg_constraint AS reference
         JOIN pg_class AS child ON child.oid = reference.conrelid
         JOIN pg_class AS parent ON parent.oid = reference.confrelid
         JOIN pg_attribute AS child_column
           ON child_column.attrelid = child.oid AND child_column.attnum = reference.conkey[1]
         JOIN pg_attribute AS parent_column
           ON parent_column.attrelid = parent.oid AND parent_column.attnum = reference.confkey[1]
         WHERE reference.contype = 'f' AND reference.confdeltype = 'c' AND cardinality(reference.conkey) = 1
           AND child.relnamespace = current_schema()::regnamespace
           AND EXISTS (SELECT FROM pg_attribute AS owner
                       WHERE owner.attrelid = parent.oid AND owner.attname = 'member_id')
           AND NOT EXISTS (SELECT FROM pg_attribute AS owner
                           WHERE owner.attrelid = child.oid AND owner.attname = 'member_id')
         ORDER BY child.relname",
    )
    .fetch_all(&mut *connection)
    .await?;
    let named = named.into_iter().map(|row| Belonging {
        of_portal: format!("FROM {} AS owned WHERE owned.member_id = $1", quoted(&row.table)),
        table: row.table,
        secrets: row.secrets,
    });
    let dependent = dependent.into_iter().map(|row| Belonging {
        of_portal: format!(
            "FROM {} AS owned JOIN {} AS owner ON owner.{} = owned.{} WHERE owner.member_id = $1",
            quoted(&row.table),
            quoted(&row.parent),
            quoted(&row.parent_column),
            quoted(&row.child_column)
        ),
        table: row.table,
        secrets: row.secrets,
    });
    Ok(named.chain(dependent).collect())
}

impl Store {
    /// What of the portal is where, before it is erased: tables with rows, by name.
    pub async fn rows_of_portal(&self, member_id: &MemberId) -> Result<Vec<RowsOfPortal>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let mut counted = Vec::new();
        for belonging in belongings(&mut connection).await? {
            // Names come from the database's own catalogue, quoted.
            let query = format!("SELECT count(*) {}", belonging.of_portal);
            let rows: i64 = sqlx::query_scalar(AssertSqlSafe(query))
                .bind(member_id.as_str())
                .fetch_one(&mut *connection)
                .await?;
            if rows > 0 {
                counted.push(RowsOfPortal {
                    is_kept: belonging.table == KEPT,
                    table: belonging.table,
                    rows,
                });
            }
        }
        Ok(counted)
    }

    /// Gives everything that is kept of the portal away, as it is at one moment: one JSON object a line,
    /// `{"table": …, "row": {…}}`, without secrets. The first line says what this is and what was left out, the last
    /// one how many rows there were: who lacks it has not got everything.
    ///
    /// Lines go through the channel, so that no more of them are in memory than it holds; when its other end is
    /// dropped this ends. How many rows went.
    pub async fn export_portal(
        &self,
        member_id: &MemberId,
        lines: mpsc::Sender<String>,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query!("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .execute(&mut *transaction)
            .await?;
        let known = sqlx::query_scalar!(
            "SELECT now() AS \"now!\" FROM portals WHERE member_id = $1",
            member_id.as_str(),
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let now = known.ok_or_else(|| StoreError::UnknownPortal(member_id.clone()))?;
        let belongings = belongings(&mut transaction).await?;
        let left_out: Map<String, Value> = belongings
            .iter()
            .filter(|belonging| !belonging.secrets.is_empty())
            .map(|belonging| (belonging.table.clone(), json!(belonging.secrets)))
            .collect();
        let head = json!({"table": FRAME, "row": {
            "format": FORMAT, "member_id": member_id, "at": now, "left_out": left_out,
        }});
        if lines.send(head.to_string()).await.is_err() {
            return Ok(0);
        }
        let mut given = 0;
        for belonging in belongings {
            let query = format!(
                "SELECT json_build_object('table', $2::text, 'row', to_jsonb(owned) - $3::text[])::text {}",
                belonging.of_portal
            );
            let mut rows = sqlx::query(AssertSqlSafe(query))
                .bind(member_id.as_str())
                .bind(belonging.table)
                .bind(belonging.secrets)
                .fetch(&mut *transaction);
            while let Some(row) = rows.try_next().await? {
                if lines.send(row.try_get(0)?).await.is_err() {
                    return Ok(given);
                }
                given += 1;
            }
        }
        let foot = json!({"table": FRAME, "row": {"rows": given, "is_complete": true}});
        // Whoever went away just now misses nothing but this line.
        let _gone = lines.send(foot.to_string()).await;
        Ok(given)
    }
}
