//! Answers in other shapes than the documented ones, to order: a field that is gone, another type, a page instead of JSON.
//!
//! What a method did, it did: only what is told of it changes. Pure but for the responses it makes.

use std::str::FromStr;

use axum::Json;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

/// The "method" of the authorization server's answer about a token.
pub const INTROSPECTION: &str = "oauth app.info";
/// The "method" of its answer to a code or a refresh token.
pub const GRANT: &str = "oauth token";
/// More than any reader of answers should take.
const HUGE: usize = 40 * 1024 * 1024;

macro_rules! named_changes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// What becomes of an answer, or of a field in it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Change {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Change {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in the control interface.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

named_changes! {
    /// The field is gone.
    Drop = "drop",
    /// It is `null`.
    Null = "null",
    /// It has another type: numbers and texts, lists and maps change places.
    Retype = "retype",
    /// It is there and empty, as PHP writes it.
    Empty = "empty",
    /// It has a value that nobody knows.
    Unknown = "unknown",
    /// It stands one level deeper.
    Nest = "nest",
    /// The answer is a page with status 200.
    Html = "html",
    /// It breaks off in the middle.
    Truncated = "truncated",
    /// It is empty, with status 200.
    Nothing = "nothing",
    /// It is larger than anybody reads.
    Huge = "huge",
    /// Its texts are in another encoding than JSON's.
    OtherEncoding = "other_encoding",
    /// It is a refusal with a known code under status 200.
    ErrorUnder200 = "error_under_200",
    /// It is a refusal with a code that nobody knows.
    UnknownError = "unknown_error",
    /// It is a good answer under status 500.
    JsonUnder500 = "json_under_500",
    /// It is a list.
    ListForAll = "list_for_all",
}

impl Change {
    /// Whether it concerns a field, else the answer as a whole.
    pub const fn is_of_a_field(self) -> bool {
        matches!(
            self,
            Self::Drop | Self::Null | Self::Retype | Self::Empty | Self::Unknown | Self::Nest
        )
    }
}

impl FromStr for Change {
    type Err = UnknownChange;

    fn from_str(name: &str) -> Result<Self, UnknownChange> {
        Self::ALL
            .iter()
            .copied()
            .find(|change| change.name() == name)
            .ok_or_else(|| UnknownChange(name.to_owned()))
    }
}

/// A change that the simulator doesn't have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no change {0:?}; docs/portal-sim.md lists them")]
pub struct UnknownChange(String);

/// Which field of a result changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The result itself for an empty path, else `items[].id`: `[]` is every item.
    Path(String),
    /// Some place in the result, the same one for the same number and answer.
    Seeded(u64),
}

/// A change of a method's answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutation {
    /// The method, also inside a batch; `*`: all of them.
    pub method: String,
    /// Where in its result.
    pub place: Place,
    /// What happens there.
    pub change: Change,
}

impl Mutation {
    fn is_of(&self, method: &str) -> bool {
        self.method == "*" || self.method.eq_ignore_ascii_case(method)
    }

    /// Changes a result; `false`: it is gone altogether.
    fn change(&self, result: &mut Value) -> bool {
        match &self.place {
            Place::Path(path) if path.is_empty() => change_at(result, &[], self.change),
            Place::Path(path) => {
                let steps: Vec<Step> = steps(path);
                change_at(result, &steps, self.change)
            }
            Place::Seeded(seed) => {
                let mut places = vec![Vec::new()];
                collect(result, &mut Vec::new(), &mut places);
                let chosen = usize::try_from(seed % places.len() as u64).unwrap_or_default();
                let place = places.swap_remove(chosen);
                change_at(result, &place, self.change)
            }
        }
    }
}

/// A way down.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Item(usize),
    EveryItem,
}

fn steps(path: &str) -> Vec<Step> {
    path.split('.')
        .flat_map(|part| {
            let name = part.trim_end_matches("[]");
            let lists = (part.len() - name.len()) / 2;
            let member = (!name.is_empty()).then(|| Step::Member(name.to_owned()));
            member
                .into_iter()
                .chain(std::iter::repeat_n(Step::EveryItem, lists))
        })
        .collect()
}

