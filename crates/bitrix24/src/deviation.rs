//! Answers and posts that differ from what this crate knows: told to whoever wants to know, beside the parsers.
//!
//! Parsers take what they can use and go on; this module says where they had to bend. What the platform is known to do
//! (an empty map as `[]`, an identifier of a classic method as text) is no deviation: [`catalogue`] has, by method, the
//! shape in which each field that is read is known to come. Knows no meaning and stores nothing; a sample shows the
//! shape of a value, never its letters and digits.

mod answer;
mod catalogue;
mod error_words;
mod incoming;
mod mask;
mod shape;

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use crate::identity::MemberId;

pub(crate) use answer::{Body, of_answer, of_grant, of_introspection, of_oversized};
pub(crate) use incoming::{PostedField, of_event, of_frame};

/// The longest sample, in bytes.
pub const LONGEST_SAMPLE: usize = 500;
/// So many different ones of an answer are told; whoever looks needs no more.
const MOST_OF_AN_ANSWER: usize = 32;
/// The longest path of a field, in bytes.
const LONGEST_FIELD: usize = 120;

/// The "method" of a page's opening.
pub const FRAME: &str = "frame";
/// The "method" of an event.
pub const EVENT: &str = "event";
/// The "method" of the authorization server's answer about a token.
pub const INTROSPECTION: &str = "oauth app.info";
/// The "method" of the authorization server's answer to a code or a refresh token.
pub const GRANT: &str = "oauth token";

/// One way in which an answer differs from the known shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    /// The method that answered; [`FRAME`], [`EVENT`], [`INTROSPECTION`] or [`GRANT`] for what is no method of REST.
    pub method: String,
    /// The field: `items[].id`. `(answer)` is the body as a whole, `error` its code.
    pub field: String,
    /// What is known, as a stable word: `number`, `text`, `list`, …
    pub expected: &'static str,
    /// What came, as a stable word: `missing`, `null`, `text`, `html`, …
    pub found: &'static str,
    /// The value's shape: letters are `x`, digits are `0`. Of a missing field, of the map that lacks it.
    pub sample: String,
    /// How often it was met in the answer.
    pub times: u64,
}

/// Who wants to know. Called in the middle of calls: must be quick, must not wait.
pub trait Observer: fmt::Debug + Send + Sync {
    /// A portal, or the authorization server on its behalf, answered or posted something unknown. `None`: nobody can tell
    /// which portal it is about.
    fn deviates(&self, portal: Option<&MemberId>, deviations: &[Deviation]);
}

/// What one answer has, each deviation once, with its number.
#[derive(Debug, Default)]
pub(crate) struct Noted(Vec<Deviation>);

impl Noted {
    pub(crate) fn note(
        &mut self,
        method: &str,
        field: impl Into<Cow<'static, str>>,
        expected: &'static str,
        found: &'static str,
        sample: &Value,
    ) {
        let field = shortened(field.into());
        let known = self.0.iter_mut().find(|known| {
            known.expected == expected
                && known.found == found
                && known.field == field
                && known.method == method
        });
        if let Some(known) = known {
            known.times += 1;
        } else if self.0.len() < MOST_OF_AN_ANSWER {
            self.0.push(Deviation {
                method: method.to_owned(),
                sample: mask::sample(sample),
                field: field.into_owned(),
                expected,
                found,
                times: 1,
            });
        }
    }

    pub(crate) fn finish(self) -> Vec<Deviation> {
        self.0
    }
}

/// Names of fields are the portal's: a bound for what is told of them.
fn shortened(field: Cow<'static, str>) -> Cow<'static, str> {
    if field.len() <= LONGEST_FIELD {
        return field;
    }
    let mut end = LONGEST_FIELD;
    while !field.is_char_boundary(end) {
        end -= 1;
    }
    Cow::Owned(format!("{}\u{2026}", &field[..end]))
}

#[cfg(test)]
mod tests;
