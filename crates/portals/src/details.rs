//! Company details of many companies at once: many companies with each command, fifty commands with each request.

use std::collections::BTreeMap;

use certlens_bitrix24::crm::requisite::is_readable;
use certlens_bitrix24::crm::{Requisite, requisites_of};
use certlens_bitrix24::list::{PAGE_SIZE, read_in_batches};
use certlens_bitrix24::{CallError, Command, CommandOutcome, EntityId, ErrorCode, PortalClient, lenient};

/// The fields that are asked for.
const FIELDS: [&str; 13] = [
    "ID",
    "ENTITY_TYPE_ID",
    "ENTITY_ID",
    "NAME",
    "ACTIVE",
    "SORT",
    "RQ_COMPANY_NAME",
    "RQ_INN",
    "RQ_KPP",
    "RQ_OGRN",
    "RQ_OGRNIP",
    "RQ_BIN",
    "RQ_IIN",
];

/// Companies with each command: half a page, because some companies have several sets of details.
const COMPANIES_AT_ONCE: usize = PAGE_SIZE / 2;
/// `entityTypeId` of companies.
const COMPANY: u32 = 4;

/// Sets of details by company; active ones first, then by their order. Companies without any are left out.
pub(crate) type Details = BTreeMap<EntityId, Vec<Requisite>>;

/// Reads the details of these companies. Details that the client's user may not see are none. From an answer that can't be
/// read no company has lost its details: it is an error.
pub(crate) async fn of_companies(
    client: &PortalClient,
    companies: &[EntityId],
) -> Result<Details, CallError> {
    let chunks: Vec<&[EntityId]> = companies.chunks(COMPANIES_AT_ONCE).collect();
    let commands = chunks.iter().map(|chunk| of_chunk(chunk)).collect();
    let mut details = Details::new();
    for (chunk, outcome) in chunks.iter().zip(read_in_batches(client, commands).await?) {
        match outcome {
            CommandOutcome::Done(rows) if !is_readable(&rows) => return Err(unreadable()),
            CommandOutcome::Done(rows) => {
                let rows = lenient::rows(rows);
                if rows.len() >= PAGE_SIZE {
                    // Perhaps more than a page: these companies are asked one by one.
                    one_by_one(client, chunk, &mut details).await?;
                } else {
                    sort_in(rows.into_iter().filter_map(Requisite::read), chunk, &mut details);
                }
            }
            CommandOutcome::Failed(error) if error.code == ErrorCode::AccessDenied => {}
            CommandOutcome::Failed(error) => return Err(error.into()),
            CommandOutcome::NotExecuted => {
                one_by_one(client, chunk, &mut details).await?;
            }
        }
    }
    Ok(details)
}

/// The companies that sets of details belong to, by the sets' own numbers.
pub(crate) async fn owners(
    client: &PortalClient,
    requisites: &[EntityId],
) -> Result<Vec<EntityId>, CallError> {
    let commands = requisites
        .chunks(PAGE_SIZE)
        .map(|chunk| {
            let command = Command::new("crm.requisite.list").with("start", -1);
            let command = chunk
                .iter()
                .fold(command, |command, id| command.with("filter[@ID][]", id));
            ["ID", "ENTITY_TYPE_ID", "ENTITY_ID"]
                .iter()
                .fold(command, |command, field| command.with("select[]", field))
        })
        .collect();
    let mut owners = Vec::new();
    for outcome in read_in_batches(client, commands).await? {
        match outcome {
            CommandOutcome::Done(rows) if is_readable(&rows) => owners.extend(
                lenient::rows(rows)
                    .into_iter()
                    .filter_map(Requisite::read)
                    .filter_map(|requisite| requisite.company()),
            ),
            CommandOutcome::Failed(error) if error.code == ErrorCode::AccessDenied => {}
            CommandOutcome::Failed(error) => return Err(error.into()),
            CommandOutcome::Done(_) | CommandOutcome::NotExecuted => return Err(unreadable()),
        }
    }
    owners.sort_unstable();
    owners.dedup();
    Ok(owners)
}

fn unreadable() -> CallError {
    CallError::Unexpected {
        method: "crm.requisite.list".to_owned(),
        expected: "details that say whose they are",
    }
}

fn of_chunk(companies: &[EntityId]) -> Command {
    let command = Command::new("crm.requisite.list")
        .with("filter[ENTITY_TYPE_ID]", COMPANY)
        .with("order[ID]", "ASC")
        .with("start", -1);
    let command = companies
        .iter()
        .fold(command, |command, id| command.with("filter[@ENTITY_ID][]", id));
    FIELDS
        .iter()
        .fold(command, |command, field| command.with("select[]", field))
}

async fn one_by_one(
    client: &PortalClient,
    companies: &[EntityId],
    details: &mut Details,
) -> Result<(), CallError> {
    for (company, requisites) in requisites_of(client, companies).await? {
        match requisites {
            Ok(requisites) => sort_in(requisites, &[company], details),
            Err(error) if error.code == ErrorCode::AccessDenied => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Rows of others are dropped: a portal that doesn't understand the filter may send anything.
fn sort_in(requisites: impl IntoIterator<Item = Requisite>, companies: &[EntityId], details: &mut Details) {
    for requisite in requisites {
        if let Some(company) = requisite.company().filter(|company| companies.contains(company)) {
            let known = details.entry(company).or_default();
            known.push(requisite);
            known.sort_by_key(|requisite| (!requisite.active, requisite.sort, requisite.id));
        }
    }
}
