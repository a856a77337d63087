//! Names of TN VED groups (two digits) and positions (four digits), edition of 2022.

use crate::language::Language;
use std::borrow::Cow;

/// The full name of a group, `85`; `None` for an unknown code.
pub fn group_name(_code: &str, _language: Language) -> Option<&'static str> {
    None
}

/// The group's name in at most 60 characters, for labels of charts.
pub fn group_short_name(_code: &str, _language: Language) -> Option<&'static str> {
    None
}

/// The full name of a position, `8516`. In English, which has no official titles: the code and the group's name.
pub fn position_name(_code: &str, _language: Language) -> Option<Cow<'static, str>> {
    None
}

/// The position's name in at most 60 characters, cut at a word with `…`.
pub fn position_short_name(_code: &str, _language: Language) -> Option<Cow<'static, str>> {
    None
}
