//! The places and events that a portal should have for the application, compared with those that it has.
//!
//! `placement.get` and `event.get` list the calling application's own registrations only, so whatever is listed and
//! not wanted is a left-over: of an earlier version, or of an address under which the application lived before. It
//! goes. Repeatable: a second run changes nothing. Needs an administrator's token; looks with one batch, writes with
//! as few as possible, because every request counts against the portal's budget.
//!
//! ```no_run
//! # async fn example(client: certlens_bitrix24::PortalClient) -> Result<(), certlens_bitrix24::CallError> {
//! use certlens_bitrix24::bindings::{EventBinding, PlacementBinding, Wanted, reconcile};
//! use certlens_bitrix24::{EntityType, EventName, Placement};
//!
//! let wanted = Wanted {
//!     placements: vec![PlacementBinding {
//!         placement: Placement::DetailTab(EntityType::Deal),
//!         handler: "https://app.example/tab".to_owned(),
//!         titles: vec![("en".to_owned(), "Checks".to_owned()), ("ru".to_owned(), "Проверки".to_owned())],
//!     }],
//!     events: vec![EventBinding {
//!         event: EventName::AppUninstall,
//!         handler: "https://app.example/uninstall".to_owned(),
//!     }],
//! };
//!
//! let report = reconcile(&client, &wanted).await?;
//! for (code, failure) in report.failures() {
//!     eprintln!("{code}: {failure}");
//! }
//! # Ok(())
//! # }
//! ```

mod plan;
mod state;

use std::collections::HashMap;

use serde_json::Value;

use crate::client::batch::{Batch, Command, CommandOutcome};
use crate::client::{ApiError, CallError, PortalClient};
use crate::event::EventName;
use crate::frame::placement::Placement;
use crate::lenient;
use plan::{Plan, Step, Write};
pub use state::{BoundEvent, BoundPlacement, Inspection, Listing};

/// Commands in a batch.
const BATCH: usize = 50;

/// A place and the page that it opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacementBinding {
    /// Where.
    pub placement: Placement,
    /// The address that the portal POSTs to.
    pub handler: String,
    /// The title by language code; the first is the default. Never empty for a tab that people should find.
    pub titles: Vec<(String, String)>,
}

/// An event and the address that it is sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventBinding {
    /// Which event.
    pub event: EventName,
    /// The address that the portal POSTs to.
    pub handler: String,
}

/// Everything that the application wants on a portal. What isn't in here is removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Places.
    pub placements: Vec<PlacementBinding>,
    /// Events.
    pub events: Vec<EventBinding>,
}

/// What became of a wanted binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was there.
    Kept,
    /// It was missing and is there now.
    Bound,
    /// It was there twice or under another title, and is there anew.
    Rebound,
    /// It isn't there, or not as wanted.
    Failed(Failure),
}

/// Why a wanted binding is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Only administrators may change registrations; nothing was tried.
    #[error("the user is no administrator of the portal")]
    NotAdministrator,
    /// The portal refused: a place or event that it doesn't have, a missing scope.
    #[error(transparent)]
    Refused(ApiError),
    /// The portal ended the batch before it; the next run will try again.
    #[error("the portal did not get to it")]
    NotExecuted,
}

/// What a reconciliation found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The wanted places, in their order.
    pub placements: Vec<(Placement, Outcome)>,
    /// The wanted events, in their order.
    pub events: Vec<(EventName, Outcome)>,
    /// How many left-overs were removed.
    pub removed: usize,
    /// Left-overs that could not be removed, by their code and address.
    pub remaining: Vec<(String, Failure)>,
    /// Whether the token's user administers the portal; `None` when the portal didn't say.
    pub is_administrator: Option<bool>,
    /// Whether the portal counts the installation as finished; until then it shows no tab and sends no event.
    pub is_installed: Option<bool>,
    /// The application's number on the portal; `None` when the portal didn't say.
    pub application_number: Option<u64>,
}

/// Whether a wanted binding is on the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// It is there as wanted.
    Present,
    /// It isn't.
    Missing,
    /// It is there twice, for one user only, or under another title.
    Altered,
    /// The portal doesn't say what it has.
    Unknown(Failure),
}

