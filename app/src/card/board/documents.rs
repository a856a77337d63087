//! The documents that fit: a table of pages that becomes a list of cards in a narrow frame.

use super::handover::Files;
use super::model::{Answered, BoardModel};
use crate::card::state::OpenDocument;
use certlens_domain::documents_page::{DocumentsOrder, FoundDocument, MatchBasis};
use leptos::prelude::*;
use std::sync::Arc;

/// The table, its order, and the way to further pages.
#[component]
pub(super) fn DocumentsTable(model: BoardModel, answered: Arc<Answered>) -> impl IntoView {
    let texts = model.texts;
    let all = answered.board.totals.documents;
    let shown = answered.documents.items.len() as u64;
    let later = model.state.after.is_some();
    let next = answered.next.clone().map(|place| {
        let link = model.state.changed(|state| state.after = Some(place)).link();
        view! { <a class="button" href=link data-key="page:next" rel="next">{texts.next_page()}</a> }
    });
    let first = later.then(|| {
        let link = model.state.changed(|_| ()).link();
        view! { <a class="button" href=link data-key="page:first" rel="first">{texts.first_page()}</a> }
    });
    let none = (shown == 0).then(|| view! { <p class="facet__none">{texts.no_document_fits()}</p> });
    view! {
        <section class="panel documents-panel" data-part="documents" aria-labelledby="documents-title">
            <div class="panel__head">
                <h2 id="documents-title">{texts.documents()}</h2>
                <span class="key__note" data-fits=all>{texts.shown_of(shown, all)}</span>
                <Files model=model.clone() answered=answered.clone() />
            </div>
            <table class="documents">
                <thead>
                    <tr>
                        <th scope="col">{texts.number()}</th>
                        <th scope="col">{texts.product()}</th>
                        <SortedHead
                            model=model.clone()
                            name=texts.registered()
                            down=DocumentsOrder::Newest
                            up=DocumentsOrder::Oldest
                        />
                        <SortedHead
                            model=model.clone()
                            name=texts.valid_until()
                            down=DocumentsOrder::EndsLast
                            up=DocumentsOrder::EndsFirst
                        />
                        <th scope="col">{texts.status()}</th>
                    </tr>
                </thead>
                <tbody>
                    {answered
                        .documents
                        .items
                        .iter()
                        .cloned()
                        .map(|found| view! { <DocumentRow model=model.clone() found /> })
                        .collect_view()}
                </tbody>
            </table>
            {none}
            <nav class="pages" aria-label=texts.pages()>{first} {next}</nav>
        </section>
    }
}

/// A column heading that sorts: once down, once more up.
#[component]
fn SortedHead(
    model: BoardModel,
    name: &'static str,
    down: DocumentsOrder,
    up: DocumentsOrder,
) -> impl IntoView {
    let order = model.state.order;
    let (sorted, arrow) = if order == down {
        (Some("descending"), "↓")
    } else if order == up {
        (Some("ascending"), "↑")
    } else {
        (None, "")
    };
    // Ends are looked at from the earliest on, registrations from the latest.
    let first = if down == DocumentsOrder::Newest { down } else { up };
    let second = if first == down { up } else { down };
    let next = if order == first { second } else { first };
    let link = model.state.changed(|state| state.order = next).link();
    view! {
        <th scope="col" aria-sort=sorted>
            <a class="sort" href=link data-key=format!("sort:{name}")>
                {name} <span class="sort__arrow" aria-hidden="true">{arrow}</span>
            </a>
        </th>
    }
}

#[component]
fn DocumentRow(model: BoardModel, found: FoundDocument) -> impl IntoView {
    let texts = model.texts;
    let opened = OpenDocument {
        registry: found.document.registry,
        key: found.key.clone(),
    };
    let is_open = model.state.document.as_ref() == Some(&opened);
    let key = format!("document:{}/{}", opened.registry.key(), opened.key);
    let link = {
        let mut state = model.state.clone();
        state.document = (!is_open).then_some(opened);
        state.link()
    };
    let document = found.document;
    let kind = format!(
        "{} · {}",
        texts.kind(document.kind),
        texts.country(document.registry)
    );
    let valid_until = document
        .valid_until
        .map_or_else(|| texts.no_limit().to_owned(), |date| texts.day(date));
    let regulations = document.technical_regulations.join(", ");
    let basis = match found.match_basis {
        MatchBasis::Id => None,
        MatchBasis::IdInText => Some((texts.matched_in_text(), texts.matched_in_text_hint())),
        MatchBasis::Bridge => Some((texts.matched_by_pair(), texts.matched_by_pair_hint())),
    };
    let in_russia = found.rf_status.map(|status| {
        view! {
            <span class=format!("pill pill-{}", status.key()) data-rf-status=status.key() title=texts.rf_status_hint()>
                {texts.in_russia(status)}
            </span>
        }
    });
    let (product, number) = (document.product.clone(), document.number.clone());
    view! {
        <tr data-number=number class:is-open=is_open>
            <td class="documents__number">
                <a class="documents__open" href=link data-key=key aria-expanded=is_open.to_string() aria-controls="drawer">
                    {document.number}
                </a>
                <span class="documents__kind">{kind}</span>
                {basis.map(|(word, hint)| view! { <span class="documents__basis" title=hint>{word}</span> })}
            </td>
            <td class="documents__product">
                <span class="documents__text" title=product>{document.product}</span>
                <span class="documents__regulations">{regulations}</span>
            </td>
            <td class="documents__day" data-label=texts.registered()>{texts.day(document.registered_on)}</td>
            <td class="documents__day" data-label=texts.valid_until()>{valid_until}</td>
            <td class="documents__status">
                <span class=format!("pill pill-{}", document.status.key()) title=document.status_label>
                    {texts.status_name(document.status)}
                </span>
                {in_russia}
            </td>
        </tr>
    }
}
