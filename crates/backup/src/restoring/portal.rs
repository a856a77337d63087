//! Restoring one portal into a database that lives: its rows are replaced, everybody else's are left alone.
//!
//! A portal that has the application *now* keeps its present connection: address, tokens, bindings and waiting work are truer
//! here than in the backup. So an administrator installs first or the operator restores first, as they like.

use super::loading::{Loading, beside};
use super::source::Source;
use super::{BackedUpPortal, Gathered, TableRows, refuse_newer, remapping, settling};
use crate::BackupError;
use crate::catalogue::{listed, quoted};
use crate::file::keys::Keys;
use crate::file::records::{Record, TableHead};
use certlens_store::MemberId;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::path::Path;

/// What connects a portal with us, and its figures: kept as it is where the portal has the application now.
const CONNECTION: [&str; 5] = [
    "chains",
    "portal_events",
    "portal_jobs",
    "portal_telemetry",
    PORTALS,
];
/// What another secret key can't read, or would let nobody in by.
const UNDER_A_KEY: [&str; 3] = ["applications", "chains", "portal_events"];
/// The portal's own row takes the backup's values and stays: rows that are kept of the portal go with it.
const PORTALS: &str = "portals";
/// Rows that are there stay; the backup's join them.
const JOINED: [(&str, &str); 3] = [
    ("portal_users", "ON CONFLICT DO NOTHING"),
    ("audit_log", "ON CONFLICT DO NOTHING"),
    // Registered by the operator, who may have done it again.
    (
        "applications",
        "ON CONFLICT (client_id) DO UPDATE SET member_id = coalesce(applications.member_id, excluded.member_id)",
    ),
];

/// What was restored of a portal.
#[derive(Debug, Clone)]
pub struct RestoredPortal {
    /// The portal as the backup has it.
    pub portal: BackedUpPortal,
    /// The portal has the application now, so that its present connection was kept.
    pub is_present: bool,
    /// The backup was made under a secret key that is not ours, so that tokens were left out.
    pub is_without_tokens: bool,
    /// Rows that were restored.
    pub tables: Vec<TableRows>,
    /// Items that are looked for before they are sent.
    pub doubtful_items: u64,
}

/// How far news had been looked for when the backup was made.
struct Mark {
    version: i64,
    day: chrono::NaiveDate,
}

