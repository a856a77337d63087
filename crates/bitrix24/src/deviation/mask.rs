//! A value without what it says: its shape, with `x` for each letter and `0` for each digit. Pure.

use serde_json::Value;

use super::LONGEST_SAMPLE;

/// So many members of a list or a map are shown.
const MEMBERS: usize = 12;
/// So many letters of a text are shown.
const LETTERS: usize = 60;
/// Deeper members are left out.
const DEPTH: usize = 4;

/// The shape of a value as JSON, of at most [`LONGEST_SAMPLE`] bytes.
pub(super) fn sample(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0);
    if text.len() > LONGEST_SAMPLE {
        let mut end = LONGEST_SAMPLE - '\u{2026}'.len_utf8();
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('\u{2026}');
    }
    text
}

fn write(text: &mut String, value: &Value, depth: usize) {
    if text.len() > LONGEST_SAMPLE {
        return;
    }
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&masked(&number.to_string())),
        Value::String(words) => {
            text.push('"');
            text.push_str(&masked(words));
            text.push('"');
        }
        Value::Array(items) => {
            text.push('[');
            if depth >= DEPTH && !items.is_empty() {
                text.push('\u{2026}');
            } else {
                for (position, item) in items.iter().take(MEMBERS).enumerate() {
                    if position > 0 {
                        text.push(',');
                    }
                    write(text, item, depth + 1);
                }
                if items.len() > MEMBERS {
                    text.push_str(",\u{2026}");
                }
            }
            text.push(']');
        }
        Value::Object(members) => {
            text.push('{');
            if depth >= DEPTH && !members.is_empty() {
                text.push('\u{2026}');
            } else {
                for (position, (name, member)) in members.iter().take(MEMBERS).enumerate() {
                    if position > 0 {
                        text.push(',');
                    }
                    text.push('"');
                    text.push_str(&name_of(name));
                    text.push_str("\":");
                    write(text, member, depth + 1);
                }
                if members.len() > MEMBERS {
                    text.push_str(",\u{2026}");
                }
            }
            text.push('}');
        }
    }
}

/// Letters and digits replaced, everything else as it is; a long one cut off.
fn masked(words: &str) -> String {
    let mut letters = words.chars();
    let mut text: String = letters
        .by_ref()
        .take(LETTERS)
        .map(|letter| match letter {
            letter if letter.is_numeric() => '0',
            letter if letter.is_alphabetic() => 'x',
            '"' | '\\' => '_',
            letter if letter.is_control() => ' ',
            letter if letter.is_ascii() || letter == '\u{fffd}' => letter,
            _ => '_',
        })
        .collect();
    if letters.next().is_some() {
        text.push('\u{2026}');
    }
    text
}

/// Names of fields are the platform's words, and what one needs to see; but a map may have people's words for its keys.
pub(super) fn name_of(name: &str) -> String {
    let is_word = name.len() <= 40
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.bytes().filter(u8::is_ascii_digit).count() <= 6;
    if is_word { name.to_owned() } else { masked(name) }
}