fn collect(value: &Value, way: &mut Vec<Step>, places: &mut Vec<Vec<Step>>) {
    let mut below = |step: Step, value: &Value| {
        way.push(step);
        places.push(way.clone());
        collect(value, way, places);
        way.pop();
    };
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                below(Step::Member(name.clone()), member);
            }
        }
        // All rows of a list are alike: a few stand for them.
        Value::Array(items) => {
            for (position, item) in items.iter().take(3).enumerate() {
                below(Step::Item(position), item);
            }
        }
        _ => {}
    }
}

/// Changes what stands at the end of the way; `false`: the value itself is to be dropped by whoever holds it.
fn change_at(value: &mut Value, way: &[Step], change: Change) -> bool {
    let Some((step, rest)) = way.split_first() else {
        if change == Change::Drop {
            return false;
        }
        *value = changed(value.take(), change);
        return true;
    };
    match (step, value) {
        (Step::Member(name), Value::Object(members)) => {
            let stays = members
                .get_mut(name)
                .is_none_or(|member| change_at(member, rest, change));
            if !stays {
                members.remove(name);
            }
        }
        (Step::Item(position), Value::Array(items)) => {
            let stays = items
                .get_mut(*position)
                .is_none_or(|item| change_at(item, rest, change));
            if !stays {
                items.remove(*position);
            }
        }
        (Step::EveryItem, Value::Array(items)) => items.retain_mut(|item| change_at(item, rest, change)),
        _ => {}
    }
    true
}

fn changed(value: Value, change: Change) -> Value {
    match change {
        Change::Null => Value::Null,
        Change::Retype => retyped(value),
        Change::Empty => match value {
            Value::Number(_) => json!(0),
            Value::String(_) => json!(""),
            Value::Array(_) | Value::Object(_) => json!([]),
            Value::Bool(_) | Value::Null => Value::Null,
        },
        Change::Unknown => match value {
            Value::Number(_) => json!(-1),
            Value::Array(_) => json!(["SOMETHING_NEW"]),
            Value::Object(_) => json!({"SOMETHING_NEW": {"value": 1}}),
            _ => json!("SOMETHING_NEW"),
        },
        Change::Nest => json!({"value": value}),
        _ => value,
    }
}

fn retyped(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.to_string()),
        Value::String(text) => text
            .parse::<i64>()
            .map_or_else(|_| json!(text.len()), |number| json!(number)),
        Value::Bool(flag) => json!(if flag { "yes" } else { "no" }),
        Value::Null => json!(0),
        Value::Array(items) => items
            .into_iter()
            .enumerate()
            .map(|(position, item)| (format!("item{position}"), item))
            .collect(),
        Value::Object(members) => members.into_iter().map(|(_, member)| member).collect(),
    }
}

/// A good answer's body as the mutations of its methods leave it. `commands` are a batch's keys and methods.
pub(crate) fn mutated(
    mutations: &[Mutation],
    method: &str,
    commands: &[(String, String)],
    mut body: Value,
) -> Response {
    for mutation in mutations
        .iter()
        .filter(|mutation| mutation.change.is_of_a_field())
    {
        let is_of_all = mutation.method == "*";
        if (!is_of_all && mutation.is_of(method)) || (is_of_all && commands.is_empty()) {
            let stays = match body.get_mut("result") {
                Some(result) => mutation.change(result),
                // The authorization server's answers have no envelope.
                None => mutation.change(&mut body),
            };
            if !stays && let Some(members) = body.as_object_mut() {
                members.remove("result");
            }
        }
        for (key, _) in commands.iter().filter(|(_, method)| mutation.is_of(method)) {
            let Some(results) = body.pointer_mut("/result/result") else {
                continue;
            };
            let stays = results.get_mut(key).is_none_or(|result| mutation.change(result));
            if !stays && let Some(results) = results.as_object_mut() {
                results.remove(key);
            }
        }
    }
    let whole = mutations.iter().find(|mutation| {
        !mutation.change.is_of_a_field()
            && (mutation.is_of(method) || commands.iter().any(|(_, method)| mutation.is_of(method)))
    });
    match whole {
        Some(mutation) => replaced(mutation.change, &body),
        None => Json(body).into_response(),
    }
}

