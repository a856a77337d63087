//! The trend: registrations by month, quarter or year, and ahead of today the ends of terms.

use super::model::{Answered, BoardModel};
use super::periods::{Layer, Period, Periods, periods};
use crate::card::condition::Condition;
use crate::card::state::{Stack, Step};
use crate::catalogue::Texts;
use crate::chart::{AXIS, Chart, Column, GridLine, HEIGHT};
use crate::format::compact;
use certlens_domain::registry::DocumentKind;
use leptos::prelude::*;
use std::sync::Arc;

/// The chart, its switches, and the table behind it.
#[component]
pub(super) fn Trend(model: BoardModel, answered: Arc<Answered>) -> impl IntoView {
    let texts = model.texts;
    let periods = periods(&answered.board, model.state.step, model.state.stack, model.today);
    let columns: Vec<Vec<Vec<u64>>> = periods
        .columns
        .iter()
        .map(|period| vec![period.registered.clone(), vec![period.ends]])
        .collect();
    let chart = Chart::of(&columns);
    let scale = chart.grid.clone();
    let drawn: u64 = periods.columns.iter().map(Period::registered).sum();
    let described = texts.trend_described(periods.columns.len(), drawn);
    let marks = periods
        .columns
        .iter()
        .zip(chart.columns)
        .enumerate()
        .map(|(place, (period, column))| {
            let label = label(texts, model.state.step, &periods, place);
            let layers = periods.layers.clone();
            view! { <PeriodMark model=model.clone() period=period.clone() layers column label /> }
        })
        .collect_view();
    view! {
        <section class="panel trend" data-part="trend" aria-labelledby="trend-title">
            <div class="panel__head">
                <h2 id="trend-title">{texts.trend()}</h2>
                <TrendKey texts periods=periods.clone() />
                <TrendSwitches model=model.clone() />
            </div>
            <div class="chart">
                <svg class="chart__scale" height=HEIGHT aria-hidden="true">
                    {scale.into_iter().map(|line| view! { <GridCount texts line /> }).collect_view()}
                </svg>
                <svg class="chart__plot" height=HEIGHT role="group" aria-label=described>
                    {chart.grid.into_iter().map(|line| view! { <GridRule line /> }).collect_view()}
                    {marks}
                </svg>
            </div>
            <details class="more">
                <summary>{texts.as_table()}</summary>
                <TrendTable texts periods />
            </details>
        </section>
    }
}

#[component]
fn TrendSwitches(model: BoardModel) -> impl IntoView {
    let texts = model.texts;
    let steps = Step::ALL.map(|step| {
        let link = model.state.changed(|state| state.step = step).link();
        (texts.step(step), link, model.state.step == step)
    });
    let stacks = [Stack::Kind, Stack::Registry].map(|stack| {
        let link = model.state.changed(|state| state.stack = stack).link();
        (texts.stack(stack), link, model.state.stack == stack)
    });
    view! {
        <div class="trend__switches">
            <Switch label=texts.step_word() choices=steps.to_vec() />
            <Switch label=texts.stack_word() choices=stacks.to_vec() />
        </div>
    }
}

