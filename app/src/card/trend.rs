//! How the counterparty develops: registrations by month as a drawing, with the table behind it.

use crate::catalogue::Texts;
use crate::chart::{AXIS, Column, GridLine, HEIGHT, MonthLabel, TrendChart};
use crate::format::{compact, month_abbreviation};
use certlens_domain::analytics::TrendMonth;
use certlens_domain::registry::DocumentKind;
use certlens_domain::trend::{Month, filled};
use chrono::NaiveDate;
use leptos::prelude::*;

/// Months in the drawing: three years show a yearly rhythm.
const MONTHS: u32 = 36;

/// Registrations by month up to the current one.
#[component]
pub(super) fn Trend(texts: Texts, trend: Vec<TrendMonth>, today: NaiveDate) -> impl IntoView {
    let series = filled(&trend, Month::of(today), MONTHS);
    let drawn: u64 = series.iter().map(TrendMonth::documents).sum();
    let first = series.first().map(|entry| entry.month);
    let earlier: u64 = trend
        .iter()
        .filter(|entry| first.is_some_and(|first| entry.month < first))
        .map(TrendMonth::documents)
        .sum();
    let chart = TrendChart::of(&series);
    let scale = chart.grid.clone();
    let rows: Vec<_> = trend.into_iter().rev().collect();
    view! {
        <section class="panel" aria-labelledby="trend">
            <div class="panel__head">
                <h2 id="trend">{texts.trend()}</h2>
                <ul class="key">
                    <li><span class="dot dot-declaration" aria-hidden="true"></span>{texts.declarations()}</li>
                    <li><span class="dot dot-certificate" aria-hidden="true"></span>{texts.certificates()}</li>
                    {(earlier > 0).then(|| view! { <li class="key__note">{texts.earlier_documents(earlier)}</li> })}
                </ul>
            </div>
            <div class="trend">
                <svg class="trend__scale" height=HEIGHT aria-hidden="true">
                    {scale.into_iter().map(|line| view! { <GridCount texts line /> }).collect_view()}
                </svg>
                <svg
                    class="trend__plot"
                    height=HEIGHT
                    role="img"
                    aria-label=texts.trend_described(series.len(), drawn)
                >
                    {chart.grid.into_iter().map(|line| view! { <GridRule line /> }).collect_view()}
                    {chart.columns.into_iter().map(|column| view! { <MonthColumn texts column /> }).collect_view()}
                </svg>
            </div>
            <details class="more">
                <summary>{texts.as_table()}</summary>
                <TrendTable texts rows />
            </details>
        </section>
    }
}

#[component]
fn GridCount(texts: Texts, line: GridLine) -> impl IntoView {
    view! { <text class="trend__count" x="100%" y=pixels(line.y) dx="-8" dy="4">{compact(line.count, texts.0)}</text> }
}

#[component]
fn GridRule(line: GridLine) -> impl IntoView {
    let y = pixels(line.y);
    view! { <line class="trend__grid" x1="0" x2="100%" y1=y.clone() y2=y /> }
}

/// A length across, as SVG wants it.
fn per_cent(length: f64) -> String {
    format!("{length:.3}%")
}

/// A length upwards, as SVG wants it.
fn pixels(length: f64) -> String {
    format!("{length:.1}")
}

#[component]
fn MonthColumn(texts: Texts, column: Column) -> impl IntoView {
    let entry = column.month;
    let name = format!(
        "{} {}",
        month_abbreviation(entry.month.number(), texts.0),
        entry.month.year()
    );
    let described = format!(
        "{name}: {}, {}",
        texts.declarations_counted(entry.declarations),
        texts.certificates_counted(entry.certificates)
    );
    let label = column.label.map(|label| {
        let (class, text) = match label {
            MonthLabel::Year(year) => ("trend__year", year.to_string()),
            MonthLabel::Month(month) => ("trend__month", month_abbreviation(month, texts.0).to_owned()),
        };
        let middle = per_cent(column.left + column.width / 2.0);
        view! { <text class=class x=middle y=pixels(AXIS + 18.0)>{text}</text> }
    });
    let bars = column
        .bars
        .into_iter()
        .map(|bar| {
            let class = match bar.kind {
                DocumentKind::Certificate => "fill-certificate",
                DocumentKind::Declaration => "fill-declaration",
            };
            view! {
                <rect
                    class=class
                    x=per_cent(bar.x)
                    y=pixels(bar.y)
                    width=per_cent(bar.width)
                    height=pixels(bar.height)
                />
            }
        })
        .collect_view();
    view! {
        <g class="trend__column">
            <title>{described}</title>
            <rect
                class="trend__hit"
                x=per_cent(column.left)
                y="0"
                width=per_cent(column.width)
                height=pixels(AXIS)
            />
            {bars}
            {label}
        </g>
    }
}

#[component]
fn TrendTable(texts: Texts, rows: Vec<TrendMonth>) -> impl IntoView {
    let rows = rows
        .into_iter()
        .map(|entry| {
            let name = format!(
                "{} {}",
                month_abbreviation(entry.month.number(), texts.0),
                entry.month.year()
            );
            view! {
                <tr data-month=entry.month.to_string()>
                    <th scope="row">{name}</th>
                    <td>{texts.count(entry.certificates)}</td>
                    <td>{texts.count(entry.declarations)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="numbers">
            <thead>
                <tr>
                    <th scope="col">{texts.month()}</th>
                    <th scope="col">{texts.certificates()}</th>
                    <th scope="col">{texts.declarations()}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