fn replaced(change: Change, body: &Value) -> Response {
    let text = body.to_string();
    let json = |bytes: Vec<u8>| ([(header::CONTENT_TYPE, "application/json")], bytes).into_response();
    match change {
        Change::Html => {
            Html("<!DOCTYPE html><html><body><h1>We have a new interface!</h1></body></html>").into_response()
        }
        Change::Truncated => json(text.as_bytes()[..text.len() / 2].to_vec()),
        Change::Nothing => json(Vec::new()),
        Change::Huge => Body::from(vec![b' '; HUGE]).into_response(),
        Change::OtherEncoding => {
            // Letters beyond ASCII as single bytes, as in an old code page.
            let bytes = text
                .chars()
                .map(|letter| {
                    u8::try_from(u32::from(letter))
                        .ok()
                        .filter(u8::is_ascii)
                        .unwrap_or(0xe0)
                })
                .collect();
            json(bytes)
        }
        Change::ErrorUnder200 => {
            Json(json!({"error": "INTERNAL_SERVER_ERROR", "error_description": "Try again later"}))
                .into_response()
        }
        Change::UnknownError => (
            StatusCode::BAD_REQUEST,
            Json(json!({"error": "SOMETHING_NEW", "error_description": "Something new happened"})),
        )
            .into_response(),
        Change::JsonUnder500 => (StatusCode::INTERNAL_SERVER_ERROR, Json(body.clone())).into_response(),
        Change::ListForAll => Json(json!([body])).into_response(),
        _ => Json(body.clone()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn at(path: &str, change: Change) -> Value {
        let mut result = json!({"items": [{"id": 5, "title": "t"}, {"id": 6}], "total": 2});
        let mutation = Mutation {
            method: "*".to_owned(),
            place: Place::Path(path.to_owned()),
            change,
        };
        mutation.change(&mut result);
        result
    }

    #[rstest]
    #[case("items[].id", Change::Retype, json!({"items": [{"id": "5", "title": "t"}, {"id": "6"}], "total": 2}))]
    #[case("items[].id", Change::Drop, json!({"items": [{"title": "t"}, {}], "total": 2}))]
    #[case("items", Change::Retype, json!({"items": {"item0": {"id": 5, "title": "t"}, "item1": {"id": 6}}, "total": 2}))]
    #[case("items[]", Change::Drop, json!({"items": [], "total": 2}))]
    #[case("total", Change::Null, json!({"items": [{"id": 5, "title": "t"}, {"id": 6}], "total": null}))]
    #[case("nowhere.at.all", Change::Null, json!({"items": [{"id": 5, "title": "t"}, {"id": 6}], "total": 2}))]
    fn a_change_reaches_its_field_only(#[case] path: &str, #[case] change: Change, #[case] expected: Value) {
        assert_eq!(at(path, change), expected);
    }

    #[test]
    fn parse_of_every_name_finds_its_change() {
        for change in Change::ALL {
            assert_eq!(change.name().parse(), Ok(*change));
        }
        assert!("no_such_change".parse::<Change>().is_err());
    }

    #[test]
    fn a_seed_always_finds_the_same_place_and_seeds_find_all_places() {
        let of_seed = |seed| {
            let mut result = json!({"a": 1, "b": [{"c": "x"}]});
            let mutation = Mutation {
                method: "*".to_owned(),
                place: Place::Seeded(seed),
                change: Change::Null,
            };
            mutation.change(&mut result);
            result.to_string()
        };
        let all: std::collections::BTreeSet<String> = (0..5).map(of_seed).collect();
        assert_eq!(all.len(), 5);
        assert_eq!(of_seed(3), of_seed(3));
    }
}