/// Restores the portal. What is there of it is replaced.
pub async fn restore_portal(
    connection: &mut PgConnection,
    path: &Path,
    keys: Keys,
    member_id: &MemberId,
) -> Result<RestoredPortal, BackupError> {
    let mut source = Source::open(path, keys.clone()).await?;
    refuse_newer(source.head())?;
    let is_without_tokens = !source.head().is_of(&keys);
    let migration = source.head().migration;
    let member_id = member_id.as_str();
    let mut transaction = connection.begin().await?;
    let state = sqlx::query_scalar!(
        "SELECT state FROM portals WHERE member_id = $1 FOR UPDATE",
        member_id
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let is_present = state.is_some_and(|state| state != "uninstalled");

    let mut loading = Loading::of_portal(&mut transaction, migration, member_id).await?;
    let mut gathered = Gathered::default();
    let mut marks = Marks::default();
    while let Some(record) = source.next().await? {
        gathered.note(&record);
        marks.note(&record);
        loading.take(&mut transaction, record).await?;
    }
    let heads = loading.finish_tables(&mut transaction).await?;
    let portal = gathered
        .portals
        .into_iter()
        .find(|portal| portal.member_id == member_id)
        .ok_or_else(|| BackupError::UnknownPortal(member_id.to_owned()))?;

    let wanted: Vec<TableHead> = heads
        .into_iter()
        .filter(|head| !(is_present && CONNECTION.contains(&head.name.as_str())))
        .filter(|head| !(is_without_tokens && UNDER_A_KEY.contains(&head.name.as_str())))
        .collect();
    if is_without_tokens && !is_present {
        sqlx::raw_sql("UPDATE restoring_portals SET application_token_hash = NULL")
            .execute(&mut *transaction)
            .await?;
    }
    remapping::give_new_numbers(&mut transaction, &wanted, member_id).await?;
    for head in wanted.iter().rev().filter(|head| joined(head).is_none()) {
        let statement = format!("DELETE FROM {} WHERE member_id = $1", quoted(&head.name));
        sqlx::query(AssertSqlSafe(statement))
            .bind(member_id)
            .execute(&mut *transaction)
            .await?;
    }
    settling::news_are_listed_anew(&mut transaction, member_id).await?;
    let mut tables = Vec::new();
    for head in &wanted {
        let rows = insert(&mut transaction, head).await?;
        if rows > 0 {
            tables.push(TableRows {
                table: head.name.clone(),
                rows,
            });
        }
    }
    if let Some(mark) = marks.mark() {
        look_again(&mut transaction, member_id, &mark).await?;
    }
    if !is_present {
        settling::no_session_goes_on(&mut transaction, Some(member_id)).await?;
    }
    let doubtful_items = settling::nothing_is_sent_twice(&mut transaction, Some(member_id)).await?;
    settling::look_at_what_happened(&mut transaction, Some(member_id)).await?;
    transaction.commit().await?;
    Ok(RestoredPortal {
        portal,
        is_present,
        is_without_tokens,
        tables,
        doubtful_items,
    })
}

/// How rows join those that are there; `None`: they take their place.
fn joined(head: &TableHead) -> Option<String> {
    if head.name == PORTALS {
        let values: Vec<String> = head
            .columns
            .iter()
            .map(|column| format!("{0} = excluded.{0}", quoted(column)))
            .collect();
        return Some(format!(
            "ON CONFLICT (member_id) DO UPDATE SET {}",
            values.join(", ")
        ));
    }
    JOINED
        .iter()
        .find(|(table, _)| *table == head.name)
        .map(|(_, how)| (*how).to_owned())
}

async fn insert(connection: &mut PgConnection, head: &TableHead) -> Result<u64, BackupError> {
    let columns = listed(&head.columns);
    // Names come from the database's own catalogue, quoted; each column is one of the table's.
    let statement = format!(
        "INSERT INTO {} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {} {}",
        quoted(&head.name),
        beside(&head.name),
        joined(head).unwrap_or_default()
    );
    let outcome = sqlx::query(AssertSqlSafe(statement)).execute(connection).await?;
    Ok(outcome.rows_affected())
}

/// Recounts went on without this portal's subscriptions: what they passed over is looked at again. What was told before
/// is known by its news, or is found in the portal before it is sent.
async fn look_again(connection: &mut PgConnection, member_id: &str, mark: &Mark) -> Result<(), BackupError> {
    let here = sqlx::query!("SELECT version, day FROM recount_mark")
        .fetch_one(&mut *connection)
        .await?;
    // A backup of another database may be ahead of this one: its versions mean nothing here.
    let version = mark.version.min(here.version);
    let day = mark.day.min(here.day);
    sqlx::query!(
        "UPDATE subscriptions SET since_version = least(since_version, $2) WHERE member_id = $1",
        member_id,
        here.version,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "UPDATE subscription_identifiers SET
             is_enrolled = false,
             since_version = CASE WHEN is_enrolled THEN greatest(least(since_version, $4), $2)
                                  ELSE least(since_version, $4) END,
             since_day = CASE WHEN is_enrolled THEN greatest(since_day, $3) ELSE since_day END
         WHERE member_id = $1",
        member_id,
        version,
        day,
        here.version,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Finds the row of `recount_mark` among the records.
#[derive(Debug, Default)]
struct Marks {
    places: Option<[usize; 2]>,
    found: Option<(String, String)>,
}

impl Marks {
    fn note(&mut self, record: &Record) {
        match record {
            Record::Table(head) => {
                let place = |name: &str| head.columns.iter().position(|column| column == name);
                self.places = (head.name == "recount_mark")
                    .then(|| Some([place("version")?, place("day")?]))
                    .flatten();
            }
            Record::Rows(rows) => {
                if let Some(places) = self.places {
                    let values: Vec<&[u8]> = super::loading::values(rows).collect();
                    let [version, day] = places.map(|place| {
                        String::from_utf8_lossy(values.get(place).copied().unwrap_or_default()).into_owned()
                    });
                    self.found = Some((version, day));
                }
            }
            _ => {}
        }
    }

    fn mark(&self) -> Option<Mark> {
        let (version, day) = self.found.as_ref()?;
        Some(Mark {
            version: version.parse().ok()?,
            day: day.parse().ok()?,
        })
    }
}
