//! The crawl: reads a portal's companies with their details, its deals and its leads into the index, in the background.
//!
//! Ten pages with each request; where it stands is written down after each, so that a killed crawl goes on where it
//! was. What a complete crawl didn't see is forgotten. Between crawls events keep the index; a daily look at what
//! changed since the last one makes good for events that got lost.

use certlens_bitrix24::crm::{ItemPage, ItemSelection, Requisite, item_pages};
use certlens_bitrix24::list::{ListQuery, pages};
use certlens_bitrix24::{EntityId, MemberId, PortalClient};
use certlens_store::{CrmEntity, EntityType, IndexedItem, JobLease};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::details;
use crate::error::PortalsError;
use crate::job::{JobKind, Outcome};
use crate::member;
use crate::portals::Portals;
use crate::reading::{self, Rules};

/// Pages with each request.
const PAGES: usize = 10;
/// Clocks differ, and a change takes a while to show.
const OVERLAP: TimeDelta = TimeDelta::minutes(15);
/// How far the daily look goes back when there was none yet.
const FIRST_LOOK_BACK: TimeDelta = TimeDelta::days(2);
/// Items that are read anew with one request.
const ITEMS_AT_ONCE: usize = 50;

/// How far a crawl got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CrawlPhase {
    /// Not begun.
    Waiting,
    /// Companies and their details.
    Companies,
    /// Deals.
    Deals,
    /// Leads.
    Leads,
    /// Complete.
    Finished,
}

impl CrawlPhase {
    /// The items that this phase reads.
    const fn entity_type(self) -> Option<EntityType> {
        match self {
            Self::Companies => Some(EntityType::Company),
            Self::Deals => Some(EntityType::Deal),
            Self::Leads => Some(EntityType::Lead),
            Self::Waiting | Self::Finished => None,
        }
    }

    const fn next(self) -> Self {
        match self {
            Self::Waiting => Self::Companies,
            Self::Companies => Self::Deals,
            Self::Deals => Self::Leads,
            Self::Leads | Self::Finished => Self::Finished,
        }
    }
}

/// What a page shows of a crawl.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrawlProgress {
    /// The present phase.
    pub phase: CrawlPhase,
    /// Rows read so far in all phases.
    pub done: u64,
    /// Rows expected in all phases, where the portal counted them.
    pub expected: Option<u64>,
    /// When this crawl began.
    pub started_at: Option<DateTime<Utc>>,
    /// When the latest crawl came to its end.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why the latest attempt stopped; it goes on by itself.
    pub last_error: Option<String>,
}

/// Where a crawl stands, as it is written down.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Position {
    phase: CrawlPhase,
    cursor: u64,
    done: u64,
    expected: Option<u64>,
    started_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    /// Which fields were read: a crawl with others begins anew.
    fields: Value,
}

impl Position {
    fn start(fields: Value, finished_at: Option<DateTime<Utc>>) -> Self {
        Self {
            phase: CrawlPhase::Companies,
            cursor: 0,
            done: 0,
            expected: None,
            started_at: Utc::now(),
            finished_at,
            fields,
        }
    }

    /// Goes on where an earlier worker was, unless that crawl was complete or read other fields.
    fn resume(written: Option<Value>, fields: Value) -> Self {
        let written: Option<Self> = written.and_then(|value| serde_json::from_value(value).ok());
        match written {
            Some(position) if position.phase != CrawlPhase::Finished && position.fields == fields => position,
            Some(position) => Self::start(fields, position.finished_at),
            None => Self::start(fields, None),
        }
    }

