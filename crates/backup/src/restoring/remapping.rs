//! Numbers of restored rows that belong to somebody else here by now: they get new ones, with all that names them.
//!
//! In the database from which the backup came numbers are never given out twice, so nothing has to be done there. In
//! another one they clash.

use super::loading::beside;
use crate::BackupError;
use crate::catalogue::quoted;
use crate::file::records::TableHead;
use sqlx::{AssertSqlSafe, PgConnection};

/// Names of rows by number that no foreign key tells of: table, column, and what they name.
const LOOSE: [[&str; 4]; 2] = [
    ["settings_changes", "reverts", "settings_changes", "id"],
    ["subscriptions", "handed_to", "subscriptions", "id"],
];

/// A column that names rows by their number.
struct Reference {
    table: String,
    column: String,
}

/// Gives new numbers, from the sequences, to rows in the temporary tables whose numbers other portals' rows have.
pub(super) async fn give_new_numbers(
    connection: &mut PgConnection,
    heads: &[TableHead],
    member_id: &str,
) -> Result<(), BackupError> {
    for head in heads {
        for column in numbered(connection, &head.name).await? {
            if clashes(connection, &head.name, &column, member_id).await? {
                renumber(connection, heads, &head.name, &column).await?;
            }
        }
    }
    Ok(())
}

/// The columns whose values the database gives out, and that no two rows share.
async fn numbered(connection: &mut PgConnection, table: &str) -> Result<Vec<String>, BackupError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT numbered.attname::text AS "column!"
           FROM pg_attribute AS numbered
           WHERE numbered.attrelid = quote_ident($1)::regclass AND numbered.attidentity <> '' AND EXISTS (
               SELECT FROM pg_index
               WHERE indrelid = numbered.attrelid AND indisunique AND indnkeyatts = 1
                 AND indkey[0] = numbered.attnum)"#,
        table,
    )
    .fetch_all(connection)
    .await?)
}

async fn clashes(
    connection: &mut PgConnection,
    table: &str,
    column: &str,
    member_id: &str,
) -> Result<bool, BackupError> {
    let (own, temporary, column) = (quoted(table), beside(table), quoted(column));
    let statement = format!(
        "SELECT EXISTS (SELECT FROM {temporary} AS restored JOIN {own} AS here ON here.{column} = restored.{column}
                        WHERE here.member_id IS DISTINCT FROM $1)"
    );
    Ok(sqlx::query_scalar(AssertSqlSafe(statement))
        .bind(member_id)
        .fetch_one(connection)
        .await?)
}

async fn renumber(
    connection: &mut PgConnection,
    heads: &[TableHead],
    table: &str,
    column: &str,
) -> Result<(), BackupError> {
    let (temporary, number) = (beside(table), quoted(column));
    let sequence = format!("pg_get_serial_sequence('{}', '{column}')", quoted(table));
    let mut statements = vec![format!(
        "CREATE TEMPORARY TABLE restoring_numbers ON COMMIT DROP AS
         SELECT former, nextval({sequence}) AS present
         FROM (SELECT {number} AS former FROM {temporary} ORDER BY 1) AS ordered"
    )];
    let mut named = references(connection, table, column).await?;
    named.retain(|reference| heads.iter().any(|head| head.name == reference.table));
    for reference in named {
        let (child, column) = (beside(&reference.table), quoted(&reference.column));
        statements.push(format!(
            "UPDATE {child} AS naming SET {column} = numbers.present FROM restoring_numbers AS numbers
             WHERE naming.{column} = numbers.former"
        ));
    }
    statements.push(format!(
        "UPDATE {temporary} AS own SET {number} = numbers.present FROM restoring_numbers AS numbers
         WHERE own.{number} = numbers.former"
    ));
    statements.push("DROP TABLE restoring_numbers".to_owned());
    for statement in statements {
        // Names come from the database's own catalogue, quoted.
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn references(
    connection: &mut PgConnection,
    table: &str,
    column: &str,
) -> Result<Vec<Reference>, BackupError> {
    let mut references = sqlx::query_as!(
        Reference,
        r#"SELECT child.relname::text AS "table!", naming.attname::text AS "column!"
           FROM pg_constraint AS reference
           JOIN pg_class AS child ON child.oid = reference.conrelid
           JOIN pg_attribute AS naming ON naming.attrelid = child.oid AND naming.attnum = reference.conkey[1]
           JOIN pg_attribute AS named
                ON named.attrelid = reference.confrelid AND named.attnum = reference.confkey[1]
           WHERE reference.contype = 'f' AND cardinality(reference.conkey) = 1
             AND reference.confrelid = quote_ident($1)::regclass AND named.attname = $2"#,
        table,
        column,
    )
    .fetch_all(connection)
    .await?;
    references.extend(
        LOOSE
            .iter()
            .filter(|loose| loose[2] == table && loose[3] == column)
            .map(|[table, column, _, _]| Reference {
                table: (*table).to_owned(),
                column: (*column).to_owned(),
            }),
    );
    Ok(references)
}
