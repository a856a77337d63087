//! What a replaced document leaves behind: the history of its statuses, and the places where ClickHouse must not find it
//! any more.

use super::territory::{self, TerritoryChange};
use super::{Difference, Writer};
use crate::party::PartyId;
use certlens_domain::registry::Registry;
use certlens_domain::status::Status;
use chrono::NaiveDate;

/// Writes the traces of documents of one registry.
pub(super) async fn write(
    writer: &mut Writer<'_>,
    registry: Registry,
    differences: &[Difference<'_>],
) -> Result<(), sqlx::Error> {
    write_status_changes(writer, registry, differences).await?;
    write_territory_changes(writer, registry, differences).await?;
    write_removed_places(writer, registry, differences).await
}

#[derive(Default)]
struct StatusChanges<'a> {
    keys: Vec<&'a str>,
    from: Vec<&'static str>,
    from_labels: Vec<&'a str>,
    to: Vec<&'static str>,
    to_labels: Vec<&'a str>,
}

/// One row for each load that brought another status. Where several lines of a file say different things of a
/// document, the load brought what the last one says.
async fn write_status_changes(
    writer: &mut Writer<'_>,
    registry: Registry,
    differences: &[Difference<'_>],
) -> Result<(), sqlx::Error> {
    let mut changes = StatusChanges::default();
    let mut is_repeated = false;
    for difference in differences {
        let incoming = difference.incoming;
        let Some(held) = &difference.held else { continue };
        let is_same = held.status == incoming.status && held.status_label == incoming.status_label;
        // A document that this load brought begins with what the load says in the end.
        if is_same || held.first_seen == writer.now {
            continue;
        }
        is_repeated |= held.by_this_import;
        changes.keys.push(&incoming.key);
        changes.from.push(Status::key(held.status));
        changes.from_labels.push(&held.status_label);
        changes.to.push(Status::key(incoming.status));
        changes.to_labels.push(&incoming.status_label);
    }
    if changes.keys.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO document_status_changes (
             registry, document_key, seen_at, import_id, from_status, from_label, to_status, to_label, data_version
         )
         SELECT $1::text::registry, key, $2, $3, from_status::document_status, from_label, to_status::document_status,
                to_label, $9
         FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
              AS change (key, from_status, from_label, to_status, to_label)
         ON CONFLICT (registry, document_key, seen_at) DO UPDATE SET
             to_status = EXCLUDED.to_status, to_label = EXCLUDED.to_label",
        registry.key(),
        writer.now,
        writer.import,
        &changes.keys as _,
        &changes.from as _,
        &changes.from_labels as _,
        &changes.to as _,
        &changes.to_labels as _,
        writer.version,
    )
    .execute(&mut *writer.connection)
    .await?;
    if is_repeated {
        sqlx::query!(
            r#"DELETE FROM document_status_changes
               WHERE registry = $1::text::registry AND document_key = ANY($2::text[]) AND seen_at = $3
                     AND from_status = to_status AND from_label = to_label"#,
            registry.key(),
            &changes.keys as _,
            writer.now,
        )
        .execute(&mut *writer.connection)
        .await?;
    }
    Ok(())
}

/// Of documents that another number or day of registration made others in the eyes of the list.
async fn write_territory_changes(
    writer: &mut Writer<'_>,
    registry: Registry,
    differences: &[Difference<'_>],
) -> Result<(), sqlx::Error> {
    let changes = differences.iter().filter_map(|difference| {
        let held = difference.held.as_ref()?;
        let is_change = held.rf_status != difference.rf_status && held.first_version < writer.version;
        is_change.then_some(TerritoryChange {
            registry,
            key: &difference.incoming.key,
            from: held.rf_status,
            to: difference.rf_status,
        })
    });
    territory::log(writer.connection, writer.version, changes).await
}

#[derive(Default)]
struct Places<'a> {
    parties: Vec<i64>,
    days: Vec<NaiveDate>,
    keys: Vec<&'a str>,
}

impl<'a> Places<'a> {
    fn push(&mut self, place: (i64, NaiveDate), key: &'a str) {
        self.parties.push(place.0);
        self.days.push(place.1);
        self.keys.push(key);
    }
}

/// The places in which a document of these parties and this day stands.
pub(super) fn places(
    applicant: i64,
    manufacturer: i64,
    day: NaiveDate,
) -> impl Iterator<Item = (i64, NaiveDate)> {
    let manufacturer = Some(manufacturer).filter(|party| *party != applicant);
    [Some(applicant), manufacturer]
        .into_iter()
        .flatten()
        .filter(|party| *party != PartyId::NONE)
        .map(move |party| (party, day))
}

async fn write_removed_places(
    writer: &mut Writer<'_>,
    registry: Registry,
    differences: &[Difference<'_>],
) -> Result<(), sqlx::Error> {
    let mut left = Places::default();
    let mut regained = Places::default();
    for difference in differences {
        let Some(held) = &difference.held else { continue };
        let incoming = difference.incoming;
        let now: Vec<_> = places(
            incoming.applicant.party,
            incoming.manufacturer.party,
            incoming.registered_on,
        )
        .collect();
        for place in places(held.applicant, held.manufacturer, held.registered_on) {
            if !now.contains(&place) {
                left.push(place, &incoming.key);
            }
        }
        if held.by_this_import {
            // An earlier line of the file may have left a place that this one takes again.
            for place in now {
                regained.push(place, &incoming.key);
            }
        }
    }
    if !left.keys.is_empty() {
        sqlx::query!(
            "INSERT INTO removed_places (party, registered_on, registry, document_key, data_version)
             SELECT party, registered_on, $1::text::registry, key, $2
             FROM unnest($3::bigint[], $4::date[], $5::text[]) AS place (party, registered_on, key)
             ON CONFLICT DO NOTHING",
            registry.key(),
            writer.version,
            &left.parties,
            &left.days,
            &left.keys as _,
        )
        .execute(&mut *writer.connection)
        .await?;
    }
    if !regained.keys.is_empty() {
        sqlx::query!(
            r#"DELETE FROM removed_places AS removed
               USING unnest($3::bigint[], $4::date[], $5::text[]) AS place (party, registered_on, key)
               WHERE removed.data_version = $2 AND removed.party = place.party
                     AND removed.registry = $1::text::registry AND removed.document_key = place.key COLLATE "C"
                     AND removed.registered_on = place.registered_on"#,
            registry.key(),
            writer.version,
            &regained.parties,
            &regained.days,
            &regained.keys as _,
        )
        .execute(&mut *writer.connection)
        .await?;
    }
    Ok(())
}
