//! The newest documents: a table that becomes a list of cards in a narrow frame.

use crate::catalogue::Texts;
use certlens_domain::documents_page::{FoundDocument, MatchBasis};
use leptos::prelude::*;

/// The newest documents of `all`, each linked to its official record.
#[component]
pub(super) fn NewestDocuments(texts: Texts, documents: Vec<FoundDocument>, all: u64) -> impl IntoView {
    let shown = documents.len() as u64;
    view! {
        <section class="panel" aria-labelledby="newest">
            <div class="panel__head">
                <h2 id="newest">{texts.newest_documents()}</h2>
                <span class="key__note">{texts.shown_of(shown, all)}</span>
            </div>
            <table class="documents">
                <thead>
                    <tr>
                        <th scope="col">{texts.number()}</th>
                        <th scope="col">{texts.product()}</th>
                        <th scope="col">{texts.registered()}</th>
                        <th scope="col">{texts.valid_until()}</th>
                        <th scope="col">{texts.status()}</th>
                    </tr>
                </thead>
                <tbody>
                    {documents.into_iter().map(|found| view! { <DocumentRow texts found /> }).collect_view()}
                </tbody>
            </table>
        </section>
    }
}

#[component]
fn DocumentRow(texts: Texts, found: FoundDocument) -> impl IntoView {
    let document = found.document;
    let number = document.number.clone();
    let link = match document.url.filter(|url| is_web_address(url)) {
        Some(url) => view! {
            <a href=url target="_blank" rel="noopener noreferrer" title=texts.opens_in_new_tab()>{number}</a>
        }
        .into_any(),
        None => view! { <span>{number}</span> }.into_any(),
    };
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
    let product = document.product.clone();
    view! {
        <tr data-number=document.number>
            <td class="documents__number">
                {link}
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

/// Registry files are foreign input: a link leads to a web address or nowhere.
fn is_web_address(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_become_links() {
        assert!(is_web_address(
            "https://pub.fsa.gov.ru/rds/declaration/view/1/common"
        ));
        assert!(!is_web_address("javascript:alert(1)"));
        assert!(!is_web_address("data:text/html,x"));
        assert!(!is_web_address(""));
    }
}
