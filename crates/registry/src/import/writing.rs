//! Writes batches into Postgres, in the caller's transaction: nothing is visible until that commits.
//!
//! The merge is driven from here, not by one big statement: each batch is compared with what is stored, what differs is
//! copied straight into `documents`, and what follows from it (parties, counts, history) is added up in memory and
//! written from time to time. So the time of an import depends on the file's size, not on the store's. May know:
//! Postgres's tables. Must not know: files, ClickHouse.

mod counts;
mod held;
mod keeping;
mod parties;
mod registries;
mod territory;
mod traces;
mod undoing;

use super::ImportError;
use super::batch::{Batch, Incoming};
use super::copy_text;
use certlens_domain::registry::Registry;
use certlens_domain::status::Status;
use chrono::{DateTime, SecondsFormat, Utc};
use counts::{CountChanges, Facts};
use held::Held;
use keeping::Keeping;
use parties::PartyChanges;
use registries::RegistryChanges;
use sqlx::PgConnection;
use territory::ChangedRfStatus;
use uuid::Uuid;

pub(super) use held::{Comparison, find};
pub(super) use keeping::forget;
pub(super) use territory::compare as compare_territory;
pub(super) use undoing::{TakenBack, Undone};

/// Rows are sent in pieces of this many bytes, so that Postgres works while the next piece is put together.
const PIECE: usize = 512 * 1024;
/// So many batches may pass until parties are written: what they have in common is then written once.
const BATCHES_A_FLUSH: u32 = 16;

/// What the rows so far did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Merged {
    pub(super) new: u64,
    pub(super) changed: u64,
}

/// One import's work on the tables.
pub(super) struct Writer<'transaction> {
    connection: &'transaction mut PgConnection,
    import: Uuid,
    /// The version of the store after this import, if it makes a difference.
    version: i64,
    /// The time of the transaction, for every row of the import the same.
    now: DateTime<Utc>,
    merged: Merged,
    parties: PartyChanges,
    counts: CountChanges,
    registries: RegistryChanges,
    /// Whether any document can have another status on Russia's territory.
    territory_is_known: bool,
    keeping: Keeping,
    batches: u32,
}

/// What an import wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) merged: Merged,
    /// The version of the store that it made; `None` when no document differs.
    pub(super) version: Option<i64>,
    /// Documents of which the former body is kept; `None` when the import can't be undone.
    pub(super) kept: Option<u64>,
}

/// A document that is to be written, with what was stored of it.
struct Difference<'batch> {
    incoming: &'batch Incoming,
    held: Option<Held>,
    rf_status: Option<Status>,
}

impl Difference<'_> {
    const fn facts(&self) -> Facts<'_> {
        let incoming = self.incoming;
        Facts {
            registry: incoming.registry,
            kind: incoming.kind,
            status: incoming.status,
            registered_on: incoming.registered_on,
            valid_until: incoming.valid_until,
            regulations: incoming.regulations.as_slice(),
            rf_status: self.rf_status,
            applicant: incoming.applicant.party,
            manufacturer: incoming.manufacturer.party,
        }
    }
}

impl Difference<'_> {
    /// What the document's row says of its past: which versions brought it and its term; when it was first seen, unless
    /// that is now.
    fn history(&self, version: i64) -> String {
        match &self.held {
            None => format!("\t{version}\t{version}"),
            Some(held) => {
                let (first, term) = (held.first_version, held.term_version(self.incoming, version));
                let seen = held.first_seen.to_rfc3339_opts(SecondsFormat::Micros, true);
                format!("\t{first}\t{term}\t{seen}")
            }
        }
    }
}

