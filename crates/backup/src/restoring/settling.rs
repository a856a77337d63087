//! What must be put right after a restoration. The one place of this crate that knows what rows mean.
//!
//! Between the backup and now the world went on: items were sent, tokens renewed, cards changed. Nothing of that is in the
//! rows, so that they are doubted where believing them would do harm. Each function takes one portal, or all.

use crate::BackupError;
use sqlx::PgConnection;

/// For how long new items are looked for before they are sent: the same news may have been told before.
const DOUBT_DAYS: i32 = 7;

/// The documents were not in the backup. Versions go on where they were, so that baselines of subscriptions keep their
/// meaning; which documents were known then, the backup says (`known_documents`).
pub(super) async fn documents_come_again(connection: &mut PgConnection) -> Result<(), BackupError> {
    sqlx::query!(
        "UPDATE registry_state SET
             loaded = false, documents = 0, data_date = NULL, import_id = NULL, imported_at = NULL"
    )
    .execute(&mut *connection)
    .await?;
    // A pass that was under way looked at documents that are not there.
    sqlx::query!(
        "UPDATE recount_mark SET
             version = greatest(version, coalesce((SELECT max(data_version) FROM registry_state), 0)),
             pass_from = NULL, pass_to = NULL, pass_from_day = NULL, pass_day = NULL, pass_block = NULL, pass_file = NULL"
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Which identifiers of the portal had news last is kept by the database as news come; those that are there go.
pub(super) async fn news_are_listed_anew(
    connection: &mut PgConnection,
    portal: &str,
) -> Result<(), BackupError> {
    sqlx::query!("DELETE FROM latest_news WHERE member_id = $1", portal)
        .execute(connection)
        .await?;
    Ok(())
}

/// Sessions carry the portal's generation. One that was ended after the backup must not come to life.
pub(super) async fn no_session_goes_on(
    connection: &mut PgConnection,
    portal: Option<&str>,
) -> Result<(), BackupError> {
    sqlx::query!(
        "UPDATE portals SET generation = nextval('portal_generations') WHERE $1::text IS NULL OR member_id = $1",
        portal,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Every item that is not done with may have been sent after the backup: it is looked for in its portal before it is sent.
/// So are items that are planned in the next days: the same news may have been planned and told after the backup. How many
/// items are doubtful.
pub(super) async fn nothing_is_sent_twice(
    connection: &mut PgConnection,
    portal: Option<&str>,
) -> Result<u64, BackupError> {
    let doubtful = sqlx::query!(
        "UPDATE notification_items SET
             state = CASE state WHEN 'sending' THEN 'waiting' ELSE state END,
             lease_id = NULL, lease_until = NULL, is_open = false, is_uncertain = true, look_at = clock_timestamp(),
             reason = coalesce(reason, 'restored from a backup: it is looked for in the portal before it is sent')
         WHERE finished_at IS NULL AND ($1::text IS NULL OR member_id = $1)",
        portal,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "INSERT INTO notification_senders (member_id, doubt_until)
         SELECT member_id, clock_timestamp() + make_interval(days => $2) FROM portals
         WHERE $1::text IS NULL OR member_id = $1
         ON CONFLICT (member_id) DO UPDATE SET
             lease_id = NULL, lease_until = NULL, doubt_until = excluded.doubt_until",
        portal,
        DOUBT_DAYS,
    )
    .execute(connection)
    .await?;
    Ok(doubtful.rows_affected())
}

/// Cards, people and bindings changed since: the work that reads them is due now. Work that was under way is not.
pub(super) async fn look_at_what_happened(
    connection: &mut PgConnection,
    portal: Option<&str>,
) -> Result<(), BackupError> {
    sqlx::query!(
        "UPDATE portal_jobs SET
             due_at = CASE WHEN lease_id IS NOT NULL OR (due_at IS NOT NULL AND kind IN ('reconcile', 'catch_up', 'staff'))
                           THEN clock_timestamp() ELSE due_at END,
             lease_id = NULL, lease_until = NULL
         WHERE $1::text IS NULL OR member_id = $1",
        portal,
    )
    .execute(&mut *connection)
    .await?;
    // Recounts of processes that are no more. Those that nobody began are begun.
    sqlx::query!(
        "UPDATE recounts SET
             state = 'failed', finished_at = clock_timestamp(), error = 'the database was restored from a backup'
         WHERE state = 'running' AND $1::text IS NULL",
        portal,
    )
    .execute(connection)
    .await?;
    Ok(())
}
