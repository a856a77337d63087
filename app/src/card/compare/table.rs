//! The table of a comparison as HTML: a column for each counterparty, the first one the card's own.
//!
//! The figures of the card's own column are links to the documents that they count; the others' are figures: their documents are in
//! no table of this card.

use super::model::{Side, with_kind};
use super::rows::{Cell, Item, Row};
use crate::card::board::model::BoardModel;
use crate::card::board::trend::per_cent;
use crate::catalogue::Texts;
use certlens_domain::documents_page::DocumentFilter;
use certlens_domain::selection::{CardChange, LONGEST_LABEL, SelectionOrigin};
use leptos::prelude::*;

/// Numbers that a head shows.
const MOST_NUMBERS: usize = 3;

/// The head of a column, ready to be shown.
#[derive(Debug, Clone)]
pub(super) struct Head {
    name: String,
    whole_name: Option<String>,
    /// Each with its kind: "ИНН 7707083893".
    numbers: Vec<String>,
    /// Numbers that are not shown.
    more: usize,
    /// Why the column is empty.
    remark: Option<&'static str>,
    failed: bool,
    /// What can be done with another's column.
    other: Option<OtherHead>,
}

/// What can be done with another's column.
#[derive(Debug, Clone)]
struct OtherHead {
    /// Its first number alone.
    number: String,
    /// The state without the column.
    removed: String,
    /// Its place in keys.
    key: String,
    /// The changes that add its numbers to the card.
    changes: String,
}

/// The head of a side.
pub(super) fn head(model: &BoardModel, side: &Side<'_>) -> Head {
    let texts = model.texts;
    let mut numbers: Vec<String> = side
        .identifiers
        .iter()
        .map(|identifier| with_kind(identifier, texts))
        .collect();
    let more = numbers.split_off(numbers.len().min(MOST_NUMBERS)).len();
    let remark = match side.board {
        None => Some(texts.column_failed()),
        Some(board) if board.totals.documents == 0 => Some(texts.no_documents_here()),
        Some(_) => None,
    };
    let other = side.counterparty.map(|counterparty| {
        let without = model
            .state
            .compare
            .as_ref()
            .map(|chosen| chosen.without(counterparty));
        let label: String = side.name.chars().take(LONGEST_LABEL).collect();
        let change = |value: &String| CardChange::Add {
            value: value.clone(),
            label: Some(label.clone()),
            origin: SelectionOrigin::Typed,
            note: None,
        };
        let changes: Vec<CardChange> = counterparty.values().iter().map(change).collect();
        OtherHead {
            number: counterparty.values().first().cloned().unwrap_or_default(),
            removed: model.state.comparing(without).link(),
            key: counterparty.values().join("+"),
            // Changes are plain texts: they always serialise.
            changes: serde_json::to_string(&changes).unwrap_or_default(),
        }
    });
    Head {
        name: side.name.clone(),
        whole_name: side.whole_name.clone(),
        numbers,
        more,
        remark,
        failed: side.board.is_none(),
        other,
    }
}

