//! `batch`: commands in their order, with references to earlier results, stopping at an error when asked.
//!
//! A reference that can't be resolved stays as text, as on a real portal: no error tells of it.

use serde_json::{Map, Value, json};

use super::envelope::{Answer, Failure, time};
use super::method::{Caller, dispatch};
use crate::disturbance;
use crate::fault::RestFault;
use crate::parameter::{Parameter, php_array};
use crate::state::{LogEntry, State};

/// The portal's limit.
const MAX_COMMANDS: usize = 50;

/// Runs a batch.
pub(super) fn run(state: &mut State, caller: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let commands = parameters.get("cmd").map(Parameter::entries).unwrap_or_default();
    if commands.len() > MAX_COMMANDS {
        return Err(Failure::bad_request(
            "ERROR_BATCH_LENGTH_EXCEEDED",
            "Max batch length exceeded",
        ));
    }
    let halt = parameters
        .text_of("halt")
        .is_some_and(|halt| halt != "0" && halt != "false");
    let mut outcome = Outcome::default();
    // The worker dies in the middle of the commands.
    let is_cut = disturbance::is_write("batch", parameters) && state.suffers(RestFault::BatchExecutedHalf);
    let executed = if is_cut {
        state.faults.switch_on(RestFault::WriteExecutedButReset, Some(1));
        commands.len() / 2
    } else {
        commands.len()
    };
    for (key, command) in &commands[..executed] {
        let command = command.text().unwrap_or_default();
        let (method, query) = command.split_once('?').unwrap_or((&command, ""));
        let arguments = resolved(Parameter::from_form(query.as_bytes()), &outcome.results);
        let result = if method.eq_ignore_ascii_case("batch") {
            Err(Failure::new(
                axum::http::StatusCode::METHOD_NOT_ALLOWED,
                "ERROR_BATCH_METHOD_NOT_ALLOWED",
                "Method is not allowed for batch usage",
            ))
        } else {
            dispatch(state, caller, method, &arguments)
        };
        state.record(LogEntry {
            server: "portal",
            method: method.to_owned(),
            user_id: Some(caller.user_id),
            status: result
                .as_ref()
                .map_or_else(|failure| failure.status.as_u16(), |_| 200),
            in_batch: true,
        });
        let failed = result.is_err();
        outcome.add(key, result);
        if failed && halt {
            break;
        }
    }
    Ok(outcome.into_value().into())
}

#[derive(Default)]
struct Outcome {
    results: Vec<(String, Value)>,
    errors: Vec<(String, Value)>,
    totals: Vec<(String, Value)>,
    nexts: Vec<(String, Value)>,
    times: Vec<(String, Value)>,
}

impl Outcome {
    fn add(&mut self, key: &str, result: Result<Answer, Failure>) {
        match result {
            Ok(answer) => {
                self.results.push((key.to_owned(), answer.result));
                self.totals
                    .extend(answer.total.map(|total| (key.to_owned(), json!(total))));
                self.nexts
                    .extend(answer.next.map(|next| (key.to_owned(), json!(next))));
                self.times.push((key.to_owned(), time(true)));
            }
            Err(failure) => self.errors.push((key.to_owned(), failure.body())),
        }
    }

    fn into_value(self) -> Value {
        let parts = [
            ("result", self.results),
            ("result_error", self.errors),
            ("result_total", self.totals),
            ("result_next", self.nexts),
            ("result_time", self.times),
        ];
        let parts: Map<String, Value> = parts
            .into_iter()
            .map(|(name, entries)| (name.to_owned(), php_array(entries)))
            .collect();
        Value::Object(parts)
    }
}

/// Arguments with every reference replaced; one that stands alone may lead to a list or map.
fn resolved(arguments: Parameter, results: &[(String, Value)]) -> Parameter {
    match arguments {
        Parameter::Text(text) => {
            let alone = text.strip_prefix("$result").filter(|rest| rest.starts_with('['));
            let path = alone
                .map(path_of)
                .filter(|(_, length)| Some(*length) == alone.map(str::len));
            let found = path.and_then(|(path, _)| found_at(&path, results));
            match found.filter(|value| value.is_array() || value.is_object()) {
                Some(value) => Parameter::from_json(value.to_string().as_bytes()).unwrap_or_default(),
                None => Parameter::Text(resolve(&text, results)),
            }
        }
        Parameter::Map(entries) => Parameter::Map(
            entries
                .into_iter()
                .map(|(key, value)| (key, resolved(value, results)))
                .collect(),
        ),
        scalar @ Parameter::Scalar(_) => scalar,
    }
}

/// Replaces every `$result[key][path]…` in a text that leads to a scalar.
fn resolve(text: &str, results: &[(String, Value)]) -> String {
    let mut resolved = String::new();
    let mut rest = text;
    while let Some(position) = rest.find("$result[") {
        resolved.push_str(&rest[..position]);
        let reference = &rest[position..];
        let (path, length) = path_of(&reference["$result".len()..]);
        let length = "$result".len() + length;
        match value_at(&path, results) {
            Some(value) => resolved.push_str(&value),
            None => resolved.push_str(&reference[..length]),
        }
        rest = &reference[length..];
    }
    resolved.push_str(rest);
    resolved
}

/// The names in a run of `[a][b]`, and how long the run is.
fn path_of(text: &str) -> (Vec<&str>, usize) {
    let (mut path, mut length) = (Vec::new(), 0);
    while let Some(inside) = text[length..].strip_prefix('[') {
        let Some(end) = inside.find(']') else { break };
        path.push(&inside[..end]);
        length += end + 2;
    }
    // At least the bracket that was seen, so that the reader goes on.
    (path, length.max(1))
}

fn value_at(path: &[&str], results: &[(String, Value)]) -> Option<String> {
    match found_at(path, results)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn found_at<'a>(path: &[&str], results: &'a [(String, Value)]) -> Option<&'a Value> {
    let (key, path) = path.split_first()?;
    let mut value = results
        .iter()
        .find(|(known, _)| known == key)
        .map(|(_, value)| value)?;
    for name in path {
        value = match value {
            Value::Array(items) => items.get(name.parse::<usize>().ok()?)?,
            Value::Object(members) => members.get(*name)?,
            _ => return None,
        };
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn resolve_of_a_reference_into_a_list_reads_the_scalar() {
        let results = vec![("list".to_owned(), json!([{"ID": "17"}]))];
        assert_eq!(resolve("$result[list][0][ID]", &results), "17");
        assert_eq!(resolve("CO_$result[list][0][ID]!", &results), "CO_17!");
    }

    #[test]
    fn resolved_reference_that_stands_alone_may_be_a_list() {
        let results = vec![("ids".to_owned(), json!({"all": [5, 6]}))];
        let arguments = Parameter::from_form(b"filter[@ID]=$result[ids][all]&title=all $result[ids][all]");

        let value = resolved(arguments, &results).to_value();

        assert_eq!(
            value,
            json!({"filter": {"@ID": [5, 6]}, "title": "all $result[ids][all]"})
        );
    }

    #[test]
    fn resolve_of_an_unknown_reference_keeps_the_text() {
        assert_eq!(resolve("$result[x][y]", &[]), "$result[x][y]");
        assert_eq!(resolve("$result[", &[]), "$result[");
    }

    proptest! {
        #[test]
        fn resolve_of_any_text_ends(text in "(\\$result|\\[|\\]|[a-zé])*") {
            prop_assert_eq!(resolve(&text, &[]), text);
        }
    }
}
