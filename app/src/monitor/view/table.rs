//! A table: headings that order it, rows with their buttons, what can be done with chosen rows, the next page, the file.

use super::Moment;
use super::controls::ButtonView;
use super::parts::{LinkView, StateWord};
use crate::catalogue::Texts;
use crate::format;
use certlens_monitor::screen::Link;
use certlens_monitor::table::{Cell, Column, Row};
use certlens_monitor::{Address, Table};
use leptos::prelude::*;

/// The table of a screen at this address.
pub(super) fn table_view(texts: Texts, address: &Address, table: Table) -> impl IntoView + use<> {
    let heading = format!("table-{}", table.key);
    let has_bulk = !table.bulk.is_empty() && !table.rows.is_empty();
    let has_buttons = table.rows.iter().any(|row| !row.buttons.is_empty());
    let total = table
        .total
        .map(|total| view! { <span class="table-total">{format::count(total, texts.0)}</span> });
    let file = table.is_exportable.then(|| {
        let path = format!(
            "/api/v1{address}{joint}export={key}&LANG={language}",
            joint = if address.to_string().contains('?') {
                '&'
            } else {
                '?'
            },
            key = table.key,
            language = texts.0.tag(),
        );
        view! {
            <button type="button" class="quiet" data-file=path data-busy=texts.export_busy()>
                {texts.export_table()}
            </button>
        }
    });
    let pages = pages(texts, address, table.next.as_deref());
    let body = if table.rows.is_empty() {
        view! { <p class="table-empty">{table.empty.clone()}</p> }.into_any()
    } else {
        let headings = table
            .columns
            .iter()
            .map(|column| heading_of(&table, column, address))
            .collect_view();
        let rows = table
            .rows
            .iter()
            .cloned()
            .map(|row| view! { <RowView texts columns=table.columns.clone() row has_bulk has_buttons /> })
            .collect_view();
        view! {
            <div class="table-wrap" role="region" aria-labelledby=heading.clone() tabindex="0">
                <table>
                    <thead>
                        <tr>
                            {has_bulk
                                .then(|| {
                                    view! {
                                        <th class="choose">
                                            <input
                                                type="checkbox"
                                                data-choose-page=""
                                                aria-label=texts.choose_page()
                                            />
                                        </th>
                                    }
                                })} {headings}
                            {has_buttons
                                .then(|| view! { <th scope="col">{texts.row_actions()}</th> })}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    let bulk = has_bulk.then(|| {
        let buttons = table
            .bulk
            .into_iter()
            .map(|button| view! { <ButtonView button /> })
            .collect_view();
        view! { <div class="table-bulk"><span>{texts.with_chosen()}</span> {buttons}</div> }
    });
    view! {
        <section class="monitor-table">
            <div class="table-head">
                <h2 id=heading>{table.caption}</h2>
                {total} {file}
            </div>
            {body} {bulk} {pages}
        </section>
    }
}

fn heading_of(table: &Table, column: &Column, address: &Address) -> AnyView {
    let class = column.is_numeric.then_some("numeric");
    let order = table.order_of(column);
    let title = column.title.clone();
    if column.is_sortable {
        let link = table.sorted_by(column, address).to_string();
        let key = format!("sort:{}:{}", table.key, column.key);
        view! {
            <th scope="col" class=class aria-sort=order>
                <a href=link data-key=key>
                    {title}
                </a>
            </th>
        }
        .into_any()
    } else {
        view! {
            <th scope="col" class=class>
                {title}
            </th>
        }
        .into_any()
    }
}

fn pages(texts: Texts, address: &Address, next: Option<&str>) -> Option<impl IntoView + use<>> {
    let first = address
        .cursor()
        .map(|_| address.clone().from_beginning().to_string());
    let next = next.map(|next| address.clone().at(next).to_string());
    (first.is_some() || next.is_some()).then(|| {
        view! {
            <p class="table-pages">
                {first.map(|link| view! { <a href=link data-key="page:first">{texts.first_page()}</a> })}
                {next.map(|link| view! { <a href=link data-key="page:next" rel="next">{texts.next_page()}</a> })}
            </p>
        }
    })
}

#[component]
fn RowView(texts: Texts, columns: Vec<Column>, row: Row, has_bulk: bool, has_buttons: bool) -> impl IntoView {
    let key = row.key;
    let label = format!(
        "{} {}",
        texts.choose_row(),
        row.cells.iter().find_map(words).unwrap_or_else(|| key.clone())
    );
    let cells = columns
        .into_iter()
        .zip(row.cells)
        .map(|(column, cell)| {
            let class = column.is_numeric.then_some("numeric");
            view! {
                <td class=class>
                    <CellView texts cell />
                </td>
            }
        })
        .collect_view();
    let buttons = has_buttons.then(|| {
        let buttons = row
            .buttons
            .into_iter()
            .map(|button| view! { <ButtonView button /> })
            .collect_view();
        view! { <td class="row-buttons">{buttons}</td> }
    });
    let name = key.clone();
    view! {
        <tr data-row=name>
            {has_bulk
                .then(|| {
                    view! {
                        <td class="choose">
                            <input type="checkbox" data-choose=key aria-label=label />
                        </td>
                    }
                })} {cells} {buttons}
        </tr>
    }
}

/// The first words of a row say which it is.
fn words(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Text(text) | Cell::Code(text) | Cell::Link { text, .. } => Some(text.clone()),
        _ => None,
    }
}

/// What stands in a cell, as people read it.
#[component]
pub(super) fn CellView(texts: Texts, cell: Cell) -> impl IntoView {
    match cell {
        Cell::Nothing => view! { <span class="nothing">"—"</span> }.into_any(),
        Cell::Text(text) => text.into_any(),
        Cell::Code(text) => view! { <code>{text}</code> }.into_any(),
        Cell::Link { text, to } => view! { <LinkView link=Link { text, to } /> }.into_any(),
        Cell::Number(number) => number_words(number, texts).into_any(),
        Cell::Moment(at) => view! { <Moment at /> }.into_any(),
        Cell::Day(day) => format::day(day, texts.0).into_any(),
        Cell::Seconds(seconds) => texts.seconds(seconds).into_any(),
        Cell::State { word, tone } => view! { <StateWord word tone /> }.into_any(),
        Cell::Lines(lines) => lines
            .into_iter()
            .map(|line| view! { <span class="cell-line">{line}</span> })
            .collect_view()
            .into_any(),
    }
}

fn number_words(number: i64, texts: Texts) -> String {
    let words = format::count(number.unsigned_abs(), texts.0);
    if number < 0 { format!("−{words}") } else { words }
}
