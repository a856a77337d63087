//! The rows of a comparison: what is compared, each cell with its number, its remark and the length of its bar. Pure.

use super::facts::{self, Part};
use super::model::Side;
use crate::card::condition::{Condition, product_words, regulation_title};
use crate::catalogue::Texts;
use crate::chart::length;
use crate::format::percent;
use certlens_domain::board::{Board, ValueCount};
use certlens_domain::certification_body::short_name;
use certlens_domain::documents_page::DocumentFilter;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::summary::growth;
use certlens_domain::tn_ved;
use chrono::{Datelike, NaiveDate};

/// Regulations and product groups that a cell names.
const MOST_VALUES: usize = 3;
/// Certification bodies that a cell names.
const MOST_BODIES: usize = 2;

/// One thing that is compared.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// The key in attributes.
    pub(super) key: &'static str,
    /// What is compared.
    pub(super) name: &'static str,
    /// What the numbers mean, where the name does not say it.
    pub(super) note: Option<&'static str>,
    /// One for each column.
    pub(super) cells: Vec<Cell>,
}

/// What one counterparty has in a row.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Cell {
    /// What it has; nothing: none, or no answer.
    pub(super) items: Vec<Item>,
    /// The word that marks the only cell of the row with the most.
    pub(super) most: Option<&'static str>,
}

/// A number of a cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    /// What is counted, in rows of several.
    pub(super) label: Option<String>,
    /// The whole of a shortened label, or more about it.
    pub(super) hint: Option<String>,
    /// The number or the day.
    pub(super) value: String,
    /// The number alone; `None` for a day, and where a label belongs to it.
    pub(super) number: Option<u64>,
    /// What it is to be seen with.
    pub(super) remark: Option<String>,
    /// The length of its bar in per cent.
    pub(super) bar: Option<f64>,
    /// The documents that it counts.
    pub(super) documents: Option<DocumentFilter>,
}

/// A number that a row compares.
struct Measure {
    weight: u64,
    value: String,
    remark: Option<String>,
    documents: Option<DocumentFilter>,
}

/// The rows in their order. Rows in which nobody has anything are left out; their names are in the second part.
pub(super) fn rows(sides: &[Side<'_>], texts: Texts, today: NaiveDate) -> (Vec<Row>, Vec<&'static str>) {
    let table = Table { sides, texts, today };
    let rows = vec![
        table.in_force("declarations", DocumentKind::Declaration),
        table.in_force("certificates", DocumentKind::Certificate),
        table.all(),
        table.last_year(),
        table.last_registered(),
        table.since(),
        table.share("ending", texts.ends_within_90_days(), None, facts::ending, || {
            facts::ending_documents(today)
        }),
        table.share(
            "stopped",
            texts.stopped_documents(),
            Some(texts.stopped_note()),
            facts::stopped,
            facts::stopped_documents,
        ),
        table.not_valid_in_rf(),
        table.regulations(),
        table.products(),
        table.bodies(),
        table.registries(),
    ];
    let (shown, empty): (Vec<Row>, Vec<Row>) = rows
        .into_iter()
        .partition(|row| row.cells.iter().any(|cell| !cell.items.is_empty()));
    (shown, empty.into_iter().map(|row| row.name).collect())
}

struct Table<'sides> {
    sides: &'sides [Side<'sides>],
    texts: Texts,
    today: NaiveDate,
}

