//! Creating an object once, although the answer may get lost.
//!
//! A portal that breaks the connection may have created the object, and Bitrix24 doesn't refuse a second one. So the
//! object carries a marker (origin fields, or the external id of tasks and company details): after a lost answer it is
//! looked up by the marker, and only if it isn't there the creation is repeated. Two callers must not create the same
//! object at the same time: markers aren't unique for the portal, the caller holds a lock or a job of its own.

mod marked;

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use serde_json::Value;
use tracing::info;

use crate::client::{CallError, PortalClient};
use crate::lenient;

pub use marked::{Marked, Marker};

/// An object that exists now.
#[derive(Debug, Clone, PartialEq)]
pub struct Created {
    /// Its number.
    pub id: u64,
    /// Whether it was found by its marker: an earlier request had created it.
    pub was_found: bool,
    /// What the creating method answered, or the found row.
    pub result: Value,
}

impl PortalClient {
    /// Creates an object, or finds the one that an earlier request with a lost answer created.
    ///
    /// Repeats at most three times, each time after a look. After a time-out of the client's own
    /// ([`PortalClient::within`]) it only looks: the portal may still be at work. When the job itself is repeated, say
    /// so by [`Marked::attempted_before`].
    pub async fn create_once(&self, write: &Marked) -> Result<Created, CallError> {
        if write.was_attempted_before()
            && let Some(found) = self.look_up(write).await?
        {
            return Ok(found);
        }
        let mut pauses = ExponentialBuilder::new()
            .with_min_delay(Duration::from_secs(1))
            .with_factor(2.0)
            .with_max_times(3)
            .with_jitter()
            .build();
        loop {
            let error = match self.call(write.method(), write.parameters().clone()).await {
                Ok(reply) => return created(write, reply.result),
                Err(error) if error.may_have_run() => error,
                Err(error) => return Err(error),
            };
            let pause = pauses.next();
            // The portal may have been in the middle of it: the look comes after the pause.
            if let Some(pause) = pause {
                tokio::time::sleep(pause).await;
            }
            // If even the look fails, the first error tells more: the creation is uncertain.
            let Ok(found) = self.look_up(write).await else {
                return Err(error);
            };
            if let Some(found) = found {
                info!(
                    method = write.method(),
                    id = found.id,
                    "an object with a lost answer was found by its marker"
                );
                return Ok(found);
            }
            let still_at_work = matches!(error, CallError::TimedOut) && self.time_limit().is_some();
            if pause.is_none() || still_at_work {
                return Err(error);
            }
        }
    }

    /// The first object with the marker.
    async fn look_up(&self, write: &Marked) -> Result<Option<Created>, CallError> {
        let reply = self.call(write.list_method(), write.list_parameters()).await?;
        Ok(write.find_in(&reply.result).map(|(id, row)| Created {
            id,
            was_found: true,
            result: row.clone(),
        }))
    }
}

fn created(write: &Marked, result: Value) -> Result<Created, CallError> {
    match created_id(&result) {
        Some(id) => Ok(Created {
            id,
            was_found: false,
            result,
        }),
        None => Err(CallError::Unexpected {
            method: write.method().to_owned(),
            expected: "the number of the created object",
        }),
    }
}

/// The number of a created object: the result itself (`17`, `"17"`), its `id`, or that of its only member
/// (`{"item": {"id": 17}}`, `{"task": {"id": "17"}}`).
pub(crate) fn created_id(result: &Value) -> Option<u64> {
    lenient::positive_integer(result).or_else(|| {
        let object = result.as_object()?;
        lenient::value_ignoring_case(object, "id")
            .and_then(lenient::positive_integer)
            .or_else(|| {
                let mut members = object.values();
                let only = members.next().filter(|_| members.next().is_none())?;
                lenient::value_ignoring_case(only.as_object()?, "id").and_then(lenient::positive_integer)
            })
    })
}

#[cfg(test)]
mod tests;
