//! What a manager takes along: the sentence, a comment in the timeline, paper, files.
//!
//! Each button carries what its action needs; what is said afterwards is rendered with it, because the browser's half
//! knows no texts.

use super::model::{Answered, BoardModel};
use crate::card::condition::Condition;
use leptos::prelude::*;
use serde_json::json;
use std::sync::Arc;

/// Copy, timeline, print.
#[component]
pub(super) fn TakeAlong(model: BoardModel, sentence: String) -> impl IntoView {
    let texts = model.texts;
    view! {
        <div class="take needs-script" role="group" aria-label=texts.take_along()>
            <button type="button" class="button button--quiet" data-action="copy" data-copy=sentence data-done=texts.copied() data-failed=texts.not_copied()>
                {texts.copy_summary()}
            </button>
            <button
                type="button"
                class="button button--quiet"
                data-action="timeline"
                data-busy=texts.telling_timeline()
                data-done=texts.told_timeline()
                data-failed=texts.timeline_failed()
                data-not-allowed=texts.timeline_not_allowed()
                data-uncertain=texts.timeline_uncertain()
            >
                {texts.to_timeline()}
            </button>
            <button type="button" class="button button--quiet" data-action="print">{texts.print()}</button>
        </div>
    }
}

/// The filtered documents as files.
#[component]
pub(super) fn Files(model: BoardModel, answered: Arc<Answered>) -> impl IntoView {
    let texts = model.texts;
    let order = |format: &str| order(&model, &answered, format);
    let (workbook, text) = (order("xlsx"), order("csv"));
    let button = move |name: &'static str, order: String| {
        view! {
            <button
                type="button"
                class="button button--quiet"
                data-action="file"
                data-order=order
                data-busy=texts.making_file()
                data-failed=texts.file_failed()
            >
                {name}
            </button>
        }
    };
    view! {
        <div class="take needs-script" role="group" aria-label=texts.files()>
            {button("XLSX", workbook)} {button("CSV", text)}
        </div>
    }
}

/// The order as `POST /card/handover` takes it.
fn order(model: &BoardModel, answered: &Answered, format: &str) -> String {
    let state = &model.state;
    let words: Vec<String> = Condition::all_of(&state.filter)
        .iter()
        .map(|condition| {
            format!(
                "{}: {}",
                condition.subject(model.texts),
                condition.words(model.texts)
            )
        })
        .collect();
    let identifiers: Vec<&str> = answered
        .analytics
        .identifiers
        .iter()
        .map(|identifier| identifier.value.as_str())
        .collect();
    json!({
        "format": format,
        "identifiers": identifiers,
        "role": state.role,
        "bridge": !state.without_pairs,
        "filter": state.filter,
        "order": state.order,
        "language": model.texts.0,
        "filter_in_words": words.join("; "),
    })
    .to_string()
}
