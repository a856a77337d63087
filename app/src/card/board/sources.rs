//! The small print: of which day, by whom, from what.

use super::model::{Answered, BoardModel};
use leptos::prelude::*;
use std::sync::Arc;

/// The day of the statuses, who answered, how fresh the registries are.
#[component]
pub(super) fn Sources(model: BoardModel, answered: Arc<Answered>) -> impl IntoView {
    let texts = model.texts;
    let engine = answered.board.engine.to_string();
    let elapsed = answered.analytics.elapsed_ms.max(answered.board.elapsed_ms);
    let oldest = answered
        .analytics
        .registries
        .iter()
        .filter(|summary| summary.loaded)
        .filter_map(|summary| summary.data_date)
        .min();
    view! {
        <footer class="fine sources" data-part="sources" data-engine=engine.clone()>
            <span>{texts.as_of(model.today)}</span>
            {oldest.map(|day| view! { <span>{texts.oldest_data(day)}</span> })}
            <span>{texts.answered(&engine, elapsed)}</span>
        </footer>
    }
}
