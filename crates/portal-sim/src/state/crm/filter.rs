//! Filters of lists with the platform's prefixes: `>ID`, `@ID`, `%TITLE`, `!=STAGE_ID`, groups with `logic`. Pure.

use std::cmp::Ordering;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, TimeZone as _};

use crate::parameter::Parameter;

/// What a condition compares by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    More,
    MoreOrEqual,
    Less,
    LessOrEqual,
    Contains,
    Like,
}

/// Prefixes of a field's name, longer ones first.
const PREFIXES: [(&str, Operator); 9] = [
    (">=", Operator::MoreOrEqual),
    ("<=", Operator::LessOrEqual),
    ("=%", Operator::Like),
    ("%=", Operator::Like),
    (">", Operator::More),
    ("<", Operator::Less),
    ("=", Operator::Equal),
    ("@", Operator::Equal),
    ("%", Operator::Contains),
];

/// A tree of conditions.
#[derive(Debug, Clone)]
pub(crate) enum Filter {
    /// All of these hold.
    All(Vec<Self>),
    /// One of these holds.
    Any(Vec<Self>),
    /// A field compared with values.
    Condition(Condition),
}

/// A field compared with values.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    /// The field's classic name.
    pub(super) field: String,
    /// What is compared by.
    pub(super) operator: Operator,
    /// Whether the outcome is turned round.
    pub(super) negated: bool,
    /// With what; one of several is enough.
    pub(super) wanted: Vec<String>,
}

impl Filter {
    /// Reads `filter`; `rename` gives each field's classic name, refuses it, or lets it be ignored.
    pub(crate) fn parse<E>(
        filter: Option<&Parameter>,
        rename: &impl Fn(&str) -> Result<Option<String>, E>,
    ) -> Result<Self, E> {
        let (mut parts, mut any) = (Vec::new(), false);
        for (key, value) in filter.map(Parameter::entries).unwrap_or_default() {
            if key.eq_ignore_ascii_case("logic") {
                any = value.text().is_some_and(|logic| logic.eq_ignore_ascii_case("or"));
            } else if key.bytes().all(|byte| byte.is_ascii_digit()) && matches!(value, Parameter::Map(_)) {
                parts.push(Self::parse(Some(value), rename)?);
            } else {
                parts.extend(Condition::parse(key, value, rename)?.map(Self::Condition));
            }
        }
        Ok(if any { Self::Any(parts) } else { Self::All(parts) })
    }

    /// Whether a row passes; `read` gives a field's texts.
    pub(super) fn holds(&self, read: &impl Fn(&str) -> Vec<String>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(read)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(read)),
            Self::Condition(condition) => condition.holds(&read(&condition.field)),
        }
    }
}

impl Condition {
    fn parse<E>(
        key: &str,
        value: &Parameter,
        rename: &impl Fn(&str) -> Result<Option<String>, E>,
    ) -> Result<Option<Self>, E> {
        let (negated, rest) = match key.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, key),
        };
        let (operator, name) = PREFIXES
            .iter()
            .find_map(|(prefix, operator)| Some((*operator, rest.strip_prefix(prefix)?)))
            .unwrap_or((Operator::Equal, rest));
        let wanted = match value {
            Parameter::Map(entries) => entries
                .iter()
                .map(|(_, value)| value.text().unwrap_or_default())
                .collect(),
            scalar => vec![scalar.text().unwrap_or_default()],
        };
        Ok(rename(name)?.map(|field| Self {
            field,
            operator,
            negated,
            wanted,
        }))
    }

    fn holds(&self, actual: &[String]) -> bool {
        let empty = [String::new()];
        let actual = if actual.is_empty() { &empty[..] } else { actual };
        let any = actual.iter().any(|actual| {
            self.wanted
                .iter()
                .any(|wanted| compare(self.operator, actual, wanted))
        });
        any != self.negated
    }
}

fn compare(operator: Operator, actual: &str, wanted: &str) -> bool {
    let ordering = || compare_values(actual, wanted);
    match operator {
        Operator::Equal => {
            actual == wanted
                || (!actual.is_ascii() || !wanted.is_ascii())
                    && actual.to_lowercase() == wanted.to_lowercase()
                || actual.eq_ignore_ascii_case(wanted)
                || (actual.contains('.') || wanted.contains('.') || actual.contains('T'))
                    && ordering() == Ordering::Equal
        }
        Operator::More => !actual.is_empty() && ordering().is_gt(),
        Operator::MoreOrEqual => !actual.is_empty() && ordering().is_ge(),
        Operator::Less => !actual.is_empty() && ordering().is_lt(),
        Operator::LessOrEqual => !actual.is_empty() && ordering().is_le(),
        Operator::Contains => actual.to_lowercase().contains(&wanted.to_lowercase()),
        Operator::Like => is_like(&actual.to_lowercase(), &wanted.to_lowercase()),
    }
}

/// Numbers as numbers, moments as moments, else as text.
pub(super) fn compare_values(left: &str, right: &str) -> Ordering {
    if let (Ok(left), Ok(right)) = (left.parse::<f64>(), right.parse::<f64>()) {
        return left.partial_cmp(&right).unwrap_or(Ordering::Equal);
    }
    match (moment(left), moment(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => left.to_lowercase().cmp(&right.to_lowercase()),
    }
}

/// A moment in any form that a filter may have; without a zone it is the portal's.
pub(crate) fn moment(text: &str) -> Option<DateTime<FixedOffset>> {
    let zone = FixedOffset::east_opt(3 * 3600)?;
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment);
    }
    let with_time = [
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%d %H:%M:%S",
        "%d.%m.%Y %H:%M:%S",
        "%Y-%m-%dT%H:%M",
    ];
    let naive = with_time
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .or_else(|| {
            ["%Y-%m-%d", "%d.%m.%Y"]
                .iter()
                .find_map(|format| NaiveDate::parse_from_str(text, format).ok())
                .and_then(|day| day.and_hms_opt(0, 0, 0))
        })?;
    zone.from_local_datetime(&naive).single()
}

/// SQL's `LIKE` with `%` alone.
fn is_like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('%');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(position) => rest = &rest[position + part.len()..],
            None => return false,
        }
    }
    true
}
