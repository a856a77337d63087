//! One request with up to 50 commands, where later commands may use earlier results.
//!
//! A portal takes a reference it can't resolve for a plain text, so chains should stop at the first error, and the
//! reader must expect commands that never ran. Pure: builds parameters and reads results.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use url::form_urlencoded;

use super::{ApiError, CallError};
use crate::error_code;
use crate::lenient;

/// The portal's limit.
const MAX_COMMANDS: usize = 50;
/// How a portal recognises a reference inside a parameter.
const REFERENCE_MARK: &str = "$result";

/// A place in an earlier command's result: `$result[card][item][companyId]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference(String);

impl Reference {
    /// The whole result of the command under `key`.
    pub fn to(key: &str) -> Self {
        Self(format!("{REFERENCE_MARK}[{key}]"))
    }

    /// A member of it, or an array's item by its position.
    #[must_use]
    pub fn then(self, name: impl fmt::Display) -> Self {
        Self(format!("{}[{name}]", self.0))
    }
}

/// A command of a batch: a method and its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    method: String,
    parameters: Vec<(String, String)>,
    forged_reference: bool,
}

impl Command {
    /// A command without parameters.
    pub fn new(method: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            parameters: Vec::new(),
            forged_reference: false,
        }
    }

    /// Its method.
    pub(crate) fn method(&self) -> &str {
        &self.method
    }

    /// Its parameters by name.
    pub(crate) fn parameters(&self) -> &[(String, String)] {
        &self.parameters
    }

    /// Adds a parameter; nested ones are named as PHP does: `filter[ENTITY_ID]`.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl fmt::Display) -> Self {
        let value = value.to_string();
        // There is no way to quote such a text, and the portal would put another result in its place.
        self.forged_reference |= value.contains(REFERENCE_MARK);
        self.parameters.push((name.into(), value));
        self
    }

    /// Adds a parameter whose value stands in an earlier result.
    #[must_use]
    pub fn with_reference(mut self, name: impl Into<String>, reference: Reference) -> Self {
        self.parameters.push((name.into(), reference.0));
        self
    }

    /// Adds a nested value as PHP writes it: `layout[header][title]=…`. Nothing (`null`) and empty maps are left out;
    /// yes and no become `Y` and `N`.
    #[must_use]
    pub fn with_nested(self, name: &str, value: &Value) -> Self {
        match value {
            Value::Null => self,
            Value::Bool(flag) => self.with(name, if *flag { "Y" } else { "N" }),
            Value::Number(number) => self.with(name, number),
            Value::String(text) => self.with(name, text),
            Value::Array(items) => items.iter().enumerate().fold(self, |command, (index, item)| {
                command.with_nested(&format!("{name}[{index}]"), item)
            }),
            Value::Object(members) => members.iter().fold(self, |command, (key, member)| {
                command.with_nested(&format!("{name}[{key}]"), member)
            }),
        }
    }

    /// `method?query`, encoded once.
    fn text(&self) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.parameters)
            .finish();
        format!("{}?{query}", self.method)
    }
}

/// Commands in the order in which the portal runs them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    halt_on_error: bool,
    commands: Vec<(String, Command)>,
}

impl Batch {
    /// A batch that goes on after a failed command.
    pub fn independent() -> Self {
        Self::default()
    }

    /// A batch that stops at the first failed command: the right one for references.
    pub fn chain() -> Self {
        Self {
            halt_on_error: true,
            commands: Vec::new(),
        }
    }

    /// Appends a command under a key of its own.
    #[must_use]
    pub fn command(mut self, key: impl Into<String>, command: Command) -> Self {
        self.commands.push((key.into(), command));
        self
    }

    /// The methods of the commands, each once.
    pub(crate) fn methods(&self) -> impl Iterator<Item = &str> {
        let mut seen = HashSet::new();
        self.commands
            .iter()
            .map(|(_, command)| command.method.as_str())
            .filter(move |method| seen.insert(*method))
    }

    /// The parameters of the `batch` method, with the commands in their order.
    pub(crate) fn parameters(&self) -> Result<BatchParameters<'_>, CallError> {
        let unsendable = |reason| CallError::Unsendable {
            method: "batch".to_owned(),
            reason,
        };
        if self.commands.is_empty() || self.commands.len() > MAX_COMMANDS {
            return Err(unsendable("a batch has 1 to 50 commands"));
        }
        if self.commands.iter().any(|(_, command)| command.forged_reference) {
            return Err(unsendable(
                "a parameter's text looks like a reference to another result",
            ));
        }
        let keys: HashSet<&str> = self.commands.iter().map(|(key, _)| key.as_str()).collect();
        if keys.len() != self.commands.len() {
            return Err(unsendable("two commands share a key"));
        }
        Ok(BatchParameters {
            halt: u8::from(self.halt_on_error),
            cmd: InOrder(&self.commands),
        })
    }
}

/// What the `batch` method takes.
#[derive(Debug, serde::Serialize)]
pub(crate) struct BatchParameters<'a> {
    halt: u8,
    cmd: InOrder<'a>,
}

impl<'a> BatchParameters<'a> {
    /// Key and command of each.
    pub(crate) fn asked(&self) -> impl Iterator<Item = (&'a str, &'a Command)> {
        self.cmd.0.iter().map(|(key, command)| (key.as_str(), command))
    }

