//! The outline of a board that is on its way, as high as the board's parts usually are.
//!
//! It stands in the board and disappears by itself, without a script, when anything comes after it (`style/page-board.css`).

use crate::catalogue::Texts;
use leptos::prelude::*;

/// The outline.
#[component]
pub(crate) fn BoardSkeleton(texts: Texts) -> impl IntoView {
    view! {
        <div class="skeleton">
            <p class="skeleton__words" role="status">{texts.board_coming()}</p>
            <div class="skeleton__part skeleton__part--figures" aria-hidden="true"></div>
            <div class="board__row" aria-hidden="true">
                <div class="skeleton__part skeleton__part--chart"></div>
                <div class="skeleton__part skeleton__part--chart"></div>
            </div>
            <div class="skeleton__part skeleton__part--facets" aria-hidden="true"></div>
            <div class="skeleton__part skeleton__part--documents" aria-hidden="true"></div>
        </div>
    }
}
