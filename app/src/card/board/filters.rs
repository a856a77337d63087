//! The conditions in force as chips that remove themselves, and the field that searches products and numbers.

use super::model::{Answered, BoardModel};
use crate::card::compare::chosen::Chosen;
use crate::card::condition::Condition;
use certlens_domain::documents_page::DocumentFilter;
use leptos::prelude::*;
use std::sync::Arc;

/// Chips and search. Without a filter only the field is there.
#[component]
pub(super) fn Filters(model: BoardModel, answered: Arc<Answered>) -> impl IntoView {
    let (texts, state) = (model.texts, model.state.clone());
    let conditions = Condition::all_of(&state.filter);
    let chips = conditions
        .iter()
        .map(|condition| {
            let link = state.toggled(condition).link();
            let (subject, words) = (condition.subject(texts), condition.words(texts));
            let (key, value) = condition.written();
            let removes = texts.remove_condition(subject, &words);
            view! {
                <li>
                    <a class="filter" href=link data-key=format!("chip:{key}:{value}") aria-label=removes>
                        <span class="filter__subject">{subject}</span>
                        <span class="filter__words">{words}</span>
                        <span class="filter__remove" aria-hidden="true">"×"</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    let is_filtered = state.is_filtered();
    let all = state.with_filter(DocumentFilter::default()).link();
    let fits = texts.fit_of_all(
        answered.board.totals.documents,
        answered.analytics.totals.documents,
    );
    // The form adds its own field to the state without a text.
    let without_text = state.with_filter(DocumentFilter {
        text: None,
        ..state.filter.clone()
    });
    let related = (!state.related).then(|| {
        let mut state = state.clone();
        state.related = true;
        state.link()
    });
    let compare = state
        .compare
        .is_none()
        .then(|| state.comparing(Some(Chosen::default())).link());
    let typed = state.filter.text.clone().unwrap_or_default();
    view! {
        <section class="filters" data-part="filters" aria-label=texts.filters()>
            {related.map(|link| view! { <a class="filters__related" href=link data-key="related">{texts.show_related()}</a> })}
            {compare.map(|link| view! { <a class="filters__compare" href=link data-key="compare" data-next="compare:field">{texts.compare_with_others()}</a> })}
            <form class="search needs-script" role="search" data-state=without_text.link()>
                <label class="visually-hidden" for="search">{texts.search_documents()}</label>
                <input
                    id="search"
                    class="search__field"
                    type="search"
                    name="text"
                    value=typed
                    maxlength="200"
                    autocomplete="off"
                    placeholder=texts.search_documents()
                    data-key="search"
                />
                <button type="submit" class="button search__button">{texts.find()}</button>
            </form>
            {is_filtered
                .then(|| {
                    view! {
                        <ul class="filters__chips" aria-label=texts.filters()>{chips}</ul>
                        <a class="filters__all" href=all data-key="filters:all">{texts.show_all()}</a>
                        <span class="filters__fits" role="status">{fits}</span>
                    }
                })}
        </section>
    }
}
