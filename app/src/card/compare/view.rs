//! The part of the board that holds a comparison: its head, the sentence, the table, how others come in.

use super::adding::Adding;
use super::model::{Comparison, Side, sides};
use super::rows::{Row, rows};
use super::sentence::stands_out;
use super::table::ComparisonTable;
use super::takeaway::{as_cells, as_text};
use crate::card::board::model::{Answered, BoardModel};
use leptos::prelude::*;
use std::sync::Arc;

/// The comparison; an empty place while nobody asked for one. The link that asks stands among the filters.
#[component]
pub(crate) fn Compare(model: BoardModel, answered: Arc<Answered>) -> impl IntoView {
    let texts = model.texts;
    let (Some(comparison), Some(asked)) = (&answered.comparison, &model.state.compare) else {
        return view! { <div data-part="compare" hidden></div> }.into_any();
    };
    // The card's own counterparty takes no place: the next link forgets it.
    let own = &comparison.already;
    let chosen = own.iter().fold(asked.clone(), |chosen, own| chosen.without(own));
    let model = BoardModel {
        state: model.state.comparing(Some(chosen.clone())),
        ..model
    };
    let sides = sides(comparison, &answered, texts);
    let close = model.state.comparing(None).link();
    let already = already(comparison, &model);
    let columns = sides.len();
    let compared = (columns > 1).then(|| compared(&model, &sides));
    view! {
        <section class="panel compare" data-part="compare" data-columns=columns aria-labelledby="compare-title">
            <div class="panel__head compare__head">
                <h2 id="compare-title">{texts.comparison()}</h2>
                <a class="compare__close" href=close data-key="compare">{texts.hide()}</a>
            </div>
            {compared}
            {already}
            <Adding model=model.clone() chosen comparison=comparison.clone() />
        </section>
    }
    .into_any()
}

/// The sentence, the table, and what is taken along.
fn compared(model: &BoardModel, sides: &[Side<'_>]) -> impl IntoView + use<> {
    let texts = model.texts;
    let (rows, empty) = rows(sides, texts, model.today);
    let sentence = stands_out(sides, texts.0);
    let (text, cells) = (
        as_text(sides, &rows, sentence.as_deref(), texts, model.today),
        as_cells(sides, &rows, texts),
    );
    let nobody = (!empty.is_empty()).then(|| format!("{} {}.", texts.nobody_has(), in_a_row(&empty)));
    view! {
        {sentence.map(|sentence| view! { <p class="compare__sentence" role="status">{sentence}</p> })}
        {table(model, sides, rows)}
        <div class="compare__foot">
            <p class="fine">{nobody} " " {texts.compared_whole()} " " {in_a_role(model)}</p>
            <div class="take needs-script" role="group" aria-label=texts.take_along()>
                <button type="button" class="button button--quiet" data-action="copy" data-copy=text data-done=texts.copied()>
                    {texts.copy_comparison()}
                </button>
                <button type="button" class="button button--quiet" data-action="copy" data-copy=cells data-done=texts.copied()>
                    {texts.copy_cells()}
                </button>
            </div>
        </div>
    }
}

fn table(model: &BoardModel, sides: &[Side<'_>], rows: Vec<Row>) -> impl IntoView + use<> {
    let heads = sides.iter().map(|side| super::table::head(model, side)).collect();
    view! { <ComparisonTable model=model.clone() heads rows /> }
}

/// In which role everybody is counted, when one is chosen.
fn in_a_role(model: &BoardModel) -> Option<String> {
    let role = model.state.role.only()?;
    Some(format!(
        "{}: {}.",
        model.texts.role(),
        model.texts.role_name(role)
    ))
}

/// Names of rows within a sentence: "Действующие сертификаты, не действует в РФ".
fn in_a_row(names: &[&str]) -> String {
    let small = names.iter().map(|name| {
        let mut letters = name.chars();
        letters
            .next()
            .map(|first| first.to_lowercase().chain(letters).collect())
            .unwrap_or_default()
    });
    small.collect::<Vec<String>>().join(", ")
}

/// Says of chosen ones that they are the card's own counterparty.
fn already(comparison: &Comparison, model: &BoardModel) -> impl IntoView + use<> {
    let texts = model.texts;
    comparison
        .already
        .iter()
        .map(|own| view! { <p class="notice" role="status">{texts.compare_already(&own.values().join(", "))}</p> })
        .collect_view()
}

#[cfg(test)]
mod tests;