/// The table, which scrolls sideways within itself.
#[component]
pub(super) fn ComparisonTable(model: BoardModel, heads: Vec<Head>, rows: Vec<Row>) -> impl IntoView {
    let texts = model.texts;
    let columns = heads.len();
    let failed: Vec<bool> = heads.iter().map(|head| head.failed).collect();
    view! {
        <div class="compare__scroll" tabindex="0" role="group" aria-labelledby="compare-title">
            <table class="compare__table" data-columns=columns>
                <thead>
                    <tr>
                        <td class="compare__corner"><span class="visually-hidden">{texts.compared_fact()}</span></td>
                        {heads.into_iter().map(|head| view! { <ColumnHead texts head /> }).collect_view()}
                    </tr>
                </thead>
                <tbody>
                    {rows
                        .into_iter()
                        .map(|row| view! { <ComparedRow model=model.clone() row failed=failed.clone() /> })
                        .collect_view()}
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn ColumnHead(texts: Texts, head: Head) -> impl IntoView {
    let Head {
        name,
        whole_name,
        numbers,
        more,
        remark,
        failed,
        other,
    } = head;
    let own = other
        .is_none()
        .then(|| view! { <span class="compare__own">{texts.this_card()}</span> });
    let hint = failed.then(|| texts.column_failed_hint());
    let actions = other.map(|other| view! { <ColumnActions texts name=name.clone() other /> });
    view! {
        <th scope="col" class="compare__column">
            <span class="compare__name" title=whole_name>{name}</span>
            {own}
            {numbers
                .into_iter()
                .map(|number| view! { <span class="compare__number">{number}</span> })
                .collect_view()}
            {(more > 0).then(|| view! { <span class="compare__number">{texts.more_values(more as u64)}</span> })}
            {remark.map(|remark| view! { <span class="compare__remark" title=hint>{remark}</span> })}
            {failed
                .then(|| {
                    view! {
                        <button type="button" class="link needs-script" data-action="retry">{texts.retry()}</button>
                    }
                })}
            {actions}
        </th>
    }
}

/// Take the column away, copy its number, add its numbers to the card.
#[component]
fn ColumnActions(texts: Texts, name: String, other: OtherHead) -> impl IntoView {
    let (copies, adds, removes) = (
        texts.copies(&other.number),
        texts.adds_to_card(&name),
        texts.compare_removes(&name),
    );
    view! {
        <span class="compare__actions">
            <button
                type="button"
                class="link needs-script"
                data-action="copy"
                data-copy=other.number
                data-done=texts.copied()
                aria-label=copies
            >
                {texts.copy()}
            </button>
            <button type="button" class="link needs-script" data-action="add" data-change=other.changes aria-label=adds>
                "+ " {texts.add_to_card()}
            </button>
            <a
                class="compare__remove"
                href=other.removed
                data-key=format!("compare:remove:{}", other.key)
                data-next="compare:field"
                aria-label=removes
            >
                {texts.compare_remove()}
            </a>
        </span>
    }
}

#[component]
fn ComparedRow(model: BoardModel, row: Row, failed: Vec<bool>) -> impl IntoView {
    let key = row.key;
    let cells = row
        .cells
        .into_iter()
        .zip(failed)
        .enumerate()
        .map(|(place, (cell, failed))| {
            let own = place == 0;
            view! { <ComparedCell model=model.clone() key cell own failed /> }
        })
        .collect_view();
    view! {
        <tr data-row=key>
            <th scope="row" class="compare__fact">
                {row.name} {row.note.map(|note| view! { <span class="compare__note">{note}</span> })}
            </th>
            {cells}
        </tr>
    }
}

#[component]
fn ComparedCell(model: BoardModel, key: &'static str, cell: Cell, own: bool, failed: bool) -> impl IntoView {
    let texts = model.texts;
    if cell.items.is_empty() {
        // Nothing is not the same as no answer.
        let words = if failed {
            texts.column_failed()
        } else {
            texts.nothing_here()
        };
        return view! { <td class="compare__cell compare__cell--nothing">{words}</td> }.into_any();
    }
    let class = if cell.most.is_some() {
        "compare__cell compare__cell--most"
    } else {
        "compare__cell"
    };
    let most = cell.most;
    let items = cell
        .items
        .into_iter()
        .enumerate()
        .map(|(place, item)| {
            let key = format!("compare:{key}:{place}");
            view! { <ComparedItem model=model.clone() key item own most /> }
        })
        .collect_view();
    view! { <td class=class>{items}</td> }.into_any()
}

#[component]
fn ComparedItem(
    model: BoardModel,
    key: String,
    item: Item,
    own: bool,
    most: Option<&'static str>,
) -> impl IntoView {
    let is_listed = item.label.is_some();
    let link = own
        .then_some(item.documents.as_ref())
        .flatten()
        .map(|documents| toggled(&model, documents));
    let class = if is_listed {
        "compare__item compare__item--listed"
    } else {
        "compare__item"
    };
    let fill = if own { "fill-mark" } else { "fill-other" };
    let body = view! {
        {item.label.map(|label| view! { <span class="compare__label">{label}</span> })}
        <span class="compare__value">{item.value}</span>
        {most.map(|word| view! { <span class="compare__most">{word}</span> })}
        {item
            .bar
            .map(|bar| {
                view! {
                    <svg class="compare__bar" aria-hidden="true" width="100%" height="5">
                        <rect class="mark__track" width="100%" height="5" rx="2.5" />
                        <rect class=fill width=per_cent(bar) height="5" rx="2.5" />
                    </svg>
                }
            })}
        {item.remark.map(|remark| view! { <span class="compare__remark">{remark}</span> })}
    };
    match link {
        Some((link, chosen)) => view! {
            <a class=class href=link title=item.hint data-key=key aria-current=chosen.then_some("true")>{body}</a>
        }
        .into_any(),
        None => view! { <span class=class title=item.hint>{body}</span> }.into_any(),
    }
}

/// The link to the documents of a figure, and whether they are shown already: then it leads back to all.
fn toggled(model: &BoardModel, documents: &DocumentFilter) -> (String, bool) {
    let chosen = model.state.is_filtered() && model.state.filter == *documents;
    let shown = if chosen {
        DocumentFilter::default()
    } else {
        documents.clone()
    };
    (model.state.with_filter(shown).link(), chosen)
}
