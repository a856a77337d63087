//! Figures over time as lines, with the same figures as a table below.

use super::Moment;
use crate::catalogue::Texts;
use crate::format;
use crate::line_chart::{HEIGHT, LineChart, WIDTH};
use certlens_monitor::screen::Chart;
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// At most so many rows stand in the table below a chart.
const TABLE_ROWS: usize = 60;

#[component]
pub(super) fn ChartView(texts: Texts, chart: Chart, index: usize) -> impl IntoView {
    let heading = format!("chart-{index}");
    let label = heading.clone();
    let has_values = chart
        .series
        .iter()
        .any(|series| series.points.iter().any(|(_, value)| value.is_some()));
    if !has_values {
        return view! {
            <section class="monitor-chart">
                <h2>{chart.title}</h2>
                <p class="fine">{chart.empty}</p>
            </section>
        }
        .into_any();
    }
    let points: Vec<&[_]> = chart
        .series
        .iter()
        .map(|series| series.points.as_slice())
        .collect();
    let drawn = LineChart::of(&points, chart.from, chart.to, chart.limit);
    let paths = drawn
        .paths
        .into_iter()
        .enumerate()
        .map(|(number, path)| view! { <path class=format!("line line-{}", number % 6) d=path /> })
        .collect_view();
    let limit = drawn
        .limit
        .map(|y| view! { <line class="limit" x1="0" x2=WIDTH y1=y y2=y /> });
    let legend = chart
        .series
        .iter()
        .enumerate()
        .map(|(number, series)| {
            let latest = series.points.iter().rev().find_map(|(_, value)| *value);
            let latest = latest.map(|value| format!(" · {} {}", value_words(value, texts), chart.unit));
            view! {
                <li class=format!("legend-{}", number % 6)>
                    {series.name.clone()} {latest}
                </li>
            }
        })
        .collect_view();
    let top = format!("{} {}", value_words(drawn.top, texts), chart.unit);
    let bound = chart.limit.map(|limit| {
        format!(
            "{}: {} {}",
            texts.chart_limit(),
            value_words(limit, texts),
            chart.unit
        )
    });
    let table = view! { <ChartTable texts chart=chart.clone() /> };
    view! {
        <section class="monitor-chart" aria-labelledby=label>
            <h2 id=heading>{chart.title}</h2>
            <ul class="chart-legend">{legend} {bound.map(|bound| view! { <li class="legend-limit">{bound}</li> })}</ul>
            <p class="chart-top">{top}</p>
            <svg
                viewBox=format!("0 0 {WIDTH} {HEIGHT}")
                preserveAspectRatio="none"
                aria-hidden="true"
                class="chart-lines"
            >
                {limit}
                {paths}
            </svg>
            <p class="chart-span">
                <Moment at=chart.from />
                <Moment at=chart.to />
            </p>
            <details data-key=format!("chart-table-{index}")>
                <summary>{texts.chart_as_table()}</summary>
                {table}
            </details>
        </section>
    }
    .into_any()
}

#[component]
fn ChartTable(texts: Texts, chart: Chart) -> impl IntoView {
    let mut rows: BTreeMap<DateTime<Utc>, Vec<Option<f64>>> = BTreeMap::new();
    let count = chart.series.len();
    for (number, series) in chart.series.iter().enumerate() {
        for (at, value) in &series.points {
            let row = rows.entry(*at).or_insert_with(|| vec![None; count]);
            row[number] = *value;
        }
    }
    let headings = chart
        .series
        .iter()
        .map(|series| view! { <th scope="col" class="numeric">{series.name.clone()}</th> })
        .collect_view();
    let rows = rows
        .into_iter()
        .rev()
        .filter(|(_, values)| values.iter().any(Option::is_some))
        .take(TABLE_ROWS)
        .map(|(at, values)| {
            let cells = values
                .into_iter()
                .map(|value| {
                    let words = value.map_or_else(|| "—".to_owned(), |value| value_words(value, texts));
                    view! { <td class="numeric">{words}</td> }
                })
                .collect_view();
            view! {
                <tr>
                    <td>
                        <Moment at />
                    </td>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-wrap">
            <table>
                <thead>
                    <tr>
                        <th scope="col">{texts.chart_time()}</th>
                        {headings}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// A value as people read it: whole where it is great, with its first digits where it is small.
fn value_words(value: f64, texts: Texts) -> String {
    let digits = if value >= 100.0 || value.fract() == 0.0 {
        0
    } else if value >= 1.0 {
        1
    } else {
        3
    };
    if digits == 0 && (0.0..1e15).contains(&value) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "bounded just above"
        )]
        return format::count(value.round() as u64, texts.0);
    }
    let words = format!("{value:.digits$}");
    texts.decimal(&words)
}