impl<'transaction> Writer<'transaction> {
    /// Begins to write. The caller holds the import lock and a transaction.
    pub(super) async fn begin(
        connection: &'transaction mut PgConnection,
        import: Uuid,
        counted_from: i64,
        most_kept: u64,
    ) -> Result<Self, ImportError> {
        // For this transaction only. Tables grow under the plans' feet, and statistics lag behind: every statement is
        // planned for what is there now, and looks rows up by their keys instead of reading a big table through.
        sqlx::query!(
            "SELECT set_config('plan_cache_mode', 'force_custom_plan', true) AS plans,
                    set_config('enable_seqscan', 'off', true) AS scans, set_config('jit', 'off', true) AS jit,
                    set_config('work_mem', '64MB', true) AS memory"
        )
        .fetch_one(&mut *connection)
        .await?;
        let state = sqlx::query!(
            r#"SELECT now() AS "now!", (SELECT coalesce(max(data_version), 0) FROM registry_state) AS "version!",
                      EXISTS (SELECT FROM rf_territory_statuses) AS "territory_is_known!""#
        )
        .fetch_one(&mut *connection)
        .await?;
        let counts = CountChanges::load(connection, counted_from).await?;
        Ok(Self {
            connection,
            import,
            version: state.version + 1,
            now: state.now,
            merged: Merged::default(),
            parties: PartyChanges::default(),
            counts,
            registries: RegistryChanges::default(),
            territory_is_known: state.territory_is_known,
            keeping: Keeping::up_to(most_kept),
            batches: 0,
        })
    }

    /// Writes what a batch changes.
    pub(super) async fn write(&mut self, batch: &Batch) -> Result<(), ImportError> {
        let by_registry = batch
            .documents
            .chunk_by(|one, other| one.registry == other.registry);
        for documents in by_registry {
            self.write_documents(batch, documents[0].registry, documents)
                .await?;
        }
        if !batch.territory.is_empty() {
            self.write_territory(batch).await?;
        }
        self.batches += 1;
        if self.batches.is_multiple_of(BATCHES_A_FLUSH) || self.parties.is_large() || self.counts.is_large() {
            self.flush().await?;
        }
        Ok(())
    }

    /// Writes what was added up, and moves the registries. Then the caller may commit.
    pub(super) async fn finish(mut self) -> Result<Written, ImportError> {
        self.flush().await?;
        self.registries
            .write(self.connection, self.import, self.version)
            .await?;
        self.keeping.write(self.connection, self.import).await?;
        Ok(Written {
            merged: self.merged,
            version: self.registries.moves().then_some(self.version),
            kept: self.keeping.kept(),
        })
    }

    /// What the rows so far did.
    pub(super) const fn merged(&self) -> Merged {
        self.merged
    }

    async fn write_documents(
        &mut self,
        batch: &Batch,
        registry: Registry,
        documents: &[Incoming],
    ) -> Result<(), ImportError> {
        for incoming in documents {
            self.registries.read(registry, incoming.registered_on);
        }
        let comparisons = find(self.connection, registry, documents, self.import).await?;
        let differing: Vec<&Incoming> = documents
            .iter()
            .zip(&comparisons)
            .filter(|(_, comparison)| comparison.differs())
            .map(|(incoming, _)| incoming)
            .collect();
        if differing.is_empty() {
            return Ok(());
        }
        let stored: Vec<&Incoming> = documents
            .iter()
            .zip(&comparisons)
            .filter(|(_, comparison)| matches!(comparison, Comparison::Differs { .. }))
            .map(|(incoming, _)| incoming)
            .collect();
        let held = held::take(
            self.connection,
            registry,
            &stored,
            self.import,
            self.keeping.is_wanted(),
        )
        .await?;
        self.keeping.note(self.connection, self.import, &held).await?;
        let mut held = held.into_iter();
        let mut rf_statuses = self.rf_statuses(registry, &differing).await?.into_iter();
        let mut differences = Vec::with_capacity(differing.len());
        let compared = documents
            .iter()
            .zip(&comparisons)
            .filter(|(_, comparison)| comparison.differs());
        for (incoming, comparison) in compared {
            let held = match comparison {
                Comparison::Differs { .. } => held.next(),
                _ => None,
            };
            differences.push(Difference {
                incoming,
                held,
                rf_status: rf_statuses.next().flatten(),
            });
        }
        self.copy(batch, &differences).await?;
        traces::write(self, registry, &differences).await?;
        for difference in &differences {
            self.note(difference);
        }
        Ok(())
    }