/// What a portal has, beside what it should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The wanted places, in their order.
    pub placements: Vec<(Placement, Presence)>,
    /// The wanted events, in their order.
    pub events: Vec<(EventName, Presence)>,
    /// What is there and not wanted, by code and address: of an earlier version, or of another address of ours.
    pub left_overs: Vec<String>,
}

/// Compares what was found with what is wanted. Changes nothing: [`reconcile`] does.
pub fn compare(inspection: &Inspection, wanted: &Wanted) -> Comparison {
    Plan::of(inspection, wanted).comparison()
}

impl Report {
    /// Whether everything wanted is there.
    pub fn is_complete(&self) -> bool {
        self.failures().next().is_none()
    }

    /// Whether anything was changed: something had been removed or altered from outside.
    pub fn is_changed(&self) -> bool {
        self.removed > 0
            || self
                .outcomes()
                .any(|(_, outcome)| matches!(outcome, Outcome::Bound | Outcome::Rebound))
    }

    /// The wanted bindings that are missing, by their codes.
    pub fn failures(&self) -> impl Iterator<Item = (String, &Failure)> {
        self.outcomes().filter_map(|(code, outcome)| match outcome {
            Outcome::Failed(failure) => Some((code, failure)),
            _ => None,
        })
    }

    fn outcomes(&self) -> impl Iterator<Item = (String, &Outcome)> {
        let placements = self
            .placements
            .iter()
            .map(|(placement, outcome)| (placement.code(), outcome));
        placements.chain(self.events.iter().map(|(event, outcome)| (event.code(), outcome)))
    }
}

/// Looks at the portal's registrations, its user and its installation, in one batch. Changes nothing.
pub async fn inspect(client: &PortalClient) -> Result<Inspection, CallError> {
    let batch = Batch::independent()
        .command("administrator", Command::new("user.admin"))
        .command("application", Command::new("app.info"))
        .command("placements", Command::new("placement.get"))
        .command("events", Command::new("event.get"));
    Ok(Inspection::read(client.batch(&batch).await?))
}

/// Makes the portal's registrations equal to the wanted ones: missing ones come, left-overs go, doubled and wrongly
/// titled ones are registered anew. What the portal refuses is in the report, one by one; an error is a portal that
/// could not be asked at all, and a later run goes on from whatever was done.
pub async fn reconcile(client: &PortalClient, wanted: &Wanted) -> Result<Report, CallError> {
    let inspection = inspect(client).await?;
    let plan = Plan::of(&inspection, wanted);
    let mut done = Done::default();
    if inspection.is_administrator != Some(false) {
        for chunk in plan.chunks(BATCH) {
            done.run(client, &chunk).await?;
        }
    }
    Ok(plan.report(&inspection, |write| done.outcome(write)))
}

/// What became of each write.
#[derive(Debug, Default)]
struct Done(HashMap<usize, Result<(), Failure>>);

impl Done {
    async fn run(&mut self, client: &PortalClient, writes: &[&Write]) -> Result<(), CallError> {
        let key = |write: &Write| format!("w{}", write.number);
        let batch = writes.iter().fold(Batch::independent(), |batch, write| {
            batch.command(key(write), write.command.clone())
        });
        let mut reply = client.batch(&batch).await?;
        for write in writes {
            let outcome = match reply.take(&key(write)) {
                CommandOutcome::Done(_) => Ok(()),
                CommandOutcome::Failed(error) if write.step == Step::Bind && is_already_bound(&error) => {
                    Ok(())
                }
                CommandOutcome::Failed(error) => Err(Failure::Refused(error)),
                CommandOutcome::NotExecuted => Err(Failure::NotExecuted),
            };
            self.0.insert(write.number, outcome);
        }
        Ok(())
    }

    /// Writes that were never sent are those of a user who may not write.
    fn outcome(&self, write: &Write) -> Result<(), Failure> {
        self.0
            .get(&write.number)
            .cloned()
            .unwrap_or(Err(Failure::NotAdministrator))
    }
}

/// Another run was quicker; there is no code of its own for that.
fn is_already_bound(error: &ApiError) -> bool {
    error.description.to_ascii_lowercase().contains("already binded")
}

/// Whether the token's user administers the portal.
pub async fn is_administrator(client: &PortalClient) -> Result<bool, CallError> {
    let reply = client.call("user.admin", Value::Null).await?;
    Ok(lenient::is_yes(&reply.result))
}

#[cfg(test)]
mod tests;
