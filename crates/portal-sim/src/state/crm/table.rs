//! Rows by number, with an index over one field, so that lists of thousands stay quick.
//!
//! A record keeps only the fields that were set, as the classic methods write them; what an unset field looks like
//! is the schema's matter. Knows no method and no entity.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use serde_json::Value;

/// The set fields of a row by classic name; names that the program knows cost no memory.
pub(crate) type Record = BTreeMap<Cow<'static, str>, Value>;

/// Rows by number.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: BTreeMap<u64, Record>,
    last: u64,
    indexed: Option<&'static str>,
    index: HashMap<String, BTreeSet<u64>>,
}

impl Table {
    /// An empty table with an index over a field.
    pub(crate) fn indexed_by(field: &'static str) -> Self {
        Self {
            indexed: Some(field),
            ..Self::default()
        }
    }

    /// The row of that number.
    pub(crate) fn get(&self, id: u64) -> Option<&Record> {
        self.rows.get(&id)
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// All rows by number, from either end.
    pub(crate) fn rows(&self) -> impl DoubleEndedIterator<Item = (u64, &Record)> {
        self.rows.iter().map(|(id, record)| (*id, record))
    }

    /// Rows whose number lies within.
    pub(crate) fn range(
        &self,
        from: Bound<u64>,
        to: Bound<u64>,
    ) -> Box<dyn DoubleEndedIterator<Item = (u64, &Record)> + '_> {
        if is_empty(from, to) {
            return Box::new(std::iter::empty());
        }
        Box::new(self.rows.range((from, to)).map(|(id, record)| (*id, record)))
    }

    /// The indexed field's name.
    pub(crate) fn index_field(&self) -> Option<&'static str> {
        self.indexed
    }

    /// Numbers of rows whose indexed field has this value.
    pub(crate) fn numbers_with(&self, value: &str) -> impl Iterator<Item = u64> + use<'_> {
        self.index.get(value).into_iter().flatten().copied()
    }

    /// Rows whose indexed field has this value.
    pub(crate) fn rows_with(&self, value: &str) -> impl Iterator<Item = (u64, &Record)> + use<'_> {
        self.numbers_with(value)
            .filter_map(|id| Some((id, self.rows.get(&id)?)))
    }

    /// Adds a row under the next number.
    pub(crate) fn add(&mut self, record: Record) -> u64 {
        let id = self.last + 1;
        self.put(id, record);
        id
    }

    /// Sets the row of that number.
    pub(crate) fn put(&mut self, id: u64, record: Record) {
        self.remove(id);
        for value in self.index_values(&record) {
            self.index.entry(value).or_default().insert(id);
        }
        self.last = self.last.max(id);
        self.rows.insert(id, record);
    }

    /// Changes the row of that number; whether there is one.
    pub(crate) fn change(&mut self, id: u64, change: impl FnOnce(&mut Record)) -> bool {
        let Some(mut record) = self.remove(id) else {
            return false;
        };
        change(&mut record);
        self.put(id, record);
        true
    }

    /// Takes the row of that number away.
    pub(crate) fn remove(&mut self, id: u64) -> Option<Record> {
        let record = self.rows.remove(&id)?;
        for value in self.index_values(&record) {
            if let Some(numbers) = self.index.get_mut(&value) {
                numbers.remove(&id);
                if numbers.is_empty() {
                    self.index.remove(&value);
                }
            }
        }
        Some(record)
    }

    fn index_values(&self, record: &Record) -> Vec<String> {
        let value = self.indexed.and_then(|field| record.get(field));
        value.map(texts).unwrap_or_default()
    }
}

fn is_empty(from: Bound<u64>, to: Bound<u64>) -> bool {
    let first = match from {
        Bound::Included(id) => Some(id),
        Bound::Excluded(id) => id.checked_add(1),
        Bound::Unbounded => Some(0),
    };
    let end = match to {
        Bound::Included(id) => id.checked_add(1),
        Bound::Excluded(id) => Some(id),
        Bound::Unbounded => None,
    };
    match (first, end) {
        (None, _) => true,
        (Some(first), Some(end)) => first >= end,
        (Some(_), None) => false,
    }
}

/// The texts of a value: of a list all of them, of a multi-field row its `VALUE`.
pub(crate) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(row) => row.get("VALUE").map(texts).unwrap_or_default(),
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Bool(flag) => vec![if *flag { "1" } else { "0" }.to_owned()],
        Value::Number(number) => vec![number.to_string()],
    }
}

/// A record's field as one text, empty when there is none.
pub(crate) fn text(record: &Record, name: &str) -> String {
    match record.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => texts(value).into_iter().next().unwrap_or_default(),
        None => String::new(),
    }
}

/// A record's field as a number, if it is a positive one.
pub(crate) fn number(record: &Record, name: &str) -> Option<u64> {
    text(record, name).parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn owned_by(owner: u64) -> Record {
        Record::from([(Cow::from("OWNER"), json!(owner.to_string()))])
    }

    #[test]
    fn rows_with_a_value_follow_changes() {
        let mut table = Table::indexed_by("OWNER");
        let first = table.add(owned_by(5));
        table.add(owned_by(6));

        table.change(first, |record| *record = owned_by(6));

        assert_eq!(table.rows_with("5").count(), 0);
        assert_eq!(table.rows_with("6").count(), 2);
    }

    proptest! {
        #[test]
        fn range_of_any_bounds_is_what_a_scan_finds(from in 0u64..12, to in 0u64..12, exclusive: bool) {
            let mut table = Table::default();
            for _ in 0..10 {
                table.add(Record::new());
            }
            let (lower, upper) = if exclusive {
                (Bound::Excluded(from), Bound::Excluded(to))
            } else {
                (Bound::Included(from), Bound::Included(to))
            };
            let within = |id: u64| if exclusive { id > from && id < to } else { id >= from && id <= to };

            let found: Vec<u64> = table.range(lower, upper).map(|(id, _)| id).collect();

            prop_assert_eq!(found, (1..=10).filter(|id| within(*id)).collect::<Vec<_>>());
        }
    }
}
