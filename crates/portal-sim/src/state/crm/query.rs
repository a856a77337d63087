//! Lists: which rows of a table, in which order, in pages of fifty.
//!
//! `>ID` with `start=-1` walks the table from that number and stops after a page, so that a crawl over thousands of
//! rows costs the same for each page. Pure.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::Bound;

use super::filter::{Condition, Filter, Operator, compare_values};
use super::table::{Record, Table};

/// Rows of a page; the portal doesn't let anyone choose.
pub(crate) const PAGE: usize = 50;

/// What is asked of a list.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    /// Which rows.
    pub filter: Filter,
    /// By which fields, and whether downwards.
    pub order: Vec<(String, bool)>,
    /// The offset; negative switches the count off.
    pub start: i64,
}

/// A page of numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The rows' numbers in order.
    pub ids: Vec<u64>,
    /// How many rows there are in all; 0 when the count is off.
    pub total: usize,
    /// The next page's offset.
    pub next: Option<usize>,
}

/// Numbers that a filter leaves, read off its conditions on `ID` and on the indexed field.
#[derive(Debug)]
struct Candidates {
    from: Bound<u64>,
    to: Bound<u64>,
    among: Option<BTreeSet<u64>>,
}

impl Query {
    /// Runs over a table; `read` gives a field's texts, `visible` who may see a row.
    pub(crate) fn run(
        &self,
        table: &Table,
        read: &impl Fn(u64, &Record, &str) -> Vec<String>,
        visible: &impl Fn(u64, &Record) -> bool,
    ) -> Found {
        let by_number = self.order.is_empty() || self.order[0].0 == "ID";
        let downwards = self.order.first().is_some_and(|(_, downwards)| *downwards);
        let passes = |id: u64, record: &Record| {
            visible(id, record) && self.filter.holds(&|field: &str| read(id, record, field))
        };
        let offset = usize::try_from(self.start).unwrap_or(0);
        let rows = self.candidates(table).rows(table, by_number && downwards);
        let mut matching = rows.filter(|(id, record)| passes(*id, record));
        if self.start < 0 && by_number {
            let ids = matching.take(PAGE).map(|(id, _)| id).collect();
            return Found {
                ids,
                total: 0,
                next: None,
            };
        }
        let (ids, total): (Vec<u64>, usize) = if by_number {
            let (mut ids, mut total) = (Vec::new(), 0);
            for (id, _) in matching.by_ref() {
                if total >= offset && ids.len() < PAGE {
                    ids.push(id);
                }
                total += 1;
            }
            (ids, total)
        } else {
            let mut keyed: Vec<(Vec<String>, u64)> = matching
                .map(|(id, record)| {
                    let key = |(field, _): &(String, bool)| read(id, record, field).into_iter().next();
                    (
                        self.order
                            .iter()
                            .map(|part| key(part).unwrap_or_default())
                            .collect(),
                        id,
                    )
                })
                .collect();
            keyed.sort_by(|left, right| self.compare_keys(left, right));
            let total = keyed.len();
            (
                keyed
                    .into_iter()
                    .skip(offset)
                    .take(PAGE)
                    .map(|(_, id)| id)
                    .collect(),
                total,
            )
        };
        if self.start < 0 {
            return Found {
                ids,
                total: 0,
                next: None,
            };
        }
        Found {
            ids,
            total,
            next: (offset + PAGE < total).then_some(offset + PAGE),
        }
    }

    fn compare_keys(&self, left: &(Vec<String>, u64), right: &(Vec<String>, u64)) -> Ordering {
        let parts = left.0.iter().zip(&right.0).zip(&self.order);
        parts
            .map(|((left, right), (_, downwards))| {
                let ordering = compare_values(left, right);
                if *downwards { ordering.reverse() } else { ordering }
            })
            .find(|ordering| ordering.is_ne())
            .unwrap_or_else(|| left.1.cmp(&right.1))
    }

    fn candidates(&self, table: &Table) -> Candidates {
        let mut candidates = Candidates {
            from: Bound::Unbounded,
            to: Bound::Unbounded,
            among: None,
        };
        let Filter::All(parts) = &self.filter else {
            return candidates;
        };
        let conditions = parts.iter().filter_map(|part| match part {
            Filter::Condition(condition) if !condition.negated => Some(condition),
            _ => None,
        });
        for condition in conditions {
            if condition.field == "ID" {
                candidates.narrow_by_number(condition);
            } else if condition.operator == Operator::Equal
                && table.index_field() == Some(condition.field.as_str())
                && condition.wanted.iter().all(|wanted| !wanted.is_empty())
            {
                let numbers = condition
                    .wanted
                    .iter()
                    .flat_map(|wanted| table.numbers_with(wanted));
                candidates.among(numbers.collect());
            }
        }
        candidates
    }
}

impl Candidates {
    fn among(&mut self, numbers: BTreeSet<u64>) {
        self.among = Some(match self.among.take() {
            Some(known) => known.intersection(&numbers).copied().collect(),
            None => numbers,
        });
    }