impl Table<'_> {
    fn in_force(&self, key: &'static str, kind: DocumentKind) -> Row {
        let texts = self.texts;
        let name = match kind {
            DocumentKind::Declaration => texts.valid_declarations(),
            DocumentKind::Certificate => texts.valid_certificates(),
        };
        let part = |board: &Board| facts::valid(board, kind);
        let nobody = self.boards().all(|board| part(board).of == 0);
        self.measured(key, name, None, Most::Documents, |board| {
            let Part { documents: valid, of } = part(board);
            (!nobody).then(|| Measure {
                weight: valid,
                value: texts.count(valid),
                remark: (of > 0).then(|| texts.share_of(percent(valid, of), of)),
                documents: Some(facts::in_force(kind)),
            })
        })
    }

    fn all(&self) -> Row {
        let texts = self.texts;
        self.measured(
            "documents",
            texts.documents_in_all(),
            None,
            Most::Documents,
            |board| {
                Some(Measure {
                    weight: board.totals.documents,
                    value: texts.count(board.totals.documents),
                    remark: None,
                    documents: Some(DocumentFilter::default()),
                })
            },
        )
    }

    fn last_year(&self) -> Row {
        let texts = self.texts;
        self.measured(
            "last_year",
            texts.registered_last_year(),
            None,
            Most::Documents,
            |board| {
                let before = texts.in_the_year_before(board.facts.year_before);
                let remark = match growth(board).words(texts.0) {
                    Some(words) => format!("{before}; {words}"),
                    None => before,
                };
                Some(Measure {
                    weight: board.facts.last_year,
                    value: texts.count(board.facts.last_year),
                    remark: Some(remark),
                    documents: Some(facts::last_year_documents(self.today)),
                })
            },
        )
    }

    fn since(&self) -> Row {
        let texts = self.texts;
        self.measured("since", texts.first_document(), None, Most::Earliest, |board| {
            let day = board.totals.first_registered?;
            Some(Measure {
                weight: self.days_since(day),
                value: texts.day(day),
                remark: None,
                documents: Some(facts::registered_on(day)),
            })
        })
    }

    fn last_registered(&self) -> Row {
        let texts = self.texts;
        self.measured(
            "last_registered",
            texts.last_document(),
            None,
            Most::Latest,
            |board| {
                let day = board.totals.last_registered?;
                Some(Measure {
                    weight: u64::try_from(day.num_days_from_ce()).unwrap_or(0),
                    value: texts.day(day),
                    remark: Some(texts.days_ago(self.days_since(day))),
                    documents: Some(facts::registered_on(day)),
                })
            },
        )
    }

    fn share(
        &self,
        key: &'static str,
        name: &'static str,
        note: Option<&'static str>,
        part: impl Fn(&Board) -> Part,
        documents: impl Fn() -> DocumentFilter,
    ) -> Row {
        let texts = self.texts;
        let nobody = self.boards().all(|board| part(board).documents == 0);
        self.measured(key, name, note, Most::Documents, |board| {
            let Part { documents: count, of } = part(board);
            (!nobody).then(|| Measure {
                weight: count,
                value: texts.count(count),
                remark: (of > 0).then(|| texts.share_of(percent(count, of), of)),
                documents: Some(documents()),
            })
        })
    }

    fn not_valid_in_rf(&self) -> Row {
        let part = |board: &Board| Part {
            documents: board.totals.not_valid_in_rf,
            of: 0,
        };
        let documents = || facts::only(Condition::NotValidInRf);
        self.share(
            "not_valid_in_rf",
            self.texts.not_valid_in_rf(),
            None,
            part,
            documents,
        )
    }

    fn regulations(&self) -> Row {
        let texts = self.texts;
        self.listed("regulations", texts.regulations(), |board| {
            first(&board.by_technical_regulation.listed, MOST_VALUES)
                .map(|value| Listed {
                    label: value.value.clone(),
                    hint: regulation_title(&value.value, texts.0).map(str::to_owned),
                    count: value.documents,
                    remark: None,
                    condition: Condition::Regulation(value.value.clone()),
                })
                .collect()
        })
    }

    fn products(&self) -> Row {
        let texts = self.texts;
        self.listed("products", texts.product_groups(), |board| {
            first(&board.by_product_group.listed, MOST_VALUES)
                .map(|value| {
                    let digits = value.value.as_str();
                    let name = tn_ved::group_short_name(digits, texts.0);
                    Listed {
                        label: name.map_or_else(|| digits.to_owned(), |name| format!("{digits} {name}")),
                        hint: Some(product_words(digits, texts.0)),
                        count: value.documents,
                        remark: None,
                        condition: Condition::Product(digits.to_owned()),
                    }
                })
                .collect()
        })
    }

    fn registries(&self) -> Row {
        let texts = self.texts;
        self.listed("registries", texts.registries(), |board| {
            Registry::ALL
                .into_iter()
                .filter_map(|registry| Some((registry, board.by_registry.get(&registry)?.documents())))
                .filter(|(_, documents)| *documents > 0)
                .map(|(registry, count)| Listed {
                    label: texts.registry(registry).to_owned(),
                    hint: None,
                    count,
                    remark: None,
                    condition: Condition::Registry(registry),
                })
                .collect()
        })
    }

    fn bodies(&self) -> Row {
        let texts = self.texts;
        self.listed("bodies", texts.bodies(), |board| {
            let now = board
                .facts
                .body_last_year
                .as_ref()
                .map(|body| body.value.as_str());
            facts::bodies(board, MOST_BODIES)
                .into_iter()
                .map(|body| {
                    let short = short_name(&body.value);
                    Listed {
                        hint: (short != body.value).then(|| body.value.clone()),
                        label: short,
                        count: body.documents,
                        remark: (now == Some(body.value.as_str())).then(|| texts.body_now().to_owned()),
                        condition: Condition::Body(body.value),
                    }
                })
                .collect()
        })
    }

    fn boards(&self) -> impl Iterator<Item = &Board> {
        self.sides.iter().filter_map(|side| side.board)
    }

    fn days_since(&self, day: NaiveDate) -> u64 {
        u64::try_from(self.today.signed_duration_since(day).num_days()).unwrap_or(0)
    }

    /// A row of one number in each cell.
    fn measured(
        &self,
        key: &'static str,
        name: &'static str,
        note: Option<&'static str>,
        most: Most,
        measure: impl Fn(&Board) -> Option<Measure>,
    ) -> Row {
        let measures: Vec<Option<Measure>> = self
            .sides
            .iter()
            .map(|side| side.board.and_then(&measure))
            .collect();
        let weights: Vec<u64> = measures.iter().flatten().map(|measure| measure.weight).collect();
        let highest = weights.iter().copied().max().unwrap_or(0);
        let only_one = weights.iter().filter(|weight| **weight == highest).count() == 1;
        let marks = weights.len() > 1 && only_one && highest > 0;
        let cells = measures.into_iter().map(|measure| {
            let Some(measure) = measure else {
                return Cell::default();
            };
            Cell {
                most: (marks && measure.weight == highest).then(|| most.word(self.texts)),
                items: vec![Item {
                    label: None,
                    hint: None,
                    value: measure.value,
                    number: most.is_count().then_some(measure.weight),
                    remark: measure.remark,
                    bar: most.has_bar().then(|| length(measure.weight, highest)),
                    documents: measure.documents,
                }],
            }
        });
        Row {
            key,
            name,
            note,
            cells: cells.collect(),
        }
    }

    /// A row of the most frequent values in each cell; their bars are shares of the counterparty's own documents.
    fn listed(&self, key: &'static str, name: &'static str, values: impl Fn(&Board) -> Vec<Listed>) -> Row {
        let cell = |side: &Side<'_>| {
            let Some(board) = side.board else {
                return Cell::default();
            };
            let items = values(board).into_iter().map(|listed| Item {
                label: Some(listed.label),
                hint: listed.hint,
                value: self.texts.count(listed.count),
                number: None,
                remark: listed.remark,
                bar: Some(length(listed.count, board.totals.documents)),
                documents: Some(facts::only(listed.condition)),
            });
            Cell {
                items: items.collect(),
                most: None,
            }
        };
        Row {
            key,
            name,
            note: None,
            cells: self.sides.iter().map(cell).collect(),
        }
    }
}

/// A value of a row of several.
struct Listed {
    label: String,
    hint: Option<String>,
    count: u64,
    remark: Option<String>,
    condition: Condition,
}

/// The first values that are named.
fn first(listed: &[ValueCount], most: usize) -> impl Iterator<Item = &ValueCount> {
    listed
        .iter()
        .filter(|value| !value.value.trim().is_empty())
        .take(most)
}

/// What "the most" is in a row.
#[derive(Debug, Clone, Copy)]
enum Most {
    Documents,
    Earliest,
    Latest,
}

impl Most {
    const fn word(self, texts: Texts) -> &'static str {
        match self {
            Self::Documents => texts.the_most(),
            Self::Earliest => texts.the_earliest(),
            Self::Latest => texts.the_latest(),
        }
    }

    const fn is_count(self) -> bool {
        matches!(self, Self::Documents)
    }

    /// How long ago a first document is is a length; the day of the last one is none.
    const fn has_bar(self) -> bool {
        matches!(self, Self::Documents | Self::Earliest)
    }
}

#[cfg(test)]
mod tests;
