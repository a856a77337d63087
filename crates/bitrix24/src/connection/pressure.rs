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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::client::batch::{Batch, Command};

    fn reply(result: Value, operating_seconds: Option<f64>) -> Reply {
        Reply {
            result,
            next: None,
            total: None,
            operating_seconds,
        }
    }

    #[test]
    fn method_is_busy_from_four_hundred_seconds_on() {
        let none = serde_json::Map::new();
        let request = Request::new("crm.item.list", Parameters::Object(&none), Vec::new()).unwrap();

        assert_eq!(of_reply(&request, &reply(json!([]), None)), []);
        assert_eq!(of_reply(&request, &reply(json!([]), Some(399.9))), []);
        assert_eq!(
            of_reply(&request, &reply(json!([]), Some(400.0))),
            [Pressure::MethodBusy {
                method: "crm.item.list",
                operating_seconds: 400.0
            }]
        );
    }

    #[test]
    fn batch_tells_of_itself_and_of_each_of_its_methods() {
        let batch = Batch::independent()
            .command("a", Command::new("crm.item.list"))
            .command("b", Command::new("crm.requisite.list"))
            .command("c", Command::new("profile"));
        let request = Request::new(
            "batch",
            Parameters::Batch(batch.parameters().unwrap()),
            Vec::new(),
        )
        .unwrap();
        let result = json!({
            "result_error": {"b": {"error": "operation_time_limit"}},
            "result_time": {
                "a": {"operating": 450.0}, "b": {"operating_reset_at": 1_790_000_000}, "c": {"operating": 1},
            },
        });

        let pressures = of_reply(&request, &reply(result, Some(410.0)));

        assert_eq!(
            pressures,
            [
                Pressure::MethodBusy {
                    method: "batch",
                    operating_seconds: 410.0
                },
                Pressure::MethodBusy {
                    method: "crm.item.list",
                    operating_seconds: 450.0
                },
                Pressure::MethodParked {
                    method: "crm.requisite.list",
                    until: chrono::DateTime::from_timestamp(1_790_000_000, 0)
                },
            ]
        );
    }
}
