//! What a good answer says about the time budgets of the methods in it. Pure.

use serde_json::Value;

use crate::client::Reply;
use crate::client::exchange::{Parameters, Request};
use crate::error_code::ErrorCode;
use crate::lenient;
use crate::pacing::Pressure;

/// From here a method should be called less: portals block it at 480.
const BUSY_SECONDS: f64 = 400.0;

/// The methods that are nearly or wholly blocked. Who pays for a batch isn't certain (its commands by the
/// documentation, `batch` itself by measurement): both are looked at.
pub(super) fn of_reply<'a>(request: &Request<'a>, reply: &Reply) -> Vec<Pressure<'a>> {
    let mut pressures = Vec::new();
    pressures.extend(busy(request.method, reply.operating_seconds));
    if let Parameters::Batch(batch) = &request.parameters {
        let time_of = |key: &str| {
            part(&reply.result, "result_time", key)?
                .get("operating")?
                .as_f64()
        };
        for (key, method) in batch.commands() {
            pressures.extend(busy(method, time_of(key)));
            let blocked = part(&reply.result, "result_error", key)
                .and_then(|error| error.get("error"))
                .is_some_and(|code| ErrorCode::from_value(code) == ErrorCode::OperationTimeLimit);
            if blocked {
                let until = part(&reply.result, "result_time", key)
                    .and_then(|time| time.get("operating_reset_at"))
                    .and_then(lenient::positive_integer)
                    .and_then(|seconds| i64::try_from(seconds).ok())
                    .and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0));
                pressures.push(Pressure::MethodParked { method, until });
            }
        }
    }
    pressures
}

fn busy(method: &str, seconds: Option<f64>) -> Option<Pressure<'_>> {
    let operating_seconds = seconds.filter(|seconds| *seconds >= BUSY_SECONDS)?;
    Some(Pressure::MethodBusy {
        method,
        operating_seconds,
    })
}

/// An entry of one of a batch's maps, which may be an array.
fn part<'a>(result: &'a Value, map: &str, key: &str) -> Option<&'a Value> {
    let map = result.get(map)?;
    map.get(key).or_else(|| map.get(key.parse::<usize>().ok()?))
}