    fn narrow_by_number(&mut self, condition: &Condition) {
        let number = condition
            .wanted
            .first()
            .and_then(|wanted| wanted.parse::<u64>().ok());
        match (condition.operator, number) {
            (Operator::Equal, _) => {
                let numbers = condition.wanted.iter().filter_map(|wanted| wanted.parse().ok());
                self.among(numbers.collect());
            }
            (Operator::More, Some(number)) => self.from = Bound::Excluded(number),
            (Operator::MoreOrEqual, Some(number)) => self.from = Bound::Included(number),
            (Operator::Less, Some(number)) => self.to = Bound::Excluded(number),
            (Operator::LessOrEqual, Some(number)) => self.to = Bound::Included(number),
            _ => {}
        }
    }

    fn rows<'a>(self, table: &'a Table, downwards: bool) -> Box<dyn Iterator<Item = (u64, &'a Record)> + 'a> {
        match self.among {
            Some(numbers) => {
                let rows = numbers.into_iter().filter_map(|id| Some((id, table.get(id)?)));
                if downwards {
                    Box::new(rows.rev())
                } else {
                    Box::new(rows)
                }
            }
            None if downwards => Box::new(table.range(self.from, self.to).rev()),
            None => Box::new(table.range(self.from, self.to)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::convert::Infallible;

    use rstest::rstest;
    use serde_json::json;

    use super::super::table::texts;
    use super::*;
    use crate::parameter::Parameter;

    fn table() -> Table {
        let mut table = Table::indexed_by("OWNER");
        for number in 1..=120u64 {
            table.add(Record::from([
                (Cow::from("TITLE"), json!(format!("Row {number:03} ЮГ"))),
                (Cow::from("OWNER"), json!((number % 3).to_string())),
                (
                    Cow::from("CHANGED"),
                    json!(format!("2026-09-{:02}T10:00:00+03:00", number % 28 + 1)),
                ),
            ]));
        }
        table
    }

    fn found(filter: &str, order: &[(&str, bool)], start: i64) -> Found {
        let filter = Parameter::from_form(filter.as_bytes());
        let rename = |name: &str| Ok::<_, Infallible>(Some(name.to_owned()));
        let Ok(filter) = Filter::parse(filter.get("filter"), &rename);
        let order = order
            .iter()
            .map(|(field, downwards)| ((*field).to_owned(), *downwards))
            .collect();
        let read = |id: u64, record: &Record, field: &str| match field {
            "ID" => vec![id.to_string()],
            _ => record.get(field).map(texts).unwrap_or_default(),
        };
        Query { filter, order, start }.run(&table(), &read, &|_, _| true)
    }

    #[rstest]
    #[case("filter[>ID]=118", &[119, 120])]
    #[case("filter[>%3DID]=119", &[119, 120])]
    #[case("filter[<ID]=3", &[1, 2])]
    #[case("filter[@ID][]=7&filter[@ID][]=5&filter[@ID][]=900", &[5, 7])]
    #[case("filter[ID]=17", &[17])]
    #[case("filter[OWNER]=1&filter[<%3DID]=4", &[1, 4])]
    #[case("filter[!OWNER]=1&filter[<%3DID]=4", &[2, 3])]
    #[case("filter[!@OWNER][]=1&filter[!@OWNER][]=2&filter[<%3DID]=4", &[3])]
    #[case("filter[%25TITLE]=007", &[7])]
    #[case("filter[%25TITLE]=юг&filter[<ID]=2", &[1])]
    #[case("filter[%3D%25TITLE]=row 01%25", &[10, 11, 12, 13, 14, 15, 16, 17, 18, 19])]
    #[case("filter[>%3DCHANGED]=2026-09-28T09:59:00%2B03:00", &[27, 55, 83, 111])]
    #[case("filter[0][logic]=OR&filter[0][ID]=3&filter[0][%25TITLE]=099", &[3, 99])]
    #[case("filter[NOTHING]=", &[1, 2])]
    fn filter_with_each_prefix_finds(#[case] filter: &str, #[case] wanted: &[u64]) {
        let ids = found(filter, &[], 0).ids;
        assert_eq!(&ids[..wanted.len().min(ids.len())], wanted);
        assert!(wanted.len() == ids.len() || filter.contains("NOTHING"));
    }

    #[test]
    fn pages_have_fifty_rows_and_tell_the_next() {
        let first = found("", &[], 0);
        let last = found("", &[("ID", true)], 100);

        assert_eq!((first.ids.len(), first.total, first.next), (50, 120, Some(50)));
        assert_eq!(
            (last.ids.first(), last.ids.len(), last.next),
            (Some(&20), 20, None)
        );
    }

    #[test]
    fn walk_by_number_without_the_count_passes_every_row_once() {
        let (mut last, mut seen) = (0, Vec::new());
        loop {
            let page = found(&format!("filter[>ID]={last}"), &[("ID", false)], -1);
            assert_eq!((page.total, page.next), (0, None));
            let Some(end) = page.ids.last() else { break };
            last = *end;
            seen.extend(page.ids);
        }
        assert_eq!(seen, (1..=120).collect::<Vec<_>>());
    }

    #[test]
    fn order_by_another_field_sorts_before_the_page_is_cut() {
        let page = found("", &[("OWNER", true), ("ID", true)], 0);
        assert_eq!(page.ids[..2], [119, 116]);
    }
}