    fn written(&self) -> Value {
        // Plain numbers, texts and times: this can't fail.
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl Portals {
    /// How far the portal's crawl got.
    pub async fn progress(&self, member_id: &MemberId) -> Result<CrawlProgress, PortalsError> {
        let job = self
            .store()
            .job(&member::stored(member_id)?, JobKind::Crawl.key())
            .await?;
        let last_error = job.as_ref().and_then(|job| job.last_error.clone());
        let position: Option<Position> = job
            .and_then(|job| job.progress)
            .and_then(|progress| serde_json::from_value(progress).ok());
        Ok(CrawlProgress {
            phase: position
                .as_ref()
                .map_or(CrawlPhase::Waiting, |position| position.phase),
            done: position.as_ref().map_or(0, |position| position.done),
            expected: position.as_ref().and_then(|position| position.expected),
            started_at: position.as_ref().map(|position| position.started_at),
            finished_at: position.and_then(|position| position.finished_at),
            last_error,
        })
    }

    /// Crawls, from where an earlier worker was.
    pub(crate) async fn crawl(
        &self,
        lease: &JobLease,
        written: Option<Value>,
        stop: &CancellationToken,
    ) -> Result<Outcome, PortalsError> {
        let stored = lease.member_id();
        let client = self.background_client(&member::platform(stored)?).await?;
        // Which fields to read is found out first, so that nothing is read twice.
        self.detect_fields(stored, &client).await?;
        let rules = Rules::of(&self.store().settings(stored).await?);
        let mut position = Position::resume(written, fields_read(&rules));
        if position.expected.is_none() {
            position.expected = count(&client).await;
        }
        while let Some(entity_type) = position.phase.entity_type() {
            let selection = selection(entity_type, &rules).after(position.cursor);
            let mut pages = item_pages(&client, selection);
            loop {
                if stop.is_cancelled() {
                    return Ok(Outcome::Interrupted);
                }
                let read_at = Utc::now();
                let Some(page) = pages.try_next().await? else {
                    break;
                };
                self.index_page(&client, stored, &rules, &page, read_at).await?;
                position.cursor = page.cursor;
                position.done += page.items.len() as u64;
                self.store()
                    .renew_job(lease, crate::worker::LEASE, Some(&position.written()))
                    .await?;
                if page.is_last {
                    break;
                }
            }
            self.store()
                .forget_unseen(stored, entity_type, position.started_at)
                .await?;
            position.phase = position.phase.next();
            position.cursor = 0;
        }
        position.finished_at = Some(Utc::now());
        tracing::info!(member_id = %stored, items = position.done, "a portal's CRM is in the index");
        Ok(Outcome::Done(Some(position.written())))
    }

    async fn index_page(
        &self,
        client: &PortalClient,
        stored: &certlens_store::MemberId,
        rules: &Rules,
        page: &ItemPage,
        read_at: DateTime<Utc>,
    ) -> Result<(), PortalsError> {
        let companies: Vec<EntityId> = page
            .items
            .iter()
            .filter(|item| item.entity_type == certlens_bitrix24::EntityType::Company)
            .map(|item| item.id)
            .collect();
        let details = if companies.is_empty() {
            details::Details::new()
        } else {
            details::of_companies(client, &companies).await?
        };
        let items: Vec<IndexedItem> = page
            .items
            .iter()
            .filter_map(|item| {
                let requisites: &[Requisite] = match item.entity_type {
                    certlens_bitrix24::EntityType::Company => {
                        details.get(&item.id).map(Vec::as_slice).unwrap_or_default()
                    }
                    _ => &[],
                };
                reading::item(item, requisites, rules, read_at)
            })
            .collect();
        self.store().index_items(stored, &items).await?;
        Ok(())
    }

    /// Reads what changed since the latest such reading.
    pub(crate) async fn catch_up(
        &self,
        stored: &certlens_store::MemberId,
        last_success_at: Option<DateTime<Utc>>,
        stop: &CancellationToken,
    ) -> Result<Outcome, PortalsError> {
        let since = last_success_at.unwrap_or_else(|| Utc::now() - FIRST_LOOK_BACK) - OVERLAP;
        let client = self.background_client(&member::platform(stored)?).await?;
        let rules = Rules::of(&self.store().settings(stored).await?);
        for entity_type in EntityType::ALL {
            let selection = selection(entity_type, &rules).updated_since(since);
            let mut pages = item_pages(&client, selection);
            loop {
                if stop.is_cancelled() {
                    return Ok(Outcome::Interrupted);
                }
                let read_at = Utc::now();
                let Some(page) = pages.try_next().await? else {
                    break;
                };
                self.index_page(&client, stored, &rules, &page, read_at).await?;
                let changed: Vec<CrmEntity> = page
                    .items
                    .iter()
                    .map(|item| CrmEntity::new(entity_type, reading::stored_id(item.id)))
                    .collect();
                self.store().revoke_access(stored, &changed).await?;
            }
        }
        let companies = companies_with_changed_details(&client, since).await?;
        for chunk in companies.chunks(ITEMS_AT_ONCE) {
            if stop.is_cancelled() {
                return Ok(Outcome::Interrupted);
            }
            self.refresh(&client, stored, &rules, chunk).await?;
        }
        Ok(Outcome::Done(None))
    }
}

fn selection(entity_type: EntityType, rules: &Rules) -> ItemSelection {
    ItemSelection::new(reading::platform_type(entity_type))
        .custom_fields(rules.custom_fields(entity_type))
        .company_fields(rules.company_fields(entity_type))
        .chained(PAGES)
}

/// The fields that decide what the index holds.
fn fields_read(rules: &Rules) -> Value {
    EntityType::ALL
        .into_iter()
        .map(|entity_type| {
            json!([
                rules.mapped(entity_type),
                rules.custom_fields(entity_type),
                rules.company_fields(entity_type),
            ])
        })
        .collect()
}

/// How many items there are to read; `None` when the portal doesn't count them. Only for showing.
async fn count(client: &PortalClient) -> Option<u64> {
    let mut total = 0;
    for entity_type in EntityType::ALL {
        let parameters = json!({
            "entityTypeId": reading::platform_type(entity_type).type_id(),
            "select": ["id"],
            "start": 0,
        });
        let reply = client.call("crm.item.list", parameters).await.ok()?;
        total += reply.total?;
    }
    Some(total)
}

/// Companies whose details changed: that doesn't change the companies themselves.
async fn companies_with_changed_details(
    client: &PortalClient,
    since: DateTime<Utc>,
) -> Result<Vec<CrmEntity>, PortalsError> {
    let mut companies: Vec<CrmEntity> = Vec::new();
    // A set of details that was never changed since it was made has no time of its last change.
    for time in ["DATE_MODIFY", "DATE_CREATE"] {
        let query = ListQuery::requisites()
            .with(
                "filter[ENTITY_TYPE_ID]",
                certlens_bitrix24::EntityType::Company.type_id(),
            )
            .with(
                format!("filter[>={time}]"),
                since.to_rfc3339_opts(SecondsFormat::Secs, false),
            )
            .select(["ID", "ENTITY_TYPE_ID", "ENTITY_ID"])
            .chained(PAGES);
        let mut pages = pages(client, query);
        while let Some(page) = pages.try_next().await? {
            companies.extend(
                page.rows
                    .into_iter()
                    .filter_map(|row| Requisite::read(Value::Object(row.fields)))
                    .filter_map(|requisite| requisite.company())
                    .map(|id| CrmEntity::new(EntityType::Company, reading::stored_id(id))),
            );
        }
    }
    companies.sort_unstable();
    companies.dedup();
    Ok(companies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resume_goes_on_where_an_earlier_worker_was() {
        let mut earlier = Position::start(json!([1]), None);
        earlier.phase = CrawlPhase::Deals;
        earlier.cursor = 4_711;

        let position = Position::resume(Some(earlier.written()), json!([1]));

        assert_eq!((position.phase, position.cursor), (CrawlPhase::Deals, 4_711));
        assert_eq!(position.started_at, earlier.started_at);
    }

    #[test]
    fn resume_begins_anew_after_a_complete_crawl_with_other_fields_or_with_a_note_it_cannot_read() {
        let mut complete = Position::start(json!([1]), None);
        complete.phase = CrawlPhase::Finished;
        complete.finished_at = Some(Utc::now());
        let mut half = Position::start(json!([2]), None);
        half.cursor = 9;

        for written in [
            Some(complete.written()),
            Some(half.written()),
            Some(json!("?")),
            None,
        ] {
            let position = Position::resume(written, json!([1]));
            assert_eq!((position.phase, position.cursor), (CrawlPhase::Companies, 0));
        }
        let again = Position::resume(Some(complete.written()), json!([1]));
        assert_eq!(again.finished_at, complete.finished_at);
    }
}