    /// Adds up what a written document means for parties, counts and its registry.
    fn note(&mut self, difference: &Difference<'_>) {
        let registry = difference.incoming.registry;
        match &difference.held {
            None => {
                self.merged.new += 1;
                self.registries.added(registry);
            }
            Some(held) => {
                if !held.by_this_import {
                    self.merged.changed += 1;
                    self.registries.changed(registry);
                }
                self.registries.differs(registry);
                let facts = held.facts(registry);
                self.parties.remove(&facts);
                self.counts.remove(&facts);
            }
        }
        let facts = difference.facts();
        let incoming = difference.incoming;
        self.parties
            .add(&facts, &incoming.applicant, &incoming.manufacturer);
        self.counts.add(&facts);
    }

    /// What the list says of these documents of one registry, in their order.
    async fn rf_statuses(
        &mut self,
        registry: Registry,
        documents: &[&Incoming],
    ) -> Result<Vec<Option<Status>>, ImportError> {
        if !self.territory_is_known || registry.country() == "RU" {
            return Ok(Vec::new());
        }
        Ok(territory::statuses_of(self.connection, documents).await?)
    }

    /// New rows take the time of the transaction by themselves; replaced ones bring the time when they were first seen.
    async fn copy(&mut self, batch: &Batch, differences: &[Difference<'_>]) -> Result<(), ImportError> {
        let version = self.version;
        let ending = format!("\t{}\t{version}", self.import);
        for (statement, is_replaced) in [(copy_text::new_rows(), false), (copy_text::replaced_rows(), true)] {
            let rows: Vec<&Difference<'_>> = differences
                .iter()
                .filter(|difference| difference.held.is_some() == is_replaced)
                .collect();
            if rows.is_empty() {
                continue;
            }
            let mut copy = self.connection.copy_in_raw(&statement).await?;
            let mut piece = Vec::with_capacity(PIECE + PIECE / 4);
            for difference in rows {
                piece.extend_from_slice(batch.row(difference.incoming));
                piece.extend_from_slice(difference.rf_status.map_or("\\N", Status::key).as_bytes());
                piece.extend_from_slice(ending.as_bytes());
                piece.extend_from_slice(difference.history(version).as_bytes());
                piece.push(b'\n');
                if piece.len() >= PIECE {
                    copy.send(piece.as_slice()).await?;
                    piece.clear();
                }
            }
            copy.send(piece.as_slice()).await?;
            copy.finish().await?;
        }
        Ok(())
    }

    async fn write_territory(&mut self, batch: &Batch) -> Result<(), ImportError> {
        let compared = territory::compare(self.connection, &batch.territory, self.import).await?;
        self.merged.new += compared.new;
        self.merged.changed += compared.changed;
        if self.keeping.is_wanted() {
            territory::keep(self.connection, &compared, self.import).await?;
        }
        territory::store(self.connection, &compared, self.import).await?;
        self.territory_is_known = true;
        let changed = territory::apply(self.connection, &compared.number_keys, self.version).await?;
        let old = changed
            .iter()
            .filter(|document| document.first_version < self.version)
            .map(ChangedRfStatus::change);
        territory::log(self.connection, self.version, old).await?;
        for document in &changed {
            self.registries.differs(document.registry);
            self.counts.change_rf_status(document);
        }
        Ok(())
    }

    /// Writes what was added up. Parties that grew over the threshold are counted from the documents, all of which
    /// are written at this moment; from now on they are kept counted.
    async fn flush(&mut self) -> Result<(), ImportError> {
        self.counts.write(self.connection, self.version).await?;
        let grown = self
            .parties
            .write(self.connection, self.counts.counted_from())
            .await?;
        self.counts
            .begin_counting(self.connection, &grown, self.version)
            .await?;
        Ok(())
    }
}