    /// Whether an error ends it.
    pub(crate) const fn halts(&self) -> bool {
        self.halt != 0
    }

    /// Key and method of each command.
    pub(crate) fn commands(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.cmd
            .0
            .iter()
            .map(|(key, command)| (key.as_str(), command.method.as_str()))
    }
}

/// A JSON object that keeps its order: the portal runs commands as they stand, a sorted map would break chains.
#[derive(Debug)]
struct InOrder<'a>(&'a [(String, Command)]);

impl Serialize for InOrder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, command) in self.0 {
            map.serialize_entry(key, &command.text())?;
        }
        map.end()
    }
}

/// What became of one command.
#[derive(Debug, Clone, PartialEq)]
pub enum CommandOutcome {
    /// It ran; the method's `result`.
    Done(Value),
    /// The portal refused it.
    Failed(ApiError),
    /// An earlier error stopped the batch before it.
    NotExecuted,
}

/// The outcomes of a batch by key.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchReply(HashMap<String, CommandOutcome>);

impl BatchReply {
    /// Sorts a batch's `result` by the commands that were sent. Maps may be `[]` when empty.
    pub(crate) fn read(batch: &Batch, result: Value) -> Self {
        let mut parts = lenient::object(result);
        let mut part = |name: &str| parts.remove(name).map(lenient::object).unwrap_or_default();
        let (mut done, mut failed) = (part("result"), part("result_error"));
        let outcomes = batch.commands.iter().map(|(key, _)| {
            let outcome = match (failed.remove(key), done.remove(key)) {
                (Some(error), _) => CommandOutcome::Failed(read_error(&error)),
                (None, Some(result)) => CommandOutcome::Done(result),
                (None, None) => CommandOutcome::NotExecuted,
            };
            (key.clone(), outcome)
        });
        Self(outcomes.collect())
    }

    /// Takes a command's outcome out; a key that was not in the batch counts as not executed.
    pub fn take(&mut self, key: &str) -> CommandOutcome {
        self.0.remove(key).unwrap_or(CommandOutcome::NotExecuted)
    }
}

fn read_error(error: &Value) -> ApiError {
    let (code, description) = match error {
        Value::Object(map) => error_code::error_in(map),
        _ => None,
    }
    .unwrap_or_else(|| (error_code::ErrorCode::from_value(error), String::new()));
    ApiError {
        code,
        description,
        status: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ErrorCode;

    fn card_and_company() -> Batch {
        Batch::chain()
            .command(
                "card",
                Command::new("crm.item.get").with("entityTypeId", 2).with("id", 5),
            )
            .command(
                "company",
                Command::new("crm.item.get")
                    .with("entityTypeId", 4)
                    .with_reference("id", Reference::to("card").then("item").then("companyId")),
            )
    }

    #[test]
    fn parameters_of_a_chain_encode_each_query_once() {
        let parameters = serde_json::to_value(card_and_company().parameters().unwrap()).unwrap();
        assert_eq!(
            parameters,
            json!({"halt": 1, "cmd": {
                "card": "crm.item.get?entityTypeId=2&id=5",
                "company": "crm.item.get?entityTypeId=4&id=%24result%5Bcard%5D%5Bitem%5D%5BcompanyId%5D",
            }})
        );
    }

    #[test]
    fn parameters_keep_the_order_of_the_commands() {
        let batch = Batch::chain()
            .command("zebra", Command::new("server.time"))
            .command("ant", Command::new("server.time"));
        let text = serde_json::to_string(&batch.parameters().unwrap()).unwrap();
        assert!(text.find("zebra").unwrap() < text.find("ant").unwrap(), "{text}");
    }

    #[test]
    fn parameters_with_a_text_that_looks_like_a_reference_are_refused() {
        let batch = Batch::independent().command("a", Command::new("m").with("q", "$result[card][x]"));
        assert!(matches!(batch.parameters(), Err(CallError::Unsendable { .. })));
    }

    #[test]
    fn parameters_of_too_many_commands_are_refused() {
        let batch = (0..51).fold(Batch::independent(), |batch, index| {
            batch.command(format!("c{index}"), Command::new("server.time"))
        });
        assert!(matches!(batch.parameters(), Err(CallError::Unsendable { .. })));
    }

    #[test]
    fn read_of_a_halted_batch_tells_failed_from_not_executed() {
        let result = json!({
            "result": [],
            "result_error": {"card": {"error": "ACCESS_DENIED", "error_description": "Access denied"}},
            "result_total": [], "result_next": [], "result_time": [],
        });

        let mut reply = BatchReply::read(&card_and_company(), result);

        assert!(
            matches!(reply.take("card"), CommandOutcome::Failed(error) if error.code == ErrorCode::AccessDenied)
        );
        assert_eq!(reply.take("company"), CommandOutcome::NotExecuted);
    }

    #[test]
    fn read_of_empty_results_keeps_them_as_done() {
        let result = json!({"result": {"card": [], "company": {"item": {}}}, "result_error": []});
        let mut reply = BatchReply::read(&card_and_company(), result);
        assert_eq!(reply.take("card"), CommandOutcome::Done(json!([])));
        assert_eq!(reply.take("company"), CommandOutcome::Done(json!({"item": {}})));
    }
}