/// A choice of links: name, link, whether it is the present one.
#[component]
pub(super) fn Switch(label: &'static str, choices: Vec<(&'static str, String, bool)>) -> impl IntoView {
    view! {
        <nav class="segments segments--small" aria-label=label>
            {choices
                .into_iter()
                .map(|(name, link, chosen)| {
                    view! {
                        <a class="segment" href=link data-key=format!("{label}:{name}") aria-current=chosen.then_some("true")>
                            {name}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
}

#[component]
fn TrendKey(texts: Texts, periods: Periods) -> impl IntoView {
    let note = |text: String| view! { <li class="key__note">{text}</li> };
    view! {
        <ul class="key">
            {periods
                .layers
                .iter()
                .map(|layer| {
                    view! {
                        <li>
                            <span class=format!("dot {}", fill(*layer)) aria-hidden="true"></span>
                            {layer_name(texts, *layer)}
                        </li>
                    }
                })
                .collect_view()}
            <li><span class="dot fill-ends" aria-hidden="true"></span>{texts.ends_of_terms()}</li>
            {(periods.earlier > 0).then(|| note(texts.earlier_documents(periods.earlier)))}
            {(periods.later > 0).then(|| note(texts.later_ends(periods.later)))}
        </ul>
    }
}

fn layer_name(texts: Texts, layer: Layer) -> &'static str {
    match layer {
        Layer::Kind(DocumentKind::Certificate) => texts.certificates(),
        Layer::Kind(DocumentKind::Declaration) => texts.declarations(),
        Layer::Registry(registry) => texts.registry(registry),
    }
}

fn fill(layer: Layer) -> String {
    match layer {
        Layer::Kind(DocumentKind::Certificate) => "fill-certificate".to_owned(),
        Layer::Kind(DocumentKind::Declaration) => "fill-declaration".to_owned(),
        Layer::Registry(registry) => format!("fill-{}", registry.key()),
    }
}

#[component]
fn GridCount(texts: Texts, line: GridLine) -> impl IntoView {
    view! { <text class="chart__count" x="100%" y=pixels(line.y) dx="-8" dy="4">{compact(line.count, texts.0)}</text> }
}

#[component]
fn GridRule(line: GridLine) -> impl IntoView {
    let y = pixels(line.y);
    view! { <line class="chart__grid" x1="0" x2="100%" y1=y.clone() y2=y /> }
}

/// A length across, as SVG wants it.
pub(in crate::card) fn per_cent(length: f64) -> String {
    format!("{length:.3}%")
}

/// A length upwards, as SVG wants it.
fn pixels(length: f64) -> String {
    format!("{length:.1}")
}

/// A column: what was registered in its days, what ends in them; a click shows those documents.
#[component]
fn PeriodMark(
    model: BoardModel,
    period: Period,
    layers: Vec<Layer>,
    column: Column,
    label: Option<String>,
) -> impl IntoView {
    let texts = model.texts;
    let span = period.span();
    let condition = if period.is_future {
        Condition::Ends(span)
    } else {
        Condition::Registered(span)
    };
    let described = texts.period_described(&span.words(texts), period.registered(), period.ends);
    let bars = column
        .bars
        .iter()
        .map(|bar| {
            let class = match (bar.stack, layers.get(bar.layer)) {
                (0, Some(layer)) => fill(*layer),
                _ => "fill-ends".to_owned(),
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
    let middle = per_cent(column.left + column.width / 2.0);
    let label =
        label.map(|label| view! { <text class="chart__label" x=middle y=pixels(AXIS + 18.0)>{label}</text> });
    let hit = view! {
        <rect
            class="chart__hit"
            x=per_cent(column.left)
            y="0"
            width=per_cent(column.width)
            height=pixels(AXIS)
        />
    };
    let label_of_mark = described.clone();
    let is_empty = period.registered() == 0 && period.ends == 0;
    if is_empty {
        return view! { <g class="chart__column">{hit}{label}</g> }.into_any();
    }
    let chosen = condition.is_in(&model.state.filter);
    let (key, value) = condition.written();
    let link = model.state.toggled(&condition).link();
    view! {
        <a
            class="chart__column"
            class:is-future=period.is_future
            href=link
            data-key=format!("{key}:{value}")
            aria-label=label_of_mark
            aria-current=chosen.then_some("true")
        >
            <title>{described}</title>
            {hit}
            {bars}
            {label}
        </a>
    }
    .into_any()
}

/// What stands under a column: some columns only, so that labels never touch.
fn label(texts: Texts, step: Step, periods: &Periods, place: usize) -> Option<String> {
    let period = &periods.columns[place];
    let (year, month) = (period.first.year(), period.first.number());
    match step {
        Step::Year => Some(year.to_string()),
        Step::Month | Step::Quarter if month == 1 => Some(year.to_string()),
        Step::Month if periods.columns.len() <= 30 && matches!(month, 4 | 7 | 10) => {
            Some(texts.month_short(month).to_owned())
        }
        Step::Month | Step::Quarter => None,
    }
}

#[component]
fn TrendTable(texts: Texts, periods: Periods) -> impl IntoView {
    let rows = periods
        .columns
        .iter()
        .rev()
        .filter(|period| period.registered() > 0 || period.ends > 0)
        .map(|period| {
            let counts = period
                .registered
                .iter()
                .map(|count| view! { <td>{texts.count(*count)}</td> })
                .collect_view();
            view! {
                <tr data-period=period.first.to_string()>
                    <th scope="row">{period.span().words(texts)}</th>
                    {counts}
                    <td>{texts.count(period.ends)}</td>
                </tr>
            }
        })
        .collect_view();
    let heads = periods
        .layers
        .iter()
        .map(|layer| view! { <th scope="col">{layer_name(texts, *layer)}</th> })
        .collect_view();
    view! {
        <table class="numbers">
            <thead>
                <tr>
                    <th scope="col">{texts.period()}</th>
                    {heads}
                    <th scope="col">{texts.ends_of_terms()}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
